//! Reliability of a voter: whether the same pair gets the same answer, and whether one side is favored.

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

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The number of cases that have the property.
    pub of: usize,
    /// The total number of cases that were looked at.
    pub n: usize,
    /// The share itself; `None` if there are no cases.
    pub share: Option<f64>,
    pub interval: Option<Interval>,
}

impl Share {
    /// Computes the share of `of` out of `n`.
    pub fn new(of: usize, n: usize) -> Self {
        let share = (n > 0).then(|| of as f64 / n as f64);
        Self { of, n, share, interval: share.and_then(|share| wilson(share, n as f64)) }
    }
}

/// The consistency of a voter in the answers to one question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Steadiness {
    pub question: Question,
    /// Pairs that were shown a second time with the sides exchanged, and how many of them got the same answer: repeats
    /// for the human, both orders for a judge.
    pub consistent: Share,
    /// The consistency of a judge by the size of the difference; `None` for the human.
    pub by_gap: Option<Gap>,
    /// The number of inconsistent pairs that got the left side both times.
    pub left_twice: usize,
    /// The number of inconsistent pairs that got the right side both times.
    pub right_twice: usize,
    /// The share of left sides among all answers that name a side. Sides are random, so one half is expected.
    pub left: Share,
}

/// The consistency of a judge by the size of the difference. On close pairs less is expected, and inconsistency says
/// less against the judge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The pairs on which the human saw a difference.
    pub clear: Share,
    /// The pairs on which the human saw no difference.
    pub close: Share,
}

/// Computes the consistency of the voter of these ballots; `person` has the answers of the human.
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

/// Two ballots on the same images with the sides exchanged.
type Twice<'a> = (&'a Ballot, &'a Ballot);

/// Returns the pairs that a voter saw twice: mirrored repeats for the human, both orders for a judge.
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
