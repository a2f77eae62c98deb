//! Conversion of an image to another file format, for example for an output name such as `cat.jpg`.
//!
//! The original file is unchanged: bytes in, bytes out.

use std::io::Cursor;

use image::{
    DynamicImage, ImageFormat, Rgba, RgbaImage,
    codecs::{gif::GifDecoder, jpeg::JpegEncoder},
};
use tintype_backends::Format;

use super::{DecodeLimits, DisplayError, decode, has_manifest, repair_gif_screen};

/// JPEG quality out of 100, high enough that no difference from the original is visible.
const JPEG_QUALITY: u8 = 95;

/// An image converted to another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    pub bytes: Vec<u8>,
    /// Names of the properties that the conversion lost.
    pub lost: Vec<&'static str>,
}

/// Converts the image in `bytes` to a raster format. Raster images cannot be converted to SVG.
pub fn convert(bytes: &[u8], format: Format) -> Result<Converted, DisplayError> {
    let pixels = decode(bytes, DecodeLimits::default())?;
    let is_clear = pixels.pixels().any(|pixel| pixel.0[3] < 255);
    let mut lost = Vec::new();
    lost.extend(has_manifest(bytes).then_some("its Content Credentials (C2PA)"));
    lost.extend(is_animated(bytes).then_some("its animation"));
    lost.extend((is_clear && format == Format::Jpeg).then_some("its transparency (now white)"));
    let image: DynamicImage = match format {
        Format::Jpeg if is_clear => on_white(pixels).into(),
        _ => pixels.into(),
    };
    let image = if is_clear && format != Format::Jpeg { image } else { image.into_rgb8().into() };
    Ok(Converted { bytes: encode(&image, format)?, lost })
}

fn encode(image: &DynamicImage, format: Format) -> Result<Vec<u8>, DisplayError> {
    let mut bytes = Cursor::new(Vec::new());
    let written = match format {
        Format::Png => image.write_to(&mut bytes, ImageFormat::Png),
        Format::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)),
        Format::Webp => image.write_to(&mut bytes, ImageFormat::WebP),
        // The encoder searches four-channel pixels for colors.
        Format::Gif => DynamicImage::from(image.to_rgba8()).write_to(&mut bytes, ImageFormat::Gif),
        Format::Svg => return Err(DisplayError::Convert("a raster image cannot become an SVG".to_owned())),
    };
    written.map_err(|error| DisplayError::Convert(error.to_string()))?;
    Ok(bytes.into_inner())
}

fn on_white(mut pixels: RgbaImage) -> RgbaImage {
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        let cover = u32::from(*alpha);
        for channel in [red, green, blue] {
            *channel = ((u32::from(*channel) * cover + 255 * (255 - cover) + 127) / 255) as u8;
        }
        *alpha = 255;
    }
    pixels
}

fn is_animated(bytes: &[u8]) -> bool {
    use image::AnimationDecoder as _;
    if Format::detect(bytes) != Some(Format::Gif) {
        return false;
    }
    let bytes = repair_gif_screen(bytes);
    GifDecoder::new(Cursor::new(&bytes[..])).is_ok_and(|decoder| decoder.into_frames().nth(1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(pixel: [u8; 4]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbaImage::from_pixel(9, 7, Rgba(pixel)).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn file_of_pixels_becomes_any_other() {
        for format in [Format::Png, Format::Jpeg, Format::Webp, Format::Gif] {
            let Converted { bytes, lost } = convert(&png([200, 30, 30, 255]), format).unwrap();
            assert_eq!(Format::detect(&bytes), Some(format));
            assert_eq!(lost, [] as [&str; 0]);
            let pixels = decode(&bytes, DecodeLimits::default()).unwrap();
            assert_eq!(pixels.dimensions(), (9, 7));
            let [red, green, ..] = pixels.get_pixel(4, 3).0;
            assert!(red.abs_diff(200) < 6 && green.abs_diff(30) < 6, "{format}: {red} {green}");
        }
    }

    #[test]
    fn transparency_is_kept_or_named_as_lost() {
        let clear = png([200, 30, 30, 0]);
        let jpeg = convert(&clear, Format::Jpeg).unwrap();
        assert_eq!(jpeg.lost, ["its transparency (now white)"]);
        assert!(
            decode(&jpeg.bytes, DecodeLimits::default()).unwrap().get_pixel(0, 0).0.iter().all(|value| *value > 250)
        );
        let webp = convert(&clear, Format::Webp).unwrap();
        assert_eq!(
            (webp.lost.len(), decode(&webp.bytes, DecodeLimits::default()).unwrap().get_pixel(0, 0).0[3]),
            (0, 0)
        );
    }

    #[test]
    fn drawing_becomes_pixels_and_pixels_no_drawing() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>"#;
        assert_eq!(Format::detect(&convert(svg, Format::Jpeg).unwrap().bytes), Some(Format::Jpeg));
        convert(&png([1, 2, 3, 255]), Format::Svg).unwrap_err();
    }
}
