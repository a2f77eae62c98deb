//! All figures of a comparison in one plain value, for the studio, the command line and the report.
//! It is assembled here and computed in the sibling modules.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    SEED, VoteQuestion,
    bradley_terry::{self, Match, logistic},
    consistency::{Consistency, steadiness},
    interval::{Interval, Z_95},
    kappa::{Crosstab, Kappa},
    lane_facts::{self, LaneFacts},
    matchups::{Matchup, MatchupAnswers, Roster, matchups, votes},
    sample::Sample,
    summary::Summary,
    tally::{MatchupVerdict, Tally, TallyInput, VotesNeeded},
};
use crate::{
    compare::{Ballot, ComparisonPair, Preference, Voter},
    id::Id,
};

/// The probability that a voter's page ever names a winner between equals, over all its verdicts together.
pub const ALPHA: f64 = 0.05;

/// All statistics of pairs and ballots. Lanes are referred to by their index in `lanes`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scorecard {
    /// The lanes with everything that is known about them without votes.
    pub lanes: Vec<LaneFacts>,
    /// One poll per voter: the human first, then each judge. Polls are never added up.
    pub polls: Vec<VoterTally>,
    /// The agreement of each judge with the human.
    pub agreement: Vec<Agreement>,
}

/// The votes of one voter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoterTally {
    pub voter: Voter,
    /// The number of ballots, including repeats and both orders.
    pub ballots: usize,
    /// The error probability of each verdict: `ALPHA` divided by the number of verdicts.
    pub alpha: f64,
    pub questions: Vec<QuestionScore>,
    /// The consistency of the voter, one entry per question.
    pub steadiness: Vec<Consistency>,
    /// The seconds that the voter took for a ballot.
    pub seconds: Option<Summary>,
}

/// The answers of one voter to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionScore {
    pub question: VoteQuestion,
    /// The lanes that met, each two of them once.
    pub head_to_heads: Vec<HeadToHead>,
    /// The standing of every lane against all others together.
    pub standings: Vec<LaneStanding>,
    /// The strengths of the lanes; `None` with fewer than three or without results.
    pub ranking: Option<Ranking>,
    /// The lane that won against every other one; `None` while any of these verdicts is undecided.
    pub best: Option<usize>,
}

/// Two lanes against each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadToHead {
    /// The index of the lane that win rates and intervals refer to.
    pub first: usize,
    /// The index of the lane that it is compared with.
    pub second: usize,
    pub verdict: MatchupVerdict,
    /// The tally over all prompts, whatever their category.
    pub overall: Tally,
    /// The number of votes that are needed; `None` if the lanes look equal.
    pub needed: Option<VotesNeeded>,
    /// The tallies by the categories of the pack. Of many small ones, some look lopsided by chance.
    pub categories: Vec<TallyGroup>,
    /// The tallies by the challenges of the prompts, to be read with the same caution.
    pub challenges: Vec<TallyGroup>,
}

/// A part of the votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TallyGroup {
    /// The name of the category or challenge in the pack.
    pub name: String,
    pub tally: Tally,
}

/// One lane against all others together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LaneStanding {
    pub lane: usize,
    /// The total weight of everything that was counted, in votes.
    pub votes: f64,
    /// The share of wins, with ties counted half; `None` without votes.
    pub win_rate: Option<f64>,
    pub interval: Option<Interval>,
    /// The mean cost of a job over the win rate: US dollars per win. `None` if either is unknown.
    #[serde(rename = "cost_per_win_usd")]
    pub cost_per_win: Option<f64>,
    /// The mean seconds to an image over the win rate; `None` if either is unknown.
    pub seconds_per_win: Option<f64>,
}

/// Bradley-Terry strengths of three or more lanes, sorted by the lower end of the interval, strongest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranking {
    pub places: Vec<Strength>,
    /// True if a chain of votes connects every lane with every other one. Otherwise the strengths of separate parts
    /// cannot be compared.
    pub connected: bool,
    /// The penalty on the squared strengths in the log-likelihood.
    pub penalty: f64,
}

/// The strength of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Strength {
    pub lane: usize,
    /// The log-odds against a lane of average strength.
    pub log_odds: f64,
    /// The 95 % interval of the log-odds, from the standard error.
    pub interval: Interval,
    /// The probability to win against a lane of average strength.
    pub against_average: f64,
    /// The 95 % interval of that probability, transformed from the log-odds.
    pub against_average_interval: Interval,
}

/// The agreement of a judge with the human on one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    pub judge: Voter,
    pub question: VoteQuestion,
    /// The agreement on pairs with votes by both, where the judge's two orders agree.
    pub kappa: Kappa,
}

