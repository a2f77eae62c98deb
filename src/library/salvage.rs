//! Salvage of a damaged database: jobs without a sidecar, spending, and comparisons.
//!
//! Each table is read from both ends, as far as the damage allows. A row that fails its checksum is dropped, or kept
//! with a note where it is the only record of its job.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Row, Transaction, params_from_iter, types::Value};
use tintype_backends::Usd;

use crate::{
    id::Id,
    library::{
        Expense, JobState, Labels, LibraryError, Record, checksum, codec, ledger, paths::LibraryPaths, reconcile,
        spending, writer,
    },
};

/// A job and the ticket that finds it at its provider.
type SalvagedJob = (Record, Option<String>);

/// Note on a job whose row failed its checksum.
const DAMAGED_ROW_NOTE: &str = "its row in the library was damaged; these details may be wrong";

/// Counts of the salvaged jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Salvaged {
    pub(super) jobs: u64,
    /// Number of salvaged jobs that carry the `DAMAGED_ROW_NOTE` note.
    pub(super) doubtful: u64,
}

impl Salvaged {
    /// Returns a one-line notice for the user, or `None` if nothing was salvaged.
    pub(super) fn notice(self) -> Option<String> {
        let noun = if self.jobs == 1 { "job" } else { "jobs" };
        let doubt = match self.doubtful {
            0 => String::new(),
            count => format!("; {count} of them may be wrong, see their notes"),
        };
        (self.jobs > 0)
            .then(|| format!("recovered {} {noun} without an image or sidecar from the old file{doubt}", self.jobs))
    }
}

/// Copies everything from `damaged` that the sidecars did not provide.
pub(super) fn salvage_rows(
    writer: &mut Connection,
    places: &LibraryPaths,
    damaged: &Path,
) -> Result<Salvaged, LibraryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(old) = Connection::open_with_flags(damaged, flags) else { return Ok(Salvaged::default()) };
    if checksum::register(&old).is_err() {
        return Ok(Salvaged::default());
    }
    let (jobs, mut expenses) = (jobs(&old, places), expenses(&old));
    expenses.extend(ledger::read(places, &mut Vec::new()));
    writer::transact(writer, places, |transaction, places| {
        let mut carried = Salvaged::default();
        for (record, ticket) in jobs.values() {
            let is_doubtful = record.notes.last().is_some_and(|note| note == DAMAGED_ROW_NOTE);
            if is_doubtful && reconcile::has_known_image(transaction, record)? {
                continue;
            }
            let added = writer::add_missing(transaction, places, std::slice::from_ref(record))?;
            if added > 0 {
                transaction.execute("UPDATE jobs SET ticket = ?2 WHERE id = ?1", (codec::id_hex(record.id), ticket))?;
                carried.doubtful += u64::from(is_doubtful);
            }
            carried.jobs += added;
            if added > 0 && is_doubtful {
                // The spending of a doubtful job is just as doubtful.
                transaction.execute("DELETE FROM spending WHERE job = ?1", [codec::id_hex(record.id)])?;
            }
        }
        for (job, labels) in unwritten_labels(&old) {
            let sql = "UPDATE jobs SET labels = ?2 WHERE id = ?1 AND labels IS NOT ?2";
            transaction.execute(sql, (codec::id_hex(job), codec::labels_json(&labels)?))?;
        }
        expenses.values().try_for_each(|expense| spending::store_charge(transaction, expense))?;
        for table in ["runs", "shots", "pairs", "ballots"] {
            copy(&old, transaction, table);
        }
        Ok(carried)
    })
}

/// Returns the labels of intact rows that had not reached their sidecars.
fn unwritten_labels(old: &Connection) -> Vec<(Id, Labels)> {
    let intact = checksum::is_intact(checksum::JOBS);
    let sql = format!(
        "SELECT id, labels FROM jobs WHERE key IN (SELECT key FROM pending_sidecars) AND {intact} ORDER BY key"
    );
    readable(old, &sql, |row| Ok(Some((codec::id(row, 0)?, codec::labels(row, 1)?))))
}

