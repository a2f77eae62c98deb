//! What is known about the terminal, and from where.
//! Not for asking it; that is `probe`.

use super::{CellSize, ColorDepth, Protocol};

/// All that drawing a picture needs to know of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalFacts {
    /// Whose terminal it is.
    pub brand: super::Brand,
    /// Its version, as it says, cleaned; empty if it does not.
    pub version: String,
    /// The protocol to draw with.
    pub protocol: Protocol,
    /// How all this was found out, a sentence each, for `doctor`.
    pub why: Vec<String>,
    /// Pixels of one cell.
    pub cell: CellSize,
    /// How many colours text can have.
    pub color: ColorDepth,
    /// The terminal's background colour, as sRGB, if it told.
    pub background: Option<[u8; 3]>,
    /// Whether synchronised updates (mode 2026) are understood.
    pub sync: bool,
    /// Whether the kitty keyboard protocol is understood.
    pub kitty_keyboard: bool,
    /// Whether all this runs inside tmux, so that graphics have to be wrapped.
    pub tmux: bool,
}
