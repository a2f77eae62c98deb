//! Execution of a search: turns a query into the keys of the matching jobs, in the order of the query.
//!
//! No user input is treated as an operator or as SQL.

use jiff::{Timestamp, ToSpan as _, Zoned, civil::Date, tz::TimeZone};
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::library::{
    Query,
    search_language::{Aspect, Comparison, Condition, Day, Flag, Search, SearchError, Sort, Term},
};

/// Maximum number of index terms that stand in for a word without a match.
const MAX_SIMILAR: usize = 20;

/// Returns the number of jobs that are in the trash, or are not.
pub(super) fn count(connection: &Connection, trash: bool) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM jobs WHERE deleted = ?1";
    connection.prepare_cached(sql)?.query_row([trash], |row| row.get(0)).map(i64::cast_unsigned)
}

/// Returns a page of them, newest first, using nothing but the index.
pub(super) fn page_keys(connection: &Connection, trash: bool, offset: u64, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT key FROM jobs WHERE deleted = ?1 ORDER BY key DESC LIMIT ?2 OFFSET ?3";
    connection.prepare_cached(sql)?.query_map((trash, limit, offset.cast_signed()), |row| row.get(0))?.collect()
}

/// Returns how many of them are newer than this one.
pub(super) fn count_newer(connection: &Connection, trash: bool, key: i64) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM jobs WHERE deleted = ?1 AND key > ?2";
    connection.prepare_cached(sql)?.query_row((trash, key), |row| row.get(0)).map(i64::cast_unsigned)
}

/// Returns whether a query selects everything that is in the trash, or everything that is not, newest first.
pub(super) fn whole_shelf(query: &Query) -> Result<Option<bool>, SearchError> {
    let search = Search::parse(&query.text)?;
    let is_plain = |term: &Term| !term.negated && term.condition == Condition::Is(Flag::Trashed);
    Ok((search.sort == Sort::Newest && search.terms.iter().all(is_plain)).then(|| search.is_in_trash()))
}

/// Returns the keys of the jobs that match a search, in its order.
pub(super) fn matching(connection: &Connection, search: &Search) -> rusqlite::Result<Vec<i64>> {
    let mut clauses = Clauses::default();
    if !search.terms.iter().any(|term| term.condition == Condition::Is(Flag::Trashed)) {
        clauses.add("deleted = 0", []);
    }
    let (words, filters): (Vec<&Term>, Vec<&Term>) = search.terms.iter().partition(|term| is_text(&term.condition));
    for term in filters {
        clauses.filter(term);
    }
    add_words(connection, &words, search.is_in_trash(), &mut clauses)?;
    let sql = format!("SELECT key FROM facets WHERE {} ORDER BY {}", clauses.sql(), order(search.sort));
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params_from_iter(clauses.values), |row| row.get(0))?.collect()
}

const fn is_text(condition: &Condition) -> bool {
    matches!(condition, Condition::Word(_) | Condition::Phrase(_))
}

const fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "key DESC",
        Sort::Oldest => "key",
        Sort::Rating => "rating DESC NULLS LAST, key DESC",
        Sort::Cost => "cost DESC NULLS LAST, key DESC",
    }
}

/// Conditions that are joined by `AND`, and the values for their placeholders.
#[derive(Default)]
struct Clauses {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Clauses {
    fn add(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(format!("({sql})"));
        self.values.extend(values);
    }

    fn sql(&self) -> String {
        if self.conditions.is_empty() { "1".to_owned() } else { self.conditions.join(" AND ") }
    }

    fn filter(&mut self, term: &Term) {
        let (sql, values) = condition(&term.condition);
        // Unlike `NOT`, this is also true for values that are unknown.
        let sql = if term.negated { format!("({sql}) IS NOT TRUE") } else { sql };
        self.add(&sql, values);
    }
}

/// Returns the SQL of a filter, and the values for its placeholders.
fn condition(condition: &Condition) -> (String, Vec<Value>) {
    let named = |kind: &str, name: &str| {
        let sql = format!("key IN (SELECT key FROM label_names WHERE kind = '{kind}' AND name = ?)");
        (sql, vec![Value::from(name.to_owned())])
    };
    let contains =
        |column: &str, text: &str| (format!("instr(lower({column}), ?) > 0"), vec![Value::from(text.to_lowercase())]);
    let equals = |column: &str, text: &str| (format!("{column} = ?"), vec![Value::from(text.to_owned())]);
    let plain = |sql: &str| (sql.to_owned(), Vec::new());
    match condition {
        Condition::Tag(tag) => named("tag", tag),
        Condition::Collection(name) => named("collection", name),
        Condition::Rating(comparison, rating) => compare("rating", *comparison, i64::from(*rating).into()),
        Condition::Unrated => plain("rating IS NULL"),
        Condition::Is(flag) => plain(is(*flag)),
        Condition::Backend(text) => contains("backend", text),
        Condition::Model(text) => contains("model", text),
        Condition::Recipe(name) => equals("recipe", name),
        Condition::Batch(id) => equals("batch", id),
        Condition::State(state) => equals("state", state.name()),
        Condition::After(day) => ("key >= ?".to_owned(), vec![first_key(*day).into()]),
        Condition::Before(day) => ("key < ?".to_owned(), vec![first_key(*day).into()]),
        Condition::Cost(comparison, dollars) => compare("round(cost, 6)", *comparison, (*dollars).into()),
        Condition::Size(comparison, pixels) => compare("longer_side", *comparison, i64::from(*pixels).into()),
        Condition::Aspect(Aspect::Wide) => plain("width > height * 1.05"),
        Condition::Aspect(Aspect::Tall) => plain("height > width * 1.05"),
        Condition::Aspect(Aspect::Square) => plain("width <= height * 1.05 AND height <= width * 1.05"),
        Condition::Word(_) | Condition::Phrase(_) => plain("1"),
    }
}

const fn is(flag: Flag) -> &'static str {
    match flag {
        Flag::Favorite => "favorite = 1",
        Flag::Edit => "is_edit = 1",
        Flag::Trashed => "deleted = 1",
        Flag::Failed => "state = 'failed'",
        Flag::Unfinished => "state IN ('queued', 'sent', 'received', 'unknown')",
    }
}

