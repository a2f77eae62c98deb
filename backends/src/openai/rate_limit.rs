//! The rate limiter of an account: it decides when the next request may leave. Requests leave in the order in which
//! they were queued, within limits on concurrency and on images per minute, and not before the time that the server
//! named. Retries after a failure are in `retry`.

mod leaky_bucket;
mod rate_limit_headers;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use leaky_bucket::LeakyBucket;
pub(crate) use rate_limit_headers::{Quota, StatedLimit};

use crate::Secrets;

/// The default number of concurrent requests to one account, unless the config or the server calls for fewer.
const MAX_CONCURRENCY: u32 = 32;

/// The time for which requests run one at a time after the server asked for a long pause. OpenAI's guide to error
/// codes, "503 - Slow Down": keep a steady rate for at least 15 minutes, then increase it gradually.
const SLOW_DOWN_PERIOD: Duration = Duration::from_secs(15 * 60);

/// The accounts that backends draw on. Backends of one account share what is learned of its limits, even across reloads
/// of the config.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    paces: Arc<Mutex<HashMap<String, Arc<RateLimiter>>>>,
    secrets: Secrets,
}

impl Accounts {
    /// Returns the rate limiter of an account, which all backends of that account share.
    pub(crate) fn pace(&self, account: String, limits: AccountLimits) -> Arc<RateLimiter> {
        let pace = locked(&self.paces).entry(account).or_default().clone();
        pace.with_state(|state| state.configure(limits));
        pace
    }

    /// Returns the secrets of all backends on these accounts, including those that they pass on to programs.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// An account's limits as the config states them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountLimits {
    /// The maximum number of concurrent requests.
    pub(crate) concurrency: Option<u32>,
    /// The maximum number of images per minute.
    pub(crate) images_per_minute: Option<u32>,
}

/// The rate limiter of one account: its known limits and its queue.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    state: Mutex<LimiterState>,
    changed: Notify,
}

/// A place in the queue, held from the first attempt to the last. Dropping it leaves the queue.
#[derive(Debug)]
pub(crate) struct QueueTicket {
    rate_limiter: Arc<RateLimiter>,
    number: u64,
}

/// A running request. Dropping it lets the next one start.
#[derive(Debug)]
pub(crate) struct RunningRequest {
    rate_limiter: Arc<RateLimiter>,
}

/// The reason why a request has to wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WaitReason {
    /// This many other requests have to finish first.
    Queue(u32),
    /// A limit of this size has room after this time.
    Limit(Quota, u32, Duration),
    /// The server accepts no request before this time has passed.
    ServerAsked(Duration),
}

impl WaitReason {
    fn time(self) -> Option<Duration> {
        match self {
            Self::Queue(_) => None,
            Self::Limit(_, _, time) | Self::ServerAsked(time) => Some(time),
        }
    }

    /// Words the wait for the user. The time comes first, where space is short.
    fn words(self) -> String {
        let in_seconds = |time: Duration| time.as_secs_f64().ceil();
        match self {
            Self::Queue(1) => "waiting for the previous request".to_owned(),
            Self::Queue(others) => format!("waiting for {others} earlier requests"),
            Self::Limit(quota, limit, time) => {
                format!("sending in {} s: the account allows {} per minute", in_seconds(time), quota.describe(limit))
            }
            Self::ServerAsked(time) => format!("sending in {} s: the server asked to wait", in_seconds(time)),
        }
    }
}

impl RateLimiter {
    /// Joins the end of the queue.
    pub(crate) fn enqueue(self: &Arc<Self>) -> QueueTicket {
        let number = self.with_state(|state| {
            state.last += 1;
            state.queue.insert(state.last);
            state.last
        });
        QueueTicket { rate_limiter: Arc::clone(self), number }
    }

    /// Updates the limits from a response.
    pub(crate) fn update_limits(&self, stated: &[StatedLimit]) {
        let now = Instant::now();
        self.with_state(|state| stated.iter().for_each(|stated| state.update_limits(*stated, now)));
    }

    /// Records a response. After a number of them, one more request may run concurrently.
    pub(crate) fn record_success(&self) {
        let now = Instant::now();
        self.with_state(|state| state.widen(now));
    }

    /// Reduces concurrency for now: the server is overloaded.
    pub(crate) fn reduce_concurrency(&self) {
        self.with_state(LimiterState::narrow);
    }

    /// Reduces concurrency to one for a quarter of an hour, then raises it gradually: the server asks for a long pause.
    pub(crate) fn slow_down(&self) {
        let now = Instant::now();
        self.with_state(|state| state.slow_down(now));
    }

    /// Records that the server refused a request for this many images and accepts none before `after` has passed.
    pub(crate) fn block_until(&self, after: Duration, pictures: u32) {
        let now = Instant::now();
        self.with_state(|state| state.block_until(now, after, pictures));
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut LimiterState) -> T) -> T {
        let result = work(&mut locked(&self.state));
        self.changed.notify_waiters();
        result
    }
}

