//! Simulated voters with a known preference: how often the intervals contain it, and how often a winner is named
//! between equals.
//! Seeds are fixed, so these are facts and not chances; they were not picked for their results.

use crate::compare::stats::{
    ALPHA, Interval, MatchupVerdict, Tally, Walkovers, always_valid::is_decided, interval::wilson, sample::Sample,
};

const RUNS: usize = 2_000;

/// Returns names of prompts that sort like their numbers.
fn names(prompts: usize) -> Vec<String> {
    (0..prompts).map(|prompt| format!("{prompt:03}")).collect()
}

/// A voter who prefers the first lane at a true rate and sometimes answers "tie".
struct SimulatedVoter {
    rate: f64,
    ties: f64,
    /// The amount by which a prompt shifts the rate up or down, which correlates the votes on one prompt.
    prompt_shift: f64,
}

impl SimulatedVoter {
    fn even(rate: f64) -> Self {
        Self { rate, ties: 0.0, prompt_shift: 0.0 }
    }

    fn vote(&self, prompt_shift: f64, rng: &mut fastrand::Rng) -> f64 {
        let tie = rng.f64() < self.ties;
        let won = rng.f64() < self.rate + prompt_shift;
        if tie { 0.5 } else { f64::from(u8::from(won)) }
    }

    fn prompt_shifts(&self, prompts: usize, rng: &mut fastrand::Rng) -> Vec<f64> {
        (0..prompts).map(|_| if rng.bool() { self.prompt_shift } else { -self.prompt_shift }).collect()
    }

    /// Returns the win rate with ties counted half.
    fn truth(&self) -> f64 {
        self.ties / 2.0 + (1.0 - self.ties) * self.rate
    }
}

/// Returns the share of runs, with `rounds` votes on each of `prompts` prompts, whose interval contains the true rate.
fn coverage(
    taste: &SimulatedVoter,
    prompts: usize,
    rounds: usize,
    interval: impl Fn(&Sample<'_>, &mut fastrand::Rng) -> Interval,
) -> f64 {
    let mut rng = fastrand::Rng::with_seed(8);
    let names = names(prompts);
    let held = (0..RUNS).filter(|_| {
        let mut sample = Sample::default();
        for (name, prompt_shift) in names.iter().zip(taste.prompt_shifts(prompts, &mut rng)) {
            (0..rounds).for_each(|_| sample.add(name, taste.vote(prompt_shift, &mut rng), 1.0));
        }
        interval(&sample, &mut rng).contains(taste.truth())
    });
    held.count() as f64 / RUNS as f64
}

fn shown(sample: &Sample<'_>, _: &mut fastrand::Rng) -> Interval {
    sample.interval().unwrap()
}

#[test]
fn interval_covers_the_true_rate_in_95_percent_of_runs() {
    for rate in [0.5, 0.6, 0.7] {
        for prompts in [24, 60, 120] {
            let held = coverage(&SimulatedVoter::even(rate), prompts, 1, shown);
            assert!((0.93..=0.97).contains(&held), "{rate} over {prompts} prompts: {held}");
        }
    }
}

#[test]
fn interval_covers_the_true_rate_where_prompts_repeat() {
    for rate in [0.5, 0.6, 0.7] {
        for (prompts, rounds) in [(24, 4), (60, 3)] {
            let taste = SimulatedVoter { rate, ties: 0.0, prompt_shift: 0.25 };
            let held = coverage(&taste, prompts, rounds, shown);
            let naive =
                coverage(&taste, prompts, rounds, |sample, _| wilson(sample.rate().unwrap(), sample.weight()).unwrap());
            assert!((0.93..=0.97).contains(&held), "{rate} over {prompts} prompts: {held}");
            assert!(naive < 0.91, "prompts would not matter: {naive}");
        }
    }
}

#[test]
fn ties_only_widen_the_interval() {
    let held = coverage(&SimulatedVoter { rate: 0.6, ties: 0.3, prompt_shift: 0.0 }, 60, 1, shown);
    assert!(held >= 0.93, "{held}");
}

/// The votes so far, and the verdict that would be shown after each.
#[derive(Default)]
struct SimulatedPage<'a> {
    tally: Tally,
    sample: Sample<'a>,
}

impl<'a> SimulatedPage<'a> {
    fn see(&mut self, prompt: &'a str, score: f64) {
        match score {
            1.0 => self.tally.first_wins += 1,
            0.0 => self.tally.second_wins += 1,
            _ => self.tally.ties += 1,
        }
        self.tally.votes += 1;
        self.sample.add(prompt, score, 1.0);
    }

