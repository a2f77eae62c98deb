use futures::FutureExt;

use super::*;

/// A server with a leaky bucket of its own, and a client that learns its limit.
struct RateLimitSimulation {
    now: Instant,
    state: LimiterState,
    server: LeakyBucket,
    refused: u32,
}

impl RateLimitSimulation {
    fn new(limit: u32) -> Self {
        let now = Instant::now();
        Self { now, state: LimiterState::default(), server: LeakyBucket::per_minute(limit, now), refused: 0 }
    }

    /// Sends a request as soon as it may leave; refused requests are sent again.
    fn send(&mut self, pictures: u32) {
        self.state.last += 1;
        let number = self.state.last;
        loop {
            self.state.queue.insert(number);
            while let Err(wait) = self.state.admit(number, pictures, self.now) {
                self.now += wait.time().unwrap();
            }
            self.state.under_way -= 1;
            match self.server.wait(pictures, pictures, self.now) {
                None => return self.server.take(pictures, self.now),
                Some(after) => self.refuse(after, pictures),
            }
        }
    }

    fn refuse(&mut self, after: Duration, pictures: u32) {
        self.refused += 1;
        let limit = self.server.limit();
        let used = self.server.current_use(self.now).ceil() as u32;
        self.state.update_limits(StatedLimit { quota: Quota::Images, limit, used, reset: None }, self.now);
        self.state.block_until(self.now, after, pictures);
    }
}

#[test]
fn a_limit_is_hit_once_and_then_respected() {
    let mut race = RateLimitSimulation::new(5);
    let begin = race.now;
    (0..100).for_each(|_| race.send(1));
    assert_eq!(race.refused, 1);
    let took = (race.now - begin).as_secs_f64();
    assert!((took - 95.0 * 12.0).abs() < 1.0, "as fast as it allows, not slower: {took}");
}

#[test]
fn requests_for_several_images_respect_the_limit() {
    let mut race = RateLimitSimulation::new(10);
    for _ in 0..20 {
        race.send(4);
        race.send(1);
    }
    assert!(race.refused <= 1, "{}", race.refused);
}

#[test]
fn a_configured_limit_is_never_hit() {
    let mut race = RateLimitSimulation::new(5);
    race.state.configure(AccountLimits { images_per_minute: Some(5), concurrency: None });
    (0..50).for_each(|_| race.send(1));
    assert_eq!(race.refused, 0);
}

#[test]
fn an_oversized_request_waits_for_an_empty_bucket() {
    let now = Instant::now();
    let mut state = LimiterState::default();
    state.configure(AccountLimits { images_per_minute: Some(2), concurrency: None });
    state.queue.insert(1);
    assert_eq!(state.admit(1, 4, now), Ok(()));
    state.queue.insert(2);
    let Err(WaitReason::Limit(Quota::Images, 2, wait)) = state.admit(2, 4, now) else { panic!("it did not wait") };
    state.admit(2, 4, now + wait).unwrap();
}

#[test]
fn requests_leave_in_order_and_report_their_wait() {
    let now = Instant::now();
    let mut state = LimiterState::default();
    state.update_limits(StatedLimit { quota: Quota::Images, limit: 5, used: 5, reset: None }, now);
    state.queue.extend([1, 2, 3]);
    let mut wait = |number| state.admit(number, 1, now).unwrap_err().time().unwrap().as_secs_f64();
    let waits = [1, 2, 3].map(|number| wait(number).round() as u64);
    assert_eq!(waits, [12, 24, 36]);
    assert!(state.admit(2, 1, now + Duration::from_secs(13)).is_err(), "the first goes first");
    state.admit(1, 1, now + Duration::from_secs(13)).unwrap();
}

#[test]
fn an_overloaded_server_gets_fewer_concurrent_requests_for_a_while() {
    let now = Instant::now();
    let mut state = LimiterState { under_way: 8, ..LimiterState::default() };
    state.narrow();
    assert_eq!(state.width, 4);
    (0..4).for_each(|_| state.widen(now));
    assert_eq!(state.width, 5);
    (0..10_000).for_each(|_| state.widen(now));
    assert_eq!(state.width, MAX_CONCURRENCY);
}

#[test]
fn slow_down_serializes_requests_for_fifteen_minutes() {
    let now = Instant::now();
    let mut state = LimiterState { under_way: 8, ..LimiterState::default() };
    state.slow_down(now);
    (0..10_000).for_each(|_| state.widen(now + SLOW_DOWN_PERIOD.mul_f64(0.99)));
    assert_eq!(state.width, 1, "as long as it is asked for");
    state.widen(now + SLOW_DOWN_PERIOD);
    assert_eq!(state.width, 2, "gradually");
    (0..10_000).for_each(|_| state.widen(now + SLOW_DOWN_PERIOD));
    assert_eq!(state.width, MAX_CONCURRENCY);
}

#[test]
fn the_countdown_is_worded() {
    let seconds = Duration::from_secs_f64(11.2);
    let words = WaitReason::Limit(Quota::Images, 5, seconds).words();
    assert_eq!(words, "sending in 12 s: the account allows 5 images per minute");
    assert_eq!(WaitReason::ServerAsked(seconds).words(), "sending in 12 s: the server asked to wait");
    assert_eq!(WaitReason::Queue(1).words(), "waiting for the previous request");
}

#[tokio::test]
async fn leaving_the_queue_lets_the_next_one_go() {
    let accounts = Accounts::default();
    let one = AccountLimits { concurrency: Some(1), images_per_minute: None };
    let pace = accounts.pace("a".into(), one);
    assert!(Arc::ptr_eq(&pace, &accounts.pace("a".into(), one)), "one account, one pace");
    let (first, second, third) = (pace.enqueue(), pace.enqueue(), pace.enqueue());
    let tick = Duration::from_secs(3600);
    let under_way = first.wait_turn(1, tick, |_| {}).await;
    let said = Mutex::new(Vec::new());
    let mut waiting = Box::pin(second.wait_turn(1, tick, |words| said.lock().unwrap().push(words)));
    assert!((&mut waiting).now_or_never().is_none());
    let mut last = Box::pin(third.wait_turn(1, tick, |_| {}));
    assert!((&mut last).now_or_never().is_none());
    assert_eq!(*said.lock().unwrap(), ["waiting for the previous request"]);
    drop(waiting);
    drop(second);
    drop(under_way);
    drop(last.await);
    assert!(locked(&pace.state).queue.is_empty() && locked(&pace.state).under_way == 0);
}
