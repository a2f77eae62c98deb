//! A single job from start to end: runs the backend, listens to it, and turns the outcome into files and a row.
//! It ends exactly once, enforced by types: `run` consumes the job and emits its last event.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt as _;
use jiff::Timestamp;
use tintype_backends::{BackendError, Cost, ErrorKind, Outcome, Progress, Request, SharedBackend, Ticket};
use tokio::{sync::oneshot, task::spawn_blocking};

use crate::{
    atomic_file::FileError,
    engine::{
        EngineShared, JobEvent, fallback_dir,
        job_dir::JobDir,
        progress::{ListenerState, ProgressSink},
        reported_cost,
        salvage::salvage,
        staging::{self, StageError},
    },
    failpoint::Failpoint,
    library::{JobState, Record},
};

/// The work that a job has to do.
pub(super) enum JobTask {
    /// Generate the images.
    Generate(Box<Request>),
    /// Resume where an earlier process stopped. An outcome that is already here is saved if resuming fails.
    Resume(Ticket, Option<Box<Outcome>>),
    /// Save an outcome that an earlier process received.
    Keep(Box<Outcome>),
    /// Move images that are staged in that folder to their place.
    Publish(PathBuf, Box<Record>),
}

/// The reason why a job is stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopReason {
    /// The user canceled the job.
    Cancel,
    /// The program exits; the job can be resumed later.
    Suspend,
}

/// The result of the backend's part of a job.
enum DrawResult {
    Done(Box<Outcome>),
    Failed(BackendError),
    Stopped(StopReason),
}

/// A running job.
pub(super) struct Job {
    pub(super) engine: Arc<EngineShared>,
    pub(super) record: Record,
    pub(super) backend: Option<SharedBackend>,
    pub(super) scratch: JobDir,
    pub(super) stop: oneshot::Receiver<StopReason>,
    /// The cost that the backend reports after a cancellation, if it knows it.
    pub(super) settled: Option<Cost>,
}

/// The time that a backend has to report the cost of a canceled job.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(3);

impl Job {
    /// Runs the whole job and emits its last event.
    pub(super) async fn run(mut self, task: JobTask) {
        let last = match task {
            JobTask::Publish(folder, staged) => self.publish(&folder, *staged).await,
            JobTask::Keep(outcome) => self.save(*outcome).await,
            task => self.generate_and_save(task).await,
        };
        let (engine, job) = (Arc::clone(&self.engine), self.record.id);
        self.clean_up(&last);
        engine.finish(job, last);
    }

    async fn generate_and_save(&mut self, mut task: JobTask) -> JobEvent {
        let line = Arc::new(ProgressSink::new(self.record.id, self.engine.library.clone(), self.engine.events.clone()));
        let (resumed, here) = match &mut task {
            JobTask::Resume(_, here) => (true, here.take()),
            _ => (false, None),
        };
        let ending = self.generate(task, &line).await;
        self.stop.close();
        let mut heard = line.close();
        heard.sent |= resumed;
        let known = self.record.ids.request_id.take();
        self.record.ids.request_id = heard.request_id.take().or(known);
        match ending {
            DrawResult::Done(outcome) => self.save(*outcome).await,
            DrawResult::Failed(_) if here.is_some() => self.save(*here.unwrap_or_default()).await,
            DrawResult::Failed(error) => match self.salvaged(error.kind).await {
                Some(outcome) => self.save(outcome).await,
                None if resumed => self.finish_failed_resume(error).await,
                None => self.fail(error, heard).await,
            },
            DrawResult::Stopped(StopReason::Cancel) => self.record_cancellation(heard).await,
            DrawResult::Stopped(StopReason::Suspend) => match self.salvaged(ErrorKind::Unknown).await {
                Some(outcome) => self.save(outcome).await,
                None => self.suspend(heard).await,
            },
        }
    }

    /// Returns the images that are complete on disk although the job failed: they are paid for and must not be lost.
    async fn salvaged(&self, kind: ErrorKind) -> Option<Outcome> {
        let backend = self.backend.as_ref().filter(|_| keeps_received_data(kind) && !self.scratch.is_empty())?;
        salvage(backend, &self.record, self.scratch.path()).await?.ok()
    }

