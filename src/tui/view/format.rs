//! Human-readable figures and times: `14:02`, `312 kB`, `1.4 s`.
//! Nothing here reads the clock.

use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::{
    library::{JobState, Record},
    sanitize,
    tui::model::Model,
};

/// Columns for the short name of a model.
const SHORT_MODEL: usize = 12;

/// Returns a time as short as possible: the hour today, the day this year, otherwise the year. At most six columns.
pub(super) fn time(model: &Model, at: Timestamp) -> String {
    let zoned = |at: Timestamp| at.to_zoned(model.zone.clone());
    let (then, now) = (zoned(at), zoned(model.now.at));
    let pattern = match () {
        () if then.date() == now.date() => "%H:%M",
        () if then.year() == now.year() => "%-d %b",
        () => "%Y",
    };
    then.strftime(pattern).to_string()
}

/// Returns the heading of a date: `Today`, `Yesterday`, the weekday within a week, otherwise the date.
pub(super) fn day(model: &Model, date: Date) -> String {
    let today = model.now.at.to_zoned(model.zone.clone()).date();
    match date.until(today).map_or(i32::MAX, |span| span.get_days()) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..7 => date.strftime("%A").to_string(),
        _ => date.to_string(),
    }
}

/// Returns the time of day.
pub(super) fn clock(model: &Model, at: Timestamp) -> String {
    at.to_zoned(model.zone.clone()).strftime("%H:%M").to_string()
}

/// Returns the name of a model in at most twelve columns where its parts permit.
pub(super) fn short_model(model: &str) -> String {
    shorten_model(model.rsplit('/').next().unwrap_or(model), SHORT_MODEL)
}

/// Returns the name of a model without as many of its first parts as needed for `cells` columns: the last ones tell
/// models apart.
pub(super) fn shorten_model(model: &str, cells: usize) -> String {
    let name = sanitize::line(model);
    let mut short: &str = &name;
    while short.width() > cells
        && let Some((_, rest)) = short.split_once('-')
    {
        short = rest;
    }
    short.to_owned()
}

/// Returns a duration: `0.3 s`, `12 s`, `2:05`.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 60.0 => format!("{s:.0} s"),
        s => format!("{}:{:02}", s as u64 / 60, s as u64 % 60),
    }
}

/// Returns a time that is running, in whole seconds: `3 s`, `2:05`.
pub(super) fn whole_seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        s if s < 60 => format!("{s} s"),
        s => format!("{}:{:02}", s / 60, s % 60),
    }
}

/// Returns a number of bytes: `512 B`, `312 kB`, `2.4 MB`.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Returns a number with thousands separators: `100,000`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Truncates `text` to `cells` columns at its start, with `…` in place of what is cut.
pub(super) fn truncate_start(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let Some(room) = cells.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let fits = |part: &&str| {
        used += part.width();
        used <= room
    };
    let kept: Vec<&str> = text.graphemes(true).rev().take_while(fits).collect();
    std::iter::once("…").chain(kept.into_iter().rev()).collect()
}

/// Returns the current frame of a spinner.
fn spinner(since_start: Duration) -> char {
    const FRAMES: [char; 8] = ['⣷', '⣯', '⣟', '⡿', '⢿', '⣻', '⣽', '⣾'];
    FRAMES[(since_start.as_millis() / 100) as usize % FRAMES.len()]
}

/// Returns the sign of running work: a spinner, or a dot where nothing may move.
pub(super) fn activity(model: &Model) -> char {
    if model.frame_interval().is_some() { spinner(model.now.since_start) } else { '●' }
}

/// Returns the cost of a finished job: an amount, `free` or `cost unknown`.
pub(super) fn cost(record: &Record) -> String {
    match &record.cost {
        Some(cost) if cost.usd.nanos() == 0 => "free".into(),
        Some(cost) => cost.usd.to_string(),
        None if record.state == JobState::Saved => "cost unknown".into(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names_within_a_week() {
        let model = crate::tui::fixtures::model();
        let heading = |date: &str| day(&model, date.parse().unwrap());
        assert_eq!([heading("2026-11-22"), heading("2026-11-21")], ["Today", "Yesterday"]);
        assert_eq!([heading("2026-11-20"), heading("2026-11-16")], ["Friday", "Monday"]);
        assert_eq!([heading("2026-11-15"), heading("2025-11-22")], ["2026-11-15", "2025-11-22"]);
        assert_eq!(heading("2026-11-23"), "2026-11-23", "a clock that was set back");
    }

    #[test]
    fn names_of_models_are_shortened_to_what_tells_them_apart() {
        let long = ["gpt-image-2.5-flare", "gpt-5.3-codex", "black-forest-labs/flux-1.1-pro", "gpt-image-1", "sketch"];
        assert_eq!(long.map(short_model), ["2.5-flare", "5.3-codex", "flux-1.1-pro", "gpt-image-1", "sketch"]);
        let cut = [9, 15, 19].map(|cells| shorten_model(long[0], cells));
        assert_eq!(cut, ["2.5-flare", "image-2.5-flare", long[0]]);
    }

    #[test]
    fn text_cut_at_its_start_keeps_its_end() {
        assert_eq!(truncate_start("gpt-image-2.5-flare", 10), "…2.5-flare");
        assert_eq!([truncate_start("flare", 5), truncate_start("東京の夜", 4)], ["flare", "…夜"]);
        assert_eq!([truncate_start("flare", 1), truncate_start("flare", 0)], ["…", ""]);
    }

    #[test]
    fn figures_are_human_readable() {
        assert_eq!([seconds(0.31), seconds(12.4), seconds(125.0)], ["0.3 s", "12 s", "2:05"]);
        assert_eq!([bytes(512), bytes(312_400), bytes(2_440_000)], ["512 B", "312 kB", "2.4 MB"]);
        assert_eq!([thousands(7), thousands(1_000), thousands(1_234_567)], ["7", "1,000", "1,234,567"]);
    }
}
