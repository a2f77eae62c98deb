//! Strengths of three or more lanes, from all their matches. With two lanes the strength is only the log-odds of the
//! win rate, so it is left out.
//!
//! The model is P(i beats j) = `1 / (1 + exp(s_j - s_i))` (Bradley and Terry, Biometrika 39, 1952); the strengths
//! maximize the likelihood of the votes, with a light penalty.

/// The factor of the penalty `PENALTY * sum(s^2)` on the log-likelihood. It keeps the strength of a lane that won
/// everything finite, like a normal prior with a standard deviation of 7 in log-odds.
pub(super) const PENALTY: f64 = 0.01;

/// The maximum number of Newton steps; from zero, five or six suffice.
const STEPS: usize = 100;

/// The maximum length of a step, so that one-sided votes do not make it overshoot.
const LONGEST_STEP: f64 = 2.0;

/// An outcome between two lanes on one prompt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match<'a> {
    /// The two lanes, by their number in the roster.
    pub(super) lanes: (usize, usize),
    /// The prompt that the images show; outcomes are clustered by it.
    pub(super) prompt: &'a str,
    /// The score: 1 if the first lane won, 0 if the second did, one half for neither.
    pub(super) score: f64,
    /// The weight of the outcome, which is 1 for a vote.
    pub(super) weight: f64,
}

/// Fitted strengths with standard errors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FittedStrengths {
    /// Log-odds against a lane of average strength; they add up to zero.
    pub(super) strengths: Vec<f64>,
    /// The standard errors, with prompts as clusters where prompts repeat.
    pub(super) errors: Vec<f64>,
}

type Matrix = Vec<Vec<f64>>;

/// Fits the strengths of `lanes` lanes; `None` without any match.
pub(super) fn fit(lanes: usize, bouts: &[Match<'_>], penalty: f64) -> Option<FittedStrengths> {
    if bouts.is_empty() {
        return None;
    }
    let mut strengths = vec![0.0; lanes];
    for _ in 0..STEPS {
        let (slope, curve) = derivatives(&strengths, bouts, penalty);
        let step = times(&inverse(curve)?, &slope);
        let longest = step.iter().fold(0.0_f64, |longest, step| longest.max(step.abs()));
        let brake = (LONGEST_STEP / longest).min(1.0);
        strengths.iter_mut().zip(&step).for_each(|(strength, step)| *strength += brake * step);
        if longest < 1e-12 {
            break;
        }
    }
    let errors = errors(&strengths, bouts, penalty)?;
    Some(FittedStrengths { strengths, errors })
}

/// Returns the gradient of the penalized log-likelihood and its negated Hessian. The constant direction, in which the
/// likelihood is flat, gets a curvature of its own to make the matrix invertible; the strengths keep a sum of zero.
fn derivatives(strengths: &[f64], bouts: &[Match<'_>], penalty: f64) -> (Vec<f64>, Matrix) {
    let lanes = strengths.len();
    let mut slope: Vec<f64> = strengths.iter().map(|strength| -2.0 * penalty * strength).collect();
    let mut curve = vec![vec![1.0 / lanes as f64; lanes]; lanes];
    (0..lanes).for_each(|i| curve[i][i] += 2.0 * penalty);
    for bout in bouts {
        let (i, j) = bout.lanes;
        let chance = logistic(strengths[i] - strengths[j]);
        let pull = bout.weight * (bout.score - chance);
        let bend = bout.weight * chance * (1.0 - chance);
        slope[i] += pull;
        slope[j] -= pull;
        curve[i][i] += bend;
        curve[j][j] += bend;
        curve[i][j] -= bend;
        curve[j][i] -= bend;
    }
    (slope, curve)
}

/// Converts log-odds to a probability.
pub(super) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Returns the standard errors from the Hessian. Where prompts repeat, each is the larger of that and the sandwich
/// estimator over prompts (Liang and Zeger, Biometrika 73, 1986).
fn errors(strengths: &[f64], bouts: &[Match<'_>], penalty: f64) -> Option<Vec<f64>> {
    let (_, curve) = derivatives(strengths, bouts, penalty);
    let bread = inverse(curve)?;
    let constant = 1.0 / (strengths.len() as f64 * (1.0 + 2.0 * penalty));
    let plain = |i: usize| bread[i][i] - constant;
    let clusters = pulls_by_prompt(strengths, bouts);
    let prompts = clusters.len() as f64;
    let repeats = clusters.len() < bouts.len() && clusters.len() > 1;
    let few = if repeats { prompts / (prompts - 1.0) } else { 0.0 };
    let sandwich = |i: usize| clusters.iter().map(|pull| dot(&bread[i], pull).powi(2)).sum::<f64>() * few;
    Some((0..strengths.len()).map(|i| plain(i).max(sandwich(i)).max(0.0).sqrt()).collect())
}

/// Returns the contribution of each prompt to the gradient of each lane.
fn pulls_by_prompt(strengths: &[f64], bouts: &[Match<'_>]) -> Vec<Vec<f64>> {
    let mut prompts = std::collections::BTreeMap::<&str, Vec<f64>>::new();
    for bout in bouts {
        let (i, j) = bout.lanes;
        let pull = bout.weight * (bout.score - logistic(strengths[i] - strengths[j]));
        let sums = prompts.entry(bout.prompt).or_insert_with(|| vec![0.0; strengths.len()]);
        sums[i] += pull;
        sums[j] -= pull;
    }
    prompts.into_values().collect()
}

fn dot(row: &[f64], column: &[f64]) -> f64 {
    row.iter().zip(column).map(|(a, b)| a * b).sum()
}

fn times(matrix: &Matrix, vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

/// Inverts a small positive definite matrix by Gauss-Jordan elimination; `None` if it is singular.
fn inverse(mut matrix: Matrix) -> Option<Matrix> {
    let size = matrix.len();
    let unit = |i: usize| (0..size).map(move |j| if i == j { 1.0 } else { 0.0 });
    matrix.iter_mut().enumerate().for_each(|(i, row)| row.extend(unit(i)));
    for i in 0..size {
        let pivot = matrix[i][i];
        if pivot.abs() < 1e-300 || !pivot.is_finite() {
            return None;
        }
        matrix[i].iter_mut().for_each(|cell| *cell /= pivot);
        let row = matrix[i].clone();
        for (_, other) in matrix.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = other[i];
            other.iter_mut().zip(&row).for_each(|(cell, own)| *cell -= factor * own);
        }
    }
    Some(matrix.into_iter().map(|row| row[size..].to_vec()).collect())
}

/// Returns true if a chain of matches connects each lane with every other one, which makes their strengths comparable.
pub(super) fn connected(lanes: usize, bouts: &[Match<'_>]) -> bool {
    let mut reached = vec![false; lanes];
    reached.first_mut().into_iter().for_each(|first| *first = true);
    for _ in 0..lanes {
        for bout in bouts {
            let (i, j) = bout.lanes;
            let either = reached[i] || reached[j];
            (reached[i], reached[j]) = (either, either);
        }
    }
    reached.into_iter().all(|reached| reached)
}
