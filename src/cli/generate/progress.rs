//! The bar on stderr while a job runs, where stderr is a terminal.
//! Elsewhere it shows nothing; what matters to scripts is on stdout.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::plain;

/// How a running job looks on stderr.
#[derive(Debug)]
pub(in crate::cli) struct Progress(ProgressBar);

impl Progress {
    /// A bar that runs, or nothing at all where stderr is no terminal or `quiet`.
    pub(in crate::cli) fn start(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(100) };
        bar.set_style(style("{spinner} {wide_msg} {elapsed}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// What is being done.
    pub(in crate::cli) fn status(&self, words: &str) {
        self.0.set_message(plain::line(words).into_owned());
    }

    /// How far it is, 0 to 100.
    pub(in crate::cli) fn percent(&self, percent: f32) {
        self.0.set_style(style("{spinner} {bar:24} {percent}% {wide_msg} {elapsed}"));
        self.0.set_position(percent as u64);
    }

    /// Prints something while the bar stands back.
    pub(in crate::cli) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Takes the bar away.
    pub(in crate::cli) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
