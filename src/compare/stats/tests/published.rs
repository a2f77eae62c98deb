//! Comparison with published tables, and with the results of scipy, statsmodels and choix
//! (`tests/data/stats/reference.py`).

use serde::{Deserialize, de::DeserializeOwned};

use crate::compare::stats::{
    Interval,
    always_valid::{always_valid, log_evidence},
    bradley_terry::{Match, fit},
    interval::{t_95, wilson},
    kappa::{Crosstab, Kappa},
    sample::Sample,
    sample_size::{EffectSize, fixed_sample_size},
    summary::Summary,
};

fn reference<T: DeserializeOwned>(part: &str) -> Vec<T> {
    let text = include_str!("../../../../tests/data/stats/reference.json");
    let all: serde_json::Value = serde_json::from_str(text).unwrap();
    let rows: Vec<T> = serde_json::from_value(all[part].clone()).unwrap();
    assert!(!rows.is_empty(), "there is no {part}");
    rows
}

#[track_caller]
fn close(ours: f64, theirs: f64, within: f64) {
    assert!((ours - theirs).abs() <= within, "{ours} here, {theirs} there");
}

#[track_caller]
fn same_range(ours: Interval, low: f64, high: f64, within: f64) {
    close(ours.low, low, within);
    close(ours.high, high, within);
}

#[derive(Deserialize)]
struct WilsonRow {
    wins: f64,
    n: f64,
    low: f64,
    high: f64,
}

#[test]
fn wilson_matches_statsmodels() {
    for row in reference::<WilsonRow>("wilson") {
        same_range(wilson(row.wins / row.n, row.n).unwrap(), row.low, row.high, 1e-12);
    }
}

#[test]
fn wilson_matches_published_values() {
    for (n, low, high) in [(20.0, 0.39, 0.78), (50.0, 0.46, 0.72), (100.0, 0.50, 0.69)] {
        same_range(wilson(0.6, n).unwrap(), low, high, 0.005);
    }
    assert!(wilson(0.5, 0.0).is_none());
}

#[test]
fn wilson_excludes_one_half_at_published_counts() {
    for (wins, n) in [(9, 10), (12, 15), (15, 20), (21, 30), (32, 50), (60, 100)] {
        let low = |wins: i32| wilson(f64::from(wins) / f64::from(n), f64::from(n)).unwrap().low;
        assert!(low(wins) > 0.5 && low(wins - 1) < 0.5, "{wins} of {n}");
    }
}

#[derive(Deserialize)]
struct SampleSizeRow {
    rate: f64,
    ties: f64,
    votes: f64,
}

#[test]
fn fixed_sample_size_matches_statsmodels() {
    for row in reference::<SampleSizeRow>("planned") {
        close(fixed_sample_size(EffectSize { rate: row.rate, ties: row.ties }).unwrap(), row.votes, 0.0);
    }
}

#[test]
fn fixed_sample_size_matches_published_values() {
    for (rate, votes) in [(0.55, 783.0), (0.60, 194.0), (0.65, 85.0), (0.70, 47.0), (0.75, 29.0)] {
        close(fixed_sample_size(EffectSize { rate, ties: 0.0 }).unwrap(), votes, 0.0);
    }
    assert!(fixed_sample_size(EffectSize { rate: 0.5, ties: 0.2 }).is_none());
}

#[derive(Deserialize)]
struct EvidenceRow {
    wins: f64,
    losses: f64,
    alpha: f64,
    #[serde(rename = "evidence")]
    log: f64,
    low: f64,
    high: f64,
}

#[test]
fn always_valid_interval_matches_scipy() {
    for row in reference::<EvidenceRow>("sequence") {
        close(log_evidence(row.wins, row.losses, 0.5), row.log, 1e-9 * row.log.abs().max(1.0));
        same_range(always_valid(row.wins, row.losses, row.alpha), row.low, row.high, 1e-9);
    }
}

#[derive(Deserialize)]
struct StudentRow {
    df: f64,
    t: f64,
}

#[test]
fn student_quantiles_match_scipy() {
    for row in reference::<StudentRow>("student") {
        close(t_95(row.df), row.t, 1e-7 * row.t);
    }
    assert!(t_95(0.0).is_infinite());
}

