//! Half-block driver with two samples per cell, the upper in the foreground and the lower in the background color.
//!
//! Nothing is sent besides the frame, so it works in every terminal.

use image::{DynamicImage, RgbImage};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Color,
};

use super::{Driver, Encoded, EncodedImage, Persistence, Samples};
use crate::picture::{CellSize, ColorDepth, DisplayCapabilities, DisplayError, fit::SampleGrid, palette};

pub(super) struct Blocks;

/// One cell of an image made of text. A missing color is the terminal's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::picture) struct BlockCell {
    pub(in crate::picture) glyph: char,
    pub(in crate::picture) fore: Option<Color>,
    pub(in crate::picture) back: Option<Color>,
}

const UPPER_HALF: char = '▀';

/// Shades from empty to full, for terminals without color.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

impl Driver for Blocks {
    fn persistence(&self) -> Persistence {
        Persistence::Text
    }

    fn grid(&self, _cell: CellSize) -> SampleGrid {
        SampleGrid { across: 1, down: 2 }
    }

    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        let pixels = DynamicImage::from(canvas.pixels.clone()).into_rgb8();
        Ok(Encoded::Cells(match facts.color {
            ColorDepth::TrueColor => halves(&pixels, &true_colors(&pixels)),
            ColorDepth::Ansi256 => halves(&pixels, &indexed(&pixels, palette::nearest_256)),
            ColorDepth::Ansi16 => halves(&pixels, &indexed(&pixels, palette::nearest_16)),
            ColorDepth::Mono => shades_for(&pixels, facts),
        }))
    }

    fn draw(&self, drawn: &EncodedImage<'_>, rect: Rect, buffer: &mut Buffer) {
        draw_cells(drawn, rect, buffer);
    }
}

/// Draws an image made of text into the cells of `rect`.
pub(super) fn draw_cells(drawn: &EncodedImage<'_>, rect: Rect, buffer: &mut Buffer) {
    let Encoded::Cells(cells) = drawn.encoded else { return };
    for (row, y) in cells.chunks_exact(usize::from(rect.width).max(1)).zip(rect.y..) {
        for (block, x) in row.iter().zip(rect.x..) {
            if let Some(cell) = buffer.cell_mut(Position::new(x, y)) {
                cell.set_char(block.glyph);
                cell.fg = block.fore.unwrap_or(cell.fg);
                cell.bg = block.back.unwrap_or(cell.bg);
            }
        }
    }
}

fn true_colors(pixels: &RgbImage) -> Vec<Color> {
    pixels.pixels().map(|pixel| Color::from(pixel.0)).collect()
}

fn indexed(pixels: &RgbImage, nearest: fn([u8; 3]) -> u8) -> Vec<Color> {
    palette::dither(pixels, nearest).into_iter().map(Color::Indexed).collect()
}

/// Converts pairs of rows to rows of cells. An odd last row leaves the lower half unset.
fn halves(pixels: &RgbImage, colors: &[Color]) -> Vec<BlockCell> {
    let width = pixels.width() as usize;
    let mut cells = Vec::with_capacity(colors.len().div_ceil(2));
    for rows in colors.chunks(width * 2) {
        let (upper, lower) = rows.split_at(width);
        for (x, color) in upper.iter().enumerate() {
            cells.push(BlockCell { glyph: UPPER_HALF, fore: Some(*color), back: lower.get(x).copied() });
        }
    }
    cells
}

/// Converts pixels, two to a cell, to shades for a terminal without color.
pub(super) fn shades_for(pixels: &RgbImage, facts: &DisplayCapabilities) -> Vec<BlockCell> {
    shades(pixels, facts.background.is_some_and(|color| luma(color) > 128))
}

