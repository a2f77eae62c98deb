//! The backend kind for external programs: a program exchanges lines of JSON over stdin and stdout, and writes images
//! to files. A program is started only because a table in the user's config names it. `PROTOCOL.md` is the guide for
//! authors of such programs.
//!
//! The capabilities of a program are known only after its hello, which can take any time. A table therefore makes a
//! *stranger* immediately, without starting anything; [`Backend::initialize`] contacts the program and returns the backend
//! with its capabilities.

mod errors;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;
mod hello;
mod job;
mod job_folder;
mod job_limits;
mod known_fields;
mod line_reader;
mod process;
mod process_group;
mod protocol;
mod session;
mod settings;
mod skeleton;
mod wire_settings;

use std::{
    path::Path,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use futures::future::{BoxFuture, FutureExt, ready};
use serde_json::{Map, Value as Json};
use tokio::{
    sync::{Mutex, OnceCell, OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

pub use skeleton::{SKELETON_LANGUAGES, Skeleton, SkeletonFile};

use self::{
    hello::{KIND_NAME, ProgramInfo, uninitialized, with_declared_bound},
    job::{JobResult, ProgramRequest},
    session::{ProgramJob, ProgramSession},
    settings::{ExternalProgram, ProgramFingerprint},
};
use crate::{
    Backend, BackendError, BackendKind, Capabilities, ErrorKind, Estimate, Health, Outcome, Progress, Question,
    Readiness, Request, SharedBackend, Table, TableError, TextAnswer, Ticket,
};

/// The constructor of this backend kind for the config.
pub(crate) const KIND: BackendKind =
    BackendKind { name: KIND_NAME, about: "an external program that speaks the line protocol", make: build };

/// The time that a program waits for its first job after its hello, since a query is often followed by a request.
const IDLE_AFTER_HELLO: Duration = Duration::from_secs(30);

/// The time for which a program that failed is not contacted again, unless its files change.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// The maximum number of times that a rejected request is repeated.
const MAX_RETRIES: u32 = 5;

/// The longest wait before a request is repeated.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(300);

/// The time that a program which serves many jobs waits for the next one.
const IDLE_BETWEEN_JOBS: Duration = Duration::from_secs(600);

/// A backend that runs an external program.
struct External {
    program: Arc<ExternalProgram>,
    handshake: HandshakeState,
    /// A running program that waits for a job.
    waiting: Arc<IdleProgram>,
    /// The slots for concurrent jobs, if their number is limited.
    slots: Option<Arc<Semaphore>>,
}

/// The state of contact with a program.
enum HandshakeState {
    /// The program was never contacted. The first caller contacts it for all.
    Uninitialized(Capabilities, OnceCell<SharedBackend>),
    /// The program was contacted and cannot be used.
    Failed(Capabilities, BackendError, FailedHandshake),
    /// The program has sent its hello.
    Ready(ProgramInfo, ProgramFingerprint),
}

/// The last failed contact with a program: the time it ended, and the state of the program's files.
struct FailedHandshake {
    ended: Instant,
    fingerprint: ProgramFingerprint,
}

/// The running program that waits for its next job, and a counter of the requests for it.
#[derive(Default)]
struct IdleProgram(Mutex<(Option<Arc<ProgramSession>>, u64)>);

fn build(table: &Table<'_>) -> Result<SharedBackend, TableError> {
    let program = ExternalProgram::read(table)?;
    let capabilities = uninitialized(&program, Readiness::Asking);
    let handshake = HandshakeState::Uninitialized(capabilities, OnceCell::new());
    Ok(External { program: Arc::new(program), handshake, waiting: Arc::default(), slots: None }.share())
}

impl External {
    fn share(self) -> SharedBackend {
        Arc::new(self)
    }

    /// Starts the program and waits for its hello.
    async fn handshake(program: Arc<ExternalProgram>) -> Self {
        let (waiting, fingerprint) = (Arc::new(IdleProgram::default()), program.fingerprint());
        let unusable = |error: BackendError| {
            let hint = error.hint.clone().unwrap_or_else(|| format!("check [backends.{}]", program.name));
            // The message is always shown next to the name, so the name is removed from it.
            let what = error.message.trim_start_matches(&format!("`{}` ", program.name)).to_owned();
            let readiness = Readiness::Unavailable { kind: error.kind, what, hint };
            let asked = FailedHandshake { ended: Instant::now(), fingerprint: fingerprint.clone() };
            HandshakeState::Failed(uninitialized(&program, readiness), error, asked)
        };
        let handshake = match ProgramSession::open(&program).await {
            Ok(session) => match ProgramInfo::new(&program, &session.hello) {
                Ok(known) => {
                    let fingerprint = session.fingerprint.clone();
                    waiting.set_idle(session, IDLE_AFTER_HELLO).await;
                    HandshakeState::Ready(known, fingerprint)
                }
                Err(error) => unusable(error),
            },
            Err(error) => unusable(error),
        };
        let slots = match &handshake {
            HandshakeState::Ready(known, _) => known.concurrency.into_iter().chain(program.concurrency).min(),
            _ => None,
        };
        let slots = slots.map(|most| Arc::new(Semaphore::new(most as usize)));
        Self { program, handshake, waiting, slots }
    }

    /// Returns the backend with the capabilities of the program.
    async fn connected(&self) -> Option<SharedBackend> {
        match &self.handshake {
            HandshakeState::Uninitialized(_, met) => {
                let greeting = || async { Self::handshake(Arc::clone(&self.program)).await.share() };
                Some(Arc::clone(met.get_or_init(greeting).await))
            }
            HandshakeState::Ready(known, fingerprint) => {
                let same =
                    *fingerprint == self.program.fingerprint() && known.capabilities.readiness == Readiness::Ready;
                if same { None } else { Some(Self::handshake(Arc::clone(&self.program)).await.share()) }
            }
            // A caller that has just waited in vain does not wait again.
            HandshakeState::Failed(_, _, asked)
                if asked.ended.elapsed() < RETRY_PAUSE && asked.fingerprint == self.program.fingerprint() =>
            {
                None
            }
            HandshakeState::Failed(..) => Some(Self::handshake(Arc::clone(&self.program)).await.share()),
        }
    }

    /// Returns a running program for one job.
    async fn session(&self) -> Result<Arc<ProgramSession>, BackendError> {
        let mut waiting = self.waiting.0.lock().await;
        waiting.1 += 1;
        let fresh =
            |session: &Arc<ProgramSession>| !session.is_closed() && session.fingerprint == self.program.fingerprint();
        match waiting.0.take().filter(fresh) {
            Some(session) if session.serves_many() => {
                waiting.0 = Some(Arc::clone(&session));
                return Ok(session);
            }
            Some(session) => return Ok(session),
            None => {}
        }
        if !self.serves_many() {
            // Programs that serve one job each may start at the same time.
            drop(waiting);
            return ProgramSession::open(&self.program).await;
        }
        let session = ProgramSession::open(&self.program).await?;
        waiting.0 = Some(Arc::clone(&session)).filter(|session| session.serves_many());
        Ok(session)
    }

    fn serves_many(&self) -> bool {
        matches!(&self.handshake, HandshakeState::Ready(known, _) if known.serves_many)
    }

    /// Has the program carry out a request, and repeats the request if the program asks to wait and nothing was
    /// billed.
    async fn run_with_retries(
        &self,
        order: ProgramRequest<'_>,
        progress: &Progress,
    ) -> Result<JobResult, BackendError> {
        let _slot = self.acquire_permit(progress).await;
        let mut tries = 0;
        loop {
            let mut retry_delay = None;
            let worked = self.run_once(order, progress, &mut retry_delay).await;
            let limited = worked.as_ref().is_err_and(|error| error.kind == ErrorKind::Rate);
            match retry_delay.filter(|wait| limited && tries < MAX_RETRIES && *wait <= MAX_RETRY_DELAY) {
                Some(wait) => count_down(wait, progress).await,
                None => return worked,
            }
            tries += 1;
        }
    }

    /// Acquires a slot for a job, if the program or its table limits the number of concurrent jobs.
    async fn acquire_permit(&self, progress: &Progress) -> Option<OwnedSemaphorePermit> {
        let slots = Arc::clone(self.slots.as_ref()?);
        if slots.available_permits() == 0 {
            progress.status("waiting for a free slot");
        }
        slots.acquire_owned().await.ok()
    }

    async fn run_once(
        &self,
        order: ProgramRequest<'_>,
        progress: &Progress,
        retry_delay: &mut Option<Duration>,
    ) -> Result<JobResult, BackendError> {
        progress.status(format!("starting `{}`", self.program.name));
        let settings = self.wire_settings(order)?;
        let job = self.acquire_slot(progress).await?;
        let worked = job::run(&self.program, job, (order, &settings), progress, retry_delay).await;
        let worked = worked.map_err(|error| self.add_successor(order, error));
        if self.serves_many() {
            self.waiting.release_after(IDLE_BETWEEN_JOBS).await;
        }
        worked
    }

    fn wire_settings(&self, order: ProgramRequest<'_>) -> Result<Map<String, Json>, BackendError> {
        let (model, settings) = match order {
            ProgramRequest::Generate(request) => (&request.model, &request.settings),
            ProgramRequest::Ask(question) => (&question.model, &question.settings),
            ProgramRequest::Resume(_) => return Ok(Map::new()),
        };
        wire_settings::settings(&self.program, self.capabilities().model(model), settings)
    }

    /// Asks the program for its own estimate of a request, if it offers one and answers in time.
    async fn program_estimate(&self, request: &Request) -> Option<Estimate> {
        let HandshakeState::Ready(ProgramInfo { estimates: true, .. }, _) = &self.handshake else { return None };
        let settings = self.wire_settings(ProgramRequest::Generate(request)).ok()?;
        let asking = async { self.session().await?.quote(request, &settings).await };
        let asked = timeout(self.program.hello_timeout, asking).await.ok()?;
        let asked = asked
            .inspect_err(|error| tracing::info!(backend = %self.program.name, "no estimate: {error}"))
            .ok()
            .flatten();
        asked.map(|asked| with_declared_bound(asked, &self.estimate(request)))
    }

    /// Adds the successor to the error if the program has retired the requested model.
    fn add_successor(&self, order: ProgramRequest<'_>, error: BackendError) -> BackendError {
        let (HandshakeState::Ready(known, _), ProgramRequest::Generate(request)) = (&self.handshake, order) else {
            return error;
        };
        if error.kind != ErrorKind::ModelRetired {
            return error;
        }
        let can = &known.capabilities;
        let stated = can.model(&request.model).and_then(|model| model.life.successor.clone());
        let successor = error.successor.clone().or(stated).filter(|id| can.model(id).is_some());
        match successor {
            Some(successor) if successor != request.model => errors::retired(error, &successor),
            _ => BackendError { successor: None, ..error },
        }
    }

    /// Acquires a slot with a running program. If the program exits while a job waits for its turn, the job is not
    /// failed for it.
    async fn acquire_slot(&self, progress: &Progress) -> Result<ProgramJob, BackendError> {
        let session = self.session().await?;
        if session.is_busy() {
            progress.status("waiting for a free slot");
        }
        match session.start_job(progress).await {
            Err(_) if self.serves_many() => self.session().await?.start_job(progress).await,
            begun => begun,
        }
    }

    async fn draw(&self, order: ProgramRequest<'_>, progress: &Progress) -> Result<Outcome, BackendError> {
        match &self.handshake {
            HandshakeState::Failed(_, error, _) => Err(error.clone()),
            HandshakeState::Ready(..) => {
                self.run_with_retries(order, progress).await.map(|job_result| job_result.outcome)
            }
            HandshakeState::Uninitialized(..) => match (self.connected().await, order) {
                (Some(met), ProgramRequest::Generate(request)) => met.generate(request, progress).await,
                (Some(met), ProgramRequest::Resume(ticket)) => met.resume(ticket, progress).await,
                _ => Err(errors::no_images(&self.program)),
            },
        }
    }

    async fn answer(&self, question: &Question, progress: &Progress) -> Result<TextAnswer, BackendError> {
        match &self.handshake {
            HandshakeState::Failed(_, error, _) => Err(error.clone()),
            HandshakeState::Ready(known, _) if !known.capabilities.asks => {
                Err(errors::text_not_supported(&self.program))
            }
            HandshakeState::Ready(..) => {
                let JobResult { outcome, answer } =
                    self.run_with_retries(ProgramRequest::Ask(question), progress).await?;
                let Outcome { usage, cost, ids, effective, .. } = outcome;
                Ok(TextAnswer { text: answer, usage, cost, ids, effective })
            }
            HandshakeState::Uninitialized(..) => match self.connected().await {
                Some(met) => met.answer_question(question, progress).await,
                None => Err(errors::text_not_supported(&self.program)),
            },
        }
    }

    async fn health(&self) -> Result<Health, BackendError> {
        let session = ProgramSession::open(&self.program).await.map_err(errors::in_check)?;
        let known = ProgramInfo::new(&self.program, &session.hello).map_err(errors::in_check)?;
        let can = &known.capabilities;
        if let Readiness::Missing { what, hint } = &can.readiness {
            return Err(errors::not_ready(&self.program, what, hint));
        }
        let models: Vec<String> = can.models.iter().take(8).map(|model| format!("`{}`", model.id)).collect();
        let good = vec![
            format!("it sent hello after {:.2} s", session.hello_duration.as_secs_f64()),
            format!("it draws with {}", models.join(", ")),
            format!("it speaks version {} of the protocol", known.version),
        ];
        Ok(Health { good, warnings: known.remarks, ..Health::default() })
    }
}

/// Waits, and reports the remaining time.
async fn count_down(wait: Duration, progress: &Progress) {
    let mut left = wait;
    while !left.is_zero() {
        progress.status(format!("rate limited, retrying in {} s", left.as_secs_f64().ceil()));
        let step = left.min(Duration::from_secs(1));
        sleep(step).await;
        left = left.saturating_sub(step);
    }
}

impl Backend for External {
    fn capabilities(&self) -> &Capabilities {
        match &self.handshake {
            HandshakeState::Uninitialized(capabilities, _) | HandshakeState::Failed(capabilities, ..) => capabilities,
            HandshakeState::Ready(known, _) => &known.capabilities,
        }
    }

    fn estimate(&self, request: &Request) -> Estimate {
        match &self.handshake {
            HandshakeState::Ready(known, _) => known.estimate(request),
            _ => Estimate::default(),
        }
    }

    fn fetch_estimate<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Option<Estimate>> {
        self.program_estimate(request).boxed()
    }

    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        ready(self.wire_settings(ProgramRequest::Generate(request)).map(|_| Vec::new())).boxed()
    }

    fn initialize(&self) -> BoxFuture<'_, Option<SharedBackend>> {
        self.connected().boxed()
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        self.draw(ProgramRequest::Generate(request), progress).boxed()
    }

    fn resume<'a>(
        &'a self,
        ticket: &'a Ticket,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        self.draw(ProgramRequest::Resume(ticket), progress).boxed()
    }

    fn salvage<'a>(
        &'a self,
        _: &'a Request,
        scratch: &'a Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        let (program, folder) = (Arc::clone(&self.program), scratch.to_owned());
        let offline = self.capabilities().offline;
        let reading = tokio::task::spawn_blocking(move || job::salvage(&program, &folder, offline));
        reading.map(|found| found.ok().flatten().map(Ok)).boxed()
    }

    fn answer_question<'a>(
        &'a self,
        question: &'a Question,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<TextAnswer, BackendError>> {
        self.answer(question, progress).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        self.health().boxed()
    }
}

impl IdleProgram {
    /// Makes a program available to other jobs for a while.
    async fn set_idle(self: &Arc<Self>, session: Arc<ProgramSession>, patience: Duration) {
        self.0.lock().await.0 = Some(session);
        self.release_after(patience).await;
    }

    /// Releases the program unless it is requested in the meantime.
    async fn release_after(self: &Arc<Self>, patience: Duration) {
        let wanted = {
            let mut waiting = self.0.lock().await;
            waiting.1 += 1;
            waiting.1
        };
        let waiting: Weak<Self> = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(patience).await;
            let Some(waiting) = waiting.upgrade() else { return };
            let mut waiting = waiting.0.lock().await;
            if waiting.1 == wanted {
                waiting.0 = None;
            }
        });
    }
}

#[cfg(test)]
#[cfg(unix)]
#[allow(clippy::disallowed_methods, reason = "scripts for tests, which a crash may leave half written")]
mod tests;
