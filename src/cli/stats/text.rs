//! A scorecard as lines of text.
//! Values in, lines out; the words a figure gets here are the words it has in the report.

use super::Figures;
use crate::{
    cli::table::table,
    compare::stats::{
        CAVEAT, HeadToHead, LaneFacts, Poll, QuestionScore, Ranking, Scorecard, Spread, Standing, Strength, Tally,
        words::{self, percent, range, seconds, usd},
    },
};

/// The whole scorecard.
pub(super) fn lines(figures: &Figures) -> Vec<String> {
    let card = &figures.scorecard;
    let contestants = card.lanes.iter().map(|lane| [lane.label.clone(), words::contestant(&lane.lane)]);
    let mut lines = table(&contestants.collect::<Vec<_>>(), None);
    lines.push(String::new());
    lines.extend(lanes(&card.lanes));
    lines.push(words::prices(&figures.prices_as_of));
    for poll in &card.polls {
        lines.push(String::new());
        lines.extend(of_poll(poll, card));
    }
    lines.extend(card.agreement.iter().map(words::agreement));
    lines.push(String::new());
    lines.push(CAVEAT.to_owned());
    lines
}

fn lanes(lanes: &[LaneFacts]) -> Vec<String> {
    let head = ["lane", "pictures", "first preview", "picture", "cost", "each", "svg as written"].map(str::to_owned);
    let row = |lane: &LaneFacts| {
        [
            lane.label.clone(),
            words::endings(lane),
            spread(lane.first_preview_seconds),
            spread(lane.seconds),
            words::total_cost(lane),
            usd(lane.cost.mean),
            lane.svg.map_or_else(|| "–".to_owned(), |svg| percent(svg.raw_valid.share)),
        ]
    };
    table(&std::iter::once(head).chain(lanes.iter().map(row)).collect::<Vec<_>>(), None)
}

fn spread(spread: Option<Spread>) -> String {
    spread.map_or_else(|| "–".to_owned(), |it| format!("{}, p90 {}", seconds(it.median), seconds(it.p90)))
}

fn of_poll(poll: &Poll, card: &Scorecard) -> Vec<String> {
    let mut lines = vec![words::poll(poll)];
    lines.extend(poll.steadiness.iter().filter_map(|it| words::steadiness(it, &poll.voter)));
    for question in &poll.questions {
        lines.extend([String::new(), format!("which {}", question.question.words())]);
        lines.extend(question.head_to_heads.iter().flat_map(|it| head_to_head(it, poll, card)));
        lines.extend(standings(question, card));
        lines.extend(question.ranking.iter().flat_map(|ranking| ranked(ranking, card)));
    }
    lines
}

fn head_to_head(it: &HeadToHead, poll: &Poll, card: &Scorecard) -> Vec<String> {
    let (first, second) = (&card.lanes[it.first].label, &card.lanes[it.second].label);
    let tally = &it.overall;
    let level = percent(Some(1.0 - poll.alpha));
    let mut rows = vec![
        [format!("{first} wins"), percent(tally.win_rate), words::verdict(it, card)],
        ["95 % interval".into(), range(tally.interval), words::basis(tally)],
        ["prompts drawn anew".into(), range(tally.bootstrap), "95 %, bootstrap".into()],
        ["at any time".into(), range(tally.always_valid), format!("{level}, may be looked at after every vote")],
        ["votes".into(), tally.votes.to_string(), words::votes(tally, first, second)],
    ];
    rows.extend(words::walkovers(tally, first, second).map(|words| ["failures".into(), String::new(), words]));
    rows.extend(it.needed.map(|needed| ["still needed".into(), needed.still.to_string(), words::needed(needed)]));
    let groups = it.categories.iter().chain(&it.challenges).filter(|group| group.tally.win_rate.is_some());
    rows.extend(groups.map(|group| group_row(&group.name, &group.tally)));
    let title = format!("{first} against {second}");
    std::iter::once(title).chain(table(&rows, None).iter().map(|line| format!("  {line}"))).collect()
}

fn group_row(name: &str, tally: &Tally) -> [String; 3] {
    [name.to_owned(), percent(tally.win_rate), format!("{}, {} votes", range(tally.interval), tally.votes)]
}

fn standings(question: &QuestionScore, card: &Scorecard) -> Vec<String> {
    let counted = question.standings.iter().filter(|it| it.win_rate.is_some());
    let row = |it: &Standing| {
        [
            card.lanes[it.lane].label.clone(),
            percent(it.win_rate),
            range(it.interval),
            format!("{} a win", usd(it.cost_per_win)),
            format!("{} a win", it.seconds_per_win.map_or_else(|| "–".to_owned(), seconds)),
        ]
    };
    table(&counted.map(row).collect::<Vec<_>>(), None)
}

fn ranked(ranking: &Ranking, card: &Scorecard) -> Vec<String> {
    let row = |(place, it): (usize, &Strength)| {
        [
            format!("{}.", place + 1),
            card.lanes[it.lane].label.clone(),
            percent(Some(it.against_average)),
            range(Some(it.against_average_interval)),
        ]
    };
    let rows: Vec<_> = ranking.places.iter().enumerate().map(row).collect();
    let title = words::ranking(ranking).to_owned();
    std::iter::once(title).chain(table(&rows, None).iter().map(|line| format!("  {line}"))).collect()
}
