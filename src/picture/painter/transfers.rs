//! Images in transit to the terminal's memory, and the timing of the text that shows them.
//!
//! The painter decides what is sent.
//!
//! kitty (0.41) draws a line of placeholders when the line changes: a line that was written before its image stays
//! empty. So the text waits for the terminal's reply. If none can come (tmux) or none comes in time, it waits until the
//! image has probably been read.
//!
//! kitty (0.48) and Rio (0.4) occasionally draw the text without the pixels, and draw nothing more until text changes.
//! No reply reports that, so text is rewritten from time to time: all of it once, then a single cell. Nothing else is
//! sent, and a terminal that drew correctly shows no change.

use std::time::{Duration, Instant};

/// Maximum wait for a reply. A later reply causes the text to be written once more.
const REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// Time in which a terminal that does not reply has probably read an image.
const ASSUMED_READ_TIME: Duration = Duration::from_millis(30);

/// Pauses between rewrites of the text, in milliseconds. They grow, to allow for a busy machine.
const PAUSES: [u64; 6] = [50, 150, 400, 1000, 3000, 5000];

/// Stage of an image between its first byte and its text on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransferState {
    /// The image is in transit, and its text must not be written yet.
    Coming,
    /// The image has probably arrived.
    Assumed,
    /// The terminal confirmed the image.
    Confirmed,
}

/// Outstanding replies.
#[derive(Default)]
pub(super) struct PendingReplies {
    /// Ids of images that were sent but not yet confirmed.
    due: Vec<u32>,
    /// Set if the terminal did not reply to the last image in time.
    overdue: bool,
}

impl PendingReplies {
    pub(super) fn expect(&mut self, id: u32) {
        self.due.push(id);
    }

    /// Registers a reply and returns whether it was the last one expected for this id.
    pub(super) fn confirm(&mut self, id: u32) -> bool {
        self.overdue = false;
        if let Some(at) = self.due.iter().position(|due| *due == id) {
            self.due.remove(at);
        }
        !self.due.contains(&id)
    }

    /// Registers that no reply came in time.
    pub(super) fn give_up(&mut self) {
        self.overdue = true;
    }

    /// Returns whether a reply is expected soon.
    pub(super) fn is_expected_soon(&self) -> bool {
        !self.overdue && !self.due.is_empty()
    }

    /// Returns whether a reply may still come.
    pub(super) fn is_outstanding(&self) -> bool {
        !self.due.is_empty()
    }

    /// Returns the time to wait for the reply to an image after its last byte is sent.
    pub(super) fn patience(&self, confirms: bool) -> Duration {
        if confirms && !self.overdue { REPLY_TIMEOUT } else { ASSUMED_READ_TIME }
    }
}

/// Schedule for rewriting text repeatedly for a while.
#[derive(Default)]
pub(super) struct RewriteSchedule {
    done: usize,
}

impl RewriteSchedule {
    /// Returns the time of the next rewrite.
    pub(super) fn next_rewrite(&self, now: Instant) -> Option<Instant> {
        PAUSES.get(self.done).map(|pause| now + Duration::from_millis(*pause))
    }

    /// Counts one rewrite and returns whether it covers all of the text rather than one cell.
    pub(super) fn count_rewrite(&mut self) -> bool {
        self.done += 1;
        self.done == 1
    }

    /// Returns whether the one cell currently uses the alternate spelling.
    pub(super) fn uses_alternate_spelling(&self) -> bool {
        self.done > 0 && self.done.is_multiple_of(2)
    }
}
