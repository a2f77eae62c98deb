//! Conversion of an image to another format, width and crop.
//!
//! Bytes in, bytes out. Pixels come out as upright sRGB, whatever profile and orientation the original has.

use std::{fmt, io::Cursor};

use image::{
    AnimationDecoder as _, DynamicImage, ImageFormat, Rgba, RgbaImage,
    codecs::{gif::GifDecoder, jpeg::JpegEncoder},
    imageops,
};
use tintype_backends::{Format, Size};

use super::error::ExportError;
use crate::picture::{DecodeLimits, DisplayError, decode, has_manifest, repair_gif_screen, resize};

/// JPEG quality out of 100, high enough that no difference from the original is visible.
pub const JPEG_QUALITY: u8 = 95;

/// Requested changes to an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// Raster format; `None` keeps the format of the original.
    pub format: Option<Format>,
    /// Width in pixels; the height follows from the aspect ratio.
    pub width: Option<u32>,
    /// Size of a centered rectangle that is cut out, after scaling.
    pub crop: Option<Size>,
}

impl From<Format> for Conversion {
    fn from(format: Format) -> Self {
        Self { format: Some(format), ..Self::default() }
    }
}

/// An image after a conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    pub bytes: Vec<u8>,
    /// Properties of the original that the conversion lost.
    pub lost: Vec<Loss>,
}

/// Property of an image that a conversion cannot keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loss {
    /// Signed statement of the image's origin, which holds for the original bytes only.
    Credentials,
    Animation,
    Transparency,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credentials => "Content Credentials (C2PA)",
            Self::Animation => "animation",
            Self::Transparency => "transparency (now white)",
        })
    }
}

/// Converts the image in `bytes`. If nothing changes, the bytes stay as they are. Raster images cannot become SVG.
pub fn convert(bytes: Vec<u8>, wanted: Conversion) -> Result<Converted, ExportError> {
    if wanted == Conversion::default() {
        return Ok(Converted { bytes, lost: Vec::new() });
    }
    let original = Format::detect(&bytes).ok_or(DisplayError::Unknown)?;
    let format = wanted.format.unwrap_or(if original == Format::Svg { Format::Png } else { original });
    if format == original && wanted.width.is_none() && wanted.crop.is_none() {
        return Ok(Converted { bytes, lost: Vec::new() });
    }
    let pixels = decode(&bytes, DecodeLimits::default())?;
    let before = pixels.dimensions();
    let pixels = cropped(scaled(pixels, wanted.width)?, wanted.crop)?;
    if format == original && pixels.dimensions() == before {
        return Ok(Converted { bytes, lost: Vec::new() });
    }
    let is_clear = pixels.pixels().any(|pixel| pixel.0[3] < 255);
    let mut lost = Vec::new();
    lost.extend(has_manifest(&bytes).then_some(Loss::Credentials));
    lost.extend(is_animated(&bytes).then_some(Loss::Animation));
    lost.extend((is_clear && format == Format::Jpeg).then_some(Loss::Transparency));
    Ok(Converted { bytes: encode(pixels, is_clear, format)?, lost })
}

fn scaled(pixels: RgbaImage, width: Option<u32>) -> Result<RgbaImage, ExportError> {
    let (from, height) = pixels.dimensions();
    let Some(width) = width.filter(|width| *width != from) else { return Ok(pixels) };
    let size = scaled_to_width(Size::new(from, height), width);
    let limit = DecodeLimits::default().pixels;
    if u64::from(size.width) * u64::from(size.height) > limit {
        return Err(ExportError::TooLarge { size, limit: limit / 1_000_000 });
    }
    Ok(resize(&pixels, size)?)
}

/// Returns the size with this width and the aspect ratio of `size`.
pub(super) fn scaled_to_width(size: Size, width: u32) -> Size {
    let height = f64::from(width) * f64::from(size.height) / f64::from(size.width.max(1));
    Size::new(width, (height.round() as u32).max(1))
}

fn cropped(pixels: RgbaImage, crop: Option<Size>) -> Result<RgbaImage, ExportError> {
    let (width, height) = pixels.dimensions();
    let Some(crop) = crop.filter(|crop| (crop.width, crop.height) != (width, height)) else { return Ok(pixels) };
    if crop.width > width || crop.height > height {
        return Err(ExportError::CropTooLarge { crop, size: Size::new(width, height) });
    }
    let (left, top) = ((width - crop.width) / 2, (height - crop.height) / 2);
    Ok(imageops::crop_imm(&pixels, left, top, crop.width, crop.height).to_image())
}