impl Scorecard {
    /// Computes the scorecard with bootstraps from a fixed seed, so that the same votes give the same page everywhere.
    pub fn reproducible(pairs: &[ComparisonPair], ballots: &[Ballot]) -> Self {
        scorecard(pairs, ballots, &mut fastrand::Rng::with_seed(SEED))
    }
}

/// Computes the scorecard. The bootstraps use the generator; the same seed gives the same scorecard.
pub fn scorecard(pairs: &[ComparisonPair], ballots: &[Ballot], rng: &mut fastrand::Rng) -> Scorecard {
    let roster = Roster::from_pairs(pairs, ballots);
    let matchups = matchups(pairs, ballots, &roster);
    let lanes = lane_facts::facts(pairs, ballots, &roster);
    let person = votes(&of_voter(ballots, &Voter::Human), &Voter::Human, &roster);
    let count = VoteCounter { roster: &roster, matchups: &matchups, lanes: &lanes, person: &person };
    let voters = voters(ballots);
    let polls = voters.iter().map(|voter| count.poll(voter, ballots, rng)).collect();
    let agreement = agreement(&voters, ballots, &roster, &matchups);
    Scorecard { lanes, polls, agreement }
}

/// Returns the human, even without ballots, then the judges in the order of their first ballot.
fn voters(ballots: &[Ballot]) -> Vec<Voter> {
    let mut voters = vec![Voter::Human];
    for ballot in ballots {
        if !voters.contains(&ballot.voter) {
            voters.push(ballot.voter.clone());
        }
    }
    voters
}

fn of_voter<'a>(ballots: &'a [Ballot], voter: &Voter) -> Vec<&'a Ballot> {
    ballots.iter().filter(|ballot| ballot.voter == *voter).collect()
}

/// The input that is the same for every voter.
struct VoteCounter<'a> {
    roster: &'a Roster<'a>,
    matchups: &'a [Matchup<'a>],
    lanes: &'a [LaneFacts],
    /// The answers of the human by pair, to which those of judges are compared.
    person: &'a BTreeMap<Id, MatchupAnswers>,
}

impl VoteCounter<'_> {
    fn poll(&self, voter: &Voter, ballots: &[Ballot], rng: &mut fastrand::Rng) -> VoterTally {
        let own = of_voter(ballots, voter);
        let votes = votes(&own, voter, self.roster);
        let met: BTreeSet<(usize, usize)> = self.matchups.iter().map(|meeting| meeting.lanes).collect();
        let alpha = ALPHA / (VoteQuestion::BOTH.len() * met.len().max(1)) as f64;
        let seconds: Vec<f64> = own.iter().map(|ballot| ballot.seconds).collect();
        let mut score = |question| {
            let all = TallyInput { matchups: self.matchups.to_vec(), votes: &votes, question, alpha };
            self.question(&all, &met, rng)
        };
        let steady = |question| steadiness(&own, voter, question, (self.roster, self.person));
        VoterTally {
            voter: voter.clone(),
            ballots: own.len(),
            alpha,
            questions: VoteQuestion::BOTH.map(&mut score).into(),
            steadiness: VoteQuestion::BOTH.map(steady).into(),
            seconds: Summary::from_values(&seconds),
        }
    }

    fn question(&self, all: &TallyInput<'_>, met: &BTreeSet<(usize, usize)>, rng: &mut fastrand::Rng) -> QuestionScore {
        let between = |lanes| all.filter(|meeting| meeting.lanes == lanes);
        // The weight of a walkover depends on its two lanes.
        let bouts: Vec<Match<'_>> = met.iter().flat_map(|lanes| between(*lanes).matches()).collect();
        let head_to_heads: Vec<_> = met.iter().map(|lanes| head_to_head(&between(*lanes), *lanes, rng)).collect();
        let lanes = 0..self.lanes.len();
        QuestionScore {
            question: all.question,
            standings: lanes.clone().map(|lane| standing(lane, &self.lanes[lane], &bouts)).collect(),
            ranking: (lanes.len() > 2).then(|| ranking(lanes.len(), &bouts)).flatten(),
            best: lanes.clone().find(|lane| lanes.len() > 1 && beats_all(*lane, lanes.len(), &head_to_heads)),
            head_to_heads,
        }
    }
}

fn head_to_head(counting: &TallyInput<'_>, lanes: (usize, usize), rng: &mut fastrand::Rng) -> HeadToHead {
    let overall = counting.tally(rng);
    HeadToHead {
        first: lanes.0,
        second: lanes.1,
        verdict: overall.verdict(counting.alpha),
        needed: overall.needed(counting.alpha),
        overall,
        categories: groups(counting, |meeting| meeting.category, rng),
        challenges: groups(counting, |meeting| meeting.challenge, rng),
    }
}

