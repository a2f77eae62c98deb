//! Recovery of jobs that an earlier process left unfinished: complete ones are saved, resumable ones continue, the rest
//! ends.
//! Nothing is ever sent a second time here.

use std::fs;

use jiff::{Timestamp, tz::TimeZone};
use tintype_backends::{BackendError, ErrorKind, Outcome, Readiness};

use crate::{
    atomic_file,
    engine::{
        Engine, SubmitError, fallback_dir,
        job::{JobTask, final_state},
        job_dir::JobDir,
        salvage::salvage,
        staging,
    },
    id::Id,
    library::{JobState, LibraryError, Record},
};

/// The scope of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RecoveryScope {
    /// Only jobs whose data is on this machine.
    LocalOnly,
    /// Also jobs that only the provider has.
    Everywhere,
}

/// The next step for a job that was left behind.
enum RecoveryStep {
    Continue(JobTask),
    /// The job can go on, but not now.
    Postpone,
    /// The job is over, with the error that its response contains, if one arrived.
    End(Option<BackendError>),
}

impl Engine {
    /// Recovers the jobs that an earlier process left unfinished and returns their current records: the ones in state
    /// `sent` or `received` continue here and emit events, the others have ended. Jobs of a living process are left
    /// alone.
    pub async fn recover(&self) -> Result<Vec<Record>, SubmitError> {
        self.recover_within(RecoveryScope::Everywhere).await
    }

    /// Recovers only what is on this machine; a job that continues at its provider keeps its state and is returned too.
    pub async fn recover_here(&self) -> Result<Vec<Record>, SubmitError> {
        self.recover_within(RecoveryScope::LocalOnly).await
    }

    async fn recover_within(&self, reach: RecoveryScope) -> Result<Vec<Record>, SubmitError> {
        self.restore_lost_jobs().await?;
        let mut found = Vec::new();
        for record in self.inner.library.unfinished().await? {
            if !record.state.is_final() {
                found.extend(self.recover_one(record.id, reach).await?);
            }
        }
        self.clean_spool().await?;
        Ok(found)
    }

    async fn recover_one(&self, job: Id, reach: RecoveryScope) -> Result<Option<Record>, SubmitError> {
        let Some(scratch) = self.claim(job)? else { return Ok(None) };
        // Read again: before the folder was claimed, the job's process may have been alive and may have ended it.
        let Some(record) = self.inner.library.record(job).await?.filter(|record| !record.state.is_final()) else {
            scratch.remove_if_empty();
            return Ok(None);
        };
        match self.next_step(&record, &scratch, reach).await? {
            RecoveryStep::Continue(task) => {
                self.start_recovered(record.clone(), scratch, task)?;
                Ok(Some(record))
            }
            RecoveryStep::Postpone => {
                scratch.release();
                Ok(Some(record))
            }
            RecoveryStep::End(failure) => {
                let record = self.end_job(record, failure).await?;
                scratch.remove_if_empty();
                Ok(Some(record))
            }
        }
    }

