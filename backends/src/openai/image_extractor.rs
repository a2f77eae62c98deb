//! Extracts the images from JSON while it arrives; the remainder is small enough to be parsed as a whole.
//! It is no JSON parser: it knows strings, brackets and commas only. The remainder is parsed afterwards.

mod decoding;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use memchr::{memchr2, memchr3, memmem};

use super::{
    base64_stream::{Base64Decoder, ImageDataError},
    bounds::ResponseBounds,
    spool::{ImageFile, Spool},
};
use crate::StagedFile;

/// The keys whose strings are images, by API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ImageKeys {
    /// The Images API and chat completions.
    #[default]
    Images,
    /// The Responses API.
    Responses,
}

impl ImageKeys {
    fn kind(self, key: &[u8]) -> StringKind {
        match (self, key) {
            (Self::Images, b"b64_json") | (Self::Responses, b"result" | b"partial_image_b64") => StringKind::Image,
            (Self::Images, b"images") => StringKind::Listed,
            (_, b"url") => StringKind::Address,
            _ => StringKind::Text,
        }
    }
}

/// The longest text of one value outside of its images, in bytes.
const MAX_TEXT_LEN: usize = 4 << 20;
/// The longest prefix of a `data:` URL before its comma, in bytes.
const MAX_DATA_URL_PREFIX: usize = 256;
/// The deepest nesting; the JSON parser rejects anything deeper as well.
const MAX_DEPTH: usize = 128;
/// The base64 prefixes of PNG, JPEG, WebP, GIF and SVG.
const BASE64_PREFIXES: [&[u8]; 6] = [b"iVBOR", b"/9j/", b"UklGR", b"R0lGO", b"PHN2Z", b"PD94b"];

