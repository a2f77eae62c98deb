//! Pairs and ballots as voters would make them, for tests.

use jiff::Timestamp;
use tintype_backends::{Settings, Usd, Value};

use crate::{
    compare::{Ballot, ComparisonPair, Lane, LaneOutcome, PairSide, Preference, Vote, Voter, prompt_sha256},
    id::Id,
};

pub(in crate::compare) fn lane(name: &str) -> Lane {
    Lane { name: name.to_owned(), backend: name.to_owned(), model: "m".to_owned(), settings: Settings::new() }
}

pub(in crate::compare) fn set(mut lane: Lane, key: &str, value: &str) -> Lane {
    lane.settings.insert(key.to_owned(), Value::Text(value.to_owned()));
    lane
}

pub(in crate::compare) fn side(lane: Lane) -> PairSide {
    PairSide {
        lane,
        job: Some(Id::new()),
        image: Some(Id::new()),
        sha256: None,
        ending: LaneOutcome::Image,
        first_preview_seconds: None,
        seconds: Some(4.0),
        cost: Some(Usd::from_dollars(0.04)),
        validity: None,
    }
}

pub(in crate::compare) fn ended(lane: Lane, ending: LaneOutcome) -> PairSide {
    PairSide { image: None, ending, ..side(lane) }
}

pub(in crate::compare) fn pair(prompt: &str, left: PairSide, right: PairSide) -> ComparisonPair {
    ComparisonPair {
        id: Id::new(),
        run: None,
        at: Timestamp::UNIX_EPOCH,
        prompt: prompt.to_owned(),
        prompt_sha256: prompt_sha256(prompt),
        pack: None,
        category: None,
        challenge: None,
        left,
        right,
        mirrors: None,
    }
}

/// Returns the pair with its sides exchanged.
pub(in crate::compare) fn mirror(of: &ComparisonPair) -> ComparisonPair {
    let of = of.clone();
    ComparisonPair { id: Id::new(), mirrors: Some(of.id), left: of.right, right: of.left, ..of }
}

pub(in crate::compare) fn judge() -> Voter {
    Voter::Judge { backend: "j".to_owned(), model: "m".to_owned() }
}

/// Returns a ballot with the same answer to both questions.
pub(in crate::compare) fn ballot(pair: &ComparisonPair, voter: Voter, answer: Preference) -> Ballot {
    let vote = Vote { follows: answer, looks: answer, seconds: 5.0, opinion: None };
    Ballot::new(pair, voter, Timestamp::UNIX_EPOCH, vote)
}

/// Returns a judge's ballot on the pair with its sides exchanged.
pub(in crate::compare) fn mirrored_ballot(pair: &ComparisonPair, voter: Voter, answer: Preference) -> Ballot {
    let ballot = ballot(pair, voter, answer);
    Ballot { left: ballot.right, right: ballot.left, ..ballot }
}
