//! Loading of references: reads files, detects formats by content, measures sizes and enforces limits.
//! The bytes go to the backend unchanged. Each image is decoded once to detect truncated files.

use std::{fs::File, io::Read as _, path::Path};

use bytes::Bytes;
use tintype_backends::{Request, RequestImage};

use crate::{
    confined,
    engine::{Draft, Reference, SubmitError, image_header::read_image_header},
    id::Id,
    library::{ImageRecord, Library, Record},
    picture::{DecodeLimits, decode},
};

/// The maximum size of a reference in bytes. Providers accept less; the backend makes it fit.
pub const MAX_BYTES: u64 = 200 * 1024 * 1024;
/// The maximum length of an edge in pixels.
const MAX_EDGE: u32 = 20_000;

/// Loads the references of the draft into the request.
pub(super) async fn load(library: Option<&Library>, draft: &Draft, request: &mut Request) -> Result<(), SubmitError> {
    for source in &draft.inputs {
        let input = match source {
            Reference::File(path) => file(path.clone(), None).await?,
            Reference::Image(id) => from_library(library, *id).await?,
            Reference::Clipboard(picture) => in_memory("clipboard", picture.0.clone()).await?,
            Reference::Piped(picture) => in_memory("pipe", picture.0.clone()).await?,
        };
        request.inputs.push(input);
    }
    if let Some(path) = &draft.mask {
        request.mask = Some(check_overlay("mask", file(path.clone(), None).await?, request.inputs.first())?);
    }
    if let Some(path) = &draft.markup {
        request.markup = Some(check_overlay("markup", file(path.clone(), None).await?, request.inputs.first())?);
    }
    Ok(())
}

/// Returns the provider's continuation data of the draft's parent, if the same backend and model generated it.
pub(super) async fn continuation(
    library: &Library,
    draft: &Draft,
    record: &Record,
) -> Result<Option<serde_json::Value>, SubmitError> {
    let Some(parent) = draft.parent else { return Ok(None) };
    let drawn = library.job_of(parent).await?;
    let same = drawn.filter(|drawn| drawn.backend == record.backend && drawn.model == record.model);
    Ok(same.and_then(|drawn| drawn.continuation))
}

async fn from_library(library: Option<&Library>, id: Id) -> Result<RequestImage, SubmitError> {
    let unknown = || refuse(&id.to_string(), "there is no such image in the library");
    let library = library.ok_or_else(unknown)?;
    let ImageRecord { path, svg, .. } = library.image(id).await?.ok_or_else(unknown)?;
    // Something else in place of an image in the library, such as a link to another file, is never sent.
    confined::open(library.data_dir(), &path)
        .map_err(|error| refuse(&path.display().to_string(), error.to_string().to_lowercase()))?;
    let svg = svg.filter(|svg| confined::is_file(svg));
    file(path, svg).await
}

async fn file(path: std::path::PathBuf, svg: Option<std::path::PathBuf>) -> Result<RequestImage, SubmitError> {
    let name = path.display().to_string();
    off_thread(&name, move || read(&path, svg.as_deref())).await
}

/// Loads an image that came from the clipboard or through a pipe.
async fn in_memory(place: &'static str, bytes: Bytes) -> Result<RequestImage, SubmitError> {
    let mut input = off_thread(&format!("the {place}"), move || input(place, bytes)).await?;
    input.name = format!("{place}.{}", input.format.extension());
    Ok(input)
}

async fn off_thread(
    name: &str,
    work: impl FnOnce() -> Result<RequestImage, String> + Send + 'static,
) -> Result<RequestImage, SubmitError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| SubmitError::Closing)?;
    done.map_err(|what| refuse(name, what))
}

fn read(path: &Path, svg: Option<&Path>) -> Result<RequestImage, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let input = input(&name, read_bytes(path)?.into())?;
    // The source is optional: an image whose SVG is gone is still an image.
    let svg = svg.and_then(|svg| String::from_utf8(read_bytes(svg).ok()?).ok());
    Ok(RequestImage { svg, ..input })
}

fn input(name: &str, bytes: Bytes) -> Result<RequestImage, String> {
    let (format, size) = read_image_header(&bytes)?;
    if size.width > MAX_EDGE || size.height > MAX_EDGE {
        return Err(format!("it is {size} pixels; the maximum is {MAX_EDGE} per edge"));
    }
    // The header alone proves little: nobody pays for sending half an image.
    decode(&bytes, DecodeLimits::default()).map_err(|error| error.to_string())?;
    Ok(RequestImage { name: name.to_owned(), format, size, bytes, svg: None })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    };
    // Checked before opening, because opening a pipe would block until there is a writer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is larger than {} MB", MAX_BYTES / 1024 / 1024));
    }
    Ok(bytes)
}

/// Checks a mask or a markup against its reference. The backend can scale one of a different size, but not one of a
/// different aspect ratio.
fn check_overlay(what: &str, over: RequestImage, below: Option<&RequestImage>) -> Result<RequestImage, SubmitError> {
    match below {
        Some(input) if !over.size.has_same_aspect_ratio(input.size) => {
            let what = format!("the {what} is {}, but its reference is {}", over.size, input.size);
            Err(refuse(&over.name, what))
        }
        _ => Ok(over),
    }
}

fn refuse(name: &str, what: impl Into<String>) -> SubmitError {
    SubmitError::InvalidReference { name: name.to_owned(), what: what.into() }
}
