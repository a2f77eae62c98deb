//! The source of an edit with what is drawn over it: the mask as a tint, and the markup as it is.
//!
//! Both are stretched to the size of the source, as the backends do.

use image::{RgbaImage, imageops};

use super::{DisplayError, difference::scaled};

/// Share of the tint where the mask is fully transparent, of 255.
const TINT_SHARE: u32 = 140;

/// Tints `source` with a color where `mask` is transparent, which is where an edit may change it.
pub fn tint_mask(source: &mut RgbaImage, mask: &RgbaImage, tint: [u8; 3]) -> Result<(), DisplayError> {
    let mask = scaled(mask, source.dimensions())?;
    for (pixel, mask) in source.pixels_mut().zip(mask.pixels()) {
        let share = u32::from(255 - mask.0[3]) * TINT_SHARE / 255;
        for (channel, tint) in pixel.0.iter_mut().zip(tint) {
            *channel = ((u32::from(*channel) * (255 - share) + u32::from(tint) * share + 127) / 255) as u8;
        }
        // The tint is visible on transparent parts too.
        pixel.0[3] = pixel.0[3].max(share as u8);
    }
    Ok(())
}

/// Draws `markup` over `source`.
pub fn draw_markup(source: &mut RgbaImage, markup: &RgbaImage) -> Result<(), DisplayError> {
    imageops::overlay(source, &*scaled(markup, source.dimensions())?, 0, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn only_the_transparent_part_of_the_mask_is_tinted() {
        let mut source = RgbaImage::from_pixel(40, 20, Rgba([100, 100, 100, 255]));
        let mask = RgbaImage::from_fn(20, 10, |x, _| Rgba([0, 0, 0, if x < 10 { 0 } else { 255 }]));
        tint_mask(&mut source, &mask, [255, 0, 0]).unwrap();
        assert!(source.get_pixel(5, 5).0[0] > 170 && source.get_pixel(5, 5).0[1] < 60);
        assert_eq!(source.get_pixel(35, 5).0, [100, 100, 100, 255]);
    }

    #[test]
    fn tint_is_visible_on_a_transparent_source() {
        let mut source = RgbaImage::new(4, 4);
        tint_mask(&mut source, &RgbaImage::new(4, 4), [0, 255, 0]).unwrap();
        assert!(source.pixels().all(|pixel| pixel.0[3] > 100 && pixel.0[1] > 100));
    }

    #[test]
    fn markup_covers_the_source_where_it_is_opaque() {
        let mut source = RgbaImage::from_pixel(20, 20, Rgba([9, 9, 9, 255]));
        let markup = RgbaImage::from_fn(10, 10, |x, _| Rgba([255, 0, 0, if x < 5 { 255 } else { 0 }]));
        draw_markup(&mut source, &markup).unwrap();
        assert_eq!((source.get_pixel(2, 2).0, source.get_pixel(18, 2).0), ([255, 0, 0, 255], [9, 9, 9, 255]));
    }
}
