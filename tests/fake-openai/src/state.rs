//! What one running server knows: its settings, its log, its script of faults, its gate.
//! The routes only read and add here; the public face of it is `server`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};

use crate::catalogue::Catalogue;
use crate::faults::{Fault, Faults, Spell};
use crate::pictures::PoolKey;
use crate::record::Recorded;
use crate::responses::Stored;

/// Shared by every route of one server.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) catalogue: Catalogue,
    /// Where it listens, without a path: `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    log: Mutex<Log>,
    /// Permits that gated events wait for.
    pub(crate) gate: Semaphore,
    /// Bumped at every change of the log, for tests that wait.
    pub(crate) changed: watch::Sender<u64>,
}

/// How the server was built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// Keys that open it; none means any that begins with `sk-`.
    pub(crate) keys: Vec<String>,
    /// Whether whoever shows no key gets in as well.
    pub(crate) keyless: bool,
    /// Faults of every POST.
    pub(crate) always: Faults,
    /// Images a minute, or no limit.
    pub(crate) images_per_minute: Option<u64>,
    /// Pictures that can be named by address in JSON edits.
    pub(crate) hosted: HashMap<String, Bytes>,
    /// Azure deployment names and the models behind them.
    pub(crate) deployments: HashMap<String, String>,
}

/// Everything that changes while it runs.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) requests: Vec<Recorded>,
    pub(crate) images: Vec<Bytes>,
    pub(crate) partials: Vec<Bytes>,
    /// Exchanges that the client left before their end.
    pub(crate) abandoned: usize,
    /// Faults of the next POSTs, and of the next GETs.
    pub(crate) script: VecDeque<Faults>,
    pub(crate) script_reads: VecDeque<Faults>,
    /// Images drawn since the limiter was last refilled.
    pub(crate) images_this_minute: u64,
    pub(crate) files: HashMap<String, Bytes>,
    /// Pictures of noise, which cost much to make and look all the same.
    pub(crate) pool: HashMap<PoolKey, Bytes>,
    pub(crate) responses: HashMap<String, Stored>,
    /// How often each prompt was drawn, and how often each spell struck.
    counts: HashMap<String, u64>,
    serial: u64,
}

impl Log {
    /// The next number of this name, from 0.
    pub(crate) fn count(&mut self, name: &str) -> u64 {
        let count = self.counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// The next number of the server, from 1.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

impl Shared {
    /// The key that a careless answer repeats, where a fault says so.
    pub(crate) fn echo(&self, faults: &Faults) -> Option<String> {
        self.config.keys.first().filter(|_| faults.has(Fault::EchoKey)).cloned()
    }

    pub(crate) fn new(config: Config, catalogue: Catalogue, origin: String) -> Self {
        let (gate, (changed, _)) = (Semaphore::new(0), watch::channel(0));
        Self { config, catalogue, origin, log: Mutex::default(), gate, changed }
    }

    /// The log, to read.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the log and wakes who waits for it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let result = change(&mut self.log());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// The faults of a spell, unless it has struck as often as it says.
    pub(crate) fn cast(&self, prompt: &str, spell: Spell) -> Faults {
        let Some(times) = spell.times else { return spell.faults };
        let struck = self.log().count(&format!("spell {prompt}"));
        if struck < times { spell.faults } else { Faults::none() }
    }

    /// Waits for one permit of the gate.
    pub(crate) async fn pass_gate(&self) {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
    }
}
