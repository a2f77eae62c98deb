//! Images out of what a job left in its folder: complete answers become what they would have become.
//! Nothing is sent; at most an image that an answer points at is fetched.

use std::{panic::AssertUnwindSafe, path::Path};

use futures::FutureExt as _;
use tintype_backends::{BackendError, Outcome, Request, SharedBackend};

use crate::library::Record;

/// The outcome of the answers in a job's folder. What they do to a backend must not keep the others from being found.
pub(super) async fn salvage(
    backend: &SharedBackend,
    record: &Record,
    folder: &Path,
) -> Option<Result<Outcome, BackendError>> {
    let mut request = Request::new(record.prompt.as_str(), record.model.as_str());
    (request.settings, request.count) = (record.settings.clone(), record.count);
    let salvaging = AssertUnwindSafe(backend.salvage(&request, folder)).catch_unwind();
    salvaging.await.unwrap_or_else(|_| {
        tracing::error!(job = %record.id, "what a job left behind broke its backend");
        None
    })
}
