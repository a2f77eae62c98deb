//! The library: every job and every image, in SQLite, found again in milliseconds.
//! The only place with SQL; it draws nothing and decides nothing about jobs.

mod carry;
mod checksum;
mod codec;
mod commits;
mod compared;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod ledger;
mod lineage;
mod moves;
mod open;
mod path_text;
mod places;
mod read;
mod rebuild;
mod reconcile;
mod record;
mod row;
mod run;
mod schema;
mod search;
mod sidecar;
mod spend;
mod trash;
mod vote;
mod worker;
mod write;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;
use tintype_backends::{Ticket, Usd};

pub use error::LibraryError;
pub use lineage::Lineage;
pub(crate) use places::Places;
pub use rebuild::Rebuilt;
pub use record::{Directed, ImageRecord, Inputs, Origin, Page, Query, Record, State};
pub use row::{HistoryRow, ImageRow};
pub use run::{Run, Shot, Topic};
pub use spend::{Expense, Limit, Overrun};
pub use vote::{Answer, Ballot, Ending, Lane, Marks, Opinion, Pair, Side, Vote, Voter, prompt_sha256};

use crate::{atomic::FileError, crash::CrashPoint, id::Id};
use read::Reader;
use worker::Worker;
use write::Writer;

/// How many of the latest jobs are looked at for what they cost.
const LOOKED_AT: u32 = 500;

/// A cheap handle to the library. Two threads do its work, one writing, one reading; nothing here blocks the caller.
#[derive(Clone)]
pub struct Library {
    writer: Worker<Writer>,
    reader: Worker<Reader>,
    places: Places,
    notices: Arc<[String]>,
    crash: CrashPoint,
}

/// What an id, or a piece of one, means.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The job.
    pub record: Record,
    /// Which of its images was meant; `None` where the job was.
    pub image: Option<Id>,
}

impl Library {
    /// Opens the library in `data_dir`, creating what is missing and rebuilding what is damaged. This blocks.
    pub fn open(data_dir: &Path) -> Result<Self, LibraryError> {
        let opened = open::open(data_dir)?;
        let places = opened.places;
        let started = |error| FileError::new("start the threads of", &places.database(), error);
        let writer = Writer {
            connection: opened.writer,
            places: places.clone(),
            crash: CrashPoint::default(),
            _in_use: Arc::clone(&opened.in_use),
        };
        let reader = Reader::new(opened.reader, places.clone(), opened.in_use);
        Ok(Self {
            writer: Worker::start("library-write", writer).map_err(started)?,
            reader: Worker::start("library-read", reader).map_err(started)?,
            places,
            notices: opened.notices.into(),
            crash: CrashPoint::default(),
        })
    }

    /// The same library, in a process that dies at a step of a job's life. Only for tests that kill it.
    #[must_use]
    pub fn crashing(mut self, at: CrashPoint) -> Self {
        self.crash = at;
        self.writer.post(move |writer| writer.crash = at);
        self
    }

    /// Where this process dies.
    pub(crate) const fn crash(&self) -> CrashPoint {
        self.crash
    }

    /// Whether there may be jobs that a process left behind: a look, no proof.
    pub async fn has_leftovers(&self) -> Result<bool, LibraryError> {
        let has_folders = std::fs::read_dir(self.places.spool()).is_ok_and(|mut folders| folders.next().is_some());
        Ok(has_folders || self.unfinished().await?.iter().any(|record| !record.state.is_final()))
    }

    /// Closes the library for all its handles, after what they have asked for is done.
    pub async fn close(&self) {
        self.reader.end().await;
        self.writer.end().await;
    }

