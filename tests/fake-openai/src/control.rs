//! Routes for a test in another process: reading the log, opening the gate, scheduling faults, fetching images by URL.
//! These routes are not part of the imitated service and need no key.

use std::sync::Arc;

use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{FAULTS, Faults};
use crate::record::{RecordedBody, RecordedRequest};
use crate::state::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/requests", get(requests))
        .route("/images/{index}", get(picture))
        .route("/partials/{index}", get(partial))
        .route("/faults", get(faults))
        .route("/script", post(script))
        .route("/release", post(release))
}

/// Serves an image by its index in sending order; `?moved` redirects to it.
pub(crate) async fn picture(
    State(shared): State<Arc<Shared>>,
    Path(index): Path<usize>,
    RawQuery(query): RawQuery,
) -> Response {
    if query.as_deref() == Some("moved") {
        return (StatusCode::FOUND, [(header::LOCATION, format!("/pictures/{index}"))]).into_response();
    }
    sent(shared.log().images.get(index))
}

async fn partial(State(shared): State<Arc<Shared>>, Path(index): Path<usize>) -> Response {
    sent(shared.log().partials.get(index))
}

fn sent(bytes: Option<&bytes::Bytes>) -> Response {
    let Some(bytes) = bytes else { return StatusCode::NOT_FOUND.into_response() };
    let kind = image::guess_format(bytes).map_or("image/svg+xml", |format| format.to_mime_type());
    ([(header::CONTENT_TYPE, kind)], bytes.clone()).into_response()
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.log().requests.iter().map(request_json).collect())
}

fn request_json(request: &RecordedRequest) -> Value {
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = match &*request.body {
        RecordedBody::Empty => Value::Null,
        RecordedBody::Json(value) => json!({"json": value}),
        RecordedBody::Multipart(parts) => json!({"parts": parts.iter().map(|part| json!({
            "name": part.name, "file_name": part.file_name, "content_type": part.content_type,
            "base64": STANDARD.encode(&part.data),
        })).collect::<Vec<_>>()}),
        RecordedBody::Other(bytes) => json!({"base64": STANDARD.encode(bytes)}),
    };
    json!({"status": request.status, "method": request.method.as_str(), "path": request.path, "query": request.query, "headers": headers, "body": body})
}

async fn faults() -> Json<Value> {
    Json(FAULTS.iter().map(|info| json!({"name": info.name, "about": info.about})).collect())
}

#[derive(Deserialize)]
struct Script {
    faults: String,
}

async fn script(State(shared): State<Arc<Shared>>, Query(script): Query<Script>) -> Response {
    match Faults::parse(&script.faults) {
        Ok(faults) => {
            shared.change(|log| log.script.push_back(faults));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(name) => (StatusCode::BAD_REQUEST, format!("no fault `{name}`")).into_response(),
    }
}

#[derive(Deserialize)]
struct Release {
    n: usize,
}

async fn release(State(shared): State<Arc<Shared>>, Query(release): Query<Release>) -> StatusCode {
    shared.gate.add_permits(release.n);
    StatusCode::NO_CONTENT
}