#[derive(Deserialize)]
struct ClusterRow {
    scores: Vec<Vec<f64>>,
    rate: f64,
    effective: f64,
    bootstrap: Interval,
}

#[test]
fn clustered_votes_match_statsmodels_and_scipy() {
    for row in reference::<ClusterRow>("clusters") {
        let names: Vec<String> = (0..row.scores.len()).map(|prompt| format!("{prompt:03}")).collect();
        let mut sample = Sample::default();
        for (name, scores) in names.iter().zip(&row.scores) {
            for score in scores {
                sample.add(name, *score, 1.0);
            }
        }
        close(sample.rate().unwrap(), row.rate, 1e-12);
        close(sample.effective(), row.effective, 1e-6);
        let bootstrap = sample.bootstrap(&mut fastrand::Rng::with_seed(1)).unwrap();
        // The ends of 2,000 draws scatter by about 0.004.
        same_range(bootstrap, row.bootstrap.low, row.bootstrap.high, 0.015);
    }
}

#[derive(Deserialize)]
struct KappaRow {
    table: Crosstab,
    kappa: f64,
    low: f64,
    high: f64,
}

#[test]
fn kappa_matches_statsmodels() {
    for row in reference::<KappaRow>("kappa") {
        let ours = Kappa::from_table(&row.table).unwrap();
        close(ours.kappa.unwrap(), row.kappa, 1e-12);
        same_range(ours.interval.unwrap(), row.low, row.high, 1e-9);
    }
}

#[test]
fn constant_answers_have_no_kappa() {
    let mut table = Crosstab::default();
    assert!(Kappa::from_table(&table).is_none());
    table[0][0] = 12.0;
    let both = Kappa::from_table(&table).unwrap();
    assert_eq!((both.n, both.agreement, both.kappa, both.interval), (12, 1.0, None, None));
}

#[derive(Deserialize)]
struct StrengthRow {
    lanes: usize,
    bouts: Vec<MatchRow>,
    strengths: std::collections::BTreeMap<String, Vec<f64>>,
    errors: StrengthErrors,
}

#[derive(Deserialize)]
struct MatchRow {
    lanes: (usize, usize),
    prompt: String,
    score: f64,
}

impl MatchRow {
    fn bout(&self) -> Match<'_> {
        Match { lanes: self.lanes, prompt: &self.prompt, score: self.score, weight: 1.0 }
    }
}

#[derive(Deserialize)]
struct StrengthErrors {
    plain: Vec<f64>,
    clustered: Vec<f64>,
}

#[test]
fn strengths_match_choix_and_errors_match_statsmodels() {
    for row in reference::<StrengthRow>("bradley_terry") {
        let bouts: Vec<Match<'_>> = row.bouts.iter().map(MatchRow::bout).collect();
        for (penalty, strengths) in &row.strengths {
            let ours = fit(row.lanes, &bouts, penalty.parse().unwrap()).unwrap();
            ours.strengths.iter().zip(strengths).for_each(|(ours, theirs)| close(*ours, *theirs, 1e-5));
        }
        let ours = fit(row.lanes, &bouts, 0.0).unwrap();
        for (lane, error) in ours.errors.iter().enumerate() {
            close(*error, row.errors.plain[lane].max(row.errors.clustered[lane]), 1e-6);
        }
    }
}

#[test]
fn lane_that_won_everything_has_finite_strength() {
    let bout = |lanes| Match { lanes, prompt: "a", score: 1.0, weight: 1.0 };
    let bouts = vec![bout((0, 1)); 500];
    let fit = fit(3, &bouts, 0.01).unwrap();
    assert!(fit.strengths.iter().chain(&fit.errors).all(|number| number.is_finite()));
    assert!(fit.strengths[0] > 2.0 && fit.strengths[1] < -2.0);
    close(fit.strengths.iter().sum(), 0.0, 1e-9);
}

#[derive(Deserialize)]
struct SummaryRow {
    #[serde(rename = "numbers")]
    all: Vec<f64>,
    median: f64,
    p90: f64,
}

#[test]
fn quantiles_match_numpy() {
    for row in reference::<SummaryRow>("spread") {
        let ours = Summary::from_values(&row.all).unwrap();
        close(ours.median, row.median, 1e-9);
        close(ours.p90, row.p90, 1e-9);
    }
    assert!(Summary::from_values(&[]).is_none());
}
