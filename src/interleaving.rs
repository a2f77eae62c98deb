//! The steps that other processes can see, for a test that runs those of two processes in every order.
//! In the program itself nothing happens here.

#[cfg(test)]
pub(crate) mod tests;

/// What one process at a time can hold, and others wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The right to open a library.
    Opening,
    /// The right to write to its database.
    Database,
}

/// The time for which a lock is held.
pub(crate) struct Held {
    #[cfg(test)]
    lock: Option<Lock>,
}

/// A step is next that another process can see, or that sees what another one did.
pub(crate) fn step() {
    #[cfg(test)]
    tests::step();
}

/// A lock is waited for next, and let go of before the returned value is dropped.
#[cfg_attr(not(test), expect(unused_variables, reason = "the lock itself is the system's"))]
pub(crate) fn lock(lock: Lock) -> Held {
    Held {
        #[cfg(test)]
        lock: tests::lock(lock),
    }
}

/// The process that a test takes a thread for; its threads inherit it.
#[derive(Clone, Default)]
pub(crate) struct Actor {
    #[cfg(test)]
    of: Option<tests::Part>,
}

impl Actor {
    /// The one that this thread belongs to.
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(test)]
            of: tests::current(),
        }
    }

    /// Has this thread belong to it.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "there are no tests there"))]
    pub(crate) fn enter(self) {
        #[cfg(test)]
        tests::enter(self.of);
    }
}
