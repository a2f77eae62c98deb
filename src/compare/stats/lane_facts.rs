//! Facts about each lane apart from votes: times, cost, failures and valid SVG.
//! Every job counts once, even if it is in several pairs.

use std::collections::HashSet;

use serde::Serialize;
use tintype_backends::{Usd, svg::SvgValidity};

use super::{
    consistency::Proportion,
    matchups::{Roster, sides},
    summary::Summary,
};
use crate::compare::{Ballot, ComparisonPair, Lane, LaneOutcome, PairSide};

/// The outcomes of a lane's jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutcomeCounts {
    /// The number of jobs that ended with an image.
    pub image: usize,
    /// The number of jobs that the provider refused to do.
    pub refused: usize,
    /// The number of jobs that delivered something other than an image.
    pub invalid: usize,
    /// The number of jobs that failed at the provider.
    pub failed: usize,
    /// The number of jobs whose outcome is not known.
    pub unknown: usize,
}

/// The cost of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LaneCost {
    /// The number of jobs with a known cost.
    pub known: usize,
    /// The number of jobs with an unknown cost. They are in none of these figures and do not count as free.
    pub unknown: usize,
    #[serde(rename = "total_usd")]
    pub total: Usd,
    /// The mean over jobs with a known cost, including those without an image; `None` if no cost is known.
    #[serde(rename = "mean_usd")]
    pub mean: Option<f64>,
}

/// Validity of a lane's SVG drawings as they were delivered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ValidityCounts {
    /// The share of drawings that were valid exactly as written.
    pub raw_valid: Proportion,
    /// The share of drawings that were valid as written or after a repair.
    pub valid: Proportion,
}

/// A lane and the facts that are known without votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneFacts {
    /// The name to show, with the differences where several lanes have the same name.
    pub label: String,
    pub lane: Lane,
    pub jobs: usize,
    pub endings: OutcomeCounts,
    /// Seconds from submit to the first preview, over jobs that were watched and had one.
    pub first_preview_seconds: Option<Summary>,
    /// Seconds from submit to the image, over jobs that delivered one.
    pub seconds: Option<Summary>,
    pub cost: LaneCost,
    /// The validity of its SVG drawings; `None` if the lane generates none.
    pub svg: Option<ValidityCounts>,
}

/// Computes the facts of every lane, in the order of the roster.
pub(super) fn facts(pairs: &[ComparisonPair], ballots: &[Ballot], roster: &Roster<'_>) -> Vec<LaneFacts> {
    let mut jobs = vec![Vec::new(); roster.lanes().len()];
    let mut seen = HashSet::new();
    for side in sides(pairs, ballots).filter(|side| side.job.is_some_and(|job| seen.insert(job))) {
        jobs[roster.number(&side.lane)].push(side);
    }
    let lanes = roster.lanes().iter().zip(roster.labels()).zip(jobs);
    lanes.map(|((lane, label), jobs)| LaneFacts::from_jobs(label, (*lane).clone(), &jobs)).collect()
}

impl LaneFacts {
    fn from_jobs(label: String, lane: Lane, jobs: &[&PairSide]) -> Self {
        let count = |ending| jobs.iter().filter(|side| side.ending == ending).count();
        let drawn = || jobs.iter().filter(|side| side.ending == LaneOutcome::Image);
        let previews: Vec<f64> = drawn().filter_map(|side| side.first_preview_seconds).collect();
        let seconds: Vec<f64> = drawn().filter_map(|side| side.seconds).collect();
        Self {
            label,
            lane,
            jobs: jobs.len(),
            endings: OutcomeCounts {
                image: count(LaneOutcome::Image),
                refused: count(LaneOutcome::Refused),
                invalid: count(LaneOutcome::Invalid),
                failed: count(LaneOutcome::Failed),
                unknown: count(LaneOutcome::Unknown),
            },
            first_preview_seconds: Summary::from_values(&previews),
            seconds: Summary::from_values(&seconds),
            cost: spending(jobs),
            svg: soundness(jobs),
        }
    }
}

fn spending(jobs: &[&PairSide]) -> LaneCost {
    let known: Vec<Usd> = jobs.iter().filter_map(|side| side.cost).collect();
    let total: Usd = known.iter().copied().sum();
    let mean = (!known.is_empty()).then(|| total.dollars() / known.len() as f64);
    LaneCost { known: known.len(), unknown: jobs.len() - known.len(), total, mean }
}

fn soundness(jobs: &[&PairSide]) -> Option<ValidityCounts> {
    let all: Vec<SvgValidity> = jobs.iter().filter_map(|side| side.validity).collect();
    let raw = all.iter().filter(|validity| **validity == SvgValidity::RawValid).count();
    let repaired = all.iter().filter(|validity| **validity == SvgValidity::AfterRepair).count();
    let share = |of| Proportion::new(of, all.len());
    (!all.is_empty()).then(|| ValidityCounts { raw_valid: share(raw), valid: share(raw + repaired) })
}
