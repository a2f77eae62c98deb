//! From what a user typed to the jobs that fit, as keys: newest first.
//! Nothing a user types is an operator; every word is looked for as it is.

use rusqlite::Connection;

use crate::library::Query;

/// Every job on the shelf that a query without words means.
pub(super) fn shelf(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<i64>> {
    let sql = if query.marked {
        "SELECT key FROM jobs WHERE deleted = ?1 AND marked = 1 ORDER BY key DESC"
    } else {
        "SELECT key FROM jobs WHERE deleted = ?1 ORDER BY key DESC"
    };
    connection.prepare_cached(sql)?.query_map([query.trash], |row| row.get(0))?.collect()
}

/// Those of `all` (newest first) in which every word of `text` is found.
pub(super) fn matching(connection: &Connection, text: &str, all: &[i64]) -> rusqlite::Result<Vec<i64>> {
    let words = Words::of(text);
    let mut keys = all.to_vec();
    if let Some(expression) = words.expression() {
        let sql = "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC";
        let found: Vec<i64> =
            connection.prepare_cached(sql)?.query_map([expression], |row| row.get(0))?.collect::<Result<_, _>>()?;
        keys = in_both(&found, &keys);
    }
    for symbol in &words.symbols {
        let sql = "SELECT key FROM jobs WHERE instr(prompt, ?1) > 0 ORDER BY key DESC";
        let found: Vec<i64> =
            connection.prepare_cached(sql)?.query_map([symbol], |row| row.get(0))?.collect::<Result<_, _>>()?;
        keys = in_both(&found, &keys);
    }
    Ok(keys)
}

/// What two lists that both fall have in common.
fn in_both(left: &[i64], right: &[i64]) -> Vec<i64> {
    let mut right = right.iter().peekable();
    let in_right = |key: &&i64| {
        while right.next_if(|other| other > key).is_some() {}
        right.peek() == Some(key)
    };
    left.iter().filter(in_right).copied().collect()
}

/// What a user typed, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Words<'a> {
    /// What the index knows: anything with a letter or a digit.
    plain: Vec<&'a str>,
    /// What it does not know: emoji and other symbols. Lone ASCII marks mean nothing and are passed over.
    symbols: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let (plain, rest): (Vec<&str>, Vec<&str>) =
            text.split_whitespace().partition(|word| word.contains(char::is_alphanumeric));
        Self { plain, symbols: rest.into_iter().filter(|word| !word.is_ascii()).collect() }
    }

    /// Each word quoted, so that nothing in it is an operator, and met from its start.
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
    fn nothing_that_is_typed_is_an_operator() {
        let typed = |text| Words::of(text).expression();
        assert_eq!(typed("cat OR dog").unwrap(), "\"cat\"* \"OR\"* \"dog\"*");
        assert_eq!(typed("say \"hi").unwrap(), "\"say\"* \"\"\"hi\"*");
        assert_eq!(typed(" \" ( * - "), None);
        assert_eq!(Words::of("🐱 cat").symbols, ["🐱"]);
    }

    #[test]
    fn what_two_lists_share_keeps_its_order() {
        assert_eq!(in_both(&[9, 7, 5, 1], &[10, 9, 6, 5, 2]), [9, 5]);
        assert_eq!(in_both(&[], &[1]), [0_i64; 0]);
        assert_eq!(in_both(&[3], &[]), [0_i64; 0]);
    }
}
