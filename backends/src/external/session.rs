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
    errors, hello,
    job_limits::GRACE,
    line_reader::{LineReader, LineThrottle, ProgramLine},
    process::{ChildProcess, ProcessEnd},
    protocol::{
        self, FailureMessage, Hello, HostMessage, InputDescription, MessageBody, ProgramMessage, Serves, VERSION_2,
    },
    settings::{ExternalProgram, ProgramFingerprint},
};
use crate::{BackendError, Cost, CostBasis, ErrorKind, Estimate, Progress, Request, RequestImage, Usd};

/// The number of messages that may wait for a job; a program that sends more has to wait itself.
const JOB_QUEUE_LENGTH: usize = 64;

/// The number of consecutive messages without a receiving job that ends a program.
const MAX_UNROUTED_LINES: u32 = 10_000;

/// A running program that has sent its hello. The program is ended when the last reference is dropped.
pub(super) struct ProgramSession {
    pub(super) hello: Hello,
    /// The time that the hello took.
    pub(super) hello_duration: Duration,
    /// The program's files at the time it was started.
    pub(super) fingerprint: ProgramFingerprint,
    program: Arc<ExternalProgram>,
    writer: mpsc::UnboundedSender<String>,
    stop: watch::Sender<bool>,
    router: Arc<Router>,
    slots: Arc<Semaphore>,
}

/// The jobs of a program.
#[derive(Default)]
struct Router(Mutex<JobTable>);

#[derive(Default)]
struct JobTable {
    jobs: HashMap<String, JobSlot>,
    /// The reason why no more messages come from the program.
    closed: Option<BackendError>,
}

/// A job's place with the program. It is held until the program reports the end of the job, even if the job is no
/// longer wanted.
struct JobSlot {
    /// The receiver of the job's messages; `None` if no one is listening any more.
    listener: Option<mpsc::Sender<JobMessage>>,
    _permit: OwnedSemaphorePermit,
}

/// A job's id, and the receiver of its messages, if there still is one.
type Recipient = (String, Option<mpsc::Sender<JobMessage>>);

/// A message as delivered to a job, and the length of its line.
pub(super) struct JobMessage {
    pub(super) what: MessageBody,
    pub(super) bytes: usize,
}

/// A job that the program is working on. Dropping it cancels the job.
pub(super) struct ProgramJob {
    pub(super) id: String,
    inbox: mpsc::Receiver<JobMessage>,
    session: Arc<ProgramSession>,
    progress: Progress,
}

impl ProgramSession {
    /// Starts the program and waits for its hello.
    pub(super) async fn open(program: &Arc<ExternalProgram>) -> Result<Arc<Self>, BackendError> {
        let (begun, fingerprint) = (Instant::now(), program.fingerprint());
        let ChildProcess { mut lines, writer, mut end, stop } = ChildProcess::start(program)?;
        let greeting = read_hello(&mut lines, &mut end, program);
        let hello =
            timeout(program.hello_timeout, greeting).await.unwrap_or_else(|_| Err(errors::no_hello(program)))?;
        let slots = match hello.serves {
            Serves::One => 1,
            Serves::Many => hello.at_once.unwrap_or(1).clamp(1, 64) as usize,
        };
        let router = Arc::new(Router::default());
        tokio::spawn(route_lines(lines, Arc::clone(&router), end, Arc::clone(program)));
        let (program, hello_duration) = (Arc::clone(program), begun.elapsed());
        let slots = Arc::new(Semaphore::new(slots));
        Ok(Arc::new(Self { hello, hello_duration, fingerprint, program, writer, stop, router, slots }))
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
    pub(super) fn is_closed(&self) -> bool {
        self.router.table().closed.is_some()
    }

    /// Returns true if a new job would have to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.slots.available_permits() == 0
    }

    /// Waits for a free place and starts a job.
    pub(super) async fn start_job(self: &Arc<Self>, progress: &Progress) -> Result<ProgramJob, BackendError> {
        let id = uuid::Uuid::now_v7().to_string();
        let permit = Arc::clone(&self.slots).acquire_owned().await;
        let permit = permit.map_err(|_| errors::exited_early(&self.program, "before the job started", None, &[]))?;
        let (listener, inbox) = mpsc::channel(JOB_QUEUE_LENGTH);
        let mut table = self.router.table();
        if let Some(error) = &table.closed {
            return Err(error.clone());
        }
        table.jobs.insert(id.clone(), JobSlot { listener: Some(listener), _permit: permit });
        drop(table);
        Ok(ProgramJob { id, inbox, session: Arc::clone(self), progress: progress.clone() })
    }

