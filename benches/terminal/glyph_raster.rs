//! Glyphs as pixels, by their definition in Unicode, for comparing text images of several programs.

use std::collections::HashMap;

use image::{Rgb, RgbImage};
use ratatui::symbols::pixel::{OCTANTS, QUADRANTS, SEXTANTS};

/// Pixels of a cell: a multiple of halves, thirds and quarters.
pub(crate) const CELL: (u32, u32) = (12, 24);

/// Points per pixel in each direction at which a glyph is sampled.
const FINE: u32 = 4;

/// A cell of text with its colors.
#[derive(Clone, Copy)]
pub(crate) struct TextCell {
    pub(crate) glyph: char,
    pub(crate) fore: [u8; 3],
    pub(crate) back: [u8; 3],
}

/// Draws rows of `columns` cells. Returns the image and the number of glyphs that could not be drawn.
pub(crate) fn draw(cells: &[TextCell], columns: u32) -> (RgbImage, usize) {
    let (width, height) = CELL;
    let mut image = RgbImage::new(columns * width, cells.len() as u32 / columns * height);
    let (mut covered, mut unknown) = (HashMap::new(), 0);
    for (at, cell) in (0..).zip(cells) {
        let Some(coverage) = covered.entry(cell.glyph).or_insert_with(|| coverage(cell.glyph)) else {
            unknown += 1;
            continue;
        };
        for (pixel, ink) in (0..).zip(&*coverage) {
            let mix = |fore: u8, back: u8| (f32::from(back) + (f32::from(fore) - f32::from(back)) * ink).round() as u8;
            let color = [0, 1, 2].map(|n| mix(cell.fore[n], cell.back[n]));
            image.put_pixel(at % columns * width + pixel % width, at / columns * height + pixel / width, Rgb(color));
        }
    }
    (image, unknown)
}

/// Returns the part of each pixel that is ink; `None` for a glyph that is not a block.
fn coverage(glyph: char) -> Option<Vec<f32>> {
    let ink = ink(glyph)?;
    let (width, height) = CELL;
    let share = |pixel: u32| {
        let fine = (0..FINE * FINE).filter(|n| {
            let x = ((pixel % width * FINE + n % FINE) as f32 + 0.5) / (width * FINE) as f32;
            let y = ((pixel / width * FINE + n / FINE) as f32 + 0.5) / (height * FINE) as f32;
            ink(x, y)
        });
        fine.count() as f32 / (FINE * FINE) as f32
    };
    Some((0..width * height).map(share).collect())
}

type Ink = Box<dyn Fn(f32, f32) -> bool>;

/// Returns whether a point of the cell is ink, in fractions from the upper left.
fn ink(glyph: char) -> Option<Ink> {
    for (glyphs, rows) in [(&QUADRANTS[..], 2), (&SEXTANTS, 3), (&OCTANTS, 4)] {
        if let Some(mask) = glyphs.iter().position(|&other| other == glyph) {
            return Some(Box::new(move |x, y| mask >> ((y * rows as f32) as usize * 2 + (x * 2.0) as usize) & 1 == 1));
        }
    }
    let code = u32::from(glyph);
    let eighths = |count: u32| count as f32 / 8.0;
    Some(match code {
        0xa0 => Box::new(|_, _| false),
        0x2581..=0x2587 => Box::new(move |_, y| y >= 1.0 - eighths(code - 0x2580)),
        0x2589..=0x258f => Box::new(move |x, _| x < eighths(0x2590 - code)),
        0x2594 => Box::new(|_, y| y < 0.125),
        0x2595 => Box::new(|x, _| x >= 0.875),
        0x25e2 => Box::new(|x, y| x + y >= 1.0),
        0x25e3 => Box::new(|x, y| y >= x),
        0x25e4 => Box::new(|x, y| x + y < 1.0),
        0x25e5 => Box::new(|x, y| x >= y),
        0x1fb3c..=0x1fb51 => diagonal(code - 0x1fb3c, false),
        0x1fb52..=0x1fb67 => diagonal(code - 0x1fb52, true),
        0x1fb68..=0x1fb6b => triangle(code - 0x1fb68, true),
        0x1fb6c..=0x1fb6f => triangle(code - 0x1fb6c, false),
        0x1fb9a => Box::new(|x, y| (y - 0.5).abs() >= (x - 0.5).abs()),
        0x1fb9b => Box::new(|x, y| (x - 0.5).abs() > (y - 0.5).abs()),
        _ => return None,
    })
}

/// Ends of the line of each diagonal, horizontally in halves and vertically in thirds, with ink below.
const LINES: [[u8; 4]; 22] = [
    [0, 2, 1, 3],
    [0, 2, 2, 3],
    [0, 1, 1, 3],
    [0, 1, 2, 3],
    [0, 0, 1, 3],
    [0, 1, 1, 0],
    [0, 1, 2, 0],
    [0, 2, 1, 0],
    [0, 2, 2, 0],
    [0, 3, 1, 0],
    [0, 2, 2, 1],
    [1, 3, 2, 2],
    [0, 3, 2, 2],
    [1, 3, 2, 1],
    [0, 3, 2, 1],
    [1, 3, 2, 0],
    [1, 0, 2, 1],
    [0, 0, 2, 1],
    [1, 0, 2, 2],
    [0, 0, 2, 2],
    [1, 0, 2, 3],
    [0, 1, 2, 2],
];

fn diagonal(number: u32, inverted: bool) -> Ink {
    let [left, start, right, end] = LINES[number as usize].map(f32::from);
    let slope = (end - start) / 3.0 / ((right - left) / 2.0);
    Box::new(move |x, y| (y > start / 3.0 + (x - left / 2.0) * slope) != inverted)
}

/// Quarter of the cell from an edge to the center: left, upper, right, lower.
fn triangle(edge: u32, inverted: bool) -> Ink {
    Box::new(move |x, y| {
        let (x, y) = (x - 0.5, y - 0.5);
        let inside = match edge {
            0 => -x > y.abs(),
            1 => -y >= x.abs(),
            2 => x >= y.abs(),
            _ => y > x.abs(),
        };
        inside != inverted
    })
}
