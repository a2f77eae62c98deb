//! Deterministic scheduler for tests: two actors take their steps one at a time, in the order of a script.

use std::{
    cell::RefCell,
    panic::resume_unwind,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use super::{Actor, Lock, LockGuard};

thread_local! {
    static PART: RefCell<Option<ActorHandle>> = const { RefCell::new(None) };
}

/// Actor that a thread belongs to.
#[derive(Clone)]
pub(crate) struct ActorHandle {
    number: usize,
    stage: Arc<Scheduler>,
}

#[derive(Default)]
struct Scheduler {
    state: Mutex<SchedulerState>,
    changed: Condvar,
}

#[derive(Default)]
struct SchedulerState {
    started: bool,
    actors: [ActorState; 2],
    /// Actor that may take the next step; `None` while neither may.
    turn: Option<usize>,
    /// Flags of the killed actors, which take no further steps.
    dead: [bool; 2],
    held: Vec<(Lock, usize)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum ActorState {
    #[default]
    Busy,
    /// Blocked before a step, which may need a lock.
    Waits(Option<Lock>),
    EndGuard,
}

/// Panic payload with which a killed actor unwinds.
struct Killed;

impl Scheduler {
    fn state(&self) -> MutexGuard<'_, SchedulerState> {
        self.state.lock().unwrap()
    }

    /// Waits until both actors are blocked or have ended and killed ones hold no lock; returns the state.
    fn wait_until_blocked(&self) -> MutexGuard<'_, SchedulerState> {
        let is_busy = |state: &SchedulerState| state.turn.is_some() || state.actors.contains(&ActorState::Busy);
        let is_dying = |state: &SchedulerState| state.held.iter().any(|(_, holder)| state.dead[*holder]);
        let mut state = self.state();
        while is_busy(&state) || is_dying(&state) {
            state = self.changed.wait(state).unwrap();
        }
        state
    }
}

impl SchedulerState {
    fn can_step(&self, actor: usize) -> bool {
        let is_free = |lock| self.held.iter().all(|(held, _)| *held != lock);
        matches!(self.actors[actor], ActorState::Waits(lock) if lock.is_none_or(is_free))
    }
}

impl ActorHandle {
    /// Waits for this actor's turn.
    fn wait(&self, lock: Option<Lock>) {
        let mut state = self.stage.state();
        if !state.dead[self.number] {
            state.actors[self.number] = ActorState::Waits(lock);
        }
        self.stage.changed.notify_all();
        while state.turn != Some(self.number) && !state.dead[self.number] {
            state = self.stage.changed.wait(state).unwrap();
        }
        if state.dead[self.number] {
            drop(state);
            resume_unwind(Box::new(Killed));
        }
        state.turn = None;
        state.actors[self.number] = ActorState::Busy;
        state.held.extend(lock.map(|lock| (lock, self.number)));
    }
}

pub(super) fn current() -> Option<ActorHandle> {
    PART.with_borrow(Clone::clone)
}

pub(super) fn enter(part: Option<ActorHandle>) {
    PART.set(part);
}

pub(super) fn step() {
    if let Some(part) = current().filter(|part| part.stage.state().started) {
        part.wait(None);
    }
}

pub(super) fn lock(lock: Lock) -> Option<Lock> {
    let part = current().filter(|part| part.stage.state().started)?;
    part.wait(Some(lock));
    Some(lock)
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        let (Some(lock), Some(part)) = (self.lock, current()) else { return };
        part.stage.state().held.retain(|held| *held != (lock, part.number));
        part.stage.changed.notify_all();
    }
}

/// Order in which two actors take their steps: the choice at each point where both could continue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    choices: Vec<(usize, usize)>,
    kill: Option<(usize, usize)>,
    /// Both actors touch files only under the database lock, so that the steps of its holder are atomic for the other
    /// one and their orders need not be tried.
    in_locks_only: bool,
}

impl Schedule {
    /// Returns the script in which the first actor takes `steps`, the second one `others` as far as it can, and then
    /// the first one is killed.
    pub(crate) fn killing_first_after(steps: usize, others: usize) -> Self {
        Self { kill: Some((steps, others)), ..Self::default() }
    }

    /// Returns the first of all orders. `in_locks_only`: the actors touch files under the database lock only.
    pub(crate) fn in_locks_only(in_locks_only: bool) -> Self {
        Self { in_locks_only, ..Self::default() }
    }

