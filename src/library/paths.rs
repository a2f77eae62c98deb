//! Layout of the data directory, and the mapping of paths to names that survive moving it.
//!
//! Names only: this module never accesses a disk.

use std::path::{Component, Path, PathBuf};

use crate::{id::Id, library::LibraryError};

/// Absolute path of the data directory, and the paths inside it.
#[derive(Clone, Debug)]
pub(crate) struct LibraryPaths {
    data: PathBuf,
}

impl LibraryPaths {
    /// Name of the file with the job as it was sent, in the job's own folder.
    pub(crate) const JOB: &str = "job.json";

    pub(crate) fn new(data: PathBuf) -> Self {
        Self { data }
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("library.db")
    }

    /// Lock file held while a process opens the library, so that two processes never repair it at the same time.
    pub(crate) fn opening_lock(&self) -> PathBuf {
        self.data.join("library.lock")
    }

    /// Lock file, held in shared mode by every process that has the library open. A library in use is never set aside.
    pub(crate) fn usage_lock(&self) -> PathBuf {
        self.data.join("library.users")
    }

    /// Marker that a process leaves when it finds damage, so that the next opening checks everything.
    pub(crate) fn check_request(&self) -> PathBuf {
        self.data.join("library.suspect")
    }

    /// File with the number of commits: a database with a lower count has lost some.
    pub(crate) fn commits(&self) -> PathBuf {
        self.data.join("library.commits")
    }

    /// Folder of the ledger, with one file per month, so that the budget survives the loss of the database.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.data.join("ledger")
    }

    pub(crate) fn images(&self) -> PathBuf {
        self.data.join("images")
    }

    pub(crate) fn trash(&self) -> PathBuf {
        self.data.join("trash")
    }

    /// Folder with one file per ballot, so that votes survive a damaged database.
    pub(crate) fn ballots(&self) -> PathBuf {
        self.data.join("ballots")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// Folder of a job while it runs.
    pub(crate) fn job_dir(&self, job: Id) -> PathBuf {
        self.spool().join(job.to_string())
    }

    /// Lock file of the process that works on a job.
    pub(crate) fn job_lock(&self, job: Id) -> PathBuf {
        self.job_dir(job).join("lease")
    }

    /// Folder of files that are (`true`) or are not (`false`) in the trash.
    pub(crate) fn images_or_trash(&self, deleted: bool) -> PathBuf {
        if deleted { self.trash() } else { self.images() }
    }

    /// Path of the file with this name in the library.
    pub(crate) fn path(&self, name: &str, deleted: bool) -> PathBuf {
        name.split('/').fold(self.images_or_trash(deleted), |path, part| path.join(part))
    }

    /// Returns the library's name for a file: its path below `images/` or `trash/`, with slashes.
    pub(crate) fn name(&self, path: &Path) -> Result<String, LibraryError> {
        let outside = || LibraryError::OutsideDataDir(path.to_owned());
        let below =
            path.strip_prefix(self.images()).or_else(|_| path.strip_prefix(self.trash())).map_err(|_| outside())?;
        let parts: Option<Vec<&str>> = below
            .components()
            .map(|part| match part {
                Component::Normal(part) => part.to_str(),
                _ => None,
            })
            .collect();
        parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/")).ok_or_else(outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_path_and_never_out_of_the_library() {
        let places = LibraryPaths::new("/data".into());
        let path = Path::new("/data/images/2026/11/a.png");
        let name = places.name(path).unwrap();
        assert_eq!(name, "2026/11/a.png");
        assert_eq!(places.path(&name, false), path);
        assert_eq!(places.path(&name, true), Path::new("/data/trash/2026/11/a.png"));
        assert!(places.name(Path::new("/data/images/../../etc/passwd")).is_err());
        assert!(places.name(Path::new("/data/images")).is_err());
        assert!(places.name(Path::new("/elsewhere/a.png")).is_err());
    }
}
