//! When the next request to an account may leave: in the order of asking, at most so many at once, at most so many
//! pictures a minute, and not before the server said. What is sent again after a failure is `retry`'s business.

mod bucket;
mod said;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use bucket::Bucket;
pub(crate) use said::{Quota, Stated};

use crate::Secrets;

/// How many requests to one account are under way at once, unless the config or the server wants fewer.
const WIDEST: u32 = 32;

/// How long no more than one request is under way after the server asked for a long pause. From OpenAI's guide to error
/// codes, "503 - Slow Down": keep a steady rate for at least 15 minutes, then increase it gradually.
const STEADY: Duration = Duration::from_secs(15 * 60);

/// The accounts that backends draw on. Backends of one account share what is learned of its limits, also after the
/// config was read anew.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    paces: Arc<Mutex<HashMap<String, Arc<Pace>>>>,
    secrets: Secrets,
}

impl Accounts {
    /// The pace of an account, which is the same one for everybody who names it.
    pub(crate) fn pace(&self, account: String, limits: Limits) -> Arc<Pace> {
        let pace = locked(&self.paces).entry(account).or_default().clone();
        pace.with(|state| state.configure(limits));
        pace
    }

    /// The keys of all backends on these accounts, and what they pass on to programs.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// What the config says of an account's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Requests under way at once.
    pub(crate) concurrency: Option<u32>,
    /// Pictures a minute.
    pub(crate) images_per_minute: Option<u32>,
}

/// What is known of one account's limits, and who waits.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
    changed: Notify,
}

/// A place in the queue, kept from the first attempt to the last. Letting go of it is leaving.
#[derive(Debug)]
pub(crate) struct Place {
    pace: Arc<Pace>,
    number: u64,
}

/// A request that is under way. Letting go of it lets the next one leave.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pace: Arc<Pace>,
}

/// Why a request does not leave yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wait {
    /// So many others have to come back first.
    Others(u32),
    /// A limit has room after this time.
    Limit(Quota, u32, Duration),
    /// The server wants no request before this time has passed.
    Told(Duration),
}

impl Wait {
    fn time(self) -> Option<Duration> {
        match self {
            Self::Others(_) => None,
            Self::Limit(_, _, time) | Self::Told(time) => Some(time),
        }
    }

    /// In words, for the person who waits; the time first, where little room is left.
    fn words(self) -> String {
        let in_seconds = |time: Duration| time.as_secs_f64().ceil();
        match self {
            Self::Others(1) => "waiting for the request before it".to_owned(),
            Self::Others(others) => format!("waiting for {others} requests before it"),
            Self::Limit(quota, limit, time) => {
                format!("sending in {} s: the account takes {} a minute", in_seconds(time), quota.of(limit))
            }
            Self::Told(time) => format!("sending in {} s: the server asks to wait", in_seconds(time)),
        }
    }
}

impl Pace {
    /// Takes the last place in the queue.
    pub(crate) fn place(self: &Arc<Self>) -> Place {
        let number = self.with(|state| {
            state.last += 1;
            state.queue.insert(state.last);
            state.last
        });
        Place { pace: Arc::clone(self), number }
    }

    /// Takes what an answer says of the limits.
    pub(crate) fn learn(&self, stated: &[Stated]) {
        let now = Instant::now();
        self.with(|state| stated.iter().for_each(|stated| state.learn(*stated, now)));
    }

    /// An answer came: after some of them, one more may be under way.
    pub(crate) fn went_well(&self) {
        let now = Instant::now();
        self.with(|state| state.widen(now));
    }

    /// The server has too much to do: fewer at once for now.
    pub(crate) fn ease(&self) {
        self.with(State::narrow);
    }

    /// The server asks for a long pause: one at a time for a quarter of an hour, then gradually more.
    pub(crate) fn steady(&self) {
        let now = Instant::now();
        self.with(|state| state.steady(now));
    }

    /// The server refused a request that asked for so many pictures and wants none before `after` has passed.
    pub(crate) fn hold(&self, after: Duration, pictures: u32) {
        let now = Instant::now();
        self.with(|state| state.hold(now, after, pictures));
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let result = work(&mut locked(&self.state));
        self.changed.notify_waiters();
        result
    }
}

