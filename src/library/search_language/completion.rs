//! Completion of filters and their values while a search is typed.

use std::ops::Range;

use super::{
    FILTERS,
    tokens::{Token, tokens},
    values::{ASPECTS, FLAGS, SORTS, STATES},
};

/// Maximum number of completions that are offered.
const MAX_OFFERED: usize = 8;

/// Values that the library and the config have, for completion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownValues {
    pub tags: Vec<String>,
    pub collections: Vec<String>,
    pub backends: Vec<String>,
    pub models: Vec<String>,
}

/// A way to complete a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub span: Range<usize>,
    pub text: String,
}

impl Completion {
    /// Returns the search with this completion in place, followed by a space if it is a whole filter.
    pub fn apply(&self, text: &str) -> String {
        let space = if self.text.ends_with(':') { "" } else { " " };
        format!("{}{}{space}{}", &text[..self.span.start], self.text, text[self.span.end..].trim_start())
    }
}

/// Returns the completions of the word that ends at the end of `text`.
pub fn complete(text: &str, known: &KnownValues) -> Vec<Completion> {
    let last = tokens(text).pop().filter(|token| token.span.end == text.len() && !token.quoted);
    let Some(token) = last else { return Vec::new() };
    let offered = match &token.filter {
        Some(name) => {
            continuations(&token.value, values(name, known)).map(|value| format!("{name}:{}", quoted(&value))).collect()
        }
        None => filters(&token),
    };
    let complete = |text| Completion { span: token.span.clone(), text };
    offered.into_iter().take(MAX_OFFERED).map(complete).collect()
}

fn filters(token: &Token) -> Vec<String> {
    let typed = token.value.to_lowercase();
    let begins = FILTERS.iter().filter(|name| !typed.is_empty() && name.starts_with(&typed));
    begins.map(|name| format!("{name}:")).collect()
}

fn values(name: &str, known: &KnownValues) -> Vec<String> {
    let fixed = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match name {
        "tag" => known.tags.clone(),
        "collection" => known.collections.clone(),
        "backend" => known.backends.clone(),
        "model" => known.models.clone(),
        "is" => fixed(&FLAGS),
        "state" => fixed(&STATES),
        "aspect" => fixed(&ASPECTS),
        "sort" => fixed(&SORTS),
        "rating" => fixed(&["5", ">=4", ">=3", "none"]),
        "after" | "before" => fixed(&["today", "yesterday", "7d", "30d"]),
        _ => Vec::new(),
    }
}

/// Returns the values that continue what is typed: those that start with it, then those that contain it. A value that is
/// complete needs no offer.
fn continuations(typed: &str, values: Vec<String>) -> impl Iterator<Item = String> {
    let typed = typed.to_lowercase();
    let lower = |value: &String| value.to_lowercase();
    let (first, others): (Vec<String>, Vec<String>) =
        values.into_iter().filter(|value| lower(value) != typed).partition(|value| lower(value).starts_with(&typed));
    first.into_iter().chain(others.into_iter().filter(move |value| lower(value).contains(&typed)))
}

fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

/// Returns the search with a filter added, or removed if it has it.
pub fn toggle_filter(text: &str, filter: &str) -> String {
    let whole = |token: &Token| !token.negated && text[token.span.clone()] == *filter;
    let Some(token) = tokens(text).into_iter().find(whole) else {
        return format!("{} {filter}", text.trim_end()).trim_start().to_owned();
    };
    let (before, after) = (text[..token.span.start].trim_end(), text[token.span.end..].trim_start());
    format!("{before} {after}").trim().to_owned()
}

/// Returns the name of the order that a search asks for.
pub fn sort_of(text: &str) -> &'static str {
    let chosen = tokens(text).into_iter().rev().find(is_sort).map(|token| token.value.to_lowercase());
    SORTS.into_iter().find(|sort| chosen.as_deref() == Some(*sort)).unwrap_or(SORTS[0])
}

/// Returns the search in the next order; the first one needs no filter.
pub fn next_sort(text: &str) -> String {
    let at = SORTS.iter().position(|sort| *sort == sort_of(text)).unwrap_or_default();
    let next = SORTS[(at + 1) % SORTS.len()];
    let kept = tokens(text).into_iter().filter(|token| !is_sort(token)).map(|token| token.whole(text));
    let sort = (next != SORTS[0]).then(|| format!("sort:{next}"));
    kept.map(str::to_owned).chain(sort).collect::<Vec<_>>().join(" ")
}

fn is_sort(token: &Token) -> bool {
    token.filter.as_deref() == Some("sort")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(text: &str) -> Vec<String> {
        let known = KnownValues {
            tags: vec!["fox".into(), "red-fox".into(), "owl".into()],
            collections: vec!["my mugs".into()],
            ..KnownValues::default()
        };
        complete(text, &known).iter().map(|completion| completion.apply(text)).collect()
    }

    #[test]
    fn filters_and_values_are_completed_at_the_end() {
        assert_eq!(offered("cat ra"), ["cat rating:"]);
        assert_eq!(offered("tag:f"), ["tag:fox ", "tag:red-fox "]);
        assert_eq!(offered("-tag:o"), ["-tag:owl ", "-tag:fox ", "-tag:red-fox "]);
        assert_eq!(offered("collection:m"), ["collection:\"my mugs\" "]);
        assert_eq!(offered("is:fav"), ["is:favorite "]);
        assert_eq!(offered("tag:fox "), [""; 0]);
        assert_eq!(offered("tag:fox"), ["tag:red-fox "]);
        assert_eq!(offered(""), [""; 0]);
    }

    #[test]
    fn orders_follow_each_other_and_the_rest_of_the_search_stays() {
        let mut text = "fox -night \"red  door\"".to_owned();
        let mut seen = Vec::new();
        for _ in 0..4 {
            text = next_sort(&text);
            seen.push((text.clone(), sort_of(&text)));
        }
        let expected = [
            ("fox -night \"red  door\" sort:oldest", "oldest"),
            ("fox -night \"red  door\" sort:rating", "rating"),
            ("fox -night \"red  door\" sort:cost", "cost"),
            ("fox -night \"red  door\"", "newest"),
        ];
        assert_eq!(seen, expected.map(|(text, sort)| (text.to_owned(), sort)));
    }

    #[test]
    fn a_filter_is_toggled_and_the_rest_is_kept() {
        let on = toggle_filter("red fox", "is:favorite");
        assert_eq!(on, "red fox is:favorite");
        assert_eq!(toggle_filter(&on, "is:favorite"), "red fox");
        assert_eq!(toggle_filter("", "is:favorite"), "is:favorite");
        assert_eq!(toggle_filter("a is:favorite b", "is:favorite"), "a b");
    }
}
