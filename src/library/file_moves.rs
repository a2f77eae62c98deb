//! Moves of a job's files between `images/` and `trash/`, and their deletion.
//!
//! Several processes may work on one library, so a move never relies on state that was read before it. The intent is
//! committed first: `deleted` holds the target and `moving` is set. The files are then moved under the write lock of
//! the database, always to where the row points at that moment. The system releases the lock when its holder dies, so
//! any process may finish any move, whether the one that started it is dead, slow, or just ahead.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    atomic_file,
    confined::{self, MAX_IMAGE},
    id::Id,
    interleaving,
    library::{ImageRecord, LibraryError, Record, codec, error::TransactionError, paths::LibraryPaths, sidecar},
};

/// Value of `moving` for a job whose files are to be moved to where its row points.
pub(super) const MOVING: i64 = 1;
/// Value of `moving` for a trashed job that is being deleted permanently, so that no process restores a part of it.
pub(super) const ERASING: i64 = 2;

/// Returns the jobs with a pending move or deletion.
pub(super) fn pending_moves(connection: &Connection) -> rusqlite::Result<Vec<Id>> {
    // Split this way, the query on the trash uses an index.
    let mut ids = jobs(connection, "moving = 1")?;
    ids.extend(jobs(connection, "deleted = 1 AND moving = 2")?);
    Ok(ids)
}

/// Returns the jobs that satisfy a condition.
pub(super) fn jobs(connection: &Connection, condition: &str) -> rusqlite::Result<Vec<Id>> {
    interleaving::step();
    let mut jobs = connection.prepare(&format!("SELECT id FROM jobs WHERE {condition}"))?;
    jobs.query_map([], |row| codec::id(row, 0))?.collect()
}

/// Finishes the pending move or deletion of a job in a write transaction: moves the files to where the row points, or
/// deletes them together with the row. If a file cannot be moved, all of them go back, the row follows, and the reason
/// is returned.
pub(super) fn finish_move(
    connection: &Connection,
    places: &LibraryPaths,
    job: Id,
) -> Result<Option<LibraryError>, TransactionError> {
    let sql = "SELECT moving FROM jobs WHERE id = ?1";
    let moving: Option<i64> =
        connection.prepare_cached(sql)?.query_row([codec::id_hex(job)], |row| row.get(0)).optional()?;
    let Some(moving) = moving.filter(|moving| *moving != 0) else { return Ok(None) };
    let Some(record) = read_job(connection, places, job)? else { return Ok(None) };
    if moving == ERASING {
        return erase(connection, places, &record).map(|()| None);
    }
    let names = names(places, &record)?;
    let Err(error) = move_files(places, &record, &names) else {
        set_target(connection, job, record.deleted, 0)?;
        return Ok(None);
    };
    undo_moves(places, &record, &names)?;
    set_target(connection, job, !record.deleted, 0)?;
    Ok(Some(error))
}

/// Finishes an interrupted move and returns the job, so that its files are where its record says.
pub(super) fn finish_move_and_read(
    connection: &Connection,
    places: &LibraryPaths,
    job: Id,
) -> Result<Option<Record>, TransactionError> {
    if let Some(error) = finish_move(connection, places, job)? {
        tracing::warn!(%job, %error, "an interrupted move was undone");
    }
    read_job(connection, places, job)
}

/// Marks the files of a job as pending a move to where its row points.
pub(super) fn request_move(connection: &Connection, job: Id) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE jobs SET moving = 1 WHERE id = ?1")?.execute([codec::id_hex(job)]).map(drop)
}

/// Reads the job from its row.
pub(super) fn read_job(
    connection: &Connection,
    places: &LibraryPaths,
    job: Id,
) -> Result<Option<Record>, TransactionError> {
    Ok(codec::find_one(connection, places, "id = ?1", &codec::id_hex(job))?)
}

/// Stores the target shelf of a job's files and the pending operation on them.
pub(super) fn set_target(connection: &Connection, job: Id, deleted: bool, moving: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE jobs SET deleted = ?2, moving = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute((codec::id_hex(job), deleted, moving)).map(drop)
}

