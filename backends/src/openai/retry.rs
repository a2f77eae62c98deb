//! When a request may be sent again, as data, and the wait before it, which the person can watch.
//! Never for a request whose fate is unknown: the wire has no idempotency key, and a picture may be billed twice.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use jiff::{Timestamp, Unit, fmt::rfc2822};
use reqwest::{StatusCode, header::HeaderMap};

use super::errors::Fault;
use crate::{BackendError, ErrorKind, Progress};

/// Why a request failed, as far as sending it again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The server was not reached; nothing was sent.
    NotReached,
    /// Too many requests just now.
    Rate,
    /// The server says that it failed.
    Server,
    /// The server says that it is overloaded.
    Overloaded,
    /// Sending it again would not help, or might be paid twice.
    Final,
}

impl Cause {
    /// What a refusal means for sending it again; `should` is the server's own `x-should-retry`.
    pub(crate) fn of(status: StatusCode, fault: &Fault, kind: ErrorKind, should: Option<&str>) -> Self {
        let cause = match kind {
            ErrorKind::Rate => Self::Rate,
            ErrorKind::Server if fault.is_slow_down() => Self::Final,
            ErrorKind::Server if status == StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            ErrorKind::Server => Self::Server,
            _ => Self::Final,
        };
        match (should, cause) {
            (Some("false"), _) => Self::Final,
            // Some failures pass although their kind does not say so; a refusal or an open bill never does.
            (Some("true"), Self::Final) if matches!(status.as_u16(), 408 | 409) => Self::Server,
            _ => cause,
        }
    }

    /// In words, for the person who waits.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NotReached => "not connected",
            Self::Rate => "rate limited",
            Self::Overloaded => "server overloaded",
            Self::Server | Self::Final => "server failed",
        }
    }
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: BackendError,
    pub(crate) cause: Cause,
    /// How long the server asks to wait.
    pub(crate) after: Option<Duration>,
}

impl Failure {
    /// A failure that ends the job.
    pub(crate) const fn last(error: BackendError) -> Self {
        Self { error, cause: Cause::Final, after: None }
    }

    /// A failure after which the request may be sent again.
    pub(crate) const fn passing(error: BackendError, cause: Cause) -> Self {
        Self { error, cause, after: None }
    }
}

/// The rules.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// How often a request is sent again, by what happened.
    pub(crate) retries: &'static [(Cause, u32)],
    /// The first wait where the server names none; it doubles each time.
    pub(crate) first: Duration,
    /// The longest wait of our own.
    pub(crate) longest: Duration,
    /// The longest wait that a server may ask for; beyond it the job fails and says so.
    pub(crate) patience: Duration,
    /// How often the wait is counted down.
    pub(crate) tick: Duration,
    /// How often a server is asked for what it does in the background.
    pub(crate) poll: Duration,
}

impl Default for Policy {
    /// What OpenAI's own libraries do, less what they retry without hope or at double cost. A rate limit is waited out
    /// more often than they do: such a request was not begun, and of several streams at once some have to queue.
    fn default() -> Self {
        Self {
            retries: &[(Cause::NotReached, 2), (Cause::Rate, 5), (Cause::Server, 2), (Cause::Overloaded, 2)],
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            patience: Duration::from_secs(120),
            tick: Duration::from_secs(1),
            poll: Duration::from_secs(2),
        }
    }
}

impl Policy {
    /// How long to wait before the next attempt, `attempt` being the number of those already sent again; `None`: give up.
    pub(crate) fn wait(&self, failure: &Failure, attempt: u32) -> Option<Duration> {
        let (_, retries) = self.retries.iter().find(|(cause, _)| *cause == failure.cause)?;
        if attempt >= *retries {
            return None;
        }
        match failure.after {
            Some(after) => (after <= self.patience).then_some(after),
            None => Some(self.backoff(attempt)),
        }
    }

    /// Doubling, less up to a quarter by chance, so that clients that failed together do not come back together.
    fn backoff(&self, attempt: u32) -> Duration {
        let full = self.first.saturating_mul(1 << attempt.min(16)).min(self.longest);
        let chance = f64::from(RandomState::new().hash_one(attempt) as u16) / f64::from(u16::MAX);
        full.mul_f64(1.0 - chance / 4.0)
    }

    /// Waits, counting down.
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

/// The wait that the headers ask for, counted from `now`.
pub(crate) fn wait_in_headers(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let date = || rfc2822::parse(text("retry-after")?).ok().map(|date| (date.timestamp() - now).total(Unit::Second));
    let seconds = number("retry-after-ms").map(|millis| millis / 1e3).or_else(|| number("retry-after"));
    Duration::try_from_secs_f64(seconds.or_else(|| date()?.ok())?).ok()
}

/// The wait that a server asks for in words: `Please try again in 11.054s`, `28ms`, `35 seconds`, `6m0s`.
pub(crate) fn wait_in_words(message: &str) -> Option<Duration> {
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

    fn failure(cause: Cause, after: Option<u64>) -> Failure {
        let error = BackendError::new(ErrorKind::Rate, "x");
        Failure { error, cause, after: after.map(Duration::from_secs) }
    }

    #[test]
    fn the_servers_wait_is_honoured_up_to_two_minutes() {
        let wait = |after| Policy::default().wait(&failure(Cause::Rate, Some(after)), 0).map(|wait| wait.as_secs());
        assert_eq!(wait(12), Some(12));
        assert_eq!(wait(120), Some(120));
        assert_eq!(wait(121), None);
    }

    #[test]
    fn two_more_attempts_and_no_third() {
        let wait = |attempt| Policy::default().wait(&failure(Cause::Server, None), attempt);
        assert!(wait(0).is_some_and(|wait| (375..=500).contains(&wait.as_millis())));
        assert!(wait(1).is_some_and(|wait| (750..=1000).contains(&wait.as_millis())));
        assert_eq!(wait(2), None);
    }

    #[test]
    fn what_is_final_is_never_sent_again() {
        assert_eq!(Policy::default().wait(&failure(Cause::Final, Some(1)), 0), None);
    }

    #[test]
    fn the_wait_is_read_from_the_headers() {
        let wait = |pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            wait_in_headers(&headers.collect(), "2026-11-22T12:00:00Z".parse().unwrap()).map(|wait| wait.as_millis())
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
    fn a_wait_is_read_from_words() {
        let millis = |text| wait_in_words(text).map(|wait| wait.as_millis());
        assert_eq!(millis("Limit 5, Used 5. Please try again in 12s."), Some(12_000));
        assert_eq!(millis("Please try again in 11.054s."), Some(11_054));
        assert_eq!(millis("try again in 28ms"), Some(28));
        assert_eq!(millis("Try again in 35 seconds"), Some(35_000));
        assert_eq!(millis("please try again in 2 minutes"), Some(120_000));
        assert_eq!(millis("try again in a while"), None);
        assert_eq!(millis("no"), None);
    }
}
