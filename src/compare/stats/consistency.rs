//! Reliability of a voter: whether the same pair gets the same answer, and whether one side is favored.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    VoteQuestion,
    interval::{Interval, wilson},
    matchups::{MatchupAnswers, Roster, answers, is_mirrored},
};
use crate::{
    compare::{Ballot, Preference, Voter},
    id::Id,
};

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proportion {
    /// The number of cases that have the property.
    pub of: usize,
    /// The total number of cases that were looked at.
    pub n: usize,
    /// The share itself; `None` if there are no cases.
    pub share: Option<f64>,
    pub interval: Option<Interval>,
}

impl Proportion {
    /// Computes the share of `of` out of `n`.
    pub fn new(of: usize, n: usize) -> Self {
        let share = (n > 0).then(|| of as f64 / n as f64);
        Self { of, n, share, interval: share.and_then(|share| wilson(share, n as f64)) }
    }
}

/// The consistency of a voter in the answers to one question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Consistency {
    pub question: VoteQuestion,
    /// Pairs that were shown a second time with the sides exchanged, and how many of them got the same answer: repeats
    /// for the human, both orders for a judge.
    pub consistent: Proportion,
    /// The consistency of a judge by the size of the difference; `None` for the human.
    pub by_gap: Option<ConsistencyByGap>,
    /// The number of inconsistent pairs that got the left side both times.
    pub left_twice: usize,
    /// The number of inconsistent pairs that got the right side both times.
    pub right_twice: usize,
    /// The share of left sides among all answers that name a side. Sides are random, so one half is expected.
    pub left: Proportion,
}

/// The consistency of a judge by the size of the difference. On close pairs less is expected, and inconsistency says
/// less against the judge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ConsistencyByGap {
    /// The pairs on which the human saw a difference.
    pub clear: Proportion,
    /// The pairs on which the human saw no difference.
    pub close: Proportion,
}

/// Computes the consistency of the voter of these ballots; `person` has the answers of the human.
pub(super) fn steadiness(
    ballots: &[&Ballot],
    voter: &Voter,
    question: VoteQuestion,
    (roster, person): (&Roster<'_>, &BTreeMap<Id, MatchupAnswers>),
) -> Consistency {
    let twice = seen_twice(ballots, voter);
    let told = |ballot: &Ballot| answers(ballot, roster)[question as usize];
    let same = |(first, second): &&RepeatedBallots<'_>| told(first) == told(second);
    let consistent = |twice: &[RepeatedBallots<'_>]| Proportion::new(twice.iter().filter(same).count(), twice.len());
    let both = |side| {
        twice.iter().filter(|pair| question.answer_in(pair.0) == side && question.answer_in(pair.1) == side).count()
    };
    let named = |side| ballots.iter().filter(|ballot| question.answer_in(ballot) == side).count();
    let (left, right) = (named(Preference::Left), named(Preference::Right));
    let differs = |pair: &Id| {
        let answer = person.get(pair)?[question as usize]?;
        Some(matches!(answer, Preference::Left | Preference::Right))
    };
    let only = |wanted| {
        let some: Vec<RepeatedBallots<'_>> =
            twice.iter().copied().filter(|it| differs(&it.0.pair) == Some(wanted)).collect();
        consistent(&some)
    };
    Consistency {
        question,
        consistent: consistent(&twice),
        by_gap: (*voter != Voter::Human).then(|| ConsistencyByGap { clear: only(true), close: only(false) }),
        left_twice: both(Preference::Left),
        right_twice: both(Preference::Right),
        left: Proportion::new(left, left + right),
    }
}

/// Two ballots on the same images with the sides exchanged.
type RepeatedBallots<'a> = (&'a Ballot, &'a Ballot);

/// Returns the pairs that a voter saw twice: mirrored repeats for the human, both orders for a judge.
fn seen_twice<'a>(ballots: &[&'a Ballot], voter: &Voter) -> Vec<RepeatedBallots<'a>> {
    let mut firsts = HashMap::<Id, &Ballot>::new();
    let mut twice = Vec::new();
    for ballot in ballots {
        let pair = if *voter == Voter::Human { ballot.mirrors.unwrap_or(ballot.pair) } else { ballot.pair };
        match firsts.get(&pair) {
            None if ballot.mirrors.is_none() => drop(firsts.insert(pair, ballot)),
            Some(first) if is_mirrored(first, ballot) => twice.push((*first, *ballot)),
            _ => {}
        }
    }
    twice
}
