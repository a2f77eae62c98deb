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
