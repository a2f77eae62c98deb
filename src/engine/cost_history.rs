//! Cost history: improves a backend's guess with the costs of similar jobs in the library, and keeps their durations.
//! Only amounts are learned, and only where the backend guesses; estimates computed from a price table stay.

use std::{collections::HashMap, sync::Arc};

use tintype_backends::{Estimate, Guess, Usd};

use crate::{
    engine::{Engine, EngineShared, Registry, duration_history::DurationHistory, locked},
    library::{LibraryError, Record},
};

/// The minimum number of jobs for the history to be more accurate than the backend's guess.
const MIN_JOBS: usize = 3;
/// The fraction of past costs outside of the interval on each side.
const TAIL: f64 = 0.1;

/// A group of jobs with similar costs: backend, model and the backend's own cost key.
type CostKey = (String, String, String);

/// The costs and durations of earlier jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CostHistory {
    /// The cost per image of each group, in ascending order.
    costs: HashMap<CostKey, Vec<Usd>>,
    /// The maximum cost per image of models that were estimated as free, by backend and model.
    unexpected_costs: HashMap<(String, String), Usd>,
    pub(super) durations: DurationHistory,
}

impl CostHistory {
    /// Collects the costs of these records.
    pub(super) fn from_records(records: &[Record]) -> Self {
        let (mut past, mut unexpected_costs) = (HashMap::<CostKey, Vec<Usd>>::new(), HashMap::new());
        for record in records {
            record_unexpected_cost(&mut unexpected_costs, record);
            if let (Some(cost), Some(guess)) = (&record.cost, &record.estimate.guess) {
                let alike = (record.backend.clone(), record.model.clone(), guess.alike.clone());
                let each = Usd::from_nanos(cost.usd.nanos() / u64::from(record.count.max(1)));
                past.entry(alike).or_default().push(each);
            }
        }
        for costs in past.values_mut() {
            costs.sort_unstable();
        }
        Self { costs: past, unexpected_costs, durations: DurationHistory::from_records(records) }
    }

    /// Returns the history after a job that was estimated as free and was not; `None` if nothing new was learned.
    fn updated_by(&self, record: &Record) -> Option<Self> {
        let mut past = self.clone();
        record_unexpected_cost(&mut past.unexpected_costs, record).then_some(past)
    }

    /// Refines an estimate for `count` images: the median becomes the likely amount, and most past costs are within the
    /// interval. The upper bound only ever grows.
    pub(super) fn refine(&self, (backend, model): (&str, &str), count: u32, estimate: Estimate) -> Estimate {
        let unexpected_costs = self.unexpected_costs.get(&(backend.to_owned(), model.to_owned()));
        if let Some(each) = unexpected_costs.filter(|_| estimate.upper_bound() == Some(Usd::ZERO)) {
            let usd = Some(each.times(u64::from(count.max(1))));
            return Estimate { usd, upper: usd, ..estimate };
        }
        let Some(guess) = &estimate.guess else { return estimate };
        let alike = (backend.to_owned(), model.to_owned(), guess.alike.clone());
        let Some(costs) = self.costs.get(&alike).filter(|costs| costs.len() >= MIN_JOBS) else { return estimate };
        let at = |part: f64| costs[((costs.len() - 1) as f64 * part).round() as usize].times(u64::from(count.max(1)));
        let guess = Guess { low: at(TAIL), high: at(1.0 - TAIL), learned_from: costs.len() as u32, ..guess.clone() };
        Estimate {
            usd: Some(at(0.5)),
            upper: estimate.upper.map(|upper| upper.max(at(1.0))),
            guess: Some(guess),
            ..estimate
        }
    }
}

/// Notes the cost of a job that was estimated as free. Returns true if that is new.
fn record_unexpected_cost(unexpected_costs: &mut HashMap<(String, String), Usd>, record: &Record) -> bool {
    let said = record.estimate.guess.is_none() && record.estimate.upper_bound() == Some(Usd::ZERO);
    let cost = record.cost.as_ref().map(|cost| cost.usd).unwrap_or_default();
    let images = (record.images.len() as u64).max(1);
    let each = Usd::from_nanos(cost.nanos().div_ceil(images));
    let place = (record.backend.clone(), record.model.clone());
    let known = unexpected_costs.get(&place).copied().unwrap_or_default();
    let is_news = said && each > known;
    if is_news {
        unexpected_costs.insert(place, each);
    }
    is_news
}

impl EngineShared {
    /// Learns after a job that a model estimated as free is not, so that the next job is checked against the budget.
    pub(super) fn train_on(&self, record: &Record) {
        let mut current = locked(&self.current);
        if let Some(registry) = current.registry.updated_by(record) {
            current.registry = Arc::new(registry);
        }
    }
}

impl Registry {
    fn updated_by(&self, record: &Record) -> Option<Self> {
        self.past.updated_by(record).map(|past| self.clone().with_cost_history(past))
    }
}

impl Engine {
    /// Learns costs from the library; returns the updated registry.
    pub async fn train(&self) -> Result<Arc<Registry>, LibraryError> {
        let records = self.library().recent_jobs().await?;
        let mut current = locked(&self.inner.current);
        current.registry = Arc::new(Registry::clone(&current.registry).with_costs_of(&records));
        Ok(current.registry.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(dollars: f64) -> Usd {
        Usd::from_dollars(dollars)
    }

    fn guess(alike: &str) -> Estimate {
        let guess = Guess { low: usd(0.1), high: usd(0.9), alike: alike.to_owned(), learned_from: 0 };
        Estimate { usd: Some(usd(0.5)), upper: Some(usd(1.0)), guess: Some(guess), ..Estimate::default() }
    }

    fn past(costs: &[f64]) -> CostHistory {
        let mut costs: Vec<Usd> = costs.iter().copied().map(usd).collect();
        costs.sort_unstable();
        let alike = HashMap::from([(("codex".to_owned(), "m".to_owned(), "high".to_owned()), costs)]);
        CostHistory { costs: alike, ..CostHistory::default() }
    }

    #[test]
    fn interval_is_learned_from_similar_jobs() {
        let past = past(&[0.9, 0.2, 0.21, 0.22, 0.23, 0.24, 0.25, 0.26, 0.27, 0.28, 0.05]);
        let refine = past.refine(("codex", "m"), 2, guess("high"));
        let learned = refine.guess.unwrap();
        assert_eq!((refine.usd, learned.learned_from), (Some(usd(0.48)), 11));
        assert_eq!((learned.low, learned.high), (usd(0.4), usd(0.56)), "one at each end is left out");
        assert_eq!(refine.upper, Some(usd(1.8)), "what was seen once can be again");
    }

    #[test]
    fn other_models_and_too_few_jobs_do_not_change_the_estimate() {
        let few = past(&[0.2, 0.3]);
        assert_eq!(few.refine(("codex", "m"), 1, guess("high")), guess("high"));
        let past = past(&[0.2, 0.3, 0.4]);
        for who in [("codex", "n"), ("other", "m")] {
            assert_eq!(past.refine(who, 1, guess("high")), guess("high"));
        }
        assert_eq!(past.refine(("codex", "m"), 1, guess("low")), guess("low"));
        assert_eq!(past.refine(("codex", "m"), 1, Estimate::FREE), Estimate::FREE);
    }
}
