//! When a winner may be named although somebody looks after every vote.
//! A fixed interval looked at again and again excludes one half sooner or later by chance; this one does not.
//!
//! The evidence against "both are liked equally" is the likelihood of the votes seen, averaged over all win rates with
//! a Beta(2, 2) weight, over their likelihood at one half. If both are liked equally, that ratio is a fair game: the
//! chance that it *ever* reaches `1 / alpha`, at whatever vote one stops, is at most `alpha` (Ville's inequality).
//! Robbins, Statistical Methods Related to the Law of the Iterated Logarithm, Ann. Math. Stat. 41 (1970);
//! Howard, Ramdas, McAuliffe, Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Ann. Stat. 49 (2021).

use statrs::function::beta::ln_beta;

use super::interval::Interval;

/// Both parameters of the Beta weight. 2 needs the fewest votes where duels end in practice, between 20 and 200.
const WEIGHT: f64 = 2.0;

/// The beta function of both.
const WEIGHT_BETA: f64 = 1.0 / 6.0;

/// How often an interval is halved until its end is exact enough: far below anything that is shown.
const HALVINGS: u32 = 60;

/// The logarithm of the evidence that `wins` to `losses` give against a true win rate of `rate`. A tie is half of each:
/// the likelihood is convex in the score of a vote, so a score between 0 and 1 gives at most the evidence that a win or a
/// loss with the same mean gives, and the bound holds (as for any bounded score: Waudby-Smith and Ramdas, Estimating
/// means of bounded random variables by betting, J. R. Stat. Soc. B 86, 2024).
pub(super) fn log_evidence(wins: f64, losses: f64, rate: f64) -> f64 {
    let seen = ln_beta(WEIGHT + wins, WEIGHT + losses) - WEIGHT_BETA.ln();
    seen - times_ln(wins, rate) - times_ln(losses, 1.0 - rate)
}

/// `x ln y`, 0 where `x` is.
fn times_ln(x: f64, y: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * y.ln() }
}

/// Whether the evidence is enough to say that one is liked more, with a chance of at most `alpha` to say so of two
/// that are liked equally.
pub(super) fn is_decided(wins: f64, losses: f64, alpha: f64) -> bool {
    log_evidence(wins, losses, 0.5) >= -alpha.ln()
}

/// The win rates that the votes have not spoken against, at any time: it holds the true one at every vote at once with
/// a chance of at least `1 - alpha`.
pub(super) fn always_valid(wins: f64, losses: f64, alpha: f64) -> Interval {
    let decided = wins + losses;
    if decided <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let seen = wins / decided;
    let excluded = |rate: f64| log_evidence(wins, losses, rate) >= -alpha.ln();
    Interval { low: border(0.0, seen, &excluded), high: border(1.0, seen, &excluded) }
}

/// Where between `outer`, which may be excluded, and `inner`, which is not, the border lies.
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
