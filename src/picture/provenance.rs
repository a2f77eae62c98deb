//! Detection of C2PA manifests: signed statements of an image's origin.
//!
//! Only their presence is checked; verifying signatures is left to dedicated tools.

use tintype_backends::Format;

use super::png_chunks;

/// Returns whether the file in `bytes` carries a manifest where the C2PA specification (2.2, appendix A) puts it.
pub fn has_manifest(bytes: &[u8]) -> bool {
    match Format::detect(bytes) {
        Some(Format::Png) => png_chunks::png_chunks(bytes).any(|(kind, _)| kind == *b"caBX"),
        Some(Format::Jpeg) => jpeg_segments(bytes).any(|(marker, body)| marker == 0xeb && is_manifest_box(body)),
        Some(Format::Webp) => riff_chunks(bytes).any(|kind| kind == *b"C2PA"),
        Some(Format::Svg) => find(bytes, b"<c2pa:manifest"),
        Some(Format::Gif) | None => false,
    }
}

fn riff_chunks(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, length) = (*rest.first_chunk()?, rest.get(4..)?.first_chunk()?);
        let length = u32::from_le_bytes(*length) as usize;
        // Chunks start at even offsets.
        rest = rest.get(length.saturating_add(8 + length % 2)..).unwrap_or_default();
        Some(kind)
    })
}

/// Returns marker and content of the segments before the image data.
fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[0xff, marker, high, low], _) = rest.split_first_chunk()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = rest.get(4..length.checked_add(2)?)?;
        rest = &rest[length + 2..];
        (marker != 0xda).then_some((marker, body))
    })
}

/// Returns whether this is the first segment of a manifest: a JUMBF superbox with the C2PA label.
fn is_manifest_box(body: &[u8]) -> bool {
    body.starts_with(b"JP") && find(body, b"jumb") && find(body, b"c2pa")
}

fn find(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn file(format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(8, 8, Rgb([1, 2, 3])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn with(mut bytes: Vec<u8>, at: usize, more: &[u8]) -> Vec<u8> {
        bytes.splice(at..at, more.iter().copied());
        bytes
    }

    #[test]
    fn a_manifest_is_found_where_each_format_keeps_it() {
        let png = with(file(ImageFormat::Png), 33, b"\0\0\0\x04caBXdata\0\0\0\0");
        let segment = b"\xff\xeb\0\x20JP\0\x01\0\0\0\x01\0\0\0\x14jumbjumdc2pa\0\0\0\0\0\0";
        let jpeg = with(file(ImageFormat::Jpeg), 2, segment);
        let webp = file(ImageFormat::WebP);
        let end = webp.len();
        let webp = with(webp, end, b"C2PA\x04\0\0\0data");
        let svg =
            b"<svg xmlns='http://www.w3.org/2000/svg'><metadata><c2pa:manifest>x</c2pa:manifest></metadata></svg>";
        for bytes in [&png[..], &jpeg, &webp, svg] {
            assert!(has_manifest(bytes), "{:?}", Format::detect(bytes));
        }
    }

    #[test]
    fn the_same_words_elsewhere_are_no_manifest() {
        let png = with(file(ImageFormat::Png), 33, b"\0\0\0\x08tEXtcaBXC2PA\0\0\0\0");
        assert!(!has_manifest(&png));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            assert!(!has_manifest(&file(format)), "{format:?}");
        }
    }

    #[test]
    fn truncated_files_never_panic() {
        let files = [file(ImageFormat::Png), file(ImageFormat::Jpeg), file(ImageFormat::WebP)];
        for bytes in &files {
            for length in 0..bytes.len() {
                has_manifest(&bytes[..length]);
            }
        }
    }
}
