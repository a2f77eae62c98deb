//! The limits of one job: the time, lines and bytes that a program may take for it, whatever it sends. A program that
//! floods counts as silent: its lines do not extend the timeout.

use std::time::Duration;

use tokio::time::Instant;

/// The time that a process gets to exit after a signal, before it is sent a stronger one.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// The maximum length of a line on stdout, in bytes. Images are sent as files, so even a long prompt fits many times.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// The maximum number of lines of one job: hours of previews at ten per second.
const MAX_LINES: u32 = 100_000;

/// The maximum number of bytes of all lines of one job.
const MAX_BYTES: usize = 64 << 20;

const SECOND: Duration = Duration::from_secs(1);

/// The number of lines in one second above which output counts as a flood.
const FLOOD_LINES_PER_SECOND: u32 = 300;

/// The maximum duration of a job, as a multiple of the timeout.
const MAX_TIMEOUTS: u32 = 12;

/// The duration that every job is allowed, however short the timeout.
const MIN_JOB_TIME: Duration = Duration::from_secs(3600);

/// The counters and deadlines of one job.
#[derive(Debug)]
pub(super) struct JobLimits {
    silence: Duration,
    /// The deadline for the next sign of life.
    silence_deadline: Instant,
    job_deadline: Instant,
    lines: u32,
    bytes: usize,
    second: Instant,
    in_second: u32,
    /// True if the previous second was a flood, so that the first lines of this one belong to it.
    previous_second_flooded: bool,
}

/// The limit that a job has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitReached {
    /// The program sent nothing for too long.
    SilentTooLong,
    /// The program sent nothing but a flood for too long.
    FloodedTooLong,
    /// The job took too long in total.
    TooLong(Duration),
    /// The program sent too many lines in total.
    TooManyLines(u32),
    /// The program sent too many bytes in total; the limit is given in MiB.
    TooManyBytes(usize),
}

impl JobLimits {
    /// Creates the limits of a job that starts `now` and may be silent for `silence`.
    pub(super) fn new(now: Instant, silence: Duration) -> Self {
        let job_deadline = now + Self::longest(silence);
        Self {
            silence,
            silence_deadline: now + silence,
            job_deadline,
            lines: 0,
            bytes: 0,
            second: now,
            in_second: 0,
            previous_second_flooded: false,
        }
    }

    fn longest(silence: Duration) -> Duration {
        silence.saturating_mul(MAX_TIMEOUTS).max(MIN_JOB_TIME)
    }

    /// The deadline for the next message.
    pub(super) fn deadline(&self) -> Instant {
        self.silence_deadline.min(self.job_deadline)
    }

    /// Returns the limit that is reached at `now`, if any.
    pub(super) fn reached(&self, now: Instant) -> Option<LimitReached> {
        if now >= self.job_deadline {
            return Some(LimitReached::TooLong(Self::longest(self.silence)));
        }
        let late = if self.is_flood() { LimitReached::FloodedTooLong } else { LimitReached::SilentTooLong };
        (now >= self.silence_deadline).then_some(late)
    }

    /// Counts a line of `bytes` bytes received at `now`, and returns the limit that it exceeds, if any.
    pub(super) fn count(&mut self, bytes: usize, now: Instant) -> Option<LimitReached> {
        let since = now.duration_since(self.second);
        if since >= SECOND {
            self.previous_second_flooded = self.in_second > FLOOD_LINES_PER_SECOND && since < 2 * SECOND;
            (self.second, self.in_second) = (now, 0);
        }
        self.in_second += 1;
        self.lines += 1;
        self.bytes += bytes;
        if !self.is_flood() {
            self.silence_deadline = now + self.silence;
        }
        match () {
            () if self.lines > MAX_LINES => Some(LimitReached::TooManyLines(MAX_LINES)),
            () if self.bytes > MAX_BYTES => Some(LimitReached::TooManyBytes(MAX_BYTES >> 20)),
            () => None,
        }
    }

    fn is_flood(&self) -> bool {
        self.previous_second_flooded || self.in_second > FLOOD_LINES_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns the limit that ends a job sending lines of `bytes` bytes at this pace, and the time it takes.
    fn ends(every: Duration, bytes: usize) -> (LimitReached, Duration) {
        let begun = Instant::now();
        let (mut bounds, mut now) = (JobLimits::new(begun, TIMEOUT), begun);
        loop {
            now += every;
            if let Some(reached) = bounds.reached(now).or_else(|| bounds.count(bytes, now)) {
                return (reached, now - begun);
            }
        }
    }

    #[test]
    fn every_output_rate_reaches_a_limit() {
        let (reached, after) = ends(Duration::from_millis(1), 30);
        assert!(reached == LimitReached::FloodedTooLong && after < TIMEOUT * 2, "{reached:?} after {after:?}");
        assert_eq!(ends(Duration::from_millis(10), 30).0, LimitReached::TooManyLines(MAX_LINES));
        assert_eq!(ends(Duration::from_millis(50), 1 << 20).0, LimitReached::TooManyBytes(64));
        assert_eq!(ends(Duration::from_secs(9), 30), (LimitReached::TooLong(MIN_JOB_TIME), Duration::from_secs(3600)));
        assert_eq!(ends(Duration::from_secs(11), 30), (LimitReached::SilentTooLong, Duration::from_secs(11)));
    }

    #[test]
    fn job_that_reports_occasionally_gets_an_hour() {
        let begun = Instant::now();
        let mut bounds = JobLimits::new(begun, TIMEOUT);
        for second in 1..3600 {
            let now = begun + Duration::from_secs(second);
            assert_eq!(bounds.reached(now), None);
            assert_eq!(bounds.count(100, now), None);
        }
        assert_eq!(bounds.deadline(), begun + MIN_JOB_TIME);
    }
}
