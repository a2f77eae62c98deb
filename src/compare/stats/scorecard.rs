//! All figures of a comparison in one plain value, for whoever shows them: the studio, the command line, the report.
//! It is put together here and computed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Question, SEED,
    bradley_terry::{self, Bout, logistic},
    interval::{Interval, Z_95},
    kappa::{Crosstab, Kappa},
    lanes::{self, LaneFacts},
    meetings::{Answers, Meeting, Roster, meetings, votes},
    sample::Sample,
    spread::Spread,
    tally::{Counting, Needed, Tally, Verdict},
    voter::{Steadiness, steadiness},
};
use crate::{
    compare::{Answer, Ballot, Pair, Voter},
    id::Id,
};

/// The chance that a voter's page ever names a winner between equals, all its verdicts together.
pub const ALPHA: f64 = 0.05;

/// Everything that pairs and ballots say. Lanes are named by their number in `lanes`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scorecard {
    /// The lanes and what is known of them without a vote.
    pub lanes: Vec<LaneFacts>,
    /// One poll a voter: the person first, then each judge. Never added up.
    pub polls: Vec<Poll>,
    /// Each judge held against the person.
    pub agreement: Vec<Agreement>,
}

/// One voter's votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Poll {
    /// Who votes.
    pub voter: Voter,
    /// Ballots cast, repeats and both orders included.
    pub ballots: usize,
    /// The chance of a false winner that each verdict takes: `ALPHA` divided by the number of verdicts.
    pub alpha: f64,
    /// The two questions.
    pub questions: Vec<QuestionScore>,
    /// How steady the voter is, by question.
    pub steadiness: Vec<Steadiness>,
    /// Seconds that a ballot took.
    pub seconds: Option<Spread>,
}

/// One voter's answers to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionScore {
    /// The question.
    pub question: Question,
    /// Every two lanes that met.
    pub head_to_heads: Vec<HeadToHead>,
    /// Every lane against all others together.
    pub standings: Vec<Standing>,
    /// Strengths of three or more lanes.
    pub ranking: Option<Ranking>,
    /// The lane that won against every other one. `None` while a single one of these is undecided.
    pub best: Option<usize>,
}

/// Two lanes against each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadToHead {
    /// The lane that wins and intervals are told of.
    pub first: usize,
    /// The other one.
    pub second: usize,
    /// Whether one may be called better.
    pub verdict: Verdict,
    /// All of it.
    pub overall: Tally,
    /// How many votes it takes; `None` where they look equal.
    pub needed: Option<Needed>,
    /// By the pack's categories. Many small tallies: one of them will look lopsided by chance.
    pub categories: Vec<Group>,
    /// By what is hard about the prompts.
    pub challenges: Vec<Group>,
}

/// A part of the votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The category's or challenge's name.
    pub name: String,
    /// Its votes.
    pub tally: Tally,
}

/// One lane against all others together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The lane.
    pub lane: usize,
    /// How much was counted, in votes.
    pub votes: f64,
    /// How often it wins.
    pub win_rate: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// The mean cost of a job over the win rate, in US dollars: what one win takes. `None` where a part is unknown.
    #[serde(rename = "cost_per_win_usd")]
    pub cost_per_win: Option<f64>,
    /// The mean seconds to a picture over the win rate.
    pub seconds_per_win: Option<f64>,
}

/// Strengths of three or more lanes by Bradley and Terry, strongest lower end first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranking {
    /// The lanes.
    pub places: Vec<Strength>,
    /// Whether a chain of votes leads from every lane to every other one. Without it the strengths of the parts cannot
    /// be held against each other.
    pub connected: bool,
    /// The penalty on the squared strengths in the log-likelihood.
    pub penalty: f64,
}

/// How strong a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Strength {
    /// The lane.
    pub lane: usize,
    /// Log-odds against a lane of average strength.
    pub log_odds: f64,
    /// Their 95 % interval.
    pub interval: Interval,
    /// The chance to win against a lane of average strength.
    pub against_average: f64,
    /// Its 95 % interval.
    pub against_average_interval: Interval,
}

/// A judge held against the person, for one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// The judge.
    pub judge: Voter,
    /// The question.
    pub question: Question,
    /// How far they agree on the pairs that both voted on and on which the judge agreed with itself.
    pub kappa: Kappa,
}

impl Scorecard {
    /// Counts everything with bootstraps from a fixed seed, so that the same votes give the same page everywhere.
    pub fn reproducible(pairs: &[Pair], ballots: &[Ballot]) -> Self {
        scorecard(pairs, ballots, &mut fastrand::Rng::with_seed(SEED))
    }
}

/// Counts everything. The generator draws the bootstraps; the same seed gives the same scorecard.
pub fn scorecard(pairs: &[Pair], ballots: &[Ballot], rng: &mut fastrand::Rng) -> Scorecard {
    let roster = Roster::of(pairs, ballots);
    let meetings = meetings(pairs, ballots, &roster);
    let lanes = lanes::facts(pairs, ballots, &roster);
    let person = votes(&of_voter(ballots, &Voter::Human), &Voter::Human, &roster);
    let count = Count { roster: &roster, meetings: &meetings, lanes: &lanes, person: &person };
    let voters = voters(ballots);
    let polls = voters.iter().map(|voter| count.poll(voter, ballots, rng)).collect();
    let agreement = agreement(&voters, ballots, &roster, &meetings);
    Scorecard { lanes, polls, agreement }
}

