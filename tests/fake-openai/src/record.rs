//! Requests as the server read them, for a test to inspect afterwards.
//! Nothing is validated here.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::{Map, Value};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    pub method: Method,
    pub path: String,
    /// The query without its question mark; empty if there is none.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Arc<RecordedBody>,
    /// The `x-request-id` of the response to this request.
    pub request_id: String,
    /// The status of the response; None until it has been sent.
    pub status: Option<u16>,
}

/// A body by its kind.
#[derive(Clone, Debug)]
pub enum RecordedBody {
    /// No body was sent.
    Empty,
    /// A body that parsed as JSON.
    Json(Value),
    /// A form in parts, in the order they came.
    Multipart(Vec<Part>),
    /// Anything else.
    Other(Bytes),
}

/// One part of a form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of the form field, such as `image[]`.
    pub name: String,
    pub file_name: Option<String>,
    /// The content type of this part, not of the whole form.
    pub content_type: Option<String>,
    pub data: Bytes,
}

impl Part {
    /// Returns the bytes as text, if they are UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.data).ok()
    }
}

impl RecordedRequest {
    pub(crate) fn new(parts: &Parts, body: RecordedBody, request_id: &str) -> Self {
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: Arc::new(body),
            request_id: request_id.to_owned(),
            status: None,
        }
    }

    /// Returns a header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the body if it is JSON.
    pub fn json(&self) -> Option<&Value> {
        match &*self.body {
            RecordedBody::Json(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the parts if the body is a form.
    pub fn parts(&self) -> &[Part] {
        match &*self.body {
            RecordedBody::Multipart(parts) => parts,
            _ => &[],
        }
    }

    /// Returns the text of the first part of this name.
    pub fn part_text(&self, name: &str) -> Option<&str> {
        self.parts().iter().find(|part| part.name == name).and_then(Part::text)
    }
}

impl RecordedBody {
    /// Returns the settings: the members of a JSON object, or the text parts of a form typed by their names.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        match self {
            Self::Json(Value::Object(map)) => map.clone(),
            Self::Multipart(parts) => form_fields(parts),
            _ => Map::new(),
        }
    }
}

fn form_fields(parts: &[Part]) -> Map<String, Value> {
    let mut fields = Map::new();
    for part in parts.iter().filter(|part| part.file_name.is_none()) {
        let text = part.text().unwrap_or_default();
        if let Some(inner) = part.name.strip_prefix("svg[") {
            nest(&mut fields, inner, text);
        } else {
            fields.insert(part.name.clone(), typed(&part.name, text));
        }
    }
    fields
}

/// Converts form fields such as `svg[model]` and `svg[reasoning][effort]` to the object that JSON would carry.
fn nest(fields: &mut Map<String, Value>, inner: &str, text: &str) {
    let svg = fields.entry("svg").or_insert_with(|| Value::Object(Map::new()));
    match inner.trim_end_matches(']').split_once("][") {
        Some((outer, name)) => svg[outer][name] = text.into(),
        None => svg[inner.trim_end_matches(']')] = text.into(),
    }
}

/// Gives numbers and flags of a form, which only knows text, the type that they have in JSON.
fn typed(name: &str, text: &str) -> Value {
    let number = matches!(name, "n" | "partial_images" | "output_compression" | "frame_count" | "frame_duration_ms");
    match text {
        "true" | "false" if name == "stream" => Value::Bool(text == "true"),
        _ if number => text.parse::<i64>().map_or_else(|_| Value::String(text.into()), Value::from),
        _ => Value::String(text.into()),
    }
}
