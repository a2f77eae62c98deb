//! Plots in SVG: win rates with intervals, cost against preference, and generation times.
//! Each plot has its numbers in text or in a table as well; no information is in color alone.

use std::collections::HashSet;

use maud::{Markup, html};

use super::{
    Report,
    figures::{color_class, count, key, letter, range, share},
    scale::Scale,
};
use crate::compare::{
    LaneOutcome, PairSide,
    stats::{HeadToHead, Interval, LaneFacts, Scorecard, Summary, Tally, TallyGroup, VoteQuestion, wording},
};

/// The width of a plot in its own units; about the pixels of a phone's screen, so that text keeps its size.
const WIDTH: f64 = 480.0;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let card = report.scorecard;
    html! {
        section #plots aria-labelledby="plots-title" {
            h2 #plots-title { "Breakdown" }
            (by_group(card))
            div.pair-of-plots {
                (cost_against_preference(card))
                (waiting(report))
            }
        }
    }
}

/// Renders a win rate on an axis from 0 to 100 %: a point, its interval, and the wider always-valid interval.
pub(super) fn interval_bar(
    rate: Option<f64>,
    interval: Option<Interval>,
    always: Option<Interval>,
    first: &str,
) -> Markup {
    let words = format!("win rate of {first}: {}, interval {}", wording::percent(rate), wording::range(interval));
    let x = |share: f64| format!("{:.2}", share * 100.0);
    html! {
        svg.interval viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label=(words) {
            line.track x1="0" x2="100" y1="10" y2="10" {}
            line.half x1="50" x2="50" y1="1" y2="19" {}
            @if let Some(it) = always { line.wide x1=(x(it.low)) x2=(x(it.high)) y1="10" y2="10" {} }
            @if let Some(it) = interval { line.narrow x1=(x(it.low)) x2=(x(it.high)) y1="10" y2="10" {} }
            @if let Some(rate) = rate { line.point x1=(x(rate)) x2=(x(rate)) y1="10" y2="10" {} }
        }
    }
}

/// Renders the win rates by category and challenge, for the human's votes.
fn by_group(card: &Scorecard) -> Markup {
    let Some((poll, votes)) = card.polls.iter().enumerate().find(|(_, poll)| poll.ballots > 0) else { return html! {} };
    let has_groups = |it: &HeadToHead| !it.categories.is_empty() || !it.challenges.is_empty();
    html! {
        @for (q, question) in votes.questions.iter().enumerate() {
            @for (h, it) in question.head_to_heads.iter().enumerate().filter(|(_, it)| has_groups(it)) {
                details open[q == 0 && h == 0] {
                    summary {
                        "By kind of prompt, " (question.question.words()) ": "
                        (key(it.first)) " against " (key(it.second))
                    }
                    (forest(it, &format!("/polls/{poll}/questions/{q}/head_to_heads/{h}"), &card.lanes[it.first].label))
                }
            }
        }
    }
}

fn forest(it: &HeadToHead, at: &str, first: &str) -> Markup {
    html! {
        table.forest {
            caption { "Win rates of " (first) " with 95% intervals; failures are after the plus sign. With many small rows, one can look lopsided by chance." }
            thead { tr { th.left scope="col" { "Prompts" } th scope="col" { "Votes" } th scope="col" { "Wins" } th scope="col" { "Interval" } th.axis scope="col" aria-hidden="true" { span { "0" } span { "50" } span { "100%" } } } }
            tbody { (row("All", &it.overall, &format!("{at}/overall"), first)) }
            (groups("By category", &it.categories, &format!("{at}/categories"), first))
            (groups("By challenge", &it.challenges, &format!("{at}/challenges"), first))
        }
    }
}

fn groups(title: &str, groups: &[TallyGroup], at: &str, first: &str) -> Markup {
    html! {
        @if !groups.is_empty() {
            tbody {
                tr { th.group colspan="5" scope="rowgroup" { (title) } }
                @for (number, group) in groups.iter().enumerate() {
                    (row(&group.name, &group.tally, &format!("{at}/{number}/tally"), first))
                }
            }
        }
    }
}

fn row(name: &str, tally: &Tally, at: &str, first: &str) -> Markup {
    html! {
        tr {
            th scope="row" { (name) }
            td {
                (count(&format!("{at}/votes"), tally.votes))
                @let failures = tally.walkovers.first_wins + tally.walkovers.second_wins + tally.walkovers.neither;
                @if failures > 0 { span.quiet { " + " (failures) } }
            }
            td { (share(&format!("{at}/win_rate"), tally.win_rate)) }
            td { (range(&format!("{at}/interval"), tally.interval)) }
            td.bar { (interval_bar(tally.win_rate, tally.interval, None, first)) }
        }
    }
}

