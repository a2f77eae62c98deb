//! The engine: the life of a job from draft to file.
//! It knows no terminal and no command line; it takes drafts and reports events.

mod again;
mod ask;
mod budget;
mod direct;
mod error;
mod event;
mod haven;
mod input;
mod job;
mod line;
mod measure;
mod meet;
mod metered;
mod past;
mod plan;
mod plausible;
mod recover;
mod registry;
mod rehearsal;
mod salvage;
mod save;
mod scratch;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tintype_backends::{Estimate, Readiness, Request, Settings, SharedBackend};
use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};

pub use again::Pasted;
pub use ask::{Answerer, AskError};
pub use direct::Direction;
pub use error::{BudgetLimit, SubmitError, SubmitErrorKind};
pub use event::{Draft, EngineEvent, JobEvent, Picture, Plan, Source};
pub use input::MAX_BYTES as MAX_INPUT_BYTES;
pub use plan::MAX_PROMPT;
pub use registry::Registry;
pub use rehearsal::Rehearsal;
pub use scratch::process_at;

pub use crate::config::Budget;
use crate::{
    crash::Step,
    id::Id,
    library::{Library, Record, State},
};
use budget::Claim;
use job::{Job, Stop, Task};
use scratch::Scratch;

/// How long running jobs have to end by themselves when the program ends: with `PARKING`, less than the two seconds
/// after which systems begin to lose patience.
pub const GRACE: Duration = Duration::from_millis(1200);
/// How long stopped jobs have to write down how they ended; a disk that hangs must not hold up the end of the program.
const PARKING: Duration = Duration::from_millis(600);

/// What an engine is made from.
#[derive(Debug)]
pub struct EngineSetup {
    /// Where jobs are written down, and where in its data directory files go.
    pub library: Library,
    /// The backends.
    pub registry: Registry,
    /// The limits on spending.
    pub budget: Budget,
    /// Who is told what happens.
    pub events: UnboundedSender<EngineEvent>,
}

/// A cheap handle to the engine. Jobs run as tasks of the runtime on which they were submitted.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What all handles and all jobs share.
struct Inner {
    library: Library,
    events: UnboundedSender<EngineEvent>,
    current: Mutex<Current>,
    running: Mutex<Running>,
    count: watch::Sender<usize>,
}

/// What a changed config replaces.
#[derive(Clone)]
struct Current {
    registry: Arc<Registry>,
    budget: Budget,
}

#[derive(Default)]
struct Running {
    jobs: HashMap<Id, Option<oneshot::Sender<Stop>>>,
    closing: bool,
}

