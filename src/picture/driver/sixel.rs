//! DEC sixel at the true size of the cells, in as many colors as the terminal has registers.
//!
//! The samples are not padded to whole cells, because sixels are opaque and would hide the pane beside them.

use icy_sixel::{EncodeOptions, SixelImage};
use ratatui::layout::Size;

use super::{Driver, Encoded, Persistence, Samples};
use crate::picture::{DisplayCapabilities, DisplayError};

pub(super) struct Sixel;

impl Driver for Sixel {
    fn persistence(&self) -> Persistence {
        Persistence::Painted
    }

    /// xterm cuts off images that exceed its limit.
    fn max_cells(&self, facts: &DisplayCapabilities) -> Size {
        let (width, height) = facts.sixel.size.unwrap_or((u16::MAX, u16::MAX));
        Size::new((width / facts.cell.width).max(1), (height / facts.cell.height).max(1))
    }

    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        let (width, height) = (canvas.pixels.width() as usize, canvas.pixels.height() as usize);
        let options = EncodeOptions { max_colors: facts.sixel.colors.clamp(2, 256), ..EncodeOptions::default() };
        let sixel = SixelImage::try_from_rgba(canvas.pixels.as_raw().clone(), width, height)
            .and_then(|image| image.encode_with(&options))
            .map_err(|e| DisplayError::Encode(e.to_string()))?;
        Ok(Encoded::Bytes(sixel.into_bytes()))
    }
}
