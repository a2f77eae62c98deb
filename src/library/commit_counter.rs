//! Commit counter in a file beside the database: a database with a lower count has lost its log.
//!
//! The file is written after each commit, so it never runs ahead of what is on disk. A crash leaves it behind at most.

use std::fs;

use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    atomic_file,
    library::{checksum, paths::LibraryPaths},
};

/// Increments the counter in the open transaction and returns the new count.
pub(super) fn increment(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'commits' RETURNING value";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Returns the count in the database.
pub(super) fn count_in_database(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT value FROM counters WHERE name = 'commits'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Returns the count in the file, or 0 if the file is missing or unreadable.
pub(super) fn count_in_file(places: &LibraryPaths) -> i64 {
    let read = || {
        let path = places.commits();
        let text = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(&path).ok())?;
        if checksum::verify_seal(&text) != checksum::ChecksumStatus::Intact {
            return None;
        }
        serde_json::from_slice::<serde_json::Value>(&text).ok()?.get("commits")?.as_i64()
    };
    read().unwrap_or_default()
}

/// Writes a count that is committed in the database to the file, unless the file holds a higher one.
pub(super) fn write_count(places: &LibraryPaths, commits: i64) {
    if count_in_file(places) >= commits {
        return;
    }
    // The line has a fixed length, so it always covers all of an older one.
    let line = checksum::seal(&format!("{{\"commits\":{commits:>19}}}"));
    if let Err(error) = atomic_file::overwrite(&places.commits(), format!("{line}\n").as_bytes()) {
        tracing::warn!(%error, "the commit count was not stored");
    }
}

/// Makes the database continue from a count after it was brought up to date.
pub(super) fn continue_from(connection: &Connection, commits: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE counters SET value = max(value, ?1) WHERE name = 'commits'";
    connection.execute(sql, [commits]).map(drop)
}
