//! What arrived: each request as the server read it, for a test to look at afterwards.
//! It keeps and never judges.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::{Map, Value};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The method, such as `POST`.
    pub method: Method,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark, or nothing.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as read.
    pub body: Arc<RecordedBody>,
    /// The `x-request-id` of its answer.
    pub request_id: String,
    /// The status of the answer, once there is one.
    pub status: Option<u16>,
}

/// A body by its kind.
#[derive(Clone, Debug)]
pub enum RecordedBody {
    /// None was sent.
    Empty,
    /// It parsed as JSON.
    Json(Value),
    /// A form in parts, in the order they came.
    Multipart(Vec<Part>),
    /// Anything else.
    Other(Bytes),
}

/// One part of a form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name of the field, such as `image[]`.
    pub name: String,
    /// The file name, where there was one.
    pub file_name: Option<String>,
    /// The part's own content type.
    pub content_type: Option<String>,
    /// Its bytes.
    pub data: Bytes,
}

impl Part {
    /// Its bytes as text, where they are.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.data).ok()
    }
}

impl Recorded {
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

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body where it is JSON.
    pub fn json(&self) -> Option<&Value> {
        match &*self.body {
            RecordedBody::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The parts where it is a form.
    pub fn parts(&self) -> &[Part] {
        match &*self.body {
            RecordedBody::Multipart(parts) => parts,
            _ => &[],
        }
    }

    /// The text of the first part of this name.
    pub fn part_text(&self, name: &str) -> Option<&str> {
        self.parts().iter().find(|part| part.name == name).and_then(Part::text)
    }
}

impl RecordedBody {
    /// The members that are settings: those of a JSON object, or the text parts of a form typed by their names.
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

/// `svg[model]` and `svg[reasoning][effort]` become the object that JSON would carry.
fn nest(fields: &mut Map<String, Value>, inner: &str, text: &str) {
    let svg = fields.entry("svg").or_insert_with(|| Value::Object(Map::new()));
    match inner.trim_end_matches(']').split_once("][") {
        Some((outer, name)) => svg[outer][name] = text.into(),
        None => svg[inner.trim_end_matches(']')] = text.into(),
    }
}

/// A form knows only text: numbers and flags get the type that the JSON form has.
fn typed(name: &str, text: &str) -> Value {
    let number = matches!(name, "n" | "partial_images" | "output_compression" | "frame_count" | "frame_duration_ms");
    match text {
        "true" | "false" if name == "stream" => Value::Bool(text == "true"),
        _ if number => text.parse::<i64>().map_or_else(|_| Value::String(text.into()), Value::from),
        _ => Value::String(text.into()),
    }
}
