//! What may be spent: limits over all backends, and for one.
//! Amounts only; what is spent already and whether a job still fits, the engine and the library know.

use indexmap::IndexMap;
use serde::Deserialize;
use tintype_backends::Usd;

/// What may be spent, in US dollars; `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The most one job may be expected to cost.
    pub per_job: Option<Usd>,
    /// The most a day may cost.
    pub daily: Option<Usd>,
    /// The most a month may cost.
    pub monthly: Option<Usd>,
    /// What a picture counts whose price nobody knows, where there is a limit.
    pub unknown_price: Option<Usd>,
    /// Limits for one backend, by its name; they hold beside those over all.
    #[serde(default)]
    pub backends: IndexMap<String, BackendBudget>,
    /// Why nothing that costs is sent: what is wrong with the file that says what may be spent, and where.
    #[serde(skip)]
    pub stopped: Option<String>,
}

impl Budget {
    /// The stricter of two budgets, limit by limit.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let mut backends = self.backends.clone();
        for (name, limits) in &other.backends {
            backends.entry(name.clone()).and_modify(|own| *own = own.stricter(limits)).or_insert(*limits);
        }
        let all = self.overall().stricter(&other.overall());
        let BackendBudget { per_job, daily, monthly, unknown_price } = all;
        Self { per_job, daily, monthly, unknown_price, backends, stopped: self.stopped.clone() }
    }

    /// The limits over all backends.
    pub const fn overall(&self) -> BackendBudget {
        let Self { per_job, daily, monthly, unknown_price, .. } = *self;
        BackendBudget { per_job, daily, monthly, unknown_price }
    }
}

/// What may be spent on one backend, in US dollars; `None` is no limit of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendBudget {
    /// The most one job of it may be expected to cost.
    pub per_job: Option<Usd>,
    /// The most a day of it may cost.
    pub daily: Option<Usd>,
    /// The most a month of it may cost.
    pub monthly: Option<Usd>,
    /// What a picture of it counts whose price nobody knows.
    pub unknown_price: Option<Usd>,
}

impl BackendBudget {
    fn stricter(&self, other: &Self) -> Self {
        let lower = |one: Option<Usd>, other: Option<Usd>| [one, other].into_iter().flatten().min();
        Self {
            per_job: lower(self.per_job, other.per_job),
            daily: lower(self.daily, other.daily),
            monthly: lower(self.monthly, other.monthly),
            unknown_price: self.unknown_price.max(other.unknown_price),
        }
    }
}