/// Returns every readable job once. An intact row wins over a damaged one.
fn jobs(old: &Connection, places: &LibraryPaths) -> BTreeMap<Id, SalvagedJob> {
    // A database of an older version has marks instead of labels.
    let marks = "iif(marked = 1, '{\"favorite\":true}', '{}')";
    let labels = if old.prepare("SELECT labels FROM jobs").is_ok() { "labels" } else { marks };
    let select =
        |intact: &str| format!("SELECT key, facts, state, {labels}, deleted, ticket, {intact} FROM jobs ORDER BY key");
    let mut images = codec::images(old).ok();
    let mut read = |row: &Row<'_>| job(row, images.as_deref_mut(), places);
    let present = readable(old, &select(&checksum::is_intact(checksum::JOBS)), &mut read);
    // The database was damaged before its rows had checksums.
    let found = if present.is_empty() { readable(old, &select("NULL"), &mut read) } else { present };
    found.into_iter().collect()
}

fn job(
    row: &Row<'_>,
    images: Option<&mut rusqlite::Statement<'_>>,
    places: &LibraryPaths,
) -> rusqlite::Result<Option<(Id, SalvagedJob)>> {
    let facts: String = row.get(1)?;
    let Ok(mut record) = serde_json::from_str::<Record>(&facts) else { return Ok(None) };
    record.state = codec::json_enum(row, 2)?;
    // Damaged labels must not cost a job that may be billed; the row gets its note anyway.
    (record.labels, record.deleted) = (codec::labels(row, 3).unwrap_or_default(), row.get(4)?);
    if let Some(images) = images {
        record.images = codec::job_images(images, row.get(0)?, record.deleted, places).unwrap_or_default();
    }
    if row.get::<_, Option<bool>>(6)? == Some(false) {
        record.notes.push(DAMAGED_ROW_NOTE.to_owned());
    }
    let ticket = row.get(5)?;
    // A saved job with images is already known from its sidecars.
    let is_told = record.state != JobState::Saved || !record.images.is_empty();
    Ok(is_told.then_some((record.id, (record, ticket))))
}

/// Returns the spending, from intact rows only.
fn expenses(old: &Connection) -> BTreeMap<Id, Expense> {
    let select =
        |condition: &str| format!("SELECT job, at, backend, charge FROM spending WHERE {condition} ORDER BY job");
    let present = readable(old, &select(&checksum::is_intact("job, at, backend, charge")), expense);
    let has_checksums = old.prepare("SELECT checksum FROM spending").is_ok();
    let found = if has_checksums { present } else { readable(old, &select("1"), expense) };
    found.into_iter().collect()
}

fn expense(row: &Row<'_>) -> rusqlite::Result<Option<(Id, Expense)>> {
    let id = codec::id(row, 0)?;
    let Ok(at) = Timestamp::from_microsecond(row.get(1)?) else { return Ok(None) };
    let charge = Usd::from_nanos(row.get::<_, i64>(3)?.cast_unsigned());
    Ok(Some((id, Expense { id, at, backend: row.get(2)?, charge })))
}

/// Returns the rows of a query in order, and also from the other end in case something in the middle is unreadable.
fn readable<T>(old: &Connection, sql: &str, mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>) -> Vec<T> {
    let mut found = Vec::new();
    for order in ["ASC", "DESC"] {
        let Ok(mut statement) = old.prepare(&format!("{sql} {order}")) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            found.extend(read(row).ok().flatten());
        }
    }
    found
}

/// Copies the intact rows of a table that are still missing.
fn copy(old: &Connection, transaction: &Transaction<'_>, table: &str) {
    let Some((_, columns)) = checksum::TABLES.into_iter().find(|(name, _)| *name == table) else { return };
    let count = columns.split(',').count();
    let first = columns.split(',').next().unwrap_or(columns);
    let sql = format!("SELECT {columns} FROM {table} WHERE {} ORDER BY {first}", checksum::is_intact(columns));
    let rows = readable(old, &sql, |row| {
        (0..count).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>().map(Some)
    });
    let marks = vec!["?"; count].join(", ");
    let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
    for row in rows {
        // A row that is already there, or that refers to a lost row, is rejected.
        if let Err(error) = transaction.execute(&insert, params_from_iter(row)) {
            tracing::debug!(table, %error, "a row of the damaged library was not copied");
        }
    }
}
