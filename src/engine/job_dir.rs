//! The folder of a running job, and the lock that proves that its process is alive: the system releases it when the
//! process dies.
//! The folder also has a copy of the job, for a library that has lost it; its other files are the backend's and the
//! saver's business.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    atomic_file::{self, FileError},
    confined::{self, MAX_JSON},
    id::Id,
    library::{Library, LibraryPaths, Record},
};

/// The lock file. The living process holds it and writes its id into it, for file systems without locks.
/// [`LibraryPaths::job_lock`] is its path.
const LOCK_FILE: &str = "lease";
/// The file with the job as it was sent.
const JOB: &str = LibraryPaths::JOB;
/// The number of attempts to create a folder that another process is just removing.
const ATTEMPTS: u32 = 20;

/// The time for which the data of a failed job is kept for inspection.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The number of attempts, and the pause between them, to claim a new job's folder that another process holds.
const CLAIM_ATTEMPTS: u32 = 200;
const CLAIM_PAUSE: Duration = Duration::from_millis(5);

/// The folder of a job, held by this process alone.
pub(super) struct JobDir {
    path: PathBuf,
    lease: Option<File>,
}

impl JobDir {
    /// Claims a job's folder, creating it if it is missing; `None` if a living process holds it.
    pub(super) fn claim(places: &LibraryPaths, job: Id) -> Result<Option<Self>, FileError> {
        let path = places.job_dir(job);
        let lease = places.job_lock(job);
        for _ in 0..ATTEMPTS {
            match confined::create_dir(places.data(), &path) {
                // It existed a moment ago and is being removed.
                Err(error) if is_being_removed(&error) && places.spool().is_dir() && !path.is_file() => continue,
                made => made?,
            }
            let mut file = match confined::open_or_create(places.data(), &lease) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(FileError::new("open", &lease, error)),
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(None),
                // Without file locks, the process id has to do.
                Err(TryLockError::Error(_)) if is_held(&lease) => return Ok(None),
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            // The previous holder may have removed the file while this process waited to open it.
            if is_same(&file, &lease) {
                if let Err(error) = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())) {
                    tracing::debug!(%error, "the owner of a lock file was not written");
                }
                return Ok(Some(Self { path, lease: Some(file) }));
            }
        }
        Ok(None)
    }

    /// Claims the folder of a new job. A process that looks for leftovers may briefly hold it between its creation and
    /// its locking, so this waits.
    pub(super) async fn wait_and_claim(places: &LibraryPaths, job: Id) -> Result<Option<Self>, FileError> {
        for _ in 0..CLAIM_ATTEMPTS {
            let claimed = Self::claim(places, job)?;
            if claimed.is_some() {
                return Ok(claimed);
            }
            tokio::time::sleep(CLAIM_PAUSE).await;
        }
        Ok(None)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Stores the job next to its response, so that both survive the loss of the library.
    pub(super) fn store_record(&self, record: &Record) -> Result<(), FileError> {
        let path = self.path.join(JOB);
        let json = serde_json::to_vec(record).map_err(|error| FileError::new("write", &path, error.into()))?;
        atomic_file::replace(&path, &json)
    }

    /// Returns the job that was stored by [`store_record`](Self::store_record).
    pub(super) fn stored_record(&self) -> Option<Record> {
        serde_json::from_slice(&confined::read(&self.path, &self.path.join(JOB), MAX_JSON).ok()?).ok()
    }

    /// Removes links, pipes and devices. Neither a backend nor the saver creates them, and nothing may block on one or
    /// be redirected by it.
    pub(super) fn remove_special_files(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| !kind.is_file() && !kind.is_dir()) {
                tracing::warn!(path = %entry.path().display(), "removed a special file from a job's folder");
                drop(atomic_file::remove(&entry.path()));
            }
        }
    }

    /// Returns true if the folder contains nothing but the lock file and the copy of the job.
    pub(super) fn is_empty(&self) -> bool {
        let other = |entry: fs::DirEntry| entry.file_name() != LOCK_FILE && entry.file_name() != JOB;
        fs::read_dir(&self.path).is_ok_and(|entries| !entries.flatten().any(other))
    }

    /// Returns true if everything that arrived is older than a month.
    pub(super) fn is_expired(&self) -> bool {
        let is_old = |entry: fs::DirEntry| {
            let age =
                entry.metadata().and_then(|it| it.modified()).map(|modified| modified.elapsed().unwrap_or_default());
            age.is_ok_and(|age| age > RETENTION)
        };
        let arrived = |entry: &fs::DirEntry| entry.file_name() != LOCK_FILE;
        fs::read_dir(&self.path).is_ok_and(|entries| entries.flatten().filter(arrived).all(is_old))
    }

    /// Removes the folder with everything in it.
    pub(super) fn remove(mut self) {
        // Windows cannot remove an open file.
        if cfg!(windows) {
            drop(self.lease.take());
        }
        if let Err(error) = atomic_file::remove(&self.path) {
            tracing::warn!(%error, "a job's folder was not removed");
        }
    }

    /// Removes the folder if it is empty, else leaves it.
    pub(super) fn remove_if_empty(self) {
        if self.is_empty() {
            self.remove();
        } else {
            self.release();
        }
    }

    /// Releases the folder and leaves its contents.
    pub(super) fn release(self) {
        drop(self);
    }
}