/// Plots the cost of an image against the win rate.
fn cost_against_preference(card: &Scorecard) -> Markup {
    let costs: Vec<f64> = card.lanes.iter().filter_map(|lane| lane.cost.mean).collect();
    let poll = card.polls.iter().find(|poll| poll.ballots > 0);
    let scale = Scale::linear(costs.iter().copied().fold(0.0, f64::max), 52.0, WIDTH - 16.0);
    let height = Scale::linear(1.0 / 1.08, 250.0, 16.0);
    html! {
        figure.plot {
            figcaption { "Cost per image against win rate" }
            @if let (Some(poll), false) = (poll, costs.is_empty()) {
                svg viewBox="0 0 480 300" role="img" aria-label=(cost_words(card)) {
                    @for (quarter, share) in [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().enumerate() {
                        line.grid.half[quarter == 2] x1="52" x2="464" y1=(height.at(share)) y2=(height.at(share)) {}
                        text.tick x="44" y=(height.at(share) + 5.0) text-anchor="end" { (wording::percent(Some(share))) }
                    }
                    @for tick in scale.ticks() {
                        text.tick x=(scale.at(tick)) y="272" text-anchor="middle" { (wording::usd(Some(tick))) }
                    }
                    text.tick x=(WIDTH - 16.0) y="294" text-anchor="end" { "US dollars per image" }
                    @for question in &poll.questions {
                        @for standing in &question.standings {
                            (cost_point(&card.lanes[standing.lane], standing.lane, question.question, (standing.win_rate, standing.interval), scale, height))
                        }
                    }
                }
                p.quiet { "Filled: follows the prompt. Hollow: looks better. " (unpriced(card)) }
            } @else { p.quiet { "No data yet: " @if poll.is_none() { "no votes." } @else { "no known costs." } } }
        }
    }
}

fn cost_point(
    facts: &LaneFacts,
    lane: usize,
    question: VoteQuestion,
    (rate, interval): (Option<f64>, Option<Interval>),
    scale: Scale,
    height: Scale,
) -> Markup {
    let Some(((rate, interval), cost)) = rate.zip(interval).zip(facts.cost.mean) else { return html! {} };
    let shift = if question == VoteQuestion::Follows { -7.0 } else { 7.0 };
    let (x, y) = (scale.at(cost) + shift, height.at(rate));
    html! {
        g.(color_class(lane)) {
            line.whisker x1=(x) x2=(x) y1=(height.at(interval.low)) y2=(height.at(interval.high)) {}
            circle.hollow[question == VoteQuestion::Looks] cx=(x) cy=(y) r="6" {}
            @if question == VoteQuestion::Looks { text.name x=(x + 12.0) y=(y + 5.0) { (letter(lane)) } }
        }
    }
}

fn unpriced(card: &Scorecard) -> String {
    let unpriced: Vec<&str> =
        card.lanes.iter().filter(|lane| lane.cost.mean.is_none()).map(|lane| lane.label.as_str()).collect();
    if unpriced.is_empty() { String::new() } else { format!("No known cost: {}.", unpriced.join(", ")) }
}

fn cost_words(card: &Scorecard) -> String {
    let lane = |lane: &LaneFacts| format!("{}: {} per image", lane.label, wording::usd(lane.cost.mean));
    card.lanes.iter().map(lane).collect::<Vec<_>>().join("; ")
}

/// Plots the generation time of each image.
fn waiting(report: &Report<'_>) -> Markup {
    let card = report.scorecard;
    let times: Vec<Vec<f64>> = card.lanes.iter().map(|lane| seconds(report, lane)).collect();
    let all: Vec<f64> = times.iter().flatten().copied().collect();
    let scale = Scale::for_values(&all, 40.0, WIDTH - 24.0);
    let bottom = 28.0 + 56.0 * times.len() as f64;
    html! {
        figure.plot {
            figcaption { "Generation time in seconds" }
            @if all.is_empty() { p.quiet { "No data yet: no known times." } } @else {
                svg viewBox={ "0 0 480 " (bottom + 46.0) } role="img" aria-label=(waiting_words(card)) {
                    @for tick in scale.ticks() {
                        line.grid x1=(scale.at(tick)) x2=(scale.at(tick)) y1="12" y2=(bottom) {}
                        text.tick x=(scale.at(tick)) y=(bottom + 20.0) text-anchor="middle" { (wording::seconds(tick)) }
                    }
                    @for (number, (lane, times)) in card.lanes.iter().zip(&times).enumerate() {
                        (strip(number, times, lane.seconds, 40.0 + 56.0 * number as f64, scale))
                    }
                }
                p.quiet { "One dot per image; the tall mark is the median, the short one the 90th percentile." }
            }
        }
    }
}

fn strip(lane: usize, times: &[f64], spread: Option<Summary>, y: f64, scale: Scale) -> Markup {
    html! {
        g.(color_class(lane)) {
            text.name x="4" y=(y + 6.0) { (letter(lane)) }
            @for (number, time) in times.iter().enumerate() {
                // Three rows, so that equal times do not hide each other.
                circle.dot cx=(scale.at(*time)) cy=(y - 8.0 + 8.0 * (number % 3) as f64) r="4" {}
            }
            @if let Some(spread) = spread {
                line.median x1=(scale.at(spread.median)) x2=(scale.at(spread.median)) y1=(y - 20.0) y2=(y + 20.0) {}
                line.p90 x1=(scale.at(spread.p90)) x2=(scale.at(spread.p90)) y1=(y - 12.0) y2=(y + 12.0) {}
            }
        }
    }
}

fn waiting_words(card: &Scorecard) -> String {
    let lane = |lane: &LaneFacts| {
        let spread =
            lane.seconds.map(|it| format!("median {}, p90 {}", wording::seconds(it.median), wording::seconds(it.p90)));
        format!("{}: {}", lane.label, spread.unwrap_or_else(|| "no times".to_owned()))
    };
    card.lanes.iter().map(lane).collect::<Vec<_>>().join("; ")
}

/// Returns the generation times of a lane's images on the page, each job once.
fn seconds(report: &Report<'_>, lane: &LaneFacts) -> Vec<f64> {
    let mut seen = HashSet::new();
    let sides = report.exhibits.iter().flat_map(|exhibit| [&exhibit.pair.left, &exhibit.pair.right]);
    let own = sides.filter(|side| side.lane.identity() == lane.lane.identity() && side.ending == LaneOutcome::Image);
    own.filter(|side: &&PairSide| side.job.is_some_and(|job| seen.insert(job)))
        .filter_map(|side| side.seconds)
        .collect()
}
