//! What is asked of the library: pages of history, single records, ids, prompts.
//! It writes nothing; the connection it has could not.

use std::{collections::HashSet, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _};
use tintype_backends::Ticket;

use crate::{
    id::Id,
    library::{ImageRecord, LibraryError, Page, Query, Record, codec, places::Places, search, write::Trouble},
};

/// The thread that reads.
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) places: Places,
    /// The keys that the last queries found, newest first, and the state of the shelf they were found in.
    found: Vec<(Query, Arc<[i64]>)>,
    shelf: i64,
}

/// How many queries are remembered: the history as such, and what is being typed.
const REMEMBERED: usize = 4;

impl Reader {
    pub(super) fn new(connection: Connection, places: Places) -> Self {
        Self { connection, places, found: Vec::new(), shelf: -1 }
    }

    /// Runs `work`, telling what went wrong in the library's words.
    pub(super) fn read<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Trouble>) -> Result<T, LibraryError> {
        work(self).map_err(|trouble| trouble.at(&self.places))
    }

    pub(super) fn page(&mut self, query: Query, offset: u64, limit: u32) -> Result<Page, Trouble> {
        let keys = self.keys(&query)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(keys.len());
        let end = start.saturating_add(limit as usize).min(keys.len());
        let sql = format!("SELECT {} FROM jobs WHERE key = ?1", codec::COLUMNS);
        let mut jobs = self.connection.prepare_cached(&sql)?;
        let mut images = codec::images(&self.connection)?;
        let mut records = Vec::with_capacity(end - start);
        for key in &keys[start..end] {
            // A row may have gone since the keys were found; the next page will know.
            records.extend(jobs.query_row([key], |row| codec::record(row, &mut images, &self.places)).optional()?);
        }
        Ok(Page { query, offset: start as u64, total: keys.len() as u64, records })
    }

    /// How many records stand before this one.
    pub(super) fn position(&mut self, query: &Query, job: Id) -> Result<Option<u64>, Trouble> {
        let keys = self.keys(query)?;
        let sql = "SELECT key FROM jobs WHERE id = ?1";
        let key: Option<i64> =
            self.connection.prepare_cached(sql)?.query_row([codec::hex(job)], |row| row.get(0)).optional()?;
        let place = key.and_then(|key| keys.binary_search_by(|other| key.cmp(other)).ok());
        Ok(place.map(|place| place as u64))
    }

    /// The keys that a query finds, newest first; found once and kept while the shelf stays as it is.
    fn keys(&mut self, query: &Query) -> rusqlite::Result<Arc<[i64]>> {
        let now = self.counter("shelf")?;
        if now != self.shelf {
            self.found.clear();
            self.shelf = now;
        }
        if let Some((_, keys)) = self.found.iter().find(|(known, _)| known == query) {
            return Ok(Arc::clone(keys));
        }
        let keys = if query.text.trim().is_empty() {
            search::shelf(&self.connection, query)?
        } else {
            let all = self.keys(&Query { text: String::new(), ..query.clone() })?;
            search::matching(&self.connection, &query.text, &all)?
        };
        let keys: Arc<[i64]> = keys.into();
        if self.found.len() == REMEMBERED {
            // The first one is usually the whole history, with which every search begins.
            self.found.remove(1);
        }
        self.found.push((query.clone(), Arc::clone(&keys)));
        Ok(keys)
    }

    /// One of the counters that every change moves.
    pub(super) fn counter(&self, name: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT value FROM counters WHERE name = ?1";
        self.connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))
    }

    pub(super) fn record(&self, job: Id) -> rusqlite::Result<Option<Record>> {
        codec::one(&self.connection, &self.places, "id = ?1", &codec::hex(job))
    }

    /// The job that has this id or an image of this id.
    pub(super) fn job_of(&self, id: Id) -> rusqlite::Result<Option<Record>> {
        let condition = "id = ?1 OR key = (SELECT job FROM images WHERE id = ?1)";
        codec::one(&self.connection, &self.places, condition, &codec::hex(id))
    }

    pub(super) fn image(&self, image: Id) -> rusqlite::Result<Option<ImageRecord>> {
        let job = self.job_of(image)?;
        Ok(job.and_then(|record| record.images.into_iter().find(|known| known.id == image)))
    }

    pub(super) fn ticket(&self, job: Id) -> rusqlite::Result<Option<Ticket>> {
        let sql = "SELECT ticket FROM jobs WHERE id = ?1";
        let text: Option<Option<String>> =
            self.connection.prepare_cached(sql)?.query_row([codec::hex(job)], |row| row.get(0)).optional()?;
        Ok(text.flatten().and_then(|text| serde_json::from_str(&text).ok()).map(Ticket))
    }

    /// The jobs and images whose id is, begins or ends with these digits.
    pub(super) fn named(&self, digits: &str) -> rusqlite::Result<Vec<Id>> {
        let like = [format!("{digits}%"), format!("%{digits}")];
        let sql = "SELECT id FROM jobs WHERE id LIKE ?1 OR id LIKE ?2
                   UNION SELECT id FROM images WHERE id LIKE ?1 OR id LIKE ?2 LIMIT 100";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query_map(like, |row| codec::id(row, 0))?.collect()
    }

    /// The jobs that have not ended, or nobody knows how; oldest first.
    pub(super) fn unfinished(&self) -> rusqlite::Result<Vec<Record>> {
        let sql = format!(
            "SELECT {} FROM jobs WHERE state IN ('queued', 'sent', 'received', 'unknown') ORDER BY key",
            codec::COLUMNS
        );
        let mut jobs = self.connection.prepare_cached(&sql)?;
        let mut images = codec::images(&self.connection)?;
        jobs.query_map([], |row| codec::record(row, &mut images, &self.places))?.collect()
    }

    /// The latest prompts, each once, newest first.
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
