//! Preparation of an image for display, from the bytes of a file, in one call off the drawing thread.
//!
//! Caching is in `cache`.

use std::hash::{DefaultHasher, Hash, Hasher};

use image::RgbaImage;
use ratatui::layout::Size;
use tintype_backends::Format;

use super::{
    DecodeLimits, DisplayCapabilities, DisplayError, ImageBackground, ImageViewport, PreparedImage, background, decode,
    driver::{self, Driver, Samples},
    fit,
    prepared_image::PreparedInner,
    provenance::has_manifest,
    scale,
};

/// Decodes `bytes`, fits the image into `area` cells and encodes it for the terminal. Takes tens of milliseconds.
pub fn prepare(
    bytes: &[u8],
    area: Size,
    view: &ImageViewport,
    facts: &DisplayCapabilities,
    matte: ImageBackground,
) -> Result<PreparedImage, DisplayError> {
    let picture = decode(bytes, DecodeLimits::default())?;
    let format = Format::detect(bytes).ok_or(DisplayError::Unknown)?;
    fitted(
        &picture,
        &PrepareOptions { format, has_manifest: has_manifest(bytes), area, view, facts, matte, persistent: true },
    )
}

/// Prepares an image that is already decoded, for example after its viewport moved.
pub fn prepare_decoded(
    picture: &RgbaImage,
    format: Format,
    area: Size,
    view: &ImageViewport,
    facts: &DisplayCapabilities,
    matte: ImageBackground,
) -> Result<PreparedImage, DisplayError> {
    fitted(picture, &PrepareOptions { format, has_manifest: false, area, view, facts, matte, persistent: true })
}

/// All the parameters of fitting an image.
pub(super) struct PrepareOptions<'a> {
    pub(super) format: Format,
    /// Set if the source file carries a C2PA manifest of its provenance.
    pub(super) has_manifest: bool,
    pub(super) area: Size,
    pub(super) view: &'a ImageViewport,
    pub(super) facts: &'a DisplayCapabilities,
    pub(super) matte: ImageBackground,
    /// True if the image is shown, hidden and replaced by its id; false if it is printed once at the cursor.
    pub(super) persistent: bool,
}

pub(super) fn fitted(picture: &RgbaImage, order: &PrepareOptions<'_>) -> Result<PreparedImage, DisplayError> {
    let facts = order.facts;
    let driver = driver::driver(facts.protocol);
    let mut canvas = canvas(picture, order, driver)?;
    canvas.id = identity(&canvas, facts);
    Ok(PreparedImage::new(PreparedInner {
        id: canvas.id,
        protocol: facts.protocol,
        tmux: facts.tmux,
        confirms: facts.confirms,
        format: order.format,
        source: picture.dimensions(),
        has_manifest: order.has_manifest,
        changed: None,
        cells: canvas.cells,
        cell: canvas.cell,
        samples: canvas.pixels.dimensions(),
        encoded: driver.encode(&canvas, facts)?,
    }))
}

/// Returns the samples of `picture` for the terminal.
pub(super) fn canvas(
    picture: &RgbaImage,
    order: &PrepareOptions<'_>,
    driver: &dyn Driver,
) -> Result<Samples, DisplayError> {
    let (area, max_cells, cell) = (order.area, driver.max_cells(order.facts), order.facts.cell);
    let area = Size::new(area.width.min(max_cells.width), area.height.min(max_cells.height));
    let grid = driver.grid(cell);
    let plan = fit::plan(picture.dimensions(), area, cell, grid, order.view).ok_or(DisplayError::NoRoom)?;
    let plan = driver.adjust(plan);
    let mut pixels = scale::scale(picture, &plan)?;
    background::flatten(&mut pixels, order.matte, grid);
    Ok(Samples { pixels, cells: plan.cells, cell, id: 0, persistent: order.persistent })
}

/// Returns an id that is equal for images that look the same on the same terminal. It identifies images already sent.
fn identity(canvas: &Samples, facts: &DisplayCapabilities) -> u64 {
    let mut hasher = DefaultHasher::new();
    (facts.protocol, facts.glyphs, facts.color).hash(&mut hasher);
    (canvas.cells, canvas.cell, canvas.pixels.dimensions()).hash(&mut hasher);
    hasher.write(canvas.pixels.as_raw());
    hasher.finish()
}
