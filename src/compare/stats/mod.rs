//! What pairs and ballots say about the lanes: who wins how often, how sure that is, and at what price in time and money.
//! Pure functions from values to a [`Scorecard`]: no files, no clock, and chance only from the generator handed in.
//!
//! # The rules
//! - **What counts.** The first ballot of a voter on a pair. Repeats shown mirrored measure the voter and are not counted
//!   again. People and judges are never counted together. A judge sees each pair in both orders, and counts where both
//!   orders say the same.
//! - **Ties and both bad** count half for each lane, and are shown.
//! - **Failures** count: a side without a picture (refused, invalid, failed) loses both questions to one with a picture
//!   without a vote; two of them count half each; an ending that nobody knows counts for nobody. Since failures are known
//!   before the votes are in, each counts as much of a vote as the share of pairs voted on so far.
//! - **Interval.** Wilson's 95 % interval for whoever fixed the number of votes beforehand. Where a prompt was voted on
//!   more than once, its votes are not independent, and Wilson's is taken on the *effective* number of votes
//!   (`Sample::effective`); the bootstrap over prompts stands beside it.
//! - **Winner.** Scores are looked at after every vote, so no fixed interval may name a winner. It is named once an
//!   interval that holds at every vote at once (`sequence`) leaves one half, and Wilson's does too. The chance to *ever*
//!   name a winner between equals is at most 5 % for everything a voter's page shows together: it is divided by the two
//!   questions and by the number of lanes against each other. Categories and challenges get intervals and no winner.

mod bradley_terry;
mod interval;
mod kappa;
mod lanes;
mod meetings;
mod power;
mod sample;
mod scorecard;
mod sequence;
mod spread;
mod tally;
#[cfg(test)]
pub(in crate::compare) mod tests;
mod voter;
pub mod words;

pub use interval::Interval;
pub use kappa::Kappa;
pub use lanes::{Endings, LaneFacts, Soundness, Spending};
pub use scorecard::{
    ALPHA, Agreement, Group, HeadToHead, Poll, QuestionScore, Ranking, Scorecard, Standing, Strength, scorecard,
};
pub use spread::Spread;
pub use tally::{Needed, Tally, Verdict, Walkovers};
pub use voter::{Gap, Share, Steadiness};

use serde::Serialize;

use crate::compare::{Answer, Ballot};

/// What must stand beside every result.
pub const CAVEAT: &str = "Blind hides the name, not the medium: a painted picture and an SVG drawing look different, so a \
                          voter can often tell which is which.";

/// How it is counted, for whoever reads a result: a rule and what it says.
pub const RULES: [(&str, &str); 7] = [
    (
        "Votes",
        "The first ballot on a pair counts. Pairs shown again mirrored measure the voter and are not counted twice.",
    ),
    ("Ties", "A tie and \"both bad\" count half for each lane and are shown."),
    (
        "Failures",
        "A side without a picture (refused, invalid, failed) loses both questions to a side with one; where neither has \
         one, each gets half. Failures are known before the votes are in, so each counts as much of a vote as the share \
         of pairs voted on so far. An outcome that nobody knows counts for nobody.",
    ),
    (
        "Interval",
        "Wilson's at 95 %, for a number of votes fixed beforehand. Votes on the same prompt are not independent: where \
         prompts repeat, it is taken on the number of independent votes they are worth, and prompts, not votes, are \
         drawn anew for the bootstrap.",
    ),
    (
        "Winner",
        "Scores are looked at after every vote, so a winner is named only once an interval that holds at every vote at \
         once leaves one half, and Wilson's does too. The chance to ever name a winner between equals is at most 5 % for \
         both questions and all lanes together. Categories and challenges get no winner.",
    ),
    ("Judges", "A model's verdict counts where both orders agree. It is never added to a person's votes."),
    ("Money", "Costs come from what the provider counted. An unknown cost is left out and not taken for nothing."),
];

/// The seed of the bootstraps where the same votes shall give the same figures.
const SEED: u64 = 8;

/// What is asked about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which follows the prompt better.
    Follows,
    /// Which looks better.
    Looks,
}

impl Question {
    /// Both, in the order in which they are asked.
    pub const BOTH: [Self; 2] = [Self::Follows, Self::Looks];

    /// It, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Follows => "follows the prompt",
            Self::Looks => "looks better",
        }
    }

    /// What a ballot answers to it.
    pub const fn of(self, ballot: &Ballot) -> Answer {
        match self {
            Self::Follows => ballot.follows,
            Self::Looks => ballot.looks,
        }
    }
}
