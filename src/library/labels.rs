//! Labels that users give their jobs: title, rating, favorite, tags and collections.
//!
//! They are stored in the row and in the sidecars, apart from what the provider delivered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sanitize;

/// Maximum length of a title, a tag or the name of a collection, in characters.
const MAX_TITLE: usize = 500;
const MAX_TAG: usize = 64;
const MAX_COLLECTION: usize = 100;

/// Maximum number of tags, and of collections, of one job.
const MAX_LABELS: usize = 100;

/// Highest rating.
pub const MAX_RATING: u8 = 5;

/// The labels of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "StoredLabels")]
pub struct Labels {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Rating from 1 to [`MAX_RATING`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub favorite: bool,
    /// Tags in lower case, without spaces.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub collections: BTreeSet<String>,
}

impl Labels {
    /// Returns each label as a name and a value, one per line.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let joined = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut lines: Vec<_> = self.title.iter().map(|title| ("title", title.clone())).collect();
        lines.extend(self.rating.map(|rating| ("rating", format!("{rating} of {MAX_RATING}"))));
        lines.extend(self.favorite.then(|| ("favorite", "yes".to_owned())));
        lines.extend((!self.tags.is_empty()).then(|| ("tags", joined(&self.tags))));
        lines.extend((!self.collections.is_empty()).then(|| ("collections", joined(&self.collections))));
        lines
    }
}

/// Labels as a file holds them. Older versions of the program wrote `marked` for a favorite.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredLabels {
    title: Option<String>,
    rating: Option<u8>,
    favorite: bool,
    marked: bool,
    tags: Vec<String>,
    collections: Vec<String>,
}

impl From<StoredLabels> for Labels {
    /// A file may come from an untrusted source: labels that no command would accept are dropped.
    fn from(stored: StoredLabels) -> Self {
        let accepted = |names: Vec<String>, parse: fn(&str) -> Result<String, LabelError>| {
            names.iter().filter_map(|name| parse(name).ok()).take(MAX_LABELS).collect()
        };
        Self {
            title: stored.title.and_then(|title| parse_title(&title).ok().flatten()),
            rating: stored.rating.filter(|rating| (1..=MAX_RATING).contains(rating)),
            favorite: stored.favorite || stored.marked,
            tags: accepted(stored.tags, parse_tag),
            collections: accepted(stored.collections, parse_collection),
        }
    }
}