    /// Decides how a job goes on. Staged images are published, a complete outcome is saved, a job with a ticket is
    /// resumed, and a partial outcome is better than none.
    async fn next_step(
        &self,
        record: &Record,
        scratch: &JobDir,
        reach: RecoveryScope,
    ) -> Result<RecoveryStep, SubmitError> {
        scratch.remove_special_files();
        let staged = staging::staged(scratch.path(), record.id).map(|list| (scratch.path().to_owned(), list));
        if let Some((folder, staged)) = staged.or_else(|| fallback_dir::find_fallback(record.id)) {
            staging::remove_temporary_files(self.inner.library.places(), &staged);
            return Ok(RecoveryStep::Continue(JobTask::Publish(folder, Box::new(staged))));
        }
        if reach == RecoveryScope::Everywhere {
            self.initialize(&record.backend).await;
        }
        let registry = self.registry();
        let backend = registry.get(&record.backend).filter(|backend| backend.capabilities().kind == record.kind);
        let Some(backend) = backend else { return Ok(RecoveryStep::End(None)) };
        let salvaged = salvage(backend, record, scratch.path()).await;
        let is_whole = |outcome: &Outcome| outcome.images.len() >= record.count as usize;
        let can = backend.capabilities();
        // A backend that is not ready now may resume the job another time.
        let mute = !can.resume && can.readiness != Readiness::Ready;
        let resumes = (can.resume || mute) && !matches!(&salvaged, Some(Ok(outcome)) if is_whole(outcome));
        let ticket = if resumes { self.inner.library.ticket(record.id).await? } else { None };
        Ok(match (salvaged, ticket) {
            (_, Some(_)) if mute || reach == RecoveryScope::LocalOnly => RecoveryStep::Postpone,
            (here, Some(ticket)) => {
                RecoveryStep::Continue(JobTask::Resume(ticket, here.and_then(Result::ok).map(Box::new)))
            }
            (Some(Ok(outcome)), None) => RecoveryStep::Continue(JobTask::Keep(Box::new(outcome))),
            (Some(Err(failure)), None) => RecoveryStep::End(Some(failure)),
            (None, None) => RecoveryStep::End(None),
        })
    }

    async fn end_job(&self, mut record: Record, failure: Option<BackendError>) -> Result<Record, LibraryError> {
        let sent = record.state != JobState::Queued;
        let error = match failure {
            Some(failure) => failure,
            None if sent => interrupted_error(&record),
            None => BackendError::new(ErrorKind::Local, "Tintype exited before the job began; nothing was sent")
                .with_hint("send the prompt again"),
        };
        record.state = final_state(&error);
        record.error = Some(error);
        if sent {
            self.inner.library.finish(&record).await?;
        } else {
            self.inner.library.finish_unsent(&record).await?;
        }
        Ok(record)
    }

    /// Resumes a single job from what is on this machine or by its ticket. It emits events like a new job.
    pub async fn resume(&self, job: Id) -> Result<(), SubmitError> {
        let refuse = |why: &str| SubmitError::NotResumable { job: job.short(), why: why.to_owned() };
        let (record, scratch) = self.claim_known(job).await?;
        if matches!(record.state, JobState::Saved | JobState::Cancelled) {
            scratch.remove_if_empty();
            return Err(refuse("it has finished"));
        }
        let why = match self.next_step(&record, &scratch, RecoveryScope::Everywhere).await? {
            RecoveryStep::Continue(task) => return self.start_recovered(record, scratch, task),
            RecoveryStep::Postpone => format!("`{}` is not available right now", record.backend),
            RecoveryStep::End(None) => "its image cannot be retrieved".to_owned(),
            RecoveryStep::End(Some(failure)) => failure.message,
        };
        scratch.remove_if_empty();
        Err(refuse(&why))
    }

    /// Discards an unfinished job, or one whose outcome is unknown, together with its files in the spool. A job that
    /// has ended keeps its record.
    pub async fn discard(&self, job: Id) -> Result<Record, SubmitError> {
        let (mut record, scratch) = self.claim_known(job).await?;
        match record.state {
            JobState::Saved | JobState::Failed | JobState::Cancelled => {}
            JobState::Queued => {
                record.state = JobState::Cancelled;
                self.inner.library.finish_unsent(&record).await?;
            }
            JobState::Sent | JobState::Received | JobState::Unknown => {
                record.state = JobState::Cancelled;
                record.notes.push("discarded; you may have been charged".to_owned());
                self.inner.library.finish(&record).await?;
            }
        }
        scratch.remove();
        fallback_dir::remove_fallback(job);
        Ok(record)
    }

    fn start_recovered(&self, record: Record, scratch: JobDir, task: JobTask) -> Result<(), SubmitError> {
        self.inner.enter()?;
        let backend = self.registry().get(&record.backend).cloned();
        self.start(record, backend, scratch, task);
        Ok(())
    }

