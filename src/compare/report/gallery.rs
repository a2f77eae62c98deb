//! The images of each pair with the answers to the two questions, and filters that need no script.
//! Pairs without a vote are left out, because the page reveals which lane generated which image.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use super::{
    Exhibit, Picture, Report,
    figure::{colour, key, letter},
};
use crate::compare::{
    Answer, Ending, Side,
    stats::{Question, Scorecard, words},
};

/// The result of a pair, for the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// This lane won a question and lost none.
    Liked(usize),
    /// Each lane won a question, or neither did.
    Even,
    /// The pair ended without a vote.
    WithoutVote,
}

impl Outcome {
    /// Returns the CSS class of the result.
    fn class(self) -> String {
        match self {
            Self::Liked(lane) => format!("liked-{lane}"),
            Self::Even => "even".to_owned(),
            Self::WithoutVote => "no-vote".to_owned(),
        }
    }
}

/// A side of a pair; the one with the smaller lane number comes first.
struct Shown<'a> {
    lane: usize,
    side: &'a Side,
    picture: Option<&'a Picture>,
    /// The answer that this side wins with, as it was shown.
    answer: Answer,
}

fn shown<'a>(exhibit: &'a Exhibit<'_>, card: &Scorecard) -> [Shown<'a>; 2] {
    let lane = |side: &Side| card.lanes.iter().position(|it| it.lane.identity() == side.lane.identity());
    let (left, right) = (&exhibit.pair.left, &exhibit.pair.right);
    let left = Shown {
        lane: lane(left).unwrap_or_default(),
        side: left,
        picture: exhibit.left.as_ref(),
        answer: Answer::Left,
    };
    let right = Shown {
        lane: lane(right).unwrap_or_default(),
        side: right,
        picture: exhibit.right.as_ref(),
        answer: Answer::Right,
    };
    if left.lane <= right.lane { [left, right] } else { [right, left] }
}

/// Returns the human's answers, in terms of the sides as they were shown.
fn answers(exhibit: &Exhibit<'_>) -> Option<[Answer; 2]> {
    let ballot = exhibit.ballot?;
    let same = ballot.left.lane.identity() == exhibit.pair.left.lane.identity();
    Some(Question::BOTH.map(|question| if same { question.of(ballot) } else { question.of(ballot).mirrored() }))
}

fn outcome(exhibit: &Exhibit<'_>, card: &Scorecard) -> Outcome {
    let Some(answers) = answers(exhibit) else { return Outcome::WithoutVote };
    let sides = shown(exhibit, card);
    let wins = |side: &Shown<'_>| answers.contains(&side.answer);
    match (wins(&sides[0]), wins(&sides[1])) {
        (true, false) => Outcome::Liked(sides[0].lane),
        (false, true) => Outcome::Liked(sides[1].lane),
        _ => Outcome::Even,
    }
}

fn categories<'a>(report: &'a Report<'_>) -> Vec<&'a str> {
    let all: BTreeSet<&str> = report.exhibits.iter().filter_map(|it| it.pair.category.as_deref()).collect();
    all.into_iter().collect()
}

fn outcomes(report: &Report<'_>) -> Vec<Outcome> {
    let all: BTreeSet<Outcome> = report.exhibits.iter().map(|it| outcome(it, report.scorecard)).collect();
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
            h2 #pairs-title { "The pictures" }
            @if report.waiting > 0 {
                p.quiet {
                    @if report.waiting == 1 { "1 pair waits for a vote and is" } @else { (report.waiting) " pairs wait for a vote and are" }
                    " not shown, since this page says who drew what."
                }
            }
            @if report.exhibits.is_empty() { p { "None yet." } } @else { (pickers(report)) }
            div.exhibits {
                @for exhibit in &report.exhibits { (of_exhibit(exhibit, report)) }
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

fn outcome_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Liked(lane) => format!("{} liked more", letter(lane)),
        Outcome::Even => "Even".to_owned(),
        Outcome::WithoutVote => "Without a vote".to_owned(),
    }
}

fn choice(group: &str, value: &str, words: &str, chosen: bool) -> Markup {
    let id = format!("{group}-{value}");
    html! { input type="radio" name=(group) id=(id) checked[chosen]; label for=(id) { (words) } }
}

fn of_exhibit(exhibit: &Exhibit<'_>, report: &Report<'_>) -> Markup {
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
            div.sides { @for side in &sides { (of_side(side, &exhibit.pair.prompt, card)) } }
            (said(exhibit, &sides))
        }
    }
}

fn of_side(it: &Shown<'_>, prompt: &str, card: &Scorecard) -> Markup {
    let label = &card.lanes[it.lane].label;
    html! {
        figure.side.(colour(it.lane)) {
            @match it.picture {
                Some(picture) => a href=(picture.file) {
                    img src=(picture.preview) width=(picture.width) height=(picture.height) loading="lazy" alt={ (label) ": " (prompt) };
                },
                None => div.missing { (missing(it.side)) },
            }
            figcaption {
                (key(it.lane)) " " (label)
                span.quiet {
                    @if let Some(time) = it.side.seconds { " · " (words::seconds(time)) }
                    @if let Some(cost) = it.side.cost { " · " (cost.to_string()) }
                }
            }
        }
    }
}

fn missing(side: &Side) -> &'static str {
    match side.ending {
        Ending::Image => "its file is gone",
        Ending::Refused => "refused",
        Ending::Invalid => "no valid picture",
        Ending::Failed => "the provider failed",
        Ending::Unknown => "nobody knows how it ended",
    }
}

/// Renders the answers, or a note that the pair ended without a vote.
fn said(exhibit: &Exhibit<'_>, sides: &[Shown<'_>; 2]) -> Markup {
    let Some(answers) = answers(exhibit) else { return html! { p.said { "Without a vote." } } };
    html! {
        ul.said {
            @for (question, answer) in Question::BOTH.into_iter().zip(answers) {
                li { (question.words()) ": "
                    @match sides.iter().find(|side| side.answer == answer) {
                        Some(side) => { (key(side.lane)) }
                        None if answer == Answer::Tie => { "a tie" }
                        None => { "both bad" }
                    }
                }
            }
        }
    }
}
