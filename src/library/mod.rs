//! The library: every job and every image, stored in SQLite and found again in milliseconds.
//!
//! All SQL of the program is here. The library generates no images and makes no decisions about jobs.

mod ballots;
mod checksum;
mod codec;
mod commit_counter;
mod comparison_run;
mod comparisons;
mod error;
mod file_moves;
#[cfg(fuzzing)]
pub mod fuzzing;
mod history_row;
mod labels;
mod ledger;
mod lineage;
mod open;
mod path_serde;
mod paths;
mod reader;
mod rebuild;
mod reconcile;
mod record;
mod salvage;
mod schema;
mod search;
pub mod search_language;
mod sidecar;
mod sidecar_updates;
mod spending;
mod trash;
mod worker;
mod writer;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;
use tintype_backends::{Ticket, Usd};

pub use ballots::{
    Ballot, ComparisonPair, JudgeScores, Lane, LaneOutcome, Opinion, PairSide, Preference, Vote, Voter, prompt_sha256,
};
pub use comparison_run::{ComparisonRun, RunPrompt, RunShot};
pub use error::LibraryError;
pub use history_row::{HistoryRow, ImageRow};
pub use labels::{LabelChange, LabelError, Labels, MAX_RATING, parse_collection, parse_rating, parse_tag, parse_title};
pub use lineage::{Lineage, LineageNode};
pub(crate) use paths::LibraryPaths;
pub use rebuild::RebuildReport;
pub use record::{ImageRecord, Inputs, JobState, Page, PromptRewrite, Query, Record, ReferenceOrigin};
pub use search_language::SearchError;
pub use spending::{BudgetExceeded, Expense, SpendingLimit};

use crate::{atomic_file::FileError, failpoint::ActiveFailpoint, id::Id};
use reader::LibraryReader;
use worker::Worker;
use writer::LibraryWriter;

/// Number of recent jobs that the cost history covers.
const RECENT_JOBS: u32 = 500;

/// Cheap handle to the library. Two threads do the work, one writing and one reading; no method blocks the caller.
#[derive(Clone)]
pub struct Library {
    writer: Worker<LibraryWriter>,
    reader: Worker<LibraryReader>,
    places: LibraryPaths,
    notices: Arc<[String]>,
    crash: ActiveFailpoint,
}

/// The job or image that an id, or part of one, resolves to.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedId {
    pub record: Record,
    /// The image that was meant, or `None` if the id names the job.
    pub image: Option<Id>,
}

impl Library {
    /// Opens the library in `data_dir`, creates what is missing and rebuilds what is damaged. This call blocks.
    pub fn open(data_dir: &Path) -> Result<Self, LibraryError> {
        let opened = open::open(data_dir)?;
        let places = opened.places;
        let started = |error| FileError::new("start the threads of", &places.database(), error);
        let writer = LibraryWriter {
            connection: opened.writer,
            places: places.clone(),
            crash: ActiveFailpoint::default(),
            _in_use: Arc::clone(&opened.in_use),
        };
        let reader = LibraryReader::new(opened.reader, places.clone(), opened.in_use);
        Ok(Self {
            writer: Worker::start("library-write", writer).map_err(started)?,
            reader: Worker::start("library-read", reader).map_err(started)?,
            places,
            notices: opened.notices.into(),
            crash: ActiveFailpoint::default(),
        })
    }

    /// Returns the same library for a process that dies at a given step of a job. Only for tests that kill the process.
    #[must_use]
    pub fn with_failpoint(mut self, at: ActiveFailpoint) -> Self {
        self.crash = at;
        self.writer.queue(move |writer| writer.crash = at);
        self
    }

    /// Returns the step at which this process dies.
    pub(crate) const fn crash(&self) -> ActiveFailpoint {
        self.crash
    }

    /// Returns whether another process may have left jobs or labels to finish. This is a quick check and may be wrong.
    pub async fn may_have_unfinished(&self) -> Result<bool, LibraryError> {
        let has_folders = std::fs::read_dir(self.places.spool()).is_ok_and(|mut folders| folders.next().is_some());
        Ok(has_folders
            || self.run_if_awaited(LibraryReader::has_pending_sidecars).await?
            || self.unfinished().await?.iter().any(|record| !record.state.is_final()))
    }

    /// Closes the library for all its handles after their pending operations are done.
    pub async fn close(&self) {
        self.reader.end().await;
        self.writer.end().await;
    }

