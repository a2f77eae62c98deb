//! The output of the text model: an SVG where a drawing is wanted, a value where a schema is given, prose otherwise.
//! It is turned into events in `tale`.

use serde_json::{Map, Value};

use super::drawing::{size, svg};
use super::request::ResponseRequest;
use crate::faults::{Fault, Faults};
use crate::middleware::prompt;
use crate::record::RecordedBody;

/// Returns the whole text of the response.
pub(super) fn write(ask: &ResponseRequest, faults: &Faults) -> String {
    let said = words(ask);
    let format = ask.body.get("text").and_then(|text| text.get("format"));
    if let Some(schema) = format.and_then(|format| format.get("schema")) {
        return fill(schema, "", &said).to_string();
    }
    let everything = Value::Object(ask.body.clone()).to_string();
    let instructions = ask.body.get("instructions").and_then(Value::as_str).unwrap_or_default();
    let draws = everything.to_ascii_lowercase().contains("svg") && !instructions.contains("rewrite");
    if faults.has(Fault::PlainProse) || !draws {
        return format!(
            "{}, seen from low ground at golden hour, long shadows, one clear subject, calm background.",
            said.trim()
        );
    }
    let bytes = if faults.has(Fault::LargeSvg) { faults.value(Fault::LargeSvg).unwrap_or(200) << 10 } else { 0 };
    let mut drawing = svg(&said, size(&everything), bytes as usize);
    if faults.has(Fault::BrokenSvg) {
        drawing.truncate(drawing.len() * 2 / 3);
    }
    if faults.has(Fault::FencedSvg) {
        return format!("Here is the drawing you asked for.\n\n```svg\n{drawing}```\n\nTell me what to change.");
    }
    drawing
}

/// Returns the user's last message.
pub(super) fn words(ask: &ResponseRequest) -> String {
    prompt(&RecordedBody::Json(Value::Object(ask.body.clone())))
}

/// Returns a value that satisfies a schema of the strict kind.
fn fill(schema: &Value, name: &str, said: &str) -> Value {
    if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    if let Some(first) = schema.get("anyOf").and_then(|schemas| schemas.get(0)) {
        return fill(first, name, said);
    }
    let kind = schema.get("type").map(|kind| kind.get(0).unwrap_or(kind));
    match kind.and_then(Value::as_str).unwrap_or("object") {
        "string" if name.contains("svg") => svg(said, (1024, 1024), 0).into(),
        "string" => said.into(),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(1.into()),
        "boolean" => true.into(),
        "null" => Value::Null,
        "array" => Value::Array(schema.get("items").map(|items| fill(items, name, said)).into_iter().collect()),
        _ => {
            let members = schema.get("properties").and_then(Value::as_object);
            let filled = members.into_iter().flatten().map(|(name, schema)| (name.clone(), fill(schema, name, said)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
    }
}