    /// Runs the backend until it finishes or the job is stopped. Dropping its future is what stops it.
    async fn generate(&mut self, task: JobTask, line: &Arc<ProgressSink>) -> DrawResult {
        let Some(backend) = self.backend.clone() else {
            return DrawResult::Failed(local_error("the backend of this job no longer exists"));
        };
        if matches!(task, JobTask::Generate(_))
            && !backend.capabilities().offline
            && let Err(error) = self.mark_sent().await
        {
            return DrawResult::Failed(error);
        }
        let progress = Progress::new(Arc::clone(line) as _, self.scratch.path());
        let drawing = async {
            match &task {
                JobTask::Generate(request) => backend.generate(request, &progress).await,
                JobTask::Resume(ticket, _) => backend.resume(ticket, &progress).await,
                JobTask::Keep(_) | JobTask::Publish(..) => Err(local_error("there is nothing to generate")),
            }
        };
        // `detach` has to be called before the backend's future is dropped.
        let stopped = async {
            let stop = (&mut self.stop).await.unwrap_or(StopReason::Suspend);
            if stop == StopReason::Suspend && line.holds_ticket() {
                progress.detach();
            }
            stop
        };
        let ending = tokio::select! {
            biased;
            stop = stopped => DrawResult::Stopped(stop),
            drawn = AssertUnwindSafe(drawing).catch_unwind() => match drawn {
                Ok(Ok(outcome)) => DrawResult::Done(Box::new(outcome)),
                Ok(Err(error)) => DrawResult::Failed(error),
                Err(panic) => DrawResult::Failed(panic_error(&*panic)),
            },
        };
        if matches!(ending, DrawResult::Stopped(StopReason::Cancel)) {
            // The backend's future is gone; a cost that it left to be settled arrives within seconds or never.
            self.settled = tokio::time::timeout(SETTLE_TIMEOUT, progress.late_cost()).await.ok().flatten();
        }
        ending
    }

    /// Records the request as sent before the backend gets it: after a crash, `queued` guarantees that nothing was
    /// sent.
    async fn mark_sent(&mut self) -> Result<(), BackendError> {
        let now = Timestamp::now();
        (self.record.state, self.record.sent) = (JobState::Sent, Some(now));
        self.scratch
            .store_record(&self.record)
            .map_err(|error| local_error(error.to_string()).with_hint(error.hint()))?;
        self.engine.library.send(self.record.id, now).await.map_err(|error| local_error(error.to_string()))?;
        self.engine.library.crash().hit(Failpoint::Sent);
        Ok(())
    }

    /// Stages the delivered images on disk before anything else can fail, then publishes them.
    async fn save(&mut self, outcome: Outcome) -> JobEvent {
        let images = self.apply_outcome(outcome);
        self.engine.library.set_state_soon(self.record.id, JobState::Received);
        let (folder, record) = (self.scratch.path().to_owned(), self.record.clone());
        let staging = spawn_blocking(move || {
            let staged = staging::stage(&folder, record.clone(), &images);
            match staged {
                Err(StageError::File(error)) => {
                    Err((fallback_dir::save_to_fallback(&record, &images, &error), JobState::Received))
                }
                Err(StageError::NoImage(what)) => Err((no_image_error(&what, images.len(), &folder), JobState::Failed)),
                Ok(record) => Ok((folder, record)),
            }
        });
        let staged = staging.await.unwrap_or_else(|error| Err((join_error(&error), JobState::Received)));
        match staged {
            Ok((folder, staged)) => {
                self.engine.library.crash().hit(Failpoint::Staged);
                self.publish(&folder, staged).await
            }
            Err((error, JobState::Received)) => self.postpone(error, JobState::Received).await,
            Err((error, state)) => self.failed(error, state, true).await,
        }
    }

    /// Copies the details of the outcome into the record and returns its images.
    fn apply_outcome(&mut self, outcome: Outcome) -> Vec<tintype_backends::Image> {
        let record = &mut self.record;
        // The reason for an earlier postponement is obsolete.
        record.error = None;
        let (cost, doubt) = reported_cost::check_cost(outcome.cost, &record.estimate);
        record.notes.extend(doubt);
        record.usage = outcome.usage;
        record.cost = cost;
        record.effective = outcome.effective;
        record.revised_prompt = outcome.revised_prompt;
        let named = record.ids.request_id.take();
        record.ids = outcome.ids;
        record.ids.request_id = record.ids.request_id.take().or(named);
        record.continuation = outcome.continuation;
        record.validity = outcome.validity;
        record.notes.extend(outcome.notes);
        record.seconds = Some(since(record.created));
        outcome.images
    }

