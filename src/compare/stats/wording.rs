//! Wording and number formats of the statistics, shared by the studio, the command line and the report.
//! Plain text; the caller escapes and styles it.

use super::{
    Agreement, Consistency, ConsistencyByGap, HeadToHead, Interval, LaneFacts, MatchupVerdict, Proportion, Ranking,
    Scorecard, Tally, VoterTally, VotesNeeded,
};
use crate::compare::{Lane, Voter};

/// The placeholder for an unknown figure.
pub const UNKNOWN: &str = "–";

/// Formats a share, as in `58%`.
pub fn percent(share: Option<f64>) -> String {
    let written = |share: f64| {
        let percent = share * 100.0;
        // A level such as 97.5% must not be rounded to 98%.
        if (percent - percent.round()).abs() < 0.05 || percent < 90.0 {
            format!("{percent:.0}%")
        } else {
            format!("{percent:.1}%")
        }
    };
    share.map_or_else(|| UNKNOWN.to_owned(), written)
}

/// Formats an interval, as in `39 to 76%`.
pub fn range(interval: Option<Interval>) -> String {
    let written = |it: Interval| format!("{:.0} to {:.0}%", it.low * 100.0, it.high * 100.0);
    interval.map_or_else(|| UNKNOWN.to_owned(), written)
}

/// Formats a duration, as in `4.2 s`, `38 s` or `3 m 20 s`.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        ..0.0995 => format!("{seconds:.2} s"),
        ..9.95 => format!("{seconds:.1} s"),
        ..119.5 => format!("{seconds:.0} s"),
        _ => format!("{} m {:02.0} s", (seconds.round() / 60.0).floor(), seconds.round() % 60.0),
    }
}

/// Formats an amount in US dollars as the rest of the program does.
pub fn usd(dollars: Option<f64>) -> String {
    dollars.map_or_else(|| UNKNOWN.to_owned(), |dollars| tintype_backends::Usd::from_dollars(dollars).to_string())
}

/// Describes a poll: the voter and the number of ballots.
pub fn poll(poll: &VoterTally) -> String {
    let n = poll.ballots;
    let ballots = if n == 1 { "1 ballot".to_owned() } else { format!("{n} ballots") };
    match &poll.voter {
        Voter::Human => format!("your votes: {ballots}"),
        Voter::Judge { backend, model } => format!("a model as judge, not a person: {backend} {model}, {ballots}"),
    }
}

/// Describes a verdict: the preferred lane, or why there is none.
pub fn verdict(it: &HeadToHead, card: &Scorecard) -> String {
    match it.verdict {
        MatchupVerdict::NoVotes => "no votes yet".to_owned(),
        MatchupVerdict::Undecided => "no winner yet: the interval includes 50%".to_owned(),
        MatchupVerdict::First => format!("{} is preferred", card.lanes[it.first].label),
        MatchupVerdict::Second => format!("{} is preferred", card.lanes[it.second].label),
    }
}

/// Describes the sample of an interval.
pub fn basis(tally: &Tally) -> String {
    let (all, effective) = (tally.weight(), tally.effective_votes);
    if (all - effective).abs() < 0.05 {
        return counted(all);
    }
    format!("{} on {} prompts, {effective:.1} effective", counted(all), tally.prompts)
}

fn counted(votes: f64) -> String {
    let votes = if votes.fract() == 0.0 { format!("{votes:.0}") } else { format!("{votes:.1}") };
    if votes == "1" { "1 vote".to_owned() } else { format!("{votes} votes") }
}

