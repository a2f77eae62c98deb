//! The number of votes that it takes to tell two lanes apart, if the difference is as large as it looks so far.
//! It is a forecast that changes with every vote.

use super::{
    always_valid,
    interval::{Z_80, Z_95},
};

/// The largest number of votes that is reported. Beyond it a vote is impractical and the difference too small to
/// matter.
const MAX_VOTES: f64 = 100_000.0;

/// The effect in the votes so far: the win rate and the share of ties.
#[derive(Clone, Copy, Debug)]
pub(super) struct EffectSize {
    /// The win rate with ties counted half, between 0 and 1.
    pub(super) rate: f64,
    /// The share of votes that favor neither lane, between 0 and 1.
    pub(super) ties: f64,
}

impl EffectSize {
    /// Returns the variance of a vote's score.
    fn variance(self) -> f64 {
        (self.rate * (1.0 - self.rate) - self.ties / 4.0).max(0.0)
    }
}

/// Returns the number of votes for 80 % power to find this effect at 5 % (two-sided), if it is fixed before the first
/// vote: the usual formula for a share against one half, with the smaller variance that ties leave. `None` without an
/// effect.
///
/// Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), section 2.3.
pub(super) fn fixed_sample_size(effect: EffectSize) -> Option<f64> {
    let distance = (effect.rate - 0.5).abs();
    let equal = (1.0 - effect.ties) / 4.0;
    let votes = ((Z_95 * equal.sqrt() + Z_80 * effect.variance().sqrt()) / distance).powi(2).ceil();
    (distance > 0.0 && votes <= MAX_VOTES).then_some(votes)
}

/// Returns the number of votes after which the always-valid rule at `alpha` has named a winner in about 80 % of all
/// runs with this effect. It is larger than [`fixed_sample_size`]: the price of looking at any time. `None` without an
/// effect.
pub(super) fn sequential(effect: EffectSize, alpha: f64) -> Option<f64> {
    let rate = 0.5 + (effect.rate - 0.5).abs();
    let variance = effect.variance();
    let enough = |votes: f64| {
        let unlucky = rate - Z_80 * (variance / votes).sqrt();
        unlucky > 0.5 && always_valid::is_decided(votes * unlucky, votes * (1.0 - unlucky), alpha)
    };
    (rate > 0.5 && enough(MAX_VOTES)).then(|| first(&enough))
}

/// Returns the smallest integer that is enough, given that every larger one is.
fn first(enough: &impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, MAX_VOTES);
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}
