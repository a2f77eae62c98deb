//! Spending limits: which of them apply to a job, from when each one counts, and the error for one that would be
//! exceeded.
//! The sums are the library's, because only there can the check and the booking be a single step.

use jiff::{Timestamp, Zoned};
use tintype_backends::{Estimate, Usd};

use crate::{
    config::{BackendBudget, Budget},
    engine::{BudgetLimit, Engine, SubmitError},
    id::Id,
    library::{BudgetExceeded, Expense, SpendingLimit},
};

impl Engine {
    /// Checks that several jobs with a total cost of `usd` fit into what is left. Each of them is checked again when it
    /// starts; this only prevents stopping halfway.
    pub async fn check_affordable(&self, usd: Usd) -> Result<(), SubmitError> {
        let claim = self.budget().reservation(None, &Estimate { usd: Some(usd), ..Estimate::default() }, 1);
        claim.check_stopped()?;
        for (index, limit) in claim.limits().into_iter().enumerate() {
            let spent = self.library().spent_since(limit.since).await?;
            if usd > Usd::ZERO && spent + usd > limit.max {
                return Err(claim.exceeded(&BudgetExceeded { limit: index, spent }));
            }
        }
        Ok(())
    }
}

impl Engine {
    /// Reserves the cost of `images` of a backend for something that is not a job, if the budget allows it. The expense
    /// with the returned id keeps the reserved amount until it is settled.
    pub(super) async fn reserve(&self, backend: &str, estimate: &Estimate, images: u32) -> Result<Id, SubmitError> {
        let claim = self.budget().reservation(Some(backend), estimate, images);
        claim.check_one()?;
        let (id, at) = (Id::new(), Timestamp::now());
        let expense = Expense { id, at, backend: backend.to_owned(), charge: claim.amount };
        match self.library().charge_within(&expense, claim.limits()).await? {
            None => Ok(id),
            Some(overrun) => Err(claim.exceeded(&overrun)),
        }
    }
}

impl Budget {
    /// Returns the start of today by the local clock.
    pub fn today() -> Timestamp {
        let now = Zoned::now();
        now.start_of_day().unwrap_or(now).timestamp()
    }

    /// Returns the start of this month by the local calendar.
    pub fn this_month() -> Timestamp {
        let now = Zoned::now();
        let first = now.first_of_month().and_then(|first| first.start_of_day());
        first.unwrap_or(now).timestamp()
    }

    /// Returns the reservation for a job of `backend`, with the global limits and those of that backend; without one,
    /// only with the global limits.
    pub(super) fn reservation(&self, backend: Option<&str>, estimate: &Estimate, pictures: u32) -> BudgetReservation {
        let own = backend.and_then(|name| self.backends.get(name)).copied().unwrap_or_default();
        let all = self.overall();
        let per_job = [(None, all.per_job), (backend, own.per_job)];
        let per_job = per_job.into_iter().filter_map(|(whose, max)| Some((whose.map(str::to_owned), max?)));
        let (per_job, spans): (Vec<_>, Vec<_>) =
            (per_job.collect(), spans(all, None).chain(spans(own, backend)).collect());
        let limited = !per_job.is_empty() || !spans.is_empty();
        let unknown = own.unknown_price.or(all.unknown_price).filter(|_| limited).unwrap_or_default();
        BudgetReservation {
            amount: estimate.upper_bound().unwrap_or_else(|| unknown.times(u64::from(pictures.max(1)))),
            assumed: estimate.upper_bound().is_none(),
            stopped: self.paid_refusal.clone(),
            per_job,
            spans,
        }
    }
}

fn spans(budget: BackendBudget, backend: Option<&str>) -> impl Iterator<Item = (BudgetLimit, SpendingLimit)> {
    let limit = move |which, max: Option<Usd>, since: fn() -> Timestamp| {
        Some((which, SpendingLimit { since: since(), max: max?, backend: backend.map(str::to_owned) }))
    };
    let daily = limit(BudgetLimit::Daily, budget.daily, Budget::today);
    let monthly = limit(BudgetLimit::Monthly, budget.monthly, Budget::this_month);
    daily.into_iter().chain(monthly)
}

/// The reservation of a job: an amount and the limits that it has to fit under.
pub(super) struct BudgetReservation {
    /// The most that the job can cost, or `unknown_price` of the config where there is no estimate.
    pub(super) amount: Usd,
    assumed: bool,
    stopped: Option<String>,
    per_job: Vec<(Option<String>, Usd)>,
    spans: Vec<(BudgetLimit, SpendingLimit)>,
}

impl BudgetReservation {
    /// Returns the estimate with the reserved amount as its upper bound, where it had none.
    pub(super) fn with_upper_bound(&self, estimate: Estimate) -> Estimate {
        let upper = estimate.upper.or((self.assumed && self.amount > Usd::ZERO).then_some(self.amount));
        Estimate { upper, ..estimate }
    }

    /// Checks that spending is allowed at all: while the limits cannot be read, only jobs that are known to be free are
    /// sent.
    fn check_stopped(&self) -> Result<(), SubmitError> {
        let is_free = !self.assumed && self.amount == Usd::ZERO;
        match &self.stopped {
            Some(why) if !is_free => Err(SubmitError::SpendingBlocked { why: why.clone() }),
            _ => Ok(()),
        }
    }

    /// Checks the limits for a single job.
    pub(super) fn check_one(&self) -> Result<(), SubmitError> {
        self.check_stopped()?;
        match self.per_job.iter().find(|(_, max)| self.amount > *max) {
            None => Ok(()),
            Some((backend, max)) => Err(self.limit_error(BudgetLimit::PerJob, backend.clone(), Usd::ZERO, *max)),
        }
    }

    /// Returns the limits over a span of time, in the form in which the library checks them.
    pub(super) fn limits(&self) -> Vec<SpendingLimit> {
        self.spans.iter().map(|(_, limit)| limit.clone()).collect()
    }

    /// Returns the error for a limit that the library found exceeded.
    pub(super) fn exceeded(&self, overrun: &BudgetExceeded) -> SubmitError {
        let (which, limit) = &self.spans[overrun.limit];
        self.limit_error(*which, limit.backend.clone(), overrun.spent, limit.max)
    }

    fn limit_error(&self, limit: BudgetLimit, backend: Option<String>, spent: Usd, max: Usd) -> SubmitError {
        SubmitError::Budget { limit, backend, estimate: self.amount, assumed: self.assumed, spent, max }
    }
}
