//! How far a voter can be relied on: whether the same pair gets the same answer, and whether a side is favoured.
//! It says nothing about the lanes.

use serde::Serialize;

use super::{
    Question,
    interval::{Interval, wilson},
    meetings::{Roster, answers, is_turned},
};
use crate::compare::{Answer, Ballot, Voter};

/// A share of some number, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many have it.
    pub of: usize,
    /// Out of how many.
    pub n: usize,
    /// The share; `None` of nothing.
    pub share: Option<f64>,
    /// Wilson's 95 % interval.
    pub interval: Option<Interval>,
}

impl Share {
    /// `of` out of `n`.
    pub fn new(of: usize, n: usize) -> Self {
        let share = (n > 0).then(|| of as f64 / n as f64);
        Self { of, n, share, interval: share.and_then(|share| wilson(share, n as f64)) }
    }
}

/// How steady a voter is in the answers to one question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Steadiness {
    /// The question.
    pub question: Question,
    /// Pairs seen a second time with the sides exchanged that got the same answer: a person's repeats, a judge's orders.
    pub consistent: Share,
    /// Of those answered by side, how often it was the left one both times.
    pub left_twice: usize,
    /// And how often the right one.
    pub right_twice: usize,
    /// Answers that name the left side, of all that name one. Sides are drawn by lot, so half is to be expected.
    pub left: Share,
}

/// How steady one voter is, whose ballots these are.
pub(super) fn steadiness(ballots: &[&Ballot], voter: &Voter, question: Question, roster: &Roster<'_>) -> Steadiness {
    let twice = seen_twice(ballots, voter);
    let told = |ballot: &Ballot| answers(ballot, roster)[question as usize];
    let same = twice.iter().filter(|(first, second)| told(first) == told(second)).count();
    let both = |side| twice.iter().filter(|pair| question.of(pair.0) == side && question.of(pair.1) == side).count();
    let named = |side| ballots.iter().filter(|ballot| question.of(ballot) == side).count();
    let (left, right) = (named(Answer::Left), named(Answer::Right));
    Steadiness {
        question,
        consistent: Share::new(same, twice.len()),
        left_twice: both(Answer::Left),
        right_twice: both(Answer::Right),
        left: Share::new(left, left + right),
    }
}

/// Ballots on the same pictures with the sides exchanged.
fn seen_twice<'a>(ballots: &[&'a Ballot], voter: &Voter) -> Vec<(&'a Ballot, &'a Ballot)> {
    let first = |second: &&'a Ballot| {
        let pair = if *voter == Voter::Human { second.mirrors? } else { second.pair };
        ballots.iter().copied().find(|first| first.pair == pair && first.mirrors.is_none() && is_turned(first, second))
    };
    let later = |first: &Ballot, second: &Ballot| *voter == Voter::Human || first.id < second.id;
    ballots
        .iter()
        .filter_map(|second| first(second).map(|first| (first, *second)))
        .filter(|(a, b)| later(a, b))
        .collect()
}
