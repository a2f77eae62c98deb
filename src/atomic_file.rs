//! Atomic file operations: temporary file in the same directory, fsync, rename, fsync of the directory.
//! All writes of the program go through this module, which never leaves a partial file behind.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use crate::interleaving;

/// Prefix of temporary file names, followed by the id of the writing process.
const TEMPORARY_PREFIX: &str = ".tintype-";

/// Failed file operation.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} `{}`: {}", path.display(), reason(source))]
pub struct FileError {
    /// Operation as a verb: `write`, `create`, `move`, `delete` and so on.
    pub operation: &'static str,
    /// Path of the file or directory that the operation failed on.
    pub path: PathBuf,
    /// Underlying error, from the operating system or from a check of this program.
    pub source: io::Error,
}

impl FileError {
    /// Creates the error for a failed operation on `path`.
    pub fn new(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self { operation, path: path.to_owned(), source }
    }

    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> &'static str {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some disk space and try again",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "make that directory writable, or choose another one"
            }
            io::ErrorKind::AlreadyExists => "choose another name; nothing was overwritten",
            io::ErrorKind::NotADirectory => "choose another path; a part of this one is a file",
            io::ErrorKind::IsADirectory => "add a file name",
            io::ErrorKind::NotFound if self.operation == "read" => {
                "check the path; a deleted file may be in the trash or a backup"
            }
            io::ErrorKind::NotFound => "create its directory, or choose another path",
            io::ErrorKind::InvalidInput => "remove it if it is not yours, or use another data directory",
            _ => "check the disk and the path, then try again",
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is exceeded".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::AlreadyExists => "it already exists".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

/// Writes a private file (mode 0600), replacing an existing one. A link is followed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let target = resolve_link(path);
    interleaving::step();
    write_temporary(&target, bytes, 0o600)
        .and_then(|staged| staged.persist(&target).map_err(|error| error.error))
        .and_then(|_| sync_parent(&target))
        .map_err(|error| FileError::new("write", path, error))
}

/// Writes a private file (mode 0600), replacing an existing one. A link itself is replaced, and its target is left
/// alone.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    interleaving::step();
    write_temporary(path, bytes, 0o600)
        .and_then(|staged| staged.persist(path).map_err(|error| error.error))
        .and_then(|_| sync_parent(path))
        .map_err(|error| FileError::new("write", path, error))
}

/// Writes a private file (mode 0600); fails if the name is taken.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    interleaving::step();
    write_temporary(path, bytes, 0o600)
        .and_then(|staged| staged.persist_noclobber(path).map_err(|error| error.error))
        .and_then(|_| sync_parent(path))
        .map_err(|error| FileError::new("write", path, error))
}

/// Appends a line to a private file (mode 0600). With `durable` it is on disk when this returns. A partial line left by
/// an earlier crash is terminated first.
pub fn append_line(path: &Path, line: &str, durable: bool) -> Result<(), FileError> {
    let append = || {
        let is_new = !path.exists();
        let mut file = open_private(path, true)?;
        let mut last = [b'\n'];
        let length = file.metadata()?.len();
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1)).and_then(|_| file.read_exact(&mut last))?;
        }
        let cut = if last == [b'\n'] { "" } else { "\n" };
        file.write_all(format!("{cut}{line}\n").as_bytes())?;
        if durable {
            file.sync_data()?;
        }
        if is_new { sync_parent(path) } else { Ok(()) }
    };
    append().map_err(|error| FileError::new("write", path, error))
}

/// Overwrites the start of a small file in one step, without waiting for the disk; for data that may be lost.
pub fn overwrite(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    open_private(path, false)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| FileError::new("write", path, error))
}

fn open_private(path: &Path, append: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(append).write(true).append(append).create(true).truncate(false);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    options.open(path)
}

/// Writes a file at a place the user chose, with permissions by the umask, replacing an existing one. A special file
/// (`/dev/null`, a pipe) is written to, never replaced.
pub fn export(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let target = resolve_link(path);
    let special = fs::metadata(&target).is_ok_and(|found| !found.is_file() && !found.is_dir());
    let written = if special {
        OpenOptions::new().write(true).open(&target).and_then(|mut file| file.write_all(bytes))
    } else {
        write_temporary(&target, bytes, 0o666)
            .and_then(|staged| staged.persist(&target).map_err(|error| error.error))
            .and_then(|_| sync_parent(&target))
    };
    written.map_err(|error| FileError::new("write", path, error))
}

