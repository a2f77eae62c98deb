//! Recovery of images from the responses in a job's folder.
//! Nothing is sent; at most, an image that a response links to is downloaded.

use std::{panic::AssertUnwindSafe, path::Path};

use futures::FutureExt as _;
use tintype_backends::{BackendError, Outcome, Request, SharedBackend};

use crate::library::Record;

/// Returns the outcome of the responses in a job's folder. A backend that panics on them must not stop the recovery of
/// other jobs.
pub(super) async fn salvage(
    backend: &SharedBackend,
    record: &Record,
    folder: &Path,
) -> Option<Result<Outcome, BackendError>> {
    let mut request = Request::new(record.prompt.as_str(), record.model.as_str());
    (request.settings, request.count) = (record.settings.clone(), record.count);
    let salvaging = AssertUnwindSafe(backend.salvage(&request, folder)).catch_unwind();
    salvaging.await.unwrap_or_else(|_| {
        tracing::error!(job = %record.id, "a backend crashed on the received data of a job");
        None
    })
}
