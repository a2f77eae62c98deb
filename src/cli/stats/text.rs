//! Scorecard formatted as lines of text, with both questions side by side.
//! The labels of the figures are defined in `compare::stats::wording`.

use std::collections::BTreeSet;

use super::Figures;
use crate::{
    cli::table::table,
    compare::stats::{
        CAVEAT, HeadToHead, LaneFacts, MatchupVerdict, Scorecard, Summary, Tally, TallyGroup, VoteQuestion, VoterTally,
        wording::{self, UNKNOWN, percent, range, seconds, usd},
    },
};

/// Label of a figure, and its value for each of the two questions.
type FigureRow = [String; 3];

/// Formats the whole scorecard.
pub(super) fn lines(figures: &Figures) -> Vec<String> {
    let card = &figures.scorecard;
    let contestants = card.lanes.iter().map(|lane| [lane.label.clone(), wording::contestant(&lane.lane)]);
    let mut lines = table(&contestants.collect::<Vec<_>>(), None);
    lines.push(String::new());
    lines.extend(lanes(&card.lanes));
    lines.push(wording::prices(&figures.prices_as_of));
    for poll in card.polls.iter().filter(|poll| poll.ballots > 0 || card.polls.len() == 1) {
        lines.push(String::new());
        lines.extend(poll_lines(poll, card));
    }
    lines.extend(card.agreement.iter().map(wording::agreement));
    lines.extend([String::new(), CAVEAT.to_owned()]);
    lines
}

fn lanes(lanes: &[LaneFacts]) -> Vec<String> {
    let head = ["", "images", "first preview", "image", "cost", "each", "svg as written"].map(str::to_owned);
    let row = |lane: &LaneFacts| {
        [
            lane.label.clone(),
            wording::endings(lane),
            spread(lane.first_preview_seconds),
            spread(lane.seconds),
            wording::total_cost(lane),
            usd(lane.cost.mean),
            lane.svg.map_or_else(|| UNKNOWN.to_owned(), |svg| percent(svg.raw_valid.share)),
        ]
    };
    table(&std::iter::once(head).chain(lanes.iter().map(row)).collect::<Vec<_>>(), None)
}

fn spread(spread: Option<Summary>) -> String {
    spread.map_or_else(|| UNKNOWN.to_owned(), |it| format!("{}, p90 {}", seconds(it.median), seconds(it.p90)))
}

fn poll_lines(poll: &VoterTally, card: &Scorecard) -> Vec<String> {
    let mut lines = vec![wording::poll(poll)];
    lines.extend(poll.steadiness.iter().filter_map(|it| wording::steadiness(it, &poll.voter)));
    if head_to_heads(poll).any(|it| it.verdict == MatchupVerdict::Undecided) {
        lines.push("no winner is named while an interval includes 50%".to_owned());
    }
    let mut rows = Vec::new();
    let duels = poll.questions.first().map_or(0, |question| question.head_to_heads.len());
    for number in 0..duels {
        rows.extend(head_to_head(number, poll, card));
    }
    rows.extend(standings(poll, card));
    rows.extend(ranking(poll, card));
    lines.extend(table(&rows, None));
    lines
}

fn head_to_heads(poll: &VoterTally) -> impl Iterator<Item = &HeadToHead> {
    poll.questions.iter().flat_map(|question| &question.head_to_heads)
}

/// Formats a row with the same figure for both questions.
fn row(name: impl Into<String>, poll: &VoterTally, figure: impl Fn(usize) -> String) -> FigureRow {
    let figure = |question| if question < poll.questions.len() { figure(question) } else { String::new() };
    [name.into(), figure(0), figure(1)]
}

/// Formats a heading for both questions, preceded by an empty line.
fn heading(title: String) -> [FigureRow; 2] {
    let [follows, looks] = VoteQuestion::BOTH.map(|question| question.words().to_owned());
    [FigureRow::default(), [title, follows, looks]]
}

fn head_to_head(number: usize, poll: &VoterTally, card: &Scorecard) -> Vec<FigureRow> {
    let it = |question: usize| &poll.questions[question].head_to_heads[number];
    let tally = |question: usize| &it(question).overall;
    let (first, second) = (&card.lanes[it(0).first].label, &card.lanes[it(0).second].label);
    let level = percent(Some(1.0 - poll.alpha));
    let mut rows = Vec::from(heading(format!("{first} vs. {second}")));
    rows.extend([
        row("  verdict", poll, |q| verdict(it(q), card)),
        row(format!("  {first} wins"), poll, |q| percent(tally(q).win_rate)),
        row("  95% interval", poll, |q| range(tally(q).interval)),
        row("  bootstrap 95% CI", poll, |q| range(tally(q).bootstrap)),
        row(format!("  anytime-valid, {level}"), poll, |q| range(tally(q).always_valid)),
        row("  based on", poll, |q| wording::basis(tally(q))),
        row(format!("  for {first}"), poll, |q| tally(q).first_wins.to_string()),
        row(format!("  for {second}"), poll, |q| tally(q).second_wins.to_string()),
        row("  ties, both bad", poll, |q| format!("{}, {}", tally(q).ties, tally(q).both_bad)),
    ]);
    rows.extend(uncounted(poll, tally));
    rows.extend(failures(poll, tally, first, second));
    rows.push(row("  votes still needed", poll, |q| {
        it(q).needed.map_or_else(
            || UNKNOWN.to_owned(),
            |needed| if needed.still == 0 { "0".to_owned() } else { format!("{} of {}", needed.still, needed.in_all) },
        )
    }));
    rows.push(row("  fixed-sample plan", poll, |q| {
        it(q).needed.map_or_else(|| UNKNOWN.to_owned(), |needed| needed.planned.to_string())
    }));
    rows.extend(groups("  by category", poll, |q| &it(q).categories));
    rows.extend(groups("  by challenge", poll, |q| &it(q).challenges));
    rows
}

