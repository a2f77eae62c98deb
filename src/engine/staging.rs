//! Saving of delivered bytes in two phases. All images of a job are staged in its folder together with a list of them,
//! then each is moved to its place. Once the list exists, repeating the second phase repairs a crash at any point.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use tintype_backends::{Format, Image, Size, StagedFile};

use crate::{
    atomic_file::{self, FileError},
    confined::{self, MAX_IMAGE, MAX_JSON},
    engine::image_header::read_image_header,
    id::Id,
    interleaving,
    library::{ImageRecord, JobState, LibraryPaths, Record},
};

/// The list: the finished record, with the paths of its images relative to `images/`.
const STAGED_LIST: &str = "outcome.json";
/// The extension of the SVG source of an image while it is staged.
const SOURCE: &str = "source";
/// The prefix of the files of delivered data that is not an image.
const REJECTED: &str = "rejected-";
/// The maximum length of a slug in characters.
const MAX_SLUG: usize = 40;

/// The reason why delivered bytes were not staged.
#[derive(Debug, thiserror::Error)]
pub(super) enum StageError {
    /// None of them is an image; they are kept in the job's folder.
    #[error("{0}")]
    NoImage(String),
    /// The files could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Writes the images of a finished job into `folder`, byte for byte, and then the list.
pub(super) fn stage(folder: &Path, mut record: Record, images: &[Image]) -> Result<Record, StageError> {
    let month = record.created.to_zoned(TimeZone::system()).strftime("%Y/%m").to_string();
    let slug = slug(&record.prompt);
    let mut refused = None;
    for (index, image) in images.iter().enumerate() {
        match read_image_header(&image.bytes) {
            Ok((format, size)) => {
                let kept = describe(image, format, size, &month, &slug);
                let place = record.images.len();
                let staged = folder.join(staged_name(place, format.extension()));
                if !link_to_staged(folder, image, &staged) {
                    atomic_file::replace(&staged, &image.bytes)?;
                }
                if let (Some(svg), Some(_)) = (&image.svg, &kept.svg) {
                    atomic_file::replace(&folder.join(staged_name(place, SOURCE)), svg.as_bytes())?;
                }
                record.images.push(kept);
            }
            Err(what) => {
                let aside = folder.join(format!("{REJECTED}{index}"));
                atomic_file::replace(&aside, &image.bytes)?;
                record.notes.push(format!(
                    "image {} is invalid: {what}; its data is kept in `{}`",
                    index + 1,
                    aside.display()
                ));
                refused = Some(what);
            }
        }
    }
    if record.images.is_empty() {
        return Err(StageError::NoImage(refused.unwrap_or_else(|| "nothing was returned".to_owned())));
    }
    record.state = JobState::Saved;
    write_list(folder, &record)?;
    Ok(record)
}

/// Links a file that already contains the image to its staged name; the old name stays until the list is written. The
/// file must be in this folder and as long as the image; its hash was computed while it was written.
fn link_to_staged(folder: &Path, image: &Image, staged: &Path) -> bool {
    let Some(StagedFile { path, .. }) = &image.file else { return false };
    let is_whole = fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() == image.bytes.len() as u64);
    if !is_whole || path.parent() != Some(folder) {
        return false;
    }
    let linked = match fs::hard_link(path, staged) {
        // Left over from an earlier attempt.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            fs::remove_file(staged).and_then(|()| fs::hard_link(path, staged))
        }
        linked => linked,
    };
    linked.inspect_err(|error| tracing::debug!(%error, "an image is copied because it could not be linked")).is_ok()
}

fn describe(image: &Image, format: Format, size: Size, month: &str, slug: &str) -> ImageRecord {
    let id = Id::new();
    let stem = format!("{month}/{slug}-{}", id.short());
    let svg = image.svg.is_some() && format != Format::Svg;
    ImageRecord {
        id,
        path: format!("{stem}.{}", format.extension()).into(),
        width: size.width,
        height: size.height,
        format,
        bytes: image.bytes.len() as u64,
        sha256: image.file.as_ref().map_or_else(|| sha256(&image.bytes), |file| file.sha256.clone()),
        svg: svg.then(|| format!("{stem}.svg").into()),
        missing: false,
    }
}

/// Returns the name of a staged image. The index counts valid images only, as the record does.
fn staged_name(index: usize, extension: &str) -> String {
    format!("picture-{index}.{extension}")
}

fn write_list(folder: &Path, record: &Record) -> Result<(), FileError> {
    let path = folder.join(STAGED_LIST);
    let json = serde_json::to_vec(record).map_err(|error| FileError::new("write", &path, error.into()))?;
    atomic_file::replace(&path, &json)
}

