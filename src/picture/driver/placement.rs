//! kitty graphics placed by id: sent once, shown and hidden with a few bytes. For kitty before 0.28 and Konsole.
//! Placements lie above the text, so that popups need the painter to cut them out.

use super::{Canvas, Driver, Encoded, Life, kitty, png};
use crate::picture::{PictureError, TerminalFacts};

/// The driver.
pub(super) struct Placement;

impl Driver for Placement {
    fn life(&self) -> Life {
        Life::Placed
    }

    fn encode(&self, canvas: &Canvas, facts: &TerminalFacts) -> Result<Encoded, PictureError> {
        // One that is printed gets no id: the next picture with the same one would take it off the screen.
        let what = if canvas.kept {
            format!("a=t,i={}", kitty::held_id(canvas.id))
        } else {
            format!("a=T,c={},r={},C=1", canvas.cells.width, canvas.cells.height)
        };
        Ok(Encoded::Bytes(kitty::transmit(&what, &png::whole_cells(canvas)?, facts.tmux)))
    }
}