    fn claim(&self, job: Id) -> Result<Option<JobDir>, SubmitError> {
        Ok(JobDir::claim(self.inner.library.places(), job)?)
    }

    /// Returns a job of the library and its folder. The row is read after the folder is claimed, because its process
    /// may have saved it until then.
    async fn claim_known(&self, job: Id) -> Result<(Record, JobDir), SubmitError> {
        let library = &self.inner.library;
        let unknown = || LibraryError::NotFound(job.to_string());
        library.record(job).await?.ok_or_else(unknown)?;
        let running = || SubmitError::NotResumable { job: job.short(), why: "it is running".to_owned() };
        let scratch = self.claim(job)?.ok_or_else(running)?;
        let Some(record) = library.record(job).await? else {
            scratch.remove_if_empty();
            return Err(unknown().into());
        };
        Ok((record, scratch))
    }

    /// Returns the jobs that have a folder in the spool.
    fn jobs_with_dir(&self) -> Vec<Id> {
        let spool = self.inner.library.places().spool();
        let names = fs::read_dir(&spool).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).collect()
    }

    /// Records those jobs again that were sent and that the library has lost.
    async fn restore_lost_jobs(&self) -> Result<(), SubmitError> {
        for job in self.jobs_with_dir() {
            if self.inner.library.record(job).await?.is_some() {
                continue;
            }
            let Ok(Some(scratch)) = self.claim(job) else { continue };
            // Another process may have recorded and saved it before the folder was claimed.
            if self.inner.library.record(job).await?.is_some() {
                scratch.release();
                continue;
            }
            let lost = staging::staged(scratch.path(), job).or_else(|| scratch.stored_record());
            if let Some(record) = lost.filter(|record| record.id == job) {
                let state = if record.state == JobState::Saved { JobState::Received } else { JobState::Sent };
                self.inner.library.begin(&Record { state, images: Vec::new(), ..record }).await?;
            }
            scratch.release();
        }
        Ok(())
    }

    /// Cleans up the folders of jobs that have ended or that the library does not know.
    async fn clean_spool(&self) -> Result<(), SubmitError> {
        atomic_file::remove_stale_temporaries(self.inner.library.data_dir());
        for job in self.jobs_with_dir() {
            // A folder that cannot be claimed is in use or about to be removed.
            let Ok(Some(scratch)) = self.claim(job) else { continue };
            atomic_file::remove_stale_temporaries(scratch.path());
            match self.inner.library.record(job).await? {
                Some(record) if matches!(record.state, JobState::Saved | JobState::Cancelled) => {
                    remove_job_dir(scratch);
                }
                // The job was never sent, or it was a question.
                None => scratch.remove(),
                // Nothing in it is needed any more, and there was a month to look at it.
                Some(record) if record.state == JobState::Failed && scratch.is_expired() => scratch.remove(),
                Some(_) => scratch.remove_if_empty(),
            }
        }
        Ok(())
    }
}

/// Returns the error for a job that ended without its images, because of a recorded error or because its process
/// exited.
fn interrupted_error(record: &Record) -> BackendError {
    let when = |at: Timestamp| at.to_zoned(TimeZone::system()).strftime(" (sent %Y-%m-%d %H:%M:%S)").to_string();
    let when = record.sent.map(when).unwrap_or_default();
    let why = match &record.error {
        Some(error) => format!("{}; nothing was kept", error.message),
        None if record.state == JobState::Received => "the response arrived, but its images were not saved".to_owned(),
        None => "Tintype exited before it recorded a response".to_owned(),
    };
    let message = format!("{why}; you may have been charged{when}");
    BackendError::new(ErrorKind::Unknown, message)
        .with_hint("check the provider's usage page before sending the prompt again")
        .with_request_id(record.ids.request_id.clone())
}

/// Removes the folder of a job that has ended, unless rejected data is kept in it.
fn remove_job_dir(scratch: JobDir) {
    if staging::has_rejected(scratch.path()) {
        scratch.release();
    } else {
        scratch.remove();
    }
}
