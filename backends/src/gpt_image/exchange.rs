//! One exchange with the server: reads its response as it arrives, and polls where it continues without us.
//! A job has several if each of its images is streamed or requested separately.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use serde_json::json;
use tokio::time::timeout_at;

use super::{
    GptImage,
    received_response::{self, ReceivedImages, fetch, file_name},
    reply::{GptImageEvent, GptImageReply},
    responses_api,
    resume_token::GptImageResumeToken,
    wire_format,
};
use crate::{
    BackendError, ErrorKind, Format, Preview, Progress, Request, Secret, Ticket,
    openai::{
        bounds::ResponseBounds,
        http::{ApiCall, OpenedResponse},
        response_stream::{Event, ResponseStream},
        server_error::UNKNOWN_HINT,
    },
};

/// The time to wait for a stream to end once it has delivered the finished image.
const DRAIN_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(if cfg!(test) { 50 } else { 2000 });

/// A running job.
pub(crate) struct GptImageJob<'a> {
    pub(crate) backend: &'a GptImage,
    pub(crate) progress: &'a Progress,
    pub(crate) key: Option<Secret>,
    /// The number of images that each part asks for.
    pub(crate) each: u32,
    /// The data needed to find the job again, if it continues in the background.
    pub(crate) begun: Mutex<GptImageResumeToken>,
}

