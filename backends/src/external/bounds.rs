//! The limits of one job: the time, lines and bytes that a program may take for it, whatever it sends. A program that
//! floods counts as silent: its lines do not extend the timeout.

use std::time::Duration;

use tokio::time::Instant;

/// The time that a process gets to exit after a signal, before it is sent a stronger one.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// The maximum length of a line on stdout, in bytes. Images are sent as files, so even a long prompt fits many times.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// The maximum number of lines of one job: hours of previews at ten per second.
const MOST_LINES: u32 = 100_000;

/// The maximum number of bytes of all lines of one job.
const MOST_BYTES: usize = 64 << 20;

const SECOND: Duration = Duration::from_secs(1);

/// The number of lines in one second above which output counts as a flood.
const FLOOD: u32 = 300;

/// The maximum duration of a job, as a multiple of the timeout.
const LENGTHS: u32 = 12;

/// The duration that every job is allowed, however short the timeout.
const SHORTEST: Duration = Duration::from_secs(3600);

/// The counters and deadlines of one job.
#[derive(Debug)]
pub(super) struct Bounds {
    silence: Duration,
    /// The deadline for the next sign of life.
    patience: Instant,
    ends: Instant,
    lines: u32,
    bytes: usize,
    second: Instant,
    in_second: u32,
    /// True if the previous second was a flood, so that the first lines of this one belong to it.
    was_flood: bool,
}

/// The limit that a job has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The program sent nothing for too long.
    Silence,
    /// The program sent nothing but a flood for too long.
    Flood,
    /// The job took too long in total.
    Time(Duration),
    /// The program sent too many lines in total.
    Lines(u32),
    /// The program sent too many bytes in total; the limit is given in MiB.
    Bytes(usize),
}

impl Bounds {
    /// Creates the limits of a job that starts `now` and may be silent for `silence`.
    pub(super) fn new(now: Instant, silence: Duration) -> Self {
        let ends = now + Self::longest(silence);
        Self { silence, patience: now + silence, ends, lines: 0, bytes: 0, second: now, in_second: 0, was_flood: false }
    }

    fn longest(silence: Duration) -> Duration {
        silence.saturating_mul(LENGTHS).max(SHORTEST)
    }

    /// The deadline for the next message.
    pub(super) fn deadline(&self) -> Instant {
        self.patience.min(self.ends)
    }

    /// Returns the limit that is reached at `now`, if any.
    pub(super) fn reached(&self, now: Instant) -> Option<Reached> {
        if now >= self.ends {
            return Some(Reached::Time(Self::longest(self.silence)));
        }
        let late = if self.is_flood() { Reached::Flood } else { Reached::Silence };
        (now >= self.patience).then_some(late)
    }

    /// Counts a line of `bytes` bytes received at `now`, and returns the limit that it exceeds, if any.
    pub(super) fn count(&mut self, bytes: usize, now: Instant) -> Option<Reached> {
        let since = now.duration_since(self.second);
        if since >= SECOND {
            self.was_flood = self.in_second > FLOOD && since < 2 * SECOND;
            (self.second, self.in_second) = (now, 0);
        }
        self.in_second += 1;
        self.lines += 1;
        self.bytes += bytes;
        if !self.is_flood() {
            self.patience = now + self.silence;
        }
        match () {
            () if self.lines > MOST_LINES => Some(Reached::Lines(MOST_LINES)),
            () if self.bytes > MOST_BYTES => Some(Reached::Bytes(MOST_BYTES >> 20)),
            () => None,
        }
    }

    fn is_flood(&self) -> bool {
        self.was_flood || self.in_second > FLOOD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns the limit that ends a job sending lines of `bytes` bytes at this pace, and the time it takes.
    fn ends(every: Duration, bytes: usize) -> (Reached, Duration) {
        let begun = Instant::now();
        let (mut bounds, mut now) = (Bounds::new(begun, TIMEOUT), begun);
        loop {
            now += every;
            if let Some(reached) = bounds.reached(now).or_else(|| bounds.count(bytes, now)) {
                return (reached, now - begun);
            }
        }
    }

    #[test]
    fn every_pace_of_talk_comes_to_an_end() {
        let (reached, after) = ends(Duration::from_millis(1), 30);
        assert!(reached == Reached::Flood && after < TIMEOUT * 2, "{reached:?} after {after:?}");
        assert_eq!(ends(Duration::from_millis(10), 30).0, Reached::Lines(MOST_LINES));
        assert_eq!(ends(Duration::from_millis(50), 1 << 20).0, Reached::Bytes(64));
        assert_eq!(ends(Duration::from_secs(9), 30), (Reached::Time(SHORTEST), Duration::from_secs(3600)));
        assert_eq!(ends(Duration::from_secs(11), 30), (Reached::Silence, Duration::from_secs(11)));
    }

    #[test]
    fn job_that_reports_now_and_then_has_its_hour() {
        let begun = Instant::now();
        let mut bounds = Bounds::new(begun, TIMEOUT);
        for second in 1..3600 {
            let now = begun + Duration::from_secs(second);
            assert_eq!(bounds.reached(now), None);
            assert_eq!(bounds.count(100, now), None);
        }
        assert_eq!(bounds.deadline(), begun + SHORTEST);
    }
}
