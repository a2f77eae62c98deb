//! JPEG files: their structure, read from the markers alone, and a second decoder for the files that need it.
//!
//! `zune-jpeg`, the decoder of `image`, turns a sequential file with one scan per component into stripes and rejects
//! sampling factors of three (its issues 422 and 449). `jpeg-decoder` reads both like libjpeg does, at half the speed.

use image::{DynamicImage, GrayImage, RgbImage, metadata::Orientation};
use jpeg_decoder::PixelFormat;
use tintype_backends::Format;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, options::DecoderOptions},
};

use super::DisplayError;

/// Maximum number of scans; no encoder needs more.
const MAX_SCANS: u64 = 100;
/// Maximum number of passes over an image of the largest allowed size; legitimate progressive files need about ten.
const PASSES: u64 = 12;

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
/// Frames coded with Huffman tables: baseline and extended, which are sequential, and progressive.
const FRAMES: [u8; 3] = [0xc0, 0xc1, 0xc2];
const PROGRESSIVE: u8 = 0xc2;

/// Properties of a JPEG that determine how it is decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct JpegStructure {
    pub(super) size: (u32, u32),
    scans: u64,
    /// Set if an end marker follows the scans; one in a thumbnail or comment does not count.
    has_end: bool,
    /// Number of components if the frame is sequential, otherwise 0.
    sequential: usize,
    has_partial_scans: bool,
    has_odd_sampling: bool,
}

impl JpegStructure {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (mut structure, mut at) = (Self::default(), 2);
        while let Some(marker) = next_marker(bytes, at) {
            let after = bytes.get(marker + 1..).unwrap_or_default();
            if bytes[marker] == END_OF_IMAGE {
                structure.has_end |= structure.scans > 0;
                at = marker + 1;
                continue;
            }
            let length = after.first_chunk().map_or(2, |length| usize::from(u16::from_be_bytes(*length)).max(2));
            structure.segment(bytes[marker], after.get(2..length).unwrap_or_default());
            at = marker + 1 + length;
        }
        structure
    }

    fn segment(&mut self, marker: u8, body: &[u8]) {
        if marker == START_OF_SCAN {
            self.scans += 1;
            self.has_partial_scans |= body.first().is_some_and(|count| usize::from(*count) < self.sequential);
        } else if FRAMES.contains(&marker) && self.scans == 0 {
            self.frame(marker, body);
        }
    }

    fn frame(&mut self, marker: u8, body: &[u8]) {
        let Some((&[_, h1, h0, w1, w0, count], components)) = body.split_first_chunk() else { return };
        self.size = (u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
        self.sequential = if marker == PROGRESSIVE { 0 } else { usize::from(count) };
        let odd = |component: &[u8; 3]| component[1] >> 4 == 3 || component[1] & 15 == 3;
        self.has_odd_sampling = components.as_chunks().0.iter().any(odd);
    }

    /// Returns whether decoding would take too long: a file of a few kilobytes can require hours. `most` is the pixel
    /// limit.
    pub(super) fn has_too_many_scans(&self, most: u64) -> bool {
        let pixels = u64::from(self.size.0) * u64::from(self.size.1);
        self.scans > MAX_SCANS || self.scans.saturating_mul(pixels) > most.saturating_mul(PASSES)
    }

    /// Returns whether `image` would decode wrong pixels or reject a valid file.
    pub(super) const fn needs_second_decoder(&self) -> bool {
        self.has_partial_scans || self.has_odd_sampling
    }

    /// Returns whether all pixels are present. Some writers omit the end marker, so a file without one is decoded
    /// strictly.
    pub(super) fn is_whole(&self, bytes: &[u8]) -> bool {
        let strict = || DecoderOptions::new_fast().set_strict_mode(true);
        self.has_end || JpegDecoder::new_with_options(ZCursor::new(bytes), strict()).decode().is_ok()
    }
}

/// Returns the position of the next marker code at or after `at`. Stuffed zeros and restart markers are scan data.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match bytes.get(at)? {
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            0xff => {}
            _ => return Some(at),
        }
    }
}

/// A decoded file before rotation and conversion to sRGB.
pub(super) struct DecodedImage {
    pub(super) image: DynamicImage,
    pub(super) orientation: Orientation,
    pub(super) icc: Option<Vec<u8>>,
}

/// Decodes a file that [needs the second decoder](JpegStructure::needs_second_decoder). Its size must have been checked.
pub(super) fn decode(bytes: &[u8], memory: u64) -> Result<DecodedImage, DisplayError> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(memory).unwrap_or(usize::MAX));
    let samples = decoder.decode().map_err(explain)?;
    let info = decoder.info().ok_or_else(|| damaged("no frame"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let image = match info.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
        PixelFormat::L8 => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    };
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let image = image.ok_or_else(|| damaged("an unusual layout in print colors"))?;
    Ok(DecodedImage { image, orientation, icc: decoder.icc_profile() })
}

fn explain(error: jpeg_decoder::Error) -> DisplayError {
    match error {
        jpeg_decoder::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            DisplayError::Truncated(Format::Jpeg)
        }
        other => damaged(&other.to_string()),
    }
}

fn damaged(reason: &str) -> DisplayError {
    let reason = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    DisplayError::Damaged { format: Format::Jpeg, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: [u8; 12] = [0xff, 0xda, 0, 4, 1, 0, 0x12, 0xff, 0, 0xff, 0xd3, 0x34];
    /// Returns a frame of that kind, 1000 pixels square, with three components.
    const fn frame(kind: u8) -> [u8; 19] {
        [0xff, kind, 0, 17, 8, 3, 0xe8, 3, 0xe8, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
    }

    fn jpeg(scans: usize) -> Vec<u8> {
        [&[0xff, 0xd8, 0xff, 0xe0, 0, 5, 0xff, 0xda, 1][..], &frame(0xc2), &SCAN.repeat(scans), &[0xff, 0xd9]].concat()
    }

    #[test]
    fn scans_are_counted_and_look_alikes_are_not() {
        let count = |bytes: &[u8]| JpegStructure::read(bytes).scans;
        assert_eq!([0, 1, 10].map(|scans| count(&jpeg(scans))), [0, 1, 10]);
        assert_eq!(count(b""), 0);
        (0..jpeg(2).len()).for_each(|end| assert!(count(&jpeg(2)[..end]) <= 2));
    }

    #[test]
    fn a_legitimate_file_passes_and_a_bomb_does_not() {
        let million = 1_000_000;
        assert!(!JpegStructure::read(&jpeg(12)).has_too_many_scans(million));
        assert!(JpegStructure::read(&jpeg(13)).has_too_many_scans(million));
        assert!(!JpegStructure::read(&jpeg(100)).has_too_many_scans(100 * million));
        assert!(JpegStructure::read(&jpeg(101)).has_too_many_scans(100 * million));
    }

    #[test]
    fn an_end_marker_counts_after_the_scans_only() {
        let thumbnail = [&[0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2][..], &frame(0xc0), &SCAN].concat();
        assert!(!JpegStructure::read(&thumbnail).has_end);
        assert!(JpegStructure::read(&[&thumbnail[..], &[0xff, 0xd9]].concat()).has_end);
    }

    #[test]
    fn only_sequential_files_with_partial_scans_need_the_second_decoder() {
        let file = |kind| [&[0xff, 0xd8][..], &frame(kind), &SCAN, &[0xff, 0xd9]].concat();
        assert!(JpegStructure::read(&file(0xc0)).needs_second_decoder());
        assert!(!JpegStructure::read(&file(0xc2)).needs_second_decoder());
    }
}
