//! Execution of a run: every lane generates one image at a time, all lanes concurrently, through the engine.
//! It prints nothing and asks nothing. A run that stopped for any reason continues where it stopped.

use std::{collections::HashMap, time::Instant};

use tintype_backends::{BackendError, ErrorKind, Usd};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    compare::{ComparisonPair, ComparisonRun, LaneOutcome, PairSide},
    engine::{Engine, EngineEvent, JobEvent, SubmitError},
    id::Id,
    library::{LibraryError, Record, RunShot},
};

/// The reason why a run stopped early. Finished images are kept, and the run can be continued.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A job was not started.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A job failed in a way that says nothing about its lane.
    #[error("{error}")]
    Lane {
        lane: String,
        /// The error of the job, as its backend reported it.
        error: Box<BackendError>,
    },
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error("stopped")]
    Stopped,
}

/// An event of a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// An event of one of the run's jobs.
    Job(&'a EngineEvent),
    /// A new pair.
    Pair(&'a ComparisonPair),
}

/// A run in progress.
pub struct Runner<'a> {
    engine: &'a Engine,
    run: &'a ComparisonRun,
    /// True if interrupted jobs are sent again, although they may be billed twice.
    resend: bool,
    /// The claimed jobs by place, finished and unfinished ones alike.
    shots: HashMap<u32, RunShot>,
    /// The results of finished jobs by place, which pairs are made of.
    sides: HashMap<u32, PairSide>,
    /// The existing pairs by their place in the run.
    paired: HashMap<u32, ComparisonPair>,
    /// The places that have no running job yet, by lane; the next one is last.
    waiting: Vec<Vec<u32>>,
    /// The place and the start time of running jobs.
    running: HashMap<Id, (u32, Instant)>,
}

impl<'a> Runner<'a> {
    /// Continues a run from its stored state, after recovering jobs of an earlier process. Nothing is sent yet.
    pub async fn new(engine: &'a Engine, run: &'a ComparisonRun, resend: bool) -> Result<Self, RunError> {
        engine.recover().await?;
        let library = engine.library();
        let shots = library.shots(run.id).await?.into_iter().map(|shot| (shot.place, shot)).collect();
        let paired = library.pairs_of(run.id).await?.into_iter().collect();
        let waiting = vec![Vec::new(); run.lanes.len()];
        let (sides, running) = (HashMap::new(), HashMap::new());
        let mut runner = Self { engine, run, resend, shots, sides, paired, waiting, running };
        for place in (0..run.image_count()).rev() {
            runner.load_place(place).await?;
        }
        Ok(runner)
    }

    /// Determines the state of a place: finished, running since an earlier process, or still to be sent.
    async fn load_place(&mut self, place: u32) -> Result<(), RunError> {
        let (lane, ..) = self.run.draft_at(place, &self.engine.registry());
        let Some(shot) = self.shots.get(&place).copied() else {
            self.waiting[lane].push(place);
            return Ok(());
        };
        let Some(mut record) = self.engine.library().record(shot.job).await? else {
            // The id was claimed, but the job never started.
            self.waiting[lane].push(place);
            return Ok(());
        };
        if !record.state.is_final() || self.resume_unsaved(&record).await {
            self.running.insert(shot.job, (place, Instant::now()));
            return Ok(());
        }
        if is_lost(&record) {
            // Generated and perhaps paid for, but not kept: the image is lost and the outcome unknown.
            record.state = crate::library::JobState::Unknown;
        }
        match PairSide::from_job(self.run.lanes[lane].clone(), &record, shot.first_preview_seconds) {
            Some(side) if side.ending != LaneOutcome::Unknown || !self.is_resent(&record) => {
                self.sides.insert(place, side);
            }
            _ => {
                let again = Id::new();
                self.engine.library().replace_shot(self.run.id, place, shot.job, again).await?;
                self.shots.insert(place, RunShot { place, job: again, first_preview_seconds: None });
                self.waiting[lane].push(place);
            }
        }
        Ok(())
    }

    /// Resumes a job whose image was generated but not saved. Returns true if that worked.
    async fn resume_unsaved(&self, record: &Record) -> bool {
        is_lost(record) && self.engine.resume(record.id).await.is_ok()
    }

    /// Returns true if an interrupted job is sent again: where that is free, or where the user asked for it.
    fn is_resent(&self, record: &Record) -> bool {
        let offline = |name: &str| self.engine.registry().get(name).is_some_and(|it| it.capabilities().offline);
        self.resend || offline(&record.backend)
    }

