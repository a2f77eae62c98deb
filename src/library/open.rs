//! Opening a data directory: creates what is missing, checks what is there, rebuilds what is damaged.
//!
//! Anything unusual is reported in notices; no data is ever thrown away.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use rusqlite::Connection;

use crate::{
    atomic_file::{self, FileError},
    confined, interleaving,
    library::{LibraryError, checksum, commit_counter, ledger, paths::LibraryPaths, rebuild, salvage, schema, trash},
};

/// A database that is ready for use.
pub(super) struct OpenedLibrary {
    pub(super) places: LibraryPaths,
    pub(super) writer: Connection,
    pub(super) reader: Connection,
    pub(super) notices: Vec<String>,
    pub(super) in_use: Arc<File>,
}

/// Opens the library in `data_dir`. Waits while another process is opening it.
pub(super) fn open(data_dir: &Path) -> Result<OpenedLibrary, LibraryError> {
    let data = std::path::absolute(data_dir).map_err(|error| FileError::new("use", data_dir, error))?;
    let places = LibraryPaths::new(data);
    // A data directory may come from an untrusted source: a folder that is a link would cause files elsewhere to be
    // moved and deleted.
    let known = [places.ballots(), places.ledger()].into_iter().filter(|dir| fs::symlink_metadata(dir).is_ok());
    let always = [places.data().to_owned(), places.images(), places.trash(), places.spool()];
    for dir in always.into_iter().chain(known) {
        confined::create_dir(places.data(), &dir)?;
    }
    let _held = interleaving::lock(interleaving::Lock::Opening);
    let _alone = wait_for_turn(&places)?;
    let in_use = locked_file(&places, &places.usage_lock())?;
    let mut notices = Vec::new();
    let mut writer = database(&places, &in_use, &mut notices)?;
    // A file system without locks cannot enforce any exclusion.
    drop(in_use.lock_shared());
    notices.extend(trash::finish_moves(&mut writer, &places)?);
    let reader = schema::reader(&places.database())?;
    Ok(OpenedLibrary { places, writer, reader, notices, in_use: Arc::new(in_use) })
}

fn database(places: &LibraryPaths, in_use: &File, notices: &mut Vec<String>) -> Result<Connection, LibraryError> {
    let path = places.database();
    let is_new = fs::metadata(&path).map_or(true, |found| found.len() == 0);
    // Read before the database, because other processes continue to update both.
    let noted = commit_counter::count_in_file(places);
    match connect(places, noted) {
        Ok((mut writer, has_lost)) => {
            if is_new || has_lost {
                let what =
                    if is_new { "the library was missing" } else { "the library was missing its latest changes" };
                notices.extend(rebuilt(&mut writer, places, noted)?.notice(what));
            }
            ledger::create_from_database(&writer, places)?;
            Ok(writer)
        }
        // SQLite deletes the log of a database by name when it closes it: a log that another process has open must
        // stay.
        Err(LibraryError::Damaged(_)) if !matches!(in_use.try_lock(), Err(TryLockError::WouldBlock)) => {
            let aside = set_aside(&path)?;
            let (mut writer, _) = connect(places, 0)?;
            let rebuilt = rebuilt(&mut writer, places, noted)?;
            let carried = salvage::salvage_rows(&mut writer, places, &aside)?;
            ledger::create_from_database(&writer, places)?;
            let words = rebuilt.notice("").unwrap_or_default();
            notices.push(format!(
                "the library was damaged; the old file is kept as `{}`{}",
                aside.display(),
                words.replacen(": ", "; ", 1)
            ));
            notices.extend(carried.notice());
            Ok(writer)
        }
        Err(error) => Err(error),
    }
}

/// Adds what the files know, and continues from the commit count in the commits file.
fn rebuilt(writer: &mut Connection, places: &LibraryPaths, noted: i64) -> Result<rebuild::RebuildReport, LibraryError> {
    let rebuilt = rebuild::rebuild(writer, places)?;
    commit_counter::continue_from(writer, noted)
        .map_err(|error| LibraryError::from_sqlite(error, &places.database()))?;
    Ok(rebuilt)
}

