//! Errors of the library, worded so that the user knows what to do next.
//!
//! The text is plain: the caller sanitizes and colors it for the terminal.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::{
    atomic_file::FileError,
    id::Id,
    library::{LabelError, SearchError, checksum},
};

/// Error of a library operation.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or directory in the data directory cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A later version of this program wrote the library.
    #[error("`{}` was written by a newer Tintype (schema {found}; this version supports {known})", path.display())]
    SchemaTooNew {
        path: PathBuf,
        found: i64,
        /// Latest schema version that this version of tintype supports.
        known: i64,
    },
    /// Another program held the database for too long.
    #[error("`{}` is locked by another program", .0.display())]
    Locked(PathBuf),
    #[error("`{}` is damaged", .0.display())]
    Damaged(PathBuf),
    /// The database cannot be read or written, for example because of permissions or a full disk.
    #[error("cannot use `{}`: {reason}", path.display())]
    Unusable {
        path: PathBuf,
        /// Cause of the failure, as a phrase for the message.
        reason: &'static str,
    },
    /// Any other error that SQLite reports.
    #[error("the library failed: {0}")]
    Sql(#[source] rusqlite::Error),
    /// An image is outside the data directory, where the library cannot keep it.
    #[error("`{}` is outside the data directory", .0.display())]
    OutsideDataDir(PathBuf),
    /// A file of a job cannot move to its place because another file has that name.
    #[error("`{}` already exists, so the files of `{}` were not moved", path.display(), job.short())]
    Occupied {
        job: Id,
        /// Path of the file that blocks the move.
        path: PathBuf,
    },
    /// The text is neither an id nor part of one.
    #[error("no such id: `{0}`")]
    NotAnId(String),
    /// No job and no image has that id.
    #[error("no such job or image: `{0}`")]
    NotFound(String),
    /// The text fits several jobs or images.
    #[error("`{text}` is ambiguous: {}", list(candidates))]
    Ambiguous {
        text: String,
        /// Ids of the jobs and images that the text fits.
        candidates: Vec<Id>,
    },
    /// The search cannot be understood.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A label cannot be accepted.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The thread of the library has stopped.
    #[error("the library is closed")]
    Closed,
}

impl LibraryError {
    /// Returns the next step for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => error.hint(),
            Self::SchemaTooNew { .. } => "update Tintype, or use another data directory; this one was not changed",
            Self::Locked(_) => "close the other program, or try again in a moment",
            Self::Damaged(_) => {
                "close every Tintype and restart it: it keeps the damaged file and rebuilds the library"
            }
            Self::Unusable { .. } => "free disk space and check permissions, or use another data directory",
            Self::Occupied { .. } => "move that file elsewhere, then try again; nothing was overwritten",
            Self::NotAnId(_) => "use at least four digits from the start or end of an id in `tintype history`",
            Self::NotFound(_) => "run `tintype history` to list the ids",
            Self::Ambiguous { .. } => "use more digits of the id",
            Self::Search(error) => error.hint(),
            Self::Label(error) => return Some(error.hint()),
            Self::OutsideDataDir(_) | Self::Sql(_) | Self::Closed => return None,
        };
        Some(hint.to_owned())
    }

    /// Maps an SQLite error on the database at `path` to a library error.
    pub(super) fn from_sqlite(error: rusqlite::Error, path: &Path) -> Self {
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
            Some(ErrorCode::SystemIoFailure) => unusable("the disk reported an error"),
            _ => Self::Sql(error),
        }
    }
}

/// Error inside a transaction, before the affected file is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransactionError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl From<SearchError> for TransactionError {
    fn from(error: SearchError) -> Self {
        Self::Library(error.into())
    }
}

impl From<LabelError> for TransactionError {
    fn from(error: LabelError) -> Self {
        Self::Library(error.into())
    }
}

impl From<FileError> for TransactionError {
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
