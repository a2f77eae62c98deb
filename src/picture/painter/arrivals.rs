//! Images on their way into the terminal's memory, and when the text that shows them is written.
//! Not for what is sent; that is the painter's.
//!
//! kitty (0.41) draws a line of placeholders when the line changes: one that was written before its image stays empty.
//! So the text waits for the terminal's reply. Where none can come (tmux) or none comes in time, it waits until the
//! image has probably been read.
//! kitty (0.48) and Rio (0.4) now and then draw the text without the pixels, and draw nothing more until text changes.
//! No reply tells of that, so text is written again now and then: all of it once, then one cell of it. Nothing else is
//! sent, and a terminal that is right shows no change.

use std::time::{Duration, Instant};

/// The longest wait for a reply. One that comes later has the text written once more.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time in which a terminal that does not reply has probably read an image.
const READ: Duration = Duration::from_millis(30);

/// The pauses between the times that text is written, in milliseconds. They grow, for a busy machine.
const PAUSES: [u64; 6] = [50, 150, 400, 1000, 3000, 5000];

/// The place of an image between its first byte and its text on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Its text must not be written yet.
    Coming,
    /// It has probably arrived.
    Assumed,
    /// The terminal says that it has it.
    Confirmed,
}

/// Replies that are due.
#[derive(Default)]
pub(super) struct Replies {
    /// The ids of images that were sent and not replied to.
    due: Vec<u32>,
    /// Whether the terminal has let the last one wait for too long.
    overdue: bool,
}

impl Replies {
    pub(super) fn expect(&mut self, id: u32) {
        self.due.push(id);
    }

    /// Takes note of a reply; whether it was the last one for this id.
    pub(super) fn take(&mut self, id: u32) -> bool {
        self.overdue = false;
        if let Some(at) = self.due.iter().position(|due| *due == id) {
            self.due.remove(at);
        }
        !self.due.contains(&id)
    }

    /// Takes note that none came in time.
    pub(super) fn give_up(&mut self) {
        self.overdue = true;
    }

    /// Whether one will probably come soon.
    pub(super) fn soon(&self) -> bool {
        !self.overdue && !self.due.is_empty()
    }

    /// Whether one may still come.
    pub(super) fn any(&self) -> bool {
        !self.due.is_empty()
    }

    /// The wait for the reply to an image whose last byte has just been sent.
    pub(super) fn patience(&self, confirms: bool) -> Duration {
        if confirms && !self.overdue { PATIENCE } else { READ }
    }
}

/// Text that is written again and again for a while.
#[derive(Default)]
pub(super) struct Repeats {
    done: usize,
}

impl Repeats {
    /// When the text is written next.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        PAUSES.get(self.done).map(|pause| now + Duration::from_millis(*pause))
    }

    /// Counts one more; whether all of the text is written and not one cell.
    pub(super) fn count(&mut self) -> bool {
        self.done += 1;
        self.done == 1
    }

    /// Whether the one cell is in the other words now.
    pub(super) fn is_odd(&self) -> bool {
        self.done > 0 && self.done.is_multiple_of(2)
    }
}
