//! The bounds of one job: how long, how many lines and how many bytes a program may take for it, whatever it says.
//! A program that floods is as good as silent: its lines do not put the timeout off.

use std::time::Duration;

use tokio::time::Instant;

/// The time that a process has to end after a signal, before it gets a stronger one.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// The longest line on stdout, in bytes: images are files, and a prompt fits many times.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// The most lines of one job: hours of previews at ten a second.
const MOST_LINES: u32 = 100_000;

/// The most bytes of one job's lines.
const MOST_BYTES: usize = 64 << 20;

const SECOND: Duration = Duration::from_secs(1);

/// More lines in one second are a flood.
const FLOOD: u32 = 300;

/// A job may take this many times the timeout,
const LENGTHS: u32 = 12;

/// and always this long.
const SHORTEST: Duration = Duration::from_secs(3600);

/// What is counted of a job.
#[derive(Debug)]
pub(super) struct Bounds {
    silence: Duration,
    /// Until when the next sign of life has to come.
    patience: Instant,
    ends: Instant,
    lines: u32,
    bytes: usize,
    second: Instant,
    in_second: u32,
    /// The second before was a flood, so that the first lines of this one belong to it.
    was_flood: bool,
}

/// The bound that a job has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// Nothing came for too long.
    Silence,
    /// Nothing but a flood came for too long.
    Flood,
    /// It took too long in all.
    Time(Duration),
    /// It said too much in all.
    Lines(u32),
    /// It said too much in all, in MiB.
    Bytes(usize),
}

impl Bounds {
    /// For a job that begins `now`, with this much `silence` allowed.
    pub(super) fn new(now: Instant, silence: Duration) -> Self {
        let ends = now + Self::longest(silence);
        Self { silence, patience: now + silence, ends, lines: 0, bytes: 0, second: now, in_second: 0, was_flood: false }
    }

    fn longest(silence: Duration) -> Duration {
        silence.saturating_mul(LENGTHS).max(SHORTEST)
    }

    /// Until when something has to come.
    pub(super) fn deadline(&self) -> Instant {
        self.patience.min(self.ends)
    }

    /// The bound that is reached `now`, if one is.
    pub(super) fn reached(&self, now: Instant) -> Option<Reached> {
        if now >= self.ends {
            return Some(Reached::Time(Self::longest(self.silence)));
        }
        let late = if self.is_flood() { Reached::Flood } else { Reached::Silence };
        (now >= self.patience).then_some(late)
    }

    /// Counts a line of so many `bytes` that comes `now`; the bound that it is too much for.
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

    /// What ends a job that says a line of so many bytes at this pace, and after how long.
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