/// A label that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    #[error("a tag cannot contain spaces: `{0}`")]
    TagWithSpace(String),
    #[error("a tag cannot contain commas: `{0}`")]
    TagWithComma(String),
    #[error("{0} cannot contain control or invisible characters: `{1}`")]
    Unprintable(&'static str, String),
    #[error("{0} cannot contain double quotes: `{1}`")]
    Quote(&'static str, String),
    #[error("{0} cannot be empty")]
    Empty(&'static str),
    #[error("{what} is too long: {chars} characters, maximum {max}")]
    TooLong { what: &'static str, chars: usize, max: usize },
    #[error("`{0}` is not a rating")]
    NotARating(String),
    #[error("a job can have at most {MAX_LABELS} {0}")]
    TooMany(&'static str),
}

impl LabelError {
    /// Returns the next step for the user.
    pub fn hint(&self) -> String {
        match self {
            Self::TagWithSpace(tag) => format!("use `{}`", tag.split_whitespace().collect::<Vec<_>>().join("-")),
            Self::TagWithComma(_) => "pass each tag by itself".to_owned(),
            Self::NotARating(_) => format!("use 1 to {MAX_RATING}, or 0 to remove the rating"),
            Self::Unprintable(..) | Self::Quote(..) => "remove these characters".to_owned(),
            Self::Empty(_) => "pass at least one letter".to_owned(),
            Self::TooLong { .. } => "shorten it".to_owned(),
            Self::TooMany(_) => "remove some first".to_owned(),
        }
    }
}

/// Parses a tag: one word, stored in lower case. A leading `#` is dropped.
pub fn parse_tag(text: &str) -> Result<String, LabelError> {
    let tag = text.trim().trim_start_matches('#').to_lowercase();
    check_name("a tag", &tag, MAX_TAG)?;
    match tag {
        tag if tag.contains(char::is_whitespace) => Err(LabelError::TagWithSpace(tag)),
        tag if tag.contains(',') => Err(LabelError::TagWithComma(tag)),
        tag => Ok(tag),
    }
}

/// Parses the name of a collection.
pub fn parse_collection(text: &str) -> Result<String, LabelError> {
    let name = text.trim();
    check_name("the name of a collection", name, MAX_COLLECTION).map(|()| name.to_owned())
}

/// Parses a title; an empty one removes the title.
pub fn parse_title(text: &str) -> Result<Option<String>, LabelError> {
    let title = text.trim();
    if title.is_empty() {
        return Ok(None);
    }
    check("a title", title, MAX_TITLE).map(|()| Some(title.to_owned()))
}

/// Parses a rating from 1 to [`MAX_RATING`]; 0 removes the rating.
pub fn parse_rating(text: &str) -> Result<Option<u8>, LabelError> {
    match text.trim().parse() {
        Ok(0) => Ok(None),
        Ok(rating) if rating <= MAX_RATING => Ok(Some(rating)),
        _ => Err(LabelError::NotARating(sanitize::truncate(&sanitize::line(text), 40).into_owned())),
    }
}

fn check(what: &'static str, text: &str, max: usize) -> Result<(), LabelError> {
    let chars = text.chars().count();
    if chars > max {
        return Err(LabelError::TooLong { what, chars, max });
    }
    if text.contains(sanitize::is_unsafe) {
        return Err(LabelError::Unprintable(what, sanitize::line(text).into_owned()));
    }
    if text.is_empty() { Err(LabelError::Empty(what)) } else { Ok(()) }
}

/// Refuses a quote, which no search could contain.
fn check_name(what: &'static str, name: &str, max: usize) -> Result<(), LabelError> {
    if name.contains('"') {
        Err(LabelError::Quote(what, sanitize::line(name).into_owned()))
    } else {
        check(what, name, max)
    }
}

/// A change to the labels of jobs. Fields that are not set leave the label as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelChange {
    /// New title; `Some(None)` removes the title of the job.
    pub title: Option<Option<String>>,
    /// New rating; `Some(None)` removes the rating of the job.
    pub rating: Option<Option<u8>>,
    pub favorite: Option<bool>,
    pub add_tags: BTreeSet<String>,
    pub remove_tags: BTreeSet<String>,
    pub add_collections: BTreeSet<String>,
    pub remove_collections: BTreeSet<String>,
}

impl LabelChange {
    /// Returns the change that sets or clears the favorite mark.
    pub fn favorite(favorite: bool) -> Self {
        Self { favorite: Some(favorite), ..Self::default() }
    }

    /// Returns the change that sets the rating, or removes it with `None`.
    pub fn rating(rating: Option<u8>) -> Self {
        Self { rating: Some(rating), ..Self::default() }
    }

    /// Parses a list of tags: `+fox` or `fox` adds, `-draft` removes.
    pub fn parse_tags<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, LabelError> {
        let mut change = Self::default();
        for word in words {
            match word.strip_prefix('-') {
                Some(removed) => change.remove_tags.insert(parse_tag(removed)?),
                None => change.add_tags.insert(parse_tag(word.strip_prefix('+').unwrap_or(word))?),
            };
        }
        Ok(change)
    }

    /// Applies the change to `labels`.
    pub fn apply(&self, labels: &mut Labels) -> Result<(), LabelError> {
        let Self { title, rating, favorite, .. } = self.clone();
        labels.title = title.unwrap_or_else(|| labels.title.take());
        labels.rating = rating.unwrap_or(labels.rating);
        labels.favorite = favorite.unwrap_or(labels.favorite);
        replace(&mut labels.tags, &self.add_tags, &self.remove_tags);
        replace(&mut labels.collections, &self.add_collections, &self.remove_collections);
        if labels.tags.len() > MAX_LABELS {
            return Err(LabelError::TooMany("tags"));
        }
        if labels.collections.len() > MAX_LABELS { Err(LabelError::TooMany("collections")) } else { Ok(()) }
    }
}

/// Removes and adds names. As in a search, the case of ASCII letters makes no difference.
fn replace(names: &mut BTreeSet<String>, added: &BTreeSet<String>, removed: &BTreeSet<String>) {
    let has = |names: &BTreeSet<String>, name: &String| names.iter().any(|other| other.eq_ignore_ascii_case(name));
    names.retain(|name| !has(removed, name));
    let new: Vec<String> = added.iter().filter(|name| !has(names, name)).cloned().collect();
    names.extend(new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_lower_case_words() {
        assert_eq!(parse_tag(" #Red-Fox ").unwrap(), "red-fox");
        assert_eq!(parse_tag("##fox").unwrap(), "fox");
        assert!(matches!(parse_tag("6\""), Err(LabelError::Quote(..))));
        assert_eq!(parse_tag("red fox").unwrap_err().hint(), "use `red-fox`");
        assert!(matches!(parse_tag("a\x1b[31m"), Err(LabelError::Unprintable(..))));
        assert!(matches!(parse_tag("#"), Err(LabelError::Empty(_))));
        assert!(matches!(parse_title(&"a".repeat(1 << 20)), Err(LabelError::TooLong { chars: 0x10_0000, .. })));
    }

    #[test]
    fn ratings_are_one_to_five() {
        assert_eq!((parse_rating("0"), parse_rating("5")), (Ok(None), Ok(Some(5))));
        assert!(parse_rating("6").is_err() && parse_rating("-1").is_err() && parse_rating("four").is_err());
    }

    #[test]
    fn a_change_leaves_other_labels_as_they_are() {
        let mut labels = Labels { title: Some("Mug".into()), tags: ["draft".into()].into(), ..Labels::default() };
        LabelChange::parse_tags(["+fox", "-draft", "night"]).unwrap().apply(&mut labels).unwrap();
        LabelChange::rating(Some(4)).apply(&mut labels).unwrap();
        let tags: BTreeSet<String> = ["fox".into(), "night".into()].into();
        assert_eq!(labels, Labels { title: Some("Mug".into()), rating: Some(4), tags, ..Labels::default() });
    }

    #[test]
    fn a_collection_is_the_same_in_any_case() {
        let collect = |name: &str| LabelChange { add_collections: [name.to_owned()].into(), ..LabelChange::default() };
        let mut labels = Labels::default();
        collect("Mugs").apply(&mut labels).unwrap();
        collect("mugs").apply(&mut labels).unwrap();
        assert_eq!(labels.collections, ["Mugs".to_owned()].into());
        let remove = LabelChange { remove_collections: ["MUGS".to_owned()].into(), ..LabelChange::default() };
        remove.apply(&mut labels).unwrap();
        assert!(labels.collections.is_empty());
    }

    #[test]
    fn labels_of_an_untrusted_file_are_bounded_and_printable() {
        let tags: Vec<String> = (0..10_000).map(|n| format!("tag{n}")).chain(["a\x1bb".into()]).collect();
        let text = serde_json::json!({ "marked": true, "rating": 9, "title": "x".repeat(1 << 20), "tags": tags });
        let labels: Labels = serde_json::from_value(text).unwrap();
        assert!(labels.favorite && labels.rating.is_none() && labels.title.is_none());
        assert_eq!(labels.tags.len(), MAX_LABELS);
    }
}
