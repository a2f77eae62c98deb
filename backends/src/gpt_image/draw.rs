//! One job from request to pictures: ready, sent, received, each answer read while it comes in.
//! What the pictures cost and what really applied is put together in `outcome`.

use bytes::{Bytes, BytesMut};
use futures::future::join_all;

use super::{
    GptImage, check, inputs, outcome, retired,
    wire::{self, Reply, Said, Source},
};
use crate::{
    BackendError, ErrorKind, Format, Outcome, Preview, Progress, Request, Secret,
    openai::{
        answer::{Answer, Event},
        errors::UNKNOWN_HINT,
        http::Call,
    },
};

/// The largest picture that is fetched from an address, in bytes.
const LARGEST_FETCHED: usize = 192 << 20;

/// How long is waited for a stream to end once it has brought the finished picture.
const AFTER_COMPLETION: std::time::Duration = std::time::Duration::from_secs(2);

/// A job while it runs.
struct Job<'a> {
    backend: &'a GptImage,
    progress: &'a Progress,
    key: Option<Secret>,
}

/// Draws what `request` asks for.
pub(crate) async fn draw(backend: &GptImage, request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
    let traits = backend.api.traits();
    let spec = backend.spec(&request.model)?;
    check::check(spec, traits, request)?;
    let stream = traits.streams && request.integer("partial_images").is_some_and(|count| count > 0);
    let parts = if stream || !traits.takes("n") { request.count } else { 1 };
    let uploads = uploads(request, traits.mask).await?;
    let call = wire::call(request, &uploads, traits, request.count / parts, stream)?;
    drop(uploads);
    let key = backend.api.key().await?;
    let job = Job { backend, progress, key };
    progress.status("sending");
    progress.sent();
    let answers = join_all((0..parts).map(|part| job.part(&call, part))).await;
    if answers.iter().any(Result::is_ok) {
        progress.received();
    }
    outcome::assemble(spec, request, &backend.catalogue.prices_as_of, answers)
        .map_err(|error| retired::explain(backend, request, error))
}

/// The pictures made ready, away from the async threads.
async fn uploads(request: &Request, style: crate::openai::profile::MaskStyle) -> Result<inputs::Uploads, BackendError> {
    if request.inputs.is_empty() {
        return Ok(inputs::Uploads::default());
    }
    let request = request.clone();
    tokio::task::spawn_blocking(move || inputs::prepare(&request, style)).await.map_err(|error| {
        BackendError::new(ErrorKind::Local, format!("the reference pictures could not be made ready: {error}"))
    })?
}

impl Job<'_> {
    /// One exchange with the server; a job has several where each of its pictures is streamed.
    async fn part(&self, call: &Call, part: u32) -> Result<Reply, BackendError> {
        let api = &self.backend.api;
        let opened = api.open(call, self.key.as_ref(), Some(self.progress)).await?;
        self.progress.status("drawing");
        let folder = self.progress.scratch();
        let name = format!("answer-{part}");
        let mut answer = Answer::open(opened.response, opened.request_id, folder, &name).await?;
        let Some(mut reply) = self.read(&mut answer, part).await? else { return Err(ended(&answer)) };
        reply.request_id = answer.request_id.take();
        self.fetch(&mut reply, &name).await?;
        Ok(reply)
    }

    /// Reads until the pictures are there.
    async fn read(&self, answer: &mut Answer, part: u32) -> Result<Option<Reply>, BackendError> {
        while let Some(event) = answer.next().await? {
            match wire::read(&event) {
                Said::Partial { bytes, step } => self.preview(part, step, bytes),
                Said::Done(reply) => {
                    drop(event);
                    drain(answer).await;
                    return Ok(Some(reply));
                }
                Said::Failed(fault) => {
                    answer.discard().await;
                    let id = answer.request_id.clone();
                    return Err(self.backend.api.told(&fault, self.key.as_ref(), id));
                }
                Said::Nothing => ignored(&event),
            }
        }
        Ok(None)
    }

    fn preview(&self, part: u32, step: u32, bytes: Bytes) {
        if let Some(format) = Format::of(&bytes) {
            self.progress.preview(Preview { image: part, step, format, bytes });
        }
    }

    /// Fetches what the server left at an address.
    async fn fetch(&self, reply: &mut Reply, name: &str) -> Result<(), BackendError> {
        for (index, source) in reply.pictures.iter_mut().enumerate() {
            if let Source::At(address) = source {
                let response = self.backend.api.fetch(address).await?;
                let bytes = body(response).await?;
                let path = self.progress.scratch().join(format!("{name}-picture-{index}"));
                crate::openai::spool::keep(&path, &bytes).await?;
                *source = Source::Here(bytes);
            }
        }
        Ok(())
    }
}

/// Lets a stream end by itself, so that its connection can be used again.
async fn drain(answer: &mut Answer) {
    let rest = async { while let Ok(Some(_)) = answer.next().await {} };
    if tokio::time::timeout(AFTER_COMPLETION, rest).await.is_err() {
        tracing::debug!("the server keeps the stream open after the finished picture");
    }
}

fn ignored(event: &Event) {
    tracing::debug!(name = event.name, "an event that means nothing here");
}

/// The answer ended without a picture.
fn ended(answer: &Answer) -> BackendError {
    let (kind, message) = if answer.is_empty() {
        (ErrorKind::Protocol, "the server's answer is empty; it may have been billed")
    } else {
        (ErrorKind::Unknown, "the answer ended before the finished picture; it may have been billed")
    };
    BackendError::new(kind, message).with_hint(UNKNOWN_HINT).with_request_id(answer.request_id.clone())
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
