//! One exchange with the server: its answer read while it comes in, asked for again where it goes on without us.
//! A job has several where each of its pictures is streamed or comes alone.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use serde_json::json;

use super::{
    GptImage,
    reply::{Reply, Said, Source},
    responses,
    ticket::Begun,
    wire,
};
use crate::{
    BackendError, ErrorKind, Format, Preview, Progress, Secret, Ticket,
    openai::{
        answer::{Answer, Event},
        errors::UNKNOWN_HINT,
        http::{Api, Call, Opened},
        spool,
    },
};

/// The largest picture that is fetched from an address, in bytes.
const LARGEST_FETCHED: usize = 192 << 20;

/// How long is waited for a stream to end once it has brought the finished picture.
const AFTER_COMPLETION: std::time::Duration = std::time::Duration::from_secs(2);

/// A job while it runs.
pub(crate) struct Job<'a> {
    pub(crate) backend: &'a GptImage,
    pub(crate) progress: &'a Progress,
    pub(crate) key: Option<Secret>,
    /// What is needed to find the job again, if it goes on in the background.
    pub(crate) begun: Mutex<Begun>,
}

/// What an answer came to.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) reply: Option<Reply>,
    /// The response that is spoken of.
    id: Option<String>,
    /// The response that the server is still at.
    open: Option<String>,
}

impl Job<'_> {
    /// Sends `call` and reads what comes of it.
    pub(crate) async fn part(&self, call: &Call, part: u32) -> Result<Reply, BackendError> {
        let opened = self.backend.api.open(call, self.key.as_ref(), Some(self.progress)).await?;
        self.progress.status("drawing");
        let mut answer = self.answer(opened, part).await;
        let mut heard = Heard::default();
        let read = self.read(&mut answer, part, &mut heard).await;
        match (heard.reply, heard.open, read) {
            (Some(reply), _, _) => self.complete(reply, &mut answer, part).await,
            (None, Some(id), Ok(()) | Err(BackendError { kind: ErrorKind::Unknown, .. })) if self.in_background() => {
                self.poll(&id, part).await
            }
            (None, _, Err(error)) => Err(error),
            (None, _, Ok(())) => Err(ended(&answer)),
        }
    }

    /// Asks for a response that goes on in the background until it is done. Asking costs nothing.
    pub(crate) async fn poll(&self, id: &str, part: u32) -> Result<Reply, BackendError> {
        let mut after = self.last_heard(id);
        loop {
            let follows = after.is_some();
            let call = after.take().map_or_else(|| responses::again(id), |number| responses::follow(id, number));
            let opened = match self.backend.api.open(&call, self.key.as_ref(), Some(self.progress)).await {
                // Where it cannot be followed, it is asked for from time to time.
                Err(error) if follows && error.kind != ErrorKind::Credentials => continue,
                opened => opened?,
            };
            let mut answer = self.answer(opened, part).await;
            let mut heard = Heard::default();
            match self.read(&mut answer, part, &mut heard).await {
                Err(error) if follows && error.kind == ErrorKind::Unknown => continue,
                read => read?,
            }
            if follows && heard.reply.is_none() {
                continue;
            }
            match (heard.reply, heard.open) {
                (Some(reply), _) => return self.complete(reply, &mut answer, part).await,
                (None, Some(_)) => {
                    answer.discard().await;
                    self.progress.status("drawing in the background");
                }
                (None, None) => return Err(ended(&answer)),
            }
            tokio::time::sleep(self.backend.api.policy().poll).await;
        }
    }

    async fn answer(&self, opened: Opened, part: u32) -> Answer {
        let (folder, name) = (self.progress.scratch(), file_name(part));
        Answer::open(opened, self.backend.route.keys(), (folder, &name)).await
    }

    async fn complete(&self, mut reply: Reply, answer: &mut Answer, part: u32) -> Result<Reply, BackendError> {
        reply.request_id = answer.request_id.take();
        fetch(&self.backend.api, self.progress.scratch(), &mut reply, part).await?;
        Ok(reply)
    }

    fn in_background(&self) -> bool {
        self.backend.capabilities.resume
    }

    /// Reads until the pictures are there. What was heard is kept, also when reading fails.
    async fn read(&self, answer: &mut Answer, part: u32, heard: &mut Heard) -> Result<(), BackendError> {
        while let Some(event) = answer.next().await? {
            self.begun(&event, heard).await?;
            match wire::read(&event) {
                Said::Partial { bytes, step } => self.preview(part, step, bytes),
                Said::Held(reply) => heard.reply = Some(reply),
                Said::Done(reply) => {
                    drop(event);
                    heard.finish(reply);
                    drain(answer).await;
                    return Ok(());
                }
                Said::Failed(fault) => {
                    if heard.reply.is_none() {
                        answer.discard().await;
                    }
                    heard.open = None;
                    let id = answer.request_id.clone();
                    return Err(self.backend.api.told(&fault, self.key.as_ref(), id));
                }
                Said::Nothing => tracing::trace!(name = event.name, "an event that means nothing here"),
            }
        }
        Ok(())
    }

    /// Has the server's name for a response on disk as soon as it is known, if the server goes on with it alone, and
    /// how far it was heard whenever that was a picture: an older number only has something told twice.
    async fn begun(&self, event: &Event, heard: &mut Heard) -> Result<(), BackendError> {
        if !self.in_background() {
            return Ok(());
        }
        if let Some(id) = responses::id(event) {
            heard.id = Some(id.to_owned());
            heard.open = responses::is_open(event).then(|| id.to_owned());
        }
        let Some(id) = heard.id.clone() else { return Ok(()) };
        let ticket = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(number) = responses::number(event) {
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
        if let Some(format) = Format::of(&bytes) {
            self.progress.preview(Preview { image: part, step, format, bytes });
        }
    }
}

