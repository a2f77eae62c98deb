//! Failpoints for tests that kill the process at a named step of a job's life, like `kill -9`.
//! They exist only in builds with debug assertions.

use std::fmt;

/// Step in the life of a job, in chronological order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failpoint {
    /// Saved, nothing sent.
    Begun,
    /// Saved as sent, but not yet passed to the backend.
    Sent,
    /// The request is being sent.
    Leaving,
    /// The provider has started to respond.
    Answered,
    /// The first preview has arrived.
    Previewed,
    /// The ticket is on disk.
    Ticketed,
    /// The response is complete in the spool and not yet decoded.
    Received,
    /// The images are staged, along with their list.
    Staged,
    /// The images are in place, but the library does not know them yet.
    Moved,
    /// The sidecars are written, but the database row is not.
    Described,
    /// The database row is written, but the job's directory still exists.
    Finished,
}

impl Failpoint {
    /// All steps.
    pub const ALL: [Self; 11] = [
        Self::Begun,
        Self::Sent,
        Self::Leaving,
        Self::Answered,
        Self::Previewed,
        Self::Ticketed,
        Self::Received,
        Self::Staged,
        Self::Moved,
        Self::Described,
        Self::Finished,
    ];

    /// Returns the name used in `TINTYPE_CRASH_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Sent => "sent",
            Self::Leaving => "leaving",
            Self::Answered => "answered",
            Self::Previewed => "previewed",
            Self::Ticketed => "ticketed",
            Self::Received => "received",
            Self::Staged => "staged",
            Self::Moved => "moved",
            Self::Described => "described",
            Self::Finished => "finished",
        }
    }
}

impl fmt::Display for Failpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Step at which this process kills itself; none by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActiveFailpoint {
    #[cfg(debug_assertions)]
    at: Option<Failpoint>,
}

impl ActiveFailpoint {
    /// Reads the step from `TINTYPE_CRASH_AT`; none in release builds.
    #[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "release builds have no failpoints"))]
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            #[cfg(debug_assertions)]
            at: env("TINTYPE_CRASH_AT").and_then(|name| Failpoint::ALL.into_iter().find(|step| step.name() == name)),
        }
    }

    /// Marks that `step` is reached. If it is the selected one, the process dies without cleaning up.
    #[cfg_attr(not(debug_assertions), expect(unused_variables, clippy::unused_self, reason = "nothing happens there"))]
    pub(crate) fn hit(self, step: Failpoint) {
        #[cfg(debug_assertions)]
        if self.at == Some(step) {
            #[cfg(unix)]
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            std::process::abort();
        }
    }
}