/// Returns the list of a job in `folder`; `None` if there is none or it was not written by [`stage`]: one that names
/// another job or a path outside of the library.
pub(super) fn staged(folder: &Path, job: Id) -> Option<Record> {
    let bytes = confined::read(folder, &folder.join(STAGED_LIST), MAX_JSON).ok()?;
    let list: Record = serde_json::from_slice(&bytes).ok()?;
    let is_below = |path: &PathBuf| confined::stays_below(path);
    let is_ours = |image: &ImageRecord| is_below(&image.path) && image.svg.as_ref().is_none_or(is_below);
    (list.id == job && list.state == JobState::Saved && list.images.iter().all(is_ours)).then_some(list)
}

/// Returns true if delivered data that is not an image is kept in `folder`.
pub(super) fn has_rejected(folder: &Path) -> bool {
    let rejected = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with(REJECTED);
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(rejected))
}

/// Moves everything staged in `folder` to its place; returns the record with absolute paths. It is idempotent.
pub(super) fn publish(places: &LibraryPaths, folder: &Path, mut record: Record) -> Result<Record, FileError> {
    for (index, image) in record.images.iter_mut().enumerate() {
        let from = folder.join(staged_name(index, image.format.extension()));
        let name = image.path.to_string_lossy().into_owned();
        image.path = place_image(places, &from, &name, &image.sha256)?;
        if image.svg.is_some() {
            let from = folder.join(staged_name(index, SOURCE));
            let beside = image.path.with_extension("svg");
            if from.exists() {
                replace(&from, &beside)?;
            }
            image.svg = beside.exists().then_some(beside);
        }
    }
    Ok(record)
}

/// Deletes temporary files of a dead process in the folders that the images of this list go to.
pub(super) fn remove_temporary_files(places: &LibraryPaths, staged: &Record) {
    for image in &staged.images {
        places.path(&image.path.to_string_lossy(), false).parent().map(atomic_file::remove_stale_temporaries);
    }
}

/// Moves an image to its path, or to the next free one; if the same image is already there, that path is the result.
fn place_image(places: &LibraryPaths, from: &Path, name: &str, sha256: &str) -> Result<PathBuf, FileError> {
    for attempt in 1..100 {
        interleaving::step();
        let to = numbered(&places.path(name, false), attempt);
        if is_file_of(places, &to, sha256) {
            atomic_file::remove(from)?;
            return Ok(to);
        }
        if to.exists() || to.with_extension("json").exists() {
            continue;
        }
        if let Some(folder) = to.parent() {
            confined::create_dir(places.data(), folder)?;
        }
        confined::check_file(from)?;
        match atomic_file::move_new(from, &to) {
            Err(error) if error.source.kind() == std::io::ErrorKind::AlreadyExists => {}
            moved => return moved.map(|()| to),
        }
    }
    Err(FileError::new("write", &places.path(name, false), std::io::ErrorKind::AlreadyExists.into()))
}

fn is_file_of(places: &LibraryPaths, path: &Path, sha256: &str) -> bool {
    let read = || confined::read(places.data(), path, MAX_IMAGE);
    confined::is_file(path) && read().is_ok_and(|bytes| self::sha256(&bytes) == sha256)
}

fn numbered(path: &Path, attempt: u32) -> PathBuf {
    let (stem, extension) = (path.file_stem().unwrap_or_default(), path.extension().unwrap_or_default());
    match attempt {
        1 => path.to_owned(),
        _ => path.with_file_name(format!("{}-{attempt}.{}", stem.to_string_lossy(), extension.to_string_lossy())),
    }
}

/// Replaces the SVG source next to an image. It belongs to the image of the same name; an existing file is from an
/// earlier attempt.
fn replace(from: &Path, to: &Path) -> Result<(), FileError> {
    let bytes = confined::read_file(from, MAX_IMAGE)?;
    atomic_file::replace(to, &bytes)?;
    atomic_file::remove(from)
}

/// Returns the SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Turns the prompt into a part of a file name: Latin letters, digits and hyphens, never empty.
fn slug(prompt: &str) -> String {
    let head: String = prompt.chars().take(200).collect();
    let full = slug::slugify(head);
    let cut = match full.char_indices().nth(MAX_SLUG) {
        // Cut at the end of a word, unless the first word alone is too long.
        Some((end, next)) if next != '-' => full[..end].rfind('-').map_or(&full[..end], |hyphen| &full[..hyphen]),
        Some((end, _)) => &full[..end],
        None => &full,
    };
    let cut = cut.trim_matches('-');
    if cut.is_empty() { "image".to_owned() } else { cut.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_is_short_ascii_and_never_empty() {
        assert_eq!(slug("Three cats, under a full moon!"), "three-cats-under-a-full-moon");
        assert_eq!(slug("three cats under a full moon by the sea at night"), "three-cats-under-a-full-moon-by-the-sea");
        assert_eq!(slug("../../etc/passwd\0\u{1b}[2J"), "etc-passwd-2j");
        assert_eq!(slug("…!?"), "image");
        assert_eq!(slug(&"x".repeat(500)).len(), MAX_SLUG);
        assert!(slug("三只猫在海边").is_ascii());
    }
}
