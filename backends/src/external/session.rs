//! A running program that has sent its hello, and its jobs: the routing of its messages to jobs, and the cleanup of
//! jobs that are no longer wanted. The meaning of a message is handled by the job.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value as Json};
use tokio::{
    process::ChildStdout,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    bounds::GRACE,
    hello,
    lines::{Line, Lines, Pace},
    process::{End, Process},
    protocol::{self, Described, Failure, FromHost, Hello, SECOND, Said, Serves, What},
    settings::{Fingerprint, Program},
    wording,
};
use crate::{BackendError, Cost, CostBasis, ErrorKind, Estimate, Input, Progress, Request, Usd};

/// The number of messages that may wait for a job; a program that sends more has to wait itself.
const WAITING: usize = 64;

/// The number of consecutive messages without a receiving job that ends a program.
const MOST_UNHEARD: u32 = 10_000;

/// A running program that has sent its hello. The program is ended when the last reference is dropped.
pub(super) struct Session {
    pub(super) hello: Hello,
    /// The time that the hello took.
    pub(super) greeted_in: Duration,
    /// The program's files at the time it was started.
    pub(super) fingerprint: Fingerprint,
    program: Arc<Program>,
    writer: mpsc::UnboundedSender<String>,
    stop: watch::Sender<bool>,
    desk: Arc<Desk>,
    seats: Arc<Semaphore>,
}

/// The jobs of a program.
#[derive(Default)]
struct Desk(Mutex<Table>);

#[derive(Default)]
struct Table {
    jobs: HashMap<String, Seat>,
    /// The reason why no more messages come from the program.
    over: Option<BackendError>,
}

/// A job's place with the program. It is held until the program reports the end of the job, even if the job is no
/// longer wanted.
struct Seat {
    /// The receiver of the job's messages; `None` if no one is listening any more.
    listener: Option<mpsc::Sender<Heard>>,
    _permit: OwnedSemaphorePermit,
}

/// A job's id, and the receiver of its messages, if there still is one.
type Addressee = (String, Option<mpsc::Sender<Heard>>);

/// A message as delivered to a job, and the length of its line.
pub(super) struct Heard {
    pub(super) what: What,
    pub(super) bytes: usize,
}

/// A job that the program is working on. Dropping it cancels the job.
pub(super) struct Job {
    pub(super) id: String,
    heard: mpsc::Receiver<Heard>,
    session: Arc<Session>,
    progress: Progress,
}

impl Session {
    /// Starts the program and waits for its hello.
    pub(super) async fn open(program: &Arc<Program>) -> Result<Arc<Self>, BackendError> {
        let (begun, fingerprint) = (Instant::now(), program.fingerprint());
        let Process { mut lines, writer, mut end, stop } = Process::start(program)?;
        let greeting = greeted(&mut lines, &mut end, program);
        let hello = timeout(program.patience, greeting).await.unwrap_or_else(|_| Err(wording::no_hello(program)))?;
        let seats = match hello.serves {
            Serves::One => 1,
            Serves::Many => hello.at_once.unwrap_or(1).clamp(1, 64) as usize,
        };
        let desk = Arc::new(Desk::default());
        tokio::spawn(read(lines, Arc::clone(&desk), end, Arc::clone(program)));
        let (program, greeted_in) = (Arc::clone(program), begun.elapsed());
        let seats = Arc::new(Semaphore::new(seats));
        Ok(Arc::new(Self { hello, greeted_in, fingerprint, program, writer, stop, desk, seats }))
    }

    /// Returns the negotiated version; without one, the program gets no job.
    fn version(&self) -> u32 {
        self.hello.version().unwrap_or_default()
    }

    /// Returns true if the program takes one job after the other.
    pub(super) fn serves_many(&self) -> bool {
        self.hello.serves == Serves::Many
    }

    /// Returns true if no more messages come from the program.
    pub(super) fn is_over(&self) -> bool {
        self.desk.table().over.is_some()
    }

