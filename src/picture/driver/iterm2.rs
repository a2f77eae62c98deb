//! iTerm2's inline images: a PNG in one escape sequence, painted at the cursor.
//! The size is given in cells, which means the same on every screen; pixels do not where they are scaled.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Canvas, Driver, Encoded, Life, png};
use crate::picture::{PictureError, TerminalFacts};

/// The driver.
pub(super) struct Iterm2;

impl Driver for Iterm2 {
    fn life(&self) -> Life {
        Life::Painted
    }

    fn encode(&self, canvas: &Canvas, _facts: &TerminalFacts) -> Result<Encoded, PictureError> {
        let png = png::whole_cells(canvas)?;
        let (width, height) = (canvas.cells.width, canvas.cells.height);
        let size = png.len();
        let head =
            format!("inline=1;size={size};width={width};height={height};preserveAspectRatio=0;doNotMoveCursor=1");
        Ok(Encoded::Bytes(format!("\x1b]1337;File={head}:{}\x07", STANDARD.encode(&png)).into_bytes()))
    }
}
