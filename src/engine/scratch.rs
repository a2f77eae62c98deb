//! A job's own folder while it runs, and the proof that its process is alive: a lock the system takes back at death.
//! What is in it is the backend's and the saver's business.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    atomic::{self, FileError},
    id::Id,
    library::Places,
};

const LEASE: &str = "lease";

/// The folder, held by this process alone.
pub(super) struct Scratch {
    path: PathBuf,
    lease: Option<File>,
}

impl Scratch {
    /// Takes hold of a job's folder, creating it where it is missing; `None` where a living process holds it.
    pub(super) fn claim(places: &Places, job: Id) -> Result<Option<Self>, FileError> {
        let path = places.scratch(job);
        atomic::create_dir(&path)?;
        let lease = path.join(LEASE);
        let failed = |error| FileError::new("open", &lease, error);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lease).map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Where there are no locks, every process is on its own.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(Self { path, lease: Some(file) })),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is nothing in it that could be of use to anyone.
    pub(super) fn is_empty(&self) -> bool {
        let other = |entry: fs::DirEntry| entry.file_name() != LEASE;
        fs::read_dir(&self.path).is_ok_and(|entries| !entries.flatten().any(other))
    }

    /// Removes the folder with all that is in it.
    pub(super) fn remove(mut self) {
        drop(self.lease.take());
        if let Err(error) = atomic::remove(&self.path) {
            tracing::warn!(%error, "a job's folder was not removed");
        }
    }

    /// Removes the folder if there is nothing in it, else leaves it.
    pub(super) fn clear_up(self) {
        if self.is_empty() {
            self.remove();
        } else {
            self.leave();
        }
    }

    /// Lets go of the folder and leaves what is in it.
    pub(super) fn leave(self) {
        drop(self);
    }
}
