//! Lanes, pairs and ballots of comparisons.
//!
//! Plain values as they are stored and exported; `compare` selects pairs and counts ballots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tintype_backends::{ErrorKind, Settings, Usd, svg::SvgValidity};

use crate::{
    id::Id,
    library::{ImageRecord, JobState, Record, record::backend_and_model},
};

/// Contestant: one backend with one model and one set of settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// Display name. Two names for the same backend, model and settings are one contestant.
    pub name: String,
    /// Name of the backend in the config, not its kind.
    pub backend: String,
    pub model: String,
    /// Settings as sent, with all defaults filled in.
    pub settings: Settings,
}

impl Lane {
    /// Returns what identifies a contestant, without its name.
    pub fn identity(&self) -> (&str, &str, &Settings) {
        (&self.backend, &self.model, &self.settings)
    }

    /// Returns the backend and its model, once if both have the same name.
    pub fn backend_and_model(&self) -> String {
        backend_and_model(&self.backend, &self.model)
    }
}

/// Outcome of one lane's part of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneOutcome {
    /// The lane delivered an image.
    Image,
    /// The provider or the model refused the prompt.
    Refused,
    /// The response was not an image that can be decoded or rendered.
    Invalid,
    /// The provider failed, or gave no response in time.
    Failed,
    /// The job was interrupted after it was sent. Its outcome is unknown, so it counts neither for nor against any
    /// lane.
    Unknown,
}

impl LaneOutcome {
    /// Returns the outcome of a job. `None` while it runs, and if its end says nothing about the lane: no key, no
    /// credit, no network, rate limits, canceled by the user.
    pub fn from_record(job: &Record) -> Option<Self> {
        match (job.state, job.error.as_ref().map(|error| error.kind)) {
            (JobState::Saved, _) => Some(Self::Image),
            (JobState::Unknown, _) | (JobState::Failed, Some(ErrorKind::Unknown)) => Some(Self::Unknown),
            (JobState::Failed, Some(ErrorKind::Refused)) => Some(Self::Refused),
            (JobState::Failed, Some(ErrorKind::InvalidImage)) => Some(Self::Invalid),
            (JobState::Failed, Some(ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Protocol)) => {
                Some(Self::Failed)
            }
            _ => None,
        }
    }
}

/// One lane's part of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairSide {
    pub lane: Lane,
    pub job: Option<Id>,
    pub image: Option<Id>,
    /// SHA-256 of the image file, in lowercase hexadecimal.
    pub sha256: Option<String>,
    pub ending: LaneOutcome,
    /// Time from submit to the first preview, in seconds; `None` if there was none or no listener.
    pub first_preview_seconds: Option<f64>,
    /// Time from submit to the end, in seconds.
    pub seconds: Option<f64>,
    /// Cost in US dollars; `None` if the cost is not known.
    #[serde(rename = "cost_usd")]
    pub cost: Option<Usd>,
    /// Validity of an SVG drawing as it arrived, before any repair.
    pub validity: Option<SvgValidity>,
}

impl PairSide {
    /// Returns the side for a lane's job, or `None` if the job says nothing about the lane.
    pub fn from_job(lane: Lane, job: &Record, first_preview_seconds: Option<f64>) -> Option<Self> {
        let ending = LaneOutcome::from_record(job)?;
        let image: Option<&ImageRecord> = job.images.first();
        let refused = || job.error.as_ref().and_then(|error| error.validity);
        Some(Self {
            lane,
            job: Some(job.id),
            image: image.map(|image| image.id),
            sha256: image.map(|image| image.sha256.clone()),
            ending,
            first_preview_seconds,
            seconds: job.seconds,
            cost: job.cost.as_ref().map(|cost| cost.usd),
            validity: job.validity.or_else(refused),
        })
    }
}

/// Two drawings of one prompt, with the sides on which they are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonPair {
    pub id: Id,
    /// The run that the pair belongs to; `None` for an ad hoc pair.
    pub run: Option<Id>,
    pub at: Timestamp,
    pub prompt: String,
    /// SHA-256 of the UTF-8 bytes of the prompt, in hexadecimal.
    pub prompt_sha256: String,
    pub pack: Option<String>,
    pub category: Option<String>,
    /// Part of the prompt that is hard, according to the pack.
    pub challenge: Option<String>,
    pub left: PairSide,
    pub right: PairSide,
    /// The pair that this one mirrors, shown to measure the voter's consistency.
    pub mirrors: Option<Id>,
}

