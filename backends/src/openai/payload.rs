//! Base64 turned into bytes while it arrives, in any split.
//! Not for small things such as data URLs going out: the `base64` crate alone does those.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Some servers leave the padding out.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text was not base64, or was more of it than any picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPayload {
    #[error("the picture's base64 is damaged")]
    Damaged,
    #[error("the picture is larger than {} MiB", Decoder::LARGEST >> 20)]
    TooLarge,
}

/// What has been decoded so far, and the up to three characters that wait for their fourth.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
    held: Vec<u8>,
    padded: bool,
}

impl Decoder {
    /// The largest picture taken, in bytes; three times the largest line that servers are known to send.
    pub(crate) const LARGEST: usize = 192 << 20;

    /// Makes room for about `bytes` bytes, where the size of the answer is known.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes.min(Self::LARGEST));
    }

    /// Decodes more text.
    pub(crate) fn push(&mut self, mut text: &[u8]) -> Result<(), BadPayload> {
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
        if self.decode(whole).is_ok() {
            self.held.extend(rest.iter().filter(|byte| !byte.is_ascii_whitespace()));
            return Ok(());
        }
        self.push_spaced(text)
    }

    /// The slow way, for text with line breaks in it.
    fn push_spaced(&mut self, text: &[u8]) -> Result<(), BadPayload> {
        let dense: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let (whole, rest) = dense.split_at(dense.len() / 4 * 4);
        self.decode(whole)?;
        self.held.extend_from_slice(rest);
        Ok(())
    }

    /// The picture.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, BadPayload> {
        let rest = std::mem::take(&mut self.held);
        self.decode(&rest)?;
        // Grown by doubling, or reserved for more than came: the rest of the room goes back.
        self.bytes.shrink_to_fit();
        Ok(self.bytes)
    }

    fn decode(&mut self, text: &[u8]) -> Result<(), BadPayload> {
        if text.is_empty() {
            return Ok(());
        }
        let start = self.bytes.len();
        if start + text.len() / 4 * 3 > Self::LARGEST {
            return Err(BadPayload::TooLarge);
        }
        if self.padded {
            return Err(BadPayload::Damaged);
        }
        let (body, tail) = text.split_at(text.len().saturating_sub(1) / 4 * 4);
        self.append(body, tail).inspect_err(|_| self.bytes.truncate(start))?;
        self.padded = text.ends_with(b"=");
        Ok(())
    }

    /// Decodes whole quads without padding at the speed of memory, then the last one, which may have it.
    fn append(&mut self, body: &[u8], tail: &[u8]) -> Result<(), BadPayload> {
        // Room that grows by doubling: the decoder itself would ask for no more than it needs, time and again.
        self.bytes.reserve(body.len() / 4 * 3 + 3);
        base64_simd::STANDARD_NO_PAD.decode_append(body, &mut self.bytes).map_err(|_| BadPayload::Damaged)?;
        let start = self.bytes.len();
        self.bytes.resize(start + 3, 0);
        let written = ENGINE.decode_slice(tail, &mut self.bytes[start..]).map_err(|_| BadPayload::Damaged)?;
        self.bytes.truncate(start + written);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;

    use super::*;

    fn decode(text: &str, step: usize) -> Result<Vec<u8>, BadPayload> {
        let mut decoder = Decoder::default();
        for chunk in text.as_bytes().chunks(step) {
            decoder.push(chunk)?;
        }
        decoder.finish()
    }

    #[test]
    fn any_split_gives_the_same_bytes() {
        for length in 0..20 {
            let bytes: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(37)).collect();
            let text = general_purpose::STANDARD.encode(&bytes);
            for step in 1..=text.len().max(1) {
                assert_eq!(decode(&text, step).as_ref(), Ok(&bytes), "{text} in steps of {step}");
                assert_eq!(decode(text.trim_end_matches('='), step).as_ref(), Ok(&bytes), "{text} without padding");
            }
        }
    }

    #[test]
    fn line_breaks_are_read_over() {
        for step in 1..12 {
            assert_eq!(decode("aGVs\r\nbG8g\nd29y\nbGQ=\n", step).unwrap(), b"hello world");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused_in_any_split() {
        for text in ["a", "ab!d", "aGk=aGk=", "aGk=x", "====", "a\u{e9}bc"] {
            for step in 1..=text.len() {
                assert_eq!(decode(text, step), Err(BadPayload::Damaged), "{text} in steps of {step}");
            }
        }
    }
}
