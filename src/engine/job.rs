//! One job from begin to end: it runs the backend, listens to it, and turns how it ended into files and a row.
//! It ends once, by type: `run` consumes the job and tells its last event.

use std::{any::Any, panic::AssertUnwindSafe, path::Path, sync::Arc};

use futures::FutureExt as _;
use jiff::Timestamp;
use tintype_backends::{BackendError, ErrorKind, Outcome, Progress, Request, SharedBackend, Ticket};
use tokio::{sync::oneshot, task::spawn_blocking};

use crate::{
    atomic::FileError,
    engine::{
        Inner, JobEvent,
        line::{Heard, Line},
        save::{self, StageError},
        scratch::Scratch,
    },
    library::{Record, State},
};

/// What is to be done.
pub(super) enum Task {
    /// Have it drawn.
    Generate(Request),
    /// Take it up again where an earlier process left it.
    Resume(Ticket),
    /// It is drawn and staged: move it to its place.
    Publish(Box<Record>),
}

/// Why a job is stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The user does not want it any more.
    Cancel,
    /// The program ends.
    Park,
}

/// How the backend's part ended.
enum Ending {
    Done(Box<Outcome>),
    Failed(BackendError),
    Stopped(Stop),
}

/// A job that is running.
pub(super) struct Job {
    pub(super) engine: Arc<Inner>,
    pub(super) record: Record,
    pub(super) backend: Option<SharedBackend>,
    pub(super) scratch: Scratch,
    pub(super) stop: oneshot::Receiver<Stop>,
}

impl Job {
    /// Does all of it and tells the last event.
    pub(super) async fn run(mut self, task: Task) {
        let last = match task {
            Task::Publish(staged) => self.publish(*staged).await,
            task => self.draw_and_save(task).await,
        };
        let (engine, job) = (Arc::clone(&self.engine), self.record.id);
        self.clear_up(&last);
        engine.ended(job, last);
    }

    async fn draw_and_save(&mut self, task: Task) -> JobEvent {
        let line = Arc::new(Line::new(self.record.id, self.engine.library.clone(), self.engine.events.clone()));
        let sent_before = matches!(task, Task::Resume(_));
        let ending = self.draw(task, &line).await;
        self.stop.close();
        let mut heard = line.close();
        heard.sent |= sent_before;
        match ending {
            Ending::Done(outcome) => self.save(*outcome).await,
            Ending::Failed(error) => self.fail(error, heard).await,
            Ending::Stopped(Stop::Cancel) => self.cancelled(heard).await,
            Ending::Stopped(Stop::Park) => self.park(heard).await,
        }
    }

    /// Runs the backend until it is done or the job is stopped; dropping its future is what stops it.
    async fn draw(&mut self, task: Task, line: &Arc<Line>) -> Ending {
        let Some(backend) = self.backend.clone() else {
            return Ending::Failed(local("the backend of this job is no longer there"));
        };
        // Written down before the backend has it: after a crash, `queued` means that nothing can have left.
        if !backend.capabilities().offline
            && let Err(error) = self.engine.library.set_state(self.record.id, State::Sent).await
        {
            return Ending::Failed(local(error.to_string()));
        }
        let progress = Progress::new(Arc::clone(line) as _, self.scratch.path());
        let drawing = async {
            match &task {
                Task::Generate(request) => backend.generate(request, &progress).await,
                Task::Resume(ticket) => backend.resume(ticket, &progress).await,
                Task::Publish(_) => Err(local("there is nothing to draw")),
            }
        };
        tokio::select! {
            biased;
            stop = &mut self.stop => Ending::Stopped(stop.unwrap_or(Stop::Park)),
            drawn = AssertUnwindSafe(drawing).catch_unwind() => match drawn {
                Ok(Ok(outcome)) => Ending::Done(Box::new(outcome)),
                Ok(Err(error)) => Ending::Failed(error),
                Err(panic) => Ending::Failed(broken(&*panic)),
            },
        }
    }