/// Writes a file like [`export`]; fails if the name is taken.
pub fn export_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    export_with(path, false, |file| file.write_all(bytes).map_err(|error| FileError::new("write", path, error)))
}

/// Writes a file like [`export`], with the content that `fill` writes into it, however large. If `fill` fails, nothing
/// is left of it. Without `overwrite`, it fails if the name is taken.
pub fn export_with<E: From<FileError>>(
    path: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |error| FileError::new("write", path, error);
    let target = if overwrite { resolve_link(path) } else { path.to_owned() };
    let mut staged = create_temporary(&target, 0o666).map_err(failed)?;
    fill(staged.as_file_mut())?;
    staged.as_file().sync_all().map_err(failed)?;
    let placed =
        if overwrite { staged.persist(&target).map_err(|error| error.error) } else { persist_new(staged, &target) };
    placed.and_then(|_| sync_parent(&target)).map_err(failed)?;
    Ok(())
}

/// Moves a temporary file to a name that must be free. On file systems that cannot do both in one step, the name is
/// reserved first, so that two processes never overwrite each other's file.
fn persist_new(staged: NamedTempFile, target: &Path) -> io::Result<File> {
    let staged = match staged.persist_noclobber(target) {
        Ok(file) => return Ok(file),
        Err(failed) if is_final(&failed.error) => return Err(failed.error),
        Err(failed) => failed.file,
    };
    File::create_new(target)?;
    staged.persist(target).map_err(|failed| {
        // Removes the empty reserved file; the error that matters is the first one.
        let _ = fs::remove_file(target);
        failed.error
    })
}

/// Opens a private file (mode 0600) for appending; anything but a regular file is refused.
pub fn open_append(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Follows no link, and does not wait for the reader of a pipe.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits() as i32);
    }
    options.open(path).and_then(tighten_mode).map_err(|error| FileError::new("write", path, error))
}

/// Returns `file` if it is regular. Its mode is tightened, because an earlier version may have made it readable to
/// others.
fn tighten_mode(file: File) -> io::Result<File> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// Moves a file that is already on disk; fails if the new name is taken, leaving both files in place. Between file
/// systems it is copied.
pub fn move_new(from: &Path, to: &Path) -> Result<(), FileError> {
    interleaving::step();
    let synced = |path: &Path| sync_parent(path).map_err(|error| FileError::new("move", path, error));
    match rename_new(from, to) {
        Ok(()) => {
            synced(to)?;
            return if parent(from) == parent(to) { Ok(()) } else { synced(from) };
        }
        Err(error) if is_final(&error) => return Err(FileError::new("move", failed_path(&error, from, to), error)),
        // The system or the file system does not support this operation.
        Err(_) => {}
    }
    match fs::hard_link(from, to) {
        Ok(()) => {
            synced(to)?;
            interleaving::step();
        }
        Err(error) if is_final(&error) => return Err(FileError::new("move", failed_path(&error, from, to), error)),
        Err(_) => {
            let bytes = fs::read(from).map_err(|error| FileError::new("read", from, error))?;
            write_new(to, &bytes)?;
        }
    }
    fs::remove_file(from).map_err(|error| FileError::new("move", from, error))?;
    synced(from)
}

/// Renames a file atomically: it has either its old or its new name, never both and never none.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns whether the error is final, so that another method of moving would fail as well.
fn is_final(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound)
}

/// Returns the file that the error is about.
fn failed_path<'a>(error: &io::Error, from: &'a Path, to: &'a Path) -> &'a Path {
    if error.kind() == io::ErrorKind::AlreadyExists || fs::symlink_metadata(from).is_ok() { to } else { from }
}

/// Creates a directory and its missing parents, private to the owner (mode 0700).
pub fn create_dir(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| FileError::new("create", path, error))
}

/// Creates a directory and its missing parents at a place the user chose, with permissions by the umask.
pub fn export_dir(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|error| FileError::new("create", path, error))
}