impl GptImageJob<'_> {
    /// Sends `call` and reads its result.
    pub(crate) async fn part(&self, call: &ApiCall, part: u32) -> Result<GptImageReply, BackendError> {
        let opened = self.backend.api.open(call, self.key.as_ref(), Some(self.progress)).await?;
        let deadline = opened.deadline;
        self.progress.status("drawing");
        let mut answer = self.answer(opened, part);
        let mut heard = ReceivedImages::default();
        let read = self.read(&mut answer, part, &mut heard).await;
        match (heard.reply, heard.open, read) {
            (Some(reply), _, _) => self.complete(reply, &mut answer, part, deadline).await,
            (None, Some(id), Ok(()) | Err(BackendError { kind: ErrorKind::Unknown, .. })) if self.in_background() => {
                self.poll(&id, part, deadline).await
            }
            (None, _, Err(error)) => self.read_again(error, &mut answer, part, deadline).await,
            (None, _, Ok(())) => Err(ended(&answer)),
        }
    }

    /// Recovers the images of a response whose transfer failed: what arrived of it may still be complete.
    async fn read_again(
        &self,
        error: BackendError,
        answer: &mut ResponseStream,
        part: u32,
        deadline: Instant,
    ) -> Result<GptImageReply, BackendError> {
        if !matches!(error.kind, ErrorKind::Unknown | ErrorKind::Protocol | ErrorKind::Timeout) {
            return Err(error);
        }
        match received_response::reply(self.backend, self.progress.scratch(), part, self.each).await {
            Some(Ok(reply)) => {
                tracing::info!(%error, "the transfer failed, but the response is complete");
                self.complete(reply, answer, part, deadline).await
            }
            Some(Err(told)) => Err(told.with_request_id(answer.request_id.take())),
            None => Err(error),
        }
    }

    /// Polls a background response until it is done or its time is over. Polling is free.
    pub(crate) async fn poll(&self, id: &str, part: u32, deadline: Instant) -> Result<GptImageReply, BackendError> {
        match timeout_at(deadline.into(), self.follow(id, part, deadline)).await {
            Ok(Err(error)) if error.kind.may_pass() => Err(error.resumable()),
            Ok(told) => told,
            Err(_) => Err(self.backend.api.deadline_error()),
        }
    }

    async fn follow(&self, id: &str, part: u32, deadline: Instant) -> Result<GptImageReply, BackendError> {
        let mut after = self.last_heard(id);
        loop {
            let follows = after.is_some();
            let call = after
                .take()
                .map_or_else(|| responses_api::poll_request(id), |number| responses_api::follow_request(id, number));
            let opened = match self.backend.api.open(&call, self.key.as_ref(), Some(self.progress)).await {
                // If its events cannot be followed, it is polled.
                Err(error) if follows && error.kind != ErrorKind::Credentials => continue,
                opened => opened?,
            };
            let mut answer = self.answer(opened, part);
            let mut heard = ReceivedImages::default();
            match self.read(&mut answer, part, &mut heard).await {
                Err(error) if follows && error.kind == ErrorKind::Unknown => continue,
                read => read?,
            }
            if follows && heard.reply.is_none() {
                continue;
            }
            match (heard.reply, heard.open) {
                (Some(reply), _) => return self.complete(reply, &mut answer, part, deadline).await,
                (None, Some(_)) => {
                    answer.discard();
                    self.progress.status("drawing in the background");
                }
                (None, None) => return Err(ended(&answer)),
            }
            tokio::time::sleep(self.backend.api.policy().poll).await;
        }
    }

    fn answer(&self, opened: OpenedResponse, part: u32) -> ResponseStream {
        let (folder, name) = (self.progress.scratch(), file_name(part));
        ResponseStream::open(opened, self.backend.route.keys(), self.bounds(), (folder, &name))
    }

    /// Returns the bounds of a response, derived from the request.
    fn bounds(&self) -> ResponseBounds {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut request = Request::new("", &begun.model);
        request.settings.clone_from(&begun.settings);
        let partials = request.integer("partial_images").and_then(|count| u32::try_from(count).ok());
        ResponseBounds::for_images(self.each, partials.unwrap_or(0), request.size())
    }

    async fn complete(
        &self,
        mut reply: GptImageReply,
        answer: &mut ResponseStream,
        part: u32,
        deadline: Instant,
    ) -> Result<GptImageReply, BackendError> {
        reply.request_id = answer.request_id.take();
        if let Some(fault) = reply.declined() {
            answer.discard();
            return Err(self.backend.api.reported_failure(&fault, self.key.as_ref(), reply.request_id));
        }
        fetch(&self.backend.api, self.progress.scratch(), &mut reply, part, Some(deadline)).await?;
        Ok(reply)
    }

    fn in_background(&self) -> bool {
        self.backend.capabilities.resume
    }

    /// Reads until the images have arrived. What has been read is kept even if reading fails.
    async fn read(
        &self,
        answer: &mut ResponseStream,
        part: u32,
        heard: &mut ReceivedImages,
    ) -> Result<(), BackendError> {
        while let Some(event) = answer.next().await? {
            self.save_resume_token(&event, heard).await?;
            match wire_format::parse_event(&event) {
                GptImageEvent::Partial { bytes, step } => self.preview(part, step, bytes),
                GptImageEvent::BrokenPreview => heard.broken += 1,
                GptImageEvent::Finished(reply) => heard.reply = Some(reply),
                GptImageEvent::Done(reply) => {
                    drop(event);
                    heard.finish(reply);
                    self.drain(answer, heard).await;
                    return Ok(());
                }
                GptImageEvent::Failed(fault) => {
                    if heard.reply.is_none() {
                        answer.discard();
                    }
                    heard.open = None;
                    let id = answer.request_id.clone();
                    return Err(self.backend.api.reported_failure(&fault, self.key.as_ref(), id));
                }
                GptImageEvent::Nothing => tracing::trace!(name = event.name, "ignored an event"),
            }
        }
        Ok(())
    }

    /// Drains a response, so that its connection can be reused and images that some servers send as separate values are
    /// not missed.
    async fn drain(&self, answer: &mut ResponseStream, heard: &mut ReceivedImages) {
        let rest = async {
            loop {
                if !heard.is_missing_images(self.each) {
                    answer.close().await;
                    answer.stop_keeping();
                }
                let Ok(Some(event)) = answer.next().await else { return };
                if let GptImageEvent::Done(reply) = wire_format::parse_event(&event) {
                    heard.add(reply, self.each);
                }
            }
        };
        if tokio::time::timeout(DRAIN_TIMEOUT, rest).await.is_err() {
            tracing::debug!("the server keeps the stream open after the finished image");
        }
        answer.close().await;
    }

    /// Saves the server's id of a response to disk as soon as it is known, if the server continues it on its own. The
    /// event number is saved after each image: an older number only repeats events.
    async fn save_resume_token(&self, event: &Event, heard: &mut ReceivedImages) -> Result<(), BackendError> {
        if !self.in_background() {
            return Ok(());
        }
        if let Some(id) = responses_api::id(event) {
            heard.id = Some(id.to_owned());
            heard.open = responses_api::is_open(event).then(|| id.to_owned());
        }
        let Some(id) = heard.id.clone() else { return Ok(()) };
        let ticket = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(number) = responses_api::number(event) {
                begun.heard.insert(id.clone(), number);
            }
            let is_known = begun.responses.contains(&id);
            if is_known && !event.name.ends_with("partial_image") {
                return Ok(());
            }
            if !is_known {
                begun.responses.push(id);
            }
            Ticket(json!(*begun))
        };
        self.progress.ticket(&ticket).await
    }

    fn last_heard(&self, id: &str) -> Option<u64> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).heard.get(id).copied()
    }

    fn preview(&self, part: u32, step: u32, bytes: Bytes) {
        if let Some(format) = Format::detect(&bytes) {
            self.progress.preview(Preview { image: part, step, format, bytes });
        }
    }
}

/// Returns the error for a response that ended without an image: the fate of the request is unknown.
fn ended(answer: &ResponseStream) -> BackendError {
    let message = if answer.is_empty() {
        "the response is empty; you may have been charged"
    } else {
        "the response ended before the image was complete; you may have been charged"
    };
    BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT).with_request_id(answer.request_id.clone())
}
