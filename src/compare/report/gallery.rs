//! The images of each pair with the answers to the two questions, and filters that need no script.
//! Pairs without a vote are left out, because the page reveals which lane generated which image.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use super::{
    Report, ReportImage, ReportPair,
    figures::{color_class, key, letter},
};
use crate::compare::{
    LaneOutcome, PairSide, Preference,
    stats::{Scorecard, VoteQuestion, wording},
};

/// The result of a pair, for the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PairResult {
    /// This lane won a question and lost none.
    Preferred(usize),
    /// Each lane won a question, or neither did.
    Even,
    /// The pair ended without a vote.
    WithoutVote,
}

impl PairResult {
    /// Returns the CSS class of the result.
    fn class(self) -> String {
        match self {
            Self::Preferred(lane) => format!("liked-{lane}"),
            Self::Even => "even".to_owned(),
            Self::WithoutVote => "no-vote".to_owned(),
        }
    }
}

/// A side of a pair; the one with the smaller lane number comes first.
struct GallerySide<'a> {
    lane: usize,
    side: &'a PairSide,
    picture: Option<&'a ReportImage>,
    /// The answer that this side wins with, as it was shown.
    answer: Preference,
}

fn shown<'a>(exhibit: &'a ReportPair<'_>, card: &Scorecard) -> [GallerySide<'a>; 2] {
    let lane = |side: &PairSide| card.lanes.iter().position(|it| it.lane.identity() == side.lane.identity());
    let (left, right) = (&exhibit.pair.left, &exhibit.pair.right);
    let left = GallerySide {
        lane: lane(left).unwrap_or_default(),
        side: left,
        picture: exhibit.left.as_ref(),
        answer: Preference::Left,
    };
    let right = GallerySide {
        lane: lane(right).unwrap_or_default(),
        side: right,
        picture: exhibit.right.as_ref(),
        answer: Preference::Right,
    };
    if left.lane <= right.lane { [left, right] } else { [right, left] }
}

/// Returns the human's answers, in terms of the sides as they were shown.
fn answers(exhibit: &ReportPair<'_>) -> Option<[Preference; 2]> {
    let ballot = exhibit.ballot?;
    let same = ballot.left.lane.identity() == exhibit.pair.left.lane.identity();
    Some(
        VoteQuestion::BOTH
            .map(|question| if same { question.answer_in(ballot) } else { question.answer_in(ballot).mirrored() }),
    )
}

fn outcome(exhibit: &ReportPair<'_>, card: &Scorecard) -> PairResult {
    let Some(answers) = answers(exhibit) else { return PairResult::WithoutVote };
    let sides = shown(exhibit, card);
    let wins = |side: &GallerySide<'_>| answers.contains(&side.answer);
    match (wins(&sides[0]), wins(&sides[1])) {
        (true, false) => PairResult::Preferred(sides[0].lane),
        (false, true) => PairResult::Preferred(sides[1].lane),
        _ => PairResult::Even,
    }
}

fn categories<'a>(report: &'a Report<'_>) -> Vec<&'a str> {
    let all: BTreeSet<&str> = report.exhibits.iter().filter_map(|it| it.pair.category.as_deref()).collect();
    all.into_iter().collect()
}

fn outcomes(report: &Report<'_>) -> Vec<PairResult> {
    let all: BTreeSet<PairResult> = report.exhibits.iter().map(|it| outcome(it, report.scorecard)).collect();
    all.into_iter().collect()
}

/// Returns the CSS rules of the filters. They contain numbers and fixed words only.
pub(super) fn filters(report: &Report<'_>) -> PreEscaped<String> {
    let hide = |group: char, class: &str| {
        format!("#pairs:has(#{group}-{class}:checked) .exhibit:not(.{group}-{class}){{display:none}}")
    };
    let by_category = (0..categories(report).len()).map(|number| hide('c', &number.to_string()));
    let by_outcome = outcomes(report).into_iter().map(|outcome| hide('o', &outcome.class()));
    PreEscaped(by_category.chain(by_outcome).collect())
}

