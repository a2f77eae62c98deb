//! From the bytes of a file to a picture that is ready to be shown, in one call off the thread that draws.
//! Not for caching; that is `cache`.

use std::hash::{DefaultHasher, Hash, Hasher};

use image::RgbaImage;
use ratatui::layout::Size;
use tintype_backends::Format;

use super::{
    CellSize, Fitted, Limits, Matte, PictureError, TerminalFacts, View, decode,
    driver::{self, Canvas},
    fit, fitted, matte, scale,
};

/// Decodes `bytes`, fits them into `area` cells and encodes them for the terminal. Takes tens of milliseconds.
pub fn prepare(
    bytes: &[u8],
    area: Size,
    view: &View,
    facts: &TerminalFacts,
    matte: Matte,
) -> Result<Fitted, PictureError> {
    let picture = decode(bytes, Limits::default())?;
    let format = Format::of(bytes).ok_or(PictureError::Unknown)?;
    prepare_decoded(&picture, format, area, view, facts, matte)
}

/// The same for a picture that is decoded already, as when its window moves.
pub fn prepare_decoded(
    picture: &RgbaImage,
    format: Format,
    area: Size,
    view: &View,
    facts: &TerminalFacts,
    matte: Matte,
) -> Result<Fitted, PictureError> {
    let driver = driver::driver(facts.protocol);
    let canvas = canvas(picture, area, view, facts.cell, driver.grid(facts.cell), matte)?;
    let encoded = driver.encode(&canvas, facts)?;
    Ok(Fitted::new(fitted::Inner {
        id: identity(&canvas, facts),
        protocol: facts.protocol,
        format,
        source: picture.dimensions(),
        cells: canvas.cells,
        encoded,
    }))
}

fn canvas(
    picture: &RgbaImage,
    area: Size,
    view: &View,
    cell: CellSize,
    grid: fit::Grid,
    matte: Matte,
) -> Result<Canvas, PictureError> {
    let plan = fit::plan(picture.dimensions(), area, cell, grid, view).ok_or(PictureError::NoRoom)?;
    let mut pixels = scale::scale(picture, &plan)?;
    matte::flatten(&mut pixels, matte, grid);
    Ok(Canvas { pixels, cells: plan.cells, cell })
}

/// Equal for pictures that look the same on the same terminal; what was sent once is known by it.
fn identity(canvas: &Canvas, facts: &TerminalFacts) -> u64 {
    let mut hasher = DefaultHasher::new();
    (facts.protocol, facts.color, canvas.cells, canvas.cell, canvas.pixels.dimensions()).hash(&mut hasher);
    hasher.write(canvas.pixels.as_raw());
    hasher.finish()
}
