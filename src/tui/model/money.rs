//! What has been spent and what may be.
//! Sums only. The worst case of jobs whose cost nobody has confirmed, those that run among them, stands apart: the
//! budget counts it, but nobody has spent it.

use std::collections::BTreeMap;

use tintype_backends::Usd;

/// Spending and its limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// What was spent.
    pub spent: Spent,
    /// The limit for a day.
    pub daily: Option<Usd>,
    /// The limit for a month.
    pub monthly: Option<Usd>,
}

/// What was spent, by backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Since midnight.
    pub today: BTreeMap<String, Usd>,
    /// Since the first of the month.
    pub month: BTreeMap<String, Usd>,
    /// The most that jobs of unknown cost can have been since midnight.
    pub today_unconfirmed: Usd,
    /// The same since the first of the month.
    pub month_unconfirmed: Usd,
}

/// What each backend spent, without the part that nobody has confirmed, and the sum of that part.
pub fn apart(all: BTreeMap<String, Usd>, unconfirmed: &BTreeMap<String, Usd>) -> (BTreeMap<String, Usd>, Usd) {
    let confirmed = all.into_iter().map(|(name, charge)| {
        let open = unconfirmed.get(&name).copied().unwrap_or_default();
        (name, charge.without(open))
    });
    (confirmed.collect(), unconfirmed.values().copied().sum())
}

impl Spent {
    /// What all spent today.
    pub fn today(&self) -> Usd {
        self.today.values().copied().sum()
    }

    /// What all spent this month.
    pub fn month(&self) -> Usd {
        self.month.values().copied().sum()
    }

    /// What one backend spent this month.
    pub fn month_of(&self, backend: &str) -> Usd {
        self.month.get(backend).copied().unwrap_or_default()
    }

    /// The backends that spent something this month, the most expensive first.
    pub fn ranked(&self) -> Vec<(&str, Usd)> {
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
        let spent = Spent { month: month.into(), ..Spent::default() };
        assert_eq!(spent.ranked().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((spent.month(), spent.month_of("a")), (Usd::from_dollars(2.1), Usd::from_dollars(0.1)));
    }
}
