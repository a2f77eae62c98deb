//! The configured backends by name, and the default among them.
//! It creates no backends and knows none of them by type.

use std::{sync::Arc, time::Duration};

use indexmap::IndexMap;
use tintype_backends::{Accounts, Estimate, Readiness, Request, SharedBackend};

use crate::{engine::cost_history::CostHistory, library::Record};

/// The kinds that `auto` tries first, in this order.
const AUTO: [&str; 2] = ["gpt-image", "sketch"];

/// All backends of the config, in its order.
#[derive(Clone)]
pub struct Registry {
    backends: IndexMap<String, SharedBackend>,
    /// The configured default: the name of a backend, or `auto`.
    wanted: String,
    default: Option<String>,
    accounts: Accounts,
    pub(super) past: Arc<CostHistory>,
}

impl Registry {
    /// Creates a registry. `wanted` is a name in `backends`, or `auto`: the first ready one of the kinds `gpt-image`,
    /// `sketch`, else the first that is ready, else the first. With any other name there is no default.
    pub fn new(backends: IndexMap<String, SharedBackend>, wanted: &str) -> Self {
        let default = if wanted == "auto" {
            auto_default(&backends)
        } else {
            backends.get_key_value(wanted).map(|(name, _)| name.clone())
        };
        Self { backends, wanted: wanted.to_owned(), default, accounts: Accounts::default(), past: Arc::default() }
    }

    /// Sets the accounts that the backends were created with.
    #[must_use]
    pub fn with_accounts(self, accounts: &Accounts) -> Self {
        Self { accounts: accounts.clone(), ..self }
    }

    /// Returns what the backends know about the limits of their accounts, for those that replace them.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Returns the registry with `backend` in place of the one of that name; `auto` is decided again.
    #[must_use]
    pub fn with_backend(&self, name: &str, backend: SharedBackend) -> Self {
        let mut backends = self.backends.clone();
        if let Some(place) = backends.get_mut(name) {
            *place = backend;
        }
        Self::new(backends, &self.wanted).with_accounts(&self.accounts).with_cost_history_of(self)
    }

    /// Sets the cost history to that of these records.
    #[must_use]
    pub fn with_costs_of(self, records: &[Record]) -> Self {
        self.with_cost_history(CostHistory::from_records(records))
    }

    pub(super) fn with_cost_history(self, past: CostHistory) -> Self {
        Self { past: Arc::new(past), ..self }
    }

    /// Takes over the cost history of another registry.
    pub(super) fn with_cost_history_of(self, other: &Self) -> Self {
        Self { past: other.past.clone(), ..self }
    }

    /// Refines an estimate of a backend with the cost history.
    pub(super) fn refine(&self, backend: &str, request: &Request, estimate: Estimate) -> Estimate {
        self.past.refine((backend, &request.model), request.count, estimate)
    }

    /// Returns how long jobs of the same backend, model, size, quality, effort and number of images usually take: the
    /// median of those in the library. `None` while there are fewer than three.
    pub fn usual_duration(&self, record: &Record) -> Option<Duration> {
        self.past.durations.usual((&record.backend, &record.model), &record.settings, record.count)
    }

    /// Returns how long a request to a backend usually takes, like [`Self::usual_duration`].
    pub(super) fn usual_duration_of(&self, backend: &str, request: &Request) -> Option<Duration> {
        self.past.durations.usual((backend, &request.model), &request.settings, request.count)
    }

    /// Returns the backend of that name.
    pub fn get(&self, name: &str) -> Option<&SharedBackend> {
        self.backends.get(name)
    }

    /// Returns the names, in the order of the config.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.backends.keys().map(String::as_str)
    }

    /// Returns the names and the backends, in the order of the config.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SharedBackend)> {
        self.backends.iter().map(|(name, backend)| (name.as_str(), backend))
    }

    /// Returns the name of the default backend.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("backends", &self.backends.keys().collect::<Vec<_>>())
            .field("default", &self.default)
            .finish_non_exhaustive()
    }
}

fn auto_default(backends: &IndexMap<String, SharedBackend>) -> Option<String> {
    let ready = |backend: &SharedBackend| backend.capabilities().readiness == Readiness::Ready;
    let first = |fits: &dyn Fn(&SharedBackend) -> bool| {
        backends.iter().find(|(_, backend)| fits(backend)).map(|(name, _)| name.clone())
    };
    AUTO.iter()
        .find_map(|kind| first(&|backend| backend.capabilities().kind == *kind && ready(backend)))
        .or_else(|| first(&ready))
        .or_else(|| first(&|_| true))
}