    /// Asks the program for the cost of a request; `None` if it does not answer with one.
    pub(super) async fn quote(
        self: &Arc<Self>,
        request: &Request,
        settings: &Map<String, Json>,
    ) -> Result<Option<Estimate>, BackendError> {
        let mut job = self.start_job(&Progress::without_listener()).await?;
        job.send(&HostMessage::Estimate {
            v: job.version(),
            job: &job.id,
            model: &request.model,
            count: request.count,
            prompt: &request.prompt,
            settings,
            inputs: request.inputs.iter().map(describe_input).collect(),
        });
        let mut quote = None;
        loop {
            match job.next_message().await?.what {
                MessageBody::Estimate(said) => quote = hello::quote_to_estimate(said),
                MessageBody::Error(failure) => return Err(errors::failure(&self.program, &failure, true)),
                MessageBody::Done(_) => return Ok(quote),
                _ => {}
            }
        }
    }

    fn send(&self, message: &HostMessage<'_>) {
        // If the message is not read, the program is gone, and the end of its stdout reports that.
        let _ = self.writer.send(message.line());
    }

    /// Cancels a job that is no longer wanted: notifies the program, and ends it if it does not stop. If the job is
    /// left to be resumed, only its process ends.
    fn cancel(&self, job: &str, progress: &Progress) {
        let runtime = tokio::runtime::Handle::try_current().ok();
        let settles =
            runtime.is_some() && self.version() >= VERSION_2 && !self.hello.is_free() && !progress.is_detached();
        let (listener, last_words) = mpsc::channel(JOB_QUEUE_LENGTH);
        let open = {
            let mut table = self.router.table();
            table.jobs.get_mut(job).map(|seat| seat.listener = settles.then_some(listener)).is_some()
        };
        if !open || progress.is_detached() || self.is_closed() {
            return;
        }
        self.send(&HostMessage::Cancel { v: self.version(), job });
        // Without a runtime, everything ends anyway. A program that serves one job ends with its session.
        let Some(runtime) = runtime else { return };
        if settles {
            runtime.spawn(await_final_cost(last_words, progress.report_cost_later()));
        }
        if !self.serves_many() {
            return;
        }
        let (router, stop, job) = (Arc::clone(&self.router), self.stop.clone(), job.to_owned());
        let program = Arc::clone(&self.program);
        runtime.spawn(async move {
            let (mut waited, step) = (Duration::ZERO, GRACE / 20);
            while router.has(&job) && waited < GRACE {
                sleep(step).await;
                waited += step;
            }
            if router.has(&job) {
                router.close(&errors::exited_early(&program, "because it did not stop a canceled job", None, &[]));
                stop.send_replace(true);
            }
        });
    }
}

impl ProgramJob {
    /// Sends a message to the program.
    pub(super) fn send(&self, message: &HostMessage<'_>) {
        self.session.send(message);
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
    pub(super) async fn next_message(&mut self) -> Result<JobMessage, BackendError> {
        match self.inbox.recv().await {
            Some(inbox) => Ok(inbox),
            None => Err(self.session.router.close_reason(&self.session.program)),
        }
    }
}

impl Drop for ProgramJob {
    fn drop(&mut self) {
        self.session.cancel(&self.id, &self.progress);
    }
}

impl Router {
    fn table(&self) -> MutexGuard<'_, JobTable> {
        // Nothing that can fail is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, job: &str) -> bool {
        self.table().jobs.contains_key(job)
    }

    /// Ends all jobs with an error, because no more messages come.
    fn close(&self, error: &BackendError) {
        let mut table = self.table();
        table.closed.get_or_insert_with(|| error.clone());
        table.jobs.clear();
    }

    fn close_reason(&self, program: &ExternalProgram) -> BackendError {
        let closed = self.table().closed.clone();
        closed.unwrap_or_else(|| errors::exited_early(program, "during the job", None, &[]))
    }

