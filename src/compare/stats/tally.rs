//! The count of votes on two lanes for one question: wins of each, and what follows from them.
//! `matchups` has already decided which votes are counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    VoteQuestion, always_valid,
    bradley_terry::Match,
    interval::Interval,
    matchups::{Matchup, MatchupAnswers},
    sample::Sample,
    sample_size::{self, EffectSize},
};
use crate::{compare::Preference, id::Id};

/// Outcomes without a vote, because a side has no image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Walkovers {
    /// The number of pairs in which only the first lane has an image.
    pub first_wins: usize,
    /// The number of pairs in which only the second lane has an image.
    pub second_wins: usize,
    /// The number of pairs in which neither lane has an image.
    pub neither: usize,
    /// The weight of each walkover in votes: the share of pairs with two images that have a vote. It is 1 when all have
    /// one. Failures are known immediately and must not outweigh votes, which take time.
    pub weight: f64,
}

/// The votes on two lanes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// The number of votes counted: the sum of the next four.
    pub votes: usize,
    pub first_wins: usize,
    pub second_wins: usize,
    /// Votes for neither lane because both are good; they count half for each.
    pub ties: usize,
    /// Votes for neither lane because both are bad. They also count half for each, but mean something else.
    pub both_bad: usize,
    /// Pairs on which the two orders of a judge disagree. They are not counted.
    pub split: usize,
    /// Pairs with two images that still wait for a vote.
    pub open: usize,
    pub walkovers: Walkovers,
    /// The number of different prompts among votes and walkovers.
    pub prompts: usize,
    /// The number of independent votes that all of this is worth.
    pub effective_votes: f64,
    /// The win rate of the first lane: ties and both bad count half, walkovers with their weight. `None` without any.
    pub win_rate: Option<f64>,
    /// Wilson's 95 % interval on the effective votes, for a number of votes that was fixed before the first one.
    pub interval: Option<Interval>,
    /// The 95 % interval from a bootstrap over prompts.
    pub bootstrap: Option<Interval>,
    /// The interval that holds after every vote, at the level at which winners are named.
    pub always_valid: Option<Interval>,
    /// The win rate of votes alone, as if failed jobs did not exist.
    pub voted_win_rate: Option<f64>,
    /// The 95 % interval of the win rate of votes alone.
    pub voted_interval: Option<Interval>,
}

/// The verdict on two lanes: whether one of them is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchupVerdict {
    /// Nothing is counted yet.
    NoVotes,
    /// One of the intervals still includes one half.
    Undecided,
    /// The first lane is preferred.
    First,
    /// The second lane is preferred.
    Second,
}

/// The number of votes needed for a verdict, if the effect stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VotesNeeded {
    /// The total until the rule used here has named a winner, in four of five such comparisons.
    pub in_all: u64,
    /// The number of votes still missing; 0 once there is a winner.
    pub still: u64,
    /// The total for 80 % power at 5 % with a fixed sample size, as textbooks have it.
    pub planned: u64,
}

/// The vote of one voter on a matchup, for one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MatchupVote {
    None,
    /// The two orders of a judge disagree.
    Split,
    Answered(Preference),
}

impl MatchupVote {
    const fn answer(self) -> Option<Preference> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::None | Self::Split => None,
        }
    }
}

/// The matchups of two lanes with the votes of one voter on them, for one question.
#[derive(Clone, Debug)]
pub(super) struct TallyInput<'a> {
    pub(super) matchups: Vec<Matchup<'a>>,
    pub(super) votes: &'a BTreeMap<Id, MatchupAnswers>,
    pub(super) question: VoteQuestion,
    /// The probability that this tally may name a false winner.
    pub(super) alpha: f64,
}

impl<'a> TallyInput<'a> {
    pub(super) fn filter(&self, keep: impl Fn(&Matchup<'a>) -> bool) -> Self {
        Self { matchups: self.matchups.iter().copied().filter(keep).collect(), ..self.clone() }
    }

    fn vote(&self, meeting: &Matchup<'_>) -> MatchupVote {
        match self.votes.get(&meeting.pair).filter(|_| meeting.is_votable) {
            None => MatchupVote::None,
            Some(answers) => answers[self.question as usize].map_or(MatchupVote::Split, MatchupVote::Answered),
        }
    }

    /// Returns the weight of each walkover.
    fn walkover_weight(&self) -> f64 {
        let votable = self.matchups.iter().filter(|meeting| meeting.is_votable).count();
        let voted = self.matchups.iter().filter(|meeting| self.vote(meeting) != MatchupVote::None).count();
        if votable == 0 { 1.0 } else { voted as f64 / votable as f64 }
    }

    /// Returns everything that counts.
    pub(super) fn matches(&self) -> Vec<Match<'a>> {
        let weight = self.walkover_weight();
        let bout = |meeting: &Matchup<'a>| {
            let voted = self.vote(meeting).answer().map(|answer| (answer, 1.0));
            let (answer, weight) = voted.or_else(|| meeting.walkover.map(|answer| (answer, weight)))?;
            Some(Match { lanes: meeting.lanes, prompt: meeting.prompt, score: score(answer), weight })
        };
        self.matchups.iter().filter_map(bout).filter(|bout| bout.weight > 0.0).collect()
    }

    pub(super) fn tally(&self, rng: &mut fastrand::Rng) -> Tally {
        let mut tally = Tally::default();
        self.matchups.iter().for_each(|meeting| tally.count(meeting, self.vote(meeting)));
        tally.walkovers.weight = self.walkover_weight();
        tally.votes = tally.first_wins + tally.second_wins + tally.ties + tally.both_bad;
        let mut sample = Sample::default();
        self.matches().iter().for_each(|bout| sample.add(bout.prompt, bout.score, bout.weight));
        tally.set_estimates(&sample, self.alpha, rng);
        tally.set_voted_rate(&self.voted());
        tally
    }

    /// Returns the votes without the walkovers.
    fn voted(&self) -> Sample<'a> {
        let mut sample = Sample::default();
        for meeting in &self.matchups {
            if let Some(answer) = self.vote(meeting).answer() {
                sample.add(meeting.prompt, score(answer), 1.0);
            }
        }
        sample
    }
}