impl Place {
    /// Waits until a request that asks for so many pictures may leave. `say` hears why it waits whenever that changes,
    /// which is looked at every `tick`. Dropping the future leaves nothing behind but the place.
    pub(crate) async fn turn(&self, pictures: u32, tick: Duration, say: impl Fn(String)) -> UnderWay {
        let mut said = String::new();
        loop {
            let changed = self.pace.changed.notified();
            tokio::pin!(changed);
            // Before the look: what changes after it must wake us.
            changed.as_mut().enable();
            let wait = match locked(&self.pace.state).admit(self.number, pictures, Instant::now()) {
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
        // Whoever is next may go as well.
        self.pace.changed.notify_waiters();
        UnderWay { pace: Arc::clone(&self.pace) }
    }

    /// Takes its old place again, before all who came later.
    pub(crate) fn again(&self) {
        self.pace.with(|state| state.queue.insert(self.number));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pace.with(|state| state.queue.remove(&self.number));
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.pace.with(|state| state.under_way = state.under_way.saturating_sub(1));
    }
}

/// The limits and the queue. Time is told to it, so that a test can.
#[derive(Debug)]
struct State {
    /// The last number that was given out.
    last: u64,
    /// Who waits.
    queue: BTreeSet<u64>,
    under_way: u32,
    /// How many may be under way now, and at best.
    width: u32,
    widest: u32,
    /// How many answers came since the width changed.
    good: u32,
    requests: Option<Bucket>,
    pictures: Option<Bucket>,
    /// No request before.
    until: Option<Instant>,
    /// No more at once before.
    steady_until: Option<Instant>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            last: 0,
            queue: BTreeSet::new(),
            under_way: 0,
            width: WIDEST,
            widest: WIDEST,
            good: 0,
            requests: None,
            pictures: None,
            until: None,
            steady_until: None,
        }
    }
}

impl State {
    fn configure(&mut self, limits: Limits) {
        self.widest = limits.concurrency.unwrap_or(WIDEST).max(1);
        self.width = self.widest;
        if let Some(limit) = limits.images_per_minute {
            self.pictures.get_or_insert_with(|| Bucket::a_minute(limit, Instant::now())).at_most(limit);
        }
    }

    /// Lets a request leave, or says why not.
    fn admit(&mut self, number: u64, pictures: u32, now: Instant) -> Result<(), Wait> {
        let before = self.queue.range(..number).count() as u32;
        self.look(before, pictures, now).map_or(Ok(()), Err)?;
        self.queue.remove(&number);
        self.under_way += 1;
        for (_, bucket, amount) in self.buckets(pictures) {
            bucket.take(amount, now);
        }
        Ok(())
    }

    /// What stands in the way of a request with so many before it: the longest wait, so that a countdown is honest.
    fn look(&mut self, before: u32, pictures: u32, now: Instant) -> Option<Wait> {
        let told = self.until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero());
        let limits = self.buckets(pictures).into_iter().filter_map(|(quota, bucket, amount)| {
            // Those before are taken to ask for as much.
            let wait = bucket.wait(amount * (before + 1), amount, now)?;
            Some(Wait::Limit(quota, bucket.limit(), wait))
        });
        let limit = limits.max_by_key(|wait| wait.time());
        let longest = told.map(Wait::Told).into_iter().chain(limit).max_by_key(|wait| wait.time());
        let full = self.under_way >= self.width;
        longest.or_else(|| (full || before > 0).then(|| Wait::Others(before + if full { self.under_way } else { 0 })))
    }

    fn buckets(&mut self, pictures: u32) -> Vec<(Quota, &mut Bucket, u32)> {
        let requests = self.requests.as_mut().map(|bucket| (Quota::Requests, bucket, 1));
        let pictures =
            self.pictures.as_mut().filter(|_| pictures > 0).map(|bucket| (Quota::Pictures, bucket, pictures));
        requests.into_iter().chain(pictures).collect()
    }

    fn learn(&mut self, stated: Stated, now: Instant) {
        let slot = match stated.quota {
            Quota::Requests => &mut self.requests,
            Quota::Pictures => &mut self.pictures,
        };
        slot.get_or_insert_with(|| Bucket::a_minute(stated.limit, now)).correct(&stated, now);
    }

    fn hold(&mut self, now: Instant, after: Duration, pictures: u32) {
        self.until = self.until.max(Some(now + after));
        // The server's own word on when there is room again goes before what is reckoned here.
        for (_, bucket, amount) in self.buckets(pictures) {
            bucket.have_room(amount, now + after);
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

    fn steady(&mut self, now: Instant) {
        (self.width, self.good) = (1, 0);
        self.steady_until = Some(now + STEADY);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
