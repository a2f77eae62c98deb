//! Extracts the images from JSON while it arrives; the remainder is small enough to be parsed as a whole.
//! It is no JSON parser: it knows strings, brackets and commas only. The remainder is parsed afterwards.

mod image;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use memchr::{memchr2, memchr3, memmem};

use super::{
    bounds::Bounds,
    payload::{BadPayload, Decoder},
    spool::{ImageFile, Spool},
};
use crate::StagedFile;

/// The keys whose strings are images, by API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    /// The Images API and chat completions.
    #[default]
    Images,
    /// The Responses API.
    Responses,
}

impl Keys {
    fn kind(self, key: &[u8]) -> Kind {
        match (self, key) {
            (Self::Images, b"b64_json") | (Self::Responses, b"result" | b"partial_image_b64") => Kind::Image,
            (Self::Images, b"images") => Kind::Listed,
            (_, b"url") => Kind::Address,
            _ => Kind::Text,
        }
    }
}

/// The longest text of one value outside of its images, in bytes.
const LARGEST_REST: usize = 4 << 20;
/// The longest prefix of a `data:` URL before its comma, in bytes.
const LARGEST_HEAD: usize = 256;
/// The deepest nesting; the JSON parser rejects anything deeper as well.
const DEEPEST: usize = 128;
/// The base64 prefixes of PNG, JPEG, WebP, GIF and SVG.
const BEGINNINGS: [&[u8]; 6] = [b"iVBOR", b"/9j/", b"UklGR", b"R0lGO", b"PHN2Z", b"PD94b"];

/// The reason why reading a response stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAnswer {
    #[error(transparent)]
    Payload(#[from] BadPayload),
    #[error("the answer has more than {} MiB besides its images", .0 >> 20)]
    TooLong(u64),
    #[error("the answer has more than {0} images")]
    TooMany(usize),
    #[error("the answer has more than {0} events")]
    Endless(usize),
    #[error("the answer is nested more than {DEEPEST} levels deep")]
    TooDeep,
}

/// A received image.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReceivedImage {
    pub(crate) bytes: Bytes,
    /// The file that already holds the same bytes.
    pub(crate) file: Option<StagedFile>,
}

impl std::fmt::Debug for ReceivedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReceivedImage({} bytes)", self.bytes.len())
    }
}

/// A JSON text without its images, and the images.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Harvest {
    /// The text, with `#` and a number in place of each image.
    pub(crate) rest: Vec<u8>,
    /// The images by number, in the order of the text. A damaged image has the reason instead.
    pub(crate) images: Vec<(usize, Result<ReceivedImage, BadPayload>)>,
}

/// The ways in which a string may hold an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    /// Base64, or a data URL.
    Image,
    /// An image if the string is a data URL.
    Address,
    /// An image if the string starts like one or is a data URL.
    Listed,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Outside,
    /// Inside an ordinary string. `escaped`: the previous character was a backslash.
    Text { escaped: bool },
    /// At the start of a string that may be an image, with the bytes read so far.
    Head { seen: Vec<u8>, kind: Kind, escape: Option<Vec<u8>> },
    /// Inside an image that is a string or part of one.
    Image { image: Incoming, escape: Option<Vec<u8>>, is_part: bool },
    /// Inside the rest of a damaged image.
    Damaged { escaped: bool, is_kept: bool, is_part: bool },
    /// Inside the slot of an image that was spooled earlier.
    Slot { seen: Vec<u8> },
}

/// An image that is being received.
#[derive(Debug)]
struct Incoming {
    number: usize,
    /// The prefix of its data URL.
    head: Vec<u8>,
    decoder: Decoder,
    file: Option<Box<ImageFile>>,
}

/// The extractor's state between two chunks.
#[derive(Debug, Default)]
pub(crate) struct Harvester {
    state: State,
    /// The start of the string read last, which may turn out to be a key.
    last: Vec<u8>,
    /// The kind of the next string.
    next: Kind,
    /// The kind of the strings in each open bracket.
    open: Vec<Kind>,
    /// True right after the outermost bracket has closed.
    has_ended: bool,
    harvest: Harvest,
    keys: Keys,
    expected: usize,
    bounds: Bounds,
    /// The spool that the text and the images are written to.
    pub(crate) spool: Spool,
    /// True while the current event holds a preview, which is shown and never saved.
    pub(crate) in_preview: bool,
    /// True if the text is the data of events; otherwise anything between two values is ignored.
    pub(crate) in_events: bool,
    /// The number of images that have started.
    count: usize,
    /// The size of the decoded images in bytes.
    decoded: usize,
    /// The number of characters of the text that were images.
    payload: u64,
}

impl Harvester {
    /// Returns an extractor for the images under these keys, within `bounds`.
    pub(crate) fn new(keys: Keys, bounds: Bounds, spool: Spool) -> Self {
        Self { keys, bounds, spool, ..Self::default() }
    }

    /// Sets the expected size of an image, in bytes.
    pub(crate) const fn expect(&mut self, bytes: usize) {
        self.expected = bytes;
    }