/// Describes the votes by answer.
pub fn votes(tally: &Tally, first: &str, second: &str) -> String {
    let Tally { first_wins, second_wins, ties, both_bad, split, open, .. } = tally;
    let words = format!("{first_wins} {first}, {second_wins} {second}, {}, {both_bad} both bad", plural(*ties, "tie"));
    let split = (*split > 0).then(|| format!("{split} left out because the orders disagree"));
    let open = (*open > 0).then(|| format!("{} waiting for a vote", plural(*open, "pair")));
    [Some(words), split, open].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Formats a number with its noun: `1 tie`, `2 ties`.
fn plural(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Describes the outcomes without a vote; `None` if there are none.
pub fn walkovers(tally: &Tally, first: &str, second: &str) -> Option<String> {
    let it = tally.walkovers;
    let any = it.first_wins + it.second_wins + it.neither > 0;
    let weight =
        if it.weight < 1.0 { format!(", each counts {:.2} of a vote so far", it.weight) } else { String::new() };
    let words = format!(
        "failures: {} of {second}, {} of {first}, {} of both{weight}",
        it.first_wins, it.second_wins, it.neither
    );
    any.then_some(words)
}

/// Describes the number of votes that are needed.
pub fn needed(needed: VotesNeeded) -> String {
    let VotesNeeded { still, planned, .. } = needed;
    let rate = if still == 0 { "needed" } else { "at this rate" };
    format!("{rate} ({planned} with a fixed sample size)")
}

/// Describes the number of missing votes, as a sentence of its own.
pub fn votes_needed(it: VotesNeeded) -> String {
    let missing = match it.still {
        0 => "no more votes".to_owned(),
        1 => "1 more vote".to_owned(),
        still => format!("about {still} more votes"),
    };
    format!("{missing} {}", needed(it))
}

/// Describes a ranking, and whether its strengths are comparable.
pub const fn ranking(ranking: &Ranking) -> &'static str {
    if ranking.connected {
        "win rate against an average lane (Bradley-Terry)"
    } else {
        "win rate against an average lane (Bradley-Terry); not comparable, because no pairs connect some of the lanes"
    }
}

/// Formats a share with its counts, as in `9 of 12, 75% (47 to 91%)`.
pub fn share(share: Proportion) -> String {
    let counted = format!("{} of {}", share.of, share.n);
    if share.n == 0 { counted } else { format!("{counted}, {} ({})", percent(share.share), range(share.interval)) }
}

/// Describes the consistency of a voter; `None` if it was not measured.
pub fn steadiness(it: &Consistency, voter: &Voter) -> Option<String> {
    if it.left.n == 0 && it.consistent.n == 0 {
        return None;
    }
    let twice = if *voter == Voter::Human { "same answer to a repeated pair" } else { "same answer in both orders" };
    let sides = format!("left side chosen {}", share(it.left));
    let question = it.question.words();
    let gap = it.by_gap.filter(|gap| gap.clear.n + gap.close.n > 0).map_or_else(
        String::new,
        |ConsistencyByGap { clear, close }| {
            let (chose, chose_not) = (format!("{} of {}", clear.of, clear.n), format!("{} of {}", close.of, close.n));
            format!(" (by your own votes: {chose} where you chose a side, {chose_not} where you did not)")
        },
    );
    Some(if it.consistent.n == 0 {
        format!("{question}: {sides}")
    } else {
        format!("{question}: {twice} {}{gap}; {sides}", share(it.consistent))
    })
}

/// Describes the agreement of a judge with the human.
pub fn agreement(it: &Agreement) -> String {
    let judge = match &it.judge {
        Voter::Judge { backend, model } => format!("{backend} {model}"),
        Voter::Human => "you".to_owned(),
    };
    let kappa = match it.kappa.kappa.zip(it.kappa.interval) {
        Some((kappa, Interval { low, high })) => format!("Cohen's kappa {kappa:.2} ({low:.2} to {high:.2})"),
        None => "no kappa, because one voter always gave the same answer".to_owned(),
    };
    let same = percent(Some(it.kappa.agreement));
    format!("{judge} and you on {}: {same} agreement on {} pairs, {kappa}", it.question.words(), it.kappa.n)
}

/// Describes the outcomes of a lane's jobs.
pub fn endings(lane: &LaneFacts) -> String {
    let it = lane.endings;
    let named = [(it.refused, "refused"), (it.invalid, "invalid"), (it.failed, "failed"), (it.unknown, "unknown")];
    let rest: Vec<String> =
        named.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    let all = format!("{} of {}", it.image, lane.jobs);
    if rest.is_empty() { all } else { format!("{all} ({})", rest.join(", ")) }
}

/// Describes the total cost of a lane.
pub fn total_cost(lane: &LaneFacts) -> String {
    match (lane.cost.known, lane.cost.unknown) {
        (0, _) => UNKNOWN.to_owned(),
        (_, 0) => lane.cost.total.to_string(),
        (_, unknown) => format!("{} and {unknown} unknown", lane.cost.total),
    }
}

/// Describes a lane by its backend, model and settings.
pub fn contestant(lane: &Lane) -> String {
    let backend_and_model = lane.backend_and_model();
    let settings: Vec<String> = lane.settings.iter().map(|(key, value)| format!("{key} {value}")).collect();
    if settings.is_empty() { backend_and_model } else { format!("{backend_and_model}, {}", settings.join(", ")) }
}

/// Describes the price tables that costs were computed with, by their dates.
pub fn prices(as_of: &[String]) -> String {
    if as_of.is_empty() {
        "No costs were computed from a price table.".to_owned()
    } else {
        format!("Costs are computed from the reported usage with prices of {}.", as_of.join(" and "))
    }
}