fn compare(column: &str, comparison: Comparison, value: Value) -> (String, Vec<Value>) {
    let sign = match comparison {
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Equal => "=",
        Comparison::AtLeast => ">=",
        Comparison::Greater => ">",
    };
    (format!("{column} {sign} ?"), vec![value])
}

/// Returns the first key of a day, in the time zone of the system.
fn first_key(day: Day) -> i64 {
    let date = match day {
        Day::Date(date) => date,
        Day::DaysAgo(days) => Zoned::now().date().saturating_sub(i64::from(days).days()),
    };
    let limit = i64::MAX >> 11;
    start_of(date).as_microsecond().clamp(-limit, limit) << 10
}

fn start_of(date: Date) -> Timestamp {
    // The first and the last days of all are in no time zone.
    let outside = if date.year() < 1970 { Timestamp::MIN } else { Timestamp::MAX };
    date.to_zoned(TimeZone::system()).map_or(outside, |start| start.timestamp())
}

/// Adds the words and phrases of a search. Lone ASCII punctuation is ignored.
fn add_words(connection: &Connection, terms: &[&Term], in_trash: bool, clauses: &mut Clauses) -> rusqlite::Result<()> {
    for term in terms {
        let not = if term.negated { "NOT " } else { "" };
        match &term.condition {
            Condition::Word(text) | Condition::Phrase(text) if is_symbol(text) => add_symbol(text, not, clauses),
            Condition::Word(text) | Condition::Phrase(text) if !text.contains(char::is_alphanumeric) => {}
            Condition::Phrase(phrase) => add_match(quote(phrase), not, clauses),
            Condition::Word(word) if term.negated => add_match(prefix(word), not, clauses),
            Condition::Word(word) => add_match(expression(connection, word, in_trash)?, not, clauses),
            _ => {}
        }
    }
    Ok(())
}

/// Returns whether a word is an emoji or another symbol that the index does not cover.
fn is_symbol(text: &str) -> bool {
    !text.contains(char::is_alphanumeric) && !text.is_ascii()
}

fn add_symbol(symbol: &str, not: &str, clauses: &mut Clauses) {
    let text = "concat(prompt, ' ', title, ' ', tags)";
    let sql =
        format!("{not}EXISTS (SELECT 1 FROM searchable WHERE searchable.key = facets.key AND instr({text}, ?) > 0)");
    clauses.add(&sql, [Value::from(symbol.to_owned())]);
}

fn add_match(expression: String, not: &str, clauses: &mut Clauses) {
    let sql = format!("key {not}IN (SELECT rowid FROM search WHERE search MATCH ?)");
    clauses.add(&sql, [Value::from(expression)]);
}

/// Returns the index expression of a word: its prefix, or else the similar words of the index. Jobs that the search does
/// not look among count for nothing.
fn expression(connection: &Connection, word: &str, in_trash: bool) -> rusqlite::Result<String> {
    let prefix = prefix(word);
    let sql = "SELECT 1 FROM search JOIN facets ON facets.key = search.rowid
               WHERE search MATCH ?1 AND deleted = ?2 LIMIT 1";
    if connection.prepare_cached(sql)?.exists((&prefix, in_trash))? {
        return Ok(prefix);
    }
    let similar = similar_terms(connection, &word.to_lowercase())?;
    let quoted: Vec<String> = similar.iter().map(|term| quote(term)).collect();
    Ok(if quoted.is_empty() { prefix } else { quoted.join(" OR ") })
}

/// Returns the terms of the index that contain a word or differ from it by a typo, the nearest first.
fn similar_terms(connection: &Connection, word: &str) -> rusqlite::Result<Vec<String>> {
    let chars = word.chars().count();
    let tolerance = match chars {
        0..=2 => return Ok(Vec::new()),
        3..=4 => 1,
        _ => 2,
    };
    let mut statement = connection.prepare_cached("SELECT term FROM vocabulary")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let term = row.get_ref(0)?.as_str().unwrap_or_default();
        if term.contains(word) {
            found.push((0, term.to_owned()));
        } else if term.chars().count().abs_diff(chars) <= tolerance {
            let distance = strsim::osa_distance(term, word);
            found.extend((distance <= tolerance).then(|| (distance, term.to_owned())));
        }
    }
    found.sort();
    found.truncate(MAX_SIMILAR);
    Ok(found.into_iter().map(|(_, term)| term).collect())
}

/// Returns a word as an index expression that matches from the start of a word. Quotes keep operators out.
fn prefix(word: &str) -> String {
    format!("{}*", quote(word))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}
