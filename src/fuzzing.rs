//! Entry points for the fuzz targets, which exercise the app's parsers of untrusted input through private APIs.
//! Built by `cargo fuzz` only; they assert invariants that hold for any input.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a fuzz target finds out by panicking")]

pub use crate::library::fuzzing::sidecar;
use crate::{config::Config, sanitize};

/// Fuzzes a config file: its diagnostics are safe to print, its backends can be built without a key, and the output of
/// `config print` parses to the same config. A file with an error never loosens a budget silently.
pub fn config(data: &[u8]) {
    let reading = Config::parse_lenient("config.toml", String::from_utf8_lossy(data));
    let (config, problems) = (&reading.config, &reading.problems);
    assert!(reading.is_readable || config.budget.paid_refusal.is_some(), "an unreadable file stops paid jobs");
    let (_, faults) = config.build_backends(&|_| None);
    for diagnostic in problems.iter().chain(&faults).chain(&config.unsendable_keys()) {
        let shown = diagnostic.to_string();
        assert_eq!(sanitize::lines(&shown), shown);
    }
    if problems.is_empty() {
        let printed = config.to_toml();
        let again = Config::parse_lenient("config.toml", printed.as_str());
        assert_eq!(again.problems, [], "{printed}");
        assert_eq!((again.config.to_toml(), again.config.budget), (printed, config.budget.clone()));
    }
}
