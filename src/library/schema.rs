//! The database's layout: how a connection is set up, how an older layout becomes the present one, and what is damaged.
//! Never the other way: a later layout is refused and left alone.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use crate::{
    atomic,
    library::{LibraryError, Places},
};

/// Each brings the layout one version further; the layout's version is how many have been run.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_jobs.sql"), include_str!("migrations/0002_ballots.sql")];

/// How long to wait for another process that writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that may write; what it commits is on disk.
pub(super) fn writer(path: &Path) -> Result<Connection, LibraryError> {
    let set_up = || {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    set_up().map_err(|error| LibraryError::of(error, path))
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, LibraryError> {
    let set_up = || {
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    set_up().map_err(|error| LibraryError::of(error, path))
}

/// Brings the layout up to the present one; a later one is an error.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LibraryError> {
    let known = MIGRATIONS.len() as i64;
    let failed = |error| LibraryError::of(error, path);
    let found = version(connection).map_err(failed)?;
    if found > known {
        return Err(LibraryError::Newer { path: path.to_owned(), found, known });
    }
    for (index, script) in MIGRATIONS.iter().enumerate().skip(found.max(0) as usize) {
        step(connection, index as i64, script).map_err(failed)?;
    }
    Ok(())
}

fn step(connection: &mut Connection, from: i64, script: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(script)?;
    transaction.pragma_update(None, "user_version", from + 1)?;
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// A look at the whole structure; what SQLite finds wrong, a line each.
pub(super) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Has the next opening look closely.
pub(super) fn suspect(places: &Places) {
    if let Err(error) = atomic::write(&places.suspicion(), b"") {
        tracing::warn!(%error, "the next start will not know that the library is damaged");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_runs_once_and_a_later_layout_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("library.db");
        let mut connection = writer(&path).unwrap();
        migrate(&mut connection, &path).unwrap();
        migrate(&mut connection, &path).unwrap();
        assert_eq!(version(&connection).unwrap(), MIGRATIONS.len() as i64);
        assert_eq!(faults(&connection).unwrap(), Vec::<String>::new());
        connection.pragma_update(None, "user_version", 999).unwrap();
        let error = migrate(&mut connection, &path).unwrap_err();
        assert!(matches!(error, LibraryError::Newer { found: 999, .. }), "{error}");
        assert!(error.hint().unwrap().contains("--data-dir"));
        assert_eq!(version(&connection).unwrap(), 999);
    }
}