    /// Returns the verdict. The `failures` of the first lane are known beforehand; each counts `weight` of a vote.
    fn verdict(&mut self, failures: &'a [String], weight: f64, alpha: f64) -> MatchupVerdict {
        let half = self.tally.ties as f64 / 2.0;
        let losses = self.tally.second_wins as f64 + half + weight * failures.len() as f64;
        // A shortcut: a result that all votes together do not decide is not decided by fewer effective ones either.
        if !is_decided(self.tally.first_wins as f64 + half, losses, alpha) {
            return MatchupVerdict::Undecided;
        }
        let mut sample = self.sample.clone();
        for prompt in failures {
            sample.add(prompt, 0.0, weight);
        }
        self.tally.walkovers = Walkovers { second_wins: failures.len(), weight, ..Walkovers::default() };
        self.tally.win_rate = sample.rate();
        self.tally.effective_votes = sample.effective();
        self.tally.interval = sample.interval();
        self.tally.verdict(alpha)
    }
}

/// Returns the first verdict of a voter who looks after every vote, if there is one.
fn first_verdict(
    taste: &SimulatedVoter,
    names: &[String],
    failures: &[String],
    rounds: usize,
    rng: &mut fastrand::Rng,
) -> Option<MatchupVerdict> {
    let prompt_shifts = taste.prompt_shifts(names.len(), rng);
    let mut page = SimulatedPage::default();
    for round in 0..rounds {
        for (n, (name, prompt_shift)) in names.iter().zip(&prompt_shifts).enumerate() {
            page.see(name, taste.vote(*prompt_shift, rng));
            let voted = (round * names.len() + n + 1) as f64 / (rounds * names.len()) as f64;
            let verdict = page.verdict(failures, voted, ALPHA / 2.0);
            if matches!(verdict, MatchupVerdict::First | MatchupVerdict::Second) {
                return Some(verdict);
            }
        }
    }
    None
}

/// Returns the share of runs in which either question ever names the first lane, and that for the second.
fn named(taste: &SimulatedVoter, prompts: usize, rounds: usize, failed: usize, runs: usize) -> (f64, f64) {
    let mut rng = fastrand::Rng::with_seed(8);
    let all = names(prompts + failed);
    let (names, failures) = all.split_at(prompts);
    let (mut first, mut second) = (0, 0);
    for _ in 0..runs {
        let told = [(); 2].map(|()| first_verdict(taste, names, failures, rounds, &mut rng));
        first += usize::from(told.contains(&Some(MatchupVerdict::First)));
        second += usize::from(told.contains(&Some(MatchupVerdict::Second)));
    }
    (first as f64 / runs as f64, second as f64 / runs as f64)
}

#[test]
fn equals_get_a_winner_in_less_than_5_percent_of_pages() {
    let leaning = |prompt_shift| SimulatedVoter { rate: 0.5, ties: 0.0, prompt_shift };
    for (taste, prompts, rounds, failed) in [
        (SimulatedVoter::even(0.5), 200, 1, 0),
        (SimulatedVoter { rate: 0.5, ties: 0.3, prompt_shift: 0.0 }, 120, 1, 0),
        // Preferred where it delivers, but failing often enough to balance that: 0.625 of 96, and 24 failures.
        (SimulatedVoter::even(0.625), 96, 1, 24),
        (leaning(0.25), 24, 6, 0),
        (leaning(0.5), 24, 6, 0),
        (leaning(0.3), 12, 12, 0),
        (leaning(0.3), 6, 12, 0),
    ] {
        let (first, second) = named(&taste, prompts, rounds, failed, RUNS);
        assert!(first + second < 0.05, "{prompts} prompts, {rounds} rounds: {first} + {second}");
    }
}

#[test]
fn worse_lane_is_almost_never_named() {
    for rate in [0.6, 0.7] {
        let (better, worse) = named(&SimulatedVoter::even(rate), 300, 1, 0, 400);
        assert!(worse < 0.01 && better > 0.5, "{rate}: {better} right, {worse} wrong");
    }
}

#[test]
fn fixed_sample_interval_names_a_winner_far_more_often() {
    let mut rng = fastrand::Rng::with_seed(8);
    let fooled = (0..RUNS).filter(|_| {
        let mut wins = 0.0;
        (1..=200).any(|n| {
            wins += f64::from(u8::from(rng.bool()));
            let n = f64::from(n);
            n >= 10.0 && !wilson(wins / n, n).unwrap().contains(0.5)
        })
    });
    let fooled = fooled.count() as f64 / RUNS as f64;
    assert!(fooled > 0.2, "{fooled}");
}
