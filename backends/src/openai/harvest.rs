//! Lifts the pictures out of a JSON text while it arrives: what is left is small enough to be parsed as a whole.
//! Not a JSON parser: it knows strings from the rest and nothing more; the rest is checked by `serde_json` afterwards.

use memchr::memchr2;

use super::payload::{BadPayload, Decoder};

/// The keys whose strings are pictures, by the API that says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    /// The Images API, and chats.
    #[default]
    Images,
    /// The Responses API.
    Responses,
}

impl Keys {
    fn names(self, key: &[u8]) -> bool {
        match self {
            Self::Images => key == b"b64_json",
            Self::Responses => matches!(key, b"result" | b"partial_image_b64"),
        }
    }
}

/// The key whose string is a picture when it is a `data:` address.
const ADDRESS: &[u8] = b"url";
/// No answer says more than this besides its pictures.
const LARGEST_REST: usize = 4 << 20;
/// The longest start of a `data:` address before its comma.
const LARGEST_HEAD: usize = 256;

/// Why an answer cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAnswer {
    #[error(transparent)]
    Payload(#[from] BadPayload),
    #[error("the answer says more than {} MiB besides its pictures", LARGEST_REST >> 20)]
    TooLong,
}

/// A JSON text without its pictures, and the pictures.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    /// The text; where a picture was stands `#` and its number.
    pub(crate) rest: Vec<u8>,
    /// The pictures, decoded, in the order of the text.
    pub(crate) pictures: Vec<Vec<u8>>,
}

impl Harvest {
    /// Which of the pictures the string `text` stands for.
    pub(crate) fn slot(text: &str) -> Option<usize> {
        text.strip_prefix('#')?.parse().ok()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Key {
    #[default]
    Other,
    Picture,
    Address,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Outside,
    /// In an ordinary string; whether the character before was a backslash.
    Text { escaped: bool },
    /// At the start of a string that may be a picture: what has been seen of it.
    Head { seen: Vec<u8>, key: Key, escape: Option<Vec<u8>> },
    /// In a picture.
    Picture { decoder: Decoder, escape: Option<Vec<u8>> },
}

/// The state between two chunks.
#[derive(Debug, Default)]
pub(crate) struct Harvester {
    state: State,
    /// The start of the string read last: perhaps a key.
    last: Vec<u8>,
    /// What the string that comes next is the value of.
    next: Key,
    harvest: Harvest,
    keys: Keys,
    expected: usize,
}

impl Harvester {
    /// Takes what these keys name for pictures.
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, ..Self::default() }
    }

