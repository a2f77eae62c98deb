//! Mosaic driver: for each cell the block shape and the two colors that come closest to the image.
//!
//! Like half-blocks this is only text, but with the glyphs that newer terminals draw, a cell shows edges at several
//! times the resolution. The fit compares sRGB values, which are close to what the eye tells apart: colors that are means
//! of linear light make thin dark lines vanish, and cost 0.8 dB in drawings. Within a sample, `scale` averages light.

mod cell_fit;
mod shapes;

use image::{DynamicImage, Rgb, RgbImage};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::Color,
};

use self::{
    cell_fit::{CellSums, FittedCell},
    shapes::{COLUMNS, ROWS, Shapes},
};
use super::{BlockCell, Driver, Encoded, EncodedImage, Persistence, Samples, blocks};
use crate::picture::{
    CellSize, ColorDepth, DisplayCapabilities, DisplayError,
    fit::{FitPlan, SampleGrid},
    palette, parallel,
};

pub(super) struct Mosaic;

const GRID: SampleGrid = SampleGrid { across: COLUMNS as u32, down: ROWS as u32 };

impl Driver for Mosaic {
    fn persistence(&self) -> Persistence {
        Persistence::Text
    }

    fn grid(&self, _cell: CellSize) -> SampleGrid {
        GRID
    }

    /// Stretches the image to whole cells, by less than half a cell. A cell has two colors, both of them the image's,
    /// so none is left for the pane around it.
    fn adjust(&self, plan: FitPlan) -> FitPlan {
        let whole = |samples: u32, each: u32| (samples + each / 2) / each;
        let across = whole(plan.samples.0, GRID.across).max(1);
        let down = whole(plan.samples.1, GRID.down).max(1);
        let samples = (across * GRID.across, down * GRID.down);
        FitPlan { samples, cells: Size::new(across as u16, down as u16), ..plan }
    }

    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        let pixels = DynamicImage::from(canvas.pixels.clone()).into_rgb8();
        let cells = |shapes: &Shapes| fitted_cells(&pixels, canvas.cells, shapes);
        Ok(Encoded::Cells(match facts.color {
            ColorDepth::TrueColor => cells(&Shapes::new(facts.glyphs)).iter().map(true_color).collect(),
            ColorDepth::Ansi256 => indexed(&cells(&Shapes::new(facts.glyphs)), canvas.cells, palette::nearest_256),
            ColorDepth::Ansi16 => indexed(&cells(&Shapes::new(facts.glyphs)), canvas.cells, palette::nearest_16),
            ColorDepth::Mono => blocks::shades_for(&colors(&cells(&Shapes::halves()), canvas.cells), facts),
        }))
    }

    fn draw(&self, drawn: &EncodedImage<'_>, rect: Rect, buffer: &mut Buffer) {
        blocks::draw_cells(drawn, rect, buffer);
    }
}

/// Fits every cell of an image, row by row, large images on all cores.
fn fitted_cells(pixels: &RgbImage, size: Size, shapes: &Shapes) -> Vec<FittedCell> {
    let (stride, width) = (pixels.width() as usize * 3, COLUMNS * 3);
    let columns = usize::from(size.width).max(1);
    let rows: Vec<&[u8]> = pixels.as_raw().chunks_exact(stride * ROWS).collect();
    let mut cells = vec![FittedCell::default(); rows.len() * columns];
    parallel::process_in_parallel(pixels.as_raw().len(), &rows, &mut cells, |rows, cells| {
        for (row, cells) in rows.iter().zip(cells.chunks_exact_mut(columns)) {
            for (cell, left) in cells.iter_mut().zip((0..).step_by(width)) {
                let lines = row.chunks_exact(stride).map(|line| &line[left..left + width]);
                *cell = CellSums::new(lines).fit(shapes);
            }
        }
    });
    cells
}

fn true_color(cell: &FittedCell) -> BlockCell {
    BlockCell { glyph: cell.glyph, fore: Some(Color::from(cell.ink)), back: Some(Color::from(cell.paper)) }
}

/// Returns the colors as an image: the ink of a row of cells, and its paper below. For a half-block that is where they
/// are, and for other shapes it is close.
fn colors(cells: &[FittedCell], size: Size) -> RgbImage {
    let width = usize::from(size.width);
    RgbImage::from_fn(size.width.into(), u32::from(size.height) * 2, |x, y| {
        let cell = &cells[y as usize / 2 * width + x as usize];
        Rgb(if y % 2 == 0 { cell.ink } else { cell.paper })
    })
}

/// Reduces the colors to a palette. Cells pass their error on to their neighbors, so that areas keep their tone.
fn indexed(cells: &[FittedCell], size: Size, nearest: fn([u8; 3]) -> u8) -> Vec<BlockCell> {
    let indices = palette::dither(&colors(cells, size), nearest);
    let width = usize::from(size.width).max(1);
    let mut indexed = Vec::with_capacity(cells.len());
    for (cells, colors) in cells.chunks(width).zip(indices.chunks(width * 2)) {
        let (ink, paper) = colors.split_at(width);
        for ((cell, ink), paper) in cells.iter().zip(ink).zip(paper) {
            let [fore, back] = [ink, paper].map(|index| Some(Color::Indexed(*index)));
            indexed.push(BlockCell { glyph: cell.glyph, fore, back });
        }
    }
    indexed
}

#[cfg(test)]
mod tests;