impl ComparisonPair {
    /// Returns the outcome that needs no vote: a side without an image loses both questions to a side with one, and if
    /// neither has one, both are bad. `None` if there is something to vote on or an unknown outcome.
    pub const fn outcome_without_vote(&self) -> Option<Preference> {
        match (self.left.ending, self.right.ending) {
            (LaneOutcome::Unknown, _) | (_, LaneOutcome::Unknown) | (LaneOutcome::Image, LaneOutcome::Image) => None,
            (LaneOutcome::Image, _) => Some(Preference::Left),
            (_, LaneOutcome::Image) => Some(Preference::Right),
            _ => Some(Preference::BothBad),
        }
    }

    /// Returns whether there are two images to vote on.
    pub const fn is_votable(&self) -> bool {
        matches!((self.left.ending, self.right.ending), (LaneOutcome::Image, LaneOutcome::Image))
    }
}

/// A voter's answer to one question about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The left image is better.
    Left,
    /// The right image is better.
    Right,
    /// Neither is better, and both are good enough.
    Tie,
    /// Neither is good enough.
    BothBad,
}

impl Preference {
    /// Returns the same answer about the pair with its sides swapped.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Tie | Self::BothBad => self,
        }
    }
}

/// Voter who cast a ballot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Voter {
    /// The user at the terminal.
    Human,
    /// A model. Its votes are never counted together with those of people.
    Judge {
        /// Name in the config of the backend that judged the pair.
        backend: String,
        model: String,
    },
}

/// A vote together with a frozen copy of everything it was about, so that a ballot can be counted on its own. It is
/// written once and never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ballot {
    pub id: Id,
    pub pair: Id,
    pub at: Timestamp,
    pub voter: Voter,
    pub prompt: String,
    /// SHA-256 of the UTF-8 bytes of the prompt, in hexadecimal.
    pub prompt_sha256: String,
    pub pack: Option<String>,
    pub category: Option<String>,
    /// Part of the prompt that is hard, according to the pack.
    pub challenge: Option<String>,
    pub left: PairSide,
    /// The right side. A judge sees each pair in both orders and casts a ballot for each.
    pub right: PairSide,
    /// The pair that the voted pair mirrors, if it is a mirrored one.
    pub mirrors: Option<Id>,
    /// The answer to which image follows the prompt better.
    pub follows: Preference,
    /// The answer to which of the two images looks better.
    pub looks: Preference,
    /// Time from the display of both images to the second answer, in seconds.
    pub seconds: f64,
    /// Scores and reason of a judge, beyond the two answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Opinion>,
}

/// Answers of a voter to a pair, and the time they took.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// The answer to which image follows the prompt better.
    pub follows: Preference,
    /// The answer to which of the two images looks better.
    pub looks: Preference,
    /// Time from the display of both images to the second answer, in seconds.
    pub seconds: f64,
    /// Scores and reason of a judge; `None` for a person.
    pub opinion: Option<Opinion>,
}

impl Ballot {
    /// Creates the ballot of `voter` on `pair`.
    pub fn new(pair: &ComparisonPair, voter: Voter, at: Timestamp, vote: Vote) -> Self {
        let pair = pair.clone();
        Self {
            id: Id::new(),
            pair: pair.id,
            at,
            voter,
            prompt: pair.prompt,
            prompt_sha256: pair.prompt_sha256,
            pack: pair.pack,
            category: pair.category,
            challenge: pair.challenge,
            left: pair.left,
            right: pair.right,
            mirrors: pair.mirrors,
            follows: vote.follows,
            looks: vote.looks,
            seconds: vote.seconds,
            opinion: vote.opinion,
        }
    }
}

/// A judge's scores for both images, and its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    pub left: JudgeScores,
    pub right: JudgeScores,
    /// Reason for the decision, in the judge's own words.
    pub reason: String,
}

/// Scores of one image on four criteria, each from 1 (bad) to 5 (good).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeScores {
    /// Adherence to the prompt: everything it asks for is there, in the right number, color and place, and nothing
    /// else.
    pub adherence: u8,
    /// Craft: form, detail, light, and the absence of mistakes.
    pub quality: u8,
    /// Style: the image looks as the prompt asks, and consistent throughout.
    pub style: u8,
    /// Composition: the arrangement works, including what draws the eye first.
    pub composition: u8,
}

/// Returns the SHA-256 of a prompt's UTF-8 bytes, in hexadecimal.
pub fn prompt_sha256(prompt: &str) -> String {
    format!("{:x}", Sha256::digest(prompt.as_bytes()))
}