    /// Expects pictures of about `bytes` bytes each.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.expected = bytes;
    }

    /// Whether what comes next is base64 of a picture.
    pub(crate) fn is_in_picture(&self) -> bool {
        matches!(&self.state, State::Picture { escape: None, .. })
    }

    /// Reads more text.
    pub(crate) fn push(&mut self, mut text: &[u8]) -> Result<(), BadAnswer> {
        while !text.is_empty() {
            text = match std::mem::take(&mut self.state) {
                State::Outside => self.outside(text)?,
                State::Text { escaped } => self.text(text, escaped)?,
                State::Head { seen, key, escape } => self.head(text, seen, key, escape)?,
                State::Picture { decoder, escape } => self.picture(text, decoder, escape)?,
            };
        }
        Ok(())
    }

    /// What was read, leaving this ready for the next text.
    pub(crate) fn take(&mut self) -> Harvest {
        // Pictures of one stream show the same: the next one is about as large. Room that is short by a few bytes would
        // be doubled.
        let largest = self.harvest.pictures.iter().map(Vec::len).max().unwrap_or(0);
        let fresh = Self { expected: self.expected.max(largest + largest / 32), ..Self::new(self.keys) };
        std::mem::replace(self, fresh).harvest
    }

    fn keep(&mut self, text: &[u8]) -> Result<(), BadAnswer> {
        if self.harvest.rest.len() + text.len() > LARGEST_REST {
            return Err(BadAnswer::TooLong);
        }
        self.harvest.rest.extend_from_slice(text);
        Ok(())
    }

    fn outside<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        let end = text.iter().position(|byte| *byte == b'"').unwrap_or(text.len());
        let (before, rest) = text.split_at(end);
        for byte in before.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            self.next = if *byte == b':' { self.key() } else { Key::Other };
        }
        self.keep(before)?;
        let Some(rest) = rest.strip_prefix(b"\"") else { return Ok(rest) };
        self.keep(b"\"")?;
        self.last.clear();
        self.state = match std::mem::take(&mut self.next) {
            Key::Other => State::Text { escaped: false },
            key => State::Head { seen: Vec::new(), key, escape: None },
        };
        Ok(rest)
    }

    fn key(&self) -> Key {
        match self.last.as_slice() {
            ADDRESS => Key::Address,
            last if self.keys.names(last) => Key::Picture,
            _ => Key::Other,
        }
    }

    fn text<'a>(&mut self, text: &'a [u8], escaped: bool) -> Result<&'a [u8], BadAnswer> {
        if escaped {
            self.keep(&text[..1])?;
            self.last.push(b'\\');
            self.state = State::Text { escaped: false };
            return Ok(&text[1..]);
        }
        let end = memchr2(b'"', b'\\', text).unwrap_or(text.len());
        let room = 32_usize.saturating_sub(self.last.len());
        self.last.extend_from_slice(&text[..end.min(room)]);
        let taken = (end + 1).min(text.len());
        self.keep(&text[..taken])?;
        self.state = match text.get(end) {
            Some(b'"') => State::Outside,
            other => State::Text { escaped: other.is_some() },
        };
        Ok(&text[taken..])
    }

    /// Gathers the start of a string until it is clear whether it is a picture.
    fn head<'a>(
        &mut self,
        text: &'a [u8],
        mut seen: Vec<u8>,
        key: Key,
        mut escape: Option<Vec<u8>>,
    ) -> Result<&'a [u8], BadAnswer> {
        let (first, rest) = (text[0], &text[1..]);
        if escape.is_none() && first == b'"' {
            return self.short(&seen, key, rest);
        }
        let Some(byte) = unescape(first, &mut escape)? else {
            self.state = State::Head { seen, key, escape };
            return Ok(rest);
        };
        seen.push(byte);
        self.state = if seen.len() < b"data:".len() {
            State::Head { seen, key, escape }
        } else if seen.starts_with(b"data:") {
            self.data_address(seen, key)?
        } else if key == Key::Picture {
            self.begin(&seen)?
        } else {
            self.keep(&seen)?;
            State::Text { escaped: false }
        };
        Ok(rest)
    }

    /// A string that ended before it was clear what it is.
    fn short<'a>(&mut self, seen: &[u8], key: Key, rest: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        if key == Key::Picture && !seen.is_empty() {
            let State::Picture { decoder, .. } = self.begin(seen)? else { return Ok(rest) };
            return self.end(decoder, rest);
        }
        self.keep(seen)?;
        self.keep(b"\"")?;
        Ok(rest)
    }

    fn data_address(&mut self, seen: Vec<u8>, key: Key) -> Result<State, BadAnswer> {
        match seen.last() {
            Some(b',') => self.begin(b""),
            _ if seen.len() > LARGEST_HEAD => Err(BadPayload::Damaged.into()),
            _ => Ok(State::Head { seen, key, escape: None }),
        }
    }

    fn begin(&mut self, seen: &[u8]) -> Result<State, BadAnswer> {
        let mut decoder = Decoder::default();
        decoder.reserve(self.expected);
        decoder.push(seen)?;
        Ok(State::Picture { decoder, escape: None })
    }

    fn picture<'a>(
        &mut self,
        text: &'a [u8],
        mut decoder: Decoder,
        mut escape: Option<Vec<u8>>,
    ) -> Result<&'a [u8], BadAnswer> {
        if escape.is_some() {
            if let Some(byte) = unescape(text[0], &mut escape)? {
                decoder.push(&[byte])?;
            }
            self.state = State::Picture { decoder, escape };
            return Ok(&text[1..]);
        }
        let end = memchr2(b'"', b'\\', text).unwrap_or(text.len());
        decoder.push(&text[..end])?;
        match text.get(end) {
            Some(b'"') => return self.end(decoder, &text[end + 1..]),
            Some(_) => escape = Some(Vec::new()),
            None => {}
        }
        self.state = State::Picture { decoder, escape };
        Ok(&text[(end + 1).min(text.len())..])
    }

    fn end<'a>(&mut self, decoder: Decoder, rest: &'a [u8]) -> Result<&'a [u8], BadAnswer> {
        let slot = format!("#{}\"", self.harvest.pictures.len());
        self.harvest.pictures.push(decoder.finish()?);
        self.keep(slot.as_bytes())?;
        Ok(rest)
    }
}