fn groups<'a>(
    counting: &TallyInput<'a>,
    name: impl Fn(&Matchup<'a>) -> Option<&'a str>,
    rng: &mut fastrand::Rng,
) -> Vec<TallyGroup> {
    let names: BTreeSet<&str> = counting.matchups.iter().filter_map(&name).collect();
    let group = |wanted: &str| counting.filter(|meeting| name(meeting) == Some(wanted));
    names.into_iter().map(|name| TallyGroup { name: name.to_owned(), tally: group(name).tally(rng) }).collect()
}

fn beats_all(lane: usize, lanes: usize, head_to_heads: &[HeadToHead]) -> bool {
    let beats = |it: &&HeadToHead| match it.verdict {
        MatchupVerdict::First => it.first == lane,
        MatchupVerdict::Second => it.second == lane,
        MatchupVerdict::NoVotes | MatchupVerdict::Undecided => false,
    };
    head_to_heads.iter().filter(beats).count() == lanes - 1
}

fn standing(lane: usize, facts: &LaneFacts, bouts: &[Match<'_>]) -> LaneStanding {
    let mut sample = Sample::default();
    for bout in bouts {
        match bout.lanes {
            (first, _) if first == lane => sample.add(bout.prompt, bout.score, bout.weight),
            (_, second) if second == lane => sample.add(bout.prompt, 1.0 - bout.score, bout.weight),
            _ => {}
        }
    }
    let win_rate = sample.rate();
    let per_win = |each: Option<f64>| each.zip(win_rate.filter(|rate| *rate > 0.0)).map(|(each, rate)| each / rate);
    LaneStanding {
        lane,
        votes: sample.weight(),
        win_rate,
        interval: sample.interval(),
        cost_per_win: per_win(facts.cost.mean),
        seconds_per_win: per_win(facts.seconds.map(|seconds| seconds.mean)),
    }
}

fn ranking(lanes: usize, bouts: &[Match<'_>]) -> Option<Ranking> {
    let fit = bradley_terry::fit(lanes, bouts, bradley_terry::PENALTY)?;
    let place = |(lane, (log_odds, error)): (usize, (f64, f64))| {
        let interval = Interval { low: log_odds - Z_95 * error, high: log_odds + Z_95 * error };
        let chances = Interval { low: logistic(interval.low), high: logistic(interval.high) };
        Strength { lane, log_odds, interval, against_average: logistic(log_odds), against_average_interval: chances }
    };
    let mut places: Vec<Strength> = fit.strengths.into_iter().zip(fit.errors).enumerate().map(place).collect();
    places.sort_by(|a, b| b.interval.low.total_cmp(&a.interval.low));
    let connected = bradley_terry::connected(lanes, bouts);
    Some(Ranking { places, connected, penalty: bradley_terry::PENALTY })
}

fn agreement(voters: &[Voter], ballots: &[Ballot], roster: &Roster<'_>, matchups: &[Matchup<'_>]) -> Vec<Agreement> {
    let votable = matchups.iter().filter(|meeting| meeting.is_votable).map(|meeting| meeting.pair);
    let votable: BTreeSet<Id> = votable.collect();
    let votes = |voter: &Voter| {
        let mut votes = votes(&of_voter(ballots, voter), voter, roster);
        votes.retain(|pair, _| votable.contains(pair));
        votes
    };
    let human = votes(&Voter::Human);
    let judges = voters.iter().filter(|voter| **voter != Voter::Human);
    let against = |judge: &Voter| {
        let theirs = votes(judge);
        let held = |question| Kappa::from_table(&crosstab(&human, &theirs, question)).map(|kappa| (question, kappa));
        let of = |(question, kappa)| Agreement { judge: judge.clone(), question, kappa };
        VoteQuestion::BOTH.into_iter().filter_map(held).map(of).collect::<Vec<_>>()
    };
    judges.flat_map(against).collect()
}

fn crosstab(
    one: &BTreeMap<Id, MatchupAnswers>,
    other: &BTreeMap<Id, MatchupAnswers>,
    question: VoteQuestion,
) -> Crosstab {
    let mut table = Crosstab::default();
    for (pair, answers) in one {
        let theirs = other.get(pair).and_then(|answers| answers[question as usize]);
        if let Some((own, theirs)) = answers[question as usize].zip(theirs) {
            table[place(own)][place(theirs)] += 1.0;
        }
    }
    table
}

const fn place(answer: Preference) -> usize {
    match answer {
        Preference::Left => 0,
        Preference::Right => 1,
        Preference::Tie => 2,
        Preference::BothBad => 3,
    }
}