/// The person, whether there are ballots or not, then the judges in the order of their first ballot.
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

/// What is counted, the same for every voter.
struct Count<'a> {
    roster: &'a Roster<'a>,
    meetings: &'a [Meeting<'a>],
    lanes: &'a [LaneFacts],
    /// What the person answered.
    person: &'a BTreeMap<Id, Answers>,
}

impl Count<'_> {
    fn poll(&self, voter: &Voter, ballots: &[Ballot], rng: &mut fastrand::Rng) -> Poll {
        let own = of_voter(ballots, voter);
        let votes = votes(&own, voter, self.roster);
        let met: BTreeSet<(usize, usize)> = self.meetings.iter().map(|meeting| meeting.lanes).collect();
        let alpha = ALPHA / (Question::BOTH.len() * met.len().max(1)) as f64;
        let seconds: Vec<f64> = own.iter().map(|ballot| ballot.seconds).collect();
        let mut score = |question| {
            let all = Counting { meetings: self.meetings.to_vec(), votes: &votes, question, alpha };
            self.question(&all, &met, rng)
        };
        let steady = |question| steadiness(&own, voter, question, (self.roster, self.person));
        Poll {
            voter: voter.clone(),
            ballots: own.len(),
            alpha,
            questions: Question::BOTH.map(&mut score).into(),
            steadiness: Question::BOTH.map(steady).into(),
            seconds: Spread::of(&seconds),
        }
    }

    fn question(&self, all: &Counting<'_>, met: &BTreeSet<(usize, usize)>, rng: &mut fastrand::Rng) -> QuestionScore {
        let between = |lanes| all.only(|meeting| meeting.lanes == lanes);
        // The weight of a walkover is a matter of the two lanes.
        let bouts: Vec<Bout<'_>> = met.iter().flat_map(|lanes| between(*lanes).bouts()).collect();
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

fn head_to_head(counting: &Counting<'_>, lanes: (usize, usize), rng: &mut fastrand::Rng) -> HeadToHead {
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
    counting: &Counting<'a>,
    name: impl Fn(&Meeting<'a>) -> Option<&'a str>,
    rng: &mut fastrand::Rng,
) -> Vec<Group> {
    let names: BTreeSet<&str> = counting.meetings.iter().filter_map(&name).collect();
    let group = |wanted: &str| counting.only(|meeting| name(meeting) == Some(wanted));
    names.into_iter().map(|name| Group { name: name.to_owned(), tally: group(name).tally(rng) }).collect()
}

fn beats_all(lane: usize, lanes: usize, head_to_heads: &[HeadToHead]) -> bool {
    let beats = |it: &&HeadToHead| match it.verdict {
        Verdict::First => it.first == lane,
        Verdict::Second => it.second == lane,
        Verdict::NoVotes | Verdict::Undecided => false,
    };
    head_to_heads.iter().filter(beats).count() == lanes - 1
}

fn standing(lane: usize, facts: &LaneFacts, bouts: &[Bout<'_>]) -> Standing {
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
    Standing {
        lane,
        votes: sample.weight(),
        win_rate,
        interval: sample.interval(),
        cost_per_win: per_win(facts.cost.mean),
        seconds_per_win: per_win(facts.seconds.map(|seconds| seconds.mean)),
    }
}

fn ranking(lanes: usize, bouts: &[Bout<'_>]) -> Option<Ranking> {
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

fn agreement(voters: &[Voter], ballots: &[Ballot], roster: &Roster<'_>, meetings: &[Meeting<'_>]) -> Vec<Agreement> {
    let votable = meetings.iter().filter(|meeting| meeting.is_votable).map(|meeting| meeting.pair);
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
        let held = |question| Kappa::of(&crosstab(&human, &theirs, question)).map(|kappa| (question, kappa));
        let of = |(question, kappa)| Agreement { judge: judge.clone(), question, kappa };
        Question::BOTH.into_iter().filter_map(held).map(of).collect::<Vec<_>>()
    };
    judges.flat_map(against).collect()
}

fn crosstab(one: &BTreeMap<Id, Answers>, other: &BTreeMap<Id, Answers>, question: Question) -> Crosstab {
    let mut table = Crosstab::default();
    for (pair, answers) in one {
        let theirs = other.get(pair).and_then(|answers| answers[question as usize]);
        if let Some((own, theirs)) = answers[question as usize].zip(theirs) {
            table[place(own)][place(theirs)] += 1.0;
        }
    }
    table
}

const fn place(answer: Answer) -> usize {
    match answer {
        Answer::Left => 0,
        Answer::Right => 1,
        Answer::Tie => 2,
        Answer::BothBad => 3,
    }
}
