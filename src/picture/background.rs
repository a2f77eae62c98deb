//! Background behind transparent images.
//!
//! The padding around an image belongs to the pane.

use image::RgbaImage;

use super::fit::SampleGrid;

/// Background behind the transparent parts of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageBackground {
    /// A single sRGB color, usually the theme's background.
    Color([u8; 3]),
    /// Squares in two grays, half a cell high, as graphics programs show transparency.
    Checkerboard,
}

/// The two grays of the checkerboard.
const GRAYS: [[u8; 3]; 2] = [[102; 3], [153; 3]];

/// Composites `picture` onto `matte`, so that every pixel is opaque.
pub(super) fn flatten(picture: &mut RgbaImage, matte: ImageBackground, grid: SampleGrid) {
    let square = (grid.across, (grid.down / 2).max(1));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        if alpha == 255 {
            continue;
        }
        let behind = match matte {
            ImageBackground::Color(color) => color,
            ImageBackground::Checkerboard => GRAYS[((x / square.0 + y / square.1) % 2) as usize],
        };
        for (channel, behind) in pixel.0.iter_mut().zip(behind) {
            *channel = ((u16::from(*channel) * alpha + u16::from(behind) * (255 - alpha) + 127) / 255) as u8;
        }
        pixel.0[3] = u8::MAX;
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn half_transparent_red_on_blue_is_both() {
        let mut picture = RgbaImage::from_pixel(1, 1, Rgba([255, 0, 0, 128]));
        flatten(&mut picture, ImageBackground::Color([0, 0, 255]), SampleGrid { across: 1, down: 2 });
        assert_eq!(picture.get_pixel(0, 0).0, [128, 0, 127, 255]);
    }

    #[test]
    fn the_checkerboard_shows_only_through_transparency() {
        let mut picture = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        picture.put_pixel(0, 0, Rgba([9, 9, 9, 255]));
        flatten(&mut picture, ImageBackground::Checkerboard, SampleGrid { across: 10, down: 20 });
        assert_eq!(picture.get_pixel(0, 0).0, [9, 9, 9, 255]);
        assert_eq!(picture.get_pixel(1, 1).0, [102, 102, 102, 255]);
        assert_eq!(picture.get_pixel(10, 1).0, [153, 153, 153, 255]);
        assert_eq!(picture.get_pixel(10, 10).0, [102, 102, 102, 255]);
    }
}
