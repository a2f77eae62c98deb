//! A comparison as one HTML page that needs nothing but itself: no network, no script, no file beside it.
//! Values in, text out. It reads no file and computes no figure; whoever calls it brings pictures and a scorecard.
//!
//! Every figure on the page is a `<data>` element that names its place in the scorecard's JSON (`data-figure`, a JSON
//! pointer) and has its exact value, so that anybody can hold the page against `tintype stats --json`.

mod figure;
mod gallery;
mod plots;
mod result;
mod scale;
mod tables;
#[cfg(test)]
mod tests;
mod voters;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::compare::{
    Ballot, Pair,
    stats::{CAVEAT, RULES, Scorecard, words},
};

/// What a page is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The day it is made, as people write it.
    pub made: String,
    /// The figures.
    pub scorecard: &'a Scorecard,
    /// The pairs to show. None that waits for a vote: the page says who drew what.
    pub exhibits: Vec<Exhibit<'a>>,
    /// How many pairs are not shown since they wait for a vote.
    pub waiting: usize,
    /// The dates of the price tables that costs were computed with, `YYYY-MM-DD`.
    pub prices_as_of: &'a [String],
}

/// A pair and what was said of it.
#[derive(Debug)]
pub struct Exhibit<'a> {
    /// The pair.
    pub pair: &'a Pair,
    /// The person's ballot.
    pub ballot: Option<&'a Ballot>,
    /// The picture that was on the left; `None` where there is none, or its file is gone.
    pub left: Option<Picture>,
    /// The picture that was on the right.
    pub right: Option<Picture>,
}

/// A picture as the page shows it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// A small version as a `data:` address.
    pub preview: String,
    /// The preview's pixels from left to right.
    pub width: u32,
    /// And from top to bottom.
    pub height: u32,
    /// The delivered file beside the page, relative to it.
    pub file: String,
}

/// Nothing may be fetched and nothing may run, even if a picture or a prompt should try.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
pub fn page(report: &Report<'_>) -> String {
    let card = report.scorecard;
    let title = title(card);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "tintype " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                // The address of no file: browsers ask for one otherwise.
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("style.css"))) (gallery::filters(report)) }
            }
            body {
                a.skip href="#result" { "To the result" }
                (head(report, &title))
                main {
                    (result::section(card))
                    (plots::section(report))
                    (tables::section(report))
                    (gallery::section(report))
                    (method())
                }
                (foot())
            }
        }
    }
    .into_string()
}

fn title(card: &Scorecard) -> String {
    let labels: Vec<&str> = card.lanes.iter().map(|lane| lane.label.as_str()).collect();
    match labels.as_slice() {
        [] => "Nothing was compared yet".to_owned(),
        [one] => one.to_string(),
        [first, second] => format!("{first} against {second}"),
        many => format!("{} lanes compared", many.len()),
    }
}

fn head(report: &Report<'_>, title: &str) -> Markup {
    html! {
        header.head {
            p.brand { "Tintype" }
            h1 { (title) }
            p.made { "A blind comparison, counted on " (report.made) "." }
            ul.roster {
                @for (number, lane) in report.scorecard.lanes.iter().enumerate() {
                    li { (figure::key(number)) " " b { (lane.label) } " " span.quiet { (words::contestant(&lane.lane)) } }
                }
            }
        }
    }
}

fn caveat() -> Markup {
    html! { p.caveat role="note" { strong { "Read this with it. " } (CAVEAT) } }
}

fn method() -> Markup {
    html! {
        section #method aria-labelledby="method-title" {
            h2 #method-title { "How it is counted" }
            dl.rules {
                @for (rule, words) in RULES {
                    div { dt { (rule) } dd { (words) } }
                }
            }
        }
    }
}

fn foot() -> Markup {
    html! {
        footer {
            p {
                "Beside this page: " a href="ballots.jsonl" { "ballots.jsonl" } " and " a href="pairs.jsonl" { "pairs.jsonl" }
                ", one object a line, " a href="stats.json" { "stats.json" } " with every figure, "
                a href="retally.py" { "retally.py" } " to count the ballots again, and the pictures as they were delivered."
            }
        }
    }
}