    async fn publish(&mut self, folder: &Path, staged: Record) -> JobEvent {
        self.record = Record { images: Vec::new(), ..staged.clone() };
        let (places, from) = (self.engine.library.places().clone(), folder.to_owned());
        let publishing = spawn_blocking(move || staging::publish(&places, &from, staged));
        let published = match publishing.await {
            Ok(published) => published.map_err(|error| self.unsaved(folder, &error)),
            Err(error) => Err(join_error(&error)),
        };
        let record = match published {
            Ok(record) => record,
            Err(error) => return self.postpone(error, JobState::Received).await,
        };
        self.engine.library.crash().hit(Failpoint::Moved);
        match self.engine.library.finish(&record).await {
            Ok(()) => {
                self.engine.library.crash().hit(Failpoint::Finished);
                fallback_dir::remove_fallback(record.id);
                JobEvent::Saved(Box::new(record))
            }
            Err(error) => {
                let error = local_error(format!("the images were saved but not added to the library: {error}"))
                    .with_hint("fix the disk and restart Tintype, which adds them");
                JobEvent::Failed(Box::new(Record { state: JobState::Received, error: Some(error), ..record }))
            }
        }
    }

    fn unsaved(&self, folder: &Path, error: &FileError) -> BackendError {
        let (folder, job) = (folder.display(), self.record.id.short());
        local_error(format!("the image was not saved: {error}"))
            .with_hint(format!("it is kept in `{folder}`; {}, then run `tintype jobs resume {job}`", error.hint()))
    }

    /// Postpones the job: the obstacle may be temporary, so the job keeps its state and the next start continues it.
    async fn postpone(&mut self, error: BackendError, state: JobState) -> JobEvent {
        (self.record.state, self.record.error) = (state, Some(error));
        if let Err(error) = self.engine.library.postpone(&self.record).await {
            tracing::error!(job = %self.record.id, %error, "the error of a postponed job was not recorded");
        }
        JobEvent::Failed(Box::new(self.record.clone()))
    }

    /// Ends or postpones a job that could not be resumed, depending on whether the error is permanent.
    async fn finish_failed_resume(&mut self, error: BackendError) -> JobEvent {
        if error.resumable {
            return self.postpone(self.with_resume_hint(error), JobState::Sent).await;
        }
        let state = match error.kind {
            ErrorKind::Refused | ErrorKind::InvalidImage => JobState::Failed,
            ErrorKind::InvalidParameter | ErrorKind::Unsupported | ErrorKind::Protocol | ErrorKind::ModelRetired => {
                JobState::Unknown
            }
            _ => return self.postpone(error, JobState::Sent).await,
        };
        self.failed(error, state, true).await
    }

    async fn fail(&mut self, error: BackendError, heard: ListenerState) -> JobEvent {
        if self.record.ids.request_id.is_none() {
            self.record.ids.request_id.clone_from(&error.request_id);
        }
        if error.resumable && heard.ticket {
            return self.postpone(self.with_resume_hint(error), JobState::Sent).await;
        }
        let sent = heard.sent && !error.unsent;
        self.record.sent = self.record.sent.filter(|_| sent);
        self.failed(self.with_resume_hint(error.clone()), final_state(&error), sent).await
    }

    /// Adds the command that retrieves the images to the error, if they can be retrieved.
    fn with_resume_hint(&self, error: BackendError) -> BackendError {
        if !error.resumable {
            return error;
        }
        let more = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let hint = format!("run `tintype jobs resume {}` to get it at no extra cost{more}", self.record.id.short());
        error.with_hint(hint)
    }

    async fn failed(&mut self, error: BackendError, state: JobState, sent: bool) -> JobEvent {
        self.record.state = state;
        if keeps_received_data(error.kind) && !matches!(error.kind, ErrorKind::Local | ErrorKind::InvalidImage) {
            let arrived = (!self.scratch.is_empty()).then(|| self.scratch.path().display());
            self.record.notes.extend(arrived.map(|folder| format!("the received data is kept in `{folder}`")));
        }
        self.record.validity = error.validity;
        self.record.error = Some(error);
        self.close(sent).await;
        JobEvent::Failed(Box::new(self.record.clone()))
    }