impl QueueTicket {
    /// Waits until a request for this many images may leave. Calls `say` with the reason for the wait whenever that
    /// changes; it is checked every `tick`. Dropping the future leaves nothing behind but the place.
    pub(crate) async fn wait_turn(&self, pictures: u32, tick: Duration, say: impl Fn(String)) -> RunningRequest {
        let mut said = String::new();
        loop {
            let changed = self.rate_limiter.changed.notified();
            tokio::pin!(changed);
            // Enabled before the check: any change after it must wake this task.
            changed.as_mut().enable();
            let wait = match locked(&self.rate_limiter.state).admit(self.number, pictures, Instant::now()) {
                Ok(()) => break,
                Err(wait) => wait,
            };
            let words = wait.words();
            if words != said {
                said.clone_from(&words);
                say(words);
            }
            let pause = wait.time().map_or(tick, |time| time.min(tick)).max(Duration::from_millis(1));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        // The next in the queue may be able to go as well.
        self.rate_limiter.changed.notify_waiters();
        RunningRequest { rate_limiter: Arc::clone(&self.rate_limiter) }
    }

    /// Returns to its old place in the queue, ahead of all later requests.
    pub(crate) fn requeue(&self) {
        self.rate_limiter.with_state(|state| state.queue.insert(self.number));
    }
}

impl Drop for QueueTicket {
    fn drop(&mut self) {
        self.rate_limiter.with_state(|state| state.queue.remove(&self.number));
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.rate_limiter.with_state(|state| state.under_way = state.under_way.saturating_sub(1));
    }
}

/// The limits and the queue. Time is passed in, so that tests can control it.
#[derive(Debug)]
struct LimiterState {
    /// The last ticket number that was issued.
    last: u64,
    /// The ticket numbers of the waiting requests.
    queue: BTreeSet<u64>,
    under_way: u32,
    /// The current and the maximum concurrency.
    width: u32,
    widest: u32,
    /// The number of responses since the concurrency changed.
    good: u32,
    requests: Option<LeakyBucket>,
    pictures: Option<LeakyBucket>,
    /// The time before which no request may leave.
    until: Option<Instant>,
    /// The time before which the concurrency stays at one.
    steady_until: Option<Instant>,
}

impl Default for LimiterState {
    fn default() -> Self {
        Self {
            last: 0,
            queue: BTreeSet::new(),
            under_way: 0,
            width: MAX_CONCURRENCY,
            widest: MAX_CONCURRENCY,
            good: 0,
            requests: None,
            pictures: None,
            until: None,
            steady_until: None,
        }
    }
}

impl LimiterState {
    fn configure(&mut self, limits: AccountLimits) {
        self.widest = limits.concurrency.unwrap_or(MAX_CONCURRENCY).max(1);
        self.width = self.widest;
        if let Some(limit) = limits.images_per_minute {
            self.pictures.get_or_insert_with(|| LeakyBucket::per_minute(limit, Instant::now())).cap(limit);
        }
    }

    /// Lets a request leave, or returns the reason to wait.
    fn admit(&mut self, number: u64, pictures: u32, now: Instant) -> Result<(), WaitReason> {
        let before = self.queue.range(..number).count() as u32;
        self.wait_reason(before, pictures, now).map_or(Ok(()), Err)?;
        self.queue.remove(&number);
        self.under_way += 1;
        for (_, bucket, amount) in self.buckets(pictures) {
            bucket.take(amount, now);
        }
        Ok(())
    }

    /// Returns what a request with `before` others ahead of it waits for: the longest wait, so that a countdown is
    /// honest.
    fn wait_reason(&mut self, before: u32, pictures: u32, now: Instant) -> Option<WaitReason> {
        let told = self.until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero());
        let limits = self.buckets(pictures).into_iter().filter_map(|(quota, bucket, amount)| {
            // The requests ahead are assumed to ask for the same amount.
            let wait = bucket.wait(amount * (before + 1), amount, now)?;
            Some(WaitReason::Limit(quota, bucket.limit(), wait))
        });
        let limit = limits.max_by_key(|wait| wait.time());
        let longest = told.map(WaitReason::ServerAsked).into_iter().chain(limit).max_by_key(|wait| wait.time());
        let full = self.under_way >= self.width;
        longest
            .or_else(|| (full || before > 0).then(|| WaitReason::Queue(before + if full { self.under_way } else { 0 })))
    }

    fn buckets(&mut self, pictures: u32) -> Vec<(Quota, &mut LeakyBucket, u32)> {
        let requests = self.requests.as_mut().map(|bucket| (Quota::Requests, bucket, 1));
        let pictures = self.pictures.as_mut().filter(|_| pictures > 0).map(|bucket| (Quota::Images, bucket, pictures));
        requests.into_iter().chain(pictures).collect()
    }

    fn update_limits(&mut self, stated: StatedLimit, now: Instant) {
        let slot = match stated.quota {
            Quota::Requests => &mut self.requests,
            Quota::Images => &mut self.pictures,
        };
        slot.get_or_insert_with(|| LeakyBucket::per_minute(stated.limit, now)).correct(&stated, now);
    }

    fn block_until(&mut self, now: Instant, after: Duration, pictures: u32) {
        self.until = self.until.max(Some(now + after));
        // The server's own figure for when there is room again takes precedence over the computed one.
        for (_, bucket, amount) in self.buckets(pictures) {
            bucket.make_room(amount, now + after);
        }
    }

    fn widen(&mut self, now: Instant) {
        if self.steady_until.is_some_and(|until| now < until) {
            return;
        }
        self.good += 1;
        if self.width < self.widest && self.good >= self.width {
            (self.width, self.good) = (self.width + 1, 0);
        }
    }

    fn narrow(&mut self) {
        (self.width, self.good) = (self.width.min(self.under_way.max(1)).div_ceil(2), 0);
    }

    fn slow_down(&mut self, now: Instant) {
        (self.width, self.good) = (1, 0);
        self.steady_until = Some(now + SLOW_DOWN_PERIOD);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
