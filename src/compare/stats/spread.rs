//! The middle of some numbers and where the slow ones lie.
//! Medians, since a mean of waiting times is made by the one that hung.

use serde::{Deserialize, Serialize};

/// How some numbers are spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many there are.
    pub n: usize,
    /// Half of them are at most this.
    pub median: f64,
    /// Nine in ten of them are at most this.
    pub p90: f64,
    /// Their mean.
    pub mean: f64,
}

impl Spread {
    /// Of these numbers; `None` where there are none.
    pub fn of(numbers: &[f64]) -> Option<Self> {
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

/// The quantile at `share` of sorted numbers, with a straight line between neighbours (type 7 of Hyndman and Fan,
/// what numpy and R do unasked).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}