    async fn record_cancellation(&mut self, heard: ListenerState) -> JobEvent {
        self.record.state = JobState::Cancelled;
        if let Some(cost) = self.settled.take() {
            let (cost, doubt) = reported_cost::check_cost(Some(cost), &self.record.estimate);
            self.record.notes.extend(doubt);
            self.record.cost = cost;
        } else if heard.sent && !self.is_offline() {
            self.record.notes.push("it was running when it was canceled; you may have been charged".to_owned());
        }
        self.close(heard.sent).await;
        JobEvent::Canceled(Box::new(self.record.clone()))
    }

    /// Suspends the job because the program exits. A job that can be resumed keeps its state; any other ends with what
    /// is known about it.
    async fn suspend(&mut self, heard: ListenerState) -> JobEvent {
        let resumes = heard.ticket && self.backend.as_ref().is_some_and(|backend| backend.capabilities().resume);
        if !heard.sent || (self.is_offline() && !resumes) {
            self.record.notes.push("Tintype exited before the job began".to_owned());
            return self.record_cancellation(heard).await;
        }
        let error = BackendError::new(ErrorKind::Unknown, "Tintype exited before the response arrived");
        if resumes {
            let error = error.with_hint("it resumes when Tintype starts again");
            let record = Record { state: JobState::Unknown, error: Some(error), ..self.record.clone() };
            return JobEvent::Failed(Box::new(record));
        }
        let error =
            error.with_hint("you may have been charged; check the provider's usage page before sending it again");
        let error = error.with_request_id(self.record.ids.request_id.clone());
        self.failed(error, JobState::Unknown, true).await
    }

    /// Records how the job ended. If that fails the job has ended all the same, and the next start finds it unfinished.
    async fn close(&mut self, sent: bool) {
        self.record.seconds = Some(since(self.record.created));
        let library = &self.engine.library;
        let written = if sent { library.finish(&self.record).await } else { library.finish_unsent(&self.record).await };
        if let Err(error) = written {
            tracing::error!(job = %self.record.id, %error, "the outcome of a job was not recorded");
            self.record.notes.push(format!("this could not be recorded: {error}"));
        }
    }

    fn is_offline(&self) -> bool {
        self.backend.as_ref().is_some_and(|backend| backend.capabilities().offline)
    }

    /// Removes the job's folder unless something in it may still be needed.
    fn clean_up(self, last: &JobEvent) {
        let wanted = match last {
            JobEvent::Saved(_) => staging::has_rejected(self.scratch.path()),
            JobEvent::Failed(record) => {
                record.error.as_ref().is_some_and(|error| error.resumable || keeps_received_data(error.kind))
                    && !self.scratch.is_empty()
            }
            _ => false,
        };
        if wanted { self.scratch.release() } else { self.scratch.remove() }
    }
}

/// Returns the final state of a job that failed with this error.
pub(super) const fn final_state(error: &BackendError) -> JobState {
    if matches!(error.kind, ErrorKind::Unknown) || error.resumable { JobState::Unknown } else { JobState::Failed }
}

/// Returns true if data that arrived before such an error may contain an image that is paid for.
const fn keeps_received_data(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidImage | ErrorKind::Protocol | ErrorKind::Timeout | ErrorKind::Unknown | ErrorKind::Local
    )
}

/// Returns the seconds since submit by the wall clock, because a resumed job started in another process.
fn since(created: Timestamp) -> f64 {
    Timestamp::now().duration_since(created).as_secs_f64().max(0.0)
}

fn local_error(message: impl Into<String>) -> BackendError {
    BackendError::new(ErrorKind::Local, message)
}

/// Returns the error for a panic of the blocking thread.
fn join_error(error: &tokio::task::JoinError) -> BackendError {
    local_error(format!("the images could not be saved: {error}"))
}

fn panic_error(panic: &(dyn Any + Send)) -> BackendError {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    local_error(format!("the backend crashed: {}", words.unwrap_or("no reason given")))
        .with_hint("this is a bug in Tintype or its backend; please report it")
}

fn no_image_error(what: &str, delivered: usize, folder: &Path) -> BackendError {
    let error = BackendError::new(ErrorKind::InvalidImage, format!("the backend returned no image: {what}"));
    match delivered {
        0 => error.with_hint("try again, or change the prompt"),
        _ => error.with_hint(format!("its output is kept in `{}`", folder.display())),
    }
}
