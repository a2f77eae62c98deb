//! Thumbnails for pages with many images.
//!
//! For terminals, images are fitted to cells instead.

use image::{DynamicImage, Rgba, RgbaImage, codecs::jpeg::JpegEncoder, imageops};

use super::{DecodeLimits, DisplayError, decode};

/// JPEG quality, barely distinguishable from the original at this size, with a tenth of its bytes.
const QUALITY: u8 = 85;

/// A thumbnail as a JPEG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub jpeg: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Encodes the image in `bytes` as a JPEG whose longer edge has at most `longest` pixels. Transparent parts become
/// white.
pub fn thumbnail(bytes: &[u8], longest: u32) -> Result<Thumbnail, DisplayError> {
    let picture = decode(bytes, DecodeLimits::default())?;
    let (width, height) = picture.dimensions();
    let mut ground = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
    imageops::overlay(&mut ground, &picture, 0, 0);
    let mut picture = DynamicImage::ImageRgba8(ground);
    if width.max(height) > longest {
        picture = picture.thumbnail(longest, longest);
    }
    let picture = picture.into_rgb8();
    let mut jpeg = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&picture);
    encoded.map_err(|error| DisplayError::Encode(error.to_string()))?;
    Ok(Thumbnail { jpeg, width: picture.width(), height: picture.height() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &RgbaImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_aspect_is_kept_and_transparency_becomes_white() {
        let small = thumbnail(&png(&RgbaImage::new(400, 100)), 80).unwrap();
        assert_eq!((small.width, small.height), (80, 20));
        let seen = image::load_from_memory(&small.jpeg).unwrap().into_rgb8();
        assert!(seen.pixels().all(|pixel| pixel.0 == [255; 3]));
    }

    #[test]
    fn a_small_image_keeps_its_size() {
        let small = thumbnail(&png(&RgbaImage::new(40, 30)), 80).unwrap();
        assert_eq!((small.width, small.height), (40, 30));
        assert!(thumbnail(b"no picture", 80).is_err());
    }
}