/// Returns the id of the living process that holds a job, this one included; 0 if it is not known.
pub fn job_process(library: &Library, job: Id) -> Option<u32> {
    let lease = library.places().job_lock(job);
    let said = || fs::read_to_string(&lease).ok().and_then(|text| text.trim().parse::<u32>().ok());
    // A shared lock, released immediately: two callers do not take each other for the job's process.
    match confined::open(library.data_dir(), &lease).ok()?.try_lock_shared() {
        Ok(()) => None,
        Err(TryLockError::WouldBlock) => Some(said().unwrap_or(0)),
        Err(TryLockError::Error(_)) => said().filter(|owner| atomic_file::is_alive(owner.cast_signed())),
    }
}

fn is_being_removed(error: &FileError) -> bool {
    matches!(error.source.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound)
}

/// Returns true if the lease names another process that is alive.
fn is_held(lease: &Path) -> bool {
    let owner: Option<u32> = fs::read_to_string(lease).ok().and_then(|text| text.trim().parse().ok());
    owner.is_some_and(|owner| owner != std::process::id() && atomic_file::is_alive(owner as i32))
}

/// Returns true if a path still leads to this file.
#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(place) == fs::metadata(path).ok().map(place)
}

#[cfg(not(unix))]
fn is_same(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_dir_has_one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let (places, job) = (LibraryPaths::new(dir.path().to_owned()), Id::new());
        let holders = std::sync::atomic::AtomicI32::new(0);
        let (mut most, mut held) = (0, 0);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut most, mut held) = (0, 0);
                        for _ in 0..200 {
                            let Some(scratch) = JobDir::claim(&places, job).unwrap() else { continue };
                            most = most.max(holders.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1);
                            held += 1;
                            assert!(scratch.path().join(LOCK_FILE).exists());
                            holders.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                            scratch.remove();
                        }
                        (most, held)
                    })
                })
                .collect();
            for worker in workers {
                let (one, times) = worker.join().unwrap();
                (most, held) = (most.max(one), held + times);
            }
        });
        assert_eq!(most, 1, "of {held} times");
        assert!(!places.job_dir(job).exists());
    }

    #[test]
    fn received_data_is_kept_for_a_month() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = JobDir::claim(&LibraryPaths::new(dir.path().to_owned()), Id::new()).unwrap().unwrap();
        let file =
            |name: &str| fs::OpenOptions::new().create(true).append(true).open(scratch.path().join(name)).unwrap();
        let month_ago = std::time::SystemTime::now() - RETENTION - Duration::from_secs(60);
        file("answer-0").set_modified(month_ago).unwrap();
        assert!(scratch.is_expired());
        file("answer-0.image-0");
        assert!(!scratch.is_expired());
        file("answer-0.image-0").set_modified(month_ago).unwrap();
        assert!(scratch.is_expired());
    }

    #[tokio::test]
    async fn claim_waits_for_a_process_that_inspects_the_new_dir() {
        let dir = tempfile::tempdir().unwrap();
        let (places, job) = (LibraryPaths::new(dir.path().to_owned()), Id::new());
        let other = JobDir::claim(&places, job).unwrap().unwrap();
        let mut claiming = std::pin::pin!(JobDir::wait_and_claim(&places, job));
        assert!(futures::poll!(&mut claiming).is_pending());
        other.remove();
        assert!(claiming.await.unwrap().is_some());
    }
}
