//! The file beside each image that says what it is, so that the library can be rebuilt from the files alone.
//! One per image: each holds the whole job and which of its images it stands beside. Jobs without an image have none.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    atomic::{self, FileError},
    library::{ImageRecord, Record},
};

/// The version written, and the latest one read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Sidecar {
    /// The version of this layout.
    tintype: u32,
    /// Which of the record's images it stands beside, from 0.
    image: usize,
    /// The job; the paths of its images are names in the sidecar's own folder.
    record: Record,
}

/// The sidecar of an image file.
pub(super) fn path_of(image: &Path) -> PathBuf {
    image.with_extension("json")
}

/// Writes a sidecar beside every image of `record`.
pub(super) fn write_all(record: &Record) -> Result<(), FileError> {
    let mut bare = record.clone();
    bare.deleted = false;
    bare.images.iter_mut().for_each(to_names);
    for (index, image) in record.images.iter().enumerate() {
        let path = path_of(&image.path);
        let sidecar = Sidecar { tintype: VERSION, image: index, record: bare.clone() };
        let json = serde_json::to_vec_pretty(&sidecar)
            .map_err(|error| FileError::new("write", &path, std::io::Error::other(error)))?;
        atomic::write(&path, &json)?;
    }
    Ok(())
}

fn to_names(image: &mut ImageRecord) {
    for path in [Some(&mut image.path), image.svg.as_mut()].into_iter().flatten() {
        *path = path.file_name().map(PathBuf::from).unwrap_or_default();
    }
}

/// Why a `.json` file is no sidecar that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("written by a later version of tintype")]
    Newer,
    #[error("names a file outside of its folder")]
    Escapes,
}

/// Reads a sidecar: the job, with those of its images whose files are still there, as absolute paths.
pub(super) fn read(path: &Path) -> Result<Record, Unreadable> {
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    if value.get("tintype").and_then(serde_json::Value::as_u64).is_some_and(|version| version > u64::from(VERSION)) {
        return Err(Unreadable::Newer);
    }
    let mut record = Sidecar::deserialize(value)?.record;
    let folder = path.parent().unwrap_or(Path::new("."));
    for image in &mut record.images {
        image.path = beside(folder, &image.path)?;
        image.svg = image.svg.as_deref().map(|svg| beside(folder, svg)).transpose()?.filter(|svg| svg.is_file());
    }
    record.images.retain(|image| image.path.is_file());
    Ok(record)
}

/// A sidecar may come from anywhere: what it names must be a plain file name.
fn beside(folder: &Path, name: &Path) -> Result<PathBuf, Unreadable> {
    match name.file_name() {
        Some(plain) if plain == name.as_os_str() => Ok(folder.join(plain)),
        _ => Err(Unreadable::Escapes),
    }
}
