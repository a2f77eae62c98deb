//! Human-readable figures and times: `14:02`, `312 kB`, `1.4 s`.
//! Nothing here reads the clock.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    library::{JobState, Record},
    tui::model::Model,
};

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

/// Returns a duration: `0.3 s`, `12 s`, `2:05`.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 60.0 => format!("{s:.0} s"),
        s => format!("{}:{:02}", s as u64 / 60, s as u64 % 60),
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

/// Returns the current frame of a spinner.
pub(super) fn spinner(since_start: Duration) -> char {
    const FRAMES: [char; 8] = ['⣷', '⣯', '⣟', '⡿', '⢿', '⣻', '⣽', '⣾'];
    FRAMES[(since_start.as_millis() / 100) as usize % FRAMES.len()]
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
    fn figures_are_human_readable() {
        assert_eq!([seconds(0.31), seconds(12.4), seconds(125.0)], ["0.3 s", "12 s", "2:05"]);
        assert_eq!([bytes(512), bytes(312_400), bytes(2_440_000)], ["512 B", "312 kB", "2.4 MB"]);
        assert_eq!([thousands(7), thousands(1_000), thousands(1_234_567)], ["7", "1,000", "1,234,567"]);
    }
}
