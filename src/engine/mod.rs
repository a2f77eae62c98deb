//! The engine: takes a job from draft to file.
//! It knows neither terminal nor command line; it accepts drafts and emits events.

mod budget;
mod cost_history;
mod dry_run;
mod duration_history;
mod enhance;
mod error;
mod event;
mod export_items;
mod fallback_dir;
mod handshake;
mod image_header;
mod job;
mod job_dir;
mod metered;
mod plan;
mod progress;
mod question;
mod recover;
mod references;
mod registry;
mod reported_cost;
mod rerun;
mod salvage;
mod staging;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tintype_backends::{Estimate, Readiness, Request, Settings, SharedBackend};
use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

pub use dry_run::DryRun;
pub use enhance::EnhancedPrompt;
pub use error::{BudgetLimit, SubmitError, SubmitErrorKind};
pub use event::{Draft, EngineEvent, ImageBytes, JobEvent, Plan, Reference};
pub use export_items::export_items;
pub use job_dir::job_process;
pub use plan::MAX_PROMPT;
pub use question::{QuestionError, TextBackend};
pub use references::MAX_BYTES as MAX_INPUT_BYTES;
pub use registry::Registry;
pub use rerun::RerunError;

pub use crate::config::Budget;
use crate::{
    failpoint::Failpoint,
    id::Id,
    library::{JobState, Library, Record},
};
use budget::BudgetReservation;
use job::{Job, JobTask, StopReason};
use job_dir::JobDir;

/// The time that running jobs have to finish when the program exits. Together with `SUSPEND_TIMEOUT` it is less than two
/// seconds, after which operating systems start to kill processes.
pub const GRACE: Duration = Duration::from_millis(1200);
/// The time that stopped jobs have to record their end; a disk that hangs must not block the exit.
const SUSPEND_TIMEOUT: Duration = Duration::from_millis(600);

/// The parts that an engine is built from.
#[derive(Debug)]
pub struct EngineSetup {
    /// The library that records jobs and decides where files go.
    pub library: Library,
    pub registry: Registry,
    pub budget: Budget,
    /// The channel that receives the events of all jobs.
    pub events: UnboundedSender<EngineEvent>,
}

/// A cheap handle to the engine. Jobs run as tasks on the runtime on which they were submitted.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<EngineShared>,
}

/// The state shared by all handles and all jobs.
struct EngineShared {
    library: Library,
    events: UnboundedSender<EngineEvent>,
    current: Mutex<ActiveConfig>,
    running: Mutex<RunningJobs>,
    count: watch::Sender<usize>,
}

/// The part that a changed config replaces.
#[derive(Clone)]
struct ActiveConfig {
    registry: Arc<Registry>,
    budget: Budget,
}

#[derive(Default)]
struct RunningJobs {
    jobs: HashMap<Id, Option<oneshot::Sender<StopReason>>>,
    closing: bool,
}