/// The file in which the answer of a part is spooled.
pub(super) fn file_name(part: u32) -> String {
    format!("answer-{part}")
}

/// Fetches what the server left at an address, unless it was fetched before.
pub(super) async fn fetch(api: &Api, folder: &Path, reply: &mut Reply, part: u32) -> Result<(), BackendError> {
    for (index, source) in reply.pictures.iter_mut().enumerate() {
        if let Source::At(address) = source {
            let path = folder.join(format!("{}-picture-{index}", file_name(part)));
            let bytes = match tokio::fs::read(&path).await {
                Ok(bytes) => bytes.into(),
                Err(_) => body(api.fetch(address).await?).await?,
            };
            spool::keep(&path, &bytes).await;
            *source = Source::Here(bytes);
        }
    }
    Ok(())
}

impl Heard {
    /// Takes the last word; a picture that was told before and is missing from it is not lost.
    pub(super) fn finish(&mut self, mut reply: Reply) {
        if let Some(held) = self.reply.take().filter(|_| reply.pictures.is_empty()) {
            reply = Reply { usage: reply.usage, response_id: reply.response_id, ..held };
        }
        self.reply = Some(reply);
    }
}

/// Lets a stream end by itself, so that its connection can be used again.
async fn drain(answer: &mut Answer) {
    let rest = async { while let Ok(Some(_)) = answer.next().await {} };
    if tokio::time::timeout(AFTER_COMPLETION, rest).await.is_err() {
        tracing::debug!("the server keeps the stream open after the finished picture");
    }
}

/// The answer ended without a picture: what became of the order, nobody knows.
fn ended(answer: &Answer) -> BackendError {
    let message = if answer.is_empty() {
        "the server's answer is empty; it may have been billed"
    } else {
        "the answer ended before the finished picture; it may have been billed"
    };
    BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT).with_request_id(answer.request_id.clone())
}

async fn body(mut response: reqwest::Response) -> Result<Bytes, BackendError> {
    let mut bytes = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= LARGEST_FETCHED => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                let message = format!("the finished picture is larger than {} MiB", LARGEST_FETCHED >> 20);
                return Err(BackendError::new(ErrorKind::Protocol, message));
            }
            Ok(None) => return Ok(bytes.freeze()),
            Err(_) => {
                return Err(BackendError::new(
                    ErrorKind::Network,
                    "the finished picture was cut off while it was fetched",
                )
                .with_hint("its address is in the job's spool folder; it may be billed already"));
            }
        }
    }
}
