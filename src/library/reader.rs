//! Read queries of the library: history pages, single records, ids, prompts.
//!
//! Its connection is read-only.

use std::{collections::HashSet, fs::File, sync::Arc};

use jiff::{Zoned, civil::Date};
use rusqlite::{Connection, OptionalExtension as _};
use tintype_backends::Ticket;

use crate::{
    id::Id,
    interleaving,
    library::{
        ImageRecord, LibraryError, Page, Query, Record, codec,
        paths::LibraryPaths,
        search,
        search_language::{KnownValues, Search},
        writer::TransactionError,
    },
};

/// The reading thread and its cached results.
pub(super) struct LibraryReader {
    pub(super) connection: Connection,
    pub(super) places: LibraryPaths,
    /// Results of the latest queries, with the version of the shelf that they are valid for.
    known: Vec<(Query, QueryResult)>,
    shelf: i64,
    /// Day on which the cached results were found: `after:today` means another one tomorrow.
    day: Date,
    /// Lock that must be released after the connection is closed.
    _in_use: Arc<File>,
}

/// Result of a query.
#[derive(Clone)]
enum QueryResult {
    /// Everything in the trash, or everything that is not, paged through the index.
    Whole { trash: bool, total: u64 },
    /// The matching keys, in the order of the query.
    Keys(Arc<[i64]>),
}

/// Length of the short form of an id, in digits.
const SHORT_ID_DIGITS: usize = 8;

/// Number of cached queries: the plain history, and what is being typed.
const CACHED_QUERIES: usize = 4;

impl LibraryReader {
    pub(super) fn new(connection: Connection, places: LibraryPaths, in_use: Arc<File>) -> Self {
        Self { connection, places, known: Vec::new(), shelf: -1, day: Date::ZERO, _in_use: in_use }
    }

