//! A turn of the conversation in the wire format of the Responses API.
//! Only requests are built here; responses are parsed in `hearing`.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    BackendError, ErrorKind, Format, Schema, Settings,
    openai::http::{ApiCall, Body},
};

/// The longest data URL that the API accepts, in characters.
const MAX_DATA_URL_LEN: usize = 20_971_520;

/// The content of one turn.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) model: String,
    pub(crate) instructions: String,
    pub(crate) text: String,
    /// Images as `data:` URLs.
    pub(crate) images: Vec<String>,
    /// The id of the response that this turn continues.
    pub(crate) previous: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) schema: Option<Schema>,
}

/// The parts to leave out, because the server has rejected them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OmittedParts {
    /// The reasoning summary, which requires a verified organization.
    pub(crate) summary: bool,
    /// The previous response, which no longer exists.
    pub(crate) previous: bool,
}

/// Builds the HTTP request.
pub(crate) fn build_request(turn: &Turn, without: OmittedParts, background: bool) -> Result<ApiCall, BackendError> {
    let mut content = vec![json!({ "type": "input_text", "text": turn.text })];
    content.extend(turn.images.iter().map(|url| json!({ "type": "input_image", "image_url": url, "detail": "auto" })));
    let mut body = json!({
        "model": turn.model,
        "instructions": turn.instructions,
        "input": [{ "role": "user", "content": content }],
        "stream": true,
    });
    let reasoning = reasoning(&turn.settings, without);
    if reasoning.as_object().is_some_and(|reasoning| !reasoning.is_empty()) {
        body["reasoning"] = reasoning;
    }
    for name in ["max_output_tokens", "service_tier"] {
        if let Some(value) = turn.settings.get(name) {
            body[name] = json!(value);
        }
    }
    if let Some(previous) = turn.previous.as_ref().filter(|_| !without.previous) {
        body["previous_response_id"] = previous.as_str().into();
    }
    if let Some(Schema { name, json }) = &turn.schema {
        body["text"] = json!({ "format": { "type": "json_schema", "name": name, "schema": json, "strict": true } });
    }
    if background {
        body["background"] = true.into();
    }
    let text = serde_json::to_vec(&body)
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("could not build the request: {error}")))?;
    Ok(ApiCall::post("responses", Body::Json(Bytes::from(text)), 0))
}

fn reasoning(settings: &Settings, without: OmittedParts) -> Value {
    let mut reasoning = serde_json::Map::new();
    if let Some(effort) = settings.get("reasoning") {
        reasoning.insert("effort".to_owned(), json!(effort));
    }
    if !without.summary {
        reasoning.insert("summary".to_owned(), "auto".into());
    }
    Value::Object(reasoning)
}

/// Builds the request for a response that was started earlier.
pub(crate) fn poll_request(id: &str) -> ApiCall {
    ApiCall::get(format!("responses/{id}"))
}

/// Returns an image as a data URL.
pub(crate) fn address(name: &str, format: Format, bytes: &[u8]) -> Result<String, BackendError> {
    if format == Format::Svg {
        return Err(BackendError::new(ErrorKind::InvalidParameter, format!("`{name}` is an SVG, not a raster image"))
            .with_hint("save it as PNG; only the first reference of a drawing request may be an SVG"));
    }
    let address = format!("data:{};base64,{}", format.media_type(), BASE64_STANDARD.encode(bytes));
    if address.len() > MAX_DATA_URL_LEN {
        let message = format!("`{name}` is {} MB; the model accepts at most 15 MB", bytes.len() / 1_000_000);
        return Err(BackendError::new(ErrorKind::InvalidParameter, message)
            .with_hint("scale it down, or save it as JPEG or WebP"));
    }
    Ok(address)
}