    /// Returns the places that still have to be sent.
    pub fn remaining(&self) -> impl Iterator<Item = u32> + '_ {
        self.waiting.iter().flatten().copied()
    }

    /// Returns the number of existing pairs.
    pub fn pairs(&self) -> u32 {
        self.paired.len() as u32
    }

    /// Returns the number of pairs of the complete run.
    pub fn total_pairs(&self) -> u32 {
        self.run.pairs()
    }

    /// Returns the cost of all images so far; `None` if one of them is unknown.
    pub fn cost(&self) -> Option<Usd> {
        let costs = self.sides.values().map(|side| match side.ending {
            LaneOutcome::Refused => side.cost.or(Some(Usd::ZERO)),
            _ => side.cost,
        });
        costs.sum()
    }

    /// Returns the number of jobs that were interrupted after they were sent and are not sent again.
    pub fn interrupted(&self) -> usize {
        self.sides.values().filter(|side| side.ending == LaneOutcome::Unknown).count()
    }

    /// Returns the sides without an image that count against their lane, in the order of the run.
    pub fn failed_sides(&self) -> Vec<&PairSide> {
        let places = 0..self.run.image_count();
        let sides = places.filter_map(|place| self.sides.get(&place));
        sides.filter(|side| !matches!(side.ending, LaneOutcome::Image | LaneOutcome::Unknown)).collect()
    }

    /// Returns the sides of the first group, in the order of the lanes.
    pub fn first_sides(&self) -> Vec<&PairSide> {
        (0..self.run.lanes.len() as u32).filter_map(|place| self.sides.get(&place)).collect()
    }

    /// Generates the remaining images and makes the pairs. Once `stop` is ready or an error occurs, nothing new is
    /// started, but running jobs are awaited, because they may be paid for already.
    pub async fn execute(
        &mut self,
        events: &mut UnboundedReceiver<EngineEvent>,
        mut stop: impl Future<Output = ()> + Unpin,
        tell: &mut (dyn FnMut(RunEvent<'_>) + Send),
    ) -> Result<(), RunError> {
        let mut trouble = self.make_pairs(tell).await.err();
        loop {
            if trouble.is_none() {
                trouble = self.start_idle_lanes().await.err();
            }
            if self.running.is_empty() {
                return trouble.map_or(Ok(()), Err);
            }
            tokio::select! {
                Some(event) = events.recv() => {
                    tell(RunEvent::Job(&event));
                    if let Err(error) = self.hear(event, tell).await {
                        trouble = trouble.or(Some(error));
                    }
                }
                () = &mut stop, if trouble.is_none() => trouble = Some(RunError::Stopped),
            }
        }
    }

    /// Starts the next job of every idle lane.
    async fn start_idle_lanes(&mut self) -> Result<(), RunError> {
        let registry = self.engine.registry();
        for lane in 0..self.run.lanes.len() {
            let busy = self.running.values().any(|(place, _)| *place as usize % self.run.lanes.len() == lane);
            let Some(place) = self.waiting[lane].last().copied().filter(|_| !busy) else { continue };
            let fresh = self.shots.get(&place).map_or_else(Id::new, |shot| shot.job);
            let job = self.engine.library().claim_shot(self.run.id, place, fresh).await?;
            let (_, _, draft) = self.run.draft_at(place, &registry);
            let began = Instant::now();
            self.engine.submit(crate::engine::Draft { id: Some(job), ..draft }).await?;
            self.waiting[lane].pop();
            self.shots.insert(place, RunShot { place, job, first_preview_seconds: None });
            self.running.insert(job, (place, began));
        }
        Ok(())
    }

    async fn hear(&mut self, event: EngineEvent, tell: &mut (dyn FnMut(RunEvent<'_>) + Send)) -> Result<(), RunError> {
        let Some((place, began)) = self.running.get(&event.job).copied() else { return Ok(()) };
        match event.what {
            JobEvent::Preview(_) => self.first_preview(place, began.elapsed().as_secs_f64()).await,
            JobEvent::Saved(record) | JobEvent::Failed(record) | JobEvent::Canceled(record) => {
                self.running.remove(&event.job);
                self.ended(place, &record)?;
                self.make_pairs(tell).await
            }
            _ => Ok(()),
        }
    }

    async fn first_preview(&mut self, place: u32, seconds: f64) -> Result<(), RunError> {
        let Some(shot) = self.shots.get_mut(&place).filter(|shot| shot.first_preview_seconds.is_none()) else {
            return Ok(());
        };
        shot.first_preview_seconds = Some(seconds);
        Ok(self.engine.library().note_first_preview(self.run.id, place, seconds).await?)
    }

    fn ended(&mut self, place: u32, record: &Record) -> Result<(), RunError> {
        let lane = &self.run.lanes[place as usize % self.run.lanes.len()];
        let first = self.shots.get(&place).and_then(|shot| shot.first_preview_seconds);
        if let Some(side) = PairSide::from_job(lane.clone(), record, first) {
            self.sides.insert(place, side);
            return Ok(());
        }
        let lane = lane.name.clone();
        Err(record.error.clone().map_or(RunError::Stopped, |error| RunError::Lane { lane, error: Box::new(error) }))
    }

    /// Makes every pair with both sides present. A pair with an unknown side is replaced once the side is known.
    async fn make_pairs(&mut self, tell: &mut (dyn FnMut(RunEvent<'_>) + Send)) -> Result<(), RunError> {
        let (lanes, matches) = (self.run.lanes.len() as u32, self.run.lane_pairs().collect::<Vec<_>>());
        for group in 0..self.run.groups() {
            for (index, (one, other)) in matches.iter().enumerate() {
                let at = group * matches.len() as u32 + index as u32;
                let side = |lane: usize| self.sides.get(&(group * lanes + lane as u32));
                let (Some(one), Some(other)) = (side(*one), side(*other)) else { continue };
                if self.paired.get(&at).is_some_and(|pair| is_of(pair, one, other)) {
                    continue;
                }
                let pair = self.run.pair(group, one.clone(), other.clone());
                self.engine.library().add_pair(&pair, Some(at)).await?;
                tell(RunEvent::Pair(&pair));
                self.paired.insert(at, pair);
            }
        }
        Ok(())
    }
}

/// Returns true if a pair consists of these two sides.
fn is_of(pair: &ComparisonPair, one: &PairSide, other: &PairSide) -> bool {
    let jobs = [pair.left.job, pair.right.job];
    jobs.contains(&one.job) && jobs.contains(&other.job)
}

/// Returns true for a job that failed locally after its image was generated, so that it may be paid for.
fn is_lost(record: &Record) -> bool {
    let local = record.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Local);
    local && record.cost.as_ref().is_some_and(|cost| cost.usd > Usd::ZERO)
}
