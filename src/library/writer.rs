//! Write transactions of the library: jobs begin, progress, end, and get labels.
//!
//! Each method is one transaction that is on disk when it returns.

use std::{fs::File, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use tintype_backends::{Ticket, Usd};

use crate::{
    failpoint::{ActiveFailpoint, Failpoint},
    id::Id,
    interleaving,
    library::{
        BudgetExceeded, Expense, JobState, LibraryError, Record, SpendingLimit, codec, commit_counter, file_moves,
        ledger, paths::LibraryPaths, schema, sidecar, spending,
    },
};

pub(super) use super::error::TransactionError;

/// The writing thread and its connection.
pub(super) struct LibraryWriter {
    pub(super) connection: Connection,
    pub(super) places: LibraryPaths,
    pub(super) crash: ActiveFailpoint,
    /// Lock that must be released after the connection is closed.
    pub(super) _in_use: Arc<File>,
}

impl LibraryWriter {
    /// Runs `work` in one transaction that waits for other writers before it reads.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &LibraryPaths) -> Result<T, TransactionError>,
    ) -> Result<T, LibraryError> {
        transact(&mut self.connection, &self.places, work)
    }

    /// Stores a new job unless it exceeds one of the limits.
    pub(super) fn begin(
        &mut self,
        record: &Record,
        limits: &[SpendingLimit],
    ) -> Result<Option<BudgetExceeded>, LibraryError> {
        self.transact(|transaction, places| {
            let exceeded_limit =
                spending::exceeded_limit(transaction, (&record.backend, spending::budget_charge(record)), limits)?;
            if exceeded_limit.is_none() {
                upsert_record(transaction, places, record)?;
            }
            Ok(exceeded_limit)
        })
    }

    /// Stores an expense unless it exceeds one of the limits.
    pub(super) fn charge(
        &mut self,
        expense: &Expense,
        limits: &[SpendingLimit],
    ) -> Result<Option<BudgetExceeded>, LibraryError> {
        let exceeded_limit = self.transact(|transaction, _| {
            let exceeded_limit = spending::exceeded_limit(transaction, (&expense.backend, expense.charge), limits)?;
            if exceeded_limit.is_none() {
                spending::store_charge(transaction, expense)?;
            }
            Ok(exceeded_limit)
        })?;
        if exceeded_limit.is_none() && expense.charge > Usd::ZERO {
            ledger::write(&self.places, expense, true);
        }
        Ok(exceeded_limit)
    }

    /// Stores the final amount of an expense.
    pub(super) fn settle_expense(&mut self, id: Id, charge: Usd) -> Result<(), LibraryError> {
        let failed = |error: rusqlite::Error| TransactionError::from(error).at(&self.places);
        if let Some(known) =
            spending::find_charge(&self.connection, id).map_err(failed)?.filter(|it| it.charge != charge)
        {
            ledger::write(&self.places, &Expense { charge, ..known }, true);
        }
        self.transact(|transaction, _| Ok(spending::settle(transaction, id, charge)?))
    }

    /// Sets the state of a job. A job that has ended keeps its state. If the state is unchanged, nothing is written.
    pub(super) fn set_state(&mut self, job: Id, state: JobState) -> Result<(), LibraryError> {
        let sql =
            "UPDATE jobs SET state = ?2 WHERE id = ?1 AND state IN ('queued', 'sent', 'received') AND state <> ?2";
        self.execute(sql, (codec::id_hex(job), state.name()))
    }

    /// Updates the record of a job that has not ended.
    pub(super) fn update_record(&mut self, job: Id, change: impl FnOnce(&mut Record)) -> Result<(), LibraryError> {
        self.transact(|transaction, places| {
            let known = codec::find_one(transaction, places, "id = ?1", &codec::id_hex(job))?;
            if let Some(mut record) = known.filter(|record| !record.state.is_final()) {
                change(&mut record);
                let sql = "UPDATE jobs SET state = ?2, facts = ?3 WHERE id = ?1";
                let values = (codec::id_hex(job), codec::state(&record), codec::record_json(&record)?);
                transaction.prepare_cached(sql)?.execute(values)?;
            }
            Ok(())
        })
    }

    pub(super) fn keep_ticket(&mut self, job: Id, ticket: &Ticket) -> Result<(), LibraryError> {
        self.execute("UPDATE jobs SET ticket = ?2 WHERE id = ?1", (codec::id_hex(job), ticket.0.to_string()))
    }

    fn execute(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<(), LibraryError> {
        self.transact(|transaction, _| Ok(transaction.execute(sql, values).map(drop)?))
    }

    /// Writes the sidecars and the charge, then the row: after a crash in between, the job is recovered as finished.
    /// Labels and trashing that the user did in the meantime is kept, and a saved job stays saved.
    pub(super) fn finish(&mut self, record: &Record, charge: Usd) -> Result<(), LibraryError> {
        let crash = self.crash;
        let is_deleted = self.transact(|transaction, places| {
            let known = file_moves::finish_move_and_read(transaction, places, record.id)?;
            if known.as_ref().is_some_and(|known| known.state == JobState::Saved) && record.state != JobState::Saved {
                return Ok(false);
            }
            let labels = known.as_ref().map_or(&record.labels, |known| &known.labels).clone();
            sidecar::write_all(places, &Record { labels, ..record.clone() })?;
            write_charge(transaction, places, record, charge)?;
            crash.hit(Failpoint::Described);
            upsert_record(transaction, places, record)?;
            spending::record_charge(transaction, record, charge)?;
            let is_deleted = known.is_some_and(|known| known.deleted);
            if is_deleted {
                file_moves::request_move(transaction, record.id)?;
            }
            Ok(is_deleted)
        })?;
        let stays = if is_deleted {
            self.transact(|transaction, places| file_moves::finish_move(transaction, places, record.id))?
        } else {
            None
        };
        if let Some(error) = stays {
            tracing::warn!(job = %record.id, %error, "a job that finished in the trash was restored");
        }
        Ok(())
    }

    /// Adds finished jobs that are missing, in one transaction. Returns the number of added jobs.
    pub(super) fn import(&mut self, records: &[Record]) -> Result<u64, LibraryError> {
        self.transact(|transaction, places| add_missing(transaction, places, records))
    }
}

/// Writes the charge of a job to the ledger, unless the job was free from the start.
fn write_charge(
    connection: &Connection,
    places: &LibraryPaths,
    record: &Record,
    charge: Usd,
) -> Result<(), TransactionError> {
    let held_back = spending::find_charge(connection, record.id)?.map(|known| known.charge);
    if charge > Usd::ZERO || held_back.is_some_and(|held_back| held_back > Usd::ZERO) {
        // The sidecars of its images hold the same charge.
        ledger::write(places, &spending::expense(record, charge), record.images.is_empty());
    }
    Ok(())
}

impl TransactionError {
    pub(super) fn at(self, places: &LibraryPaths) -> LibraryError {
        let error = match self {
            Self::Sql(error) => LibraryError::from_sqlite(error, &places.database()),
            Self::Library(error) => error,
        };
        if matches!(error, LibraryError::Damaged(_)) {
            schema::request_full_check(places);
        }
        error
    }
}

pub(super) fn transact<T>(
    connection: &mut Connection,
    places: &LibraryPaths,
    work: impl FnOnce(&Transaction<'_>, &LibraryPaths) -> Result<T, TransactionError>,
) -> Result<T, LibraryError> {
    let _held = interleaving::lock(interleaving::Lock::Database);
    let run = || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = transaction.total_changes();
        let answer = work(&transaction, places)?;
        let has_changed = transaction.total_changes() > changes;
        let commits = if has_changed { Some(commit_counter::increment(&transaction)?) } else { None };
        transaction.commit()?;
        if let Some(commits) = commits {
            commit_counter::write_count(places, commits);
        }
        Ok(answer)
    };
    run().map_err(|trouble: TransactionError| trouble.at(places))
}

/// Adds the jobs that are unknown here or have not ended here. Returns the number of added jobs.
pub(super) fn add_missing(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    records: &[Record],
) -> Result<u64, TransactionError> {
    let mut added = 0;
    for record in records {
        let sql = "SELECT state IN ('saved', 'failed', 'cancelled') FROM jobs WHERE id = ?1";
        let ended: Option<bool> =
            transaction.prepare_cached(sql)?.query_row([codec::id_hex(record.id)], |row| row.get(0)).optional()?;
        if ended != Some(true) {
            upsert_record(transaction, places, record)?;
            added += 1;
        }
    }
    Ok(added)
}

/// Inserts or updates a job and its images.
pub(super) fn upsert_record(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    record: &Record,
) -> Result<(), TransactionError> {
    let known = "SELECT key FROM jobs WHERE id = ?1";
    let known: Option<i64> =
        transaction.prepare_cached(known)?.query_row([codec::id_hex(record.id)], |row| row.get(0)).optional()?;
    let key = match known {
        Some(key) => update(transaction, key, record)?,
        None => insert(transaction, free_key(transaction, codec::sort_key(record))?, record)?,
    };
    put_images(transaction, places, key, record)?;
    Ok(spending::record_charge(transaction, record, spending::budget_charge(record))?)
}

/// Returns the first free key at or after `key`.
fn free_key(transaction: &Transaction<'_>, mut key: i64) -> rusqlite::Result<i64> {
    let mut taken = transaction.prepare_cached("SELECT 1 FROM jobs WHERE key = ?1")?;
    while taken.exists([key])? {
        key += 1;
    }
    Ok(key)
}

fn insert(transaction: &Transaction<'_>, key: i64, record: &Record) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO jobs (key, id, parent, backend, model, prompt, state, labels, deleted, facts)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    transaction.prepare_cached(sql)?.execute((
        key,
        codec::id_hex(record.id),
        record.parent.map(codec::id_hex),
        &record.backend,
        &record.model,
        &record.prompt,
        codec::state(record),
        codec::labels_json(&record.labels)?,
        record.deleted,
        codec::record_json(record)?,
    ))?;
    Ok(key)
}

