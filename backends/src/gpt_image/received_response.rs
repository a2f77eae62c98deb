//! A received response: read while it arrives or back from disk, with its linked images downloaded.
//! It sends no request for new images.

use std::{path::Path, time::Instant};

use bytes::Bytes;
use tokio::time::timeout_at;

use super::{
    GptImage,
    reply::{GptImageEvent, GptImageReply, ImageSource},
    wire_format,
};
use crate::{
    BackendError,
    openai::{download, http::Api, image_extractor::ReceivedImage, response_stream::ResponseStream, spool},
};

/// The content of a response so far.
#[derive(Default)]
pub(super) struct ReceivedImages {
    pub(super) reply: Option<GptImageReply>,
    /// The id of the response that the events belong to.
    pub(super) id: Option<String>,
    /// The id of the response that the server is still working on.
    pub(super) open: Option<String>,
    /// The number of previews that could not be read.
    pub(super) broken: u32,
}

/// Reads the responses of one part. A later response takes precedence over an earlier one, an image over a failure.
/// `each` is the number of images requested.
pub(super) async fn reply(
    backend: &GptImage,
    folder: &Path,
    part: u32,
    each: u32,
) -> Option<Result<GptImageReply, BackendError>> {
    let mut failure = None;
    for path in spool::spooled_responses(folder, &file_name(part)).await {
        match read(backend, &path, each).await {
            Some(Ok(reply)) => return Some(Ok(reply)),
            Some(Err(error)) => failure = failure.or(Some(Err(error))),
            None => {}
        }
    }
    failure
}

/// Reads one response as far as it goes; returns `None` if it ends before anything is decided. `each` is the number of
/// images requested.
async fn read(backend: &GptImage, path: &Path, each: u32) -> Option<Result<GptImageReply, BackendError>> {
    let mut answer = ResponseStream::reopen(path, backend.route.keys()).await.ok()?;
    let (mut heard, mut is_done) = (ReceivedImages::default(), false);
    while let Ok(Some(event)) = answer.next().await {
        match wire_format::parse_event(&event) {
            GptImageEvent::Finished(reply) => heard.reply = Some(reply),
            GptImageEvent::Done(reply) if is_done => heard.add(reply, each),
            GptImageEvent::Done(reply) => {
                heard.finish(reply);
                is_done = true;
            }
            GptImageEvent::Failed(fault) if heard.reply.is_none() => {
                return Some(Err(backend.api.reported_failure(&fault, None, None)));
            }
            GptImageEvent::Failed(_) => break,
            GptImageEvent::Partial { .. } | GptImageEvent::BrokenPreview | GptImageEvent::Nothing => {}
        }
        if is_done && !heard.is_missing_images(each) {
            break;
        }
    }
    heard.reply.map(Ok)
}

/// Returns the name of the file that a part's response is spooled in.
pub(super) fn file_name(part: u32) -> String {
    format!("answer-{part}")
}

/// Downloads the images that a response links to, unless they were downloaded before. A failed download is noted if
/// there are other images, and is the error if there are none.
pub(super) async fn fetch(
    api: &Api,
    folder: &Path,
    reply: &mut GptImageReply,
    part: u32,
    deadline: Option<Instant>,
) -> Result<(), BackendError> {
    let mut failures = Vec::new();
    for (index, source) in std::mem::take(&mut reply.images).into_iter().enumerate() {
        let ImageSource::Linked(address) = source else {
            reply.images.push(source);
            continue;
        };
        let path = folder.join(format!("{}-picture-{index}", file_name(part)));
        match download_image(api, &address, &path, deadline).await {
            Ok(bytes) => reply.images.push(ImageSource::Received(ReceivedImage { bytes, file: None })),
            Err(error) => {
                reply.missing.push(format!("an image is missing: {error}; its URL is {address}"));
                failures.push(error);
            }
        }
    }
    if reply.images.is_empty() { BackendError::most_important(failures).map_or(Ok(()), Err) } else { Ok(()) }
}

/// Downloads the image at a URL; on return it is on disk.
async fn download_image(
    api: &Api,
    address: &str,
    path: &Path,
    deadline: Option<Instant>,
) -> Result<Bytes, BackendError> {
    if let Ok(bytes) = tokio::fs::read(path).await {
        return Ok(bytes.into());
    }
    let deadline = deadline.unwrap_or_else(|| api.deadline());
    let bytes =
        timeout_at(deadline.into(), api.fetch(address)).await.unwrap_or_else(|_| Err(download::timeout_error()))?;
    spool::save_download(path, &bytes).await;
    Ok(bytes)
}

impl ReceivedImages {
    /// Takes the final message; an image that arrived earlier and is missing from it is kept.
    pub(super) fn finish(&mut self, mut reply: GptImageReply) {
        if let Some(held) = self.reply.take().filter(|_| reply.images.is_empty()) {
            reply = GptImageReply { usage: reply.usage, response_id: reply.response_id, words: None, ..held };
        }
        let broken = (self.broken > 0).then(|| format!("{} of the previews could not be decoded", self.broken));
        reply.notes.extend(broken);
        self.reply = Some(reply);
    }

    /// Returns true while requested images are missing.
    pub(super) fn is_missing_images(&self, asked: u32) -> bool {
        self.reply.as_ref().is_none_or(|reply| reply.images.len() < asked as usize)
    }

    /// Adds finished images, up to the number requested.
    pub(super) fn add(&mut self, reply: GptImageReply, asked: u32) {
        let Some(own) = &mut self.reply else { return self.finish(reply) };
        let missing = (asked as usize).saturating_sub(own.images.len());
        own.images.extend(reply.images.into_iter().take(missing));
        own.usage = own.usage.take().or(reply.usage);
    }
}