/// Deletes one trashed job, files first. A job that a process has resumed is kept.
fn erase(connection: &Connection, places: &LibraryPaths, record: &Record) -> Result<(), TransactionError> {
    let lease = confined::open(places.data(), &places.job_lock(record.id)).ok();
    if lease.as_ref().is_some_and(|lease| matches!(lease.try_lock(), Err(fs::TryLockError::WouldBlock))) {
        return Ok(set_target(connection, record.id, true, 0)?);
    }
    for name in names(places, record)? {
        let path = places.path(&name, true);
        if exists(&path) {
            confined::create_dir(places.data(), path.parent().unwrap_or(&path))?;
            atomic_file::remove(&path)?;
        }
    }
    // Windows cannot remove an open file.
    if cfg!(windows) {
        drop(lease);
    }
    atomic_file::remove(&places.job_dir(record.id))?;
    let sql = "DELETE FROM jobs WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.execute([codec::id_hex(record.id)]).map(drop)?)
}

/// Moves every file of a job that is not yet where its record says.
fn move_files(places: &LibraryPaths, record: &Record, names: &[String]) -> Result<(), LibraryError> {
    for name in names {
        let (from, to) = (places.path(name, !record.deleted), places.path(name, record.deleted));
        if !exists(&from) {
            continue;
        }
        if exists(&to) {
            clear_target(places, &from, &to, record.id)?;
        }
        if exists(&from) {
            move_within(places, &from, &to)?;
        }
    }
    Ok(())
}

/// Undoes the moves of [`move_files`]. A file in both places was never moved: the other one was in its way.
fn undo_moves(places: &LibraryPaths, record: &Record, names: &[String]) -> Result<(), LibraryError> {
    for name in names {
        let (from, to) = (places.path(name, record.deleted), places.path(name, !record.deleted));
        if exists(&from) && !exists(&to) {
            move_within(places, &from, &to)?;
        }
    }
    Ok(())
}

/// Moves a file within the library, after checking that neither folder is a link to elsewhere.
fn move_within(places: &LibraryPaths, from: &Path, to: &Path) -> Result<(), LibraryError> {
    for folder in [from, to].into_iter().filter_map(Path::parent) {
        confined::create_dir(places.data(), folder)?;
    }
    Ok(atomic_file::move_new(from, to)?)
}

/// Clears the target name if possible. It may be taken by the same file, half moved by a system that moves in two
/// steps, by an older sidecar of the same job, or by a foreign file, which is never overwritten.
fn clear_target(places: &LibraryPaths, from: &Path, to: &Path, job: Id) -> Result<(), LibraryError> {
    if is_same(places, from, to) {
        return Ok(atomic_file::remove(from)?);
    }
    if sidecar::job_of_sidecar(places.data(), from) == Some(job)
        && sidecar::job_of_sidecar(places.data(), to) == Some(job)
    {
        return Ok(atomic_file::remove(to)?);
    }
    Err(LibraryError::Occupied { job, path: to.to_owned() })
}

fn is_same(places: &LibraryPaths, one: &Path, other: &Path) -> bool {
    let size = |path: &Path| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len());
    let read = |path: &Path| confined::read(places.data(), path, MAX_IMAGE).ok();
    size(one).is_some()
        && size(one) == size(other)
        && read(one).zip(read(other)).is_some_and(|(one, other)| one == other)
}

/// Returns whether anything has that name, including a dangling link.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Returns the library's names of all files of a job: images, sources, sidecars.
fn names(places: &LibraryPaths, record: &Record) -> Result<Vec<String>, LibraryError> {
    let files = |image: &ImageRecord| -> Vec<PathBuf> {
        let named = [image.path.clone(), sidecar::path_of(&image.path)];
        named.into_iter().chain(image.svg.clone()).collect()
    };
    record.images.iter().flat_map(files).map(|path| places.name(&path)).collect()
}
