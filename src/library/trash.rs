//! The trash: it holds a deleted job and its files until it is emptied.

use rusqlite::Connection;

use crate::{
    id::Id,
    library::{
        LibraryError, State,
        moves::{self, ERASING, MOVING, known, settle, settled, shelve},
        places::Places,
        write::{Trouble, Writer, transact},
    },
};

/// Number of attempts at a deletion or restoration that another process reverts at the same time.
const ATTEMPTS: u32 = 2;

impl Writer {
    /// Moves a job's files to the trash or back.
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

    /// Deletes the contents of the trash, files first, and returns the number of jobs. A running job is kept, because
    /// its process holds its folder.
    pub(super) fn empty_trash(&mut self) -> Result<u64, LibraryError> {
        let mut gone = 0;
        let failed = |error| LibraryError::of(error, &self.places.database());
        let jobs = moves::jobs(&self.connection, "deleted = 1").map_err(failed)?;
        for job in jobs {
            self.transact(|transaction, places| condemn(transaction, places, job))?;
            gone += u64::from(self.transact(|transaction, places| {
                settle(transaction, places, job)?;
                Ok(known(transaction, places, job)?.is_none())
            })?);
        }
        Ok(gone)
    }
}

/// Finishes interrupted moves and returns the ones that failed, one line each.
pub(super) fn finish_moves(connection: &mut Connection, places: &Places) -> Result<Vec<String>, LibraryError> {
    let mut failed = Vec::new();
    let begun = moves::begun(connection).map_err(|error| LibraryError::of(error, &places.database()))?;
    for job in begun {
        let settled = transact(connection, places, |transaction, places| settle(transaction, places, job));
        if let Some(error) = settled.unwrap_or_else(Some) {
            tracing::warn!(%job, %error, "a move that was cut short was not finished");
            failed.push(format!("the files of `{}` could not be moved: {error}", job.short()));
        }
    }
    Ok(failed)
}

fn intend(connection: &Connection, places: &Places, job: Id, deleted: bool) -> Result<(), Trouble> {
    let record = settled(connection, places, job)?.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
    if record.deleted != deleted {
        shelve(connection, job, deleted, MOVING)?;
    }
    Ok(())
}

/// Marks one trashed job for permanent deletion, unless it has been restored or is still running.
fn condemn(connection: &Connection, places: &Places, job: Id) -> Result<(), Trouble> {
    let record = settled(connection, places, job)?.filter(|record| record.deleted);
    let is_running = |state| matches!(state, State::Queued | State::Sent | State::Received);
    if record.is_some_and(|record| !is_running(record.state)) {
        shelve(connection, job, true, ERASING)?;
    }
    Ok(())
}
