//! The drivers: each turns samples into what one protocol wants, and knows how the terminal keeps it.
//! Not for decisions: `facts` picks the driver, `painter` decides what is sent when.

pub(super) mod blocks;
mod diacritics;
pub(super) mod iterm2;
pub(super) mod kitty;
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
use super::{CellSize, PictureError, Protocol, TerminalFacts, fit::Grid};

/// The opaque samples of a fitted picture.
pub(super) struct Canvas {
    pub(super) pixels: RgbaImage,
    pub(super) cells: Size,
    pub(super) cell: CellSize,
    /// What the picture will be known by.
    pub(super) id: u64,
    /// Whether it will be shown, hidden and replaced by its id, or just once, where the cursor is.
    pub(super) kept: bool,
}

/// What a driver made of a canvas.
pub(super) enum Encoded {
    /// Text, row by row, as wide as the canvas.
    Cells(Vec<BlockCell>),
    /// Escape sequences: the picture itself, or its transmission under an id.
    Bytes(Vec<u8>),
    /// Pixels, for whoever encodes on his own.
    #[cfg(feature = "viuer")]
    Pixels(image::DynamicImage),
}

impl Encoded {
    /// Memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Cells(cells) => cells.len() * size_of::<BlockCell>(),
            Self::Bytes(bytes) => bytes.len(),
            #[cfg(feature = "viuer")]
            Self::Pixels(pixels) => pixels.as_bytes().len(),
        }
    }
}

/// How the terminal keeps a picture, and with it how one is shown and taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// As text in the frame; nothing is sent beside it.
    Text,
    /// Under an id; text in the frame shows it.
    Held,
    /// Under an id; placements show it, above the text.
    Placed,
    /// As pixels on the screen, until text is written over them.
    Painted,
}

/// One protocol.
pub(super) trait Driver {
    /// How the terminal keeps what it is sent.
    fn life(&self) -> Life;

    /// Samples per cell that it can show.
    fn grid(&self, cell: CellSize) -> Grid {
        Grid { across: u32::from(cell.width), down: u32::from(cell.height) }
    }

    /// The most cells, across and down, that one picture may take.
    fn reach(&self, _facts: &TerminalFacts) -> Size {
        Size::new(u16::MAX, u16::MAX)
    }

    /// Turns samples into what the terminal wants; slow, never on the thread that draws.
    fn encode(&self, canvas: &Canvas, facts: &TerminalFacts) -> Result<Encoded, PictureError>;

    /// Puts into the frame what belongs into its cells; `rect` lies within `buffer`.
    /// Unless the picture is text, that is nothing: blank cells, kept blank by ratatui, with a mark for the painter.
    fn draw(&self, _drawn: &Drawn<'_>, rect: Rect, buffer: &mut Buffer) {
        for position in rect.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.set_char(' ').set_diff_option(MARK);
            }
        }
    }
}

/// What is drawn: the encoded picture and its name.
pub(super) struct Drawn<'a> {
    pub(super) id: u64,
    pub(super) encoded: &'a Encoded,
}

/// Set on every cell that a picture covers. It changes nothing (the cells are one column wide anyway), but it is gone
/// as soon as a popup draws over the cell, and so the painter sees what is covered.
pub(super) const MARK: CellDiffOption = CellDiffOption::ForcedWidth(NonZeroU16::MIN);

/// The driver for `protocol`.
pub(super) fn driver(protocol: Protocol) -> &'static dyn Driver {
    match protocol {
        Protocol::KittyPlaceholders => &placeholders::Placeholders,
        Protocol::KittyPlacement => &placement::Placement,
        Protocol::Iterm2 => &iterm2::Iterm2,
        Protocol::Sixel => &sixel::Sixel,
        Protocol::Blocks => &blocks::Blocks,
        #[cfg(feature = "viuer")]
        Protocol::Viuer => &viuer::Viuer,
        #[cfg(not(feature = "viuer"))]
        Protocol::Viuer => &blocks::Blocks,
    }
}
