//! The state of one running server: its settings, its log, its script of faults, its gate.
//! Routes only read and add here; the public interface is in `server`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};

use crate::catalog::ModelCatalog;
use crate::faults::{Fault, FaultDirective, Faults};
use crate::images::PoolKey;
use crate::record::RecordedRequest;
use crate::responses::StoredResponse;

/// State that all routes of one server share.
pub(crate) struct Shared {
    pub(crate) config: ServerConfig,
    pub(crate) catalog: ModelCatalog,
    /// The origin of the server's URLs, without a path: `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    log: Mutex<Log>,
    /// The permits that gated events wait for, one each.
    pub(crate) gate: Semaphore,
    /// A version that increases at every change of the log, for tests that wait.
    pub(crate) changed: watch::Sender<u64>,
}

/// The server's configuration, set by the builder.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerConfig {
    /// The accepted keys; empty means any that begins with `sk-`.
    pub(crate) keys: Vec<String>,
    /// True if requests without a key are accepted as well.
    pub(crate) keyless: bool,
    /// Faults that apply to every POST, on top of others.
    pub(crate) always: Faults,
    /// The limit of images per minute; None means no limit.
    pub(crate) images_per_minute: Option<u64>,
    /// Images by their URL, which JSON edits may refer to.
    pub(crate) hosted: HashMap<String, Bytes>,
    /// Azure deployment names and the models behind them.
    pub(crate) deployments: HashMap<String, String>,
}

/// Everything that changes while the server runs.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) images: Vec<Bytes>,
    pub(crate) partials: Vec<Bytes>,
    /// Number of exchanges that the client left before their end.
    pub(crate) abandoned: usize,
    /// Faults of the next POSTs, and of the next GETs.
    pub(crate) script: VecDeque<Faults>,
    pub(crate) script_reads: VecDeque<Faults>,
    /// Images drawn since the limiter was last refilled.
    pub(crate) images_this_minute: u64,
    pub(crate) files: HashMap<String, Bytes>,
    /// Noise images, which are expensive to make and need not differ from each other.
    pub(crate) pool: HashMap<PoolKey, Bytes>,
    pub(crate) responses: HashMap<String, StoredResponse>,
    /// Number of times each prompt was drawn, and each fault directive applied.
    counts: HashMap<String, u64>,
    serial: u64,
}

impl Log {
    /// Returns the next number of this name, from 0.
    pub(crate) fn count(&mut self, name: &str) -> u64 {
        let count = self.counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// Returns the next number of the server, from 1.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

impl Shared {
    /// Returns the key that a careless response repeats, where a fault requires it.
    pub(crate) fn echo(&self, faults: &Faults) -> Option<String> {
        self.config.keys.first().filter(|_| faults.has(Fault::EchoKey)).cloned()
    }

    pub(crate) fn new(config: ServerConfig, catalog: ModelCatalog, origin: String) -> Self {
        let (gate, (changed, _)) = (Semaphore::new(0), watch::channel(0));
        Self { config, catalog, origin, log: Mutex::default(), gate, changed }
    }

    /// Locks the log for reading.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the log and wakes everything that waits for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let result = change(&mut self.log());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Returns the faults of a directive, unless it has been applied as many times as it says.
    pub(crate) fn apply_directive(&self, prompt: &str, spell: FaultDirective) -> Faults {
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