fn verdict(it: &HeadToHead, card: &Scorecard) -> String {
    match it.verdict {
        MatchupVerdict::Undecided => "no winner yet".to_owned(),
        _ => wording::verdict(it, card),
    }
}

/// Formats the rows for votes that are excluded: split orders and open pairs.
fn uncounted<'a>(poll: &VoterTally, tally: impl Fn(usize) -> &'a Tally) -> Vec<FigureRow> {
    let questions = || 0..poll.questions.len();
    let split =
        questions().any(|q| tally(q).split > 0).then(|| row("  orders disagree", poll, |q| tally(q).split.to_string()));
    let open =
        questions().any(|q| tally(q).open > 0).then(|| row("  awaiting a vote", poll, |q| tally(q).open.to_string()));
    split.into_iter().chain(open).collect()
}

/// Formats the rows for pairs decided by a failure, and the win rate without them.
fn failures<'a>(poll: &VoterTally, tally: impl Fn(usize) -> &'a Tally, first: &str, second: &str) -> Vec<FigureRow> {
    let it = tally(0).walkovers;
    if it.first_wins + it.second_wins + it.neither == 0 {
        return Vec::new();
    }
    vec![
        row(format!("  failures of {first}"), poll, |q| tally(q).walkovers.second_wins.to_string()),
        row(format!("  failures of {second}"), poll, |q| tally(q).walkovers.first_wins.to_string()),
        row("  failures of both", poll, |q| tally(q).walkovers.neither.to_string()),
        row("  votes per failure", poll, |q| format!("{:.2}", tally(q).walkovers.weight)),
        row("  votes only", poll, |q| {
            format!("{}, {}", percent(tally(q).voted_win_rate), range(tally(q).voted_interval))
        }),
    ]
}

fn groups<'a>(title: &str, poll: &VoterTally, groups: impl Fn(usize) -> &'a [TallyGroup]) -> Vec<FigureRow> {
    let counted = |group: &&TallyGroup| group.tally.win_rate.is_some();
    let names: BTreeSet<&str> = (0..poll.questions.len())
        .flat_map(|q| groups(q).iter().filter(counted).map(|group| group.name.as_str()))
        .collect();
    let figure = |q: usize, name: &str| {
        let found = groups(q).iter().find(|group| group.name == name);
        found.map_or_else(String::new, |TallyGroup { tally, .. }| {
            format!("{}, {}, {} votes", percent(tally.win_rate), range(tally.interval), tally.votes)
        })
    };
    let rows = names.iter().map(|name| row(format!("    {name}"), poll, |q| figure(q, name)));
    let title = (!names.is_empty()).then(|| [title.to_owned(), String::new(), String::new()]);
    title.into_iter().chain(rows).collect()
}

/// Formats cost and time per win.
fn standings(poll: &VoterTally, card: &Scorecard) -> Vec<FigureRow> {
    let mut rows = Vec::from(heading("per win".to_owned()));
    for (number, lane) in card.lanes.iter().enumerate() {
        rows.push(row(format!("  {}", lane.label), poll, |q| {
            let it = &poll.questions[q].standings[number];
            let time = it.seconds_per_win.map_or_else(|| UNKNOWN.to_owned(), seconds);
            format!("{}, {time}", usd(it.cost_per_win))
        }));
    }
    rows
}

/// Formats the ranking of three or more lanes, in the order of the first question.
fn ranking(poll: &VoterTally, card: &Scorecard) -> Vec<FigureRow> {
    let Some(first) = poll.questions.first().and_then(|question| question.ranking.as_ref()) else { return Vec::new() };
    let mut rows = Vec::from(heading("vs. an average lane".to_owned()));
    for place in &first.places {
        rows.push(row(format!("  {}", card.lanes[place.lane].label), poll, |q| {
            let ranking = poll.questions[q].ranking.as_ref();
            let it = ranking.and_then(|ranking| ranking.places.iter().find(|it| it.lane == place.lane));
            it.map_or_else(String::new, |it| {
                format!("{}, {}", percent(Some(it.against_average)), range(Some(it.against_average_interval)))
            })
        }));
    }
    if !first.connected {
        rows.push(["  not comparable: some lanes were never compared".to_owned(), String::new(), String::new()]);
    }
    rows
}