/// The request is frozen, and labels belong to the user: only the outcome is written.
fn update(transaction: &Transaction<'_>, key: i64, record: &Record) -> rusqlite::Result<i64> {
    let ticket = if codec::is_open(record.state) { "ticket" } else { "NULL" };
    let sql = format!("UPDATE jobs SET state = ?2, facts = ?3, ticket = {ticket} WHERE key = ?1");
    transaction.prepare_cached(&sql)?.execute((key, codec::state(record), codec::record_json(record)?))?;
    Ok(key)
}

fn put_images(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    job: i64,
    record: &Record,
) -> Result<(), TransactionError> {
    transaction.prepare_cached("DELETE FROM images WHERE job = ?1")?.execute([job])?;
    let sql = "INSERT INTO images (id, job, place, name, svg, width, height, format, bytes, sha256)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut insert = transaction.prepare_cached(sql)?;
    for (place, image) in record.images.iter().enumerate() {
        let svg = image.svg.as_deref().map(|svg| places.name(svg)).transpose()?;
        insert.execute((
            codec::id_hex(image.id),
            job,
            place as i64,
            places.name(&image.path)?,
            svg,
            image.width,
            image.height,
            image.format.to_string(),
            image.bytes.cast_signed(),
            &image.sha256,
        ))?;
    }
    Ok(())
}
