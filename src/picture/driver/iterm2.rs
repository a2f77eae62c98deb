//! iTerm2's inline images: a PNG in one escape sequence, painted at the cursor.
//!
//! The size is given in cells, because pixels mean different sizes on scaled displays.

use base64::{Engine, engine::general_purpose::STANDARD};
use ratatui::layout::Size;

use super::{Driver, Encoded, Persistence, Samples, png};
use crate::picture::{DisplayCapabilities, DisplayError};

pub(super) struct Iterm2;

impl Driver for Iterm2 {
    fn persistence(&self) -> Persistence {
        Persistence::Painted
    }

    fn encode(&self, canvas: &Samples, _facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        Ok(Encoded::Bytes(inline(&png::whole_cells(canvas)?, canvas.cells)))
    }
}

/// Encodes a file in any format that the terminal supports, stretched to the given number of cells.
pub(in crate::picture) fn inline(file: &[u8], Size { width, height }: Size) -> Vec<u8> {
    let size = file.len();
    let head = format!("inline=1;size={size};width={width};height={height};preserveAspectRatio=0;doNotMoveCursor=1");
    format!("\x1b]1337;File={head}:{}\x07", STANDARD.encode(file)).into_bytes()
}
