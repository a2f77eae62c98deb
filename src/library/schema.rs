//! Database schema: connection setup, migration from older schemas, and detection of damage.
//!
//! Migrations only go forward: a later schema is rejected and left untouched.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{
    atomic_file, interleaving,
    library::{LibraryError, LibraryPaths, checksum},
};

/// Migration scripts. Each raises the schema version by one; the version is the number of scripts that have run.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_jobs.sql"),
    include_str!("migrations/0002_ballots.sql"),
    include_str!("migrations/0003_checksums.sql"),
    include_str!("migrations/0004_labels.sql"),
];

/// Time to wait for another process that is writing.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// Opens a connection that may write. Its commits are on disk.
pub(super) fn writer(path: &Path) -> Result<Connection, LibraryError> {
    let set_up = || {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        checksum::register(&connection)?;
        Ok(connection)
    };
    set_up().map_err(|error| LibraryError::from_sqlite(error, path))
}

/// Opens a read-only connection.
pub(super) fn reader(path: &Path) -> Result<Connection, LibraryError> {
    let set_up = || {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        checksum::register(&connection)?;
        Ok(connection)
    };
    set_up().map_err(|error| LibraryError::from_sqlite(error, path))
}

/// Migrates the schema to the current version. A later version is an error.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LibraryError> {
    let known = MIGRATIONS.len() as i64;
    let failed = |error| LibraryError::from_sqlite(error, path);
    let found = version(connection).map_err(failed)?;
    if found > known {
        return Err(LibraryError::SchemaTooNew { path: path.to_owned(), found, known });
    }
    if found < known && laid_out(connection).is_some_and(|(version, _)| version > found) {
        return Err(LibraryError::Damaged(path.to_owned()));
    }
    for (index, script) in MIGRATIONS.iter().enumerate().skip(found.max(0) as usize) {
        step(connection, index as i64, script).map_err(failed)?;
    }
    Ok(())
}

/// Returns the version and checksum of the latest schema, or `None` if they are not stored.
fn laid_out(connection: &Connection) -> Option<(i64, i64)> {
    connection.query_row("SELECT version, checksum FROM layout", [], |row| Ok((row.get(0)?, row.get(1)?))).ok()
}

fn note_layout(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    let checksum = layout(connection)?;
    connection.execute("DELETE FROM layout", [])?;
    connection.execute("INSERT INTO layout (version, checksum) VALUES (?1, ?2)", [version, checksum]).map(drop)
}

/// Returns the checksum of the definitions of all tables, indexes and triggers.
fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT row_checksum(group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, ''), char(10)
                                                ORDER BY type, name)) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    connection.query_row(sql, [], |row| row.get(0))
}

fn step(connection: &mut Connection, from: i64, script: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(script)?;
    transaction.pragma_update(None, "user_version", from + 1)?;
    // A process that ends between two steps leaves a layout that fits its version.
    if from + 1 == MIGRATIONS.len() as i64 {
        note_layout(&transaction, from + 1)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Checks the structure, the schema, the search index and every row. Returns the problems found, one line each.
pub(super) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut faults: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
    if faults.is_empty() {
        faults.extend(layout_fault(connection)?);
        faults.extend(checksum::damaged_rows(connection)?);
        faults.extend(search_fault(connection));
        faults.extend(facet_fault(connection)?);
    }
    Ok(faults)
}

fn layout_fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let is_known = laid_out(connection) == Some((version(connection)?, layout(connection)?));
    let sql = "SELECT count(*) = 3 AND sum(name IN ('changes', 'commits', 'shelf')) = 3
               AND min(value) >= 0 AND max(value) < 1 << 53 FROM counters";
    let counts = connection.query_row(sql, [], |row| row.get::<_, Option<bool>>(0))? == Some(true);
    Ok((!is_known || !counts).then(|| "the schema was modified".to_owned()))
}

/// Compares the full-text index with the prompts. The statement changes nothing but is an `INSERT` in form, and so
/// waits for other writers: a long wait is no sign of damage.
fn search_fault(connection: &Connection) -> Option<String> {
    let _held = interleaving::lock(interleaving::Lock::Database);
    let checked = connection.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)", []);
    let busy = [Some(ErrorCode::DatabaseBusy), Some(ErrorCode::DatabaseLocked)];
    let error = checked.err().filter(|error| !busy.contains(&error.sqlite_error_code()))?;
    Some(format!("full-text index: {error}"))
}

/// Compares the tables that filters read with the jobs.
fn facet_fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT EXISTS (SELECT * FROM facet_source EXCEPT SELECT * FROM facets)
               OR (SELECT count(*) FROM facets) <> (SELECT count(*) FROM jobs)
               OR EXISTS (SELECT 'tag', tag.value, jobs.key FROM jobs, json_each(labels, '$.tags') AS tag WHERE labels <> '{}'
                          EXCEPT SELECT kind, name, key FROM label_names)";
    let differs: bool = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(differs.then(|| "the index of the filters differs from the jobs".to_owned()))
}

/// Requests a full check at the next opening.
pub(super) fn request_full_check(places: &LibraryPaths) {
    if let Err(error) = atomic_file::replace(&places.check_request(), b"") {
        tracing::warn!(%error, "the library could not be marked as damaged");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_runs_once_and_a_later_schema_is_rejected_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("library.db");
        let mut connection = writer(&path).unwrap();
        migrate(&mut connection, &path).unwrap();
        migrate(&mut connection, &path).unwrap();
        assert_eq!(version(&connection).unwrap(), MIGRATIONS.len() as i64);
        assert_eq!(faults(&connection).unwrap(), Vec::<String>::new());
        connection.execute_batch("DROP TRIGGER count_pair").unwrap();
        assert_eq!(faults(&connection).unwrap().len(), 1);
        connection.pragma_update(None, "user_version", 999).unwrap();
        let error = migrate(&mut connection, &path).unwrap_err();
        assert!(matches!(error, LibraryError::SchemaTooNew { found: 999, .. }), "{error}");
        assert!(error.hint().unwrap().contains("another data directory"));
        assert_eq!(version(&connection).unwrap(), 999);
    }
}
