//! Runs one job from request to images: prepare, send, receive, assemble.
//! A single response is read in `exchange`; cost and effective settings are computed in `outcome`.

use std::{collections::BTreeMap, sync::Mutex};

use futures::future::join_all;

use super::{
    GptImage, Route, exchange::GptImageJob, outcome, reference_images, reply::GptImageReply,
    resume_token::GptImageResumeToken, retired_model, validate, wire_format,
};
use crate::{BackendError, ErrorKind, Outcome, Progress, Request, Ticket, openai::server_profile::MaskStyle};

/// Generates the images of `request`.
pub(crate) async fn draw(backend: &GptImage, request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
    let traits = backend.api.traits();
    let spec = backend.spec(&request.model)?;
    validate::check(spec, traits, request)?;
    let (stream, parts) = (streams(backend, request), parts(backend, request));
    let uploads = uploads(request, traits.mask).await?;
    let call = wire_format::build_request(request, &uploads, backend, request.count / parts, stream)?;
    let notes = uploads.notes;
    drop((uploads.images, uploads.mask, uploads.markup));
    let key = backend.api.key().await?;
    let begun = Mutex::new(GptImageResumeToken {
        model: request.model.clone(),
        settings: request.settings.clone(),
        count: request.count,
        responses: Vec::new(),
        heard: BTreeMap::new(),
    });
    let job = GptImageJob { backend, progress, key, each: request.count / parts, begun };
    progress.status("sending");
    let answers = join_all((0..parts).map(|part| job.part(&call, part))).await;
    unfinished(backend, &answers)?;
    if answers.iter().any(Result::is_ok) {
        progress.received();
    }
    let mut outcome = outcome::assemble(spec, request, &backend.catalogue.prices_as_of, answers)
        .map_err(|error| retired_model::explain(backend, request, error))?;
    outcome.notes.splice(..0, notes);
    Ok(outcome)
}

/// Checks a request before it is sent; returns the conversions of its images.
pub(crate) async fn check_request(backend: &GptImage, request: &Request) -> Result<Vec<String>, BackendError> {
    let traits = backend.api.traits();
    validate::check(backend.spec(&request.model)?, traits, request)?;
    Ok(uploads(request, traits.mask).await?.notes)
}

fn streams(backend: &GptImage, request: &Request) -> bool {
    backend.api.traits().streams && request.integer("partial_images").is_some_and(|count| count > 0)
}

/// Returns the number of HTTP requests that the images are split into.
pub(super) fn parts(backend: &GptImage, request: &Request) -> u32 {
    let takes_many = backend.api.traits().takes("n") && backend.route == Route::Images;
    if takes_many && !streams(backend, request) { 1 } else { request.count }
}

/// Resumes a background job of an earlier process.
pub(crate) async fn resume(backend: &GptImage, ticket: &Ticket, progress: &Progress) -> Result<Outcome, BackendError> {
    let begun: GptImageResumeToken = ticket.read()?;
    let spec = backend.spec(&begun.model)?;
    let mut request = Request::new("", &begun.model);
    request.settings.clone_from(&begun.settings);
    request.count = begun.count;
    let key = backend.api.key().await?;
    let ids = begun.responses.clone();
    let job = GptImageJob { backend, progress, key, each: 1, begun: Mutex::new(begun) };
    let deadline = backend.api.deadline();
    let answers = join_all((0..).zip(&ids).map(|(part, id)| job.poll(id, part, deadline))).await;
    unfinished(backend, &answers)?;
    if answers.iter().any(Result::is_ok) {
        progress.received();
    }
    outcome::assemble(spec, &request, &backend.catalogue.prices_as_of, answers)
}

/// Keeps the ticket of a job that continues in the background: the job is not done while a part of it is still open.
/// Finished parts are on disk.
fn unfinished(backend: &GptImage, answers: &[Result<GptImageReply, BackendError>]) -> Result<(), BackendError> {
    let open = answers.iter().filter_map(|answer| answer.as_ref().err()).find(|error| error.resumable);
    open.filter(|_| backend.capabilities.resume).map_or(Ok(()), |error| Err(error.clone()))
}

/// Prepares the reference images on a blocking thread.
async fn uploads(request: &Request, style: MaskStyle) -> Result<reference_images::Uploads, BackendError> {
    if request.inputs.is_empty() {
        return Ok(reference_images::Uploads::default());
    }
    let request = request.clone();
    tokio::task::spawn_blocking(move || reference_images::prepare(&request, style)).await.map_err(|error| {
        BackendError::new(ErrorKind::Local, format!("could not prepare the reference images: {error}"))
    })?
}
