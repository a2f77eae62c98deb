//! JSON events of a job, one object per line, each with its `event` name.
//! Unknown costs are `null`, never 0.

use serde_json::{Value, json};

use crate::{
    cli::failure::Failure,
    id::Id,
    library::{ImageRow, Record},
};

pub(in crate::cli) fn started_event(record: &Record) -> Value {
    json!({
        "event": "started",
        "job": record.id,
        "backend": record.backend,
        "model": record.model,
        "estimate_usd": record.estimate.usd,
    })
}

pub(in crate::cli) fn preview_event(job: Id, image: u32, step: u32) -> Value {
    json!({ "event": "preview", "job": job, "index": step, "image": image })
}

/// Returns the event for one of the job's images; `copy` is the file written by `-o`.
pub(in crate::cli) fn image_event(job: Id, row: &ImageRow<'_>, copy: Option<String>) -> Value {
    let mut object = json!({
        "event": "image",
        "job": job,
        "id": row.id,
        "path": row.path,
        "width": row.width,
        "height": row.height,
        "format": row.format,
        "bytes": row.bytes,
        "sha256": row.sha256,
    });
    if let Some(copy) = copy {
        object["output"] = copy.into();
    }
    object
}

pub(in crate::cli) fn done_event(record: &Record) -> Value {
    json!({
        "event": "done",
        "job": record.id,
        "cost_usd": record.cost.as_ref().map(|cost| cost.usd),
        "usage": record.usage,
        "seconds": record.seconds,
    })
}

/// Returns the event for a failure; `job` is `null` if none was started.
pub(in crate::cli) fn failed_event(failure: &Failure) -> Value {
    let told = failure.messages.first();
    json!({
        "event": "failed",
        "job": failure.job,
        "kind": failure.kind,
        "message": told.map(|told| &told.message),
        "hint": told.and_then(|told| told.hint.as_ref()),
        "request_id": failure.request_id,
    })
}