    /// Returns true if a new job would have to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.seats.available_permits() == 0
    }

    /// Waits for a free place and starts a job.
    pub(super) async fn begin(self: &Arc<Self>, progress: &Progress) -> Result<Job, BackendError> {
        let id = uuid::Uuid::now_v7().to_string();
        let permit = Arc::clone(&self.seats).acquire_owned().await;
        let permit = permit.map_err(|_| wording::gone(&self.program, "before the job began", None, &[]))?;
        let (listener, heard) = mpsc::channel(WAITING);
        let mut table = self.desk.table();
        if let Some(error) = &table.over {
            return Err(error.clone());
        }
        table.jobs.insert(id.clone(), Seat { listener: Some(listener), _permit: permit });
        drop(table);
        Ok(Job { id, heard, session: Arc::clone(self), progress: progress.clone() })
    }

    /// Asks the program for the cost of a request; `None` if it does not answer with one.
    pub(super) async fn quote(
        self: &Arc<Self>,
        request: &Request,
        settings: &Map<String, Json>,
    ) -> Result<Option<Estimate>, BackendError> {
        let mut job = self.begin(&Progress::silent()).await?;
        job.say(&FromHost::Estimate {
            v: job.version(),
            job: &job.id,
            model: &request.model,
            count: request.count,
            prompt: &request.prompt,
            settings,
            inputs: request.inputs.iter().map(described).collect(),
        });
        let mut quote = None;
        loop {
            match job.next().await?.what {
                What::Estimate(said) => quote = hello::estimate_of(said),
                What::Error(failure) => return Err(wording::failure(&self.program, &failure, true)),
                What::Done(_) => return Ok(quote),
                _ => {}
            }
        }
    }

    fn say(&self, message: &FromHost<'_>) {
        // If the message is not read, the program is gone, and the end of its stdout reports that.
        let _ = self.writer.send(message.line());
    }

    /// Cancels a job that is no longer wanted: notifies the program, and ends it if it does not stop. If the job is
    /// left to be resumed, only its process ends.
    fn abandon(&self, job: &str, progress: &Progress) {
        let runtime = tokio::runtime::Handle::try_current().ok();
        let settles = runtime.is_some() && self.version() >= SECOND && !self.hello.is_free() && !progress.is_left();
        let (listener, last_words) = mpsc::channel(WAITING);
        let open = {
            let mut table = self.desk.table();
            table.jobs.get_mut(job).map(|seat| seat.listener = settles.then_some(listener)).is_some()
        };
        if !open || progress.is_left() || self.is_over() {
            return;
        }
        self.say(&FromHost::Cancel { v: self.version(), job });
        // Without a runtime, everything ends anyway. A program that serves one job ends with its session.
        let Some(runtime) = runtime else { return };
        if settles {
            runtime.spawn(settle(last_words, progress.settle_later()));
        }
        if !self.serves_many() {
            return;
        }
        let (desk, stop, job) = (Arc::clone(&self.desk), self.stop.clone(), job.to_owned());
        let program = Arc::clone(&self.program);
        runtime.spawn(async move {
            let (mut waited, step) = (Duration::ZERO, GRACE / 20);
            while desk.has(&job) && waited < GRACE {
                sleep(step).await;
                waited += step;
            }
            if desk.has(&job) {
                desk.close(&wording::gone(&program, "because it did not stop a cancelled job", None, &[]));
                stop.send_replace(true);
            }
        });
    }
}

impl Job {
    /// Sends a message to the program.
    pub(super) fn say(&self, message: &FromHost<'_>) {
        self.session.say(message);
    }

    /// Returns the negotiated version.
    pub(super) fn version(&self) -> u32 {
        self.session.version()
    }

    /// Returns true if the program draws at no cost.
    pub(super) fn is_offline(&self) -> bool {
        self.session.hello.is_free()
    }

    /// Returns the program's next message. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Heard, BackendError> {
        match self.heard.recv().await {
            Some(heard) => Ok(heard),
            None => Err(self.session.desk.why(&self.session.program)),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.session.abandon(&self.id, &self.progress);
    }
}

