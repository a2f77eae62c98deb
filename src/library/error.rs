//! What can go wrong with the library, told so that the person knows what to do next.
//! No wording of the terminal: whoever prints these cleans and colours them.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::{atomic::FileError, id::Id, library::checksum};

/// The library could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or directory of the data directory cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The library was written by a later version of this program.
    #[error("`{}` was written by a later version of tintype (schema {found}, this one knows {known})", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The latest one known here.
        known: i64,
    },
    /// Another program has held the database for too long.
    #[error("`{}` is locked by another program", .0.display())]
    Locked(PathBuf),
    /// The database is damaged.
    #[error("`{}` is damaged", .0.display())]
    Damaged(PathBuf),
    /// The database cannot be read or written: permissions, a full disk.
    #[error("cannot use `{}`: {reason}", path.display())]
    Unusable {
        /// The database.
        path: PathBuf,
        /// What stands in the way.
        reason: &'static str,
    },
    /// Anything else that SQLite reports.
    #[error("the library failed: {0}")]
    Sql(#[source] rusqlite::Error),
    /// An image lies outside of the data directory, where the library cannot keep it.
    #[error("`{}` is not below the data directory", .0.display())]
    Outside(PathBuf),
    /// A file of a job cannot be moved to its place, because something else has its name there.
    #[error("`{}` exists already, so the files of `{}` were not moved", path.display(), job.short())]
    Occupied {
        /// The job.
        job: Id,
        /// What is in the way.
        path: PathBuf,
    },
    /// Not an id and no part of one.
    #[error("`{0}` is no id")]
    NotAnId(String),
    /// No job and no image has that id.
    #[error("nothing in the library is called `{0}`")]
    NotFound(String),
    /// Several jobs or images have an id that fits.
    #[error("`{text}` could be any of {}", list(candidates))]
    Ambiguous {
        /// What was given.
        text: String,
        /// What it could mean: jobs and images.
        candidates: Vec<Id>,
    },
    /// The library's thread is gone.
    #[error("the library is closed")]
    Closed,
}

impl LibraryError {
    /// The next action.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => error.hint(),
            Self::Newer { .. } => {
                "update tintype, or choose another directory with --data-dir; nothing in this one was changed"
            }
            Self::Locked(_) => "close the other program, or try again in a moment",
            Self::Damaged(_) => {
                "close every tintype and start it again: it sets the damaged file aside and rebuilds the library"
            }
            Self::Unusable { .. } => "make room and check permissions, or choose another directory with --data-dir",
            Self::Occupied { .. } => "move that file elsewhere, then try again; nothing was overwritten",
            Self::NotAnId(_) => {
                "give at least four digits from the start or the end of an id as `tintype history` shows it"
            }
            Self::NotFound(_) => "see `tintype history` for what there is",
            Self::Ambiguous { .. } => "give more digits of the id",
            Self::Outside(_) | Self::Sql(_) | Self::Closed => return None,
        };
        Some(hint.to_owned())
    }

    /// What SQLite says of the database at `path`, in our words where we have some.
    pub(super) fn of(error: rusqlite::Error, path: &Path) -> Self {
        let unusable = |reason| Self::Unusable { path: path.to_owned(), reason };
        let is_damaged_row =
            matches!(&error, rusqlite::Error::SqliteFailure(_, Some(said)) if said == checksum::DAMAGED);
        if is_damaged_row {
            return Self::Damaged(path.to_owned());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path.to_owned()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(path.to_owned()),
            Some(ErrorCode::DiskFull) => unusable("the disk is full"),
            Some(ErrorCode::ReadOnly) => unusable("it is read-only"),
            Some(ErrorCode::PermissionDenied) => unusable("permission denied"),
            Some(ErrorCode::CannotOpen) => unusable("it cannot be opened"),
            Some(ErrorCode::SystemIoFailure) => unusable("the disk reports an error"),
            _ => Self::Sql(error),
        }
    }
}

/// What can go wrong inside a transaction, before it is known in which file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Self {
        Self::Library(error.into())
    }
}

fn list(ids: &[Id]) -> String {
    let mut words: Vec<String> = ids.iter().take(5).map(|id| format!("`{id}`")).collect();
    if ids.len() > words.len() {
        words.push(format!("{} more", ids.len() - words.len()));
    }
    words.join(", ")
}
