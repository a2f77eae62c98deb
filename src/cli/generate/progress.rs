//! Progress bar on stderr, if it is a terminal.
//! Elsewhere only the start of a wait is printed; results for scripts go to stdout.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::retry_notice::RetryNotices;
use crate::{cli::stdout, sanitize};

/// Progress of a running job on stderr.
#[derive(Debug)]
pub(in crate::cli) struct JobProgressBar {
    bar: ProgressBar,
    /// Retry notices, which are printed only if the bar is hidden.
    waits: Option<RetryNotices>,
}

impl JobProgressBar {
    /// Starts a bar; with `quiet`, prints one line per wait instead.
    pub(in crate::cli) fn start(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(100) };
        bar.set_style(style("{spinner} {wide_msg} {elapsed}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, waits: quiet.then(RetryNotices::default) }
    }

    /// Sets the current activity.
    pub(in crate::cli) fn set_status(&mut self, words: &str) {
        self.announce_wait(words);
        self.bar.set_message(sanitize::line(words).into_owned());
    }

    /// Announces a wait of one job among several, without changing the bar.
    pub(in crate::cli) fn announce_wait(&mut self, words: &str) {
        if let Some(line) = self.waits.as_mut().and_then(|waits| waits.notice(words, Timestamp::now())) {
            stdout::note(&line);
        }
    }

    /// Sets the progress in percent, 0 to 100.
    pub(in crate::cli) fn set_percent(&self, percent: f32) {
        self.bar.set_style(style("{spinner} {bar:24} {percent}% {wide_msg} {elapsed}"));
        self.bar.set_position(percent as u64);
    }

    /// Hides the bar while `print` writes something.
    pub(in crate::cli) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Removes the bar.
    pub(in crate::cli) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for JobProgressBar {
    fn drop(&mut self) {
        self.finish();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
