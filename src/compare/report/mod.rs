//! The HTML report of a comparison: a single page without network access, scripts or other files.
//! It turns values into text; the caller provides the images and the scorecard.
//!
//! Every figure on the page is a `<data>` element with its exact value and its JSON pointer into the scorecard
//! (`data-figure`), so that anyone can check the page against `tintype stats --json`.

mod figures;
mod gallery;
mod plots;
mod reliability;
mod result;
mod scale;
mod tables;
#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::compare::{
    Ballot, ComparisonPair,
    stats::{CAVEAT, RULES, Scorecard, wording},
};

/// The content of a report.
#[derive(Debug)]
pub struct Report<'a> {
    /// The date of the report, in the form for the reader.
    pub made: String,
    pub scorecard: &'a Scorecard,
    /// The pairs to show. A pair without a vote must not be among them, because the page reveals its lanes.
    pub exhibits: Vec<ReportPair<'a>>,
    /// The number of pairs that are left out because they have no vote yet.
    pub waiting: usize,
    /// The dates of the price tables that costs were computed with, `YYYY-MM-DD`.
    pub prices_as_of: &'a [String],
}

/// A pair and the ballot on it.
#[derive(Debug)]
pub struct ReportPair<'a> {
    pub pair: &'a ComparisonPair,
    /// The ballot of the human; `None` if the pair ended without a vote.
    pub ballot: Option<&'a Ballot>,
    /// The image on the left; `None` if the side has none or its file is gone.
    pub left: Option<ReportImage>,
    /// The image on the right; `None` in the same cases.
    pub right: Option<ReportImage>,
}

/// An image of the report.
#[derive(Clone, Debug)]
pub struct ReportImage {
    /// A thumbnail of the image as a `data:` URL.
    pub preview: String,
    /// The width of the thumbnail in pixels, not of the image.
    pub width: u32,
    /// The height of the thumbnail in pixels, not of the image.
    pub height: u32,
    /// The path of the delivered file, relative to the page.
    pub file: String,
}

/// The content security policy: nothing is fetched or executed, whatever an image or a prompt contains.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Renders the page.
pub fn page(report: &Report<'_>) -> String {
    let card = report.scorecard;
    let title = title(card);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(CONTENT_SECURITY_POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "tintype " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                // An empty icon, because browsers request one otherwise.
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("style.css"))) (gallery::filters(report)) }
            }
            body {
                a.skip href="#result" { "Skip to the results" }
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
        [] => "No comparisons yet".to_owned(),
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
            p.made { "Blind comparison, results as of " (report.made) "." }
            ul.roster {
                @for (number, lane) in report.scorecard.lanes.iter().enumerate() {
                    li { (figures::key(number)) " " b { (lane.label) } " " span.quiet { (wording::contestant(&lane.lane)) } }
                }
            }
        }
    }
}

fn caveat() -> Markup {
    html! { p.caveat role="note" { strong { "Note: " } (CAVEAT) } }
}

fn method() -> Markup {
    html! {
        section #method aria-labelledby="method-title" {
            h2 #method-title { "Method" }
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
                "Next to this page: " a href="ballots.jsonl" { "ballots.jsonl" } " and " a href="pairs.jsonl" { "pairs.jsonl" }
                " (JSON Lines), " a href="stats.json" { "stats.json" } " with every figure, "
                a href="retally.py" { "retally.py" } " to recount the ballots, and the original images."
            }
        }
    }
}