impl Desk {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing that can fail is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, job: &str) -> bool {
        self.table().jobs.contains_key(job)
    }

    /// Ends all jobs with an error, because no more messages come.
    fn close(&self, error: &BackendError) {
        let mut table = self.table();
        table.over.get_or_insert_with(|| error.clone());
        table.jobs.clear();
    }

    fn why(&self, program: &Program) -> BackendError {
        let over = self.table().over.clone();
        over.unwrap_or_else(|| wording::gone(program, "in the middle of the job", None, &[]))
    }

    /// Delivers a message to its job, and waits if the job is busy. Returns true if the job received it.
    async fn hear(&self, said: Said, program: &Program) -> Result<bool, BackendError> {
        let Some((job, listener)) = self.addressee(&said, program)? else { return Ok(false) };
        let Said { what, bytes, .. } = said;
        let last = what.is_last();
        let heard = match listener {
            // A job that has been dropped in the meantime does not need the message.
            Some(listener) => listener.send(Heard { what, bytes }).await.is_ok(),
            None => false,
        };
        if last {
            self.table().jobs.remove(&job);
        }
        Ok(heard)
    }

    /// Returns the job that a message is for, or `None` if no such job exists.
    fn addressee(&self, said: &Said, program: &Program) -> Result<Option<Addressee>, BackendError> {
        let table = self.table();
        let found = match &said.job {
            Some(job) => table.jobs.get_key_value(job),
            None if table.jobs.len() > 1 => return Err(wording::no_job(program, said.what.name())),
            None => table.jobs.iter().next(),
        };
        Ok(found.map(|(job, seat)| (job.clone(), seat.listener.clone())))
    }
}

fn described(Input { name, format, size, .. }: &Input) -> Described<'_> {
    Described { name, format: *format, width: size.width, height: size.height }
}

/// Waits briefly for the last messages of a canceled job: its cost, or that it was not billed.
async fn settle(mut last_words: mpsc::Receiver<Heard>, settled: oneshot::Sender<Cost>) {
    let stated = |usd| Some(Cost { usd, basis: CostBasis::Stated });
    let listening = async {
        let mut cost = None;
        while let Some(Heard { what, .. }) = last_words.recv().await {
            match what {
                What::Usage { cost_usd: Some(usd), .. } => cost = stated(usd),
                What::Error(Failure { billed: Some(false), .. }) => return stated(Usd::ZERO),
                What::Error(_) | What::Done(_) => return cost,
                _ => {}
            }
        }
        cost
    };
    if let Some(cost) = timeout(GRACE, listening).await.ok().flatten() {
        // The canceling side may be gone as well.
        let _ = settled.send(cost);
    }
}

/// Reads the first line, which is the hello.
async fn greeted(lines: &mut Lines<ChildStdout>, end: &mut End, program: &Program) -> Result<Hello, BackendError> {
    loop {
        match next(lines, program).await? {
            Some(Some(Said { what: What::Hello(hello), .. })) => return Ok(*hello),
            Some(Some(said)) => return Err(wording::not_hello(program, said.what.name())),
            Some(None) => {}
            None => {
                let (status, words) = end.wait().await;
                let gone = wording::gone(program, "before it said hello", status, &words);
                return Err(BackendError { kind: ErrorKind::Unavailable, ..gone });
            }
        }
    }
}

/// Delivers every line to its job, until the stream ends or a line is not a valid message.
async fn read(mut lines: Lines<ChildStdout>, desk: Arc<Desk>, mut end: End, program: Arc<Program>) {
    let (mut pace, mut unheard) = (Pace::new(Instant::now()), 0);
    let error = loop {
        let heard = match next(&mut lines, &program).await {
            Ok(Some(None)) => Ok(false),
            Ok(Some(Some(said))) => desk.hear(said, &program).await,
            Ok(None) => {
                let (status, words) = end.wait().await;
                break wording::gone(&program, "in the middle of the job", status, &words);
            }
            Err(error) => Err(error),
        };
        unheard = match heard {
            Ok(true) => 0,
            Ok(false) if unheard < MOST_UNHEARD => unheard + 1,
            Ok(false) => break wording::babbling(&program),
            Err(error) => break error,
        };
        if let Some(until) = pace.step(Instant::now()) {
            sleep_until(until).await;
        }
    };
    desk.close(&error);
}

/// Returns the next message; `Some(None)` for an empty line, `None` at the end.
async fn next(lines: &mut Lines<ChildStdout>, program: &Program) -> Result<Option<Option<Said>>, BackendError> {
    match lines.next().await {
        Ok(Some(Line::Whole(line))) => {
            let clean = |message: &mut _| program.clean(message);
            protocol::read(&line, clean).map(Some).map_err(|bad| wording::bad_line(program, &bad, &line))
        }
        Ok(Some(Line::TooLong)) => Err(wording::long_line(program)),
        // A pipe that cannot be read counts as ended.
        Ok(None) | Err(_) => Ok(None),
    }
}