    /// Has the delivered pictures on disk before anything else can go wrong, then in their place.
    async fn save(&mut self, outcome: Outcome) -> JobEvent {
        let images = self.note(outcome);
        self.engine.library.set_state_soon(self.record.id, State::Received);
        let (folder, record) = (self.scratch.path().to_owned(), self.record.clone());
        let staging = spawn_blocking(move || {
            let staged = save::stage(&folder, record.clone(), &images);
            match staged {
                Err(StageError::File(error)) => Err(rescue(&record, &images, &error)),
                Err(StageError::NoPicture(what)) => Err(no_picture(&what, images.len(), &folder)),
                Ok(record) => Ok(record),
            }
        });
        match staging.await.unwrap_or_else(|error| Err(local(format!("the pictures could not be saved: {error}")))) {
            Ok(staged) => self.publish(staged).await,
            Err(error) => self.failed(error, true).await,
        }
    }

    /// Takes over what the backend says of the job; returns its pictures.
    fn note(&mut self, outcome: Outcome) -> Vec<tintype_backends::Image> {
        let record = &mut self.record;
        record.usage = outcome.usage;
        record.cost = outcome.cost;
        record.effective = outcome.effective;
        record.revised_prompt = outcome.revised_prompt;
        record.ids = outcome.ids;
        record.continuation = outcome.continuation;
        record.validity = outcome.validity;
        record.notes.extend(outcome.notes);
        record.seconds = Some(since(record.created));
        outcome.images
    }

    async fn publish(&mut self, staged: Record) -> JobEvent {
        self.record = Record { images: Vec::new(), ..staged.clone() };
        let (places, folder) = (self.engine.library.places().clone(), self.scratch.path().to_owned());
        let publishing = spawn_blocking(move || save::publish(&places, &folder, staged));
        let published = match publishing.await {
            Ok(published) => published.map_err(|error| self.unsaved(&error)),
            Err(error) => Err(local(format!("the pictures could not be saved: {error}"))),
        };
        let record = match published {
            Ok(record) => record,
            Err(error) => return self.failed(error, true).await,
        };
        match self.engine.library.finish(&record).await {
            Ok(()) => JobEvent::Saved(Box::new(record)),
            Err(error) => {
                let error = local(format!("the pictures are saved, but not in the library: {error}"))
                    .with_hint("start tintype again when the disk is well: it adds them");
                JobEvent::Failed(Box::new(Record { state: State::Received, error: Some(error), ..record }))
            }
        }
    }

    fn unsaved(&self, error: &FileError) -> BackendError {
        let (folder, job) = (self.scratch.path().display(), self.record.id.short());
        local(format!("the picture was not saved: {error}"))
            .with_hint(format!("it is kept in `{folder}`; {}, then run `tintype jobs resume {job}`", error.hint()))
    }

    async fn fail(&mut self, error: BackendError, heard: Heard) -> JobEvent {
        if self.record.ids.request_id.is_none() {
            self.record.ids.request_id.clone_from(&error.request_id);
        }
        self.failed(error, heard.sent).await
    }

    async fn failed(&mut self, error: BackendError, sent: bool) -> JobEvent {
        self.record.state = if error.kind == ErrorKind::Unknown { State::Unknown } else { State::Failed };
        if keeps_arrivals(error.kind) && !matches!(error.kind, ErrorKind::Local | ErrorKind::InvalidImage) {
            let arrived = (!self.scratch.is_empty()).then(|| self.scratch.path().display());
            self.record.notes.extend(arrived.map(|folder| format!("what arrived is kept in `{folder}`")));
        }
        self.record.validity = error.validity;
        self.record.error = Some(error);
        self.close(sent).await;
        JobEvent::Failed(Box::new(self.record.clone()))
    }

    async fn cancelled(&mut self, heard: Heard) -> JobEvent {
        self.record.state = State::Cancelled;
        if heard.sent && !self.is_offline() {
            self.record.notes.push("it was under way when it was cancelled; it may be billed".to_owned());
        }
        self.close(heard.sent).await;
        JobEvent::Cancelled(Box::new(self.record.clone()))
    }

