//! How far two voters agree beyond what chance alone would have them agree.
//! Cohen's kappa, for a judge held against a person; it says nothing about who is right.

use serde::{Deserialize, Serialize};

use super::interval::{Interval, Z_95};

/// The number of different answers: one lane, the other, a tie, both bad.
const ANSWERS: usize = 4;

/// Answers to the same questions, counted: `table[i][j]` is how often the first voter said `i` and the second `j`.
pub(super) type Crosstab = [[f64; ANSWERS]; ANSWERS];

/// Agreement beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kappa {
    /// How many pairs both voted on.
    pub n: usize,
    /// The share of them with the same answer.
    pub agreement: f64,
    /// 1 is full agreement, 0 what chance gives, less than 0 worse than chance. `None` where a voter always said the
    /// same, so that chance would agree as often.
    pub kappa: Option<f64>,
    /// Its 95 % interval, `None` where there is no kappa.
    pub interval: Option<Interval>,
}

impl Kappa {
    /// Of counted answers; `None` where there are none.
    ///
    /// Cohen, Educ. Psychol. Meas. 20 (1960); the variance is that of Fleiss, Cohen, Everitt, Psychol. Bull. 72 (1969).
    pub fn of(table: &Crosstab) -> Option<Self> {
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

/// The variance of kappa times the number of answers.
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
