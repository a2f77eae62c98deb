//! The job's folder as the program sees it: reference images go in, generated images come out, and no path leads out
//! of it. The purpose of an image is not known here.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    errors,
    protocol::{DoneMessage, InputImage},
    settings::ExternalProgram,
};
use crate::{BackendError, Cost, ErrorKind, Format, Image, RequestImage, Usage};

/// The name of the folder inside the job's own, which also holds files that are not the program's.
const FOLDER_NAME: &str = "external";

/// The maximum size of an image, in bytes.
const MAX_IMAGE_BYTES: u64 = 512 << 20;

/// The program's folder for one job.
#[derive(Clone, Debug)]
pub(super) struct JobFolder {
    program: Arc<ExternalProgram>,
    path: PathBuf,
    /// The names of the files written by the host, none of which was paid for.
    written: Arc<Mutex<Vec<String>>>,
}

impl JobFolder {
    /// Creates the folder inside the job's own; a folder from an earlier process is reused.
    pub(super) fn create(program: &Arc<ExternalProgram>, scratch: &Path) -> Result<Self, BackendError> {
        let failed = |error| errors::local_error(program, "create a folder", &error);
        let path = std::path::absolute(scratch).map_err(failed)?.join(FOLDER_NAME);
        std::fs::create_dir_all(&path).map_err(failed)?;
        // A path without links, so that paths named by the program can be compared with it.
        let path = path.canonicalize().map_err(failed)?;
        Ok(Self { program: Arc::clone(program), path, written: Arc::default() })
    }

    /// Finds the folder that an earlier process created, if any.
    pub(super) fn find(program: &Arc<ExternalProgram>, scratch: &Path) -> Option<Self> {
        let path = scratch.join(FOLDER_NAME).canonicalize().ok()?;
        Some(Self { program: Arc::clone(program), path, written: Arc::default() })
    }

    /// Returns the path as text; a path that is not valid text cannot be sent to the program.
    pub(super) fn path(&self) -> Result<&str, BackendError> {
        self.path.to_str().ok_or_else(|| {
            let message = format!("cannot send the path of the job's folder to `{}`", self.program.name);
            BackendError::new(ErrorKind::Local, message)
                .with_hint("use another data directory, whose path is valid UTF-8")
        })
    }

