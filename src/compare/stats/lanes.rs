//! What a lane takes and how it ends, whoever likes it: time, money, failures, soundness of drawings.
//! Every job counts once, however many pairs it is in.

use std::collections::HashSet;

use serde::Serialize;
use tintype_backends::{Usd, svg::Validity};

use super::{
    meetings::{Roster, sides},
    spread::Spread,
    voter::Share,
};
use crate::compare::{Ballot, Ending, Lane, Pair, Side};

/// How the jobs of a lane ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Endings {
    /// With a picture.
    pub image: usize,
    /// Refused.
    pub refused: usize,
    /// With something that is no picture.
    pub invalid: usize,
    /// The provider failed.
    pub failed: usize,
    /// Nobody knows.
    pub unknown: usize,
}

/// What a lane costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spending {
    /// Jobs whose cost is known.
    pub known: usize,
    /// Jobs whose cost is not. They are in no figure here, and are not taken for free.
    pub unknown: usize,
    /// All known costs together.
    #[serde(rename = "total_usd")]
    pub total: Usd,
    /// Per job whose cost is known, those that brought no picture included; `None` where none is known.
    #[serde(rename = "mean_usd")]
    pub mean: Option<f64>,
}

/// How sound a lane's drawings were as they came, where they were written as SVG.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Soundness {
    /// Valid exactly as written.
    pub raw_valid: Share,
    /// Valid as written or after a repair.
    pub valid: Share,
}

/// A lane and what is known of it without any vote.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneFacts {
    /// What to call it: its name, with what tells it apart where another has the same.
    pub label: String,
    /// The contestant.
    pub lane: Lane,
    /// Jobs.
    pub jobs: usize,
    /// How they ended.
    pub endings: Endings,
    /// Seconds from submit to the first preview, where somebody watched and there was one.
    pub first_preview_seconds: Option<Spread>,
    /// Seconds from submit to the picture.
    pub seconds: Option<Spread>,
    /// What it costs.
    pub cost: Spending,
    /// How sound its drawings were; `None` where it writes none.
    pub svg: Option<Soundness>,
}

/// The facts of every lane, in the order of the roster.
pub(super) fn facts(pairs: &[Pair], ballots: &[Ballot], roster: &Roster<'_>) -> Vec<LaneFacts> {
    let mut jobs = vec![Vec::new(); roster.lanes().len()];
    let mut seen = HashSet::new();
    for side in sides(pairs, ballots).filter(|side| side.job.is_some_and(|job| seen.insert(job))) {
        jobs[roster.number(&side.lane)].push(side);
    }
    let lanes = roster.lanes().iter().zip(roster.labels()).zip(jobs);
    lanes.map(|((lane, label), jobs)| LaneFacts::of(label, (*lane).clone(), &jobs)).collect()
}

impl LaneFacts {
    fn of(label: String, lane: Lane, jobs: &[&Side]) -> Self {
        let count = |ending| jobs.iter().filter(|side| side.ending == ending).count();
        let drawn = || jobs.iter().filter(|side| side.ending == Ending::Image);
        let previews: Vec<f64> = drawn().filter_map(|side| side.first_preview_seconds).collect();
        let seconds: Vec<f64> = drawn().filter_map(|side| side.seconds).collect();
        Self {
            label,
            lane,
            jobs: jobs.len(),
            endings: Endings {
                image: count(Ending::Image),
                refused: count(Ending::Refused),
                invalid: count(Ending::Invalid),
                failed: count(Ending::Failed),
                unknown: count(Ending::Unknown),
            },
            first_preview_seconds: Spread::of(&previews),
            seconds: Spread::of(&seconds),
            cost: spending(jobs),
            svg: soundness(jobs),
        }
    }
}

fn spending(jobs: &[&Side]) -> Spending {
    let known: Vec<Usd> = jobs.iter().filter_map(|side| side.cost).collect();
    let total: Usd = known.iter().copied().sum();
    let mean = (!known.is_empty()).then(|| total.dollars() / known.len() as f64);
    Spending { known: known.len(), unknown: jobs.len() - known.len(), total, mean }
}

fn soundness(jobs: &[&Side]) -> Option<Soundness> {
    let all: Vec<Validity> = jobs.iter().filter_map(|side| side.validity).collect();
    let raw = all.iter().filter(|validity| **validity == Validity::RawValid).count();
    let repaired = all.iter().filter(|validity| **validity == Validity::AfterRepair).count();
    let share = |of| Share::new(of, all.len());
    (!all.is_empty()).then(|| Soundness { raw_valid: share(raw), valid: share(raw + repaired) })
}
