//! What an earlier process left behind: what is complete is saved, what can be taken up is, the rest says what is known.
//! Nothing is ever sent a second time here.

use std::{fs, time::Instant};

use tintype_backends::{BackendError, ErrorKind};

use crate::{
    atomic,
    engine::{Engine, SubmitError, job::Task, save, scratch::Scratch},
    id::Id,
    library::{LibraryError, Record, State},
};

impl Engine {
    /// Looks through what an earlier process left unfinished. Returns those jobs as they stand now: the ones that are
    /// `sent` or `received` go on here and tell of it by events, the others have ended. What a living process is at is left alone.
    pub async fn recover(&self) -> Result<Vec<Record>, SubmitError> {
        let mut found = Vec::new();
        for record in self.inner.library.unfinished().await? {
            if !record.state.is_final() {
                found.extend(self.recover_one(record.id).await?);
            }
        }
        self.sweep().await?;
        Ok(found)
    }

    async fn recover_one(&self, job: Id) -> Result<Option<Record>, SubmitError> {
        let Some(scratch) = self.claim(job)? else { return Ok(None) };
        // Read again: until the folder was claimed, its process may have been alive and may have ended it.
        let Some(record) = self.inner.library.record(job).await?.filter(|record| !record.state.is_final()) else {
            return Ok(None);
        };
        if let Some(task) = self.continuation_of(&record, &scratch).await? {
            self.start_again(record.clone(), scratch, task);
            return Ok(Some(record));
        }
        let record = self.give_up(record).await?;
        scratch.clear_up();
        Ok(Some(record))
    }

    /// How a job can go on, if it can: what is staged is published, what has a ticket is resumed.
    async fn continuation_of(&self, record: &Record, scratch: &Scratch) -> Result<Option<Task>, SubmitError> {
        if let Some(staged) = save::staged(scratch.path()) {
            return Ok(Some(Task::Publish(Box::new(staged))));
        }
        let resumes = self.registry().get(&record.backend).is_some_and(|backend| backend.capabilities().resume);
        let ticket = if resumes { self.inner.library.ticket(record.id).await? } else { None };
        Ok(ticket.map(Task::Resume))
    }

    async fn give_up(&self, mut record: Record) -> Result<Record, LibraryError> {
        let sent = record.state != State::Queued;
        let error = if sent {
            record.state = State::Unknown;
            BackendError::new(ErrorKind::Unknown, "tintype ended before the answer was here; it may be billed")
                .with_hint("look at the provider's usage page before you send it again")
                .with_request_id(record.ids.request_id.clone())
        } else {
            record.state = State::Failed;
            BackendError::new(ErrorKind::Local, "tintype ended before it was drawn; nothing was sent")
                .with_hint("send it again")
        };
        record.error = Some(error);
        if sent {
            self.inner.library.finish(&record).await?;
        } else {
            self.inner.library.finish_unsent(&record).await?;
        }
        Ok(record)
    }

    /// Takes up one job again: from what is staged, or by its ticket. It tells of it by events, like a new one.
    pub async fn resume(&self, job: Id) -> Result<(), SubmitError> {
        let found = self.inner.library.record(job).await?;
        let record = found.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
        let refuse = |why: &str| SubmitError::NotResumable { job: job.short(), why: why.to_owned() };
        if matches!(record.state, State::Saved | State::Cancelled) {
            return Err(refuse("it has ended"));
        }
        let scratch = self.claim(job)?.ok_or_else(|| refuse("it is running"))?;
        let Some(task) = self.continuation_of(&record, &scratch).await? else {
            scratch.clear_up();
            return Err(refuse("the provider gave nothing by which to find it again"));
        };
        self.start_again(record, scratch, task);
        Ok(())
    }

    /// Gives up a job of which nobody knows how it ended, with whatever of it is in the spool.
    pub async fn discard(&self, job: Id) -> Result<Record, SubmitError> {
        let found = self.inner.library.record(job).await?;
        let mut record = found.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
        let refuse = |why: &str| SubmitError::NotResumable { job: job.short(), why: why.to_owned() };
        let scratch = self.claim(job)?.ok_or_else(|| refuse("it is running"))?;
        if record.state != State::Saved {
            record.state = State::Cancelled;
            record.notes.push("given up; it may be billed".to_owned());
            self.inner.library.finish(&record).await?;
        }
        scratch.remove();
        Ok(record)
    }

    fn start_again(&self, record: Record, scratch: Scratch, task: Task) {
        let backend = self.registry().get(&record.backend).cloned();
        self.start(record, backend, scratch, task, Instant::now());
    }

    fn claim(&self, job: Id) -> Result<Option<Scratch>, SubmitError> {
        Ok(Scratch::claim(self.inner.library.places(), job)?)
    }

    /// Goes through the folders of jobs that have ended or that the library does not know.
    async fn sweep(&self) -> Result<(), SubmitError> {
        let spool = self.inner.library.places().spool();
        let names = fs::read_dir(&spool).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let jobs: Vec<Id> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
        for job in jobs {
            // One that cannot be claimed is in use, or on its way out.
            let Ok(Some(scratch)) = self.claim(job) else { continue };
            atomic::sweep(scratch.path());
            match self.inner.library.record(job).await? {
                Some(record) if matches!(record.state, State::Saved | State::Cancelled) => clear(&record, scratch),
                None if save::staged(scratch.path()).is_some() => self.adopt(scratch).await?,
                _ if scratch.is_empty() => scratch.remove(),
                _ => scratch.leave(),
            }
        }
        Ok(())
    }

    /// A job that was drawn and that the library has lost: it is written down again and saved.
    async fn adopt(&self, scratch: Scratch) -> Result<(), SubmitError> {
        let Some(staged) = save::staged(scratch.path()) else { return Ok(()) };
        let record = Record { state: State::Received, images: Vec::new(), ..staged.clone() };
        self.inner.library.begin(&record).await?;
        self.start_again(record, scratch, Task::Publish(Box::new(staged)));
        Ok(())
    }
}

/// A job that has ended: the temporary files of a process that died over it go, what was refused stays.
fn clear(record: &Record, scratch: Scratch) {
    for image in &record.images {
        image.path.parent().map(atomic::sweep);
    }
    if save::has_rejected(scratch.path()) {
        scratch.leave();
    } else {
        scratch.remove();
    }
}