pub(super) fn section(report: &Report<'_>) -> Markup {
    html! {
        section #pairs aria-labelledby="pairs-title" {
            h2 #pairs-title { "Images" }
            @if report.waiting > 0 {
                p.quiet {
                    @if report.waiting == 1 { "1 pair is" } @else { (report.waiting) " pairs are" }
                    " hidden until voted on, because this page names the models."
                }
            }
            @if report.exhibits.is_empty() { p { "None yet." } } @else { (pickers(report)) }
            div.exhibits {
                @for exhibit in &report.exhibits { (render_pair(exhibit, report)) }
            }
        }
    }
}

fn pickers(report: &Report<'_>) -> Markup {
    let categories = categories(report);
    let outcomes = outcomes(report);
    html! {
        form.filters {
            @if categories.len() > 1 {
                fieldset {
                    legend { "Category" }
                    (choice("c", "all", "All", true))
                    @for (number, name) in categories.iter().enumerate() { (choice("c", &number.to_string(), name, false)) }
                }
            }
            @if outcomes.len() > 1 {
                fieldset {
                    legend { "Outcome" }
                    (choice("o", "all", "All", true))
                    @for outcome in outcomes { (choice("o", &outcome.class(), &outcome_words(outcome), false)) }
                }
            }
        }
    }
}

fn outcome_words(outcome: PairResult) -> String {
    match outcome {
        PairResult::Preferred(lane) => format!("{} preferred", letter(lane)),
        PairResult::Even => "Even".to_owned(),
        PairResult::WithoutVote => "No vote".to_owned(),
    }
}

fn choice(group: &str, value: &str, words: &str, chosen: bool) -> Markup {
    let id = format!("{group}-{value}");
    html! { input type="radio" name=(group) id=(id) checked[chosen]; label for=(id) { (words) } }
}

fn render_pair(exhibit: &ReportPair<'_>, report: &Report<'_>) -> Markup {
    let card = report.scorecard;
    let place = |category| categories(report).iter().position(|it| *it == category);
    let category = exhibit.pair.category.as_deref().and_then(place).map(|place| format!("c-{place}"));
    let sides = shown(exhibit, card);
    html! {
        article.exhibit.(category.unwrap_or_default()).{ "o-" (outcome(exhibit, card).class()) } {
            p.prompt { (exhibit.pair.prompt) }
            @if exhibit.pair.category.is_some() || exhibit.pair.challenge.is_some() {
                p.quiet { (exhibit.pair.category.as_deref().unwrap_or_default())
                    @if let Some(challenge) = &exhibit.pair.challenge { " · " (challenge) } }
            }
            div.sides { @for side in &sides { (render_side(side, &exhibit.pair.prompt, card)) } }
            (answer_list(exhibit, &sides))
        }
    }
}

fn render_side(it: &GallerySide<'_>, prompt: &str, card: &Scorecard) -> Markup {
    let label = &card.lanes[it.lane].label;
    html! {
        figure.side.(color_class(it.lane)) {
            @match it.picture {
                Some(picture) => a href=(picture.file) {
                    img src=(picture.preview) width=(picture.width) height=(picture.height) loading="lazy" alt={ (label) ": " (prompt) };
                },
                None => div.missing { (missing(it.side)) },
            }
            figcaption {
                (key(it.lane)) " " (label)
                span.quiet {
                    @if let Some(time) = it.side.seconds { " · " (wording::seconds(time)) }
                    @if let Some(cost) = it.side.cost { " · " (cost.to_string()) }
                }
            }
        }
    }
}

fn missing(side: &PairSide) -> &'static str {
    match side.ending {
        LaneOutcome::Image => "the file is missing",
        LaneOutcome::Refused => "refused",
        LaneOutcome::Invalid => "no valid image",
        LaneOutcome::Failed => "the provider failed",
        LaneOutcome::Unknown => "outcome unknown",
    }
}

/// Renders the answers, or a note that the pair ended without a vote.
fn answer_list(exhibit: &ReportPair<'_>, sides: &[GallerySide<'_>; 2]) -> Markup {
    let Some(answers) = answers(exhibit) else { return html! { p.said { "No vote." } } };
    html! {
        ul.said {
            @for (question, answer) in VoteQuestion::BOTH.into_iter().zip(answers) {
                li { (question.words()) ": "
                    @match sides.iter().find(|side| side.answer == answer) {
                        Some(side) => { (key(side.lane)) }
                        None if answer == Preference::Tie => { "a tie" }
                        None => { "both bad" }
                    }
                }
            }
        }
    }
}