    fn is_kill_due(&self, state: &SchedulerState, steps: [usize; 2]) -> bool {
        self.kill.is_some_and(|(first, others)| {
            let is_due = steps[0] >= first && (steps[1] >= others || !state.can_step(1));
            is_due && !state.dead[0] && state.actors[0] != ActorState::EndGuard
        })
    }

    /// Returns the next order to try; `None` after the last one.
    pub(crate) fn next(mut self) -> Option<Self> {
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return Some(self);
            }
        }
        None
    }

    /// Returns the actor that takes the step at this point.
    fn choose_actor(&mut self, point: usize, able: &[usize]) -> usize {
        if self.choices.len() == point {
            self.choices.push((0, able.len()));
        }
        able[self.choices[point].0.min(able.len() - 1)]
    }
}

/// Result of running a script.
pub(crate) struct ScheduleOutcome<T> {
    /// Script with the choices that were actually made.
    pub(crate) script: Schedule,
    /// Number of steps that each of the two actors took.
    pub(crate) steps: [usize; 2],
    /// Return values of the actors; `None` for one that was killed.
    pub(crate) answers: [Option<T>; 2],
}

/// Runs two actors, each created by `prepare` beforehand, step by step as the script says.
pub(crate) fn run_schedule<P: Send, T: Send>(
    mut script: Schedule,
    prepare: impl Fn(usize) -> P,
    play: impl Fn(usize, P) -> T + Sync,
) -> ScheduleOutcome<T> {
    let stage = Arc::new(Scheduler::default());
    let part = |number| ActorHandle { number, stage: Arc::clone(&stage) };
    let prepared = [0, 1].map(|number| {
        enter(Some(part(number)));
        let prepared = prepare(number);
        enter(None);
        prepared
    });
    stage.state().started = true;
    let mut steps = [0, 0];
    let answers = thread::scope(|scope| {
        let threads = [0, 1].into_iter().zip(prepared).map(|(number, prepared)| {
            let (part, play) = (part(number), &play);
            scope.spawn(move || {
                Actor { handle: Some(part.clone()) }.enter();
                let _ended = EndGuard(part.clone());
                part.wait(None);
                play(number, prepared)
            })
        });
        let threads: Vec<_> = threads.collect();
        let is_over = run_steps(&stage, &mut script, &mut steps);
        let mut answers = threads.into_iter().map(|thread| thread.join().ok());
        let answers = [0, 1].map(|_| answers.next().flatten());
        assert!(is_over, "both wait for each other: {script:?}");
        answers
    });
    let is_alive = |number: usize| !stage.state().dead[number];
    let mut number = 0..2;
    let answers = answers.map(|answer| answer.filter(|_| number.next().is_some_and(is_alive)));
    ScheduleOutcome { script, steps, answers }
}

struct EndGuard(ActorHandle);

impl Drop for EndGuard {
    fn drop(&mut self) {
        let mut state = self.0.stage.state();
        state.actors[self.0.number] = ActorState::EndGuard;
        self.0.stage.changed.notify_all();
    }
}

/// Schedules steps until both actors have ended; returns false on a deadlock.
fn run_steps(stage: &Scheduler, script: &mut Schedule, steps: &mut [usize; 2]) -> bool {
    let (mut point, mut last) = (0, 0);
    loop {
        let mut state = stage.wait_until_blocked();
        // The actor of the last step comes first, so that orders without a switch are tried before those with one.
        let able: Vec<usize> = [last, 1 - last].into_iter().filter(|actor| state.can_step(*actor)).collect();
        if script.is_kill_due(&state, *steps) {
            state.dead[0] = true;
            state.actors[0] = ActorState::Busy;
            stage.changed.notify_all();
            continue;
        }
        let chosen = match (able.as_slice(), script.kill) {
            ([], _) => {
                let is_over = state.actors == [ActorState::EndGuard; 2];
                // Blocked threads would keep the test from failing.
                if !is_over {
                    state.dead = [true; 2];
                    stage.changed.notify_all();
                }
                return is_over;
            }
            ([only], _) => *only,
            (_, Some((first, _))) => usize::from(steps[0] >= first),
            _ if script.in_locks_only && state.held.contains(&(Lock::Database, last)) => last,
            (able, None) => {
                point += 1;
                script.choose_actor(point - 1, able)
            }
        };
        steps[chosen] += 1;
        (state.turn, last) = (Some(chosen), chosen);
        stage.changed.notify_all();
    }
}