impl Engine {
    /// An engine with nothing to do.
    pub fn new(setup: EngineSetup) -> Self {
        let current = Current { registry: Arc::new(setup.registry), budget: setup.budget };
        let inner = Inner {
            library: setup.library,
            events: setup.events,
            current: Mutex::new(current),
            running: Mutex::default(),
            count: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The library it writes to.
    pub fn library(&self) -> &Library {
        &self.inner.library
    }

    /// The backends that the next job can choose from.
    pub fn registry(&self) -> Arc<Registry> {
        locked(&self.inner.current).registry.clone()
    }

    /// The limits that the next job has to keep.
    pub fn budget(&self) -> Budget {
        locked(&self.inner.current).budget.clone()
    }

    /// Takes another config for the next jobs; running ones keep what they began with.
    pub fn replace(&self, registry: Registry, budget: Budget) {
        let mut current = locked(&self.inner.current);
        let registry = Arc::new(registry.with_past_of(&current.registry));
        *current = Current { registry, budget };
    }

    /// Takes other limits for the next jobs.
    pub fn limit(&self, budget: Budget) {
        locked(&self.inner.current).budget = budget;
    }

    /// Checks a draft, fills it in and prices it. Sends nothing, writes nothing, asks nobody.
    pub fn plan(&self, draft: &Draft) -> Result<Plan, SubmitError> {
        plan::plan(&self.registry(), draft).map(|(plan, _)| plan)
    }

    /// What a draft would cost, also while it has no words yet.
    pub fn estimate(&self, draft: &Draft) -> Result<Estimate, SubmitError> {
        plan::fill_in(&self.registry(), draft).map(|(plan, _)| plan.estimate)
    }

    /// Makes a job of a draft: when this returns, it is on disk and under way. It goes on if the caller does not wait.
    pub async fn submit(&self, draft: Draft) -> Result<Id, SubmitError> {
        let engine = self.clone();
        tokio::spawn(async move { engine.submit_now(draft).await }).await.unwrap_or(Err(SubmitError::Closing))
    }

    async fn submit_now(&self, draft: Draft) -> Result<Id, SubmitError> {
        self.meet_chosen(draft.backend.as_deref()).await;
        let Current { registry, budget } = locked(&self.inner.current).clone();
        let (plan, backend) = plan::plan(&registry, &draft)?;
        check_ready(&plan.backend, &backend)?;
        self.check_new(draft.id).await?;
        let mut request = plan.request.clone();
        input::load(Some(&self.inner.library), &draft, &mut request).await?;
        let mut record = new_record(&draft, &plan);
        request.continues = input::continuation(&self.inner.library, &draft, &record).await?;
        // Once more, now that the pictures to start from are known.
        record.estimate = registry.expected(&record.backend, &backend, &request).await;
        self.begin(&record, &budget, backend, request).await?;
        Ok(record.id)
    }

    /// A job that was written down once is never begun a second time.
    async fn check_new(&self, id: Option<Id>) -> Result<(), SubmitError> {
        let Some(id) = id else { return Ok(()) };
        match self.inner.library.record(id).await? {
            None => Ok(()),
            Some(_) => Err(SubmitError::BegunBefore { job: id.short() }),
        }
    }

    /// Writes the job down and starts it.
    async fn begin(
        &self,
        record: &Record,
        budget: &Budget,
        backend: SharedBackend,
        request: Request,
    ) -> Result<(), SubmitError> {
        let claim = budget.claim(Some(&record.backend), &record.estimate, record.count);
        claim.check_one()?;
        let record = Record { estimate: claim.bound(record.estimate.clone()), ..record.clone() };
        self.inner.enter()?;
        let begun = self.write_down(&record, &claim).await;
        let scratch = begun.inspect_err(|_| self.inner.leave())?;
        self.inner.library.crash().reach(Step::Begun);
        self.start(record, Some(backend), scratch, Task::Generate(Box::new(request)));
        Ok(())
    }

    /// Writes the job down if the budget allows it; returns its folder.
    async fn write_down(&self, record: &Record, claim: &Claim) -> Result<Scratch, SubmitError> {
        let library = &self.inner.library;
        // Claimed first: a job that is written down and that nobody holds would be taken for a dead one.
        let scratch = Scratch::claim_new(library.places(), record.id).await?.ok_or(SubmitError::Closing)?;
        let refused = match library.begin_within(record, claim.limits()).await {
            Ok(None) => return Ok(scratch),
            Ok(Some(overrun)) => claim.overrun(&overrun),
            Err(error) => error.into(),
        };
        scratch.remove();
        Err(refused)
    }

    /// Starts a job that is written down.
    fn start(&self, record: Record, backend: Option<SharedBackend>, scratch: Scratch, task: Task) {
        let (stop, stopped) = oneshot::channel();
        locked(&self.inner.running).jobs.insert(record.id, Some(stop));
        self.inner.tell(record.id, JobEvent::Started(Box::new(record.clone())));
        let job = Job { engine: Arc::clone(&self.inner), record, backend, scratch, stop: stopped, settled: None };
        tokio::spawn(job.run(task));
    }

    /// Stops a job; its last event says so. Returns whether it was running.
    /// One that is being saved already is not stopped any more.
    pub fn cancel(&self, job: Id) -> bool {
        self.stop(job, Stop::Cancel)
    }

    fn stop(&self, job: Id, why: Stop) -> bool {
        let stop = locked(&self.inner.running).jobs.get_mut(&job).and_then(Option::take);
        stop.is_some_and(|stop| stop.send(why).is_ok())
    }

    /// The jobs that are running in this process.
    pub fn running(&self) -> Vec<Id> {
        let mut jobs: Vec<Id> = locked(&self.inner.running).jobs.keys().copied().collect();
        jobs.sort();
        jobs
    }

    /// Takes no more jobs and waits for the running ones, at most `grace`; then stops what is left, so that it can be
    /// taken up again where that is to be had. Returns the jobs that were stopped.
    pub async fn shutdown(&self, grace: Duration) -> Vec<Id> {
        locked(&self.inner.running).closing = true;
        let mut count = self.inner.count.subscribe();
        if tokio::time::timeout(grace, count.wait_for(|count| *count == 0)).await.is_ok() {
            return Vec::new();
        }
        let left = self.running();
        let stopped = left.into_iter().filter(|job| self.stop(*job, Stop::Park)).collect();
        drop(tokio::time::timeout(PARKING, count.wait_for(|count| *count == 0)).await);
        stopped
    }
}

impl Inner {
    /// Counts one more job, unless the engine is closing.
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

    fn tell(&self, job: Id, what: JobEvent) {
        // Nobody listening is no reason to stop: the job is paid for.
        drop(self.events.send(EngineEvent { job, what }));
    }

    /// Strikes a job off the list and tells its last event.
    fn ended(&self, job: Id, last: JobEvent) {
        if let JobEvent::Saved(record) = &last {
            self.learn_from(record);
        }
        locked(&self.running).jobs.remove(&job);
        self.tell(job, last);
        self.leave();
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("running", &self.running()).finish_non_exhaustive()
    }
}

/// What a lock holds. No work that can fail is done under one, so a poisoned lock still holds something whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_ready(name: &str, backend: &SharedBackend) -> Result<(), SubmitError> {
    match &backend.capabilities().readiness {
        // One that has not been asked is asked when it draws.
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
        state: State::Queued,
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
        inputs: draft.origins(),
        notes: Vec::new(),
        marked: false,
        deleted: false,
        images: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
