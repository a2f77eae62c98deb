//! Image files as they occur in practice: rotated, truncated, with false headers, and far too large.

#![expect(clippy::unwrap_used, reason = "a test's own pictures can always be made")]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use pretty_assertions::assert_eq;
use tintype::picture::{DecodeLimits, DisplayError, decode};
use tintype_backends::Format;

/// Returns an image whose left half is red and whose right half is blue.
fn sample(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, _| Rgba(if x < width / 2 { [255, 0, 0, 255] } else { [0, 0, 255, 255] }))
}

fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::from(picture.clone());
    let picture = if format == ImageFormat::Jpeg { picture.into_rgb8().into() } else { picture };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Returns a JPEG whose EXIF block holds nothing but the orientation.
fn turned_jpeg(orientation: u8) -> Vec<u8> {
    let plain = encoded(&sample(32, 16), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend((exif.len() as u16 + 2).to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes
}

/// Returns a PNG whose header claims `width` x `height` and which holds next to no data.
pub(super) fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&sample(4, 4), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn png_color_chunks_without_a_profile_are_applied() {
    let mut bytes = encoded(&RgbaImage::from_pixel(4, 4, Rgba([200, 100, 50, 255])), ImageFormat::Png);
    // Display P3, by its code points, right after the header.
    let named = b"cICP\x0c\x0d\x00\x01";
    let chunk = [&4_u32.to_be_bytes(), &named[..], &crc32(named).to_be_bytes()].concat();
    bytes.splice(33..33, chunk);
    let seen = decode(&bytes, DecodeLimits::default()).unwrap().get_pixel(1, 1).0;
    let meant = [215, 93, 31, 255];
    assert!(seen.iter().zip(meant).all(|(seen, meant)| seen.abs_diff(meant) <= 2), "{seen:?}, not {meant:?}");
}

const RASTER: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

#[test]
fn every_format_decodes_to_red_left_and_blue_right() {
    for format in RASTER {
        let picture = decode(&encoded(&sample(32, 16), format), DecodeLimits::default()).unwrap();
        assert_eq!(picture.dimensions(), (32, 16), "{format:?}");
        let (left, right) = (picture.get_pixel(4, 8).0, picture.get_pixel(28, 8).0);
        assert!(left[0] > 240 && left[2] < 16 && right[2] > 240 && right[0] < 16, "{format:?}: {left:?} {right:?}");
    }
}

#[test]
fn exif_orientation_is_applied() {
    // 6: the camera was held so that the top of the scene is on the right of the stored image.
    let picture = decode(&turned_jpeg(6), DecodeLimits::default()).unwrap();
    assert_eq!(picture.dimensions(), (16, 32));
    assert!(picture.get_pixel(8, 4).0[0] > 240, "the left, red, is now the top");
    let upside_down = decode(&turned_jpeg(3), DecodeLimits::default()).unwrap();
    assert!(upside_down.get_pixel(4, 8).0[2] > 240, "the right, blue, is now on the left");
}

#[test]
fn a_truncated_file_is_an_error_or_complete() {
    for format in RASTER {
        let bytes = encoded(&sample(32, 16), format);
        for length in 0..bytes.len() {
            if let Ok(picture) = decode(&bytes[..length], DecodeLimits::default()) {
                let whole = decode(&bytes, DecodeLimits::default()).unwrap();
                assert_eq!(picture, whole, "{format:?} cut to {length} of {} bytes", bytes.len());
            }
        }
    }
}

#[test]
fn half_a_file_is_reported_as_truncated() {
    for (format, name) in [(ImageFormat::Png, Format::Png), (ImageFormat::Jpeg, Format::Jpeg)] {
        let bytes = encoded(&sample(256, 256), format);
        let error = decode(&bytes[..bytes.len() / 2], DecodeLimits::default()).unwrap_err();
        assert_eq!(error, DisplayError::Truncated(name));
    }
}

#[test]
fn any_single_corrupt_byte_is_handled() {
    for format in RASTER {
        let bytes = encoded(&sample(32, 16), format);
        for index in 0..bytes.len() {
            for flip in [0xff, 0x80, 0x01] {
                let mut wrong = bytes.clone();
                wrong[index] ^= flip;
                let _either = decode(&wrong, DecodeLimits { pixels: 1 << 20, memory: 1 << 24 });
            }
        }
    }
}

#[test]
fn a_header_with_a_huge_size_is_rejected_before_decoding() {
    let error = decode(&png_claiming(100_000, 100_000), DecodeLimits::default()).unwrap_err();
    assert_eq!(error, DisplayError::TooLarge { width: 100_000, height: 100_000, limit: 100 });
    let error = decode(&png_claiming(u32::MAX >> 1, 1), DecodeLimits::default()).map(|_| "a picture").unwrap_err();
    assert!(matches!(error, DisplayError::TooLarge { .. } | DisplayError::TooMuchMemory(_)), "{error}");
}

#[test]
fn a_header_with_a_false_size_is_an_error() {
    let error = decode(&png_claiming(64, 64), DecodeLimits::default()).unwrap_err();
    assert!(matches!(error, DisplayError::Truncated(_) | DisplayError::Damaged { .. }), "{error}");
}

#[test]
fn decoding_memory_is_limited() {
    let bytes = encoded(&sample(512, 512), ImageFormat::Png);
    let error = decode(&bytes, DecodeLimits { pixels: 1 << 30, memory: 1 << 16 }).map(|_| "a picture").unwrap_err();
    assert_eq!(error, DisplayError::TooMuchMemory(Format::Png));
}

#[test]
fn data_that_is_not_an_image_is_reported() {
    assert_eq!(decode(b"", DecodeLimits::default()), Err(DisplayError::Empty));
    assert_eq!(decode(b"hello, world", DecodeLimits::default()), Err(DisplayError::Unknown));
    assert_eq!(decode(b"%PDF-1.7", DecodeLimits::default()), Err(DisplayError::Unknown));
}

#[test]
fn an_svg_is_rendered_large_enough_for_a_screen() {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">
        <rect width="10" height="10" fill="#ff0000"/></svg>"##;
    let picture = decode(svg.as_bytes(), DecodeLimits::default()).unwrap();
    assert_eq!(picture.dimensions(), (1024, 512));
    assert_eq!(picture.get_pixel(100, 256).0, [255, 0, 0, 255]);
    assert_eq!(picture.get_pixel(900, 256).0[3], 0, "what is not drawn is transparent");
}

#[test]
fn an_svg_that_is_truncated_or_external_is_rejected() {
    let cut = decode(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect", DecodeLimits::default());
    assert!(matches!(cut, Err(DisplayError::Svg(_))));
    let script = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>x</script></svg>";
    let error = decode(script.as_bytes(), DecodeLimits::default()).unwrap_err();
    assert!(error.to_string().contains("`script`") && error.hint().is_some(), "{error}");
}

#[test]
fn errors_have_hints() {
    let error = decode(b"hello, world", DecodeLimits::default()).unwrap_err();
    assert_eq!(error.to_string(), "this is not a PNG, JPEG, WebP, GIF or SVG image");
    assert!(error.hint().unwrap().contains("file NAME"));
}