fn encode(pixels: RgbaImage, is_clear: bool, format: Format) -> Result<Vec<u8>, DisplayError> {
    let image: DynamicImage = match format {
        // The encoder searches four-channel pixels for colors.
        Format::Gif => pixels.into(),
        Format::Jpeg if is_clear => DynamicImage::from(on_white(pixels)).into_rgb8().into(),
        _ if is_clear => pixels.into(),
        _ => DynamicImage::from(pixels).into_rgb8().into(),
    };
    let mut bytes = Cursor::new(Vec::new());
    let written = match format {
        Format::Png => image.write_to(&mut bytes, ImageFormat::Png),
        Format::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)),
        // Lossless, the only kind that the encoder writes.
        Format::Webp => image.write_to(&mut bytes, ImageFormat::WebP),
        Format::Gif => image.write_to(&mut bytes, ImageFormat::Gif),
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
    if Format::detect(bytes) != Some(Format::Gif) {
        return false;
    }
    let bytes = repair_gif_screen(bytes);
    GifDecoder::new(Cursor::new(&bytes[..])).is_ok_and(|decoder| decoder.into_frames().nth(1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, pixel: [u8; 4]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbaImage::from_pixel(width, height, Rgba(pixel)).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn pixels(bytes: &[u8]) -> RgbaImage {
        decode(bytes, DecodeLimits::default()).unwrap()
    }

    const RED: [u8; 4] = [200, 30, 30, 255];

    #[test]
    fn raster_image_becomes_any_other() {
        for format in [Format::Png, Format::Jpeg, Format::Webp, Format::Gif] {
            let Converted { bytes, lost } = convert(png(9, 7, RED), format.into()).unwrap();
            assert_eq!((Format::detect(&bytes), lost), (Some(format), Vec::new()));
            let pixels = pixels(&bytes);
            assert_eq!(pixels.dimensions(), (9, 7));
            let [red, green, ..] = pixels.get_pixel(4, 3).0;
            assert!(red.abs_diff(200) < 6 && green.abs_diff(30) < 6, "{format}: {red} {green}");
        }
    }

    #[test]
    fn transparency_is_kept_or_named_as_lost() {
        let clear = png(9, 7, [200, 30, 30, 0]);
        let jpeg = convert(clear.clone(), Format::Jpeg.into()).unwrap();
        assert_eq!(jpeg.lost, [Loss::Transparency]);
        assert!(pixels(&jpeg.bytes).get_pixel(0, 0).0.iter().all(|value| *value > 250));
        let webp = convert(clear, Format::Webp.into()).unwrap();
        assert_eq!((webp.lost.len(), pixels(&webp.bytes).get_pixel(0, 0).0[3]), (0, 0));
    }

    #[test]
    fn svg_becomes_raster_and_not_the_reverse() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>"#;
        assert_eq!(convert(svg.to_vec(), Conversion::default()).unwrap().bytes, svg);
        let jpeg = convert(svg.to_vec(), Format::Jpeg.into()).unwrap();
        assert_eq!(Format::detect(&jpeg.bytes), Some(Format::Jpeg));
        convert(png(9, 7, RED), Format::Svg.into()).unwrap_err();
    }

    #[test]
    fn width_keeps_the_aspect_ratio_and_the_crop_is_cut_from_the_center() {
        let mut wide = RgbaImage::from_pixel(40, 20, Rgba(RED));
        for x in 15..25 {
            (5..15).for_each(|y| wide.put_pixel(x, y, Rgba([0, 0, 255, 255])));
        }
        let mut bytes = Cursor::new(Vec::new());
        wide.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let bytes = bytes.into_inner();
        let size = |conversion| pixels(&convert(bytes.clone(), conversion).unwrap().bytes).dimensions();
        assert_eq!(size(Conversion { width: Some(20), ..Conversion::default() }), (20, 10));
        assert_eq!(size(Conversion { width: Some(80), ..Conversion::default() }), (80, 40));
        let crop = Conversion { crop: Some(Size::new(10, 10)), ..Conversion::default() };
        let center = pixels(&convert(bytes, crop).unwrap().bytes);
        assert_eq!(center.dimensions(), (10, 10));
        assert!(center.pixels().all(|pixel| pixel.0 == [0, 0, 255, 255]), "the crop is not the center");
    }

    #[test]
    fn unchanged_image_keeps_its_bytes() {
        let bytes = [png(40, 20, RED), b"trailing".to_vec()].concat();
        let (width, crop) = (Some(40), Some(Size::new(40, 20)));
        for wanted in [
            Conversion::default(),
            Format::Png.into(),
            Conversion { width, ..Conversion::default() },
            Conversion { crop, ..Conversion::default() },
            Conversion { format: Some(Format::Png), width, crop },
        ] {
            assert_eq!(convert(bytes.clone(), wanted).unwrap(), Converted { bytes: bytes.clone(), lost: Vec::new() });
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let crop = Conversion { crop: Some(Size::new(41, 20)), ..Conversion::default() };
        let refused = convert(png(40, 20, RED), crop).unwrap_err();
        assert_eq!(refused.to_string(), "cannot cut 41x20 out of an image of 40x20");
        for width in [50_000, u32::MAX] {
            let refused = convert(png(40, 20, RED), Conversion { width: Some(width), ..Conversion::default() });
            assert!(matches!(refused, Err(ExportError::TooLarge { limit: 100, .. })), "{width}");
        }
    }

    #[test]
    fn lost_content_credentials_are_named() {
        let mut signed = png(9, 7, RED);
        signed.splice(33..33, *b"\0\0\0\x04caBXdata\0\0\0\0");
        let width = Conversion { width: Some(3), ..Conversion::default() };
        assert_eq!(convert(signed, width).unwrap().lost, [Loss::Credentials]);
    }
}