    /// Writes an input image under a name chosen by the host.
    pub(super) fn write_input<'a>(&self, name: &str, input: &'a RequestImage) -> Result<InputImage<'a>, BackendError> {
        let path = format!("{name}.{}", input.format.extension());
        self.write(&path, &input.bytes)?;
        let svg = input.svg.as_ref().filter(|_| input.format != Format::Svg).map(|svg| {
            let path = format!("{name}-source.svg");
            self.write(&path, svg.as_bytes()).map(|()| path)
        });
        let (width, height) = (input.size.width, input.size.height);
        Ok(InputImage { path, name: &input.name, format: input.format, width, height, svg: svg.transpose()? })
    }

    #[expect(clippy::disallowed_methods, reason = "a copy, for a program that is told of it when it is there")]
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), BackendError> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        std::fs::write(self.path.join(name), bytes)
            .map_err(|error| errors::local_error(&self.program, "write an image", &error))
    }

    /// Reads an image that the program named, and detects its format.
    pub(super) async fn read_image(&self, path: &str) -> Result<(Format, Bytes), BackendError> {
        let (folder, path) = (self.clone(), path.to_owned());
        let reading = tokio::task::spawn_blocking(move || folder.read_image_blocking(&path));
        reading
            .await
            .unwrap_or_else(|error| Err(errors::local_error(&self.program, "read an image", &io::Error::other(error))))
    }

    fn read_image_blocking(&self, path: &str) -> Result<(Format, Bytes), BackendError> {
        let bytes = self.read(path)?;
        let none = |what: &str| errors::not_an_image(&self.program, path, what);
        let what = if bytes.is_empty() { "but the file is empty" } else { "but it is not one" };
        let format = Format::detect(&bytes).ok_or_else(|| none(what))?;
        // The whole file is decoded, because a file that is still being written already has a header and a size.
        let whole = format == Format::Svg || image::load_from_memory(&bytes).is_ok();
        if whole { Ok((format, bytes)) } else { Err(none("but it cannot be decoded")) }
    }

    /// Reads a text file that the program named.
    pub(super) fn text(&self, path: &str) -> Result<String, BackendError> {
        let bytes = self.read(path)?;
        String::from_utf8(bytes.into()).map_err(|_| errors::not_an_image(&self.program, path, "but it is not text"))
    }

    /// Reads a file of the folder; it must be a regular file that is reached without links.
    fn read(&self, named: &str) -> Result<Bytes, BackendError> {
        let bad = |what: &str| errors::bad_path(&self.program, named, what);
        let path = self.path.join(named);
        let goes_up = Path::new(named).components().any(|part| part == Component::ParentDir);
        let real = path.canonicalize().map_err(|_| bad("which does not exist"))?;
        if goes_up || !real.starts_with(&self.path) {
            return Err(bad("which is outside the job's scratch folder"));
        }
        let found = std::fs::symlink_metadata(&path).map_err(|_| bad("which does not exist"))?;
        // The folder's own path has no links, so a differing real path means that a link is on the way.
        let straight = self.path.join(path.strip_prefix(&self.path).unwrap_or(Path::new(named)));
        if found.is_symlink() || without_current_dir(&straight) != real || has_other_links(&found) {
            return Err(bad("which is a link"));
        }
        if !found.is_file() {
            return Err(bad("which is not a file"));
        }
        if found.len() > MAX_IMAGE_BYTES {
            return Err(bad("which is too large for an image"));
        }
        let mut bytes = Vec::new();
        let read = File::open(&real).and_then(|file| file.take(MAX_IMAGE_BYTES).read_to_end(&mut bytes));
        read.map_err(|error| errors::local_error(&self.program, "read a file", &error))?;
        Ok(bytes.into())
    }

    /// Records what was named so far, next to the folder, for a process that finds the job after this one has died.
    #[expect(clippy::disallowed_methods, reason = "written beside and renamed; this crate has no `atomic`")]
    pub(super) fn save_record(&self, named: &JobRecord) -> Result<(), BackendError> {
        let failed = |error: &io::Error| errors::local_error(&self.program, "record the images", error);
        let (list, new) = (self.record_path(), self.path.with_extension("new"));
        let json = serde_json::to_vec(named).map_err(|error| failed(&error.into()))?;
        std::fs::write(&new, json).and_then(|()| std::fs::rename(&new, list)).map_err(|error| failed(&error))
    }

    /// Returns the record of an earlier process and the named images that are complete; `None` if there are none.
    pub(super) fn load_record(&self) -> Option<(JobRecord, Vec<Image>)> {
        let named: JobRecord = serde_json::from_slice(&std::fs::read(self.record_path()).ok()?).ok()?;
        let image = |(path, svg): &(String, Option<String>)| {
            let (format, bytes) = self.read_image_blocking(path).ok()?;
            Some(Image { bytes, format, svg: svg.as_deref().and_then(|svg| self.text(svg).ok()), file: None })
        };
        let images: Vec<Image> = named.images.iter().filter_map(image).collect();
        (!images.is_empty()).then_some((named, images))
    }

    fn record_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// Removes the folder, unless it may contain an image that was paid for.
    pub(super) fn clear(&self, offline: bool) {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ours = |name: &str| written.iter().any(|ours| ours == name);
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        let drawn = |entry: std::fs::DirEntry| !is_ours(&entry.file_name().to_string_lossy());
        if (offline || !entries.into_iter().any(drawn))
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::debug!(%error, "a backend's folder was not removed");
        }
        if !self.path.exists() {
            // If there is no list, nothing was named.
            let _ = std::fs::remove_file(self.record_path());
        }
    }
}

/// The images and messages of a program so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct JobRecord {
    /// The paths of the images and of their SVG sources.
    pub(super) images: Vec<(String, Option<String>)>,
    pub(super) usage: Option<Usage>,
    pub(super) cost: Option<Cost>,
    pub(super) notes: Vec<String>,
    pub(super) done: DoneMessage,
}

/// The prefixes of the names of input images.
pub(super) const INPUT: &str = "input";
pub(super) const MASK: &str = "mask";
pub(super) const MARKUP: &str = "markup";

/// Returns the path without `.` components.
fn without_current_dir(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// Returns true if a file has other hard links, one of which may be outside of the folder.
#[cfg(unix)]
fn has_other_links(found: &std::fs::Metadata) -> bool {
    found.is_file() && std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
const fn has_other_links(_: &std::fs::Metadata) -> bool {
    false
}
