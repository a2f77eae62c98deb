//! Whether the terminal's background is dark or light, by asking the terminal.
//! To be asked before the event loop starts, since the answer comes in through the keyboard.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The terminal's background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// Light words on something dark.
    Dark,
    /// Dark words on something light.
    Light,
}

impl Background {
    /// Whether it is dark.
    pub const fn is_dark(self) -> bool {
        matches!(self, Self::Dark)
    }
}

/// The terminal's background; `None` where it does not answer within `timeout`.
pub fn detect_background(timeout: Duration) -> Option<Background> {
    let mut options = QueryOptions::default();
    options.timeout = timeout;
    match theme_mode(options).ok()? {
        ThemeMode::Dark => Some(Background::Dark),
        ThemeMode::Light => Some(Background::Light),
    }
}
