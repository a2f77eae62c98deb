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

pub mod report;
pub mod stats;

pub use crate::library::{
    Answer, Ballot, Ending, Lane, Marks, Opinion, Pair, Run, Side, Topic, Vote, Voter, prompt_sha256,
};
