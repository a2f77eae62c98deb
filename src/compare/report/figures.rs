//! Small parts of the report: figures that carry their source, and letters for lanes.

use maud::{Markup, html};

use crate::compare::stats::{
    Interval,
    wording::{self, percent},
};

/// Renders a number of the scorecard: `at` is its JSON pointer there, `text` is what the reader sees.
pub(super) fn figure(at: &str, value: Option<f64>, text: &str) -> Markup {
    let exact = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
    html! { data value=(exact) data-figure=(at) { (text) } }
}

/// Renders a count.
pub(super) fn count(at: &str, count: usize) -> Markup {
    figure(at, Some(count as f64), &count.to_string())
}

/// Renders a share in percent.
pub(super) fn share(at: &str, value: Option<f64>) -> Markup {
    figure(at, value, &percent(value))
}

/// Renders both ends of an interval in percent.
pub(super) fn range(at: &str, interval: Option<Interval>) -> Markup {
    let Some(Interval { low, high }) = interval else { return figure(at, None, wording::UNKNOWN) };
    let end = |name: &str, value: f64| figure(&format!("{at}/{name}"), Some(value), &format!("{:.0}", value * 100.0));
    html! { span.range { (end("low", low)) " to " (end("high", high)) "%" } }
}

/// Renders an amount in US dollars.
pub(super) fn usd(at: &str, dollars: Option<f64>) -> Markup {
    figure(at, dollars, &wording::usd(dollars))
}

/// Renders a time in seconds.
pub(super) fn seconds(at: &str, value: Option<f64>) -> Markup {
    figure(at, value, &value.map_or_else(|| wording::UNKNOWN.to_owned(), wording::seconds))
}

/// Returns the letter of a lane: A for the first.
pub(super) fn letter(lane: usize) -> String {
    let letters = ('A'..='Z').nth(lane);
    letters.map_or_else(|| (lane + 1).to_string(), String::from)
}

/// Renders the letter of a lane in its color.
pub(super) fn key(lane: usize) -> Markup {
    html! { span.key.(color_class(lane)) { (letter(lane)) } }
}

/// Returns the CSS class with the color of a lane. There are six; the letter distinguishes lanes of the same color.
pub(super) fn color_class(lane: usize) -> String {
    format!("lane-{}", lane % 6)
}