    /// Delivers a message to its job, and waits if the job is busy. Returns true if the job received it.
    async fn deliver(&self, said: ProgramMessage, program: &ExternalProgram) -> Result<bool, BackendError> {
        let Some((job, listener)) = self.recipient(&said, program)? else { return Ok(false) };
        let ProgramMessage { what, bytes, .. } = said;
        let last = what.is_last();
        let inbox = match listener {
            // A job that has been dropped in the meantime does not need the message.
            Some(listener) => listener.send(JobMessage { what, bytes }).await.is_ok(),
            None => false,
        };
        if last {
            self.table().jobs.remove(&job);
        }
        Ok(inbox)
    }

    /// Returns the job that a message is for, or `None` if no such job exists.
    fn recipient(&self, said: &ProgramMessage, program: &ExternalProgram) -> Result<Option<Recipient>, BackendError> {
        let table = self.table();
        let found = match &said.job {
            Some(job) => table.jobs.get_key_value(job),
            None if table.jobs.len() > 1 => return Err(errors::no_job(program, said.what.name())),
            None => table.jobs.iter().next(),
        };
        Ok(found.map(|(job, seat)| (job.clone(), seat.listener.clone())))
    }
}

fn describe_input(RequestImage { name, format, size, .. }: &RequestImage) -> InputDescription<'_> {
    InputDescription { name, format: *format, width: size.width, height: size.height }
}

/// Waits briefly for the last messages of a canceled job: its cost, or that it was not billed.
async fn await_final_cost(mut last_words: mpsc::Receiver<JobMessage>, settled: oneshot::Sender<Cost>) {
    let stated = |usd| Some(Cost { usd, basis: CostBasis::Stated });
    let listening = async {
        let mut cost = None;
        while let Some(JobMessage { what, .. }) = last_words.recv().await {
            match what {
                MessageBody::Usage { cost_usd: Some(usd), .. } => cost = stated(usd),
                MessageBody::Error(FailureMessage { billed: Some(false), .. }) => return stated(Usd::ZERO),
                MessageBody::Error(_) | MessageBody::Done(_) => return cost,
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
async fn read_hello(
    lines: &mut LineReader<ChildStdout>,
    end: &mut ProcessEnd,
    program: &ExternalProgram,
) -> Result<Hello, BackendError> {
    loop {
        match next_message(lines, program).await? {
            Some(Some(ProgramMessage { what: MessageBody::Hello(hello), .. })) => return Ok(*hello),
            Some(Some(said)) => return Err(errors::not_hello(program, said.what.name())),
            Some(None) => {}
            None => {
                let (status, words) = end.wait().await;
                let gone = errors::exited_early(program, "before it sent hello", status, &words);
                return Err(BackendError { kind: ErrorKind::Unavailable, ..gone });
            }
        }
    }
}

/// Delivers every line to its job, until the stream ends or a line is not a valid message.
async fn route_lines(
    mut lines: LineReader<ChildStdout>,
    router: Arc<Router>,
    mut end: ProcessEnd,
    program: Arc<ExternalProgram>,
) {
    let (mut pace, mut unheard) = (LineThrottle::new(Instant::now()), 0);
    let error = loop {
        let inbox = match next_message(&mut lines, &program).await {
            Ok(Some(None)) => Ok(false),
            Ok(Some(Some(said))) => router.deliver(said, &program).await,
            Ok(None) => {
                let (status, words) = end.wait().await;
                break errors::exited_early(&program, "during the job", status, &words);
            }
            Err(error) => Err(error),
        };
        unheard = match inbox {
            Ok(true) => 0,
            Ok(false) if unheard < MAX_UNROUTED_LINES => unheard + 1,
            Ok(false) => break errors::unrouted_output(&program),
            Err(error) => break error,
        };
        if let Some(until) = pace.count(Instant::now()) {
            sleep_until(until).await;
        }
    };
    router.close(&error);
}

/// Returns the next message; `Some(None)` for an empty line, `None` at the end.
async fn next_message(
    lines: &mut LineReader<ChildStdout>,
    program: &ExternalProgram,
) -> Result<Option<Option<ProgramMessage>>, BackendError> {
    match lines.next().await {
        Ok(Some(ProgramLine::Whole(line))) => {
            let clean = |message: &mut _| program.clean(message);
            protocol::read(&line, clean).map(Some).map_err(|bad| errors::bad_line(program, &bad, &line))
        }
        Ok(Some(ProgramLine::TooLong)) => Err(errors::long_line(program)),
        // A pipe that cannot be read counts as ended.
        Ok(None) | Err(_) => Ok(None),
    }
}