/// Returns the score of an answer for the first lane.
const fn score(answer: Preference) -> f64 {
    match answer {
        Preference::Left => 1.0,
        Preference::Right => 0.0,
        Preference::Tie | Preference::BothBad => 0.5,
    }
}

impl Tally {
    fn count(&mut self, meeting: &Matchup<'_>, vote: MatchupVote) {
        let counter = match (vote, meeting.walkover) {
            (MatchupVote::Answered(Preference::Left), _) => &mut self.first_wins,
            (MatchupVote::Answered(Preference::Right), _) => &mut self.second_wins,
            (MatchupVote::Answered(Preference::Tie), _) => &mut self.ties,
            (MatchupVote::Answered(Preference::BothBad), _) => &mut self.both_bad,
            (MatchupVote::Split, _) => &mut self.split,
            (MatchupVote::None, Some(Preference::Left)) => &mut self.walkovers.first_wins,
            (MatchupVote::None, Some(Preference::Right)) => &mut self.walkovers.second_wins,
            (MatchupVote::None, Some(_)) => &mut self.walkovers.neither,
            (MatchupVote::None, None) if meeting.is_votable => &mut self.open,
            (MatchupVote::None, None) => return,
        };
        *counter += 1;
    }

    fn set_estimates(&mut self, sample: &Sample<'_>, alpha: f64, rng: &mut fastrand::Rng) {
        self.prompts = sample.prompts();
        self.effective_votes = sample.effective();
        self.win_rate = sample.rate();
        self.interval = sample.interval();
        self.bootstrap = sample.bootstrap(rng);
        self.always_valid =
            self.wins_and_losses().map(|(wins, losses)| always_valid::always_valid(wins, losses, alpha));
    }

    fn set_voted_rate(&mut self, sample: &Sample<'_>) {
        self.voted_win_rate = sample.rate();
        self.voted_interval = sample.interval();
    }

    /// Returns the total weight of everything that counts, in votes.
    pub fn weight(&self) -> f64 {
        let Walkovers { first_wins, second_wins, neither, weight } = self.walkovers;
        self.votes as f64 + weight * (first_wins + second_wins + neither) as f64
    }

    /// Returns the wins of the first and the second lane as independent votes, with half a win each for ties.
    fn wins_and_losses(&self) -> Option<(f64, f64)> {
        let rate = self.win_rate?;
        Some((self.effective_votes * rate, self.effective_votes * (1.0 - rate)))
    }

    /// Returns the share of the total weight that favors neither lane.
    fn tie_share(&self) -> f64 {
        let neither = (self.ties + self.both_bad) as f64 + self.walkovers.weight * self.walkovers.neither as f64;
        if self.weight() > 0.0 { neither / self.weight() } else { 0.0 }
    }

    /// Returns the verdict. The probability to name a winner between equals is at most `alpha`, no matter how often it
    /// is called.
    pub fn verdict(&self, alpha: f64) -> MatchupVerdict {
        let Some(((wins, losses), interval)) = self.wins_and_losses().zip(self.interval) else {
            return MatchupVerdict::NoVotes;
        };
        if interval.contains(0.5) || !always_valid::is_decided(wins, losses, alpha) {
            MatchupVerdict::Undecided
        } else if wins > losses {
            MatchupVerdict::First
        } else {
            MatchupVerdict::Second
        }
    }

    /// Returns the number of votes needed if the effect stays as it is; `None` if the lanes look equal or nothing was
    /// counted.
    pub fn needed(&self, alpha: f64) -> Option<VotesNeeded> {
        let effect = EffectSize { rate: self.win_rate?, ties: self.tie_share() };
        let repeated = self.weight() / self.effective_votes;
        let votes = |independent: f64| (independent * repeated).ceil() as u64;
        let in_all = votes(sample_size::sequential(effect, alpha)?);
        let is_decided = matches!(self.verdict(alpha), MatchupVerdict::First | MatchupVerdict::Second);
        Some(VotesNeeded {
            in_all,
            still: if is_decided { 0 } else { in_all.saturating_sub(self.weight().floor() as u64) },
            planned: votes(sample_size::fixed_sample_size(effect)?),
        })
    }
}
