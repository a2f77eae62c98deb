//! Small pieces of the page: figures that say where they come from, and the letters that stand for lanes.
//! No layout.

use maud::{Markup, html};

use crate::compare::stats::{
    Interval,
    words::{self, percent},
};

/// A number of the scorecard: `at` is its place there, `text` what the reader sees.
pub(super) fn figure(at: &str, value: Option<f64>, text: &str) -> Markup {
    let exact = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
    html! { data value=(exact) data-figure=(at) { (text) } }
}

/// A count.
pub(super) fn count(at: &str, count: usize) -> Markup {
    figure(at, Some(count as f64), &count.to_string())
}

/// A share in percent.
pub(super) fn share(at: &str, value: Option<f64>) -> Markup {
    figure(at, value, &percent(value))
}

/// Both ends of an interval in percent.
pub(super) fn range(at: &str, interval: Option<Interval>) -> Markup {
    let Some(Interval { low, high }) = interval else { return figure(at, None, words::UNKNOWN) };
    let end = |name: &str, value: f64| figure(&format!("{at}/{name}"), Some(value), &format!("{:.0}", value * 100.0));
    html! { span.range { (end("low", low)) " to " (end("high", high)) " %" } }
}

/// An amount in US dollars.
pub(super) fn usd(at: &str, dollars: Option<f64>) -> Markup {
    figure(at, dollars, &words::usd(dollars))
}

/// A time in seconds.
pub(super) fn seconds(at: &str, value: Option<f64>) -> Markup {
    figure(at, value, &value.map_or_else(|| words::UNKNOWN.to_owned(), words::seconds))
}

/// The letter of a lane: A for the first.
pub(super) fn letter(lane: usize) -> String {
    let letters = ('A'..='Z').nth(lane);
    letters.map_or_else(|| (lane + 1).to_string(), String::from)
}

/// The letter of a lane in its colour.
pub(super) fn key(lane: usize) -> Markup {
    html! { span.key.(colour(lane)) { (letter(lane)) } }
}

/// The class that gives something the colour of a lane; there are six, and the letter tells where they repeat.
pub(super) fn colour(lane: usize) -> String {
    format!("lane-{}", lane % 6)
}