    /// Returns the notices of opening, one line each, about anything unusual.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Returns the absolute path of the data directory.
    pub fn data_dir(&self) -> &Path {
        self.places.data()
    }

    pub(crate) fn places(&self) -> &LibraryPaths {
        &self.places
    }

    /// Stores a new job. It is on disk when this returns.
    pub async fn begin(&self, record: &Record) -> Result<(), LibraryError> {
        self.begin_within(record, Vec::new()).await.map(drop)
    }

    /// Stores a new job unless it exceeds one of the limits; that limit is returned. No other process can spend between
    /// the check and the write.
    pub async fn begin_within(
        &self,
        record: &Record,
        limits: Vec<SpendingLimit>,
    ) -> Result<Option<BudgetExceeded>, LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.begin(&record, &limits)).await
    }

    /// Stores an expense unless it exceeds one of the limits; that limit is returned.
    pub async fn charge_within(
        &self,
        expense: &Expense,
        limits: Vec<SpendingLimit>,
    ) -> Result<Option<BudgetExceeded>, LibraryError> {
        let expense = expense.clone();
        self.writer.run(move |writer| writer.charge(&expense, &limits)).await
    }

    /// Stores the final amount of an expense.
    pub async fn settle_expense(&self, expense: Id, charge: Usd) -> Result<(), LibraryError> {
        self.writer.run(move |writer| writer.settle_expense(expense, charge)).await
    }

    /// Sets the state of a job. A job that has ended keeps its state.
    pub async fn set_state(&self, job: Id, state: JobState) -> Result<(), LibraryError> {
        self.writer.run(move |writer| writer.set_state(job, state)).await
    }

    /// Flags a job as about to be sent: from now on it may be billed.
    pub async fn send(&self, job: Id, at: Timestamp) -> Result<(), LibraryError> {
        let change = move |record: &mut Record| (record.state, record.sent) = (JobState::Sent, Some(at));
        self.writer.run(move |writer| writer.update_record(job, change)).await
    }

    /// Stores the provider's id of a request without waiting.
    pub(crate) fn set_request_id_soon(&self, job: Id, request_id: String) {
        self.writer.queue(move |writer| {
            if let Err(error) = writer.update_record(job, |record| record.ids.request_id = Some(request_id)) {
                tracing::warn!(%job, %error, "a request id was not recorded");
            }
        });
    }

    /// Sets the state of a job without waiting. Later writes are applied after this one.
    pub(crate) fn set_state_soon(&self, job: Id, state: JobState) {
        self.writer.queue(move |writer| {
            if let Err(error) = writer.set_state(job, state) {
                tracing::warn!(%job, state = state.name(), %error, "a state was not recorded");
            }
        });
    }

    /// Stores the ticket that finds a job again at its provider.
    pub async fn keep_ticket(&self, job: Id, ticket: &Ticket) -> Result<(), LibraryError> {
        let ticket = ticket.clone();
        self.writer.run(move |writer| writer.keep_ticket(job, &ticket)).await
    }

    /// Stores the progress of an unfinished job and what blocks it.
    pub async fn postpone(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.update_record(record.id, |known| *known = record)).await
    }

    /// Stores the outcome of a job: first a sidecar beside each image, then the row.
    pub async fn finish(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.finish(&record, spending::budget_charge(&record))).await
    }

    /// Stores the outcome of a job that was never sent. It counts nothing in the budget.
    pub async fn finish_unsent(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.finish(&record, Usd::ZERO)).await
    }

    /// Adds finished jobs that are missing, without writing sidecars. Returns the number of added jobs.
    pub async fn import(&self, records: Vec<Record>) -> Result<u64, LibraryError> {
        self.writer.run(move |writer| writer.import(&records)).await
    }

    /// Returns a page of the history, newest first.
    pub async fn page(&self, query: Query, offset: u64, limit: u32) -> Result<Page, LibraryError> {
        self.reader.run_if_awaited(move |reader| reader.read(|reader| reader.page(query, offset, limit))).await
    }

    /// Returns how many records of the query's result come before this job, or `None` if it is not in the result.
    pub async fn position(&self, query: &Query, job: Id) -> Result<Option<u64>, LibraryError> {
        let query = query.clone();
        self.reader.run_if_awaited(move |reader| reader.read(|reader| reader.position(&query, job))).await
    }

    /// Returns the job with the given id.
    pub async fn record(&self, job: Id) -> Result<Option<Record>, LibraryError> {
        self.run_if_awaited(move |reader| reader.record(job)).await
    }

    /// Returns the job with this id, or the job of the image with this id.
    pub async fn job_of(&self, id: Id) -> Result<Option<Record>, LibraryError> {
        self.run_if_awaited(move |reader| reader.job_of(id)).await
    }

    /// Returns the ancestors and descendants of a job.
    pub async fn lineage(&self, record: &Record) -> Result<Lineage, LibraryError> {
        let record = record.clone();
        self.run_if_awaited(move |reader| reader.lineage(&record)).await
    }

    /// Returns the tree of edits that a job belongs to, each job before its own edits.
    pub async fn lineage_tree(&self, record: &Record) -> Result<Vec<LineageNode>, LibraryError> {
        let record = record.clone();
        self.run_if_awaited(move |reader| reader.lineage_tree(&record)).await
    }

    /// Returns the ids of all jobs that match, in the order of the query.
    pub async fn matching_jobs(&self, query: Query) -> Result<Vec<Id>, LibraryError> {
        self.reader.run_if_awaited(move |reader| reader.read(|reader| reader.matching_jobs(&query))).await
    }

    /// Returns the image with the given id.
    pub async fn image(&self, image: Id) -> Result<Option<ImageRecord>, LibraryError> {
        self.run_if_awaited(move |reader| reader.image(image)).await
    }

    /// Returns the stored ticket of a job.
    pub async fn ticket(&self, job: Id) -> Result<Option<Ticket>, LibraryError> {
        self.run_if_awaited(move |reader| reader.ticket(job)).await
    }

    /// Resolves a full id, its short form, or at least four digits from the start or end of an id.
    pub async fn find(&self, text: &str) -> Result<ResolvedId, LibraryError> {
        let digits = digits(text).ok_or_else(|| LibraryError::NotAnId(text.to_owned()))?;
        let mut candidates = self.run_if_awaited(move |reader| reader.find_ids(&digits)).await?;
        let not_found = || LibraryError::NotFound(text.to_owned());
        let id = match candidates.as_slice() {
            [] => return Err(not_found()),
            [id] => *id,
            _ => {
                candidates.sort();
                return Err(LibraryError::Ambiguous { text: text.to_owned(), candidates });
            }
        };
        let record = self.job_of(id).await?.ok_or_else(not_found)?;
        let image = (record.id != id).then_some(id);
        Ok(ResolvedId { record, image })
    }

    /// Returns the jobs that have not ended or have an unknown outcome, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<Record>, LibraryError> {
        self.run_if_awaited(LibraryReader::unfinished).await
    }

    /// Returns the latest distinct prompts, newest first.
    pub async fn prompts(&self, limit: u32) -> Result<Vec<String>, LibraryError> {
        self.run_if_awaited(move |reader| reader.prompts(limit)).await
    }

    /// Returns the latest jobs, for the cost history.
    pub async fn recent_jobs(&self) -> Result<Vec<Record>, LibraryError> {
        Ok(self.page(Query::default(), 0, RECENT_JOBS).await?.records)
    }

    /// Returns the spending since `since`, including running jobs. An unknown cost counts as its estimate.
    pub async fn spent_since(&self, since: Timestamp) -> Result<Usd, LibraryError> {
        self.run_if_awaited(move |reader| spending::spent_since(&reader.connection, since, None)).await
    }

    /// Returns the spending since `since` per backend, by its name in the config.
    pub async fn spent_by_backend(&self, since: Timestamp) -> Result<BTreeMap<String, Usd>, LibraryError> {
        self.run_if_awaited(move |reader| spending::by_backend(&reader.connection, since)).await
    }

    /// Returns the part of that spending that is the worst case of jobs with an unconfirmed cost.
    pub async fn unconfirmed_by_backend(&self, since: Timestamp) -> Result<BTreeMap<String, Usd>, LibraryError> {
        self.run_if_awaited(move |reader| spending::unconfirmed_by_backend(&reader.connection, since)).await
    }

    /// Returns a number that differs after every change by any process.
    pub async fn version(&self) -> Result<u64, LibraryError> {
        self.run_if_awaited(|reader| reader.counter("changes").map(i64::cast_unsigned)).await
    }

    /// Changes the labels of jobs, all or none of them. The id of an image stands for its job. Returns the number of
    /// changed jobs. The rows are on disk when this returns, and the sidecars of a few jobs;
    /// [`Library::write_pending_sidecars`] brings those of many up to date.
    pub async fn change_labels(&self, ids: Vec<Id>, change: LabelChange) -> Result<u64, LibraryError> {
        self.writer.run(move |writer| writer.change_labels(&ids, &change)).await
    }

    /// Writes the sidecars that lack the labels of their rows, in steps between which other operations run. What is not
    /// written stays noted and is written by a later call of any process.
    pub async fn write_pending_sidecars(&self) {
        let mut next = Some(i64::MIN);
        while let Some(from) = next {
            next = self.writer.run(move |writer| writer.write_pending_sidecars(from)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "labels were not written to all sidecars");
                None
            });
        }
    }

    /// Sets or clears the favorite mark of a job, in its sidecars as well.
    pub async fn set_favorite(&self, id: Id, favorite: bool) -> Result<(), LibraryError> {
        self.change_labels(vec![id], LabelChange::favorite(favorite)).await.map(drop)
    }

    /// Returns the tags, collections, backends and models in use, the most frequent first.
    pub async fn known_values(&self) -> Result<search_language::KnownValues, LibraryError> {
        self.run_if_awaited(LibraryReader::known_values).await
    }

    /// Moves jobs and all their files to the trash, or back, in steps between which other operations run. The id of an
    /// image stands for its job. Returns the jobs that could not be moved.
    pub async fn trash_all(&self, ids: Vec<Id>, deleted: bool) -> Result<Vec<(Id, LibraryError)>, LibraryError> {
        const STEP: usize = 16;
        let mut failed = Vec::new();
        for step in ids.chunks(STEP).map(<[Id]>::to_vec) {
            failed.extend(self.writer.run(move |writer| Ok(writer.set_all_deleted(&step, deleted))).await?);
        }
        Ok(failed)
    }

    /// Moves a job and all its files to the trash. The id of an image stands for its job.
    pub async fn trash(&self, id: Id) -> Result<(), LibraryError> {
        let job = self.owner(id).await?;
        self.writer.run(move |writer| writer.set_deleted(job, true)).await
    }

    /// Restores a job and all its files from the trash. The id of an image stands for its job.
    pub async fn restore(&self, id: Id) -> Result<(), LibraryError> {
        let job = self.owner(id).await?;
        self.writer.run(move |writer| writer.set_deleted(job, false)).await
    }

    /// Deletes the jobs in the trash permanently. Returns the number of deleted jobs.
    pub async fn empty_trash(&self) -> Result<u64, LibraryError> {
        self.writer.run(LibraryWriter::empty_trash).await
    }

    /// Returns the images whose files are missing, except those in the trash.
    pub async fn missing_files(&self) -> Result<Vec<std::path::PathBuf>, LibraryError> {
        self.run_if_awaited(|reader| rebuild::missing_files(&reader.connection, &reader.places)).await
    }

    /// Requests a full check the next time a library is opened in `data_dir`.
    pub fn request_full_check(data_dir: &Path) {
        schema::request_full_check(&LibraryPaths::new(data_dir.to_owned()));
    }

    /// Adds the jobs that have sidecars but no rows, and repairs rows from their sidecars.
    pub async fn rebuild(&self) -> Result<RebuildReport, LibraryError> {
        self.writer.run(|writer| rebuild::rebuild(&mut writer.connection, &writer.places)).await
    }

    /// Checks the whole database and returns the problems found, one line each. The next opening repairs them. Slow on
    /// a large database.
    pub async fn check(&self) -> Result<Vec<String>, LibraryError> {
        let check = |writer: &mut LibraryWriter| {
            schema::faults(&writer.connection)
                .map_err(|error| LibraryError::from_sqlite(error, &writer.places.database()))
        };
        let faults = self.writer.run(check).await?;
        if !faults.is_empty() {
            schema::request_full_check(&self.places);
        }
        Ok(faults)
    }

    async fn owner(&self, id: Id) -> Result<Id, LibraryError> {
        self.job_of(id).await?.map(|record| record.id).ok_or_else(|| LibraryError::NotFound(id.to_string()))
    }

    async fn run_if_awaited<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LibraryReader) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LibraryError> {
        self.reader.run_if_awaited(move |reader| reader.read(|reader| Ok(work(reader)?))).await
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("data_dir", &self.places.data()).finish_non_exhaustive()
    }
}

/// Returns the digits of an id or part of one, without hyphens.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|digit| *digit != '-').collect();
    let fits = (4..=32).contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    fits.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
