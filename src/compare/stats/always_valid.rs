//! Always-valid inference: naming a winner although the result is looked at after every vote.
//! A fixed interval that is checked again and again excludes one half sooner or later by chance; this one does not.
//!
//! The evidence against "both are liked equally" is the likelihood of the observed votes, averaged over all win rates
//! with a Beta(2, 2) weight, over their likelihood at one half. If both are liked equally, that ratio is a martingale:
//! the probability that it *ever* reaches `1 / alpha`, at any stopping time, is at most `alpha` (Ville's inequality).
//! Robbins, Statistical Methods Related to the Law of the Iterated Logarithm, Ann. Math. Stat. 41 (1970);
//! Howard, Ramdas, McAuliffe, Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Ann. Stat. 49
//! (2021).

use statrs::function::beta::ln_beta;

use super::interval::Interval;

/// Both parameters of the Beta weight. 2 needs the fewest votes where comparisons end in practice, between 20 and 200.
const WEIGHT: f64 = 2.0;

/// The beta function of both parameters.
const WEIGHT_BETA: f64 = 1.0 / 6.0;

/// The number of bisection steps for an end of the interval: far more exact than anything that is shown.
const HALVINGS: u32 = 60;

/// Returns the log of the evidence of `wins` and `losses` against a true win rate of `rate`. A tie is half of each: the
/// likelihood is convex in the score of a vote, so a score between 0 and 1 gives at most as much evidence as wins and
/// losses with the same mean, and the bound holds (as for any bounded score: Waudby-Smith and Ramdas, Estimating means
/// of bounded random variables by betting, J. R. Stat. Soc. B 86, 2024).
pub(super) fn log_evidence(wins: f64, losses: f64, rate: f64) -> f64 {
    let seen = ln_beta(WEIGHT + wins, WEIGHT + losses) - WEIGHT_BETA.ln();
    seen - times_ln(wins, rate) - times_ln(losses, 1.0 - rate)
}

/// Returns `x ln y`, and 0 if `x` is 0.
fn times_ln(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * y.ln() }
}

/// Returns true if the evidence suffices to name a winner, with a probability of at most `alpha` to do so between
/// equals.
pub(super) fn is_decided(wins: f64, losses: f64, alpha: f64) -> bool {
    log_evidence(wins, losses, 0.5) >= -alpha.ln()
}

/// Returns the always-valid interval of the win rate: it contains the true one after every vote simultaneously with a
/// probability of at least `1 - alpha`.
pub(super) fn always_valid(wins: f64, losses: f64, alpha: f64) -> Interval {
    let decided = wins + losses;
    if decided <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let seen = wins / decided;
    let excluded = |rate: f64| log_evidence(wins, losses, rate) >= -alpha.ln();
    Interval { low: border(0.0, seen, &excluded), high: border(1.0, seen, &excluded) }
}

/// Finds the boundary between `outer`, which may be excluded, and `inner`, which is not, by bisection.
fn border(mut outer: f64, mut inner: f64, excluded: &impl Fn(f64) -> bool) -> f64 {
    if !excluded(outer) {
        return outer;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(outer, inner);
        if excluded(middle) { outer = middle } else { inner = middle }
    }
    outer
}