/// Deletes a file, or a directory with its contents; a missing one is not an error.
pub fn remove(path: &Path) -> Result<(), FileError> {
    interleaving::step();
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("delete", path, error)),
        _ => Ok(()),
    }
}

/// Deletes the temporary files of processes that no longer exist from a directory; returns how many.
pub fn remove_stale_temporaries(directory: &Path) -> usize {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let stale = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let writer = name.strip_prefix(TEMPORARY_PREFIX).and_then(|rest| rest.split('-').next()?.parse().ok());
        writer.is_some_and(|process| !is_alive(process))
    };
    entries.flatten().map(|entry| entry.path()).filter(stale).filter(|path| fs::remove_file(path).is_ok()).count()
}

/// Returns whether a process with that id exists.
#[cfg(unix)]
pub(crate) fn is_alive(process: i32) -> bool {
    use rustix::{io::Errno, process};
    let found = process::Pid::from_raw(process).map(process::test_kill_process);
    !matches!(found, None | Some(Err(Errno::SRCH)))
}

/// Assumes that every process exists where there is no way to check, so that no file in use is deleted.
#[cfg(not(unix))]
pub(crate) fn is_alive(_process: i32) -> bool {
    true
}

/// Resolves a link to its target, so that the link itself is kept.
fn resolve_link(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if is_link { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() }
}

fn write_temporary(target: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let mut file = create_temporary(target, mode)?;
    file.write_all(bytes).map_err(|error| unwrap_tempfile_error(&error))?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "there are no modes there"))]
fn create_temporary(target: &Path, mode: u32) -> io::Result<NamedTempFile> {
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut builder = Builder::new();
    let prefix = format!("{TEMPORARY_PREFIX}{}-", std::process::id());
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    builder.tempfile_in(parent(target)).map_err(|error| unwrap_tempfile_error(&error))
}

/// Strips the wording that `tempfile` adds to errors of the operating system.
fn unwrap_tempfile_error(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(parent(path))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn new_files_never_overwrite() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("a"), dir.path().join("b"));
        write_new(&path, b"first").unwrap();
        write_new(&other, b"second").unwrap();
        assert_eq!(write_new(&path, b"x").unwrap_err().source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(move_new(&other, &path).unwrap_err().source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read(&other).unwrap(), b"second");
    }

    #[test]
    fn failed_writes_leave_nothing_and_name_the_path() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("file"), b"").unwrap();
        let error = write(&dir.path().join("file/below"), b"x").unwrap_err();
        assert!(error.to_string().contains("file/below"), "{error}");
        assert!(!error.hint().is_empty());
        write_new(&dir.path().join("file"), b"x").unwrap_err();
        write(dir.path(), b"x").unwrap_err();
        assert_eq!(names(dir.path()), ["file"]);
    }

    #[test]
    fn failed_fill_leaves_nothing_and_an_old_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        export_new(&path, b"old").unwrap();
        let full = |file: &mut File| {
            file.write_all(b"half").unwrap();
            Err(FileError::new("write", &path, io::ErrorKind::StorageFull.into()))
        };
        export_with(&path, true, full).unwrap_err();
        assert_eq!(export_new(&path, b"new").unwrap_err().source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((names(dir.path()), fs::read(&path).unwrap()), (vec!["a.zip".to_owned()], b"old".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn files_and_directories_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("x/y");
        create_dir(&inner).unwrap();
        write(&inner.join("a"), b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir.path().join("x")), mode(&inner), mode(&inner.join("a"))), (0o700, 0o700, 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        write(&real, b"old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        let null = dir.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        export(&null, b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn only_temporaries_of_dead_processes_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        for name in [format!(".tintype-{gone}-a.tmp"), format!(".tintype-{}-b.tmp", std::process::id()), "c".into()] {
            write(&dir.path().join(name), b"").unwrap();
        }
        assert_eq!(remove_stale_temporaries(dir.path()), 1);
        assert!(!dir.path().join(format!(".tintype-{gone}-a.tmp")).exists());
    }

    #[test]
    fn moving_keeps_the_content() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        write(&from, b"bytes").unwrap();
        move_new(&from, &to).unwrap();
        assert_eq!(names(dir.path()), ["b"]);
        assert_eq!(fs::read(&to).unwrap(), b"bytes");
    }
}
