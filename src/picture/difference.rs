//! The difference between two images: a heat map, and the share of pixels that changed.
//!
//! Pixels are compared in linear light. The earlier image is stretched to the size of the later one.

use std::borrow::Cow;

use image::RgbaImage;
use tintype_backends::Size;

use super::{DisplayError, scale::resize, srgb::TransferFunction};

/// Changes below this part of the full range are noise of the encoding, of 65535.
const NOISE: u32 = 1311;

/// Brightness of an unchanged pixel in the heat map, of 255.
const UNCHANGED_BRIGHTNESS: u32 = 90;

/// The difference between two images.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The later image in dark gray, with the changes in the given color: the larger a change, the stronger.
    pub heat_map: RgbaImage,
    /// Share of the pixels that changed, from 0 to 1.
    pub changed: f32,
}

/// Compares two images and draws the changes in the color `heat`.
pub fn difference(before: &RgbaImage, after: &RgbaImage, heat: [u8; 3]) -> Result<Difference, DisplayError> {
    let before = scaled(before, after.dimensions())?;
    let curve = TransferFunction::new();
    let mut heat_map = after.clone();
    let mut changed: u64 = 0;
    for (pixel, before) in heat_map.pixels_mut().zip(before.pixels()) {
        let change = change(&curve, before.0, pixel.0);
        changed += u64::from(change > NOISE);
        // The square root makes small changes visible.
        let share = if change > NOISE { (f64::from(change) / 65535.0).sqrt() } else { 0.0 };
        pixel.0 = heated(pixel.0, heat, (share * 255.0) as u32);
    }
    let pixels = u64::from(after.width()) * u64::from(after.height());
    Ok(Difference { heat_map, changed: (changed as f64 / pixels.max(1) as f64) as f32 })
}

/// Returns the largest change of a channel in linear light, scaled to 65535. Colors count as much as they are opaque.
fn change(curve: &TransferFunction, before: [u8; 4], after: [u8; 4]) -> u32 {
    let level = |pixel: [u8; 4], at: usize| match at {
        3 => u32::from(pixel[3]) * 257,
        _ => u32::from(curve.light[usize::from(pixel[at])]) * u32::from(pixel[3]) / 255,
    };
    (0..4).map(|at| level(before, at).abs_diff(level(after, at))).max().unwrap_or(0)
}

/// Returns a dark gray of the pixel's brightness, with that share of the color, of 255.
fn heated([red, green, blue, _]: [u8; 4], heat: [u8; 3], share: u32) -> [u8; 4] {
    let gray = (u32::from(red) * 54 + u32::from(green) * 183 + u32::from(blue) * 18) / 255;
    let dark = gray * UNCHANGED_BRIGHTNESS / 255;
    let mixed = heat.map(|heat| ((dark * (255 - share) + u32::from(heat) * share) / 255) as u8);
    [mixed[0], mixed[1], mixed[2], u8::MAX]
}

/// Stretches an image to that size.
pub(super) fn scaled(image: &RgbaImage, (width, height): (u32, u32)) -> Result<Cow<'_, RgbaImage>, DisplayError> {
    if image.dimensions() == (width, height) {
        return Ok(Cow::Borrowed(image));
    }
    resize(image, Size::new(width, height)).map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    const HEAT: [u8; 3] = [255, 0, 0];

    /// Returns the percentage of changed pixels.
    fn changed(before: &RgbaImage, after: &RgbaImage) -> u32 {
        (difference(before, after, HEAT).unwrap().changed * 100.0).round() as u32
    }

    fn gray(size: u32, value: u8) -> RgbaImage {
        RgbaImage::from_pixel(size, size, Rgba([value, value, value, 255]))
    }

    #[test]
    fn equal_images_have_no_difference() {
        let same = difference(&gray(20, 120), &gray(20, 120), HEAT).unwrap();
        assert_eq!(changed(&gray(20, 120), &gray(20, 120)), 0);
        assert!(same.heat_map.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[0] < 60));
    }

    #[test]
    fn share_is_that_of_the_changed_pixels() {
        let mut after = gray(20, 120);
        for x in 0..10 {
            for y in 0..10 {
                after.put_pixel(x, y, Rgba([255, 255, 255, 255]));
            }
        }
        let found = difference(&gray(20, 120), &after, HEAT).unwrap();
        assert_eq!(changed(&gray(20, 120), &after), 25);
        let (hot, cold) = (found.heat_map.get_pixel(2, 2).0, found.heat_map.get_pixel(15, 15).0);
        assert!(hot[0] > 200 && hot[0] > hot[1] + 100 && cold[0] == cold[1], "{hot:?} {cold:?}");
    }

    #[test]
    fn noise_of_encoding_is_no_change() {
        assert_eq!(changed(&gray(8, 120), &gray(8, 122)), 0);
        assert_eq!(changed(&gray(8, 120), &gray(8, 150)), 100);
    }

    #[test]
    fn larger_changes_are_hotter() {
        let heat = |value| difference(&gray(4, 0), &gray(4, value), HEAT).unwrap().heat_map.get_pixel(0, 0).0[0];
        assert!(heat(80) < heat(160) && heat(160) < heat(255));
    }

    #[test]
    fn source_of_another_size_is_stretched() {
        let found = difference(&gray(64, 90), &gray(20, 90), HEAT).unwrap();
        assert_eq!(found.heat_map.dimensions(), (20, 20));
        assert_eq!(changed(&gray(64, 90), &gray(20, 90)), 0);
        let wide = RgbaImage::from_pixel(50, 10, Rgba([90, 90, 90, 255]));
        assert_eq!(changed(&wide, &gray(20, 90)), 0);
    }

    #[test]
    fn color_of_an_invisible_pixel_is_no_change() {
        let clear = |value| RgbaImage::from_pixel(4, 4, Rgba([value, 0, 0, 0]));
        assert_eq!(changed(&clear(0), &clear(255)), 0);
        assert_eq!(changed(&clear(0), &gray(4, 0)), 100, "it became visible");
    }
}