impl Engine {
    /// Creates an engine without any jobs.
    pub fn new(setup: EngineSetup) -> Self {
        let current = ActiveConfig { registry: Arc::new(setup.registry), budget: setup.budget };
        let inner = EngineShared {
            library: setup.library,
            events: setup.events,
            current: Mutex::new(current),
            running: Mutex::default(),
            count: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the library that the engine writes to.
    pub fn library(&self) -> &Library {
        &self.inner.library
    }

    /// Returns the backends available to the next job.
    pub fn registry(&self) -> Arc<Registry> {
        locked(&self.inner.current).registry.clone()
    }

    /// Returns the spending limits for the next job.
    pub fn budget(&self) -> Budget {
        locked(&self.inner.current).budget.clone()
    }

    /// Applies a changed config to new jobs; running ones keep the old one.
    pub fn replace(&self, registry: Registry, budget: Budget) {
        let mut current = locked(&self.inner.current);
        let registry = Arc::new(registry.with_cost_history_of(&current.registry));
        *current = ActiveConfig { registry, budget };
    }

    /// Applies other spending limits to new jobs.
    pub fn limit(&self, budget: Budget) {
        locked(&self.inner.current).budget = budget;
    }

    /// Checks, completes and prices a draft. Nothing is sent or written, and no backend is contacted.
    pub fn plan(&self, draft: &Draft) -> Result<Plan, SubmitError> {
        plan::plan(&self.registry(), draft).map(|(plan, _)| plan)
    }

    /// Estimates the cost of a draft, even while its prompt is empty.
    pub fn estimate(&self, draft: &Draft) -> Result<Estimate, SubmitError> {
        plan::complete_draft(&self.registry(), draft).map(|(plan, _)| plan.estimate)
    }

    /// Submits a draft. When this returns, the job is on disk and running; it goes on even if the returned future is
    /// dropped.
    pub async fn submit(&self, draft: Draft) -> Result<Id, SubmitError> {
        let engine = self.clone();
        tokio::spawn(async move { engine.submit_now(draft).await }).await.unwrap_or(Err(SubmitError::Closing))
    }

    async fn submit_now(&self, draft: Draft) -> Result<Id, SubmitError> {
        self.initialize_chosen(draft.backend.as_deref()).await;
        let ActiveConfig { registry, budget } = locked(&self.inner.current).clone();
        let (plan, backend) = plan::plan(&registry, &draft)?;
        check_ready(&plan.backend, &backend)?;
        self.check_new(draft.id).await?;
        let mut request = plan.request.clone();
        references::load(Some(&self.inner.library), &draft, &mut request).await?;
        let mut record = new_record(&draft, &plan);
        request.continues = references::continuation(&self.inner.library, &draft, &record).await?;
        // Estimated again, now that the references are loaded.
        record.estimate = registry.best_estimate(&record.backend, &backend, &request).await;
        self.begin(&record, &budget, backend, request).await?;
        Ok(record.id)
    }

    /// Checks that no job with this id exists, so that a recorded job never starts twice.
    async fn check_new(&self, id: Option<Id>) -> Result<(), SubmitError> {
        let Some(id) = id else { return Ok(()) };
        match self.inner.library.record(id).await? {
            None => Ok(()),
            Some(_) => Err(SubmitError::AlreadySubmitted { job: id.short() }),
        }
    }

    /// Records the job and starts it.
    async fn begin(
        &self,
        record: &Record,
        budget: &Budget,
        backend: SharedBackend,
        request: Request,
    ) -> Result<(), SubmitError> {
        let claim = budget.reservation(Some(&record.backend), &record.estimate, record.count);
        claim.check_one()?;
        let record = Record { estimate: claim.with_upper_bound(record.estimate.clone()), ..record.clone() };
        self.inner.enter()?;
        let begun = self.write_down(&record, &claim).await;
        let scratch = begun.inspect_err(|_| self.inner.leave())?;
        self.inner.library.crash().hit(Failpoint::Begun);
        self.start(record, Some(backend), scratch, JobTask::Generate(Box::new(request)));
        Ok(())
    }

    /// Records the job if the budget allows it; returns its folder.
    async fn write_down(&self, record: &Record, claim: &BudgetReservation) -> Result<JobDir, SubmitError> {
        let library = &self.inner.library;
        // The folder is claimed first: a recorded job without a holder would be taken for one of a dead process.
        let scratch = JobDir::wait_and_claim(library.places(), record.id).await?.ok_or(SubmitError::Closing)?;
        let refused = match library.begin_within(record, claim.limits()).await {
            Ok(None) => return Ok(scratch),
            Ok(Some(overrun)) => claim.exceeded(&overrun),
            Err(error) => error.into(),
        };
        scratch.remove();
        Err(refused)
    }

    /// Starts a job that is already recorded.
    fn start(&self, record: Record, backend: Option<SharedBackend>, scratch: JobDir, task: JobTask) {
        let (stop, stopped) = oneshot::channel();
        locked(&self.inner.running).jobs.insert(record.id, Some(stop));
        self.inner.emit(record.id, JobEvent::Started(Box::new(record.clone())));
        let job = Job { engine: Arc::clone(&self.inner), record, backend, scratch, stop: stopped, settled: None };
        tokio::spawn(job.run(task));
    }

    /// Cancels a job, which its last event confirms. Returns true if it was running. A job that is already being saved
    /// can no longer be canceled.
    pub fn cancel(&self, job: Id) -> bool {
        self.stop(job, StopReason::Cancel)
    }

    fn stop(&self, job: Id, why: StopReason) -> bool {
        let stop = locked(&self.inner.running).jobs.get_mut(&job).and_then(Option::take);
        stop.is_some_and(|stop| stop.send(why).is_ok())
    }

    /// Returns the jobs that are running in this process.
    pub fn running(&self) -> Vec<Id> {
        let mut jobs: Vec<Id> = locked(&self.inner.running).jobs.keys().copied().collect();
        jobs.sort();
        jobs
    }

    /// Accepts no more jobs and waits up to `grace` for the running ones; then suspends the rest, so that they can be
    /// resumed where the backend supports it. Returns the jobs that were stopped.
    pub async fn shutdown(&self, grace: Duration) -> Vec<Id> {
        locked(&self.inner.running).closing = true;
        let mut count = self.inner.count.subscribe();
        if tokio::time::timeout(grace, count.wait_for(|count| *count == 0)).await.is_ok() {
            return Vec::new();
        }
        let left = self.running();
        let stopped = left.into_iter().filter(|job| self.stop(*job, StopReason::Suspend)).collect();
        drop(tokio::time::timeout(SUSPEND_TIMEOUT, count.wait_for(|count| *count == 0)).await);
        stopped
    }
}

impl EngineShared {
    /// Counts another job, unless the engine is closing.
    fn enter(&self) -> Result<(), SubmitError> {
        let running = locked(&self.running);
        if running.closing {
            return Err(SubmitError::Closing);
        }
        self.count.send_modify(|count| *count += 1);
        Ok(())
    }

    fn leave(&self) {
        self.count.send_modify(|count| *count -= 1);
    }

    fn emit(&self, job: Id, what: JobEvent) {
        // The job is paid for: it goes on even if there is no receiver.
        drop(self.events.send(EngineEvent { job, what }));
    }

    /// Removes a job from the running ones and emits its last event.
    fn finish(&self, job: Id, last: JobEvent) {
        if let JobEvent::Saved(record) = &last {
            self.train_on(record);
        }
        locked(&self.running).jobs.remove(&job);
        self.emit(job, last);
        self.leave();
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("running", &self.running()).finish_non_exhaustive()
    }
}

/// Locks a mutex. Nothing that can panic is done under the lock, so a poisoned one still holds consistent data.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_ready(name: &str, backend: &SharedBackend) -> Result<(), SubmitError> {
    match &backend.capabilities().readiness {
        // An uninitialized backend is initialized when it generates.
        Readiness::Ready | Readiness::Asking => Ok(()),
        Readiness::Missing { what, hint } => {
            Err(SubmitError::NotReady { backend: name.to_owned(), what: what.clone(), hint: hint.clone() })
        }
        Readiness::Unavailable { kind, what, hint } => Err(SubmitError::Unavailable {
            backend: name.to_owned(),
            kind: *kind,
            what: what.clone(),
            hint: hint.clone(),
        }),
    }
}

fn new_record(draft: &Draft, plan: &Plan) -> Record {
    Record {
        id: draft.id.unwrap_or_default(),
        parent: draft.parent,
        created: Timestamp::now(),
        sent: None,
        backend: plan.backend.clone(),
        kind: plan.kind.clone(),
        model: plan.request.model.clone(),
        prompt: draft.prompt.clone(),
        settings: plan.request.settings.clone(),
        count: plan.request.count,
        state: JobState::Queued,
        error: None,
        estimate: plan.estimate.clone(),
        cost: None,
        usage: None,
        seconds: None,
        effective: Settings::new(),
        revised_prompt: None,
        ids: tintype_backends::ProviderIds::default(),
        continuation: None,
        validity: None,
        directed: draft.directed.clone(),
        inputs: draft.recorded_references(),
        notes: Vec::new(),
        labels: draft.labels.clone(),
        deleted: false,
        images: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
