//! The retry policy as data, and the wait before a retry, which the user can watch.
//! A request whose fate is unknown is never retried: the API has no idempotency key, so an image might be billed twice.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use jiff::{Timestamp, Unit, fmt::rfc2822};
use reqwest::{StatusCode, header::HeaderMap};

use super::server_error::ServerError;
use crate::{BackendError, ErrorKind, Progress};

/// The cause of a failure, as far as retrying is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryCause {
    /// The server could not be reached; nothing was sent.
    Unreachable,
    /// The request was rate limited.
    Rate,
    /// The server reports a failure of its own.
    Server,
    /// The server reports that it is overloaded.
    Overloaded,
    /// A retry would not help, or might be billed twice.
    Final,
}

impl RetryCause {
    /// Classifies an error response; `should` is the value of the server's `x-should-retry`.
    pub(crate) fn classify(status: StatusCode, fault: &ServerError, kind: ErrorKind, should: Option<&str>) -> Self {
        let cause = match kind {
            ErrorKind::Rate => Self::Rate,
            ErrorKind::Server if fault.is_slow_down() => Self::Final,
            ErrorKind::Server if status == StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            ErrorKind::Server => Self::Server,
            _ => Self::Final,
        };
        match (should, cause) {
            (Some("false"), _) => Self::Final,
            // Some failures are transient although their kind does not say so. A refusal or an unpaid bill never is.
            (Some("true"), Self::Final) if matches!(status.as_u16(), 408 | 409) => Self::Server,
            _ => cause,
        }
    }

    /// Words the cause for the user.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "not connected",
            Self::Rate => "rate limited",
            Self::Overloaded => "server overloaded",
            Self::Server | Self::Final => "server error",
        }
    }
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) error: BackendError,
    pub(crate) cause: RetryCause,
    /// The wait that the server asks for.
    pub(crate) after: Option<Duration>,
}

impl FailedAttempt {
    /// Makes a failure that ends the job.
    pub(crate) const fn last(error: BackendError) -> Self {
        Self { error, cause: RetryCause::Final, after: None }
    }

    /// Makes a failure after which the request may be retried.
    pub(crate) const fn passing(error: BackendError, cause: RetryCause) -> Self {
        Self { error, cause, after: None }
    }
}

/// The retry policy.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// The number of retries, by cause.
    pub(crate) retries: &'static [(RetryCause, u32)],
    /// The first wait where the server names none; it doubles each time.
    pub(crate) first: Duration,
    /// The longest wait that doubling leads to.
    pub(crate) longest: Duration,
    /// The longest wait that a server may ask for. Beyond it the job fails and reports the wait.
    pub(crate) patience: Duration,
    /// The interval of the countdown.
    pub(crate) tick: Duration,
    /// The interval at which a background job is polled.
    pub(crate) poll: Duration,
}

impl Default for RetryPolicy {
    /// The defaults of OpenAI's own libraries, except for retries that cannot help or may be billed twice. Rate limits
    /// are retried more often than there: such a request was not started, and of several concurrent streams some have
    /// to queue.
    fn default() -> Self {
        Self {
            retries: &[
                (RetryCause::Unreachable, 2),
                (RetryCause::Rate, 5),
                (RetryCause::Server, 2),
                (RetryCause::Overloaded, 2),
            ],
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            patience: Duration::from_secs(120),
            tick: Duration::from_secs(1),
            poll: Duration::from_secs(2),
        }
    }
}

impl RetryPolicy {
    /// Returns the wait before the next attempt, or `None` to give up; `attempt` is the number of retries so far.
    pub(crate) fn wait(&self, failure: &FailedAttempt, attempt: u32) -> Option<Duration> {
        let (_, retries) = self.retries.iter().find(|(cause, _)| *cause == failure.cause)?;
        if attempt >= *retries {
            return None;
        }
        match failure.after {
            Some(after) => (after <= self.patience).then_some(after),
            None => Some(self.backoff(attempt)),
        }
    }

