//! Comparing models: lanes that draw the same prompts, pairs that are voted on blindly, and what the votes say.
//! It draws nothing itself, since every job goes through the engine, and it knows no screen.
//!
//! The plain records (lanes, pairs, ballots, runs) are the library's, which keeps them; they are the words of this
//! module and are therefore named here as well.
//!
//! **The rule for failures**, since a lane must not win by keeping silent: a side that was refused, came as something
//! that is no picture, or failed at the provider, loses both questions to a side with a picture without a vote; where
//! both sides ended so, both are bad ([`Pair::walkover`]). What says nothing about a lane (no key, no credit, no
//! network, too many requests) is no outcome: the run stops and goes on later. A side that was cut off here after it
//! was sent is `unknown` and counts for nobody.

mod deck;
mod duel;
mod judge;
mod lane;
mod pack;
mod plan;
mod prompt_file;
pub mod report;
mod runner;
pub mod stats;

pub use crate::library::{
    Answer, Ballot, Ending, Lane, Marks, Opinion, Pair, Run, Side, Topic, Vote, Voter, prompt_sha256,
};
pub use deck::{Deal, deal, mirror};
pub use duel::{Dealt, next_pair, pair_up};
pub use judge::{Judge, JudgeError, Verdict};
pub use lane::{LaneError, draft_of, lane, lane_of, lanes};
pub use pack::{Pack, PackError};
pub use plan::{Quote, pair};
pub use runner::{RunError, Runner, Told};
