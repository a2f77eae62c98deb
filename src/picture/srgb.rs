//! Lookup tables between sRGB values and linear light, by the transfer function of IEC 61966-2-1.
//!
//! Other color spaces are converted to sRGB in `profile` first.

use fast_image_resize::{PixelType, images::Image};
use image::RgbaImage;

/// The transfer function in both directions. It is built per image, which takes a few hundred evaluations, rather than
/// kept in a global.
pub(super) struct TransferFunction {
    /// Linear light of each sRGB value, scaled to 0 to 65535.
    pub(super) light: [u16; 256],
    /// Nearest sRGB value of each level of linear light.
    value: Vec<u8>,
}

impl TransferFunction {
    pub(super) fn new() -> Self {
        let light = std::array::from_fn(|value| (linear(value as f64 / 255.0) * 65535.0).round() as u16);
        let mut curve = Self { light, value: Vec::with_capacity(1 << 16) };
        // Filled up to each boundary between two values: evaluating all 65536 points would take longer than many an
        // image.
        for value in 0..=u8::MAX {
            let end = linear((f64::from(value) + 0.5) / 255.0) * 65535.0;
            curve.value.resize(if value == u8::MAX { 1 << 16 } else { end.ceil() as usize }, value);
        }
        curve
    }

    /// Converts every pixel to linear light, with 16 bits per channel.
    pub(super) fn to_linear(&self, picture: &RgbaImage) -> Image<'static> {
        let mut to_linear = Image::new(picture.width(), picture.height(), PixelType::U16x4);
        for (to, from) in
            to_linear.buffer_mut().as_chunks_mut::<8>().0.iter_mut().zip(picture.as_raw().as_chunks::<4>().0)
        {
            let [red, green, blue] = [0, 1, 2].map(|at| self.light[usize::from(from[at])].to_ne_bytes());
            let alpha = (u16::from(from[3]) * 257).to_ne_bytes();
            *to = [red[0], red[1], green[0], green[1], blue[0], blue[1], alpha[0], alpha[1]];
        }
        to_linear
    }

    /// Converts `to_linear`, with 16 bits per channel, back to sRGB values as RGBA.
    pub(super) fn to_srgb(&self, to_linear: &Image<'_>) -> Vec<u8> {
        let level = |pixel: &[u8; 8], at: usize| u16::from_ne_bytes([pixel[2 * at], pixel[2 * at + 1]]);
        let color = |pixel: &[u8; 8], at: usize| self.value[usize::from(level(pixel, at))];
        let alpha = |pixel: &[u8; 8]| ((u32::from(level(pixel, 3)) + 128) / 257) as u8;
        let pixels = to_linear.buffer().as_chunks::<8>().0;
        pixels.iter().flat_map(|pixel| [color(pixel, 0), color(pixel, 1), color(pixel, 2), alpha(pixel)]).collect()
    }
}

/// Returns the linear light of an sRGB value, both from 0 to 1.
fn linear(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use fast_image_resize::{create_srgb_mapper, images::ImageRef};

    use super::*;

    #[test]
    fn the_transfer_function_matches_a_reference() {
        let all: Vec<u8> = (0..=u8::MAX).flat_map(|value| [value, 255 - value, value, value]).collect();
        let picture = RgbaImage::from_raw(256, 1, all).unwrap();
        let mut theirs = Image::new(256, 1, PixelType::U16x4);
        let source = ImageRef::new(256, 1, picture.as_raw(), PixelType::U8x4).unwrap();
        create_srgb_mapper().forward_map(&source, &mut theirs).unwrap();
        let channels = |image: &Image<'_>| -> Vec<u16> {
            image.buffer().as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair)).collect()
        };
        let apart = channels(&TransferFunction::new().to_linear(&picture))
            .into_iter()
            .zip(channels(&theirs))
            .map(|(a, b)| a.abs_diff(b))
            .max();
        assert!(apart <= Some(1), "{apart:?}");
    }

    #[test]
    fn light_becomes_the_nearest_value_and_every_value_comes_back() {
        let curve = TransferFunction::new();
        assert_eq!(curve.value.len(), 1 << 16);
        for (value, light) in curve.light.iter().enumerate() {
            assert_eq!(usize::from(curve.value[usize::from(*light)]), value);
        }
        assert!(curve.value.is_sorted());
        let all = RgbaImage::from_fn(256, 1, |x, _| image::Rgba([x as u8, 7, 200, x as u8]));
        assert_eq!(&curve.to_srgb(&curve.to_linear(&all)), all.as_raw());
    }
}
