//! The drivers: each turns samples into what one protocol wants, and knows how the terminal keeps it.
//! Not for decisions: `facts` picks the driver, `painter` decides what is sent when.

mod blocks;

use image::RgbaImage;
use ratatui::{buffer::Buffer, layout::Rect, layout::Size};

pub(super) use self::blocks::BlockCell;
use super::{CellSize, PictureError, Protocol, TerminalFacts, fit::Grid};

/// The opaque samples of a fitted picture.
pub(super) struct Canvas {
    pub(super) pixels: RgbaImage,
    pub(super) cells: Size,
    pub(super) cell: CellSize,
}

/// What a driver made of a canvas.
pub(super) enum Encoded {
    /// Text, row by row, `cells.width` wide.
    Cells(Vec<BlockCell>),
}

impl Encoded {
    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Cells(cells) => cells.len() * size_of::<BlockCell>(),
        }
    }
}

/// One protocol.
pub(super) trait Driver {
    /// Samples per cell that it can show.
    fn grid(&self, cell: CellSize) -> Grid {
        Grid { across: u32::from(cell.width), down: u32::from(cell.height) }
    }

    /// Turns samples into what the terminal wants; slow, never on the thread that draws.
    fn encode(&self, canvas: &Canvas, facts: &TerminalFacts) -> Result<Encoded, PictureError>;

    /// Puts into the frame what belongs into its cells. `rect` has the size of the canvas and may be cut by `buffer`.
    fn draw(&self, encoded: &Encoded, rect: Rect, buffer: &mut Buffer);
}

/// The driver for `protocol`.
pub(super) fn driver(_protocol: Protocol) -> &'static dyn Driver {
    &blocks::Blocks
}
