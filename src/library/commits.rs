//! The number of commits, kept in a file beside the database: a database that knows of fewer has lost its log.
//! It is written after each commit, so it never runs ahead of what is on disk; a crash leaves it at most behind.

use std::fs;

use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    atomic,
    library::{checksum, places::Places},
};

/// One more commit in the open transaction; the number of all.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'commits' RETURNING value";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// The number that the database knows.
pub(super) fn known(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT value FROM counters WHERE name = 'commits'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// The number that the file knows; 0 where there is none or it cannot be understood.
pub(super) fn noted(places: &Places) -> i64 {
    let read = || {
        let path = places.commits();
        let text = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(&path).ok())?;
        if checksum::check(&text) != checksum::Seal::Intact {
            return None;
        }
        serde_json::from_slice::<serde_json::Value>(&text).ok()?.get("commits")?.as_i64()
    };
    read().unwrap_or_default()
}

/// Notes a number that is on disk in the database, unless a higher one stands there.
pub(super) fn note(places: &Places, commits: i64) {
    if noted(places) >= commits {
        return;
    }
    // Always as long, so that nothing of an older number is left behind it.
    let line = checksum::seal(&format!("{{\"commits\":{commits:>19}}}"));
    if let Err(error) = atomic::overwrite(&places.commits(), format!("{line}\n").as_bytes()) {
        tracing::warn!(%error, "the number of commits was not noted");
    }
}

/// Has the database go on from a number, after it was brought up to date.
pub(super) fn go_on_from(connection: &Connection, commits: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE counters SET value = max(value, ?1) WHERE name = 'commits'";
    connection.execute(sql, [commits]).map(drop)
}
