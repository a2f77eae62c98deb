//! Confined file access below a directory of untrusted content, such as a data directory copied from elsewhere:
//! links are not followed, only regular files are opened, and reads are limited in size.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use crate::atomic_file::{self, FileError};

/// Maximum size of an image file, in bytes.
pub const MAX_IMAGE: u64 = 512 * 1024 * 1024;
/// Maximum size of a JSON file, in bytes: a sidecar, a list, a ballot, a session.
pub const MAX_JSON: u64 = 16 * 1024 * 1024;

/// Reads the file at `path` below `root`, up to `limit` bytes.
pub fn read(root: &Path, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let read = || {
        let file = open_below(root, path, OpenMode::Read)?;
        // One allocation is enough, if the file is as long as its metadata says.
        let length = file.metadata()?.len();
        if length > limit {
            return Err(refused(format!("it is larger than {} MB", limit >> 20)));
        }
        let mut bytes = Vec::with_capacity(length as usize + 1);
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(refused(format!("it is larger than {} MB", limit >> 20)));
        }
        Ok(bytes)
    };
    read().map_err(|error| FileError::new("read", path, error))
}

/// Reads a file anywhere, provided that its own name is not a link.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    read(folder_of(path), path, limit)
}

/// Opens a regular file below `root` for reading.
pub fn open(root: &Path, path: &Path) -> io::Result<File> {
    open_below(root, path, OpenMode::Read)
}

/// Opens a regular file below `root` for writing, created with mode 0600 if it is missing.
pub fn open_or_create(root: &Path, path: &Path) -> io::Result<File> {
    open_below(root, path, OpenMode::Create)
}

/// Returns whether the path is a regular file and not a link to one.
pub fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Fails if the path exists and is not a regular file.
pub fn check_file(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(FileError::new("use", path, refused(NOT_REGULAR.to_owned()))),
        _ => Ok(()),
    }
}

/// Creates a directory below `root` along with its parents; none of them may be a link.
pub fn create_dir(root: &Path, path: &Path) -> Result<(), FileError> {
    let failed = |path: &Path, error| FileError::new("use", path, error);
    let parts = parts(root, path).map_err(|error| failed(path, error))?;
    let mut folder: PathBuf = root.to_owned();
    if parts.is_empty() {
        return atomic_file::create_dir(&folder);
    }
    for part in parts {
        folder.push(part);
        if fs::symlink_metadata(&folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            atomic_file::create_dir(&folder)?;
        }
        let found = fs::symlink_metadata(&folder).map_err(|error| failed(&folder, error))?;
        if found.is_symlink() {
            return Err(failed(&folder, refused("it is a link, not a directory".to_owned())));
        }
        if !found.is_dir() {
            return Err(failed(&folder, io::ErrorKind::NotADirectory.into()));
        }
    }
    Ok(())
}

/// Returns whether a name stays below the directory it is joined to: it has only plain components, at least one.
pub fn stays_below(name: &Path) -> bool {
    let mut parts = name.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

const NOT_REGULAR: &str = "it is not a regular file";

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenMode {
    Read,
    Create,
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn parts<'a>(root: &Path, path: &'a Path) -> io::Result<Vec<&'a std::ffi::OsStr>> {
    let below = path.strip_prefix(root).or_else(|error| if root == Path::new(".") { Ok(path) } else { Err(error) });
    let outside = || refused(format!("it is not below `{}`", root.display()));
    let part = |part| match part {
        Component::Normal(name) => Ok(name),
        _ => Err(outside()),
    };
    below.map_err(|_| outside())?.components().map(part).collect()
}

#[cfg(unix)]
fn open_below(root: &Path, path: &Path, how: OpenMode) -> io::Result<File> {
    use rustix::{
        fs::{Mode, OFlags, openat},
        io::Errno,
    };
    let parts = parts(root, path)?;
    let Some((name, folders)) = parts.split_last() else { return Err(io::ErrorKind::IsADirectory.into()) };
    let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut held = rustix::fs::open(root, folder, Mode::empty())?;
    for part in folders {
        held = openat(&held, *part, folder | OFlags::NOFOLLOW, Mode::empty())?;
    }
    // Does not block on a pipe without a writer, and does not acquire a controlling terminal.
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let flags = match how {
        OpenMode::Read => careful | OFlags::RDONLY,
        OpenMode::Create => careful | OFlags::WRONLY | OFlags::CREATE,
    };
    let opened = openat(&held, *name, flags, Mode::RUSR | Mode::WUSR);
    let file = File::from(opened.map_err(|error| match error {
        Errno::LOOP | Errno::MLINK => refused("it is a link, not a file".to_owned()),
        Errno::NXIO | Errno::NODEV => refused(NOT_REGULAR.to_owned()),
        error => error.into(),
    })?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused(NOT_REGULAR.to_owned())) }
}

#[cfg(not(unix))]
fn open_below(root: &Path, path: &Path, how: OpenMode) -> io::Result<File> {
    let mut folder: PathBuf = root.to_owned();
    for part in parts(root, path)? {
        folder.push(part);
        if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_symlink()) {
            return Err(refused("it is a link, not a file".to_owned()));
        }
    }
    let file = match how {
        OpenMode::Read => File::open(path)?,
        OpenMode::Create => fs::OpenOptions::new().write(true).create(true).truncate(false).open(path)?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused(NOT_REGULAR.to_owned())) }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mkfifo(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_regular_files_below_the_root_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        create_dir(&root, &root.join("a/b")).unwrap();
        atomic_file::write(&dir.path().join("outside"), b"x").unwrap();
        atomic_file::write(&root.join("a/b/file"), b"bytes").unwrap();
        assert_eq!(read(&root, &root.join("a/b/file"), 5).unwrap(), b"bytes");
        symlink(dir.path(), root.join("a/out")).unwrap();
        symlink(dir.path().join("outside"), root.join("link")).unwrap();
        symlink("/dev/zero", root.join("endless")).unwrap();
        mkfifo(&root.join("pipe"));
        for name in ["a/out/outside", "link", "endless", "pipe", "a", "../outside", "a/b/../../../outside"] {
            let path = root.join(name);
            read(&root, &path, 9).unwrap_err();
            if name != "a/out/outside" {
                assert!(!is_file(&path) || name.contains(".."), "{name}");
            }
        }
        let error = open_or_create(&root, &root.join("pipe")).unwrap_err();
        assert_eq!(error.to_string(), "it is not a regular file");
        assert!(open_or_create(&root, &root.join("link")).is_err());
        assert!(create_dir(&root, &root.join("a/out/c")).unwrap_err().to_string().contains("it is a link"));
        assert!(!dir.path().join("c").exists());
        assert!(read(&root, &root.join("a/b/file"), 4).unwrap_err().to_string().contains("larger than"));
    }

    #[test]
    fn escaping_names_are_detected() {
        let plain = |name: &str| stays_below(Path::new(name));
        assert!(plain("a.png") && plain("2026/11/a.png"));
        assert!(!plain("") && !plain("/etc/passwd") && !plain("../a") && !plain("a/../../b") && !plain("./a"));
    }
}
