//! Median and tail of a set of numbers.
//! Waiting times get medians, because a single hung job dominates their mean.

use serde::{Deserialize, Serialize};

/// Summary statistics of a set of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The number of values, without those that are not finite.
    pub n: usize,
    /// The value that half of the numbers do not exceed.
    pub median: f64,
    /// The value that nine in ten of the numbers do not exceed.
    pub p90: f64,
    pub mean: f64,
}

impl Summary {
    /// Computes the statistics; `None` if there are no numbers.
    pub fn from_values(numbers: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        (!sorted.is_empty()).then(|| Self {
            n: sorted.len(),
            median: quantile(&sorted, 0.5),
            p90: quantile(&sorted, 0.9),
            mean,
        })
    }
}

/// Returns the quantile at `share` of sorted numbers, with linear interpolation (type 7 of Hyndman and Fan, the default
/// of numpy and R).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}
