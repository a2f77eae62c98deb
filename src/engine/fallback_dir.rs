//! The fallback directory for images when the data directory is not writable. It is found again at the next start.
//! This is a last resort; the images are moved to their place as soon as the data directory is writable again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tintype_backends::{BackendError, ErrorKind, Image};

use crate::{
    atomic_file::{self, FileError},
    engine::staging,
    id::Id,
    library::Record,
};

/// Stages the images in the first fallback directory that takes them; the returned error names that directory.
pub(super) fn save_to_fallback(record: &Record, images: &[Image], error: &FileError) -> BackendError {
    let failure = BackendError::new(ErrorKind::Local, format!("the image was not saved: {error}"));
    let takes = |folder: &PathBuf| {
        let is_usable = atomic_file::create_dir(folder).is_ok() && is_ours(folder);
        let staged = is_usable && staging::stage(folder, record.clone(), images).is_ok();
        if is_usable && !staged {
            drop(atomic_file::remove(folder));
        }
        staged
    };
    match candidates(record.id).find(takes) {
        Some(folder) => failure.with_hint(format!(
            "it is kept in `{}`; {}, then run `tintype jobs resume {}`{}",
            folder.display(),
            error.hint(),
            record.id.short(),
            working_directory_hint(&folder)
        )),
        None => failure.with_hint(error.hint()),
    }
}

/// Returns the part of the hint that names the working directory: a fallback in it is only found from there.
fn working_directory_hint(folder: &Path) -> String {
    let always = [Some(std::env::temp_dir()), dirs::home_dir()];
    match folder.parent() {
        Some(root) if !always.iter().flatten().any(|known| known == root) => format!(" in `{}`", root.display()),
        _ => String::new(),
    }
}

/// Returns the fallback directory in which an earlier process staged this job's images, and the list of them.
pub(super) fn find_fallback(job: Id) -> Option<(PathBuf, Record)> {
    let staged = |folder: PathBuf| staging::staged(&folder, job).map(|list| (folder, list));
    candidates(job).filter(|folder| is_ours(folder)).find_map(staged)
}

/// Removes everything that was staged for a job in a fallback directory.
pub(super) fn remove_fallback(job: Id) {
    for folder in candidates(job).filter(|folder| is_ours(folder)) {
        if let Err(error) = atomic_file::remove(&folder) {
            tracing::warn!(%error, "a fallback directory was not removed");
        }
    }
}

fn candidates(job: Id) -> impl Iterator<Item = PathBuf> {
    let roots = [Some(std::env::temp_dir()), dirs::home_dir(), std::env::current_dir().ok()];
    roots.into_iter().flatten().map(move |root| root.join(format!("tintype-{job}")))
}

/// Checks the owner: in a world-writable directory the folder may belong to another user.
#[cfg(unix)]
fn is_ours(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_ours(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir())
}
