//! Runs, pairs and ballots in the library.
//!
//! Ballots are append-only, which database triggers enforce as well. Their meaning is decided in `compare`.

use std::{fs, path::Path};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    atomic_file::{self, FileError},
    confined::{self, MAX_JSON},
    id::Id,
    library::{Ballot, ComparisonPair, ComparisonRun, Library, LibraryError, RunShot, codec, paths::LibraryPaths},
};

impl Library {
    /// Stores a new run.
    pub async fn add_run(&self, run: &ComparisonRun) -> Result<(), LibraryError> {
        let (id, facts) = (codec::id_hex(run.id), facts(run));
        let sql = "INSERT INTO runs (id, facts) VALUES (?1, ?2)";
        self.change(move |transaction| transaction.execute(sql, (id, facts?)).map(drop)).await
    }

    /// Returns every run, newest first.
    pub async fn runs(&self) -> Result<Vec<ComparisonRun>, LibraryError> {
        self.run_if_awaited(|reader| all(&reader.connection, "SELECT facts FROM runs ORDER BY key DESC", [])).await
    }

    /// Assigns a shot of a run to `job` unless another job has it already. Returns the assigned job.
    pub async fn claim_shot(&self, run: Id, place: u32, job: Id) -> Result<Id, LibraryError> {
        self.change(move |transaction| {
            let claim = "INSERT INTO shots (run, place, job) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            transaction.execute(claim, (codec::id_hex(run), place, codec::id_hex(job)))?;
            let sql = "SELECT job FROM shots WHERE run = ?1 AND place = ?2";
            transaction.query_row(sql, (codec::id_hex(run), place), |row| codec::id(row, 0))
        })
        .await
    }

    /// Reassigns a shot from `old` to `new` if `old` still has it. Returns whether it did.
    pub async fn replace_shot(&self, run: Id, place: u32, old: Id, new: Id) -> Result<bool, LibraryError> {
        let sql = "UPDATE shots SET job = ?4, first_preview = NULL WHERE run = ?1 AND place = ?2 AND job = ?3";
        let values = (codec::id_hex(run), place, codec::id_hex(old), codec::id_hex(new));
        self.change(move |transaction| Ok(transaction.execute(sql, values)? > 0)).await
    }

    /// Stores when the first preview of a shot arrived, in seconds after submit.
    pub async fn note_first_preview(&self, run: Id, place: u32, seconds: f64) -> Result<(), LibraryError> {
        let sql = "UPDATE shots SET first_preview = ?3 WHERE run = ?1 AND place = ?2";
        self.change(move |transaction| transaction.execute(sql, (codec::id_hex(run), place, seconds)).map(drop)).await
    }

    /// Returns the started shots of a run, in order.
    pub async fn shots(&self, run: Id) -> Result<Vec<RunShot>, LibraryError> {
        let sql = "SELECT place, job, first_preview FROM shots WHERE run = ?1 ORDER BY place";
        self.run_if_awaited(move |reader| {
            reader.connection.prepare_cached(sql)?.query_map([codec::id_hex(run)], shot)?.collect()
        })
        .await
    }

    /// Stores a pair. `place` is its position in the run; a pair without votes in that position is replaced.
    pub async fn add_pair(&self, pair: &ComparisonPair, place: Option<u32>) -> Result<(), LibraryError> {
        let (id, run, facts) = (codec::id_hex(pair.id), pair.run.map(codec::id_hex), facts(pair));
        self.change(move |transaction| {
            transaction.execute("DELETE FROM pairs WHERE run = ?1 AND place = ?2", (&run, place))?;
            let sql = "INSERT INTO pairs (id, run, place, facts) VALUES (?1, ?2, ?3, ?4)";
            transaction.execute(sql, (id, run, place, facts?)).map(drop)
        })
        .await
    }

    /// Returns the pairs of a run with their positions, without mirrored ones.
    pub async fn pairs_of(&self, run: Id) -> Result<Vec<(u32, ComparisonPair)>, LibraryError> {
        let sql = "SELECT place, facts FROM pairs WHERE run = ?1 AND place IS NOT NULL ORDER BY place";
        self.run_if_awaited(move |reader| {
            let mut statement = reader.connection.prepare_cached(sql)?;
            statement.query_map([codec::id_hex(run)], |row| Ok((row.get(0)?, read(row, 1)?)))?.collect()
        })
        .await
    }

