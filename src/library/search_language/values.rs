//! Values of filters.

use jiff::civil::Date;
use tintype_backends::suggest;

use super::{Aspect, Comparison, Condition, Day, Flag, SearchError, Sort, tokens::Token};
use crate::library::{JobState, labels::MAX_RATING};

/// Values of `is:`.
pub(super) const FLAGS: [&str; 5] = ["favorite", "edit", "trashed", "failed", "unfinished"];
/// Values of `state:`.
pub(super) const STATES: [&str; 7] = ["saved", "failed", "canceled", "unknown", "queued", "sent", "received"];
/// Values of `aspect:`.
pub(super) const ASPECTS: [&str; 3] = ["wide", "tall", "square"];
/// Values of `sort:`.
pub(super) const SORTS: [&str; 4] = ["newest", "oldest", "rating", "cost"];

pub(super) fn sort(token: &Token) -> Result<Option<Sort>, SearchError> {
    Ok(match token.value.to_lowercase().as_str() {
        "" => None,
        "newest" => Some(Sort::Newest),
        "oldest" => Some(Sort::Oldest),
        "rating" => Some(Sort::Rating),
        "cost" => Some(Sort::Cost),
        _ => return Err(not_one_of(token, &SORTS)),
    })
}

pub(super) fn flag(token: &Token) -> Result<Flag, SearchError> {
    Ok(match token.value.to_lowercase().as_str() {
        "favorite" | "favourite" | "marked" => Flag::Favorite,
        "edit" => Flag::Edit,
        "trashed" => Flag::Trashed,
        "failed" => Flag::Failed,
        "unfinished" => Flag::Unfinished,
        _ => return Err(not_one_of(token, &FLAGS)),
    })
}

pub(super) fn state(token: &Token) -> Result<JobState, SearchError> {
    Ok(match token.value.to_lowercase().as_str() {
        "saved" => JobState::Saved,
        "failed" => JobState::Failed,
        "canceled" | "cancelled" => JobState::Cancelled,
        "unknown" => JobState::Unknown,
        "queued" => JobState::Queued,
        "sent" => JobState::Sent,
        "received" => JobState::Received,
        _ => return Err(not_one_of(token, &STATES)),
    })
}

pub(super) fn aspect(token: &Token) -> Result<Aspect, SearchError> {
    Ok(match token.value.to_lowercase().as_str() {
        "wide" => Aspect::Wide,
        "tall" => Aspect::Tall,
        "square" => Aspect::Square,
        _ => return Err(not_one_of(token, &ASPECTS)),
    })
}

pub(super) fn rating(token: &Token) -> Result<Condition, SearchError> {
    if token.value.eq_ignore_ascii_case("none") || token.value == "0" {
        return Ok(Condition::Unrated);
    }
    let (comparison, number) = comparison(&token.value);
    let rating = number.parse().ok().filter(|rating| (1..=MAX_RATING).contains(rating));
    let rating = rating.ok_or_else(|| invalid(token, "use 1 to 5 or none, as in `rating:>=4`"))?;
    Ok(Condition::Rating(comparison, rating))
}

pub(super) fn cost(token: &Token) -> Result<Condition, SearchError> {
    let (comparison, number) = comparison(&token.value);
    let dollars: Option<f64> = number.trim_start_matches('$').parse().ok();
    let dollars = dollars.filter(|dollars| dollars.is_finite());
    let dollars = dollars.ok_or_else(|| invalid(token, "use US dollars, as in `cost:>0.10`"))?;
    Ok(Condition::Cost(comparison, dollars))
}

pub(super) fn size(token: &Token) -> Result<Condition, SearchError> {
    let (comparison, number) = comparison(&token.value);
    let pixels = number.parse().map_err(|_| invalid(token, "use pixels of the longer side, as in `size:>=2048`"))?;
    Ok(Condition::Size(comparison, pixels))
}

/// Parses a date, a month, a year, `today`, `yesterday` or a number of days such as `7d`.
pub(super) fn day(token: &Token) -> Result<Day, SearchError> {
    let text = token.value.to_lowercase();
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    let date = || {
        let padded = [text.clone(), format!("{text}-01"), format!("{text}-01-01")];
        padded.iter().find_map(|text| text.parse::<Date>().ok())
    };
    match text.as_str() {
        "today" => Ok(Day::DaysAgo(0)),
        "yesterday" => Ok(Day::DaysAgo(1)),
        _ => days.map(Day::DaysAgo).or_else(|| date().map(Day::Date)).ok_or_else(|| {
            invalid(token, "use a date such as 2026-11-01 or 2026-11, today, yesterday, or 7d for seven days ago")
        }),
    }
}

fn comparison(text: &str) -> (Comparison, &str) {
    let operators = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        (">", Comparison::Greater),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ];
    let found = operators.iter().find_map(|(sign, comparison)| Some((*comparison, text.strip_prefix(sign)?)));
    found.unwrap_or((Comparison::Equal, text))
}

fn not_one_of(token: &Token, known: &'static [&'static str]) -> SearchError {
    invalid(token, &suggest::hint(&token.value, known.iter().copied()))
}

fn invalid(token: &Token, hint: &str) -> SearchError {
    let name = token.filter.as_deref().unwrap_or_default();
    let message = format!("invalid value of `{name}:`: `{}`", token.value);
    SearchError { message, hint: hint.to_owned(), span: token.span.clone() }
}
