//! Decodes the images in a text while they arrive, writes them out chunk by chunk, and abandons damaged ones.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use memchr::{memchr2, memmem};

use super::{
    super::{
        base64_stream::{Base64Decoder, ImageDataError},
        spool::ImageSlot,
    },
    ExtractorState, ImageExtractor, IncomingImage, PREVIEW_TYPE_SUFFIX, ReceivedImage, ResponseBoundsError, is_base64,
    unescape,
};

impl ImageExtractor {
    pub(super) fn incoming(&mut self, head: Vec<u8>) -> Result<IncomingImage, ResponseBoundsError> {
        if self.count >= self.bounds.images {
            return Err(ResponseBoundsError::TooManyImages(self.bounds.images));
        }
        let number = self.count;
        self.count += 1;
        let left = self.bounds.total.saturating_sub(self.decoded);
        let mut decoder = Base64Decoder::new(left.min(self.bounds.image));
        decoder.reserve(self.expected);
        let is_preview =
            self.in_preview || (self.in_events && memmem::find(&self.harvest.rest, PREVIEW_TYPE_SUFFIX).is_some());
        let file = if is_preview { None } else { self.spool.begin_image(number) };
        Ok(IncomingImage { number, head, decoder, file })
    }

    pub(super) fn begin_image<'a>(&mut self, seen: &[u8], rest: &'a [u8]) -> Result<&'a [u8], ResponseBoundsError> {
        let image = self.incoming(Vec::new())?;
        self.decode(image, seen, None, false)?;
        Ok(rest)
    }

    pub(super) fn image<'a>(
        &mut self,
        text: &'a [u8],
        image: IncomingImage,
        is_part: bool,
    ) -> Result<&'a [u8], ResponseBoundsError> {
        let end = if is_part { text.iter().position(|byte| !is_base64(*byte)) } else { memchr2(b'"', b'\\', text) };
        let (own, rest) = text.split_at(end.unwrap_or(text.len()));
        let escape = rest.first().is_some_and(|byte| *byte == b'\\').then(Vec::new);
        let has_escape = escape.is_some();
        if !self.decode(image, own, escape, is_part)? || rest.is_empty() {
            return Ok(rest);
        }
        if has_escape {
            return Ok(&rest[1..]);
        }
        let ExtractorState::Image { image, .. } = std::mem::take(&mut self.state) else { return Ok(rest) };
        self.end(image)?;
        if is_part {
            self.state = ExtractorState::Text { escaped: false };
            return Ok(rest);
        }
        self.quote(&rest[1..])
    }

    /// Reads an escape in an image. An escape that is not base64 ends an image embedded in text, and damages any other.
    pub(super) fn escape<'a>(
        &mut self,
        text: &'a [u8],
        image: IncomingImage,
        seen: &[u8],
        is_part: bool,
    ) -> Result<&'a [u8], ResponseBoundsError> {
        let (first, rest) = (text[0], &text[1..]);
        let mut escape = Some(seen.to_owned());
        let raw = || [b"\\".as_slice(), seen, &[first]].concat();
        match unescape(first, &mut escape) {
            Ok(None) => self.state = ExtractorState::Image { image, escape, is_part },
            Ok(Some(byte)) if !is_part || is_base64(byte) => {
                self.decode(image, &[byte], None, is_part)?;
            }
            _ if is_part => {
                self.end(image)?;
                self.append_text(&raw())?;
                self.state = ExtractorState::Text { escaped: false };
            }
            _ => self.abandon_image(image, &raw(), ImageDataError::Damaged, false)?,
        }
        Ok(rest)
    }

    /// Decodes more of an image and hands it to the operating system. Returns whether the image is still intact.
    fn decode(
        &mut self,
        mut image: IncomingImage,
        text: &[u8],
        escape: Option<Vec<u8>>,
        is_part: bool,
    ) -> Result<bool, ResponseBoundsError> {
        let before = image.decoder.bytes().len();
        self.payload += text.len() as u64;
        match image.decoder.push(text) {
            Ok(()) => {}
            Err(bad @ ImageDataError::Damaged) => {
                self.abandon_image(image, text, bad, is_part)?;
                return Ok(false);
            }
            Err(too_large) => return Err(too_large.into()),
        }
        let new = &image.decoder.bytes()[before..];
        image.file = image.file.and_then(|file| file.write(new));
        self.decoded += new.len();
        self.state = ExtractorState::Image { image, escape, is_part };
        Ok(true)
    }

    /// Abandons an image; its part so far is kept as received, with the text.
    fn abandon_image(
        &mut self,
        image: IncomingImage,
        text: &[u8],
        bad: ImageDataError,
        is_part: bool,
    ) -> Result<(), ResponseBoundsError> {
        let IncomingImage { number, head, decoder, file } = image;
        let is_kept = file.is_some();
        if let Some(file) = file {
            file.remove();
            self.spool.buffer_text(&head);
            self.spool.buffer_text(BASE64_STANDARD.encode(decoder.bytes()).as_bytes());
            self.spool.buffer_text(decoder.held());
            self.spool.buffer_text(text);
        } else {
            self.spool.buffer_text(format!("#{number}").as_bytes());
        }
        tracing::debug!(number, %bad, "an image cannot be decoded");
        self.state = ExtractorState::Damaged { escaped: false, is_kept, is_part };
        self.found(number, Err(bad))
    }

    /// Reads the rest of a damaged image, up to the end of its string.
    pub(super) fn damaged<'a>(
        &mut self,
        text: &'a [u8],
        escaped: bool,
        is_kept: bool,
    ) -> Result<&'a [u8], ResponseBoundsError> {
        let end = if escaped { Some(0) } else { memchr2(b'"', b'\\', text) };
        if !escaped && end.is_some_and(|end| text[end] == b'"') {
            let (own, rest) = text.split_at(end.unwrap_or_default());
            self.skip_damaged(own, is_kept);
            return self.quote(&rest[1..]);
        }
        // Up to and including the backslash, or the escaped character.
        let (own, rest) = text.split_at(end.map_or(text.len(), |end| end + 1));
        self.skip_damaged(own, is_kept);
        self.state = ExtractorState::Damaged { escaped: !escaped && end.is_some(), is_kept, is_part: false };
        Ok(rest)
    }

    /// Reads the rest of a damaged image embedded in text, up to a character that is not base64.
    pub(super) fn damaged_part<'a>(&mut self, text: &'a [u8], is_kept: bool) -> &'a [u8] {
        let end = text.iter().position(|byte| !is_base64(*byte));
        let (own, rest) = text.split_at(end.unwrap_or(text.len()));
        self.skip_damaged(own, is_kept);
        self.state = match end {
            Some(_) => ExtractorState::Text { escaped: false },
            None => ExtractorState::Damaged { escaped: false, is_kept, is_part: true },
        };
        rest
    }

    /// Skips a piece of a damaged image, which counts as one toward the bounds.
    fn skip_damaged(&mut self, text: &[u8], is_kept: bool) {
        if is_kept {
            self.spool.buffer_text(text);
        }
        if self.payload < self.bounds.total as u64 * 2 {
            self.payload += text.len() as u64;
        }
    }

    pub(super) fn end(&mut self, mut image: IncomingImage) -> Result<(), ResponseBoundsError> {
        let before = image.decoder.bytes().len();
        if let Err(bad) = image.decoder.finish() {
            return self.abandon_image(image, b"", bad, false);
        }
        let IncomingImage { number, decoder, file, .. } = image;
        let file = file.and_then(|file| file.write(&decoder.bytes()[before..]));
        self.decoded += decoder.bytes().len() - before;
        let bytes = Bytes::from(decoder.into_bytes());
        let file = file.map(|file| self.spool.end_image(*file));
        let sum = file.as_ref().map(|file| (bytes.len() as u64, file.sha256.clone()));
        self.spool.buffer_text(ImageSlot { number, file: sum }.to_string().as_bytes());
        self.found(number, Ok(ReceivedImage { bytes, file }))
    }

    fn found(
        &mut self,
        number: usize,
        image: Result<ReceivedImage, ImageDataError>,
    ) -> Result<(), ResponseBoundsError> {
        self.harvest.images.push((number, image));
        self.rest(format!("#{number}").as_bytes())
    }

    /// Reads the slot of an image that an earlier process spooled. Anything that is not a slot is text.
    pub(super) fn slot<'a>(&mut self, text: &'a [u8], mut seen: Vec<u8>) -> Result<&'a [u8], ResponseBoundsError> {
        let end = text.iter().position(|byte| !ImageSlot::has(*byte)).unwrap_or(text.len());
        let (own, rest) = text.split_at(end);
        seen.extend_from_slice(own);
        if rest.is_empty() && seen.len() <= ImageSlot::LONGEST {
            self.state = ExtractorState::ImageSlot { seen };
            return Ok(rest);
        }
        self.state = ExtractorState::Text { escaped: false };
        match ImageSlot::parse(&seen) {
            Some(slot) => {
                let loaded = self.spool.load(&slot);
                let loaded = loaded.map(|(bytes, file)| ReceivedImage { bytes, file: Some(file) });
                self.found(slot.number, loaded.ok_or(ImageDataError::Damaged))?;
            }
            None => self.append_text(&seen)?,
        }
        Ok(rest)
    }
}
