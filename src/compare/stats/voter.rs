//! How far a voter can be relied on: whether the same pair gets the same answer, and whether a side is favoured.
//! It says nothing about the lanes.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    Question,
    interval::{Interval, wilson},
    meetings::{Answers, Roster, answers, is_turned},
};
use crate::{
    compare::{Answer, Ballot, Voter},
    id::Id,
};

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
    /// The same for a judge by how large the difference is; `None` for a person.
    pub by_gap: Option<Gap>,
    /// Of those answered by side, how often it was the left one both times.
    pub left_twice: usize,
    /// And how often the right one.
    pub right_twice: usize,
    /// Answers that name the left side, of all that name one. Sides are drawn by lot, so half is to be expected.
    pub left: Share,
}

/// How often a judge's two orders agree, by how large the difference is. On close pairs less is to be expected, and says
/// less against it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Where the person saw a difference.
    pub clear: Share,
    /// Where the person saw none.
    pub close: Share,
}

/// How steady one voter is, whose ballots these are; `person` is what the person answered.
pub(super) fn steadiness(
    ballots: &[&Ballot],
    voter: &Voter,
    question: Question,
    (roster, person): (&Roster<'_>, &BTreeMap<Id, Answers>),
) -> Steadiness {
    let twice = seen_twice(ballots, voter);
    let told = |ballot: &Ballot| answers(ballot, roster)[question as usize];
    let same = |(first, second): &&Twice<'_>| told(first) == told(second);
    let consistent = |twice: &[Twice<'_>]| Share::new(twice.iter().filter(same).count(), twice.len());
    let both = |side| twice.iter().filter(|pair| question.of(pair.0) == side && question.of(pair.1) == side).count();
    let named = |side| ballots.iter().filter(|ballot| question.of(ballot) == side).count();
    let (left, right) = (named(Answer::Left), named(Answer::Right));
    let differs = |pair: &Id| {
        let answer = person.get(pair)?[question as usize]?;
        Some(matches!(answer, Answer::Left | Answer::Right))
    };
    let only = |wanted| {
        let some: Vec<Twice<'_>> = twice.iter().copied().filter(|it| differs(&it.0.pair) == Some(wanted)).collect();
        consistent(&some)
    };
    Steadiness {
        question,
        consistent: consistent(&twice),
        by_gap: (*voter != Voter::Human).then(|| Gap { clear: only(true), close: only(false) }),
        left_twice: both(Answer::Left),
        right_twice: both(Answer::Right),
        left: Share::new(left, left + right),
    }
}

/// Two ballots on the same pictures with the sides exchanged.
type Twice<'a> = (&'a Ballot, &'a Ballot);

/// What a voter saw twice: a person what was shown again mirrored, a judge either order.
fn seen_twice<'a>(ballots: &[&'a Ballot], voter: &Voter) -> Vec<Twice<'a>> {
    let mut firsts = HashMap::<Id, &Ballot>::new();
    let mut twice = Vec::new();
    for ballot in ballots {
        let pair = if *voter == Voter::Human { ballot.mirrors.unwrap_or(ballot.pair) } else { ballot.pair };
        match firsts.get(&pair) {
            None if ballot.mirrors.is_none() => drop(firsts.insert(pair, ballot)),
            Some(first) if is_turned(first, ballot) => twice.push((*first, *ballot)),
            _ => {}
        }
    }
    twice
}
