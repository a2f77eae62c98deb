//! The trash: a deleted job is put aside with its files until the trash is emptied.
//!
//! Several processes may work on one library, so a move never rests on what was read before it. The intent is committed
//! first: `deleted` as it is to be, `moving` set. The files are then moved under the write lock of the database, always
//! to where the row says at that moment. The system takes the lock back when its holder dies, so any process may finish
//! any move, whether the one that began it is dead, slow, or just ahead.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _};

use crate::{
    atomic,
    confined::{self, MAX_IMAGE},
    id::Id,
    interleaving,
    library::{
        LibraryError, Record, State, codec,
        places::Places,
        sidecar,
        write::{Trouble, Writer, transact},
    },
};

/// The value of `moving` for a job whose files are to be moved to where its row says.
const MOVING: i64 = 1;
/// The value of `moving` for a job of the trash that is being deleted for good: no process restores a part of it.
const ERASING: i64 = 2;

/// How often a deletion or a restoration is tried that another process turned back at the same time.
const ATTEMPTS: u32 = 2;

impl Writer {
    /// Puts a job's files into the trash, or back.
    pub(super) fn set_deleted(&mut self, job: Id, deleted: bool) -> Result<(), LibraryError> {
        for _ in 0..ATTEMPTS {
            self.transact(|transaction, places| intend(transaction, places, job, deleted))?;
            let (failed, row) = self.transact(|transaction, places| {
                let failed = settle(transaction, places, job)?;
                Ok((failed, known(transaction, places, job)?))
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
            if row.is_none_or(|row| row.deleted == deleted) {
                break;
            }
        }
        Ok(())
    }

    /// Deletes what is in the trash, files first; returns the number of jobs.
    /// A job that is still running is left there: its process holds its folder.
    pub(super) fn empty_trash(&mut self) -> Result<u64, LibraryError> {
        let mut gone = 0;
        for job in jobs(&self.connection, &self.places, "deleted = 1")? {
            self.transact(|transaction, places| condemn(transaction, places, job))?;
            gone += u64::from(self.transact(|transaction, places| {
                settle(transaction, places, job)?;
                Ok(known(transaction, places, job)?.is_none())
            })?);
        }
        Ok(gone)
    }
}

/// Finishes the moves that were cut short; what could not be moved, a line each.
pub(super) fn finish_moves(connection: &mut Connection, places: &Places) -> Result<Vec<String>, LibraryError> {
    let mut failed = Vec::new();
    let mut cut_short = jobs(connection, places, "moving = 1")?;
    // This way the index of the shelf leads to them.
    cut_short.extend(jobs(connection, places, "deleted = 1 AND moving = 2")?);
    for job in cut_short {
        let settled = transact(connection, places, |transaction, places| settle(transaction, places, job));
        if let Some(error) = settled.unwrap_or_else(Some) {
            tracing::warn!(%job, %error, "a move that was cut short was not finished");
            failed.push(format!("the files of `{}` could not be moved: {error}", job.short()));
        }
    }
    Ok(failed)
}

/// Finishes what was begun with a job's files, in a transaction that writes: moves them to where its row says, or
/// deletes them with the row. Where files cannot be moved, all of them go back, the row follows, and the reason is
/// returned.
pub(super) fn settle(connection: &Connection, places: &Places, job: Id) -> Result<Option<LibraryError>, Trouble> {
    let sql = "SELECT moving FROM jobs WHERE id = ?1";
    let moving: Option<i64> =
        connection.prepare_cached(sql)?.query_row([codec::hex(job)], |row| row.get(0)).optional()?;
    let Some(moving) = moving.filter(|moving| *moving != 0) else { return Ok(None) };
    let Some(record) = known(connection, places, job)? else { return Ok(None) };
    if moving == ERASING {
        return erase(connection, places, &record).map(|()| None);
    }
    let names = names(places, &record)?;
    let Err(error) = bring(places, &record, &names) else {
        shelve(connection, job, record.deleted, 0)?;
        return Ok(None);
    };
    put_back(places, &record, &names)?;
    shelve(connection, job, !record.deleted, 0)?;
    Ok(Some(error))
}

/// The job after a move that was cut short is finished, so that its files are where its record says.
pub(super) fn settled(connection: &Connection, places: &Places, job: Id) -> Result<Option<Record>, Trouble> {
    if let Some(error) = settle(connection, places, job)? {
        tracing::warn!(%job, %error, "a move that was cut short was taken back");
    }
    known(connection, places, job)
}

/// Has a job's files moved to where its row says.
pub(super) fn unsettle(connection: &Connection, job: Id) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE jobs SET moving = 1 WHERE id = ?1")?.execute([codec::hex(job)]).map(drop)
}

fn known(connection: &Connection, places: &Places, job: Id) -> Result<Option<Record>, Trouble> {
    Ok(codec::one(connection, places, "id = ?1", &codec::hex(job))?)
}

fn intend(connection: &Connection, places: &Places, job: Id, deleted: bool) -> Result<(), Trouble> {
    let record = settled(connection, places, job)?.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
    if record.deleted != deleted {
        shelve(connection, job, deleted, MOVING)?;
    }
    Ok(())
}

fn shelve(connection: &Connection, job: Id, deleted: bool, moving: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE jobs SET deleted = ?2, moving = ?3 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute((codec::hex(job), deleted, moving)).map(drop)
}

fn jobs(connection: &Connection, places: &Places, condition: &str) -> Result<Vec<Id>, LibraryError> {
    interleaving::step();
    let select = || {
        let mut jobs = connection.prepare(&format!("SELECT id FROM jobs WHERE {condition}"))?;
        let ids = jobs.query_map([], |row| codec::id(row, 0))?;
        ids.collect::<rusqlite::Result<Vec<Id>>>()
    };
    select().map_err(|error| LibraryError::of(error, &places.database()))
}

/// Has one job of the trash deleted for good, unless it has been restored by now or is still running.
fn condemn(connection: &Connection, places: &Places, job: Id) -> Result<(), Trouble> {
    let record = settled(connection, places, job)?.filter(|record| record.deleted);
    let is_running = |state| matches!(state, State::Queued | State::Sent | State::Received);
    if record.is_some_and(|record| !is_running(record.state)) {
        shelve(connection, job, true, ERASING)?;
    }
    Ok(())
}

/// Deletes one job of the trash, files first. One that a process has taken up again stays.
fn erase(connection: &Connection, places: &Places, record: &Record) -> Result<(), Trouble> {
    let lease = confined::open(places.data(), &places.lease(record.id)).ok();
    if lease.as_ref().is_some_and(|lease| matches!(lease.try_lock(), Err(fs::TryLockError::WouldBlock))) {
        return Ok(shelve(connection, record.id, true, 0)?);
    }
    for name in names(places, record)? {
        let path = places.path(&name, true);
        if is_there(&path) {
            confined::create_dir(places.data(), path.parent().unwrap_or(&path))?;
            atomic::remove(&path)?;
        }
    }
    // An open file cannot be removed there.
    if cfg!(windows) {
        drop(lease);
    }
    atomic::remove(&places.scratch(record.id))?;
    let sql = "DELETE FROM jobs WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.execute([codec::hex(record.id)]).map(drop)?)
}

/// Moves every file of a job that is not yet where its record says.
fn bring(places: &Places, record: &Record, names: &[String]) -> Result<(), LibraryError> {
    for name in names {
        let (from, to) = (places.path(name, !record.deleted), places.path(name, record.deleted));
        if !is_there(&from) {
            continue;
        }
        if is_there(&to) {
            give_way(places, &from, &to, record.id)?;
        }
        if is_there(&from) {
            carry(places, &from, &to)?;
        }
    }
    Ok(())
}

/// Takes back what [`bring`] moved. A file on both shelves was not moved: the other one was in the way.
fn put_back(places: &Places, record: &Record, names: &[String]) -> Result<(), LibraryError> {
    for name in names {
        let (from, to) = (places.path(name, record.deleted), places.path(name, !record.deleted));
        if is_there(&from) && !is_there(&to) {
            carry(places, &from, &to)?;
        }
    }
    Ok(())
}

/// Moves a file within the library: neither of its folders is a link to elsewhere.
fn carry(places: &Places, from: &Path, to: &Path) -> Result<(), LibraryError> {
    for folder in [from, to].into_iter().filter_map(Path::parent) {
        confined::create_dir(places.data(), folder)?;
    }
    Ok(atomic::move_new(from, to)?)
}

/// What has the new name already: the same file, half moved by a system that moves in two steps; an older sidecar of
/// the same job; or something that is not ours to overwrite.
fn give_way(places: &Places, from: &Path, to: &Path, job: Id) -> Result<(), LibraryError> {
    if is_same(places, from, to) {
        return Ok(atomic::remove(from)?);
    }
    if sidecar::job(places.data(), from) == Some(job) && sidecar::job(places.data(), to) == Some(job) {
        return Ok(atomic::remove(to)?);
    }
    Err(LibraryError::Occupied { job, path: to.to_owned() })
}

fn is_same(places: &Places, one: &Path, other: &Path) -> bool {
    let size = |path: &Path| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len());
    let read = |path: &Path| confined::read(places.data(), path, MAX_IMAGE).ok();
    size(one).is_some()
        && size(one) == size(other)
        && read(one).zip(read(other)).is_some_and(|(one, other)| one == other)
}

/// Whether anything has that name, a link that leads nowhere included.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The library's names of all files of a job: images, sources, sidecars.
fn names(places: &Places, record: &Record) -> Result<Vec<String>, LibraryError> {
    let files = |image: &crate::library::ImageRecord| -> Vec<PathBuf> {
        let named = [image.path.clone(), sidecar::path_of(&image.path)];
        named.into_iter().chain(image.svg.clone()).collect()
    };
    record.images.iter().flat_map(files).map(|path| places.name(&path)).collect()
}
