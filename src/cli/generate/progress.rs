//! The bar on stderr while a job runs, where stderr is a terminal.
//! Elsewhere only the beginning of a wait is said; what matters to scripts is on stdout.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::waits::Waits;
use crate::{cli::out, plain};

/// How a running job looks on stderr.
#[derive(Debug)]
pub(in crate::cli) struct Progress {
    bar: ProgressBar,
    /// Told where there is no bar to be seen.
    waits: Option<Waits>,
}

impl Progress {
    /// A bar that runs, or a line for each wait where `quiet`.
    pub(in crate::cli) fn start(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(100) };
        bar.set_style(style("{spinner} {wide_msg} {elapsed}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, waits: quiet.then(Waits::default) }
    }

    /// What is being done.
    pub(in crate::cli) fn status(&mut self, words: &str) {
        self.wait(words);
        self.bar.set_message(plain::line(words).into_owned());
    }

    /// The same of one job among several: the bar leaves it out.
    pub(in crate::cli) fn wait(&mut self, words: &str) {
        if let Some(line) = self.waits.as_mut().and_then(|waits| waits.hear(words, Timestamp::now())) {
            out::note(&line);
        }
    }

    /// How far it is, 0 to 100.
    pub(in crate::cli) fn percent(&self, percent: f32) {
        self.bar.set_style(style("{spinner} {bar:24} {percent}% {wide_msg} {elapsed}"));
        self.bar.set_position(percent as u64);
    }

    /// Prints something while the bar stands back.
    pub(in crate::cli) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(in crate::cli) fn finish(&self) {
        self.bar.finish_and_clear();
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
