//! Since when each limit on spending counts; what the limits are, the config says.
//! The sums are the library's: only there can checking and writing down be one step.

use jiff::{Timestamp, Zoned};
use tintype_backends::Usd;

use crate::{
    config::Budget,
    engine::{BudgetLimit, Engine, SubmitError},
    library::Limit,
};

impl Engine {
    /// Whether several jobs that together cost `usd` fit into what is left. Each is held against the budget again when
    /// it begins: this only spares somebody half of them.
    pub async fn affords(&self, usd: Usd) -> Result<(), SubmitError> {
        for (limit, Limit { since, most, .. }) in self.budget().spans() {
            let spent = self.library().spent_since(since).await?;
            if usd > Usd::ZERO && spent + usd > most {
                return Err(SubmitError::Budget { limit, estimate: usd, spent, most });
            }
        }
        Ok(())
    }
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
