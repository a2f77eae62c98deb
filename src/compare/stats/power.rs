//! How many votes it takes to tell two lanes apart, if the difference is what it looks like so far.
//! An outlook, not a result: it changes with every vote.

use super::{
    interval::{Z_80, Z_95},
    sequence,
};

/// Beyond so many votes nobody will sit through them, and the difference is too small to matter.
const MOST: f64 = 100_000.0;

/// What the votes look like: what share wins and what share are ties.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effect {
    /// The win rate, ties counted half, between 0 and 1.
    pub(super) rate: f64,
    /// The share of votes that favour nobody, between 0 and 1.
    pub(super) ties: f64,
}

impl Effect {
    /// Of a vote's score.
    fn variance(self) -> f64 {
        (self.rate * (1.0 - self.rate) - self.ties / 4.0).max(0.0)
    }
}

/// Votes for 80 % power to find this effect at 5 % (two-sided) where their number is fixed before the first: the usual
/// formula for one share against one half, with the smaller variance that ties leave. `None` where there is no effect.
///
/// Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), section 2.3.
pub(super) fn planned(effect: Effect) -> Option<f64> {
    let distance = (effect.rate - 0.5).abs();
    let equal = (1.0 - effect.ties) / 4.0;
    let votes = ((Z_95 * equal.sqrt() + Z_80 * effect.variance().sqrt()) / distance).powi(2).ceil();
    (distance > 0.0 && votes <= MOST).then_some(votes)
}

/// Votes after which the always valid rule at `alpha` has named the winner in about 80 % of all runs with this effect.
/// More than [`planned`], which is the price of looking at any time. `None` where there is no effect.
pub(super) fn sequential(effect: Effect, alpha: f64) -> Option<f64> {
    let rate = 0.5 + (effect.rate - 0.5).abs();
    let variance = effect.variance();
    let enough = |votes: f64| {
        let unlucky = rate - Z_80 * (variance / votes).sqrt();
        unlucky > 0.5 && sequence::is_decided(votes * unlucky, votes * (1.0 - unlucky), alpha)
    };
    (rate > 0.5 && enough(MOST)).then(|| first(&enough))
}

/// The smallest whole number that is enough, where every larger one is.
fn first(enough: &impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, MOST);
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}
