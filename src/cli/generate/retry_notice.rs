//! Retry notices: one line at the start of a wait, where no progress bar counts it down.
//! The backends word their status messages; this module only recognizes them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Shortest wait that is worth a line.
const MIN_WAIT: SignedDuration = SignedDuration::from_secs(2);

/// Waits that have been announced.
#[derive(Debug, Default)]
pub(super) struct RetryNotices {
    /// End of the longest wait that was announced.
    until: Option<Timestamp>,
}

impl RetryNotices {
    /// Returns the line for a status message, if it announces a wait that ends later than those announced before.
    pub(super) fn notice(&mut self, status: &str, now: Timestamp) -> Option<String> {
        let (wait, why) = parse_wait(status).filter(|(wait, _)| *wait >= MIN_WAIT)?;
        let until = now.checked_add(wait).ok()?;
        // Countdowns have whole seconds, so the computed end varies by up to one second.
        if self.until.is_some_and(|told| until.duration_since(told) < MIN_WAIT) {
            return None;
        }
        self.until = Some(until);
        let until = until.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string();
        Some(format!("note: waiting until {until}: {why}"))
    }
}

/// Parses `sending in 12 s: the account allows 5 images per minute` or `rate limited, retrying in 12 s` into wait and
/// reason.
fn parse_wait(status: &str) -> Option<(SignedDuration, &str)> {
    let retry = || {
        let (why, wait) = status.rsplit_once(", retrying in ")?;
        Some((wait.strip_suffix(" s")?, why))
    };
    let queued = || status.strip_prefix("sending in ")?.split_once(" s: ");
    let (seconds, why) = retry().or_else(queued)?;
    Some((SignedDuration::from_secs(seconds.parse::<u32>().ok()?.into()), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_announced_once_and_when_extended() {
        let (mut waits, start) = (RetryNotices::default(), "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap());
        let mut hear = |second, status: &str| waits.notice(status, start + SignedDuration::from_secs(second));
        let told = hear(0, "rate limited, retrying in 12 s").unwrap();
        assert!(told.starts_with("note: waiting until ") && told.ends_with(": rate limited"), "{told}");
        for second in 1..12 {
            assert_eq!(hear(second, &format!("rate limited, retrying in {} s", 12 - second)), None);
        }
        assert_eq!(hear(3, "sending in 4 s: the server asked to wait"), None, "that is over before the other one");
        assert!(hear(12, "sending in 30 s: the server asked to wait").is_some());
    }

    #[test]
    fn short_waits_and_other_status_are_not_announced() {
        for status in ["server error, retrying in 1 s", "drawing", "done in 12 s: fine", "x, retrying in -5 s"] {
            assert_eq!(RetryNotices::default().notice(status, Timestamp::UNIX_EPOCH), None, "{status}");
        }
    }
}
