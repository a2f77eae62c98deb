//! The backends there are, by the names the config gives them, and which of them draws unless another is chosen.
//! It makes none and knows none by type.

use std::sync::Arc;

use indexmap::IndexMap;
use tintype_backends::{Accounts, Estimate, Readiness, Request, SharedBackend};

use crate::{engine::past::Past, library::Record};

/// What `auto` tries first, by kind.
const AUTO: [&str; 2] = ["gpt-image", "sketch"];

/// Every backend of the config, in its order.
#[derive(Clone)]
pub struct Registry {
    backends: IndexMap<String, SharedBackend>,
    /// A name, or `auto`.
    wanted: String,
    default: Option<String>,
    accounts: Accounts,
    pub(super) past: Arc<Past>,
}

impl Registry {
    /// `wanted` is a name of `backends`, or `auto`: the first of the kinds `gpt-image`, `sketch` that is ready, else
    /// the first that is ready, else the first. A name that is none of them leaves the registry without a default.
    pub fn new(backends: IndexMap<String, SharedBackend>, wanted: &str) -> Self {
        let default = if wanted == "auto" {
            auto(&backends)
        } else {
            backends.get_key_value(wanted).map(|(name, _)| name.clone())
        };
        Self { backends, wanted: wanted.to_owned(), default, accounts: Accounts::default(), past: Arc::default() }
    }

    /// The same, with the accounts that its backends were made on.
    #[must_use]
    pub fn on(self, accounts: &Accounts) -> Self {
        Self { accounts: accounts.clone(), ..self }
    }

    /// What its backends know of their accounts' limits, for those that replace them.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The same with `backend` under a name that is there already; `auto` is decided anew.
    #[must_use]
    pub fn with(&self, name: &str, backend: SharedBackend) -> Self {
        let mut backends = self.backends.clone();
        if let Some(place) = backends.get_mut(name) {
            *place = backend;
        }
        Self::new(backends, &self.wanted).on(&self.accounts).with_past_of(self)
    }

    /// The same with what these records teach about costs.
    #[must_use]
    pub fn with_past(self, records: &[Record]) -> Self {
        self.remembering(Past::of(records))
    }

    /// The same with this past.
    pub(super) fn remembering(self, past: Past) -> Self {
        Self { past: Arc::new(past), ..self }
    }

    /// The same with what another one has learned.
    pub(super) fn with_past_of(self, other: &Self) -> Self {
        Self { past: other.past.clone(), ..self }
    }

    /// What a backend's estimate becomes by what was learned.
    pub(super) fn better(&self, backend: &str, request: &Request, estimate: Estimate) -> Estimate {
        self.past.better((backend, &request.model), request.count, estimate)
    }

    /// The backend of that name.
    pub fn get(&self, name: &str) -> Option<&SharedBackend> {
        self.backends.get(name)
    }

    /// Their names, in the order of the config.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.backends.keys().map(String::as_str)
    }

    /// Their names and themselves, in the order of the config.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SharedBackend)> {
        self.backends.iter().map(|(name, backend)| (name.as_str(), backend))
    }

    /// The name of the one that draws unless another is chosen.
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

fn auto(backends: &IndexMap<String, SharedBackend>) -> Option<String> {
    let ready = |backend: &SharedBackend| backend.capabilities().readiness == Readiness::Ready;
    let first = |fits: &dyn Fn(&SharedBackend) -> bool| {
        backends.iter().find(|(_, backend)| fits(backend)).map(|(name, _)| name.clone())
    };
    AUTO.iter()
        .find_map(|kind| first(&|backend| backend.capabilities().kind == *kind && ready(backend)))
        .or_else(|| first(&ready))
        .or_else(|| first(&|_| true))
}
