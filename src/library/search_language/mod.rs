//! The search language: words, phrases and filters, parsed once and used wherever images are searched for.
//!
//! `fox "red door" -night tag:draft rating:>=4 sort:oldest`. Parsing reads no library and no clock.

mod completion;
mod tokens;
mod values;

use std::ops::Range;

use jiff::civil::Date;
use tintype_backends::suggest;

pub use completion::{Completion, KnownValues, complete, next_sort, sort_of, toggle_filter};
use tokens::{Token, tokens};

use super::JobState;

/// A parsed search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    pub terms: Vec<Term>,
    pub sort: Sort,
}

/// One condition of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub negated: bool,
    pub condition: Condition,
}

/// A condition on a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A word that the prompt, title, tags, backend or model contains, matched from its start.
    Word(String),
    /// Consecutive words.
    Phrase(String),
    Tag(String),
    Collection(String),
    Rating(Comparison, u8),
    Unrated,
    Is(Flag),
    /// Part of the backend's name.
    Backend(String),
    /// Part of the model's id.
    Model(String),
    Recipe(String),
    Batch(String),
    State(JobState),
    /// Submitted on that day or later.
    After(Day),
    /// Submitted before that day.
    Before(Day),
    /// Actual cost in US dollars.
    Cost(Comparison, f64),
    /// Longer side of the largest image, in pixels.
    Size(Comparison, u32),
    Aspect(Aspect),
}

/// Relation that a number must have to the one in the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

/// A property of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    Favorite,
    Edit,
    Trashed,
    Failed,
    Unfinished,
}

/// A day, given as a date or by its distance from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    Date(Date),
    DaysAgo(u16),
}

/// Shape of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    Wide,
    Tall,
    Square,
}

/// Order of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    Rating,
    Cost,
}

/// A search that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SearchError {
    message: String,
    hint: String,
    pub span: Range<usize>,
}

impl SearchError {
    /// Returns the next step for the user.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// Maximum number of words and filters of a search.
const MAX_TERMS: usize = 100;

/// Names of all filters, in the order in which they are offered.
pub const FILTERS: [&str; 14] = [
    "tag",
    "rating",
    "is",
    "model",
    "backend",
    "collection",
    "after",
    "before",
    "cost",
    "size",
    "aspect",
    "state",
    "sort",
    "recipe",
];

/// Filter names that are accepted but not offered, since few libraries have them.
const MORE_FILTERS: [&str; 1] = ["batch"];

impl Search {
    /// Parses a search. A known filter without a value is ignored: it is still being typed.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        let mut search = Self::default();
        let tokens = tokens(text);
        if let Some(token) = tokens.get(MAX_TERMS) {
            let message = format!("a search can have at most {MAX_TERMS} words and filters");
            return Err(SearchError { message, hint: "shorten it".to_owned(), span: token.span.clone() });
        }
        for token in tokens {
            match &token.filter {
                Some(name) if name == "sort" => search.sort = values::sort(&token)?.unwrap_or(search.sort),
                Some(name) => search.terms.extend(term(&token, condition(name, &token)?)),
                None => search.terms.extend(term(&token, word(&token))),
            }
        }
        Ok(search)
    }

    /// Returns whether the search looks in the trash.
    pub fn is_in_trash(&self) -> bool {
        self.terms.iter().any(|term| !term.negated && term.condition == Condition::Is(Flag::Trashed))
    }
}

fn term(token: &Token, condition: Option<Condition>) -> Option<Term> {
    condition.map(|condition| Term { negated: token.negated, condition })
}

fn word(token: &Token) -> Option<Condition> {
    let text = token.value.trim();
    match (token.quoted, text.is_empty()) {
        (_, true) => None,
        (true, false) => Some(Condition::Phrase(text.to_owned())),
        (false, false) => Some(Condition::Word(text.to_owned())),
    }
}

fn condition(name: &str, token: &Token) -> Result<Option<Condition>, SearchError> {
    let text = || token.value.clone();
    if !FILTERS.contains(&name) && !MORE_FILTERS.contains(&name) {
        return unknown_filter(name, token);
    }
    if token.value.is_empty() {
        return Ok(None);
    }
    Ok(Some(match name {
        "tag" => Condition::Tag(text().trim_start_matches('#').to_lowercase()),
        "collection" => Condition::Collection(text()),
        "rating" => values::rating(token)?,
        "is" => Condition::Is(values::flag(token)?),
        "backend" => Condition::Backend(text()),
        "model" => Condition::Model(text()),
        "recipe" => Condition::Recipe(text()),
        "batch" => Condition::Batch(text()),
        "state" => Condition::State(values::state(token)?),
        "after" => Condition::After(values::day(token)?),
        "before" => Condition::Before(values::day(token)?),
        "cost" => values::cost(token)?,
        "size" => values::size(token)?,
        _ => Condition::Aspect(values::aspect(token)?),
    }))
}

