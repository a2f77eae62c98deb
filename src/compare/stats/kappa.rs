//! Agreement of two voters beyond chance: Cohen's kappa of a judge and the human. It does not tell which of them is
//! right.

use serde::{Deserialize, Serialize};

use super::interval::{Interval, Z_95};

/// The number of different answers: first lane, second lane, tie, both bad.
const ANSWERS: usize = 4;

/// A contingency table: `table[i][j]` counts the pairs with answer `i` by the first voter and `j` by the second.
pub(super) type Crosstab = [[f64; ANSWERS]; ANSWERS];

/// Agreement beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kappa {
    /// The number of pairs with an answer by both voters.
    pub n: usize,
    /// The share of those pairs on which the answers are the same.
    pub agreement: f64,
    /// Cohen's kappa: 1 is full agreement, 0 agreement by chance, less than 0 worse than chance. `None` if both voters
    /// always gave the same answer, so that chance alone would agree as often.
    pub kappa: Option<f64>,
    /// The 95 % interval of kappa; `None` where there is no kappa.
    pub interval: Option<Interval>,
}

impl Kappa {
    /// Computes kappa from a contingency table; `None` if it is empty.
    ///
    /// Cohen, Educ. Psychol. Meas. 20 (1960); the variance is that of Fleiss, Cohen, Everitt, Psychol. Bull. 72 (1969).
    pub fn from_table(table: &Crosstab) -> Option<Self> {
        let n: f64 = table.iter().flatten().sum();
        if n <= 0.0 {
            return None;
        }
        let share = table.map(|row| row.map(|count| count / n));
        let rows: [f64; ANSWERS] = share.map(|row| row.iter().sum());
        let columns: [f64; ANSWERS] = std::array::from_fn(|j| share.iter().map(|row| row[j]).sum());
        let agreement: f64 = (0..ANSWERS).map(|i| share[i][i]).sum();
        let chance: f64 = (0..ANSWERS).map(|i| rows[i] * columns[i]).sum();
        let kappa = (chance < 1.0).then(|| (agreement - chance) / (1.0 - chance));
        let interval = kappa.map(|kappa| {
            let half = Z_95 * (variance(&share, &rows, &columns, kappa) / n).sqrt();
            Interval { low: (kappa - half).max(-1.0), high: (kappa + half).min(1.0) }
        });
        Some(Self { n: n as usize, agreement, kappa, interval })
    }
}

/// Returns the variance of kappa times the number of pairs.
fn variance(share: &Crosstab, rows: &[f64; ANSWERS], columns: &[f64; ANSWERS], kappa: f64) -> f64 {
    let chance: f64 = rows.iter().zip(columns).map(|(row, column)| row * column).sum();
    let (mut same, mut other) = (0.0, 0.0);
    for i in 0..ANSWERS {
        same += share[i][i] * (1.0 - (rows[i] + columns[i]) * (1.0 - kappa)).powi(2);
        for j in (0..ANSWERS).filter(|j| *j != i) {
            other += share[i][j] * (columns[i] + rows[j]).powi(2);
        }
    }
    let rest = (kappa - chance * (1.0 - kappa)).powi(2);
    ((same + (1.0 - kappa).powi(2) * other - rest) / (1.0 - chance).powi(2)).max(0.0)
}