    /// Returns how many characters of the text were images.
    pub(crate) const fn payload(&self) -> u64 {
        self.payload
    }

    /// Returns whether nothing has been read that is still to be taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.harvest.rest.iter().all(u8::is_ascii_whitespace)
    }

    /// Reads `text` up to the end of a value, or all of it. Returns true at the end of a value, which must then be
    /// taken.
    pub(crate) fn push(&mut self, text: &mut &[u8]) -> Result<bool, BadAnswer> {
        while !text.is_empty() {
            *text = match std::mem::take(&mut self.state) {
                State::Outside => self.outside(text)?,
                State::Text { escaped } => self.text(text, escaped)?,
                State::Head { seen, kind, escape } => self.head(text, seen, kind, escape)?,
                State::Image { image, escape: Some(escape), is_part } => self.escape(text, image, &escape, is_part)?,
                State::Image { image, escape: None, is_part } => self.image(text, image, is_part)?,
                State::Damaged { is_kept, is_part: true, .. } => self.damaged_part(text, is_kept),
                State::Damaged { escaped, is_kept, .. } => self.damaged(text, escaped, is_kept)?,
                State::Slot { seen } => self.slot(text, seen)?,
            };
            if std::mem::take(&mut self.has_ended) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the value that was read and resets the extractor for the next one.
    pub(crate) fn take(&mut self) -> Harvest {
        let harvest = std::mem::take(&mut self.harvest);
        // Images of one stream show the same subject, so the next one has about the same size. A capacity that is a few
        // bytes short would be doubled.
        let sizes = harvest.images.iter().filter_map(|(_, image)| Some(image.as_ref().ok()?.bytes.len()));
        let largest = sizes.max().unwrap_or(0);
        self.expected = self.expected.max(largest + largest / 32);
        self.state = State::Outside;
        self.next = Kind::Text;
        self.open.clear();
        harvest
    }

    /// Reads the line break that joins two lines of data; the bytes between them have been spooled as received.
    pub(crate) fn join_lines(&mut self) -> Result<(), BadAnswer> {
        match self.state {
            State::Outside | State::Text { .. } => self.rest(b"\n"),
            // Line breaks in base64 are ignored.
            _ => Ok(()),
        }
    }

    fn keep(&mut self, text: &[u8]) -> Result<(), BadAnswer> {
        self.spool.keep(text);
        self.rest(text)
    }

    fn rest(&mut self, text: &[u8]) -> Result<(), BadAnswer> {
        if self.harvest.rest.len() + text.len() > LARGEST_REST {
            return Err(BadAnswer::TooLong(LARGEST_REST as u64));
        }
        self.harvest.rest.extend_from_slice(text);
        Ok(())
    }

    fn outside<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        if self.open.is_empty() && !self.in_events {
            // Between two values, or before the first one.
            let begin = memchr2(b'{', b'[', text).unwrap_or(text.len());
            if begin > 0 {
                return Ok(&text[begin..]);
            }
        }
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'"' => {
                    self.keep(&text[..=at])?;
                    self.last.clear();
                    self.state = match std::mem::take(&mut self.next) {
                        Kind::Text => State::Text { escaped: false },
                        kind => State::Head { seen: Vec::new(), kind, escape: None },
                    };
                    return Ok(&text[at + 1..]);
                }
                b'{' | b'[' => {
                    let strings = if *byte == b'{' { Kind::Text } else { self.next };
                    if let Err(bad) = self.begin(strings) {
                        self.keep(&text[..at])?;
                        return Err(bad);
                    }
                }
                b'}' | b']' => {
                    self.next = Kind::Text;
                    if self.open.pop().is_some() && self.open.is_empty() {
                        self.has_ended = true;
                        return self.keep(&text[..=at]).map(|()| &text[at + 1..]);
                    }
                }
                b':' => self.next = self.keys.kind(&self.last),
                b',' => self.next = self.open.last().copied().unwrap_or_default(),
                byte if byte.is_ascii_whitespace() => {}
                _ => self.next = Kind::Text,
            }
        }
        self.keep(text)?;
        Ok(&[])
    }

    fn begin(&mut self, strings: Kind) -> Result<(), BadAnswer> {
        if self.open.len() == DEEPEST {
            return Err(BadAnswer::TooDeep);
        }
        self.open.push(strings);
        self.next = strings;
        Ok(())
    }

    fn text<'a>(&mut self, text: &'a [u8], escaped: bool) -> Result<&'a [u8], BadAnswer> {
        if escaped {
            self.keep(&text[..1])?;
            self.last.push(b'\\');
            self.state = State::Text { escaped: false };
            return Ok(&text[1..]);
        }
        // Chat completions embed images in their text as data URLs.
        let end = if self.keys == Keys::Images { memchr3(b'"', b'\\', b',', text) } else { memchr2(b'"', b'\\', text) };
        let (end, stop) = end.map_or((text.len(), None), |end| (end, Some(text[end])));
        let room = 32_usize.saturating_sub(self.last.len());
        self.last.extend_from_slice(&text[..end.min(room)]);
        let taken = (end + 1).min(text.len());
        self.keep(&text[..taken])?;
        self.state = match stop {
            Some(b'"') => State::Outside,
            Some(b',') if self.is_at_address() => return self.begin_part(&text[taken..]),
            Some(b'\\') => State::Text { escaped: true },
            _ => State::Text { escaped: false },
        };
        Ok(&text[taken..])
    }

    /// Returns whether the text ends with the start of a data URL that holds an image.
    fn is_at_address(&self) -> bool {
        let rest = &self.harvest.rest;
        let near = &rest[rest.len().saturating_sub(64)..];
        near.ends_with(b";base64,") && memmem::find(near, b"data:image/").is_some()
    }

    fn begin_part<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        self.state = if self.spool.has_slots() {
            State::Slot { seen: Vec::new() }
        } else {
            State::Image { image: self.incoming(Vec::new())?, escape: None, is_part: true }
        };
        Ok(rest)
    }

    /// Collects the start of a string until it is clear whether it is an image.
    fn head<'a>(
        &mut self,
        text: &'a [u8],
        mut seen: Vec<u8>,
        kind: Kind,
        mut escape: Option<Vec<u8>>,
    ) -> Result<&'a [u8], BadAnswer> {
        let (first, rest) = (text[0], &text[1..]);
        if seen.is_empty() && escape.is_none() && first == b'#' && self.spool.has_slots() {
            self.state = State::Slot { seen };
            return Ok(text);
        }
        if escape.is_none() && first == b'"' {
            return self.short(&seen, kind, rest);
        }
        match unescape(first, &mut escape) {
            Ok(None) => {
                self.state = State::Head { seen, kind, escape };
                return Ok(rest);
            }
            Ok(Some(byte)) => seen.push(byte),
            // No base64 image contains such a character.
            Err(_) => {
                self.keep(&seen)?;
                self.keep(b"\\")?;
                self.keep(&escape.unwrap_or_default())?;
                self.state = State::Text { escaped: false };
                return Ok(rest);
            }
        }
        self.state = if seen.len() < b"data:".len() {
            State::Head { seen, kind, escape }
        } else if seen.starts_with(b"data:") {
            self.data_address(seen, kind)?
        } else if kind == Kind::Image
            || (kind == Kind::Listed && BEGINNINGS.iter().any(|first| seen.starts_with(first)))
        {
            return self.begin_image(&seen, rest);
        } else {
            self.keep(&seen)?;
            State::Text { escaped: false }
        };
        Ok(rest)
    }

    /// Handles a string that ended before it was clear what it is.
    fn short<'a>(&mut self, seen: &[u8], kind: Kind, rest: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        if kind == Kind::Image && !seen.is_empty() {
            self.begin_image(seen, b"\"")?;
            return match std::mem::take(&mut self.state) {
                State::Image { image, .. } => self.end(image).and_then(|()| self.quote(rest)),
                _ => self.quote(rest),
            };
        }
        self.keep(seen)?;
        self.quote(rest)
    }

    fn quote<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        self.state = State::Outside;
        self.keep(b"\"").map(|()| rest)
    }

    fn data_address(&mut self, seen: Vec<u8>, kind: Kind) -> Result<State, BadAnswer> {
        if seen.ends_with(b";base64,") {
            return Ok(State::Image { image: self.incoming(seen)?, escape: None, is_part: false });
        }
        if seen.ends_with(b",") || seen.len() > LARGEST_HEAD {
            self.keep(&seen)?;
            return Ok(State::Text { escaped: false });
        }
        Ok(State::Head { seen, kind, escape: None })
    }
}

/// The `type` suffix that marks an event's image as a preview where the event's name does not.
const PREVIEW: &[u8] = b"partial_image\"";

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Takes one byte of a string; returns `None` while an escape is incomplete. Base64 and URLs need few escapes: the
/// slash, line breaks, and `\u` with an ASCII character, which some servers write for `+` and `=`.
fn unescape(byte: u8, escape: &mut Option<Vec<u8>>) -> Result<Option<u8>, BadPayload> {
    let Some(seen) = escape else {
        if byte == b'\\' {
            *escape = Some(Vec::new());
            return Ok(None);
        }
        return Ok(Some(byte));
    };
    seen.push(byte);
    let plain = match seen.as_slice() {
        [b'/'] => b'/',
        [b'n' | b'r' | b't'] => b'\n',
        [b'u', digits @ ..] if digits.len() < 4 => return Ok(None),
        [b'u', digits @ ..] => {
            let digits = std::str::from_utf8(digits).map_err(|_| BadPayload::Damaged)?;
            u8::from_str_radix(digits, 16).map_err(|_| BadPayload::Damaged)?
        }
        _ => return Err(BadPayload::Damaged),
    };
    *escape = None;
    Ok(Some(plain))
}
