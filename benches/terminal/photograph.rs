//! Images that are as hard to compress and resample as photographs: soft light, edges, detail at every scale, grain.
//! They are the same in every run; nothing is measured here.

use std::{
    fs::File,
    io::{Cursor, Write},
    path::Path,
};

use image::{ImageFormat, Rgb, RgbImage};

/// An image and its encoded file.
pub(crate) struct Photograph {
    pub(crate) pixels: RgbImage,
    pub(crate) png: Vec<u8>,
}

/// Returns an image of this size.
pub(crate) fn photograph(width: u32, height: u32) -> Photograph {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb(pixel(x, y, width, height)));
    let mut png = Cursor::new(Vec::new());
    pixels.write_to(&mut png, ImageFormat::Png).unwrap();
    Photograph { pixels, png: png.into_inner() }
}

/// Returns a small image that is unique to its number, which is encoded in black and white in its first lines: of two
/// identical images, the second would not be sent.
pub(crate) fn numbered(number: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(160, 160, |x, y| match y {
        0..8 => Rgb([(number >> (x / 10) & 1) as u8 * 255; 3]),
        _ => Rgb(pixel(x + number * 37, y + number * 11, 4096, 4096)),
    });
    let mut png = Cursor::new(Vec::new());
    pixels.write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

/// Returns one of many square views of a landscape, from near and far.
pub(crate) fn scene(number: u32, side: u32) -> RgbImage {
    let world = side * [1, 2, 4, 7][number as usize % 4];
    let (left, top) = (number * 37 % 11 * world / 20, number * 17 % 7 * world / 24);
    RgbImage::from_fn(side, side, |x, y| Rgb(pixel(x + left, y + top, world, world)))
}

/// Writes a file without a sync: a benchmark does not need it after a crash.
pub(crate) fn save(file: &Path, bytes: &[u8]) {
    File::create(file).unwrap().write_all(bytes).unwrap();
}

/// Returns a pixel of a sky over hills, which has slopes, edges and texture both in color and in brightness.
fn pixel(x: u32, y: u32, width: u32, height: u32) -> [u8; 3] {
    let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
    let ridge = 0.55 + 0.12 * (u * 7.0).sin() + 0.05 * (u * 23.0 + 1.0).sin() + 0.02 * noise(u * 60.0, 0.5);
    let texture = (0..5).map(|octave| {
        noise(u * 9.0 * f64::from(1 << octave), v * 13.0 * f64::from(1 << octave)) / f64::from(1 << octave)
    });
    let texture: f64 = texture.sum::<f64>() - 1.0;
    let sun = (-((u - 0.7).powi(2) + (v - 0.25).powi(2)) * 60.0).exp();
    let color = if v < ridge {
        [0.35 + 0.4 * v + sun, 0.5 + 0.25 * v + 0.8 * sun, 0.85 - 0.3 * v + 0.4 * sun].map(|c| c + 0.06 * texture)
    } else {
        let depth = (v - ridge) * 1.6;
        [0.22 + depth * 0.3, 0.34 + depth * 0.15, 0.18 + depth * 0.1].map(|c| c * (1.0 + 0.5 * texture))
    };
    let grain = noise(f64::from(x) * 1.7, f64::from(y) * 1.3) - 0.5;
    color.map(|c| ((c + 0.02 * grain).clamp(0.0, 1.0) * 255.0) as u8)
}

/// Returns smooth noise from 0 to 1: values on a grid, interpolated.
fn noise(x: f64, y: f64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let (dx, dy) = (x - left, y - top);
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let at = |x: f64, y: f64| value(x as i64, y as i64);
    let blend = |a: f64, b: f64, t: f64| a + (b - a) * smooth(t);
    let upper = blend(at(left, top), at(left + 1.0, top), dx);
    let lower = blend(at(left, top + 1.0), at(left + 1.0, top + 1.0), dx);
    blend(upper, lower, dy)
}

fn value(x: i64, y: i64) -> f64 {
    let mut bits = (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    bits = (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((bits >> 40) & 0xffff) as f64 / 65535.0
}