/// Takes one byte of a string; `None` while an escape is incomplete. Base64 and addresses need few escapes: the
/// slash, line breaks, and `\u` with an ASCII character, as which some servers write `+` and `=`.
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

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    fn harvest(text: &str, step: usize) -> Result<(String, Vec<Vec<u8>>), BadAnswer> {
        let mut harvester = Harvester::default();
        for chunk in text.as_bytes().chunks(step) {
            harvester.push(chunk)?;
        }
        let harvest = harvester.take();
        Ok((String::from_utf8(harvest.rest).unwrap(), harvest.pictures))
    }

    fn check(text: &str, rest: &str, pictures: &[&[u8]]) {
        for step in 1..=text.len() {
            let (got, bytes) = harvest(text, step).unwrap();
            assert_eq!((got.as_str(), bytes), (rest, pictures.iter().map(|bytes| bytes.to_vec()).collect()), "{step}");
        }
    }

    #[test]
    fn pictures_are_lifted_out_in_any_split() {
        let (one, two) = (b"first picture".as_slice(), b"the other".as_slice());
        check(
            &format!(
                r#"{{"created":1,"data":[{{"b64_json" : "{}"}},{{"b64_json":"{}","url":null}}]}}"#,
                BASE64_STANDARD.encode(one),
                BASE64_STANDARD.encode(two),
            ),
            r##"{"created":1,"data":[{"b64_json" : "#0"},{"b64_json":"#1","url":null}]}"##,
            &[one, two],
        );
    }

    #[test]
    fn a_prompt_that_looks_like_a_picture_stays_a_prompt() {
        let text = r#"{"revised_prompt":"\"b64_json\":\"aGk=\" \\","b64_json":null,"x":["b64_json","aGk="]}"#;
        check(text, text, &[]);
    }

    #[test]
    fn data_addresses_are_pictures_and_others_are_not() {
        check(r#"{"url":"data:image\/png;base64,aGk="}"#, r##"{"url":"#0"}"##, &[b"hi"]);
        check(r#"{"b64_json":"data:image/png;base64,aGk="}"#, r##"{"b64_json":"#0"}"##, &[b"hi"]);
        let text = r#"{"url":"http://host/a.png?b=\"c\"","n":"url"}"#;
        check(text, text, &[]);
    }

    #[test]
    fn escaped_base64_is_the_same_base64() {
        check(r#"{"b64_json":"\u002B\/\u002b\/aQ\u003D="}"#, r##"{"b64_json":"#0"}"##, &[&[0xfb, 0xff, 0xbf, 0x69]]);
    }

    #[test]
    fn empty_and_tiny_strings_are_told_apart() {
        check(r#"{"b64_json":"","url":""}"#, r#"{"b64_json":"","url":""}"#, &[]);
        check(r#"{"b64_json":"aGk="}"#, r##"{"b64_json":"#0"}"##, &[b"hi"]);
    }

    #[test]
    fn a_damaged_picture_is_an_error() {
        assert_eq!(harvest(r#"{"b64_json":"abc!efgh"}"#, 5), Err(BadPayload::Damaged.into()));
        assert_eq!(harvest(r#"{"b64_json":"ab\q"}"#, 5), Err(BadPayload::Damaged.into()));
    }

    #[test]
    fn endless_text_is_an_error() {
        let text = format!(r#"{{"error":"{}"}}"#, "x".repeat(LARGEST_REST));
        assert_eq!(harvest(&text, 1 << 16).unwrap_err(), BadAnswer::TooLong);
    }
}
