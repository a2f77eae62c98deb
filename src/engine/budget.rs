//! The limits on spending, as the config sets them, and since when each counts.
//! The sums are the library's: only there can checking and writing down be one step.

use jiff::{Timestamp, Zoned};
use serde::Deserialize;
use tintype_backends::Usd;

use crate::{engine::BudgetLimit, library::Limit};

/// The most that may be spent, in US dollars. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// For one job.
    pub per_job: Option<Usd>,
    /// From midnight to midnight.
    pub daily: Option<Usd>,
    /// For a calendar month.
    pub monthly: Option<Usd>,
}

impl Budget {
    /// When today began, by the local clock.
    pub fn today() -> Timestamp {
        let now = Zoned::now();
        now.start_of_day().unwrap_or(now).timestamp()
    }

    /// When this month began, by the local calendar.
    pub fn this_month() -> Timestamp {
        let now = Zoned::now();
        let first = now.first_of_month().and_then(|first| first.start_of_day());
        first.unwrap_or(now).timestamp()
    }

    /// The limits over a span of time, each with what the library has to check.
    pub(super) fn spans(&self) -> Vec<(BudgetLimit, Limit)> {
        let span = |which, most: Option<Usd>, since| Some((which, Limit { since, most: most?, backend: None }));
        [
            span(BudgetLimit::Daily, self.daily, Self::today()),
            span(BudgetLimit::Monthly, self.monthly, Self::this_month()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
