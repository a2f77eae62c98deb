//! Pairs and ballots in a common form: which lanes met on which prompt, and with which result.
//! This module decides what counts; `tally` decides how much.

use std::collections::{BTreeMap, HashSet};

use crate::{
    compare::{Ballot, ComparisonPair, Lane, PairSide, Preference, Voter},
    id::Id,
};

use super::VoteQuestion;

/// The lanes, each once, sorted by name.
#[derive(Debug)]
pub(super) struct Roster<'a> {
    lanes: Vec<&'a Lane>,
}

impl<'a> Roster<'a> {
    /// Collects the lanes of all pairs and ballots.
    pub(super) fn from_pairs(pairs: &'a [ComparisonPair], ballots: &'a [Ballot]) -> Self {
        let mut lanes: Vec<&Lane> = Vec::new();
        for side in sides(pairs, ballots) {
            if !lanes.iter().any(|lane| lane.identity() == side.lane.identity()) {
                lanes.push(&side.lane);
            }
        }
        lanes.sort_by(|a, b| (&a.name, &a.model).cmp(&(&b.name, &b.model)));
        Self { lanes }
    }

    pub(super) fn lanes(&self) -> &[&'a Lane] {
        &self.lanes
    }

    /// Returns the number of a lane.
    pub(super) fn number(&self, lane: &Lane) -> usize {
        self.lanes.iter().position(|known| known.identity() == lane.identity()).unwrap_or_default()
    }

    /// Returns a label for each lane: its name, with the differences where several have the same name.
    pub(super) fn labels(&self) -> Vec<String> {
        (0..self.lanes.len()).map(|number| self.label(number)).collect()
    }

    fn label(&self, number: usize) -> String {
        let own = self.lanes[number];
        let namesakes: Vec<&Lane> = self.lanes.iter().copied().filter(|other| other.name == own.name).collect();
        if namesakes.len() == 1 {
            return own.name.clone();
        }
        if namesakes.iter().filter(|other| other.model == own.model && other.backend == own.backend).count() == 1 {
            return format!("{} ({} {})", own.name, own.backend, own.model);
        }
        let differs = |key: &str| namesakes.iter().any(|other| other.settings.get(key) != own.settings.get(key));
        let settings = own.settings.iter().filter(|(key, _)| differs(key));
        let settings: Vec<String> = settings.map(|(key, value)| format!("{key}={value}")).collect();
        format!("{} ({} {})", own.name, own.model, settings.join(" "))
    }
}

/// Returns all sides of all pairs and ballots; the pair of a ballot may be missing.
pub(super) fn sides<'a>(pairs: &'a [ComparisonPair], ballots: &'a [Ballot]) -> impl Iterator<Item = &'a PairSide> {
    let of_pairs = pairs.iter().flat_map(|pair| [&pair.left, &pair.right]);
    of_pairs.chain(ballots.iter().flat_map(|ballot| [&ballot.left, &ballot.right]))
}

/// A matchup of two lanes on one prompt. Mirrored repeats are left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matchup<'a> {
    pub(super) pair: Id,
    /// The two lanes by number, the smaller one first.
    pub(super) lanes: (usize, usize),
    pub(super) prompt: &'a str,
    pub(super) category: Option<&'a str>,
    pub(super) challenge: Option<&'a str>,
    /// The result without a vote, where "left" is the first lane.
    pub(super) walkover: Option<Preference>,
    pub(super) is_votable: bool,
}

/// Returns every matchup once: those of the pairs, and those of ballots whose pair is missing.
pub(super) fn matchups<'a>(
    pairs: &'a [ComparisonPair],
    ballots: &'a [Ballot],
    roster: &Roster<'_>,
) -> Vec<Matchup<'a>> {
    let mut seen = HashSet::new();
    let of_pairs = pairs.iter().filter(|pair| pair.mirrors.is_none()).map(|pair| Matchup::of_pair(pair, roster));
    let first_time = ballots.iter().filter(|ballot| ballot.mirrors.is_none());
    let of_ballots = first_time.map(|ballot| Matchup::of_ballot(ballot, roster));
    let all = of_pairs.chain(of_ballots).filter(|meeting| meeting.lanes.0 != meeting.lanes.1);
    all.filter(|meeting| seen.insert(meeting.pair)).collect()
}

impl<'a> Matchup<'a> {
    fn of_pair(pair: &'a ComparisonPair, roster: &Roster<'_>) -> Self {
        let (lanes, as_shown) = between(&pair.left, &pair.right, roster);
        Self {
            pair: pair.id,
            lanes,
            prompt: &pair.prompt_sha256,
            category: pair.category.as_deref(),
            challenge: pair.challenge.as_deref(),
            walkover: pair.outcome_without_vote().map(|answer| if as_shown { answer } else { answer.mirrored() }),
            is_votable: pair.is_votable(),
        }
    }

    /// A ballot implies that both sides have an image.
    fn of_ballot(ballot: &'a Ballot, roster: &Roster<'_>) -> Self {
        let (lanes, _) = between(&ballot.left, &ballot.right, roster);
        Self {
            pair: ballot.pair,
            lanes,
            prompt: &ballot.prompt_sha256,
            category: ballot.category.as_deref(),
            challenge: ballot.challenge.as_deref(),
            walkover: None,
            is_votable: true,
        }
    }
}

/// Returns the numbers of two lanes, the smaller one first, and true if that one is on the left.
fn between(left: &PairSide, right: &PairSide, roster: &Roster<'_>) -> ((usize, usize), bool) {
    let (left, right) = (roster.number(&left.lane), roster.number(&right.lane));
    ((left.min(right), left.max(right)), left < right)
}

/// An answer to each question, where "left" is the lane with the smaller number. `None` if the two orders of a judge
/// disagree.
pub(super) type MatchupAnswers = [Option<Preference>; 2];

/// Returns the answers of a ballot, in terms of lanes instead of sides.
pub(super) fn answers(ballot: &Ballot, roster: &Roster<'_>) -> [Preference; 2] {
    let (_, as_shown) = between(&ballot.left, &ballot.right, roster);
    VoteQuestion::BOTH.map(|question| {
        let answer = question.answer_in(ballot);
        if as_shown { answer } else { answer.mirrored() }
    })
}

/// Returns the votes of one voter by pair. For the human the first ballot on a pair counts; for a judge the first
/// ballots in both orders count together, where they agree.
pub(super) fn votes(ballots: &[&Ballot], voter: &Voter, roster: &Roster<'_>) -> BTreeMap<Id, MatchupAnswers> {
    let first_time = ballots.iter().filter(|ballot| ballot.mirrors.is_none());
    let mut by_pair = BTreeMap::<Id, Vec<&Ballot>>::new();
    first_time.for_each(|ballot| by_pair.entry(ballot.pair).or_default().push(ballot));
    let counted = by_pair.into_iter().filter_map(|(pair, ballots)| {
        let first = ballots[0];
        if *voter == Voter::Human {
            return Some((pair, answers(first, roster).map(Some)));
        }
        let other = ballots.into_iter().find(|other| is_mirrored(first, other))?;
        Some((pair, both_orders(answers(first, roster), answers(other, roster))))
    });
    counted.collect()
}

/// Returns true if two ballots of a judge show the lanes on opposite sides.
pub(super) fn is_mirrored(one: &Ballot, other: &Ballot) -> bool {
    one.left.lane.identity() == other.right.lane.identity() && one.right.lane.identity() == other.left.lane.identity()
}

fn both_orders(one: [Preference; 2], other: [Preference; 2]) -> MatchupAnswers {
    [0, 1].map(|question| (one[question] == other[question]).then_some(one[question]))
}
