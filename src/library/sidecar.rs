//! Sidecars: the JSON file beside each image, so that the library can be rebuilt from files alone.
//!
//! There is one per image. Each holds the whole job and the index of its image. Jobs without an image have none.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    atomic_file::{self, FileError},
    confined::{self, MAX_JSON, is_file},
    id::Id,
    interleaving,
    library::{
        ImageRecord, Record,
        checksum::{self, ChecksumStatus},
        paths::LibraryPaths,
    },
};

/// Format version that is written, and the latest one that can be read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Sidecar {
    /// Version of the sidecar format that the file uses.
    tintype: u32,
    /// Index of this image in the record, starting at 0.
    image: usize,
    /// The job. The paths of its images are file names in the sidecar's own folder.
    record: Record,
}

/// Returns the sidecar path of an image file.
pub(super) fn path_of(image: &Path) -> PathBuf {
    image.with_extension("json")
}

/// Writes a sidecar beside every image of `record`.
pub(super) fn write_all(places: &LibraryPaths, record: &Record) -> Result<(), FileError> {
    for (index, image) in record.images.iter().enumerate() {
        let path = path_of(&image.path);
        if let Some(folder) = path.parent() {
            confined::create_dir(places.data(), folder)?;
        }
        let text =
            to_json(record, index).map_err(|error| FileError::new("write", &path, std::io::Error::other(error)))?;
        atomic_file::replace(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Returns the contents of the sidecar of one of a job's images.
pub(super) fn to_json(record: &Record, image: usize) -> serde_json::Result<String> {
    let mut record = Record { deleted: false, ..record.clone() };
    record.images.iter_mut().for_each(make_relative);
    let json = serde_json::to_string_pretty(&Sidecar { tintype: VERSION, image, record })?;
    Ok(checksum::seal(&json))
}

fn make_relative(image: &mut ImageRecord) {
    for path in [Some(&mut image.path), image.svg.as_mut()].into_iter().flatten() {
        *path = path.file_name().map(PathBuf::from).unwrap_or_default();
    }
}

/// Error of a `.json` file that is not a usable sidecar.
#[derive(Debug, thiserror::Error)]
pub(super) enum SidecarError {
    #[error("{0}")]
    Io(std::io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("written by a newer version of Tintype")]
    Newer,
    #[error("names a file outside its folder")]
    Escapes,
}

/// Reads the job from a sidecar, with absolute image paths.
#[cfg(test)]
pub(super) fn read(path: &Path) -> Result<Record, SidecarError> {
    read_sealed(path.parent().unwrap_or(path), path).map(|(record, _)| record)
}

/// Reads a sidecar: the job with absolute image paths, and the result of the checksum.
pub(super) fn read_sealed(data: &Path, path: &Path) -> Result<(Record, ChecksumStatus), SidecarError> {
    interleaving::step();
    let bytes = confined::read(data, path, MAX_JSON).map_err(|error| SidecarError::Io(error.source))?;
    let record = parse(&bytes, path.parent().unwrap_or(Path::new(".")))?;
    Ok((record, checksum::verify_seal(&bytes)))
}

/// Parses the job from a sidecar in `folder`.
pub(super) fn parse(bytes: &[u8], folder: &Path) -> Result<Record, SidecarError> {
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    if value.get("tintype").and_then(serde_json::Value::as_u64).is_some_and(|version| version > u64::from(VERSION)) {
        return Err(SidecarError::Newer);
    }
    let mut record = Sidecar::deserialize(value)?.record;
    for image in &mut record.images {
        image.path = resolve_beside(folder, &image.path)?;
        image.svg = image.svg.as_deref().map(|svg| resolve_beside(folder, svg)).transpose()?.filter(|svg| is_file(svg));
        image.missing = !is_file(&image.path);
    }
    Ok(record)
}

/// Returns the job that a sidecar belongs to, or `None` if the file is not a sidecar.
pub(super) fn job_of_sidecar(data: &Path, path: &Path) -> Option<Id> {
    let value: serde_json::Value = serde_json::from_slice(&confined::read(data, path, MAX_JSON).ok()?).ok()?;
    Id::deserialize(value.get("record")?.get("id")?).ok()
}

/// A sidecar may come from an untrusted source: it may only contain plain file names.
fn resolve_beside(folder: &Path, name: &Path) -> Result<PathBuf, SidecarError> {
    match name.file_name() {
        Some(plain) if plain == name.as_os_str() => Ok(folder.join(plain)),
        _ => Err(SidecarError::Escapes),
    }
}
