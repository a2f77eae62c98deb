//! Full-text search: turns the text of a query into the keys of the matching jobs, newest first.
//!
//! No user input is treated as an operator; every word is matched literally.

use rusqlite::Connection;

use crate::library::Query;

/// Returns the number of jobs that a query without words matches.
pub(super) fn count(connection: &Connection, query: &Query) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM jobs WHERE {}", shelf(query));
    connection.prepare_cached(&sql)?.query_row([query.trash], |row| row.get(0)).map(i64::cast_unsigned)
}

/// Returns a page of them, newest first, using nothing but the index.
pub(super) fn page_keys(connection: &Connection, query: &Query, offset: u64, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let sql = format!("SELECT key FROM jobs WHERE {} ORDER BY key DESC LIMIT ?2 OFFSET ?3", shelf(query));
    keys(connection, &sql, (query.trash, limit, offset.cast_signed()))
}

/// Returns how many of them are newer than this one.
pub(super) fn count_newer(connection: &Connection, query: &Query, key: i64) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM jobs WHERE {} AND key > ?2", shelf(query));
    connection.prepare_cached(&sql)?.query_row((query.trash, key), |row| row.get(0)).map(i64::cast_unsigned)
}

const fn shelf(query: &Query) -> &'static str {
    if query.marked { "deleted = ?1 AND marked = 1" } else { "deleted = ?1" }
}

/// Returns every job on the query's shelf that contains every word of its text, newest first.
pub(super) fn matching(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<i64>> {
    let words = QueryWords::parse(&query.text);
    let mut found = match words.expression() {
        Some(expression) => {
            keys(connection, "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC", [expression])?
        }
        None => page_keys(connection, query, 0, u32::MAX)?,
    };
    for symbol in words.symbols {
        let sql = "SELECT key FROM jobs WHERE instr(prompt, ?1) > 0 ORDER BY key DESC";
        let with = keys(connection, sql, [symbol])?;
        found.retain(|key| contains(&with, *key));
    }
    retain_matching_jobs(connection, query, &mut found)?;
    Ok(found)
}

/// Trashed and marked jobs are few: filtering by them is faster than walking the whole history.
fn retain_matching_jobs(connection: &Connection, query: &Query, found: &mut Vec<i64>) -> rusqlite::Result<()> {
    let whole = !query.trash && !query.marked;
    let few = page_keys(connection, &Query { trash: query.trash || whole, ..query.clone() }, 0, u32::MAX)?;
    found.retain(|key| contains(&few, *key) != whole);
    Ok(())
}

fn keys(connection: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<i64>> {
    connection.prepare_cached(sql)?.query_map(values, |row| row.get(0))?.collect()
}

/// Returns whether a list in descending order contains this key.
fn contains(list: &[i64], key: i64) -> bool {
    list.binary_search_by(|other| key.cmp(other)).is_ok()
}

/// The words of a query, split by how they are searched.
#[derive(Debug, PartialEq, Eq)]
struct QueryWords<'a> {
    /// The words that the index covers, with at least one letter or digit.
    plain: Vec<&'a str>,
    /// The words that the index does not cover: emoji and other symbols. Lone ASCII punctuation is ignored.
    symbols: Vec<&'a str>,
}

impl<'a> QueryWords<'a> {
    fn parse(text: &'a str) -> Self {
        let (plain, rest): (Vec<&str>, Vec<&str>) =
            text.split_whitespace().partition(|word| word.contains(char::is_alphanumeric));
        Self { plain, symbols: rest.into_iter().filter(|word| !word.is_ascii()).collect() }
    }

    /// Returns the index query: each word quoted, so that it contains no operators, and matched as a prefix.
    fn expression(&self) -> Option<String> {
        let quoted: Vec<String> =
            self.plain.iter().map(|word| format!("\"{}\"*", word.replace('"', "\"\"").replace('\0', " "))).collect();
        (!quoted.is_empty()).then(|| quoted.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_input_contains_no_operators() {
        let typed = |text| QueryWords::parse(text).expression();
        assert_eq!(typed("cat OR dog").unwrap(), "\"cat\"* \"OR\"* \"dog\"*");
        assert_eq!(typed("say \"hi").unwrap(), "\"say\"* \"\"\"hi\"*");
        assert_eq!(typed(" \" ( * - "), None);
        assert_eq!(QueryWords::parse("🐱 cat").symbols, ["🐱"]);
    }
}
