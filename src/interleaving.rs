//! Steps that are visible to other processes, for tests that run two processes in every interleaving.
//! Outside of tests these functions do nothing.

#[cfg(test)]
pub(crate) mod scheduler;

/// Lock that one process can hold while others wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Lock for opening a library.
    Opening,
    /// Lock for writing to its database.
    Database,
}

/// Guard for the time a lock is held.
pub(crate) struct LockGuard {
    #[cfg(test)]
    lock: Option<Lock>,
}

/// Marks that the next operation is visible to other processes, or observes their operations.
pub(crate) fn step() {
    #[cfg(test)]
    scheduler::step();
}

/// Marks that a lock is acquired next. The lock must be released before the returned guard is dropped.
#[cfg_attr(not(test), expect(unused_variables, reason = "the lock itself is the system's"))]
pub(crate) fn lock(lock: Lock) -> LockGuard {
    LockGuard {
        #[cfg(test)]
        lock: scheduler::lock(lock),
    }
}

/// Simulated process that a thread belongs to, inherited by the threads it starts.
#[derive(Clone, Default)]
pub(crate) struct Actor {
    #[cfg(test)]
    handle: Option<scheduler::ActorHandle>,
}

impl Actor {
    /// Returns the actor of this thread.
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(test)]
            handle: scheduler::current(),
        }
    }

    /// Assigns this thread to the actor.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "there are no tests there"))]
    pub(crate) fn enter(self) {
        #[cfg(test)]
        scheduler::enter(self.handle);
    }
}
