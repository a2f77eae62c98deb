//! A rate limit as servers implement it: a leaky bucket that each request fills and that drains steadily.
//! OpenAI's own figures show it: at 5 per minute, one is free again after 12 seconds.

use std::time::Duration;

use tokio::time::Instant;

use super::StatedLimit;

/// A limit and its current use.
#[derive(Debug)]
pub(super) struct LeakyBucket {
    limit: u32,
    used: f64,
    /// The time at which `used` was measured.
    at: Instant,
    /// The amount that drains per second.
    leak: f64,
    /// The limit in the config, which the server's figures cannot raise.
    most: Option<u32>,
}

impl LeakyBucket {
    /// Makes an empty bucket with a limit of this much per minute.
    pub(super) fn per_minute(limit: u32, now: Instant) -> Self {
        Self { limit, used: 0.0, at: now, leak: f64::from(limit) / 60.0, most: None }
    }

    /// Caps the limit per minute, regardless of the server's figures.
    pub(super) fn cap(&mut self, limit: u32) {
        self.most = Some(limit);
        self.set_limit(self.limit.min(limit));
    }

    pub(super) const fn limit(&self) -> u32 {
        self.limit
    }

    fn set_limit(&mut self, limit: u32) {
        if limit != self.limit {
            (self.limit, self.leak) = (limit, f64::from(limit) / 60.0);
        }
    }

    pub(super) fn current_use(&self, now: Instant) -> f64 {
        (self.used - self.leak * now.saturating_duration_since(self.at).as_secs_f64()).max(0.0)
    }

    /// Returns the time until `amount` fits, or `None` if it fits now; `own` is the request's own share of it. A
    /// request that exceeds the limit may go when nothing is used: the server decides.
    pub(super) fn wait(&self, amount: u32, own: u32, now: Instant) -> Option<Duration> {
        let ahead = f64::from(amount - own.min(amount));
        let room = f64::from(self.limit) - f64::from(own.min(self.limit));
        let excess = self.current_use(now) + ahead - room;
        // A tiny excess is rounding, not a limit.
        (excess > 1e-6).then(|| Duration::try_from_secs_f64(excess / self.leak.max(1e-6)).unwrap_or(Duration::MAX))
    }

    pub(super) fn take(&mut self, amount: u32, now: Instant) {
        (self.used, self.at) = (self.current_use(now) + f64::from(amount), now);
    }

    /// Adopts the server's figures. They do not include requests sent since the server took them, so the larger count
    /// stays.
    pub(super) fn correct(&mut self, stated: &StatedLimit, now: Instant) {
        if self.most.is_some_and(|most| most < stated.limit) {
            return;
        }
        self.set_limit(stated.limit.max(1));
        (self.used, self.at) = (self.current_use(now).max(f64::from(stated.used)), now);
        if let Some(reset) = stated.reset.filter(|reset| stated.used > 0 && !reset.is_zero()) {
            self.leak = f64::from(stated.used) / reset.as_secs_f64();
        }
    }

    /// Ensures that `amount` fits at the time `then`.
    pub(super) fn make_room(&mut self, amount: u32, then: Instant) {
        let room = f64::from(self.limit) - f64::from(amount.min(self.limit));
        let surplus = self.current_use(then) - room;
        self.used = if surplus > 0.0 { (self.used - surplus).max(0.0) } else { self.used };
    }
}
