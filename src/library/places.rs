//! Where things lie in the data directory, and how a path becomes a name that survives moving it.
//! Only names: nothing here touches a disk.

use std::path::{Component, Path, PathBuf};

use crate::{id::Id, library::LibraryError};

/// The data directory, absolute, and what is where in it.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    data: PathBuf,
}

impl Places {
    /// The name of the job as it was sent, in its own folder.
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

    /// Held while a process opens the library, so that two do not repair it at once.
    pub(crate) fn opening(&self) -> PathBuf {
        self.data.join("library.lock")
    }

    /// Held, shared with others, as long as a process has the library open: what others use is not set aside.
    pub(crate) fn users(&self) -> PathBuf {
        self.data.join("library.users")
    }

    /// Left behind by whoever met damage, so that the next opening looks closely.
    pub(crate) fn suspicion(&self) -> PathBuf {
        self.data.join("library.suspect")
    }

    /// How many commits the database has seen: one that knows of fewer has lost some.
    pub(crate) fn commits(&self) -> PathBuf {
        self.data.join("library.commits")
    }

    /// What was charged, a file a month, so that the budget outlives the database.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.data.join("ledger")
    }

    pub(crate) fn images(&self) -> PathBuf {
        self.data.join("images")
    }

    pub(crate) fn trash(&self) -> PathBuf {
        self.data.join("trash")
    }

    /// A file for every ballot, so that votes outlive a damaged database.
    pub(crate) fn ballots(&self) -> PathBuf {
        self.data.join("ballots")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// A job's own folder while it runs.
    pub(crate) fn scratch(&self, job: Id) -> PathBuf {
        self.spool().join(job.to_string())
    }

    /// Locked by the process that is at a job.
    pub(crate) fn lease(&self, job: Id) -> PathBuf {
        self.scratch(job).join("lease")
    }

    /// Where files are that are or are not in the trash.
    pub(crate) fn shelf(&self, deleted: bool) -> PathBuf {
        if deleted { self.trash() } else { self.images() }
    }

    /// The path of the file that has this name in the library.
    pub(crate) fn path(&self, name: &str, deleted: bool) -> PathBuf {
        name.split('/').fold(self.shelf(deleted), |path, part| path.join(part))
    }

    /// The library's name for a file: its path below `images/` or `trash/`, with slashes.
    pub(crate) fn name(&self, path: &Path) -> Result<String, LibraryError> {
        let outside = || LibraryError::Outside(path.to_owned());
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
        let places = Places::new("/data".into());
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