    /// What opening did beyond the usual, a line each.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The data directory, absolute.
    pub fn data_dir(&self) -> &Path {
        self.places.data()
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// Writes a new job down; when this returns, it is on disk.
    pub async fn begin(&self, record: &Record) -> Result<(), LibraryError> {
        self.begin_within(record, Vec::new()).await.map(drop)
    }

    /// Writes a new job down unless it breaks one of the limits, which is then returned.
    /// No other process can spend between the check and the writing.
    pub async fn begin_within(&self, record: &Record, limits: Vec<Limit>) -> Result<Option<Overrun>, LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.begin(&record, &limits)).await
    }

    /// Writes an expense down unless it breaks one of the limits, which is then returned.
    pub async fn charge_within(&self, expense: &Expense, limits: Vec<Limit>) -> Result<Option<Overrun>, LibraryError> {
        let expense = expense.clone();
        self.writer.run(move |writer| writer.charge(&expense, &limits)).await
    }

    /// Writes down what an expense turned out to be.
    pub async fn settle(&self, expense: Id, charge: Usd) -> Result<(), LibraryError> {
        self.writer.run(move |writer| writer.settle_expense(expense, charge)).await
    }

    /// Moves a job on; one that has ended stays as it ended.
    pub async fn set_state(&self, job: Id, state: State) -> Result<(), LibraryError> {
        self.writer.run(move |writer| writer.set_state(job, state)).await
    }

    /// Writes down that a job is about to be sent: from now on it may be billed.
    pub async fn send(&self, job: Id, at: Timestamp) -> Result<(), LibraryError> {
        let change = move |record: &mut Record| (record.state, record.sent) = (State::Sent, Some(at));
        self.writer.run(move |writer| writer.amend(job, change)).await
    }

    /// Writes down what a job's request is called at the provider, without waiting.
    pub(crate) fn name_soon(&self, job: Id, request_id: String) {
        self.writer.post(move |writer| {
            if let Err(error) = writer.amend(job, |record| record.ids.request_id = Some(request_id)) {
                tracing::warn!(%job, %error, "the name of a request was not written");
            }
        });
    }

    /// Moves a job on without waiting; whatever is written later comes after it.
    pub(crate) fn set_state_soon(&self, job: Id, state: State) {
        self.writer.post(move |writer| {
            if let Err(error) = writer.set_state(job, state) {
                tracing::warn!(%job, state = state.name(), %error, "a state was not written");
            }
        });
    }

    /// Keeps the ticket by which a job is found again at its provider.
    pub async fn keep_ticket(&self, job: Id, ticket: &Ticket) -> Result<(), LibraryError> {
        let ticket = ticket.clone();
        self.writer.run(move |writer| writer.keep_ticket(job, &ticket)).await
    }

    /// Writes down how far a job came that has not ended, and what stands in its way.
    pub async fn put_off(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.amend(record.id, |known| *known = record)).await
    }

    /// Writes down how a job ended: a sidecar beside each image, then the row.
    pub async fn finish(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.finish(&record, spend::charge(&record))).await
    }

    /// Writes down how a job ended that was never sent: it counts nothing in the budget.
    pub async fn finish_unsent(&self, record: &Record) -> Result<(), LibraryError> {
        let record = record.clone();
        self.writer.run(move |writer| writer.finish(&record, Usd::ZERO)).await
    }

    /// Adds finished jobs that are not here yet, without writing sidecars; returns how many were added.
    pub async fn import(&self, records: Vec<Record>) -> Result<u64, LibraryError> {
        self.writer.run(move |writer| writer.import(&records)).await
    }

    /// A stretch of the history, newest first.
    pub async fn page(&self, query: Query, offset: u64, limit: u32) -> Result<Page, LibraryError> {
        self.reader.ask(move |reader| reader.read(|reader| reader.page(query, offset, limit))).await
    }

    /// How many records of the query's answer stand before this job; `None` where it is not among them.
    pub async fn position(&self, query: &Query, job: Id) -> Result<Option<u64>, LibraryError> {
        let query = query.clone();
        self.reader.ask(move |reader| reader.read(|reader| reader.position(&query, job))).await
    }

    /// The job of that id.
    pub async fn record(&self, job: Id) -> Result<Option<Record>, LibraryError> {
        self.ask(move |reader| reader.record(job)).await
    }

    /// The job that has this id, or an image of this id.
    pub async fn job_of(&self, id: Id) -> Result<Option<Record>, LibraryError> {
        self.ask(move |reader| reader.job_of(id)).await
    }

    /// What a job was made from and what was made from it.
    pub async fn lineage(&self, record: &Record) -> Result<Lineage, LibraryError> {
        let record = record.clone();
        self.ask(move |reader| reader.lineage(&record)).await
    }

    /// The image of that id.
    pub async fn image(&self, image: Id) -> Result<Option<ImageRecord>, LibraryError> {
        self.ask(move |reader| reader.image(image)).await
    }

    /// The ticket that was kept for a job.
    pub async fn ticket(&self, job: Id) -> Result<Option<Ticket>, LibraryError> {
        self.ask(move |reader| reader.ticket(job)).await
    }

    /// What a user means by an id or by at least four digits from the start or the end of one, or of its short form.
    pub async fn find(&self, text: &str) -> Result<Found, LibraryError> {
        let digits = digits(text).ok_or_else(|| LibraryError::NotAnId(text.to_owned()))?;
        let mut candidates = self.ask(move |reader| reader.named(&digits)).await?;
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
        Ok(Found { record, image })
    }

    /// The jobs that have not ended, or of which nobody knows how they ended; oldest first.
    pub async fn unfinished(&self) -> Result<Vec<Record>, LibraryError> {
        self.ask(Reader::unfinished).await
    }

    /// The latest prompts, each once, newest first.
    pub async fn prompts(&self, limit: u32) -> Result<Vec<String>, LibraryError> {
        self.ask(move |reader| reader.prompts(limit)).await
    }

    /// The latest jobs, for what they cost.
    pub async fn costly(&self) -> Result<Vec<Record>, LibraryError> {
        Ok(self.page(Query::default(), 0, LOOKED_AT).await?.records)
    }

    /// What was spent since then, running jobs included; an unknown cost counts as its estimate.
    pub async fn spent_since(&self, since: Timestamp) -> Result<Usd, LibraryError> {
        self.ask(move |reader| spend::since(&reader.connection, since, None)).await
    }

    /// The same for each backend, by its name in the config.
    pub async fn spent_by_backend(&self, since: Timestamp) -> Result<BTreeMap<String, Usd>, LibraryError> {
        self.ask(move |reader| spend::by_backend(&reader.connection, since)).await
    }

    /// The part of it that is the worst case of jobs whose cost nobody has confirmed.
    pub async fn unconfirmed_by_backend(&self, since: Timestamp) -> Result<BTreeMap<String, Usd>, LibraryError> {
        self.ask(move |reader| spend::unconfirmed_by_backend(&reader.connection, since)).await
    }

    /// A number that is another one after every change, by whichever process.
    pub async fn version(&self) -> Result<u64, LibraryError> {
        self.ask(|reader| reader.counter("changes").map(i64::cast_unsigned)).await
    }

    /// Marks a job, or takes the mark away; an image's id means its job.
    pub async fn set_marked(&self, id: Id, marked: bool) -> Result<(), LibraryError> {
        let job = self.owner(id).await?;
        self.writer.run(move |writer| writer.set_marked(job, marked)).await
    }

    /// Puts a job with all its files into the trash; an image's id means its job.
    pub async fn trash(&self, id: Id) -> Result<(), LibraryError> {
        let job = self.owner(id).await?;
        self.writer.run(move |writer| writer.set_deleted(job, true)).await
    }

    /// Takes a job with all its files out of the trash; an image's id means its job.
    pub async fn restore(&self, id: Id) -> Result<(), LibraryError> {
        let job = self.owner(id).await?;
        self.writer.run(move |writer| writer.set_deleted(job, false)).await
    }

    /// Deletes what is in the trash for good; returns how many jobs that were.
    pub async fn empty_trash(&self) -> Result<u64, LibraryError> {
        self.writer.run(Writer::empty_trash).await
    }

    /// The images whose files are gone, those in the trash left out.
    pub async fn missing_files(&self) -> Result<Vec<std::path::PathBuf>, LibraryError> {
        self.ask(|reader| rebuild::missing(&reader.connection, &reader.places)).await
    }

    /// Has the next opening of a library look closely at all of it.
    pub fn suspect(data_dir: &Path) {
        schema::suspect(&Places::new(data_dir.to_owned()));
    }

    /// Adds the jobs whose sidecars are there and whose rows are not, and repairs rows by their sidecars.
    pub async fn rebuild(&self) -> Result<Rebuilt, LibraryError> {
        self.writer.run(|writer| rebuild::rebuild(&mut writer.connection, &writer.places)).await
    }

    /// Checks the whole database; what is wrong with it, a line each. The next opening repairs it. Slow on a large one.
    pub async fn check(&self) -> Result<Vec<String>, LibraryError> {
        let check = |writer: &mut Writer| {
            schema::faults(&writer.connection).map_err(|error| LibraryError::of(error, &writer.places.database()))
        };
        let faults = self.writer.run(check).await?;
        if !faults.is_empty() {
            schema::suspect(&self.places);
        }
        Ok(faults)
    }

    async fn owner(&self, id: Id) -> Result<Id, LibraryError> {
        self.job_of(id).await?.map(|record| record.id).ok_or_else(|| LibraryError::NotFound(id.to_string()))
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LibraryError> {
        self.reader.ask(move |reader| reader.read(|reader| Ok(work(reader)?))).await
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("data_dir", &self.places.data()).finish_non_exhaustive()
    }
}

/// The digits of an id or of a piece of one, hyphens left out.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|digit| *digit != '-').collect();
    let fits = (4..=32).contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    fits.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
