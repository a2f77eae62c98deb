//! Mapping of pixels to terminals with few colors, with error diffusion so that areas keep their tone.
//!
//! These are the colors of images; themes are separate.

use image::{Rgb, RgbImage};

/// The sixteen colors as in xterm. Other terminals differ, and none of them reports its colors.
const ANSI: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Steps of the 6x6x6 cube that follows the sixteen colors; 24 grays follow the cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Returns the index of the nearest of 256 colors. The first sixteen are excluded, because users redefine them.
pub(super) fn nearest_256(color: [u8; 3]) -> u8 {
    let step = |value: u8| (0..6).min_by_key(|&i: &usize| CUBE[i].abs_diff(value)).unwrap_or(0);
    let [red, green, blue] = color.map(step);
    let cube = ([CUBE[red], CUBE[green], CUBE[blue]], 16 + 36 * red + 6 * green + blue);
    let mean = color.iter().map(|&channel| usize::from(channel)).sum::<usize>() / 3;
    let shade = (mean.saturating_sub(3) / 10).min(23);
    let gray = ([(8 + 10 * shade) as u8; 3], 232 + shade);
    let best = if distance(gray.0, color) < distance(cube.0, color) { gray } else { cube };
    best.1 as u8
}

/// Returns the index of the nearest of the sixteen colors.
pub(super) fn nearest_16(color: [u8; 3]) -> u8 {
    (0..16).min_by_key(|&i: &u8| distance(ANSI[usize::from(i)], color)).unwrap_or(0)
}

/// Returns the color of an index.
pub(super) fn color_of(index: u8) -> [u8; 3] {
    match index {
        0..16 => ANSI[usize::from(index)],
        16..232 => {
            let n = usize::from(index) - 16;
            [CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

/// Returns the squared distance, weighted by the sensitivity of the eye.
fn distance(a: [u8; 3], b: [u8; 3]) -> i32 {
    let square = |i: usize| (i32::from(a[i]) - i32::from(b[i])).pow(2);
    3 * square(0) + 6 * square(1) + square(2)
}

/// Maps every pixel to an index with Floyd-Steinberg dithering, which distributes the error of a pixel to its
/// neighbors.
pub(super) fn dither(picture: &RgbImage, nearest: fn([u8; 3]) -> u8) -> Vec<u8> {
    let width = picture.width() as usize;
    let mut debts = [vec![[0_i32; 3]; width + 2], vec![[0_i32; 3]; width + 2]];
    let mut indices = Vec::with_capacity(width * picture.height() as usize);
    for row in picture.rows() {
        for (x, pixel) in row.enumerate() {
            let wanted = with_error(*pixel, debts[0][x + 1]);
            let index = nearest(wanted);
            indices.push(index);
            let given = color_of(index);
            for c in 0..3 {
                let error = i32::from(wanted[c]) - i32::from(given[c]);
                debts[0][x + 2][c] += error * 7;
                debts[1][x][c] += error * 3;
                debts[1][x + 1][c] += error * 5;
                debts[1][x + 2][c] += error;
            }
        }
        debts.swap(0, 1);
        debts[1].fill([0; 3]);
    }
    indices
}

/// Returns a pixel plus the error, in sixteenths, that its neighbors passed on.
fn with_error(Rgb(pixel): Rgb<u8>, debt: [i32; 3]) -> [u8; 3] {
    std::array::from_fn(|c| (i32::from(pixel[c]) + debt[c] / 16).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palette_colors_map_to_themselves() {
        for index in 16..=255 {
            assert_eq!(color_of(nearest_256(color_of(index))), color_of(index));
        }
        for index in 0..16 {
            assert_eq!(nearest_16(color_of(index)), index);
        }
    }

    #[test]
    fn dithering_keeps_the_tone_of_an_area() {
        let gray = RgbImage::from_pixel(32, 32, Rgb([100; 3]));
        let indices = dither(&gray, nearest_16);
        let sum: u32 = indices.iter().map(|&i| u32::from(color_of(i)[1])).sum();
        let mean = sum / indices.len() as u32;
        assert!((94..=106).contains(&mean), "the mean became {mean}");
    }
}
