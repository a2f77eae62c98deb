//! Confidence intervals of shares, and the quantiles of the normal and Student's t distribution for them.
//! It is independent of votes: numbers in, numbers out.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// The 97.5 % quantile of the standard normal distribution: half the width of a 95 % interval in standard errors.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// The 80 % quantile of the standard normal distribution: the margin for 80 % power.
pub(super) const Z_80: f64 = 0.841_621_233_572_914_3;

/// A range from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Returns true if `value` is within the interval.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Returns Wilson's score interval at 95 % for a share of `rate` in `n` votes; `None` without votes. `n` need not be an
/// integer, because votes on the same prompt count less than one each, and neither need the wins, because ties count
/// half.
///
/// E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
pub(super) fn wilson(rate: f64, n: f64) -> Option<Interval> {
    (n > 0.0).then(|| {
        let z2 = Z_95 * Z_95;
        let middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
        Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
    })
}

/// Returns the 97.5 % quantile of Student's t distribution; infinite without a degree of freedom.
pub(super) fn t_95(degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.975))
}