    /// Returns every pair, oldest first, including mirrored ones.
    pub async fn pairs(&self) -> Result<Vec<ComparisonPair>, LibraryError> {
        self.run_if_awaited(|reader| all(&reader.connection, "SELECT facts FROM pairs ORDER BY key", [])).await
    }

    /// Returns the pair with the given id.
    pub async fn pair(&self, pair: Id) -> Result<Option<ComparisonPair>, LibraryError> {
        let sql = "SELECT facts FROM pairs WHERE id = ?1";
        self.run_if_awaited(move |reader| {
            reader.connection.prepare_cached(sql)?.query_row([codec::id_hex(pair)], |row| read(row, 0)).optional()
        })
        .await
    }

    /// Stores a ballot permanently: first in a file of its own, then as a row.
    pub async fn add_ballot(&self, ballot: &Ballot) -> Result<(), LibraryError> {
        let ballot = ballot.clone();
        self.writer
            .run(move |writer| {
                let folder = writer.places.ballots();
                confined::create_dir(writer.places.data(), &folder)?;
                let path = folder.join(format!("{}.json", ballot.id));
                let json = serde_json::to_vec(&ballot).map_err(|error| ballot_write_error(&path, error))?;
                atomic_file::write_new(&path, &json)?;
                let written = writer.transact(|transaction, _| Ok(insert(transaction, &ballot)?));
                // A ballot that was not counted must not reappear after a rebuild.
                written.inspect_err(|_| drop(atomic_file::remove(&path)))
            })
            .await
    }

    /// Returns every ballot in the order in which they were cast.
    pub async fn ballots(&self) -> Result<Vec<Ballot>, LibraryError> {
        self.run_if_awaited(|reader| all(&reader.connection, "SELECT facts FROM ballots ORDER BY key", [])).await
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LibraryError> {
        self.writer.run(move |writer| writer.transact(|transaction, _| Ok(work(transaction)?))).await
    }
}

fn ballot_write_error(path: &Path, error: serde_json::Error) -> FileError {
    FileError::new("write", path, std::io::Error::other(error))
}

fn insert(connection: &Connection, ballot: &Ballot) -> rusqlite::Result<()> {
    let sql = "INSERT INTO ballots (id, pair, facts) VALUES (?1, ?2, ?3)";
    connection
        .prepare_cached(sql)?
        .execute((codec::id_hex(ballot.id), codec::id_hex(ballot.pair), facts(ballot)?))
        .map(drop)
}

/// Adds the ballots that have a file but no row, in the order in which they were cast. Unreadable ones are skipped and
/// reported.
pub(super) fn restore(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    skipped: &mut Vec<String>,
) -> rusqlite::Result<u64> {
    let mut ballots: Vec<Ballot> = Vec::new();
    for entry in fs::read_dir(places.ballots()).into_iter().flatten().flatten() {
        let path = entry.path();
        let read = confined::read(places.data(), &path, MAX_JSON).map_err(|error| error.to_string());
        match read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())) {
            Ok(ballot) => ballots.push(ballot),
            Err(_) if path.extension().is_none_or(|extension| extension != "json") => {}
            Err(error) => skipped.push(format!("`{}`: {error}", path.display())),
        }
    }
    ballots.sort_by_key(|ballot| (ballot.at, ballot.id));
    let mut added = 0;
    for ballot in ballots {
        let known =
            transaction.prepare_cached("SELECT 1 FROM ballots WHERE id = ?1")?.exists([codec::id_hex(ballot.id)])?;
        if !known {
            insert(transaction, &ballot)?;
            added += 1;
        }
    }
    Ok(added)
}

fn facts(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str().map_err(|error| codec::conversion_error(column, error))?;
    serde_json::from_str(text).map_err(|error| codec::conversion_error(column, error))
}

fn all<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(values, |row| read(row, 0))?.collect()
}

fn shot(row: &Row<'_>) -> rusqlite::Result<RunShot> {
    Ok(RunShot { place: row.get(0)?, job: codec::id(row, 1)?, first_preview_seconds: row.get(2)? })
}