/// Returns a connection to an intact database, and whether it has lost commits compared to the count `noted`.
fn connect(places: &LibraryPaths, noted: i64) -> Result<(Connection, bool), LibraryError> {
    let path = &places.database();
    create_private(places, path)?;
    confined::check_file(&places.commits())?;
    for beside in ["-wal", "-shm", "-journal"] {
        confined::check_file(&extended(path, beside))?;
    }
    let set_up = || {
        let mut writer = schema::writer(path)?;
        schema::migrate(&mut writer, path)?;
        let has_lost =
            commit_counter::count_in_database(&writer).map_err(|error| LibraryError::from_sqlite(error, path))? < noted;
        let is_suspect = places.check_request().exists();
        check_quickly(&writer, path, is_suspect || has_lost)?;
        if is_suspect {
            atomic_file::remove(&places.check_request())?;
        }
        Ok((writer, has_lost))
    };
    // A layout that does not fit our statements counts as damage, regardless of the SQLite error.
    set_up().map_err(|error| match error {
        LibraryError::Sql(_) => LibraryError::Damaged(path.to_owned()),
        error => error,
    })
}

/// Checks a small or suspect database completely. Of a large one only the newest and the unfinished rows are read,
/// because opening must be quick.
fn check_quickly(writer: &Connection, path: &Path, is_suspect: bool) -> Result<(), LibraryError> {
    const SMALL: u64 = 1024 * 1024;
    let failed = |error| LibraryError::from_sqlite(error, path);
    let thorough = is_suspect || fs::metadata(path).is_ok_and(|found| found.len() <= SMALL);
    if thorough && !schema::faults(writer).map_err(failed)?.is_empty() {
        return Err(LibraryError::Damaged(path.to_owned()));
    }
    let needed = "SELECT key FROM (SELECT key FROM jobs ORDER BY key DESC LIMIT 50)
                  UNION ALL SELECT key FROM jobs WHERE moving = 1
                  UNION ALL SELECT key FROM jobs WHERE state IN ('queued', 'sent', 'received', 'unknown')";
    for (table, key, columns) in [("jobs", "key", checksum::JOBS), ("images", "job", checksum::IMAGES)] {
        let intact = checksum::is_intact(columns);
        let sql = format!("SELECT count(*) FROM {table} WHERE {key} IN ({needed}) AND NOT ({intact})");
        let damaged: i64 = writer.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
        if damaged > 0 {
            return Err(LibraryError::Damaged(path.to_owned()));
        }
    }
    let counters = "SELECT count(value) FROM counters WHERE name IN ('changes', 'commits', 'shelf')";
    match writer.query_row(counters, [], |row| row.get::<_, i64>(0)).map_err(failed)? {
        3 => Ok(()),
        _ => Err(LibraryError::Damaged(path.to_owned())),
    }
}

/// Creates the database file as private. SQLite gives the files beside a database the same mode.
fn create_private(places: &LibraryPaths, path: &Path) -> Result<(), LibraryError> {
    let opened = confined::open_or_create(places.data(), path);
    opened.map(drop).map_err(|error| FileError::new("open", path, error).into())
}

/// Renames a damaged database and its companion files, and returns the new name.
fn set_aside(path: &Path) -> Result<PathBuf, LibraryError> {
    let now = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S").to_string();
    // Files that belong together keep matching names.
    let named = |end: &str, tail: &str| extended(path, &format!(".broken-{now}{end}{tail}"));
    let free = |end: &String| !named(end, "").exists();
    let end = std::iter::once(String::new()).chain((2..100).map(|n| format!("-{n}"))).find(free).unwrap_or_default();
    for tail in ["", "-wal", "-shm"] {
        let from = extended(path, tail);
        if from.exists() {
            fs::rename(&from, named(&end, tail)).map_err(|error| FileError::new("move", &from, error))?;
        }
    }
    Ok(named(&end, ""))
}

/// Returns the path with `tail` appended, even if the path is not valid Unicode.
fn extended(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}

/// Opens a file that exists only to be locked.
fn locked_file(places: &LibraryPaths, path: &Path) -> Result<File, LibraryError> {
    create_private(places, path)?;
    Ok(confined::open(places.data(), path).map_err(|error| FileError::new("open", path, error))?)
}

/// Waits for the exclusive right to open, check and repair. It lasts until the returned file is dropped.
fn wait_for_turn(places: &LibraryPaths) -> Result<File, LibraryError> {
    let file = locked_file(places, &places.opening_lock())?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            // Some network file systems have no locks; the exclusive turn is only a courtesy there.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
            Err(TryLockError::WouldBlock) if since.elapsed() > schema::BUSY_TIMEOUT => {
                return Err(LibraryError::Locked(places.database()));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    }
}
