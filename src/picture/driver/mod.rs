//! Drivers: each encodes samples for one protocol and knows how the terminal keeps them.
//!
//! `capabilities` picks the driver, and `painter` decides what is sent when.

pub(super) mod blocks;
mod diacritics;
pub(super) mod iterm2;
pub(super) mod kitty;
mod mosaic;
pub(super) mod placeholders;
mod placement;
pub(super) mod png;
mod sixel;
#[cfg(feature = "viuer")]
pub(super) mod viuer;

use std::num::NonZeroU16;

use image::RgbaImage;
use ratatui::{
    buffer::{Buffer, CellDiffOption},
    layout::{Rect, Size},
};

pub(super) use self::blocks::BlockCell;
use super::{
    CellSize, DisplayCapabilities, DisplayError, Protocol,
    fit::{FitPlan, SampleGrid},
};

/// The opaque samples of a fitted image.
pub(super) struct Samples {
    pub(super) pixels: RgbaImage,
    pub(super) cells: Size,
    pub(super) cell: CellSize,
    /// Id under which the terminal will hold the image.
    pub(super) id: u64,
    /// True if the image is shown, hidden and replaced by its id; false if it is printed once at the cursor.
    pub(super) persistent: bool,
}

/// A canvas as encoded by a driver.
pub(super) enum Encoded {
    /// Text, row by row, as wide as the canvas.
    Cells(Vec<BlockCell>),
    /// Escape sequences: the image itself, or its transmission under an id.
    Bytes(Vec<u8>),
    /// Pixels, for a crate that does its own encoding.
    #[cfg(feature = "viuer")]
    Pixels(image::DynamicImage),
}

impl Encoded {
    /// Returns the memory in use, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Cells(cells) => cells.len() * size_of::<BlockCell>(),
            Self::Bytes(bytes) => bytes.len(),
            #[cfg(feature = "viuer")]
            Self::Pixels(pixels) => pixels.as_bytes().len(),
        }
    }
}

/// Persistence of an image in the terminal, which determines how it is shown and removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    /// As text in the frame; nothing else is sent.
    Text,
    /// Under an id, shown by text in the frame.
    ById,
    /// Under an id, shown by placements above the text.
    Placed,
    /// As pixels on the screen, until text overwrites them.
    Painted,
}

/// Encoder for one graphics protocol.
pub(super) trait Driver {
    /// Returns how the terminal keeps the images of this protocol.
    fn persistence(&self) -> Persistence;

    /// Returns the number of samples that one cell can show.
    fn grid(&self, cell: CellSize) -> SampleGrid {
        SampleGrid { across: u32::from(cell.width), down: u32::from(cell.height) }
    }

    /// Adjusts a plan to what the driver can show.
    fn adjust(&self, plan: FitPlan) -> FitPlan {
        plan
    }

    /// Returns the maximum cells, across and down, that one image may cover.
    fn max_cells(&self, _facts: &DisplayCapabilities) -> Size {
        Size::new(u16::MAX, u16::MAX)
    }

    /// Encodes samples for the terminal. This is slow and must not run on the drawing thread.
    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError>;

    /// Draws the image into the cells of `rect`, which is within `buffer`. Unless the image is text, the cells stay
    /// blank, protected from ratatui, and carry a mark for the painter.
    fn draw(&self, _drawn: &EncodedImage<'_>, rect: Rect, buffer: &mut Buffer) {
        for position in rect.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_char(' ').set_diff_option(MARK);
            }
        }
    }
}

/// An encoded image and its id, ready to draw.
pub(super) struct EncodedImage<'a> {
    pub(super) id: u64,
    pub(super) encoded: &'a Encoded,
}

/// Mark on every cell that an image covers. It has no visible effect, because the cells are one column wide anyway. A
/// popup drawn over the cell removes it, which tells the painter that the cell is covered.
pub(super) const MARK: CellDiffOption = CellDiffOption::ForcedWidth(NonZeroU16::MIN);

/// Returns the driver for `protocol`.
pub(super) fn driver(protocol: Protocol) -> &'static dyn Driver {
    match protocol {
        Protocol::KittyPlaceholders => &placeholders::Placeholders,
        Protocol::KittyPlacement => &placement::Placement,
        Protocol::Iterm2 => &iterm2::Iterm2,
        Protocol::Sixel => &sixel::Sixel,
        Protocol::Mosaic => &mosaic::Mosaic,
        Protocol::Blocks => &blocks::Blocks,
        #[cfg(feature = "viuer")]
        Protocol::Viuer => &viuer::Viuer,
        #[cfg(not(feature = "viuer"))]
        Protocol::Viuer => &blocks::Blocks,
    }
}
