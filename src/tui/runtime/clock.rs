//! The one place in the studio that reads the clock.
//! Everything else is handed the time with its message.

use std::time::Instant;

use jiff::Timestamp;

use crate::tui::model::Now;

/// A clock that began when the studio was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins now.
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The time of day, and since the start.
    pub(super) fn now(self) -> Now {
        Now { at: Timestamp::now(), since_start: self.start.elapsed() }
    }
}
