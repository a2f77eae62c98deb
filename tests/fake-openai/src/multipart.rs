//! Reads a whole body and tells JSON from forms.
//! The fields are interpreted in the routes.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, header};
use bytes::Bytes;

use crate::record::{Part, RecordedBody};

/// Parses the body by its content type. A body that does not parse stays bytes, and the routes reject it.
pub(crate) async fn parse(headers: &HeaderMap, body: Bytes) -> RecordedBody {
    if body.is_empty() {
        return RecordedBody::Empty;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return parts(headers, body.clone()).await.map_or(RecordedBody::Other(body), RecordedBody::Multipart);
    }
    serde_json::from_slice(&body).map_or(RecordedBody::Other(body), RecordedBody::Json)
}

async fn parts(headers: &HeaderMap, body: Bytes) -> Option<Vec<Part>> {
    let mut request = axum::extract::Request::new(body.into());
    *request.headers_mut() = headers.clone();
    // The default limit of two megabytes protects public servers; this one is for tests.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let (file_name, content_type) = (field.file_name().map(Into::into), field.content_type().map(Into::into));
        parts.push(Part { name, file_name, content_type, data: field.bytes().await.ok()? });
    }
    Some(parts)
}
