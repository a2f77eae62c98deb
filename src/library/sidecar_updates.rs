//! Labels in the rows and in the sidecars: all rows are changed first, in one transaction, and the sidecars follow.
//!
//! A trigger notes the jobs whose sidecars lack the labels of the row, so any later process can finish the work.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use crate::{
    id::Id,
    library::{
        LabelChange, Labels, LibraryError, codec, file_moves,
        paths::LibraryPaths,
        sidecar,
        writer::{LibraryWriter, TransactionError},
    },
};

/// Number of jobs whose sidecars are written before other operations get their turn.
const STEP: u32 = 32;

/// Number of jobs up to which the sidecars are written right after the rows.
const FEW: usize = 16;

impl LibraryWriter {
    /// Changes the labels of jobs, all or none of them. Returns the number of changed jobs.
    pub(super) fn change_labels(&mut self, ids: &[Id], change: &LabelChange) -> Result<u64, LibraryError> {
        let changed = self.transact(|transaction, _| {
            let changed = ids.iter().map(|id| change_job(transaction, *id, change)).collect::<Result<Vec<_>, _>>()?;
            Ok(changed.into_iter().flatten().collect::<Vec<i64>>())
        })?;
        if changed.len() <= FEW {
            for key in &changed {
                self.write_job_sidecars(*key);
            }
        }
        Ok(changed.len() as u64)
    }

    /// Writes the sidecars of the next jobs that lack labels, starting at `from`. Returns the key to continue with.
    pub(super) fn write_pending_sidecars(&mut self, from: i64) -> Result<Option<i64>, LibraryError> {
        let keys = pending(&self.connection, from).map_err(|error| TransactionError::from(error).at(&self.places))?;
        for key in &keys {
            self.write_job_sidecars(*key);
        }
        Ok(keys.last().map(|key| key + 1))
    }

    /// Writes the sidecars of one job. If that fails, they stay noted: the labels are in the row, and the other jobs must
    /// not wait.
    fn write_job_sidecars(&mut self, key: i64) {
        if let Err(error) = self.transact(|transaction, places| write_sidecars(transaction, places, key)) {
            tracing::warn!(key, %error, "labels were not written to a sidecar");
        }
    }

    /// Returns the job with this id, or the job of the image with this id.
    pub(super) fn owner(&self, id: Id) -> Result<Id, LibraryError> {
        let sql = "SELECT id FROM jobs WHERE id = ?1 OR key = (SELECT job FROM images WHERE id = ?1)";
        let found =
            || self.connection.prepare_cached(sql)?.query_row([codec::id_hex(id)], |row| codec::id(row, 0)).optional();
        let found = found().map_err(|error| TransactionError::from(error).at(&self.places))?;
        found.ok_or_else(|| LibraryError::NotFound(id.to_string()))
    }
}

/// Notes that the sidecars of a job lack the labels of its row.
pub(super) fn request(connection: &Connection, job: Id) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO pending_sidecars SELECT key FROM jobs WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([codec::id_hex(job)]).map(drop)
}

/// Returns whether the sidecars of a job lack the labels of its row.
pub(super) fn is_pending(connection: &Connection, key: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM pending_sidecars WHERE key = ?1")?.exists([key])
}

fn pending(connection: &Connection, from: i64) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT key FROM pending_sidecars WHERE key >= ?1 ORDER BY key LIMIT ?2";
    connection.prepare_cached(sql)?.query_map((from, STEP), |row| row.get(0))?.collect()
}

/// Changes the labels of one job; returns its key if anything changed.
fn change_job(transaction: &Transaction<'_>, id: Id, change: &LabelChange) -> Result<Option<i64>, TransactionError> {
    let sql = "SELECT key, labels FROM jobs WHERE id = ?1 OR key = (SELECT job FROM images WHERE id = ?1)";
    let found: Option<(i64, Labels)> = transaction
        .prepare_cached(sql)?
        .query_row([codec::id_hex(id)], |row| Ok((row.get(0)?, codec::labels(row, 1)?)))
        .optional()?;
    let (key, known) = found.ok_or_else(|| LibraryError::NotFound(id.to_string()))?;
    let mut labels = known.clone();
    change.apply(&mut labels)?;
    if labels != known {
        let sql = "UPDATE jobs SET labels = ?2 WHERE key = ?1";
        transaction.prepare_cached(sql)?.execute((key, codec::labels_json(&labels)?))?;
    }
    Ok((labels != known).then_some(key))
}

/// Writes the sidecars of one job. The write lock of the database keeps its files where they are.
fn write_sidecars(transaction: &Transaction<'_>, places: &LibraryPaths, key: i64) -> Result<(), TransactionError> {
    let known = codec::find_one(transaction, places, "key = ?1", &key)?;
    let record = match known {
        Some(record) => file_moves::finish_move_and_read(transaction, places, record.id)?,
        None => None,
    };
    if let Some(record) = record {
        sidecar::write_all(places, &record)?;
    }
    transaction.prepare_cached("DELETE FROM pending_sidecars WHERE key = ?1")?.execute([key])?;
    Ok(())
}
