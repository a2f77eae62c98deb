//! `GET /v1/models` and `GET /v1/models/{id}`: the available models with their announced shutdown.
//! The data itself is in `catalog`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use serde_json::{Value, json};

use crate::catalog::CatalogModel;
use crate::error::ApiError;
use crate::state::Shared;

pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let data: Vec<Value> = shared.catalog.available().filter(|model| model.listed).map(item).collect();
    Json(json!({"object": "list", "data": data}))
}

pub(crate) async fn get_one(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match shared.catalog.find(&id) {
        Some(model) if model.alive && model.listed => Ok(Json(item(model))),
        Some(model) if !model.alive => Err(ApiError::model_retired(&id)),
        _ => Err(ApiError::model_missing(&id)),
    }
}

pub(crate) async fn no_such_route(method: Method, uri: Uri) -> ApiError {
    let message = format!("Invalid URL ({method} {})", uri.path());
    ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", None, message)
}

fn item(model: &CatalogModel) -> Value {
    json!({
        "id": model.id, "object": "model", "created": model.created, "owned_by": "system",
        "shutdown_date": model.shutdown,
    })
}
