//! Choice of the next pair for a voter: pairs without a vote in random order, and sometimes an earlier one mirrored.
//! It depends on nothing but earlier ballots; nothing is shown or written here.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::Timestamp;

use crate::{
    compare::{Ballot, ComparisonPair, Voter},
    id::Id,
};

/// The minimum number of votes before a mirrored pair comes back, so that the voter does not recognize it.
const MIN_VOTES_BETWEEN: usize = 4;

/// The next step for a voter.
#[derive(Clone, Debug, PartialEq)]
pub enum NextPair {
    /// Show this pair.
    Pair(Box<ComparisonPair>),
    /// Show the mirror image of this pair, which has a vote already. The mirror image has to be stored before it is
    /// shown.
    Mirror(Box<ComparisonPair>),
    /// There is no pair left to vote on.
    Done,
}

/// Chooses the next of `pairs`, which include mirrored ones, after these ballots. Of the pairs with a vote, `mirrored`
/// percent come back.
pub fn choose_pair(pairs: &[ComparisonPair], ballots: &[Ballot], mirrored: u8) -> NextPair {
    let votes: Vec<&Ballot> = ballots.iter().filter(|ballot| ballot.voter == Voter::Human).collect();
    let voted: HashMap<Id, usize> = votes.iter().enumerate().map(|(at, ballot)| (ballot.pair, at)).collect();
    let mut fresh: Vec<&ComparisonPair> =
        pairs.iter().filter(|pair| pair.is_votable() && !voted.contains_key(&pair.id)).collect();
    // A mirror image without a vote comes first, because it is stored already.
    if let Some(pair) = fresh.iter().find(|pair| pair.mirrors.is_some()) {
        return NextPair::Pair(Box::new((*pair).clone()));
    }
    fresh.sort_by_key(|pair| pseudorandom(pair.id));
    let due = pairs.iter().find(|pair| is_due(pair, pairs, &voted, votes.len(), mirrored, fresh.is_empty()));
    match (due, fresh.first()) {
        (Some(pair), _) => NextPair::Mirror(Box::new(pair.clone())),
        (None, Some(pair)) => NextPair::Pair(Box::new((*pair).clone())),
        (None, None) => NextPair::Done,
    }
}

/// Returns true if the mirror image of this pair is due.
fn is_due(
    pair: &ComparisonPair,
    pairs: &[ComparisonPair],
    voted: &HashMap<Id, usize>,
    votes: usize,
    mirrored: u8,
    last: bool,
) -> bool {
    let chosen = pseudorandom((pair.id, "mirrored")) % 100 < u64::from(mirrored);
    let back = || pairs.iter().any(|other| other.mirrors == Some(pair.id));
    let Some(at) = voted.get(&pair.id) else { return false };
    chosen && pair.mirrors.is_none() && (last || votes > at + MIN_VOTES_BETWEEN) && !back()
}

/// Returns a pseudorandom number that depends on `of` alone: the order must not change while somebody votes.
fn pseudorandom(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Returns the mirror image of a pair.
pub fn mirror(pair: &ComparisonPair, at: Timestamp) -> ComparisonPair {
    ComparisonPair {
        id: Id::new(),
        at,
        left: pair.right.clone(),
        right: pair.left.clone(),
        mirrors: Some(pair.id),
        ..pair.clone()
    }
}

#[cfg(test)]
mod tests {
    use tintype_backends::Settings;

    use super::*;
    use crate::compare::{Lane, LaneOutcome, PairSide, Preference, Vote};

    fn side(name: &str) -> PairSide {
        let lane = Lane { name: name.into(), backend: name.into(), model: name.into(), settings: Settings::new() };
        PairSide {
            lane,
            job: Some(Id::new()),
            image: Some(Id::new()),
            sha256: None,
            ending: LaneOutcome::Image,
            first_preview_seconds: None,
            seconds: None,
            cost: None,
            validity: None,
        }
    }

    fn pairs(count: usize) -> Vec<ComparisonPair> {
        let topic = crate::compare::RunPrompt { prompt: "a cat".into(), category: None, challenge: None };
        (0..count).map(|_| crate::compare::pair(None, &topic, side("one"), side("two"))).collect()
    }

    /// Votes until no pair is left; returns the pairs in the order in which they came.
    fn play(pairs: &mut Vec<ComparisonPair>, mirrored: u8) -> Vec<ComparisonPair> {
        let (mut ballots, mut dealt) = (Vec::new(), Vec::new());
        loop {
            let pair = match choose_pair(pairs, &ballots, mirrored) {
                NextPair::Done => return dealt,
                NextPair::Pair(pair) => *pair,
                NextPair::Mirror(original) => {
                    pairs.push(mirror(&original, Timestamp::UNIX_EPOCH));
                    continue;
                }
            };
            let vote = Vote { follows: Preference::Left, looks: Preference::Tie, seconds: 1.0, opinion: None };
            ballots.push(Ballot::new(&pair, Voter::Human, Timestamp::UNIX_EPOCH, vote));
            dealt.push(pair);
        }
    }

    #[test]
    fn every_pair_comes_once_and_some_come_back_mirrored() {
        let mut all = pairs(200);
        let dealt = play(&mut all, 15);
        let (mirrored, originals): (Vec<&ComparisonPair>, Vec<&ComparisonPair>) =
            dealt.iter().partition(|pair| pair.mirrors.is_some());
        assert_eq!(originals.len(), 200);
        assert!((12..=52).contains(&mirrored.len()), "{} of 200 came back", mirrored.len());
        for pair in mirrored {
            let at = |id: Id| dealt.iter().position(|pair| pair.id == id).unwrap();
            let original = &dealt[at(pair.mirrors.unwrap())];
            assert_eq!((&pair.left, &pair.right), (&original.right, &original.left));
            assert!(at(pair.id) > at(original.id));
        }
        assert_eq!(play(&mut pairs(50), 0).len(), 50);
    }

    #[test]
    fn sides_are_placed_randomly() {
        let left = pairs(400).iter().filter(|pair| pair.left.lane.name == "one").count();
        assert!((140..=260).contains(&left), "{left} of 400 stand left");
    }

    #[test]
    fn pair_without_two_images_is_not_shown() {
        let mut pairs = pairs(1);
        pairs[0].left.ending = LaneOutcome::Refused;
        assert_eq!(choose_pair(&pairs, &[], 15), NextPair::Done);
    }
}
