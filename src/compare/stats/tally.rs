//! Votes on two lanes counted, for one question: how often each won, and what that says.
//! Pure counting; which votes are to be counted was decided in `meetings`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Question,
    bradley_terry::Bout,
    interval::Interval,
    meetings::{Answers, Meeting},
    power::{self, Effect},
    sample::Sample,
    sequence,
};
use crate::{compare::Answer, id::Id};

/// What ended without a vote, since a side brought no picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Walkovers {
    /// The first lane has a picture, the second has none.
    pub first_wins: usize,
    /// The second lane has a picture, the first has none.
    pub second_wins: usize,
    /// Neither has one.
    pub neither: usize,
    /// What each counts, in votes: the share of the pairs with two pictures that was voted on so far, so that failures,
    /// which are known at once, do not outweigh votes, which take time. 1 when all are voted on.
    pub weight: f64,
}

/// The votes on two lanes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Votes counted: the sum of the next four.
    pub votes: usize,
    /// Votes for the first lane.
    pub first_wins: usize,
    /// Votes for the second lane.
    pub second_wins: usize,
    /// Votes for neither, both good enough. Count half for each.
    pub ties: usize,
    /// Votes for neither, both bad. Count half for each, too, and are told apart because they mean something else.
    pub both_bad: usize,
    /// Pairs on which a judge's two orders disagreed. Not counted.
    pub split: usize,
    /// Pairs with two pictures that wait for a vote.
    pub open: usize,
    /// Outcomes without a vote.
    pub walkovers: Walkovers,
    /// Different prompts among votes and walkovers.
    pub prompts: usize,
    /// How many independent votes all of that is worth.
    pub effective_votes: f64,
    /// How often the first lane wins, ties and both bad counted half, walkovers with their weight. `None` without any.
    pub win_rate: Option<f64>,
    /// Its 95 % interval for whoever fixed the number of votes before the first: Wilson's, on the effective votes.
    pub interval: Option<Interval>,
    /// The 95 % interval from drawing the prompts anew.
    pub bootstrap: Option<Interval>,
    /// The interval that may be looked at after every vote, at the level at which winners are named.
    pub always_valid: Option<Interval>,
    /// The win rate among votes alone, as if failures had not been drawn.
    pub voted_win_rate: Option<f64>,
    /// Its 95 % interval.
    pub voted_interval: Option<Interval>,
}

/// Whether one of two lanes may be called the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was counted yet.
    NoVotes,
    /// An interval still holds one half.
    Undecided,
    /// The first lane is liked more.
    First,
    /// The second lane is liked more.
    Second,
}

/// Votes it takes in all, if things stay as they look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Until the rule that names winners here has named one, in four of five such comparisons.
    pub in_all: u64,
    /// Those that are missing; 0 once a winner is named.
    pub still: u64,
    /// For 80 % power at 5 % if their number were fixed before the first vote, as the tables in textbooks have it.
    pub planned: u64,
}

/// What one voter said to one question about a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vote {
    /// Nothing yet.
    None,
    /// A judge's two orders said different things.
    Split,
    /// This.
    Said(Answer),
}

impl Vote {
    const fn said(self) -> Option<Answer> {
        match self {
            Self::Said(answer) => Some(answer),
            Self::None | Self::Split => None,
        }
    }
}

/// Meetings of the same two lanes with one voter's votes on them, for one question.
#[derive(Clone, Debug)]
pub(super) struct Counting<'a> {
    pub(super) meetings: Vec<Meeting<'a>>,
    pub(super) votes: &'a BTreeMap<Id, Answers>,
    pub(super) question: Question,
    /// The chance of a false winner that this tally may take.
    pub(super) alpha: f64,
}

impl<'a> Counting<'a> {
    pub(super) fn only(&self, keep: impl Fn(&Meeting<'a>) -> bool) -> Self {
        Self { meetings: self.meetings.iter().copied().filter(keep).collect(), ..self.clone() }
    }

    fn vote(&self, meeting: &Meeting<'_>) -> Vote {
        match self.votes.get(&meeting.pair).filter(|_| meeting.is_votable) {
            None => Vote::None,
            Some(answers) => answers[self.question as usize].map_or(Vote::Split, Vote::Said),
        }
    }

    /// What each walkover counts.
    fn walkover_weight(&self) -> f64 {
        let votable = self.meetings.iter().filter(|meeting| meeting.is_votable).count();
        let voted = self.meetings.iter().filter(|meeting| self.vote(meeting) != Vote::None).count();
        if votable == 0 { 1.0 } else { voted as f64 / votable as f64 }
    }

    /// Everything that counts.
    pub(super) fn bouts(&self) -> Vec<Bout<'a>> {
        let weight = self.walkover_weight();
        let bout = |meeting: &Meeting<'a>| {
            let voted = self.vote(meeting).said().map(|answer| (answer, 1.0));
            let (answer, weight) = voted.or_else(|| meeting.walkover.map(|answer| (answer, weight)))?;
            Some(Bout { lanes: meeting.lanes, prompt: meeting.prompt, score: score(answer), weight })
        };
        self.meetings.iter().filter_map(bout).filter(|bout| bout.weight > 0.0).collect()
    }

    pub(super) fn tally(&self, rng: &mut fastrand::Rng) -> Tally {
        let mut tally = Tally::default();
        self.meetings.iter().for_each(|meeting| tally.count(meeting, self.vote(meeting)));
        tally.walkovers.weight = self.walkover_weight();
        tally.votes = tally.first_wins + tally.second_wins + tally.ties + tally.both_bad;
        let mut sample = Sample::default();
        self.bouts().iter().for_each(|bout| sample.add(bout.prompt, bout.score, bout.weight));
        tally.conclude(&sample, self.alpha, rng);
        tally.voted_alone(&self.voted());
        tally
    }

    /// The votes without the walkovers.
    fn voted(&self) -> Sample<'a> {
        let mut sample = Sample::default();
        for meeting in &self.meetings {
            if let Some(answer) = self.vote(meeting).said() {
                sample.add(meeting.prompt, score(answer), 1.0);
            }
        }
        sample
    }
}

