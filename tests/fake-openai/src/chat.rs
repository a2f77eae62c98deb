//! `POST /v1/chat/completions` as OpenRouter answers a request for an image: the image is part of the message.
//! No other chat feature is implemented.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use crate::compat::base64;
use crate::error::ApiError;
use crate::generate::{References, draw, image_specs, not_json, now};
use crate::middleware::{Call, wait_for_turn};
use crate::record::RecordedBody;
use crate::state::Shared;
use crate::validate;

/// The price of such an image here, in USD.
const PRICE: f64 = 0.04;

pub(crate) async fn completions(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
) -> Result<Response, ApiError> {
    let RecordedBody::Json(body) = &*call.body else { return Err(not_json()) };
    let asks = body["modalities"].as_array().is_some_and(|wanted| wanted.iter().any(|kind| kind == "image"));
    if !asks {
        return Err(ApiError::invalid("invalid_value", "modalities", "Only image output is played here."));
    }
    let order = validate::validate_leniently(&shared.catalog, &image_fields(body))?;
    let mut images = Vec::new();
    for sitting in image_specs(&shared, &call.faults, &order, References::default()) {
        let bytes = draw(&shared, sitting, None).await?;
        let url = format!("data:image/{};base64,{}", order.format.name(), base64(&bytes, &call.faults));
        shared.change(|log| log.images.push(bytes));
        images.push(json!({"type": "image_url", "index": images.len(), "image_url": {"url": url}}));
    }
    wait_for_turn(&shared, &call.faults).await;
    let message = json!({"role": "assistant", "content": "", "refusal": null, "images": images});
    Ok(Json(json!({
        "id": format!("gen-{}", call.request_id), "object": "chat.completion", "created": now(),
        "model": body["model"], "provider": "Stand-in",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {
            "prompt_tokens": 12, "completion_tokens": 1290, "total_tokens": 1302, "cost": PRICE,
            "completion_tokens_details": {"image_tokens": 1290}, "prompt_tokens_details": {"cached_tokens": 0},
        },
    }))
    .into_response())
}

/// Translates the last message and its aspect ratio into the prompt and the size of an image request.
fn image_fields(body: &Value) -> Map<String, Value> {
    let content = &body["messages"].as_array().and_then(|messages| messages.last()).unwrap_or(&Value::Null)["content"];
    let mut parts = content.as_array().into_iter().flatten();
    let words = content.as_str().or_else(|| parts.find_map(|part| part["text"].as_str()));
    let size = match body["image_config"]["aspect_ratio"].as_str() {
        Some("3:2") => "1248x832",
        Some("2:3") => "832x1248",
        _ => "1024x1024",
    };
    Map::from_iter([("prompt".to_owned(), words.into()), ("size".to_owned(), size.into())])
}
