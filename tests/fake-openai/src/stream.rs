//! The streamed response of both image routes: partial images, then the finished one, or one of the bad endings.
//! Events become bytes in `outlet`.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::compat::{apply_usage_faults, base64};
use crate::error::ApiError;
use crate::faults::{Fault, moderation};
use crate::generate::{ImageJob, draw, now};
use crate::sse::{Disconnected, SseSender, open};
use crate::state::Shared;
use crate::usage::PARTIAL;

/// Returns the response; its events follow from a task of their own.
pub(crate) fn respond(shared: Arc<Shared>, job: ImageJob) -> Response {
    let (outlet, response) = open(shared, job.call.faults.clone(), job.call.link.clone());
    tokio::spawn(run(outlet, job));
    response
}

async fn run(outlet: SseSender, mut job: ImageJob) -> Result<(), Disconnected> {
    let fewer = usize::from(job.call.faults.has(Fault::FewerPartials));
    let count = job.order.partials.saturating_sub(fewer);
    for index in 0..count {
        let bytes = picture(&outlet.shared, &job, Some(index)).await;
        outlet.event(&partial(&job, &bytes, index), |log| log.partials.push(bytes.clone())).await?;
        job.usage.image_out += PARTIAL;
    }
    if let Some(error) = failure(&job) {
        outlet.event(&error, |_| ()).await?;
        return outlet.close().await;
    }
    if job.call.faults.has(Fault::Eof) {
        return outlet.close().await;
    }
    let bytes = picture(&outlet.shared, &job, None).await;
    let completed = completed(&job, &bytes);
    if job.call.faults.has(Fault::ResetMidStream) {
        return outlet.break_off(&completed).await;
    }
    outlet.event(&completed, |log| log.images.push(bytes)).await?;
    outlet.close().await
}

/// Draws the one image of a streamed order, unless a fault removes it.
async fn picture(shared: &Shared, job: &ImageJob, partial: Option<usize>) -> Bytes {
    match job.sittings.first() {
        Some(sitting) => draw(shared, sitting.clone(), partial).await.unwrap_or_default(),
        None => Bytes::new(),
    }
}

fn partial(job: &ImageJob, bytes: &[u8], index: usize) -> Value {
    let mut event = event(job, "partial_image", Some(base64(bytes, &job.call.faults)));
    event.insert("partial_image_index".into(), index.into());
    event.into()
}

fn completed(job: &ImageJob, bytes: &[u8]) -> Value {
    let empty = job.call.faults.has(Fault::EmptyCompleted) || bytes.is_empty();
    let mut event = event(job, "completed", (!empty).then(|| base64(bytes, &job.call.faults)));
    if !job.call.faults.has(Fault::NoUsage) {
        event.insert("usage".into(), apply_usage_faults(job.usage.json(), &job.call.faults));
    }
    event.into()
}

fn event(job: &ImageJob, name: &str, picture: Option<String>) -> Map<String, Value> {
    let mut event = Map::from_iter([("type".to_owned(), format!("{}.{name}", job.family).into())]);
    if let Some(picture) = picture {
        event.insert("b64_json".into(), picture.into());
    }
    if !job.call.faults.has(Fault::Minimal) {
        event.insert("created_at".into(), now().into());
        event.extend(job.resolved());
    }
    event
}

/// Returns the event of a bad ending that is reported as an error.
fn failure(job: &ImageJob) -> Option<Value> {
    let (faults, id) = (&job.call.faults, job.call.request_id.as_str());
    let nested = |error: &ApiError| json!({"type": "error", "error": error.object()});
    let message =
        format!("An error occurred while processing your request. Please include the request ID {id} in your message.");
    if faults.has(Fault::ErrorNested) {
        return Some(
            json!({"type": "error", "error": {"type": "image_generation_server_error", "code": "image_generation_failed", "message": message, "param": null}}),
        );
    }
    if faults.has(Fault::ErrorFlat) {
        return Some(json!({"type": "error", "code": "image_generation_failed", "message": message, "param": null}));
    }
    if faults.has(Fault::ModerationOutput) {
        return Some(nested(&moderation(Some("output"), id)));
    }
    if faults.has(Fault::ModerationOutputBare) {
        return Some(nested(&moderation(None, id)));
    }
    faults.has(Fault::ErrorInOk).then(|| json!({"error": moderation(Some("input"), id).object()}))
}
