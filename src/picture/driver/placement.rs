//! kitty graphics placed by id: sent once, then shown and hidden with a few bytes. For kitty before 0.28 and Konsole.
//!
//! Placements are above the text, so the painter has to cut out popups.

use super::{Driver, Encoded, Persistence, Samples, kitty, png};
use crate::picture::{DisplayCapabilities, DisplayError};

pub(super) struct Placement;

impl Driver for Placement {
    fn persistence(&self) -> Persistence {
        Persistence::Placed
    }

    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        // A printed image gets no id, because the next image with the same id would remove it from the screen.
        let what = if canvas.persistent {
            format!("a=t,i={}", kitty::held_id(canvas.id))
        } else {
            format!("a=T,c={},r={},C=1", canvas.cells.width, canvas.cells.height)
        };
        Ok(Encoded::Bytes(kitty::transmit(&what, &png::whole_cells(canvas)?, facts.tmux)))
    }
}
