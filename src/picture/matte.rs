//! What shows through a transparent picture.
//! Not for padding: the cells around a picture belong to whoever draws the pane.

use image::RgbaImage;

use super::fit::Grid;

/// What is behind the transparent parts of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Matte {
    /// One colour, as sRGB: the theme's background, usually.
    Color([u8; 3]),
    /// Two greys in squares, half a cell high, as drawing programs show transparency.
    Checkerboard,
}

/// The two greys of the checkerboard.
const GREYS: [[u8; 3]; 2] = [[102; 3], [153; 3]];

/// Lays `picture` on `matte`; afterwards every pixel is opaque.
pub(super) fn flatten(picture: &mut RgbaImage, matte: Matte, grid: Grid) {
    let square = (grid.across, (grid.down / 2).max(1));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        if alpha == 255 {
            continue;
        }
        let behind = match matte {
            Matte::Color(color) => color,
            Matte::Checkerboard => GREYS[((x / square.0 + y / square.1) % 2) as usize],
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
        flatten(&mut picture, Matte::Color([0, 0, 255]), Grid { across: 1, down: 2 });
        assert_eq!(picture.get_pixel(0, 0).0, [128, 0, 127, 255]);
    }

    #[test]
    fn the_checkerboard_shows_only_where_the_picture_does_not() {
        let mut picture = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        picture.put_pixel(0, 0, Rgba([9, 9, 9, 255]));
        flatten(&mut picture, Matte::Checkerboard, Grid { across: 10, down: 20 });
        assert_eq!(picture.get_pixel(0, 0).0, [9, 9, 9, 255]);
        assert_eq!(picture.get_pixel(1, 1).0, [102, 102, 102, 255]);
        assert_eq!(picture.get_pixel(10, 1).0, [153, 153, 153, 255]);
        assert_eq!(picture.get_pixel(10, 10).0, [102, 102, 102, 255]);
    }
}
