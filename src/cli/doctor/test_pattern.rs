//! Test pattern for judging image output by eye: a ring for the aspect ratio of a cell, stripes of one pixel for true
//! scale, ramps for the colors.

use image::{Rgba, RgbaImage};
use ratatui::layout::Size;

use crate::picture::{CellSize, DisplayCapabilities, GlyphSet, Protocol};

/// Size of the pattern in cells.
pub(super) const CELLS: Size = Size::new(44, 11);

const DARK: Rgba<u8> = Rgba([24, 24, 28, 255]);
const LIGHT: Rgba<u8> = Rgba([240, 240, 236, 255]);

/// Samples of half-blocks, as many as of each set of glyphs.
const HALVES: &str = "▀▄▌▐▀▄▌▐▀▄▌▐▀▄";

/// Draws the pattern with one pixel for each pixel of its cells.
pub(super) fn pattern(cell: CellSize) -> RgbaImage {
    let (width, height) =
        (u32::from(CELLS.width) * u32::from(cell.width), u32::from(CELLS.height) * u32::from(cell.height));
    let side = height.min(width / 2);
    RgbaImage::from_fn(width, height, |x, y| {
        if x < side { ring(x, y, side) } else { stripes_and_ramps(x - side, y, (width - side).max(1), height) }
    })
}

/// Draws a ring in a frame, with a cross through its center.
fn ring(x: u32, y: u32, side: u32) -> Rgba<u8> {
    let middle = f64::from(side) / 2.0;
    let (dx, dy) = (f64::from(x) + 0.5 - middle, f64::from(y) + 0.5 - middle);
    let line = f64::from(side) / 40.0;
    let on_ring = (dx.hypot(dy) - middle * 0.86).abs() < line;
    let on_cross = dx.abs() < 1.0 || dy.abs() < 1.0;
    let on_frame = x == 0 || y == 0 || x + 1 == side || y + 1 == side;
    if on_ring || on_cross || on_frame { LIGHT } else { DARK }
}

/// Draws, from the top: stripes of one pixel, a checkerboard of one pixel, a ramp for each channel, and a ramp of
/// grays.
fn stripes_and_ramps(x: u32, y: u32, width: u32, height: u32) -> Rgba<u8> {
    let shade = (x * 255 / (width - 1).max(1)) as u8;
    let flip = |on: bool| if on { LIGHT } else { DARK };
    match y * 6 / height {
        0 => flip(x.is_multiple_of(2)),
        1 => flip((x + y).is_multiple_of(2)),
        2 => Rgba([shade, 0, 0, 255]),
        3 => Rgba([0, shade, 0, 255]),
        4 => Rgba([0, 0, shade, 255]),
        _ => Rgba([shade, shade, shade, 255]),
    }
}

/// Returns the questions that the pattern answers.
pub(super) fn questions(facts: &DisplayCapabilities) -> [&'static str; 2] {
    if matches!(facts.protocol, Protocol::Blocks | Protocol::Viuer) {
        ["Is the ring round, and are the ramps even?", "The stripes above them are finer than half-blocks."]
    } else if facts.protocol == Protocol::Mosaic {
        ["Is the ring round and smooth, and are the ramps even?", "The stripes above them are finer than the glyphs."]
    } else {
        [
            "Is the ring round? Are the stripes above the ramps an even gray, without broad bands?",
            "If so, images are shown pixel for pixel.",
        ]
    }
}

/// Returns a line with samples of each set of glyphs, and how to judge them.
pub(super) fn glyph_lines() -> Vec<String> {
    let sets = [("halves", HALVES)].into_iter().chain(GlyphSet::ALL.into_iter().map(|set| (set.name(), set.samples())));
    let mut lines: Vec<String> = sets.map(|(name, samples)| format!("{name:10} {samples}")).collect();
    lines.push("Is each line complete, and are its glyphs without seams between them?".to_owned());
    lines.push("If more lines are than are in use, name the last one as `glyphs` in `[preview]`.".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_is_round_for_any_cell_size() {
        for cell in [CellSize::TYPICAL, CellSize { width: 9, height: 21 }, CellSize { width: 16, height: 24 }] {
            let picture = pattern(cell);
            let side = picture.height().min(picture.width() / 2);
            let light = |x: u32, y: u32| picture.get_pixel(x, y) == &LIGHT;
            // Samples next to the cross, at the left and the top of the ring.
            let across = (1..side - 1).find(|&x| light(x, side / 2 + 3)).unwrap();
            let down = (1..side - 1).find(|&y| light(side / 2 + 3, y)).unwrap();
            assert!(across.abs_diff(down) <= 1, "{cell:?}: {across} and {down}");
        }
    }

    #[test]
    fn every_set_of_glyphs_has_a_line_of_the_same_width() {
        let lines = glyph_lines();
        for (name, line) in ["halves", "quadrants", "sextants", "diagonals", "octants"].into_iter().zip(&lines) {
            assert!(line.starts_with(name), "{line}");
            assert_eq!(line.chars().count(), 25, "{line}");
        }
    }

    #[test]
    fn pattern_has_one_pixel_per_screen_pixel() {
        let picture = pattern(CellSize::TYPICAL);
        assert_eq!(picture.dimensions(), (440, 220));
    }
}