/// What an answer is worth to the first lane.
const fn score(answer: Answer) -> f64 {
    match answer {
        Answer::Left => 1.0,
        Answer::Right => 0.0,
        Answer::Tie | Answer::BothBad => 0.5,
    }
}

impl Tally {
    fn count(&mut self, meeting: &Meeting<'_>, vote: Vote) {
        let counter = match (vote, meeting.walkover) {
            (Vote::Said(Answer::Left), _) => &mut self.first_wins,
            (Vote::Said(Answer::Right), _) => &mut self.second_wins,
            (Vote::Said(Answer::Tie), _) => &mut self.ties,
            (Vote::Said(Answer::BothBad), _) => &mut self.both_bad,
            (Vote::Split, _) => &mut self.split,
            (Vote::None, Some(Answer::Left)) => &mut self.walkovers.first_wins,
            (Vote::None, Some(Answer::Right)) => &mut self.walkovers.second_wins,
            (Vote::None, Some(_)) => &mut self.walkovers.neither,
            (Vote::None, None) if meeting.is_votable => &mut self.open,
            (Vote::None, None) => return,
        };
        *counter += 1;
    }

    fn conclude(&mut self, sample: &Sample<'_>, alpha: f64, rng: &mut fastrand::Rng) {
        self.prompts = sample.prompts();
        self.effective_votes = sample.effective();
        self.win_rate = sample.rate();
        self.interval = sample.interval();
        self.bootstrap = sample.bootstrap(rng);
        self.always_valid = self.as_votes().map(|(wins, losses)| sequence::always_valid(wins, losses, alpha));
    }

    fn voted_alone(&mut self, sample: &Sample<'_>) {
        self.voted_win_rate = sample.rate();
        self.voted_interval = sample.interval();
    }

    /// All that counts, in votes.
    pub fn weight(&self) -> f64 {
        let Walkovers { first_wins, second_wins, neither, weight } = self.walkovers;
        self.votes as f64 + weight * (first_wins + second_wins + neither) as f64
    }

    /// Wins of the first and of the second lane as independent votes, half a win each for what favours neither.
    fn as_votes(&self) -> Option<(f64, f64)> {
        let rate = self.win_rate?;
        Some((self.effective_votes * rate, self.effective_votes * (1.0 - rate)))
    }

    /// The share of what counts that favours neither.
    fn tied(&self) -> f64 {
        let neither = (self.ties + self.both_bad) as f64 + self.walkovers.weight * self.walkovers.neither as f64;
        if self.weight() > 0.0 { neither / self.weight() } else { 0.0 }
    }

    /// Who may be called better, with a chance of at most `alpha` to call one of two equals so, however often one asks.
    pub fn verdict(&self, alpha: f64) -> Verdict {
        let Some(((wins, losses), interval)) = self.as_votes().zip(self.interval) else { return Verdict::NoVotes };
        if interval.holds(0.5) || !sequence::is_decided(wins, losses, alpha) {
            Verdict::Undecided
        } else if wins > losses {
            Verdict::First
        } else {
            Verdict::Second
        }
    }

    /// How many votes it takes if things stay as they look. `None` where they look equal, or nothing was counted.
    pub fn needed(&self, alpha: f64) -> Option<Needed> {
        let effect = Effect { rate: self.win_rate?, ties: self.tied() };
        let repeated = self.weight() / self.effective_votes;
        let votes = |independent: f64| (independent * repeated).ceil() as u64;
        let in_all = votes(power::sequential(effect, alpha)?);
        let is_decided = matches!(self.verdict(alpha), Verdict::First | Verdict::Second);
        Some(Needed {
            in_all,
            still: if is_decided { 0 } else { in_all.saturating_sub(self.weight().floor() as u64) },
            planned: votes(power::planned(effect)?),
        })
    }
}
