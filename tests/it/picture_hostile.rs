//! Pictures from people who mean harm, and from programs that do unusual things: each is the right picture or a clear
//! error, and neither takes more memory or time than is allowed.

use std::io::Cursor;

use image::{
    ExtendedColorType, ImageBuffer, ImageEncoder, ImageFormat, Rgb, Rgba, RgbaImage,
    codecs::{gif::GifEncoder, png::PngEncoder},
};
use tintype::picture::{Limits, PictureError, decode};
use tintype_backends::Format;

#[cfg(target_os = "linux")]
use crate::picture_decode::png_claiming;

/// Whether the left of a picture is red and the right blue, near enough for a lossy one.
fn is_red_and_blue(bytes: &[u8]) -> bool {
    let picture = decode(bytes, Limits::default()).unwrap();
    let (middle, edge) = (picture.height() / 2, picture.width() - 2);
    let near = |x, expected: [u8; 3]| {
        picture.get_pixel(x, middle).0.iter().zip(expected).all(|(is, should)| is.abs_diff(should) < 48)
    };
    near(1, [255, 0, 0]) && near(edge, [0, 0, 255])
}

#[test]
fn a_jpeg_for_print_is_shown_in_the_colours_of_a_screen() {
    assert!(is_red_and_blue(include_bytes!("pictures/cmyk.jpg")));
}

#[test]
fn sixteen_bits_a_channel_are_shown_as_eight() {
    let picture = ImageBuffer::from_fn(32, 16, |x, _| {
        if x < 16 { Rgba([u16::MAX, 0, 0, u16::MAX]) } else { Rgba([0, 0, u16::MAX, u16::MAX]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    assert!(is_red_and_blue(bytes.get_ref()));
}

#[test]
fn of_an_animation_the_first_frame_is_shown() {
    let frame = |first: bool| {
        let colour = move |x: u32| if (x < 16) == first { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) };
        image::Frame::new(RgbaImage::from_fn(32, 16, |x, _| colour(x)))
    };
    let mut bytes = Vec::new();
    GifEncoder::new(&mut bytes).encode_frames([frame(true), frame(false), frame(false)]).unwrap();
    assert!(is_red_and_blue(&bytes));
}

#[test]
fn grey_with_alpha_and_palettes_are_shown() {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&[7, 255, 9, 0], 2, 1, ExtendedColorType::La8).unwrap();
    let picture = decode(&bytes, Limits::default()).unwrap();
    assert_eq!((picture.get_pixel(0, 0).0, picture.get_pixel(1, 0).0), ([7, 7, 7, 255], [9, 9, 9, 0]));
}

/// A progressive JPEG of that many scans, all of them empty but for the first.
fn many_scans(scans: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(64, 64, Rgb([9, 9, 9])).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let bytes = bytes.into_inner();
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let end = bytes.len() - 2;
    [&bytes[..scan], &bytes[scan..end].repeat(scans), &bytes[end..]].concat()
}

#[test]
fn a_file_that_would_be_gone_over_for_hours_is_refused_at_once() {
    assert!(decode(&many_scans(1), Limits::default()).is_ok());
    assert_eq!(decode(&many_scans(101), Limits::default()), Err(PictureError::TooSlow(Format::Jpeg)));
    assert!(PictureError::TooSlow(Format::Jpeg).hint().is_some());
}

/// Runs the program on a picture in little memory: what it says, and its exit code.
#[cfg(target_os = "linux")]
fn show_in_little_memory(bytes: &[u8]) -> (String, Option<i32>) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bomb");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), bytes).unwrap();
    // Address space in KiB: enough for the program and a picture of ordinary size.
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
fn a_bomb_is_refused_by_its_size_and_takes_no_memory() {
    let (said, code) = show_in_little_memory(&png_claiming(60_000, 60_000));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("60000x60000 pixels, more than the 100 megapixels") && said.contains("hint: "), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_header_that_promises_rows_that_do_not_come_is_an_error_in_little_memory() {
    let (said, code) = show_in_little_memory(&png_claiming(9_000, 9_000));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cut short") || said.contains("damaged"), "{said}");
}
