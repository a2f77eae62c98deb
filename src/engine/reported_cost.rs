//! Plausibility of reported costs: an implausible amount would make the budget too generous or block it.
//! It counts as unknown, which the budget takes as the upper bound of the estimate.

use tintype_backends::{Cost, CostBasis, Estimate, Usd};

/// The largest plausible multiple of the estimate's upper bound. A server that ignores the settings and uses its best
/// quality costs up to 60 times the estimate of a small draft, and that amount has to count.
const MAX_FACTOR: u64 = 100;
/// The largest plausible amount where there is no estimate.
const MAX_PLAUSIBLE: Usd = Usd::from_nanos(1_000_000_000_000);

/// Returns the cost if it is plausible, else a note about why it is not.
pub(super) fn check_cost(cost: Option<Cost>, estimate: &Estimate) -> (Option<Cost>, Option<String>) {
    let Some(told) = cost else { return (None, None) };
    let worst = estimate.upper_bound();
    let counted = matches!(told.basis, CostBasis::Usage { .. });
    let most = worst.filter(|worst| *worst > Usd::ZERO).map_or(MAX_PLAUSIBLE, |worst| worst.times(MAX_FACTOR));
    let doubt = if told.usd > most {
        format!("the reported cost of {} is more than {MAX_FACTOR} times the estimate", told.usd)
    } else if told.usd == Usd::ZERO && counted && worst.is_some_and(|worst| worst > Usd::ZERO) {
        "the provider reported no usage for its response".to_owned()
    } else {
        return (Some(told), None);
    };
    let counts = worst.map(|worst| format!(", and the budget counts the estimate of {worst}")).unwrap_or_default();
    (None, Some(format!("{doubt}; the cost is unknown{counts}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(usd: f64) -> Cost {
        Cost { usd: Usd::from_dollars(usd), basis: CostBasis::Usage { prices_as_of: "2026-11-22".to_owned() } }
    }

    fn estimate(usd: f64) -> Estimate {
        Estimate { usd: Some(Usd::from_dollars(usd)), ..Estimate::default() }
    }

    #[test]
    fn implausible_cost_is_unknown_and_noted() {
        for (cost, estimated) in [(usage(0.0), 0.04), (usage(1e6), 0.04), (usage(4.1), 0.04)] {
            let (kept, note) = check_cost(Some(cost.clone()), &estimate(estimated));
            assert_eq!(kept, None, "{cost:?}");
            assert!(note.unwrap().ends_with("the budget counts the estimate of $0.040"), "{cost:?}");
        }
        let stated = Cost { usd: Usd::from_dollars(1e6), basis: CostBasis::Stated };
        assert_eq!(check_cost(Some(stated), &Estimate::default()).0, None, "nothing was estimated");
    }

    #[test]
    fn plausible_cost_is_kept() {
        for (cost, estimated) in [(usage(0.04), 0.04), (usage(3.9), 0.04), (usage(0.001), 0.04), (usage(0.0), 0.0)] {
            assert_eq!(check_cost(Some(cost.clone()), &estimate(estimated)), (Some(cost), None));
        }
        for cost in [Cost { usd: Usd::ZERO, basis: CostBasis::Free }, Cost { usd: Usd::ZERO, basis: CostBasis::Stated }]
        {
            assert_eq!(check_cost(Some(cost.clone()), &estimate(0.04)), (Some(cost), None), "it says so on purpose");
        }
        assert_eq!(check_cost(None, &estimate(0.04)), (None, None));
    }
}