/// The reason why reading a response stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResponseBoundsError {
    #[error(transparent)]
    Payload(#[from] ImageDataError),
    #[error("the response has more than {} MiB besides its images", .0 >> 20)]
    TooLong(u64),
    #[error("the response has more than {0} images")]
    TooManyImages(usize),
    #[error("the response has more than {0} events")]
    TooManyEvents(usize),
    #[error("the response is nested more than {MAX_DEPTH} levels deep")]
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
pub(crate) struct ExtractedJson {
    /// The text, with `#` and a number in place of each image.
    pub(crate) rest: Vec<u8>,
    /// The images by number, in the order of the text. A damaged image has the reason instead.
    pub(crate) images: Vec<(usize, Result<ReceivedImage, ImageDataError>)>,
}

/// The ways in which a string may hold an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum StringKind {
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
enum ExtractorState {
    #[default]
    Outside,
    /// Inside an ordinary string. `escaped`: the previous character was a backslash.
    Text { escaped: bool },
    /// At the start of a string that may be an image, with the bytes read so far.
    Head { seen: Vec<u8>, kind: StringKind, escape: Option<Vec<u8>> },
    /// Inside an image that is a string or part of one.
    Image { image: IncomingImage, escape: Option<Vec<u8>>, is_part: bool },
    /// Inside the rest of a damaged image.
    Damaged { escaped: bool, is_kept: bool, is_part: bool },
    /// Inside the slot of an image that was spooled earlier.
    ImageSlot { seen: Vec<u8> },
}

/// An image that is being received.
#[derive(Debug)]
struct IncomingImage {
    number: usize,
    /// The prefix of its data URL.
    head: Vec<u8>,
    decoder: Base64Decoder,
    file: Option<Box<ImageFile>>,
}

/// The extractor's state between two chunks.
#[derive(Debug, Default)]
pub(crate) struct ImageExtractor {
    state: ExtractorState,
    /// The start of the string read last, which may turn out to be a key.
    last: Vec<u8>,
    /// The kind of the next string.
    next: StringKind,
    /// The kind of the strings in each open bracket.
    open: Vec<StringKind>,
    /// True right after the outermost bracket has closed.
    has_ended: bool,
    harvest: ExtractedJson,
    keys: ImageKeys,
    expected: usize,
    bounds: ResponseBounds,
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

impl ImageExtractor {
    /// Returns an extractor for the images under these keys, within `bounds`.
    pub(crate) fn new(keys: ImageKeys, bounds: ResponseBounds, spool: Spool) -> Self {
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
    pub(crate) fn push(&mut self, text: &mut &[u8]) -> Result<bool, ResponseBoundsError> {
        while !text.is_empty() {
            *text = match std::mem::take(&mut self.state) {
                ExtractorState::Outside => self.outside(text)?,
                ExtractorState::Text { escaped } => self.text(text, escaped)?,
                ExtractorState::Head { seen, kind, escape } => self.head(text, seen, kind, escape)?,
                ExtractorState::Image { image, escape: Some(escape), is_part } => {
                    self.escape(text, image, &escape, is_part)?
                }
                ExtractorState::Image { image, escape: None, is_part } => self.image(text, image, is_part)?,
                ExtractorState::Damaged { is_kept, is_part: true, .. } => self.damaged_part(text, is_kept),
                ExtractorState::Damaged { escaped, is_kept, .. } => self.damaged(text, escaped, is_kept)?,
                ExtractorState::ImageSlot { seen } => self.slot(text, seen)?,
            };
            if std::mem::take(&mut self.has_ended) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the value that was read and resets the extractor for the next one.
    pub(crate) fn take(&mut self) -> ExtractedJson {
        let harvest = std::mem::take(&mut self.harvest);
        // Images of one stream show the same subject, so the next one has about the same size. A capacity that is a few
        // bytes short would be doubled.
        let sizes = harvest.images.iter().filter_map(|(_, image)| Some(image.as_ref().ok()?.bytes.len()));
        let largest = sizes.max().unwrap_or(0);
        self.expected = self.expected.max(largest + largest / 32);
        self.state = ExtractorState::Outside;
        self.next = StringKind::Text;
        self.open.clear();
        harvest
    }

    /// Reads the line break that joins two lines of data; the bytes between them have been spooled as received.
    pub(crate) fn join_lines(&mut self) -> Result<(), ResponseBoundsError> {
        match self.state {
            ExtractorState::Outside | ExtractorState::Text { .. } => self.rest(b"\n"),
            // Line breaks in base64 are ignored.
            _ => Ok(()),
        }
    }

    fn append_text(&mut self, text: &[u8]) -> Result<(), ResponseBoundsError> {
        self.spool.buffer_text(text);
        self.rest(text)
    }

    fn rest(&mut self, text: &[u8]) -> Result<(), ResponseBoundsError> {
        if self.harvest.rest.len() + text.len() > MAX_TEXT_LEN {
            return Err(ResponseBoundsError::TooLong(MAX_TEXT_LEN as u64));
        }
        self.harvest.rest.extend_from_slice(text);
        Ok(())
    }

    fn outside<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], ResponseBoundsError> {
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
                    self.append_text(&text[..=at])?;
                    self.last.clear();
                    self.state = match std::mem::take(&mut self.next) {
                        StringKind::Text => ExtractorState::Text { escaped: false },
                        kind => ExtractorState::Head { seen: Vec::new(), kind, escape: None },
                    };
                    return Ok(&text[at + 1..]);
                }
                b'{' | b'[' => {
                    let strings = if *byte == b'{' { StringKind::Text } else { self.next };
                    if let Err(bad) = self.begin(strings) {
                        self.append_text(&text[..at])?;
                        return Err(bad);
                    }
                }
                b'}' | b']' => {
                    self.next = StringKind::Text;
                    if self.open.pop().is_some() && self.open.is_empty() {
                        self.has_ended = true;
                        return self.append_text(&text[..=at]).map(|()| &text[at + 1..]);
                    }
                }
                b':' => self.next = self.keys.kind(&self.last),
                b',' => self.next = self.open.last().copied().unwrap_or_default(),
                byte if byte.is_ascii_whitespace() => {}
                _ => self.next = StringKind::Text,
            }
        }
        self.append_text(text)?;
        Ok(&[])
    }

    fn begin(&mut self, strings: StringKind) -> Result<(), ResponseBoundsError> {
        if self.open.len() == MAX_DEPTH {
            return Err(ResponseBoundsError::TooDeep);
        }
        self.open.push(strings);
        self.next = strings;
        Ok(())
    }

    fn text<'a>(&mut self, text: &'a [u8], escaped: bool) -> Result<&'a [u8], ResponseBoundsError> {
        if escaped {
            self.append_text(&text[..1])?;
            self.last.push(b'\\');
            self.state = ExtractorState::Text { escaped: false };
            return Ok(&text[1..]);
        }
        // Chat completions embed images in their text as data URLs.
        let end =
            if self.keys == ImageKeys::Images { memchr3(b'"', b'\\', b',', text) } else { memchr2(b'"', b'\\', text) };
        let (end, stop) = end.map_or((text.len(), None), |end| (end, Some(text[end])));
        let room = 32_usize.saturating_sub(self.last.len());
        self.last.extend_from_slice(&text[..end.min(room)]);
        let taken = (end + 1).min(text.len());
        self.append_text(&text[..taken])?;
        self.state = match stop {
            Some(b'"') => ExtractorState::Outside,
            Some(b',') if self.is_at_address() => return self.begin_part(&text[taken..]),
            Some(b'\\') => ExtractorState::Text { escaped: true },
            _ => ExtractorState::Text { escaped: false },
        };
        Ok(&text[taken..])
    }

    /// Returns whether the text ends with the start of a data URL that holds an image.
    fn is_at_address(&self) -> bool {
        let rest = &self.harvest.rest;
        let near = &rest[rest.len().saturating_sub(64)..];
        near.ends_with(b";base64,") && memmem::find(near, b"data:image/").is_some()
    }

    fn begin_part<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], ResponseBoundsError> {
        self.state = if self.spool.has_slots() {
            ExtractorState::ImageSlot { seen: Vec::new() }
        } else {
            ExtractorState::Image { image: self.incoming(Vec::new())?, escape: None, is_part: true }
        };
        Ok(rest)
    }

    /// Collects the start of a string until it is clear whether it is an image.
    fn head<'a>(
        &mut self,
        text: &'a [u8],
        mut seen: Vec<u8>,
        kind: StringKind,
        mut escape: Option<Vec<u8>>,
    ) -> Result<&'a [u8], ResponseBoundsError> {
        let (first, rest) = (text[0], &text[1..]);
        if seen.is_empty() && escape.is_none() && first == b'#' && self.spool.has_slots() {
            self.state = ExtractorState::ImageSlot { seen };
            return Ok(text);
        }
        if escape.is_none() && first == b'"' {
            return self.short(&seen, kind, rest);
        }
        match unescape(first, &mut escape) {
            Ok(None) => {
                self.state = ExtractorState::Head { seen, kind, escape };
                return Ok(rest);
            }
            Ok(Some(byte)) => seen.push(byte),
            // No base64 image contains such a character.
            Err(_) => {
                self.append_text(&seen)?;
                self.append_text(b"\\")?;
                self.append_text(&escape.unwrap_or_default())?;
                self.state = ExtractorState::Text { escaped: false };
                return Ok(rest);
            }
        }
        self.state = if seen.len() < b"data:".len() {
            ExtractorState::Head { seen, kind, escape }
        } else if seen.starts_with(b"data:") {
            self.data_address(seen, kind)?
        } else if kind == StringKind::Image
            || (kind == StringKind::Listed && BASE64_PREFIXES.iter().any(|first| seen.starts_with(first)))
        {
            return self.begin_image(&seen, rest);
        } else {
            self.append_text(&seen)?;
            ExtractorState::Text { escaped: false }
        };
        Ok(rest)
    }

    /// Handles a string that ended before it was clear what it is.
    fn short<'a>(&mut self, seen: &[u8], kind: StringKind, rest: &'a [u8]) -> Result<&'a [u8], ResponseBoundsError> {
        if kind == StringKind::Image && !seen.is_empty() {
            self.begin_image(seen, b"\"")?;
            return match std::mem::take(&mut self.state) {
                ExtractorState::Image { image, .. } => self.end(image).and_then(|()| self.quote(rest)),
                _ => self.quote(rest),
            };
        }
        self.append_text(seen)?;
        self.quote(rest)
    }

    fn quote<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], ResponseBoundsError> {
        self.state = ExtractorState::Outside;
        self.append_text(b"\"").map(|()| rest)
    }

    fn data_address(&mut self, seen: Vec<u8>, kind: StringKind) -> Result<ExtractorState, ResponseBoundsError> {
        if seen.ends_with(b";base64,") {
            return Ok(ExtractorState::Image { image: self.incoming(seen)?, escape: None, is_part: false });
        }
        if seen.ends_with(b",") || seen.len() > MAX_DATA_URL_PREFIX {
            self.append_text(&seen)?;
            return Ok(ExtractorState::Text { escaped: false });
        }
        Ok(ExtractorState::Head { seen, kind, escape: None })
    }
}

/// The `type` suffix that marks an event's image as a preview where the event's name does not.
const PREVIEW_TYPE_SUFFIX: &[u8] = b"partial_image\"";

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Takes one byte of a string; returns `None` while an escape is incomplete. Base64 and URLs need few escapes: the
/// slash, line breaks, and `\u` with an ASCII character, which some servers write for `+` and `=`.
fn unescape(byte: u8, escape: &mut Option<Vec<u8>>) -> Result<Option<u8>, ImageDataError> {
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
            let digits = std::str::from_utf8(digits).map_err(|_| ImageDataError::Damaged)?;
            u8::from_str_radix(digits, 16).map_err(|_| ImageDataError::Damaged)?
        }
        _ => return Err(ImageDataError::Damaged),
    };
    *escape = None;
    Ok(Some(plain))
}
