//! The only place in the studio that reads the clock.
//! Everything else receives the time with its message.

use std::time::Instant;

use jiff::Timestamp;

use crate::tui::model::MessageTime;

/// A clock that starts with the studio.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts the clock.
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Returns the time of day, and the time since the start.
    pub(super) fn now(self) -> MessageTime {
        MessageTime { at: Timestamp::now(), since_start: self.start.elapsed() }
    }
}
