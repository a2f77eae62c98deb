//! Preparation of an image for display, from the bytes of a file, in one call off the drawing thread.
//!
//! Caching is in `cache`.

use std::hash::{DefaultHasher, Hash, Hasher};

use image::RgbaImage;
use ratatui::layout::Size;
use tintype_backends::Format;

use super::{
    Fitted, Limits, Matte, PictureError, TerminalFacts, View, decode,
    driver::{self, Canvas, Driver},
    fit,
    fitted::Inner,
    matte,
    provenance::has_manifest,
    scale,
};

/// Decodes `bytes`, fits the image into `area` cells and encodes it for the terminal. Takes tens of milliseconds.
pub fn prepare(
    bytes: &[u8],
    area: Size,
    view: &View,
    facts: &TerminalFacts,
    matte: Matte,
) -> Result<Fitted, PictureError> {
    let picture = decode(bytes, Limits::default())?;
    let format = Format::of(bytes).ok_or(PictureError::Unknown)?;
    fitted(&picture, &Order { format, signed: has_manifest(bytes), area, view, facts, matte, kept: true })
}

/// Prepares an image that is already decoded, for example after its viewport moved.
pub fn prepare_decoded(
    picture: &RgbaImage,
    format: Format,
    area: Size,
    view: &View,
    facts: &TerminalFacts,
    matte: Matte,
) -> Result<Fitted, PictureError> {
    fitted(picture, &Order { format, signed: false, area, view, facts, matte, kept: true })
}

/// All the parameters of fitting an image.
pub(super) struct Order<'a> {
    pub(super) format: Format,
    /// Set if the source file carries a C2PA manifest of its provenance.
    pub(super) signed: bool,
    pub(super) area: Size,
    pub(super) view: &'a View,
    pub(super) facts: &'a TerminalFacts,
    pub(super) matte: Matte,
    /// True if the image is shown, hidden and replaced by its id; false if it is printed once at the cursor.
    pub(super) kept: bool,
}

pub(super) fn fitted(picture: &RgbaImage, order: &Order<'_>) -> Result<Fitted, PictureError> {
    let facts = order.facts;
    let driver = driver::driver(facts.protocol);
    let mut canvas = canvas(picture, order, driver)?;
    canvas.id = identity(&canvas, facts);
    Ok(Fitted::new(Inner {
        id: canvas.id,
        protocol: facts.protocol,
        tmux: facts.tmux,
        confirms: facts.confirms,
        format: order.format,
        source: picture.dimensions(),
        signed: order.signed,
        cells: canvas.cells,
        cell: canvas.cell,
        samples: canvas.pixels.dimensions(),
        encoded: driver.encode(&canvas, facts)?,
    }))
}

/// Returns the samples of `picture` for the terminal.
pub(super) fn canvas(picture: &RgbaImage, order: &Order<'_>, driver: &dyn Driver) -> Result<Canvas, PictureError> {
    let (area, reach, cell) = (order.area, driver.reach(order.facts), order.facts.cell);
    let area = Size::new(area.width.min(reach.width), area.height.min(reach.height));
    let grid = driver.grid(cell);
    let plan = fit::plan(picture.dimensions(), area, cell, grid, order.view).ok_or(PictureError::NoRoom)?;
    let mut pixels = scale::scale(picture, &plan)?;
    matte::flatten(&mut pixels, order.matte, grid);
    Ok(Canvas { pixels, cells: plan.cells, cell, id: 0, kept: order.kept })
}

/// Returns an id that is equal for images that look the same on the same terminal. It identifies images already sent.
fn identity(canvas: &Canvas, facts: &TerminalFacts) -> u64 {
    let mut hasher = DefaultHasher::new();
    (facts.protocol, facts.color, canvas.cells, canvas.cell, canvas.pixels.dimensions()).hash(&mut hasher);
    hasher.write(canvas.pixels.as_raw());
    hasher.finish()
}
