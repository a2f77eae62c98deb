//! Opening a data directory: create what is missing, check what is there, rebuild what is damaged.
//! What was done beyond the usual is told in notices; nothing is ever thrown away.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use rusqlite::Connection;

use crate::{
    atomic::{self, FileError},
    library::{LibraryError, carry, places::Places, rebuild, schema, trash},
};

/// A database that is ready for use.
pub(super) struct Opened {
    pub(super) places: Places,
    pub(super) writer: Connection,
    pub(super) reader: Connection,
    pub(super) notices: Vec<String>,
    pub(super) in_use: Arc<File>,
}

/// Opens the library in `data_dir`. Waits for another process that is just opening it.
pub(super) fn open(data_dir: &Path) -> Result<Opened, LibraryError> {
    let data = std::path::absolute(data_dir).map_err(|error| FileError::new("use", data_dir, error))?;
    let places = Places::new(data);
    for dir in [places.data().to_owned(), places.images(), places.trash(), places.spool()] {
        atomic::create_dir(&dir)?;
    }
    let _alone = wait_for_turn(&places)?;
    let in_use = locked_file(&places.users())?;
    let mut notices = Vec::new();
    let mut writer = database(&places, &in_use, &mut notices)?;
    // Where there are no locks, nobody is kept from anything.
    drop(in_use.lock_shared());
    trash::finish_moves(&mut writer, &places)?;
    let reader = schema::reader(&places.database())?;
    Ok(Opened { places, writer, reader, notices, in_use: Arc::new(in_use) })
}

fn database(places: &Places, in_use: &File, notices: &mut Vec<String>) -> Result<Connection, LibraryError> {
    let path = places.database();
    let is_new = fs::metadata(&path).map_or(true, |found| found.len() == 0);
    match connect(places) {
        Ok(mut writer) => {
            if is_new {
                let rebuilt = rebuild::rebuild(&mut writer, places)?;
                notices.extend(rebuilt.notice("the library was missing"));
            }
            Ok(writer)
        }
        // SQLite deletes the log of a database by name when it closes it: one that another process has open must stay.
        Err(LibraryError::Damaged(_)) if !matches!(in_use.try_lock(), Err(TryLockError::WouldBlock)) => {
            let aside = set_aside(&path)?;
            let mut writer = connect(places)?;
            let rebuilt = rebuild::rebuild(&mut writer, places)?;
            let carried = carry::carry_over(&mut writer, places, &aside)?;
            notices.push(format!("the library was damaged; the old file is kept as `{}`", aside.display()));
            notices.extend(rebuilt.notice("it"));
            let jobs = if carried == 1 {
                "1 job without an image was".to_owned()
            } else {
                format!("{carried} jobs without an image were")
            };
            notices.extend((carried > 0).then(|| format!("{jobs} read from the old file")));
            Ok(writer)
        }
        Err(error) => Err(error),
    }
}

fn connect(places: &Places) -> Result<Connection, LibraryError> {
    let path = &places.database();
    create_private(path)?;
    let mut writer = schema::writer(path)?;
    schema::migrate(&mut writer, path)?;
    let is_suspect = places.suspicion().exists();
    probe(&writer, path, is_suspect)?;
    if is_suspect {
        atomic::remove(&places.suspicion())?;
    }
    Ok(writer)
}

/// A small or suspect database is checked all through; of a large one only the newest rows are read, because opening
/// must be quick.
fn probe(writer: &Connection, path: &Path, is_suspect: bool) -> Result<(), LibraryError> {
    const SMALL: u64 = 1024 * 1024;
    let failed = |error| LibraryError::of(error, path);
    let thorough = is_suspect || fs::metadata(path).is_ok_and(|found| found.len() <= SMALL);
    if thorough && !schema::faults(writer).map_err(failed)?.is_empty() {
        return Err(LibraryError::Damaged(path.to_owned()));
    }
    let newest = "SELECT count(facts) FROM (SELECT facts FROM jobs ORDER BY key DESC LIMIT 50)";
    writer.query_row(newest, [], |_| Ok(())).map_err(failed)?;
    writer.query_row("SELECT sum(value) FROM counters", [], |_| Ok(())).map_err(failed)
}

/// SQLite gives the files beside a database the mode of the database.
fn create_private(path: &Path) -> Result<(), LibraryError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| FileError::new("open", path, error).into())
}

/// Renames a damaged database and what belongs to it; returns its new name.
fn set_aside(path: &Path) -> Result<PathBuf, LibraryError> {
    let now = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S").to_string();
    // What belongs together keeps names that belong together.
    let named = |end: &str, tail: &str| PathBuf::from(format!("{}.broken-{now}{end}{tail}", path.display()));
    let free = |end: &String| !named(end, "").exists();
    let end = std::iter::once(String::new()).chain((2..100).map(|n| format!("-{n}"))).find(free).unwrap_or_default();
    for tail in ["", "-wal", "-shm"] {
        let from = PathBuf::from(format!("{}{tail}", path.display()));
        if from.exists() {
            fs::rename(&from, named(&end, tail)).map_err(|error| FileError::new("move", &from, error))?;
        }
    }
    Ok(named(&end, ""))
}

/// A file that is there only for its lock.
fn locked_file(path: &Path) -> Result<File, LibraryError> {
    create_private(path)?;
    Ok(File::open(path).map_err(|error| FileError::new("open", path, error))?)
}

/// The right to open, check and repair, until the returned file is dropped.
fn wait_for_turn(places: &Places) -> Result<File, LibraryError> {
    let file = locked_file(&places.opening())?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            // Some network file systems have no locks; opening alone is only a courtesy there.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
            Err(TryLockError::WouldBlock) if since.elapsed() > schema::PATIENCE => {
                return Err(LibraryError::Locked(places.database()));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    }
}