    /// Returns the exponential backoff, less a random part of up to a quarter, so that clients that failed together do
    /// not retry together.
    fn backoff(&self, attempt: u32) -> Duration {
        let full = self.first.saturating_mul(1 << attempt.min(16)).min(self.longest);
        let chance = f64::from(RandomState::new().hash_one(attempt) as u16) / f64::from(u16::MAX);
        full.mul_f64(1.0 - chance / 4.0)
    }

    /// Waits and reports the time left.
    pub(crate) async fn count_down(&self, wait: Duration, why: &str, progress: Option<&Progress>) {
        let mut left = wait;
        while !left.is_zero() {
            if let Some(progress) = progress {
                progress.status(format!("{why}, retrying in {} s", left.as_secs_f64().ceil()));
            }
            let step = left.min(self.tick);
            tokio::time::sleep(step).await;
            left -= step;
        }
    }
}

/// Reads the wait from the headers, relative to `now`.
pub(crate) fn retry_after_headers(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let date = || rfc2822::parse(text("retry-after")?).ok().map(|date| (date.timestamp() - now).total(Unit::Second));
    let seconds = number("retry-after-ms").map(|millis| millis / 1e3).or_else(|| number("retry-after"));
    Duration::try_from_secs_f64(seconds.or_else(|| date()?.ok())?).ok()
}

/// Reads the wait from a message: `Please try again in 11.054s`, `28ms`, `35 seconds`, `6m0s`.
pub(crate) fn retry_after_message(message: &str) -> Option<Duration> {
    let lower = message.to_lowercase();
    let (_, rest) = lower.split_once("try again in ")?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number: f64 = rest[..end].parse().ok()?;
    let unit = rest[end..].trim_start();
    let seconds = if unit.starts_with("ms") || unit.starts_with("milli") {
        number / 1e3
    } else if unit.starts_with('m') {
        number * 60.0
    } else if unit.starts_with('s') {
        number
    } else {
        return None;
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn failure(cause: RetryCause, after: Option<u64>) -> FailedAttempt {
        let error = BackendError::new(ErrorKind::Rate, "x");
        FailedAttempt { error, cause, after: after.map(Duration::from_secs) }
    }

    #[test]
    fn the_servers_wait_is_honored_up_to_two_minutes() {
        let wait =
            |after| RetryPolicy::default().wait(&failure(RetryCause::Rate, Some(after)), 0).map(|wait| wait.as_secs());
        assert_eq!(wait(12), Some(12));
        assert_eq!(wait(120), Some(120));
        assert_eq!(wait(121), None);
    }

    #[test]
    fn two_more_attempts_and_no_third() {
        let wait = |attempt| RetryPolicy::default().wait(&failure(RetryCause::Server, None), attempt);
        assert!(wait(0).is_some_and(|wait| (375..=500).contains(&wait.as_millis())));
        assert!(wait(1).is_some_and(|wait| (750..=1000).contains(&wait.as_millis())));
        assert_eq!(wait(2), None);
    }

    #[test]
    fn final_failures_are_never_retried() {
        assert_eq!(RetryPolicy::default().wait(&failure(RetryCause::Final, Some(1)), 0), None);
    }

    #[test]
    fn the_wait_is_read_from_the_headers() {
        let wait = |pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            retry_after_headers(&headers.collect(), "2026-11-22T12:00:00Z".parse().unwrap())
                .map(|wait| wait.as_millis())
        };
        assert_eq!(wait(&[("retry-after", "12")]), Some(12_000));
        assert_eq!(wait(&[("retry-after", "12"), ("retry-after-ms", "250")]), Some(250));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "Sun, 22 Nov 2026 12:00:30 GMT")]), Some(30_000));
        assert_eq!(wait(&[("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_wait_is_read_from_a_message() {
        let millis = |text| retry_after_message(text).map(|wait| wait.as_millis());
        assert_eq!(millis("Limit 5, Used 5. Please try again in 12s."), Some(12_000));
        assert_eq!(millis("Please try again in 11.054s."), Some(11_054));
        assert_eq!(millis("try again in 28ms"), Some(28));
        assert_eq!(millis("Try again in 35 seconds"), Some(35_000));
        assert_eq!(millis("please try again in 2 minutes"), Some(120_000));
        assert_eq!(millis("try again in a while"), None);
        assert_eq!(millis("no"), None);
    }
}
