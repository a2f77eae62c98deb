//! What is compared and what was said of it: lanes, pairs, ballots.
//! Plain values, as they are kept and exported; who deals pairs and counts ballots is `compare`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tintype_backends::{ErrorKind, Settings, Usd, svg::Validity};

use crate::{
    id::Id,
    library::{ImageRecord, Record, State, record::drawn_by},
};

/// A contestant: one backend with one model and one set of settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lane {
    /// What the person calls it. Two names for the same three facts are one contestant.
    pub name: String,
    /// The backend's name in the config.
    pub backend: String,
    /// The model.
    pub model: String,
    /// The settings as sent, defaults filled in.
    pub settings: Settings,
}

impl Lane {
    /// What makes it the same contestant as another one.
    pub fn identity(&self) -> (&str, &str, &Settings) {
        (&self.backend, &self.model, &self.settings)
    }

    /// Who draws: the backend and its model, once where they are called the same.
    pub fn drawn_by(&self) -> String {
        drawn_by(&self.backend, &self.model)
    }
}

/// How a lane's part of a pair ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With an image.
    Image,
    /// The provider or the model would not draw it.
    Refused,
    /// What came was no picture that can be drawn.
    Invalid,
    /// The provider failed, or gave no answer in time.
    Failed,
    /// It was cut off here after it was sent: nobody knows, so it counts neither for nor against anybody.
    Unknown,
}

impl Ending {
    /// How a job ended; `None` while it runs, and where its end says nothing about the lane: no key, no credit,
    /// no network, too many requests, stopped by the user.
    pub fn of(job: &Record) -> Option<Self> {
        match (job.state, job.error.as_ref().map(|error| error.kind)) {
            (State::Saved, _) => Some(Self::Image),
            (State::Unknown, _) | (State::Failed, Some(ErrorKind::Unknown)) => Some(Self::Unknown),
            (State::Failed, Some(ErrorKind::Refused)) => Some(Self::Refused),
            (State::Failed, Some(ErrorKind::InvalidImage)) => Some(Self::Invalid),
            (State::Failed, Some(ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Protocol)) => Some(Self::Failed),
            _ => None,
        }
    }
}

/// One lane's part of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The contestant.
    pub lane: Lane,
    /// The job that drew it.
    pub job: Option<Id>,
    /// Its image.
    pub image: Option<Id>,
    /// SHA-256 of the image file, hexadecimal.
    pub sha256: Option<String>,
    /// How it ended.
    pub ending: Ending,
    /// From submit to the first preview, in seconds; `None` where there was none or nobody watched.
    pub first_preview_seconds: Option<f64>,
    /// From submit to the end, in seconds.
    pub seconds: Option<f64>,
    /// What it cost, in US dollars; `None` where that is unknown.
    #[serde(rename = "cost_usd")]
    pub cost: Option<Usd>,
    /// How sound the drawing was as it came, where it was written as SVG.
    pub validity: Option<Validity>,
}

