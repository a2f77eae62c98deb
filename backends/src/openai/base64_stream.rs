//! Decodes base64 while it arrives, in any split.
//! Small outgoing values such as data URLs use the `base64` crate directly.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// The decoder, with optional padding, since some servers omit it.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The reason why base64 is not an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImageDataError {
    #[error("the image's base64 is damaged")]
    Damaged,
    #[error("the image is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
}

/// The bytes decoded so far, and up to three characters that wait for their fourth.
#[derive(Debug)]
pub(crate) struct Base64Decoder {
    bytes: Vec<u8>,
    held: Vec<u8>,
    padded: bool,
    /// The number of characters that are still accepted, whatever they decode to.
    room: usize,
    largest: usize,
}

impl Base64Decoder {
    /// The largest image that is ever accepted, in bytes; three times the longest line that servers are known to send.
    pub(crate) const LARGEST: usize = 192 << 20;

    /// Makes a decoder for an image of at most `largest` bytes.
    pub(crate) const fn new(largest: usize) -> Self {
        // Line breaks take one character in 77, and some servers escape the slash.
        let room = largest / 2 * 3 + 4096;
        Self { bytes: Vec::new(), held: Vec::new(), padded: false, room, largest }
    }

    /// Reserves room for about `bytes` bytes, where the size of the response is known.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes.min(self.largest));
    }

    /// Returns the bytes decoded so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the characters that wait for their fourth.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Decodes more text. On failure, the state is unchanged.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<(), ImageDataError> {
        self.room = self.room.checked_sub(text.len()).ok_or(ImageDataError::TooLarge(self.largest))?;
        let (length, held, padded) = (self.bytes.len(), self.held.clone(), self.padded);
        self.push_quads(text).inspect_err(|_| {
            self.bytes.truncate(length);
            self.held = held;
            self.padded = padded;
        })
    }

    fn push_quads(&mut self, mut text: &[u8]) -> Result<(), ImageDataError> {
        while !self.held.is_empty() && self.held.len() < 4 {
            let Some((&first, rest)) = text.split_first() else { return Ok(()) };
            text = rest;
            if !first.is_ascii_whitespace() {
                self.held.push(first);
            }
        }
        if !self.held.is_empty() {
            let quad = std::mem::take(&mut self.held);
            self.decode(&quad)?;
        }
        let (whole, rest) = text.split_at(text.len() / 4 * 4);
        match self.decode(whole) {
            Ok(()) => self.held.extend(rest.iter().filter(|byte| !byte.is_ascii_whitespace())),
            Err(ImageDataError::Damaged) => self.push_spaced(text)?,
            Err(too_large) => return Err(too_large),
        }
        Ok(())
    }

    /// Decodes text with line breaks in it, which is slower.
    fn push_spaced(&mut self, text: &[u8]) -> Result<(), ImageDataError> {
        let dense: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let (whole, rest) = dense.split_at(dense.len() / 4 * 4);
        self.decode(whole)?;
        self.held.extend_from_slice(rest);
        Ok(())
    }

    /// Decodes the remaining characters at the end of the text.
    pub(crate) fn finish(&mut self) -> Result<(), ImageDataError> {
        let rest = self.held.clone();
        self.decode(&rest)?;
        self.held.clear();
        Ok(())
    }

    /// Returns the decoded image.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        // The buffer grew by doubling or was reserved too large: the excess is released.
        self.bytes.shrink_to_fit();
        self.bytes
    }

    fn decode(&mut self, text: &[u8]) -> Result<(), ImageDataError> {
        if text.is_empty() {
            return Ok(());
        }
        let start = self.bytes.len();
        if start + text.len() / 4 * 3 > self.largest {
            return Err(ImageDataError::TooLarge(self.largest));
        }
        if self.padded {
            return Err(ImageDataError::Damaged);
        }
        let text = standard(text);
        let (body, tail) = text.split_at(text.len().saturating_sub(1) / 4 * 4);
        self.append(body, tail).inspect_err(|_| self.bytes.truncate(start))?;
        self.padded = text.ends_with(b"=");
        Ok(())
    }

    /// Decodes whole quads without padding at memory speed, then the last one, which may be padded.
    fn append(&mut self, body: &[u8], tail: &[u8]) -> Result<(), ImageDataError> {
        // The buffer grows by doubling here: the decoder itself would reserve the exact amount each time.
        self.bytes.reserve(body.len() / 4 * 3 + 3);
        base64_simd::STANDARD_NO_PAD.decode_append(body, &mut self.bytes).map_err(|_| ImageDataError::Damaged)?;
        let start = self.bytes.len();
        self.bytes.resize(start + 3, 0);
        let written = ENGINE.decode_slice(tail, &mut self.bytes[start..]).map_err(|_| ImageDataError::Damaged)?;
        self.bytes.truncate(start + written);
        Ok(())
    }
}

/// Converts the text to the standard alphabet, since some servers write the URL-safe one.
fn standard(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'-', b'_', text).is_none() {
        return Cow::Borrowed(text);
    }
    let letter = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    Cow::Owned(text.iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;

    use super::*;

    fn decode(text: &str, step: usize) -> Result<Vec<u8>, ImageDataError> {
        let mut decoder = Base64Decoder::new(Base64Decoder::LARGEST);
        for chunk in text.as_bytes().chunks(step) {
            decoder.push(chunk)?;
        }
        decoder.finish()?;
        Ok(decoder.into_bytes())
    }

    #[test]
    fn any_split_and_either_alphabet_give_the_same_bytes() {
        for length in 0..20 {
            let bytes: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(37)).collect();
            let text = general_purpose::STANDARD.encode(&bytes);
            for step in 1..=text.len().max(1) {
                assert_eq!(decode(&text, step).as_ref(), Ok(&bytes), "{text} in steps of {step}");
                assert_eq!(decode(text.trim_end_matches('='), step).as_ref(), Ok(&bytes), "{text} without padding");
                let other = text.replace('+', "-").replace('/', "_");
                assert_eq!(decode(&other, step).as_ref(), Ok(&bytes), "{other} in steps of {step}");
            }
        }
    }

    #[test]
    fn line_breaks_are_skipped() {
        for step in 1..12 {
            assert_eq!(decode("aGVs\r\nbG8g\nd29y\nbGQ=\n", step).unwrap(), b"hello world");
        }
    }

    #[test]
    fn invalid_base64_is_rejected_in_any_split() {
        for text in ["a", "ab!d", "aGk=aGk=", "aGk=x", "====", "a\u{e9}bc"] {
            for step in 1..=text.len() {
                assert_eq!(decode(text, step), Err(ImageDataError::Damaged), "{text} in steps of {step}");
            }
        }
    }

    #[test]
    fn bytes_and_white_space_are_bounded() {
        let fill = |piece: &[u8]| {
            let mut decoder = Base64Decoder::new(3000);
            (0..10_000).find_map(|_| decoder.push(piece).err())
        };
        assert_eq!(fill(b"aGk+aGk+"), Some(ImageDataError::TooLarge(3000)));
        assert_eq!(fill(b"        "), Some(ImageDataError::TooLarge(3000)));
    }
}