/// `12:` at the end of a word is punctuation, not a filter.
fn unknown_filter(name: &str, token: &Token) -> Result<Option<Condition>, SearchError> {
    if token.value.is_empty() {
        return Ok(Some(Condition::Word(format!("{name}:"))));
    }
    let hint = match suggest::nearest(name, FILTERS) {
        Some(nearest) => format!("did you mean `{nearest}:{}`?", token.value),
        None => format!("quote it to search for the text: \"{name}:{}\"", token.value),
    };
    Err(SearchError { message: format!("unknown filter: `{name}:`"), hint, span: token.span.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(text: &str) -> Vec<(bool, Condition)> {
        let search = Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        search.terms.into_iter().map(|term| (term.negated, term.condition)).collect()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        assert_eq!(
            conditions("fox \"red door\" -night -tag:Draft collection:\"my mugs\""),
            [
                (false, Condition::Word("fox".into())),
                (false, Condition::Phrase("red door".into())),
                (true, Condition::Word("night".into())),
                (true, Condition::Tag("draft".into())),
                (false, Condition::Collection("my mugs".into())),
            ]
        );
    }

    #[test]
    fn every_filter_is_understood() {
        let date = jiff::civil::date(2026, 11, 1);
        for (text, meant) in [
            ("rating:4", Condition::Rating(Comparison::Equal, 4)),
            ("rating:>=4", Condition::Rating(Comparison::AtLeast, 4)),
            ("rating:none", Condition::Unrated),
            ("is:favorite", Condition::Is(Flag::Favorite)),
            ("is:favourite", Condition::Is(Flag::Favorite)),
            ("state:canceled", Condition::State(JobState::Cancelled)),
            ("after:2026-11-01", Condition::After(Day::Date(date))),
            ("after:2026-11", Condition::After(Day::Date(date))),
            ("before:yesterday", Condition::Before(Day::DaysAgo(1))),
            ("after:7d", Condition::After(Day::DaysAgo(7))),
            ("cost:>$0.10", Condition::Cost(Comparison::Greater, 0.10)),
            ("size:<=2048", Condition::Size(Comparison::AtMost, 2048)),
            ("aspect:wide", Condition::Aspect(Aspect::Wide)),
            ("backend:sketch", Condition::Backend("sketch".into())),
            ("batch:b1", Condition::Batch("b1".into())),
        ] {
            assert_eq!(conditions(text), [(false, meant)], "{text}");
        }
        assert_eq!(Search::parse("sort:rating").unwrap().sort, Sort::Rating);
    }

    #[test]
    fn a_typo_is_named_with_its_place_and_the_nearest_name() {
        let text = "fox ratng:4";
        let error = Search::parse(text).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.hint()),
            ("unknown filter: `ratng:`", "did you mean `rating:4`?")
        );
        assert_eq!(&text[error.span], "ratng:4");
        for (text, hint) in [
            ("is:favorit", "did you mean `favorite`?"),
            ("sort:newst", "did you mean `newest`?"),
            ("aspect:round", "choose one of `wide`, `tall` or `square`"),
            ("http://x", "quote it to search for the text: \"http://x\""),
        ] {
            assert_eq!(Search::parse(text).unwrap_err().hint(), hint, "{text}");
        }
        assert!(Search::parse(&"fox ".repeat(1100)).is_err());
        for text in ["rating:6", "rating:>x", "cost:free", "size:big", "after:2026-13-01", "after:soon"] {
            assert!(Search::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_filter_that_is_still_typed_finds_everything() {
        assert_eq!(conditions("fox tag:"), [(false, Condition::Word("fox".into()))]);
        assert_eq!(conditions("says:"), [(false, Condition::Word("says:".into()))]);
        assert_eq!(conditions("\"open phrase"), [(false, Condition::Phrase("open phrase".into()))]);
        assert_eq!(conditions(" - \"\" "), [(false, Condition::Word("-".into()))]);
    }
}
