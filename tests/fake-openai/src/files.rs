//! `POST /v1/files` and the content of a file: enough for edits that refer to a file by its id.
//! Files never expire and are not listed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::generate::now;
use crate::middleware::Call;
use crate::record::RecordedBody;
use crate::state::Shared;

pub(crate) async fn upload(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
) -> Result<Json<Value>, ApiError> {
    let RecordedBody::Multipart(parts) = &*call.body else { return Err(ApiError::missing_parameter("file")) };
    let named = |name: &str| parts.iter().find(|part| part.name == name);
    let file = named("file").ok_or_else(|| ApiError::missing_parameter("file"))?;
    let purpose =
        named("purpose").and_then(|part| part.text()).ok_or_else(|| ApiError::missing_parameter("purpose"))?;
    let id = shared.change(|log| {
        let id = format!("file-{:024x}", log.serial());
        log.files.insert(id.clone(), file.data.clone());
        id
    });
    Ok(Json(json!({
        "id": id, "object": "file", "bytes": file.data.len(), "created_at": now(), "filename": file.file_name,
        "purpose": purpose, "status": "processed",
    })))
}

pub(crate) async fn content(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let file = shared.log().files.get(&id).cloned();
    file.map(IntoResponse::into_response).ok_or_else(|| {
        let message = format!("No such File object: {id}");
        ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", None, message).param("id")
    })
}
