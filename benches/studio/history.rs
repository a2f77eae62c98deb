//! A data directory with a long history, created once through the public API.
//! Nothing is measured here.

use std::{path::PathBuf, process::Command};

use jiff::{SignedDuration, Timestamp};
use portable_pty::CommandBuilder;
use tempfile::TempDir;
use tintype::{
    id::Id,
    library::{ImageRecord, Library, Query, Record},
};
use tokio::runtime::Runtime;

/// Number of jobs in the history.
pub(crate) const ROWS: usize = 100_000;

const SUBJECTS: [&str; 8] = [
    "three cats",
    "a red fox",
    "a lighthouse",
    "an old sailor",
    "two astronauts",
    "a teapot",
    "a blue whale",
    "a city",
];
const PLACES: [&str; 5] =
    ["under a full moon by the sea", "in the snow", "at sunset", "in a storm", "on Mars, oil on canvas"];

/// A data directory with a long history.
pub(crate) struct LongHistory {
    dir: TempDir,
}

impl LongHistory {
    /// Generates one image and records it once per row.
    pub(crate) fn create() -> Self {
        let shelf = Self { dir: tempfile::tempdir().unwrap() };
        let drawn = Command::new(env!("CARGO_BIN_EXE_tintype"))
            .args(["generate", "--backend", "sketch", "three cats under a full moon by the sea"])
            .env("TINTYPE_DATA_DIR", shelf.data())
            .env("HOME", shelf.dir.path())
            .env_remove("TINTYPE_CONFIG")
            .output()
            .unwrap();
        assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
        Runtime::new().unwrap().block_on(shelf.fill());
        shelf
    }

    /// Returns the home directory of the data's owner.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Returns the path of the data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Returns the command that opens the studio on it in a terminal with true color.
    pub(crate) fn command(&self) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tintype"));
        command.env_clear();
        command.cwd(self.home());
        command.env("HOME", self.home());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("TINTYPE_DATA_DIR", self.data());
        command
    }

    /// Opens the library.
    pub(crate) fn library(&self) -> Library {
        Library::open(&self.data()).unwrap()
    }

    async fn fill(&self) {
        let library = self.library();
        let first = library.page(Query::default(), 0, 1).await.unwrap().records.remove(0);
        let rows: Vec<usize> = (1..ROWS).collect();
        for part in rows.chunks(10_000) {
            let records = part.iter().map(|row| older_record(&first, *row)).collect();
            library.import(records).await.unwrap();
        }
        assert_eq!(library.page(Query::default(), 0, 1).await.unwrap().total, ROWS as u64);
    }
}

/// Copies the record with a time a few minutes earlier per row, and with another prompt.
fn older_record(first: &Record, row: usize) -> Record {
    let created = Timestamp::now() - SignedDuration::from_mins(7 * row as i64);
    let prompt = format!("{} {}, number {row}", SUBJECTS[row % SUBJECTS.len()], PLACES[row % PLACES.len()]);
    let images = first.images.iter().map(|image| ImageRecord { id: Id::new(), ..image.clone() }).collect();
    Record { id: Id::new(), created, prompt, images, ..first.clone() }
}
