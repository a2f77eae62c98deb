//! Recovers images from the responses that a dead process left in its job directory.
//! No request is sent again; only an image that a response links to may be downloaded.

use std::path::Path;

use super::{GptImage, draw, outcome, received_response, reply::GptImageReply};
use crate::{BackendError, ErrorKind, Outcome, Request, openai::server_error::UNKNOWN_HINT};

/// Returns the result of the responses in `folder`, or `None` if they decide nothing.
pub(crate) async fn salvage(
    backend: &GptImage,
    request: &Request,
    folder: &Path,
) -> Option<Result<Outcome, BackendError>> {
    let spec = backend.spec(&request.model).ok()?;
    let mut answers = Vec::new();
    let parts = draw::parts(backend, request);
    for part in 0..parts {
        answers.push(answer(backend, folder, part, request.count / parts.max(1)).await);
    }
    let open = answers.iter().filter(|answer| answer.is_none()).count();
    if open > 0 && !answers.iter().flatten().any(Result::is_ok) {
        return None;
    }
    let answers = answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(missing()))).collect();
    let mut outcome = outcome::assemble(spec, request, &backend.catalogue.prices_as_of, answers);
    if let Ok(outcome) = &mut outcome
        && open > 0
    {
        // The lost response may have been billed as well.
        outcome.cost = None;
    }
    Some(outcome)
}

/// Returns the result of one part, with its images downloaded.
async fn answer(
    backend: &GptImage,
    folder: &Path,
    part: u32,
    each: u32,
) -> Option<Result<GptImageReply, BackendError>> {
    let mut reply = match received_response::reply(backend, folder, part, each).await? {
        Ok(reply) => reply,
        Err(error) => return Some(Err(error)),
    };
    if let Some(fault) = reply.declined() {
        return Some(Err(backend.api.reported_failure(&fault, None, None)));
    }
    Some(received_response::fetch(&backend.api, folder, &mut reply, part, None).await.map(|()| reply))
}

fn missing() -> BackendError {
    BackendError::new(ErrorKind::Unknown, "its response had not arrived when Tintype exited; you may have been charged")
        .with_hint(UNKNOWN_HINT)
}
