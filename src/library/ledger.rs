//! Ledger of charges, one line each, in files beside the database, so that spending survives the loss of the database.
//!
//! A line holds an amount and no prompt. A later line about the same charge replaces an earlier one.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tintype_backends::Usd;

use crate::{
    atomic_file::{self, FileError},
    confined::{self, MAX_IMAGE},
    id::Id,
    library::{
        Expense,
        checksum::{self, ChecksumStatus},
        paths::LibraryPaths,
        spending,
    },
};

/// One charge as a line of the ledger.
#[derive(Serialize, Deserialize)]
struct LedgerLine {
    id: Id,
    at: Timestamp,
    backend: String,
    /// Amount in nanodollars, billionths of a US dollar.
    nanos: u64,
}

/// Appends a charge. Failures are only logged, because the database holds the charge as well.
pub(super) fn write(places: &LibraryPaths, expense: &Expense, durable: bool) {
    let file = file(places, expense.at);
    let written = confined::create_dir(places.data(), &places.ledger())
        .and_then(|()| confined::check_file(&file))
        .and_then(|()| atomic_file::append_line(&file, &line(expense)?, durable));
    if let Err(error) = written {
        tracing::warn!(%error, "a charge was not written to the ledger");
    }
}

/// Creates the ledger from the database if there is none yet.
pub(super) fn create_from_database(connection: &Connection, places: &LibraryPaths) -> Result<(), FileError> {
    if places.ledger().exists() {
        return Ok(());
    }
    let expenses = spending::all_charges(connection)
        .map_err(|error| FileError::new("write", &places.ledger(), io::Error::other(error)))?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for expense in expenses.iter().filter(|expense| expense.charge > Usd::ZERO) {
        let text = files.entry(file(places, expense.at)).or_default();
        text.push_str(&line(expense)?);
        text.push('\n');
    }
    if !files.is_empty() {
        confined::create_dir(places.data(), &places.ledger())?;
    }
    files.iter().try_for_each(|(path, text)| atomic_file::replace(path, text.as_bytes()))
}

/// Reads the latest line of each charge. A line that fails its checksum is skipped and reported.
pub(super) fn read(places: &LibraryPaths, skipped: &mut Vec<String>) -> BTreeMap<Id, Expense> {
    let mut paths: Vec<PathBuf> = fs::read_dir(places.ledger())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|found| found.is_file()))
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    let mut expenses = BTreeMap::new();
    for path in paths {
        let text = match confined::read(places.data(), &path, MAX_IMAGE) {
            Ok(text) => text,
            Err(error) => {
                skipped.push(format!("`{}`: {}", path.display(), error.source));
                continue;
            }
        };
        for (number, line) in text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            match charge(line) {
                Some(expense) => drop(expenses.insert(expense.id, expense)),
                None => skipped.push(format!("`{}`: line {} is damaged", path.display(), number + 1)),
            }
        }
    }
    expenses
}

fn charge(line: &[u8]) -> Option<Expense> {
    if checksum::verify_seal(line) != ChecksumStatus::Intact {
        return None;
    }
    let LedgerLine { id, at, backend, nanos } = serde_json::from_slice(line).ok()?;
    Some(Expense { id, at, backend, charge: Usd::from_nanos(nanos) })
}

fn line(expense: &Expense) -> Result<String, FileError> {
    let Expense { id, at, backend, charge } = expense.clone();
    let line = serde_json::to_string(&LedgerLine { id, at, backend, nanos: charge.nanos() });
    line.map(|line| checksum::seal(&line)).map_err(|error| FileError::new("write", "the ledger".as_ref(), error.into()))
}

/// Returns the file of a month, by UTC. Which file holds a line has no meaning.
fn file(places: &LibraryPaths, at: Timestamp) -> PathBuf {
    places.ledger().join(format!("{}.jsonl", at.to_zoned(TimeZone::UTC).strftime("%Y-%m")))
}