    /// The program ends: what can be taken up again stays as it is, of the rest is said what is known.
    async fn park(&mut self, heard: Heard) -> JobEvent {
        if !heard.sent || self.is_offline() {
            self.record.notes.push("tintype was closed before it was drawn".to_owned());
            return self.cancelled(heard).await;
        }
        let resumes = heard.ticket && self.backend.as_ref().is_some_and(|backend| backend.capabilities().resume);
        let error = BackendError::new(ErrorKind::Unknown, "tintype was closed while it was being drawn");
        if resumes {
            let error = error.with_hint("it is taken up again when tintype next starts");
            let record = Record { state: State::Unknown, error: Some(error), ..self.record.clone() };
            return JobEvent::Failed(Box::new(record));
        }
        self.failed(
            error.with_hint("it may be billed; look at the provider's usage page before sending it again"),
            true,
        )
        .await
    }

    /// Writes down how it ended. If that fails the job has ended all the same, and the next start finds it unfinished.
    async fn close(&mut self, sent: bool) {
        self.record.seconds = Some(since(self.record.created));
        let library = &self.engine.library;
        let written = if sent { library.finish(&self.record).await } else { library.finish_unsent(&self.record).await };
        if let Err(error) = written {
            tracing::error!(job = %self.record.id, %error, "how a job ended was not written");
            self.record.notes.push(format!("this could not be written down: {error}"));
        }
    }

    fn is_offline(&self) -> bool {
        self.backend.as_ref().is_some_and(|backend| backend.capabilities().offline)
    }

    /// Removes the job's folder unless something in it may still be wanted.
    fn clear_up(self, last: &JobEvent) {
        let wanted = match last {
            JobEvent::Saved(_) => save::has_rejected(self.scratch.path()),
            JobEvent::Failed(record) => {
                record.error.as_ref().is_some_and(|error| keeps_arrivals(error.kind)) && !self.scratch.is_empty()
            }
            _ => false,
        };
        if wanted { self.scratch.leave() } else { self.scratch.remove() }
    }
}

/// Whether what arrived before such a failure may be a paid picture.
const fn keeps_arrivals(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidImage | ErrorKind::Protocol | ErrorKind::Timeout | ErrorKind::Unknown | ErrorKind::Local
    )
}

/// Seconds from submit until now, by the clock on the wall: a resumed job began in another process.
fn since(created: Timestamp) -> f64 {
    Timestamp::now().duration_since(created).as_secs_f64().max(0.0)
}

fn local(message: impl Into<String>) -> BackendError {
    BackendError::new(ErrorKind::Local, message)
}

fn broken(panic: &(dyn Any + Send)) -> BackendError {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    local(format!("the backend broke down: {}", words.unwrap_or("it did not say why")))
        .with_hint("this is a mistake in tintype or its backend: please report it")
}

fn no_picture(what: &str, delivered: usize, folder: &Path) -> BackendError {
    let error = BackendError::new(ErrorKind::InvalidImage, format!("the backend delivered no picture: {what}"));
    match delivered {
        0 => error.with_hint("try again, or with another prompt"),
        _ => error.with_hint(format!("what it delivered is kept in `{}`", folder.display())),
    }
}

/// The data directory takes no files: the pictures go to the system's folder for temporary ones instead.
fn rescue(record: &Record, images: &[tintype_backends::Image], error: &FileError) -> BackendError {
    let failure = local(format!("the picture was not saved: {error}"));
    let folder = std::env::temp_dir().join(format!("tintype-{}", record.id));
    let rescued = crate::atomic::create_dir(&folder).is_ok() && save::stage(&folder, record.clone(), images).is_ok();
    if rescued {
        failure.with_hint(format!(
            "it is kept in `{}` for now: copy it from there; then {}",
            folder.display(),
            error.hint()
        ))
    } else {
        failure.with_hint(error.hint())
    }
}
