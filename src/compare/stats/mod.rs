//! Statistics of pairs and ballots: win rates of the lanes, their uncertainty, and the price in time and money.
//! Pure functions from values to a [`Scorecard`]: no files, no clock, and randomness only from the generator passed in.
//!
//! # The rules
//! - **What counts.** The first ballot of a voter on a pair. Mirrored repeats measure the voter and are not counted
//!   again. Humans and judges are never counted together. A judge sees each pair in both orders, and its vote counts
//!   where both orders agree.
//! - **Ties and both bad** count half for each lane and are shown separately.
//! - **Failures** count: a side without an image (refused, invalid, failed) loses both questions to one with an image,
//!   without a vote; two of them count half each; an unknown outcome counts for neither. Failures are known before the
//!   votes are in, so each counts as much of a vote as the share of pairs with a vote so far.
//! - **Interval.** Wilson's 95 % interval, for a number of votes that was fixed beforehand. Where prompts repeat, votes
//!   are not independent, and Wilson's is computed from the *effective* number of votes (`Sample::effective`); the
//!   bootstrap over prompts is shown next to it.
//! - **Winner.** The result is looked at after every vote, so no fixed interval may name a winner. A winner is named
//!   once the always-valid interval (`sequence`) excludes one half, and Wilson's does too. The probability to *ever*
//!   name a winner between equals is at most 5 % for everything that a voter's page shows together: it is divided by
//!   the two questions and by the number of pairs of lanes. Categories and challenges get intervals and no winner.

mod always_valid;
mod bradley_terry;
mod consistency;
mod interval;
mod kappa;
mod lane_facts;
mod matchups;
mod sample;
mod sample_size;
mod scorecard;
mod summary;
mod tally;
#[cfg(test)]
pub(in crate::compare) mod tests;
pub mod wording;

pub use consistency::{Consistency, ConsistencyByGap, Proportion};
pub use interval::Interval;
pub use kappa::Kappa;
pub use lane_facts::{LaneCost, LaneFacts, OutcomeCounts, ValidityCounts};
pub use scorecard::{
    ALPHA, Agreement, HeadToHead, LaneStanding, QuestionScore, Ranking, Scorecard, Strength, TallyGroup, VoterTally,
    scorecard,
};
pub use summary::Summary;
pub use tally::{MatchupVerdict, Tally, VotesNeeded, Walkovers};

use serde::Serialize;

use crate::compare::{Ballot, Preference};

/// The note that has to accompany every result.
pub const CAVEAT: &str = "Blind hides the name, not the medium: a painted image and an SVG drawing look different, so \
                          a voter can often tell which is which.";

/// The rules of counting for the reader of a result: a title and a text each.
pub const RULES: [(&str, &str); 7] = [
    (
        "Votes",
        "The first ballot on a pair counts. Pairs shown again mirrored measure the voter and are not counted twice.",
    ),
    ("Ties", "A tie and \"both bad\" count half for each lane and are shown."),
    (
        "Failures",
        "A side without an image (refused, invalid, failed) loses both questions to a side with one; if neither has \
         one, each gets half. Failures are known before the votes are in, so each is weighted by the share of pairs \
         voted on so far. Unknown outcomes are not counted.",
    ),
    (
        "Interval",
        "The 95% interval is Wilson's, for a fixed sample size. Votes on the same prompt are not independent: where \
         prompts repeat, it uses the effective number of votes, and the bootstrap resamples prompts, not votes.",
    ),
    (
        "Winner",
        "Results can be checked after every vote, so a winner is named only when an always-valid interval excludes \
         50%, and Wilson's does too. The chance of ever naming a winner between equals is at most 5% for both \
         questions and all lanes together. Categories and challenges get no winner.",
    ),
    ("Judges", "A model's verdict counts where both orders agree. It is never added to a person's votes."),
    ("Cost", "Costs come from the usage that the provider reported. An unknown cost is left out, not counted as zero."),
];

/// The seed of the bootstraps where the same votes have to give the same figures.
const SEED: u64 = 8;

/// A question about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteQuestion {
    /// The side that follows the prompt better.
    Follows,
    /// The side that looks better.
    Looks,
}

impl VoteQuestion {
    /// Both questions, in the order in which they are asked.
    pub const BOTH: [Self; 2] = [Self::Follows, Self::Looks];

    /// Returns the question in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Follows => "follows the prompt",
            Self::Looks => "looks better",
        }
    }

    /// Returns the answer of a ballot to this question.
    pub const fn answer_in(self, ballot: &Ballot) -> Preference {
        match self {
            Self::Follows => ballot.follows,
            Self::Looks => ballot.looks,
        }
    }
}
