//! Where a process is to die, for the tests that kill it: at a named step of a job's life, as by `kill -9`.
//! It does nothing in a release: only a build with debug assertions can be told to crash.

use std::fmt;

/// A step in the life of a job, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Written down, nothing sent.
    Begun,
    /// Written down as sent, and not yet with the backend.
    Sent,
    /// The request is leaving.
    Leaving,
    /// The provider has begun to answer.
    Answered,
    /// The first preview is here.
    Previewed,
    /// The ticket is on disk.
    Ticketed,
    /// The answer is complete in the spool, nothing is made of it yet.
    Received,
    /// The pictures are staged, with their list.
    Staged,
    /// The pictures are in their place, the library does not know it.
    Moved,
    /// The sidecars are written, the row is not.
    Described,
    /// The row is written, the job's folder is still there.
    Finished,
}

impl Step {
    /// Every step.
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

    /// Its name in `TINTYPE_CRASH_AT`.
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

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The step at which this process dies; none unless a test says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrashPoint {
    #[cfg(debug_assertions)]
    at: Option<Step>,
}

impl CrashPoint {
    /// What `TINTYPE_CRASH_AT` names; nothing in a release.
    #[cfg_attr(not(debug_assertions), expect(unused_variables, reason = "a release cannot be told to crash"))]
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            #[cfg(debug_assertions)]
            at: env("TINTYPE_CRASH_AT").and_then(|name| Step::ALL.into_iter().find(|step| step.name() == name)),
        }
    }

    /// A step is reached. Where it is the one, this does not return, and nothing is put in order.
    #[cfg_attr(not(debug_assertions), expect(unused_variables, clippy::unused_self, reason = "nothing happens there"))]
    pub(crate) fn reach(self, step: Step) {
        #[cfg(debug_assertions)]
        if self.at == Some(step) {
            #[cfg(unix)]
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            std::process::abort();
        }
    }
}
