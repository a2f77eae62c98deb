//! Scores by prompt and their combined weight. Votes on the same prompt are not independent: a prompt that suits a lane
//! suits it every time. Therefore prompts are resampled, and votes count less where prompts repeat.

use std::collections::HashMap;

use super::interval::{Interval, Z_95, t_95, wilson};

/// The number of resamples of a bootstrap interval.
const RESAMPLES: usize = 2_000;

/// The minimum number of prompts for an estimate of how similar the votes on one prompt are.
const FEW_PROMPTS: usize = 12;

/// The scores of one prompt: 1 for the first lane, 0 for the second, one half for neither.
#[derive(Clone, Copy, Debug, Default)]
struct PromptScore {
    weight: f64,
    score: f64,
}

/// Totals over prompts from which the variances are computed.
#[derive(Clone, Copy, Debug, Default)]
struct SampleSums {
    weight: f64,
    score: f64,
    /// The sum of the squared score of each vote.
    score_squared: f64,
    /// The sum of the squared total score of each prompt.
    prompt_score_squared: f64,
    prompt_weight_squared: f64,
    prompt_score_by_weight: f64,
}

/// The scores of one lane against another, by prompt.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample<'a> {
    places: HashMap<&'a str, usize>,
    prompts: Vec<PromptScore>,
    sums: SampleSums,
    repeats: bool,
}

impl<'a> Sample<'a> {
    /// Adds a score between 0 and 1 for a prompt. The weight must be positive; a vote has weight 1.
    pub(super) fn add(&mut self, prompt: &'a str, score: f64, weight: f64) {
        let next = self.prompts.len();
        let place = *self.places.entry(prompt).or_insert(next);
        if place == next {
            self.prompts.push(PromptScore::default());
        } else {
            self.repeats = true;
        }
        let before = self.prompts[place];
        let after = PromptScore { weight: before.weight + weight, score: before.score + weight * score };
        self.prompts[place] = after;
        self.sums.weight += weight;
        self.sums.score += weight * score;
        self.sums.score_squared += weight * score * score;
        self.sums.prompt_score_squared += after.score.powi(2) - before.score.powi(2);
        self.sums.prompt_weight_squared += after.weight.powi(2) - before.weight.powi(2);
        self.sums.prompt_score_by_weight += after.score * after.weight - before.score * before.weight;
    }

    /// Returns the number of prompts.
    pub(super) fn prompts(&self) -> usize {
        self.prompts.len()
    }

    /// Returns the total weight, which is the number of votes if each has weight 1.
    pub(super) fn weight(&self) -> f64 {
        self.sums.weight
    }

    /// Returns the mean score: the win rate with ties counted half. `None` without scores.
    pub(super) fn rate(&self) -> Option<f64> {
        (self.sums.weight > 0.0).then(|| self.sums.score / self.sums.weight)
    }

    /// Returns the effective number of votes: how many independent votes these are worth, at most as many as there are.
    ///
    /// With one vote per prompt that is all of them. Otherwise they are divided by the design effect (the variance of
    /// the mean with prompts as clusters, over the variance without; Kish, Survey Sampling, 1965) and, because that is
    /// estimated from few prompts, by the square of Student's over the normal quantile (Korn and Graubard, Survey
    /// Methodology 24, 1998). With fewer than 12 prompts, or where all scores are the same, it cannot be estimated, and
    /// each prompt counts once.
    pub(super) fn effective(&self) -> f64 {
        let (n, prompts) = (self.sums.weight, self.prompts.len());
        if !self.repeats {
            return n;
        }
        let enough = prompts >= FEW_PROMPTS;
        let Some(effect) = self.design_effect().filter(|_| enough) else { return n.min(prompts as f64) };
        n / effect * (Z_95 / t_95(prompts as f64 - 1.0)).powi(2)
    }

    /// Returns the design effect, at least 1; `None` if all scores are the same.
    fn design_effect(&self) -> Option<f64> {
        let (rate, sums) = (self.rate()?, self.sums);
        let apart = sums.score_squared - rate * sums.score;
        let together = sums.prompt_score_squared - 2.0 * rate * sums.prompt_score_by_weight
            + rate * rate * sums.prompt_weight_squared;
        (apart > 1e-9 * sums.weight).then(|| (together / apart).max(1.0))
    }

    /// Returns Wilson's interval on the effective number of votes.
    pub(super) fn interval(&self) -> Option<Interval> {
        wilson(self.rate()?, self.effective())
    }

    /// Returns the 95 % percentile interval of the win rate over 2,000 resamples of the prompts, with replacement;
    /// `None` with fewer than two prompts. If all scores are the same it has no width and no meaning.
    ///
    /// Field and Welsh, Bootstrapping clustered data, J. R. Stat. Soc. B 69 (2007).
    pub(super) fn bootstrap(&self, rng: &mut fastrand::Rng) -> Option<Interval> {
        if self.prompts.len() < 2 {
            return None;
        }
        let mut rates: Vec<f64> = (0..RESAMPLES).map(|_| resample(&self.prompts, rng)).collect();
        rates.sort_by(f64::total_cmp);
        let cut = RESAMPLES / 40;
        Some(Interval { low: rates[cut], high: rates[RESAMPLES - 1 - cut] })
    }
}

fn resample(prompts: &[PromptScore], rng: &mut fastrand::Rng) -> f64 {
    let (mut score, mut weight) = (0.0, 0.0);
    for _ in prompts {
        let prompt = &prompts[rng.usize(..prompts.len())];
        score += prompt.score;
        weight += prompt.weight;
    }
    score / weight
}
