//! Spending of the day and of the month.
//! Totals only. The worst case of jobs with unconfirmed cost, including running ones, is kept separate: it counts
//! toward the budget, but may never be charged.

use std::collections::BTreeMap;

use tintype_backends::Usd;

/// The amounts spent, by backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpentTotals {
    /// Confirmed cost by backend since midnight, local time.
    pub today: BTreeMap<String, Usd>,
    /// Confirmed cost by backend since the first of the month.
    pub month: BTreeMap<String, Usd>,
    /// Upper limit of all unconfirmed cost since midnight.
    pub today_unconfirmed: Usd,
    /// Upper limit of all unconfirmed cost since the first of the month.
    pub month_unconfirmed: Usd,
}

/// Splits the spending of each backend into its confirmed part and the sum of all unconfirmed parts.
pub fn split_unconfirmed(
    all: BTreeMap<String, Usd>,
    unconfirmed: &BTreeMap<String, Usd>,
) -> (BTreeMap<String, Usd>, Usd) {
    let confirmed = all.into_iter().map(|(name, charge)| {
        let open = unconfirmed.get(&name).copied().unwrap_or_default();
        (name, charge.saturating_sub(open))
    });
    (confirmed.collect(), unconfirmed.values().copied().sum())
}

impl SpentTotals {
    /// Returns the total of all backends today.
    pub fn today(&self) -> Usd {
        self.today.values().copied().sum()
    }

    /// Returns the total of all backends this month.
    pub fn month(&self) -> Usd {
        self.month.values().copied().sum()
    }

    /// Returns the total of one backend this month.
    pub fn month_of(&self, backend: &str) -> Usd {
        self.month.get(backend).copied().unwrap_or_default()
    }

    /// Returns the backends that spent something this month, most expensive first.
    pub fn backends_by_cost(&self) -> Vec<(&str, Usd)> {
        let mut ranked: Vec<(&str, Usd)> = self.month.iter().map(|(name, usd)| (name.as_str(), *usd)).collect();
        ranked.retain(|(_, usd)| *usd > Usd::ZERO);
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_expensive_backend_is_named_first() {
        let month =
            [("a", 0.1), ("b", 2.0), ("free", 0.0)].map(|(name, usd)| (name.to_owned(), Usd::from_dollars(usd)));
        let spent = SpentTotals { month: month.into(), ..SpentTotals::default() };
        assert_eq!(spent.backends_by_cost().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((spent.month(), spent.month_of("a")), (Usd::from_dollars(2.1), Usd::from_dollars(0.1)));
    }
}
