//! The trash: it holds a deleted job and its files until it is emptied.

use rusqlite::Connection;

use crate::{
    id::Id,
    library::{
        JobState, LibraryError,
        file_moves::{self, ERASING, MOVING, finish_move, finish_move_and_read, read_job, set_target},
        paths::LibraryPaths,
        writer::{LibraryWriter, TransactionError, transact},
    },
};

/// Number of attempts at a deletion or restoration that another process reverts at the same time.
const ATTEMPTS: u32 = 2;

impl LibraryWriter {
    /// Moves a job's files to the trash or back.
    pub(super) fn set_deleted(&mut self, job: Id, deleted: bool) -> Result<(), LibraryError> {
        for _ in 0..ATTEMPTS {
            self.transact(|transaction, places| request_trash(transaction, places, job, deleted))?;
            let (failed, row) = self.transact(|transaction, places| {
                let failed = finish_move(transaction, places, job)?;
                Ok((failed, read_job(transaction, places, job)?))
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

    /// Moves the files of jobs to the trash or back. Returns the jobs whose files could not be moved.
    pub(super) fn set_all_deleted(&mut self, ids: &[Id], deleted: bool) -> Vec<(Id, LibraryError)> {
        let mut failed = Vec::new();
        for id in ids {
            let moved = self.owner(*id).and_then(|job| self.set_deleted(job, deleted));
            failed.extend(moved.err().map(|error| (*id, error)));
        }
        failed
    }

    /// Deletes the contents of the trash, files first, and returns the number of jobs. A running job is kept, because
    /// its process holds its folder.
    pub(super) fn empty_trash(&mut self) -> Result<u64, LibraryError> {
        let mut gone = 0;
        let failed = |error| LibraryError::from_sqlite(error, &self.places.database());
        let jobs = file_moves::jobs(&self.connection, "deleted = 1").map_err(failed)?;
        for job in jobs {
            self.transact(|transaction, places| mark_for_deletion(transaction, places, job))?;
            gone += u64::from(self.transact(|transaction, places| {
                finish_move(transaction, places, job)?;
                Ok(read_job(transaction, places, job)?.is_none())
            })?);
        }
        Ok(gone)
    }
}

/// Finishes interrupted moves and returns the ones that failed, one line each.
pub(super) fn finish_moves(connection: &mut Connection, places: &LibraryPaths) -> Result<Vec<String>, LibraryError> {
    let mut failed = Vec::new();
    let pending_moves =
        file_moves::pending_moves(connection).map_err(|error| LibraryError::from_sqlite(error, &places.database()))?;
    for job in pending_moves {
        let moved = transact(connection, places, |transaction, places| finish_move(transaction, places, job));
        if let Some(error) = moved.unwrap_or_else(Some) {
            tracing::warn!(%job, %error, "an interrupted move was not completed");
            failed.push(format!("the files of `{}` could not be moved: {error}", job.short()));
        }
    }
    Ok(failed)
}

fn request_trash(
    connection: &Connection,
    places: &LibraryPaths,
    job: Id,
    deleted: bool,
) -> Result<(), TransactionError> {
    let record =
        finish_move_and_read(connection, places, job)?.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
    if record.deleted != deleted {
        set_target(connection, job, deleted, MOVING)?;
    }
    Ok(())
}

/// Marks one trashed job for permanent deletion, unless it has been restored or is still running.
fn mark_for_deletion(connection: &Connection, places: &LibraryPaths, job: Id) -> Result<(), TransactionError> {
    let record = finish_move_and_read(connection, places, job)?.filter(|record| record.deleted);
    let is_running = |state| matches!(state, JobState::Queued | JobState::Sent | JobState::Received);
    if record.is_some_and(|record| !is_running(record.state)) {
        set_target(connection, job, true, ERASING)?;
    }
    Ok(())
}
