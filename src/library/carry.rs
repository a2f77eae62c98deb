//! What a damaged database still tells: jobs without an image, which have no sidecar, and what was spent.
//! It is read from both ends, as far as each goes; what cannot be read is left out.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Row};
use tintype_backends::Usd;

use crate::{
    id::Id,
    library::{Expense, LibraryError, Record, State, codec, places::Places, spend, write},
};

/// A job, and the ticket by which its provider finds it.
type Job = (Record, Option<String>);

/// Brings over from `damaged` what the sidecars did not tell; returns how many jobs.
pub(super) fn carry_over(writer: &mut Connection, places: &Places, damaged: &Path) -> Result<u64, LibraryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(old) = Connection::open_with_flags(damaged, flags) else { return Ok(0) };
    let jobs: BTreeMap<Id, Job> =
        readable(&old, "SELECT id, facts, state, marked, deleted, ticket FROM jobs ORDER BY key", job);
    let expenses: BTreeMap<Id, Expense> =
        readable(&old, "SELECT job, at, backend, charge FROM spending ORDER BY job", expense);
    write::transact(writer, places, |transaction, places| {
        let mut carried = 0;
        for (record, ticket) in jobs.values() {
            carried += write::add_missing(transaction, places, std::slice::from_ref(record))?;
            transaction.execute("UPDATE jobs SET ticket = ?2 WHERE id = ?1", (codec::hex(record.id), ticket))?;
        }
        expenses.values().try_for_each(|expense| spend::spend(transaction, expense))?;
        Ok(carried)
    })
}

/// The rows of a query in order, and from the other end as well, in case something in the middle cannot be read.
fn readable<T>(
    old: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<Option<(Id, T)>>,
) -> BTreeMap<Id, T> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let Ok(mut statement) = old.prepare(&format!("{sql} {order}")) else { continue };
        let Ok(mut rows) = statement.query([]) else { continue };
        while let Ok(Some(row)) = rows.next() {
            found.extend(read(row).ok().flatten());
        }
    }
    found
}

/// A job that has no images; those that have are known from their sidecars, with their files.
fn job(row: &Row<'_>) -> rusqlite::Result<Option<(Id, Job)>> {
    let facts: String = row.get(1)?;
    let Ok(mut record) = serde_json::from_str::<Record>(&facts) else { return Ok(None) };
    record.state = codec::named(row, 2)?;
    (record.marked, record.deleted) = (row.get(3)?, row.get(4)?);
    let ticket = row.get(5)?;
    Ok((record.state != State::Saved).then_some((record.id, (record, ticket))))
}

fn expense(row: &Row<'_>) -> rusqlite::Result<Option<(Id, Expense)>> {
    let id = codec::id(row, 0)?;
    let Ok(at) = Timestamp::from_microsecond(row.get(1)?) else { return Ok(None) };
    let charge = Usd::from_nanos(row.get::<_, i64>(3)?.cast_unsigned());
    Ok(Some((id, Expense { id, at, backend: row.get(2)?, charge })))
}
