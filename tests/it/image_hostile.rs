//! Malicious images, and unusual ones from real programs: each yields the right image or a clear error, and neither
//! takes more memory or time than is allowed.

use std::io::Cursor;

use image::{
    ExtendedColorType, ImageBuffer, ImageEncoder, ImageFormat, Rgb, Rgba, RgbaImage,
    codecs::{gif::GifEncoder, png::PngEncoder},
};
use tintype::picture::{DecodeLimits, DisplayError, decode};
use tintype_backends::Format;

#[cfg(target_os = "linux")]
use crate::image_decode::png_claiming;

/// Returns whether an image is red on the left and blue on the right, with tolerance for lossy formats.
fn is_red_and_blue(bytes: &[u8]) -> bool {
    let picture = decode(bytes, DecodeLimits::default()).unwrap();
    let (middle, edge) = (picture.height() / 2, picture.width() - 2);
    let near = |x, expected: [u8; 3]| {
        picture.get_pixel(x, middle).0.iter().zip(expected).all(|(is, should)| is.abs_diff(should) < 48)
    };
    near(1, [255, 0, 0]) && near(edge, [0, 0, 255])
}

#[test]
fn a_cmyk_jpeg_is_converted_to_rgb() {
    assert!(is_red_and_blue(include_bytes!("pictures/cmyk.jpg")));
}

#[test]
fn sixteen_bits_per_channel_are_reduced_to_eight() {
    let picture = ImageBuffer::from_fn(32, 16, |x, _| {
        if x < 16 { Rgba([u16::MAX, 0, 0, u16::MAX]) } else { Rgba([0, 0, u16::MAX, u16::MAX]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    assert!(is_red_and_blue(bytes.get_ref()));
}

#[test]
fn an_animation_shows_its_first_frame() {
    let frame = |first: bool| {
        let color = move |x: u32| if (x < 16) == first { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) };
        image::Frame::new(RgbaImage::from_fn(32, 16, |x, _| color(x)))
    };
    let mut bytes = Vec::new();
    GifEncoder::new(&mut bytes).encode_frames([frame(true), frame(false), frame(false)]).unwrap();
    assert!(is_red_and_blue(&bytes));
}

#[test]
fn gray_alpha_and_palette_images_are_shown() {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&[7, 255, 9, 0], 2, 1, ExtendedColorType::La8).unwrap();
    let picture = decode(&bytes, DecodeLimits::default()).unwrap();
    assert_eq!((picture.get_pixel(0, 0).0, picture.get_pixel(1, 0).0), ([7, 7, 7, 255], [9, 9, 9, 0]));
}

/// Returns a progressive JPEG with this many scans, all of them empty but the first.
fn many_scans(scans: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 64, Rgb([9, 9, 9])).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let bytes = bytes.into_inner();
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let end = bytes.len() - 2;
    [&bytes[..scan], &bytes[scan..end].repeat(scans), &bytes[end..]].concat()
}

#[test]
fn a_jpeg_with_too_many_scans_is_rejected_immediately() {
    assert!(decode(&many_scans(1), DecodeLimits::default()).is_ok());
    assert_eq!(decode(&many_scans(101), DecodeLimits::default()), Err(DisplayError::TooSlow(Format::Jpeg)));
    assert!(DisplayError::TooSlow(Format::Jpeg).hint().is_some());
}

/// Runs the program on an image with little memory. Returns its output and its exit code.
#[cfg(target_os = "linux")]
fn show_in_little_memory(bytes: &[u8]) -> (String, Option<i32>) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bomb");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), bytes).unwrap();
    // Address space in KiB: enough for the program and an image of ordinary size.
    let script = "ulimit -v 1200000; exec \"$0\" show --protocol blocks \"$1\"";
    let output = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_tintype")])
        .arg(&file)
        .env_clear()
        .env("HOME", home.path())
        .env("TINTYPE_DATA_DIR", home.path().join("data"))
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

#[cfg(target_os = "linux")]
#[test]
fn a_decompression_bomb_is_rejected_by_size() {
    let (said, code) = show_in_little_memory(&png_claiming(60_000, 60_000));
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("60000x60000 pixels, more than the limit of 100 megapixels") && said.contains("hint: "),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn missing_rows_are_an_error_with_little_memory() {
    let (said, code) = show_in_little_memory(&png_claiming(9_000, 9_000));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is truncated") || said.contains("damaged"), "{said}");
}

/// Returns the mean difference of two images over all channels.
fn mean_difference(image: &RgbaImage, expected: &RgbaImage) -> f64 {
    assert_eq!(image.dimensions(), expected.dimensions());
    let apart: u64 = image.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    apart as f64 / image.as_raw().len() as f64
}

/// Compares files written by libjpeg-turbo's `cjpeg` with what its `djpeg` reads from them.
#[test]
fn unusual_jpegs_decode_as_in_libjpeg() {
    macro_rules! file {
        ($name:literal) => {
            (
                $name,
                &include_bytes!(concat!("pictures/separate-", $name, ".jpg"))[..],
                &include_bytes!(concat!("pictures/separate-", $name, ".png"))[..],
            )
        };
    }
    let files =
        [file!("420"), file!("420-restarts"), file!("420-chroma-first"), file!("440-chroma-together"), file!("311")];
    for (name, jpeg, png) in files {
        let [image, expected] = [jpeg, png].map(|bytes| decode(bytes, DecodeLimits::default()).unwrap());
        let apart = mean_difference(&image, &expected);
        assert!(apart < 1.0, "{name}: {apart}");
    }
}

#[test]
fn a_truncated_jpeg_with_a_complete_thumbnail_is_truncated() {
    let cut = decode(include_bytes!("pictures/cut-with-a-thumbnail.jpg"), DecodeLimits::default());
    assert_eq!(cut, Err(DisplayError::Truncated(Format::Jpeg)));
    let separate = include_bytes!("pictures/separate-420.jpg");
    let cut = decode(&separate[..separate.len() / 2], DecodeLimits::default());
    assert_eq!(cut, Err(DisplayError::Truncated(Format::Jpeg)));
}

#[test]
fn a_complete_jpeg_without_an_end_marker_is_shown() {
    let image = decode(include_bytes!("pictures/without-end-marker.jpg"), DecodeLimits::default()).unwrap();
    assert_eq!(image.dimensions(), (200, 150));
}

#[test]
fn a_gif_without_a_screen_size_has_the_size_of_its_first_frame() {
    let image = decode(include_bytes!("pictures/screen-of-no-size.gif"), DecodeLimits::default()).unwrap();
    assert!(image.width() > 0 && image.height() > 0);
}

/// Returns a PNG of one pixel with a profile that decompresses to 900 MB of zeros.
#[cfg(target_os = "linux")]
fn png_with_a_huge_profile() -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(b"iCCPx\0\0".to_vec(), flate2::Compression::best());
    let zeros = vec![0; 9 << 20];
    (0..100).for_each(|_| packed.write_all(&zeros).unwrap());
    let body = packed.finish().unwrap();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&[7; 4], 1, 1, ExtendedColorType::Rgba8).unwrap();
    let length = (body.len() as u32 - 4).to_be_bytes();
    let chunk = [&length[..], &body, &crate::image_decode::crc32(&body).to_be_bytes()].concat();
    bytes.splice(33..33, chunk);
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_profile_is_ignored_with_little_memory() {
    let (said, code) = show_in_little_memory(&png_with_a_huge_profile());
    assert_eq!(code, Some(0), "{said}");
}