    /// Runs `work` and converts its error to a [`LibraryError`].
    pub(super) fn read<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, TransactionError>,
    ) -> Result<T, LibraryError> {
        interleaving::step();
        work(self).map_err(|trouble| trouble.at(&self.places))
    }

    pub(super) fn page(&mut self, query: Query, offset: u64, limit: u32) -> Result<Page, TransactionError> {
        let (total, keys) = match self.cached_result(&query)? {
            QueryResult::Whole { trash, total } => {
                (total, search::page_keys(&self.connection, trash, offset.min(total), limit)?)
            }
            QueryResult::Keys(keys) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(keys.len());
                let end = start.saturating_add(limit as usize).min(keys.len());
                (keys.len() as u64, keys[start..end].to_vec())
            }
        };
        Ok(Page { query, offset: offset.min(total), total, records: self.records(&keys)? })
    }

    /// Returns the ids of all jobs that match, in the order of the query.
    pub(super) fn matching_jobs(&mut self, query: &Query) -> Result<Vec<Id>, TransactionError> {
        let keys = match self.cached_result(query)? {
            QueryResult::Whole { trash, total: _ } => search::page_keys(&self.connection, trash, 0, u32::MAX)?.into(),
            QueryResult::Keys(keys) => keys,
        };
        let mut ids = self.connection.prepare_cached("SELECT id FROM jobs WHERE key = ?1")?;
        let mut find = |key: &i64| ids.query_row([key], |row| codec::id(row, 0)).optional();
        Ok(keys.iter().filter_map(|key| find(key).transpose()).collect::<Result<_, _>>()?)
    }

    /// Reads the records of the given keys. A row may have been deleted since its key was found; the next page reflects
    /// that. A row that cannot be parsed is skipped, so that it does not hide the others.
    fn records(&self, keys: &[i64]) -> rusqlite::Result<Vec<Record>> {
        let sql = format!("SELECT {} FROM jobs WHERE key = ?1", codec::COLUMNS);
        let mut jobs = self.connection.prepare_cached(&sql)?;
        let mut images = codec::images(&self.connection)?;
        let mut read = |key| match jobs.query_row([key], |row| codec::record(row, &mut images, &self.places)) {
            Err(error @ rusqlite::Error::FromSqlConversionFailure(..)) => {
                tracing::warn!(key, %error, "a row cannot be parsed");
                Ok(None)
            }
            read => read.optional(),
        };
        keys.iter().filter_map(|key| read(key).transpose()).collect()
    }

    /// Returns how many records come before this one.
    pub(super) fn position(&mut self, query: &Query, job: Id) -> Result<Option<u64>, TransactionError> {
        let sql = "SELECT key, deleted FROM jobs WHERE id = ?1";
        let row: Option<(i64, bool)> = self
            .connection
            .prepare_cached(sql)?
            .query_row([codec::id_hex(job)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((key, deleted)) = row else { return Ok(None) };
        match self.cached_result(query)? {
            QueryResult::Keys(keys) => Ok(keys.iter().position(|other| *other == key).map(|place| place as u64)),
            QueryResult::Whole { trash, .. } if deleted != trash => Ok(None),
            QueryResult::Whole { trash, .. } => Ok(Some(search::count_newer(&self.connection, trash, key)?)),
        }
    }

    /// Runs a query, or returns the cached result if the shelf has not changed.
    fn cached_result(&mut self, query: &Query) -> Result<QueryResult, TransactionError> {
        let (now, today) = (self.counter("shelf")?, Zoned::now().date());
        if (now, today) != (self.shelf, self.day) {
            self.known.clear();
            (self.shelf, self.day) = (now, today);
        }
        if let Some((_, cached_result)) = self.known.iter().find(|(known, _)| known == query) {
            return Ok(cached_result.clone());
        }
        let cached_result = match search::whole_shelf(query)? {
            Some(trash) => QueryResult::Whole { trash, total: search::count(&self.connection, trash)? },
            None => QueryResult::Keys(search::matching(&self.connection, &Search::parse(&query.text)?)?.into()),
        };
        if self.known.len() == CACHED_QUERIES {
            self.known.remove(0);
        }
        self.known.push((query.clone(), cached_result.clone()));
        Ok(cached_result)
    }

    /// Reads one of the counters that every change increments.
    pub(super) fn counter(&self, name: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT value FROM counters WHERE name = ?1";
        self.connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))
    }

    pub(super) fn record(&self, job: Id) -> rusqlite::Result<Option<Record>> {
        codec::find_one(&self.connection, &self.places, "id = ?1", &codec::id_hex(job))
    }

    /// Returns the job with this id, or the job of the image with this id.
    pub(super) fn job_of(&self, id: Id) -> rusqlite::Result<Option<Record>> {
        let condition = "id = ?1 OR key = (SELECT job FROM images WHERE id = ?1)";
        codec::find_one(&self.connection, &self.places, condition, &codec::id_hex(id))
    }

    pub(super) fn image(&self, image: Id) -> rusqlite::Result<Option<ImageRecord>> {
        let job = self.job_of(image)?;
        Ok(job.and_then(|record| record.images.into_iter().find(|known| known.id == image)))
    }

    pub(super) fn ticket(&self, job: Id) -> rusqlite::Result<Option<Ticket>> {
        let sql = "SELECT ticket FROM jobs WHERE id = ?1";
        let text: Option<Option<String>> =
            self.connection.prepare_cached(sql)?.query_row([codec::id_hex(job)], |row| row.get(0)).optional()?;
        Ok(text.flatten().and_then(|text| serde_json::from_str(&text).ok()).map(Ticket))
    }

    /// Returns the jobs and images whose id equals, begins with or ends with these digits, or whose short form begins
    /// with them.
    pub(super) fn find_ids(&self, digits: &str) -> rusqlite::Result<Vec<Id>> {
        let rest_of_short = "_".repeat(SHORT_ID_DIGITS.saturating_sub(digits.len()));
        let like = [format!("{digits}%"), format!("%{digits}"), format!("%{digits}{rest_of_short}")];
        let sql = "SELECT id FROM jobs WHERE id LIKE ?1 OR id LIKE ?2 OR id LIKE ?3
                   UNION SELECT id FROM images WHERE id LIKE ?1 OR id LIKE ?2 OR id LIKE ?3 LIMIT 100";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query_map(like, |row| codec::id(row, 0))?.collect()
    }

    /// Returns the jobs that have not ended or have an unknown outcome, oldest first.
    pub(super) fn unfinished(&self) -> rusqlite::Result<Vec<Record>> {
        let sql = format!(
            "SELECT {} FROM jobs WHERE state IN ('queued', 'sent', 'received', 'unknown') ORDER BY key",
            codec::COLUMNS
        );
        let mut jobs = self.connection.prepare_cached(&sql)?;
        let mut images = codec::images(&self.connection)?;
        jobs.query_map([], |row| codec::record(row, &mut images, &self.places))?.collect()
    }

    /// Returns whether sidecars lack the labels of their rows.
    pub(super) fn has_pending_sidecars(&self) -> rusqlite::Result<bool> {
        self.connection.prepare_cached("SELECT 1 FROM pending_sidecars")?.exists([])
    }

    /// Returns the names in use, the most frequent first.
    pub(super) fn known_values(&self) -> rusqlite::Result<KnownValues> {
        let names = |sql: &str| -> rusqlite::Result<Vec<String>> {
            self.connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let labels = |kind: &str| {
            names(&format!(
                "SELECT name FROM label_names WHERE kind = '{kind}' GROUP BY name ORDER BY count(*) DESC, name LIMIT 1000"
            ))
        };
        let column = |name: &str| {
            names(&format!("SELECT {name} FROM facets GROUP BY {name} ORDER BY count(*) DESC, {name} LIMIT 100"))
        };
        Ok(KnownValues {
            tags: labels("tag")?,
            collections: labels("collection")?,
            backends: column("backend")?,
            models: column("model")?,
        })
    }

    /// Returns the latest distinct prompts, newest first.
    pub(super) fn prompts(&self, limit: u32) -> rusqlite::Result<Vec<String>> {
        let looked_at = limit.saturating_mul(20).max(1000);
        let sql = "SELECT prompt FROM jobs WHERE deleted = 0 ORDER BY key DESC LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([looked_at])?;
        let (mut seen, mut prompts) = (HashSet::new(), Vec::new());
        while let (true, Some(row)) = (prompts.len() < limit as usize, rows.next()?) {
            let prompt: String = row.get(0)?;
            if seen.insert(prompt.clone()) {
                prompts.push(prompt);
            }
        }
        Ok(prompts)
    }
}
