//! Spending limits, overall and per backend.
//! Only the amounts are defined here; the engine and the library track spending and enforce them.

use indexmap::IndexMap;
use serde::Deserialize;
use tintype_backends::Usd;

/// Spending limits in US dollars; `None` means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Maximum expected cost of a single job, over all backends.
    pub per_job: Option<Usd>,
    /// Maximum total spending in one day, over all backends.
    pub daily: Option<Usd>,
    /// Maximum total spending in one month, over all backends.
    pub monthly: Option<Usd>,
    /// Amount to assume for an image of unknown price, where a limit applies.
    pub unknown_price: Option<Usd>,
    /// Limits per backend, by its name; they apply in addition to the overall limits.
    #[serde(default)]
    pub backends: IndexMap<String, BackendBudget>,
    /// Reason why paid requests are refused: the first error in the settings that limit spending, with its location.
    #[serde(skip)]
    pub paid_refusal: Option<String>,
}

impl Budget {
    /// Combines two budgets by taking the stricter value of each limit.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let mut backends = self.backends.clone();
        for (name, limits) in &other.backends {
            backends.entry(name.clone()).and_modify(|own| *own = own.stricter(limits)).or_insert(*limits);
        }
        let all = self.overall().stricter(&other.overall());
        let BackendBudget { per_job, daily, monthly, unknown_price } = all;
        Self { per_job, daily, monthly, unknown_price, backends, paid_refusal: self.paid_refusal.clone() }
    }

    /// Returns the limits that apply to all backends together.
    pub const fn overall(&self) -> BackendBudget {
        let Self { per_job, daily, monthly, unknown_price, .. } = *self;
        BackendBudget { per_job, daily, monthly, unknown_price }
    }
}

/// Spending limits for one backend, in US dollars; `None` means no limit of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendBudget {
    /// Maximum expected cost of a single job of this backend.
    pub per_job: Option<Usd>,
    /// Maximum spending of this backend in one day.
    pub daily: Option<Usd>,
    /// Maximum spending of this backend in one month.
    pub monthly: Option<Usd>,
    /// Amount to assume for an image of unknown price from this backend.
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