/// Converts brightness to ink. On a light background, dark pixels become ink.
fn shades(pixels: &RgbImage, inverted: bool) -> Vec<BlockCell> {
    let ink = |x, y| pixels.get_pixel_checked(x, y).map(|pixel| luma(pixel.0));
    let mut cells = Vec::new();
    for y in (0..pixels.height()).step_by(2) {
        for x in 0..pixels.width() {
            let upper = ink(x, y).unwrap_or(0);
            let mean = u32::midpoint(upper, ink(x, y + 1).unwrap_or(upper));
            let mean = if inverted { 255 - mean } else { mean };
            cells.push(BlockCell { glyph: SHADES[(mean * 5 / 256) as usize], fore: None, back: None });
        }
    }
    cells
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 54 + u32::from(g) * 183 + u32::from(b) * 19) / 256
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use ratatui::{buffer::Cell, layout::Size, widgets::Widget};
    use tintype_backends::Format;

    use super::*;
    use crate::picture::{ImageBackground, ImageViewport, PreparedImage, Protocol, TerminalWindow, prepare_decoded};

    fn facts(color: ColorDepth) -> DisplayCapabilities {
        let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks));
        DisplayCapabilities { color, ..facts }
    }

    fn fitted(picture: &RgbaImage, area: Size, color: ColorDepth) -> PreparedImage {
        let matte = ImageBackground::Color([10, 20, 30]);
        prepare_decoded(picture, Format::Png, area, &ImageViewport::default(), &facts(color), matte).unwrap()
    }

    fn four() -> RgbaImage {
        let pixels = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0]];
        RgbaImage::from_fn(2, 2, |x, y| Rgba(pixels[(y * 2 + x) as usize]))
    }

    #[test]
    fn four_pixels_become_two_cells_of_the_same_colors() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        fitted(&four(), Size::new(2, 1), ColorDepth::TrueColor).render(buffer.area, &mut buffer);
        let cells: Vec<_> = buffer.content.iter().map(|cell| (cell.symbol(), cell.fg, cell.bg)).collect();
        let (red, green, blue) = (Color::Rgb(255, 0, 0), Color::Rgb(0, 255, 0), Color::Rgb(0, 0, 255));
        assert_eq!(cells, [("▀", red, blue), ("▀", green, Color::Rgb(10, 20, 30))]);
    }

    #[test]
    fn an_image_is_centered_and_the_rest_unchanged() {
        let mut buffer = Buffer::filled(Rect::new(0, 0, 8, 5), Cell::new("x"));
        fitted(&four(), Size::new(2, 1), ColorDepth::TrueColor).render(buffer.area, &mut buffer);
        let rows: Vec<String> = buffer.content.chunks(8).map(|row| row.iter().map(Cell::symbol).collect()).collect();
        assert_eq!(rows, ["xxxxxxxx", "xxxxxxxx", "xxx▀▀xxx", "xxxxxxxx", "xxxxxxxx"]);
    }

    #[test]
    fn an_odd_last_row_keeps_the_background_of_the_pane() {
        let row = RgbaImage::from_pixel(3, 1, Rgba([1, 2, 3, 255]));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        fitted(&row, Size::new(3, 1), ColorDepth::TrueColor).render(buffer.area, &mut buffer);
        assert_eq!(buffer[(1, 0)].bg, Color::Reset);
        assert_eq!(buffer[(1, 0)].fg, Color::Rgb(1, 2, 3));
    }

    #[test]
    fn a_circle_stays_round() {
        let inside = |x: i32, y: i32| (x - 256).pow(2) + (y - 256).pow(2) < 200 * 200;
        let circle = RgbaImage::from_fn(512, 512, |x, y| {
            Rgba(if inside(x as i32, y as i32) { [255; 4] } else { [0, 0, 0, 255] })
        });
        let fitted = fitted(&circle, Size::new(100, 32), ColorDepth::TrueColor);
        assert_eq!(fitted.cells(), Size::new(64, 32));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 64, 32));
        fitted.render(buffer.area, &mut buffer);
        let white = |x, y| matches!(buffer[(x, y)].fg, Color::Rgb(r, ..) if r > 128);
        let across = (0..64).filter(|&x| white(x, 16)).count();
        let down = (0..32).filter(|&y| white(32, y)).count() * 2;
        assert!(across.abs_diff(down) <= 2 && across.abs_diff(50) <= 2, "{across} wide, {down} high, in half cells");
    }

    #[test]
    fn fewer_colors_are_indices() {
        for (color, most) in [(ColorDepth::Ansi256, 255), (ColorDepth::Ansi16, 15)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
            fitted(&four(), Size::new(2, 1), color).render(buffer.area, &mut buffer);
            let fits = |color| matches!(color, Color::Indexed(index) if index <= most);
            assert!(buffer.content.iter().all(|cell| fits(cell.fg) && fits(cell.bg)), "{buffer:?}");
        }
    }

    #[test]
    fn without_color_brightness_becomes_ink() {
        let ramp = RgbaImage::from_fn(5, 2, |x, _| Rgba([(x * 63) as u8, (x * 63) as u8, (x * 63) as u8, 255]));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 1));
        fitted(&ramp, Size::new(5, 1), ColorDepth::Mono).render(buffer.area, &mut buffer);
        let row: String = buffer.content.iter().map(Cell::symbol).collect();
        assert_eq!(row, " ░▒▓█");
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}
