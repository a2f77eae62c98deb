//! kitty graphics placed by id: sent once, then shown and hidden with a few bytes. For kitty before 0.28 and Konsole.
//!
//! Placements are above the text, so the painter has to cut out popups.

use super::{Canvas, Driver, Encoded, Life, kitty, png};
use crate::picture::{PictureError, TerminalFacts};

pub(super) struct Placement;

impl Driver for Placement {
    fn life(&self) -> Life {
        Life::Placed
    }

    fn encode(&self, canvas: &Canvas, facts: &TerminalFacts) -> Result<Encoded, PictureError> {
        // A printed image gets no id, because the next image with the same id would remove it from the screen.
        let what = if canvas.kept {
            format!("a=t,i={}", kitty::held_id(canvas.id))
        } else {
            format!("a=T,c={},r={},C=1", canvas.cells.width, canvas.cells.height)
        };
        Ok(Encoded::Bytes(kitty::transmit(&what, &png::whole_cells(canvas)?, facts.tmux)))
    }
}