impl Side {
    /// What the job of a lane came to; `None` where it says nothing about the lane.
    pub fn of(lane: Lane, job: &Record, first_preview_seconds: Option<f64>) -> Option<Self> {
        let ending = Ending::of(job)?;
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
pub struct Pair {
    /// Its id.
    pub id: Id,
    /// The run that it belongs to; `None` for one made on the spot.
    pub run: Option<Id>,
    /// When it was made.
    pub at: Timestamp,
    /// The words both were asked for.
    pub prompt: String,
    /// SHA-256 of the prompt's UTF-8, hexadecimal.
    pub prompt_sha256: String,
    /// The pack that the prompt comes from.
    pub pack: Option<String>,
    /// Its category there.
    pub category: Option<String>,
    /// What is hard about it, as the pack says.
    pub challenge: Option<String>,
    /// What is shown on the left.
    pub left: Side,
    /// What is shown on the right.
    pub right: Side,
    /// The pair of which this one is the mirror image, shown to measure the voter.
    pub mirrors: Option<Id>,
}

impl Pair {
    /// The outcome that needs no vote: a side that ended without a picture loses both questions to one that has one,
    /// and where neither has one, both are bad. `None` where there is something to vote on or something unknown.
    pub const fn walkover(&self) -> Option<Answer> {
        match (self.left.ending, self.right.ending) {
            (Ending::Unknown, _) | (_, Ending::Unknown) | (Ending::Image, Ending::Image) => None,
            (Ending::Image, _) => Some(Answer::Left),
            (_, Ending::Image) => Some(Answer::Right),
            _ => Some(Answer::BothBad),
        }
    }

    /// Whether there are two pictures to vote on.
    pub const fn is_votable(&self) -> bool {
        matches!((self.left.ending, self.right.ending), (Ending::Image, Ending::Image))
    }
}

/// What is said to one question about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Neither more than the other, both good enough.
    Tie,
    /// Neither is good enough.
    BothBad,
}

impl Answer {
    /// The same answer about the pair with its sides exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Tie | Self::BothBad => self,
        }
    }
}

/// Who cast a ballot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Voter {
    /// The person at the terminal.
    Human,
    /// A model. Never counted together with people.
    Judge {
        /// The backend that was asked, by its name in the config.
        backend: String,
        /// Its model.
        model: String,
    },
}

/// One vote, with all that it was about frozen in it: a ballot can be counted without anything else.
/// Written once and never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ballot {
    /// Its id.
    pub id: Id,
    /// The pair it is about.
    pub pair: Id,
    /// When it was cast.
    pub at: Timestamp,
    /// Who cast it.
    pub voter: Voter,
    /// The words.
    pub prompt: String,
    /// SHA-256 of the prompt's UTF-8, hexadecimal.
    pub prompt_sha256: String,
    /// The pack that the prompt comes from.
    pub pack: Option<String>,
    /// Its category there.
    pub category: Option<String>,
    /// What is hard about it, as the pack says.
    pub challenge: Option<String>,
    /// What the voter saw on the left.
    pub left: Side,
    /// What the voter saw on the right. A judge sees each pair in both orders and casts a ballot for each.
    pub right: Side,
    /// The pair of which this one was the mirror image.
    pub mirrors: Option<Id>,
    /// Which follows the prompt better.
    pub follows: Answer,
    /// Which looks better.
    pub looks: Answer,
    /// From when both pictures were there until the second answer, in seconds.
    pub seconds: f64,
    /// What a judge said beyond the two answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Opinion>,
}

/// What a voter answered to a pair, and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// Which follows the prompt better.
    pub follows: Answer,
    /// Which looks better.
    pub looks: Answer,
    /// From when both pictures were there until the second answer, in seconds.
    pub seconds: f64,
    /// What a judge said beyond that.
    pub opinion: Option<Opinion>,
}

impl Ballot {
    /// A new ballot of `voter` on `pair`.
    pub fn cast(pair: &Pair, voter: Voter, at: Timestamp, vote: Vote) -> Self {
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

/// A judge's marks for both pictures, and its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// The left picture.
    pub left: Marks,
    /// The right picture.
    pub right: Marks,
    /// Why, in the judge's words.
    pub reason: String,
}

/// One picture on four criteria, each 1 (bad) to 5 (good).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Whether everything that was asked for is there, in the right number, colour and place, and nothing else.
    pub adherence: u8,
    /// Whether it is well made: form, detail, light, no mistakes.
    pub quality: u8,
    /// Whether it looks the way the words ask, and as if one hand had made it.
    pub style: u8,
    /// Whether it works as a picture: where things stand, what the eye meets first.
    pub composition: u8,
}

/// SHA-256 of a prompt's UTF-8, hexadecimal.
pub fn prompt_sha256(prompt: &str) -> String {
    format!("{:x}", Sha256::digest(prompt.as_bytes()))
}
