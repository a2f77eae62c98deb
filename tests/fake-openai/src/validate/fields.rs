//! Reads single settings and rejects them in the service's wording.
//! The list of settings and their combinations are in `validate`.

use serde_json::{Map, Value};

use crate::error::ApiError;

/// The values that some model of the family accepts: any other is invalid, one of these at most unsupported.
const FAMILY: &[(&str, &[&str])] = &[
    ("quality", &["low", "medium", "high", "xhigh", "max", "auto"]),
    ("output_format", &["png", "jpeg", "webp", "gif", "svg"]),
    ("input_fidelity", &["low", "high"]),
];

/// Reads a text.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(name, "a string", other)),
    }
}

/// Reads one of a few words.
pub(super) fn choice<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    values: &[&str],
    default: &'a str,
) -> Result<&'a str, ApiError> {
    let Some(value) = text(fields, name)? else { return Ok(default) };
    if values.contains(&value) {
        return Ok(value);
    }
    let known = FAMILY.iter().any(|(field, words)| *field == name && words.contains(&value));
    let code = if known { "unsupported_value" } else { "invalid_value" };
    let message = format!("Invalid value: '{value}'. Supported values are: {}.", listed(values));
    Err(ApiError::invalid(code, name, message))
}

/// Reads a whole number within limits.
pub(super) fn integer(fields: &Map<String, Value>, name: &str, low: i64, high: i64) -> Result<Option<i64>, ApiError> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let number = value.as_i64().ok_or_else(|| wrong_type(name, "an integer", value))?;
    if number > high {
        let message = format!(
            "Invalid '{name}': integer above maximum value. Expected a value <= {high}, but got {number} instead."
        );
        return Err(ApiError::invalid("integer_above_max_value", name, message));
    }
    if number < low {
        let message = format!(
            "Invalid '{name}': integer below minimum value. Expected a value >= {low}, but got {number} instead."
        );
        return Err(ApiError::invalid("integer_below_min_value", name, message));
    }
    Ok(Some(number))
}

/// Reads a boolean; false if it is missing.
pub(super) fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    match fields.get(name) {
        None => Ok(false),
        Some(Value::Bool(yes)) => Ok(*yes),
        Some(other) => Err(wrong_type(name, "a boolean", other)),
    }
}

/// Joins values as `'a', 'b', and 'c'`.
pub(super) fn listed(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}, and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

fn wrong_type(name: &str, expected: &str, value: &Value) -> ApiError {
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message = format!("Invalid type for '{name}': expected {expected}, but got {got} instead.");
    ApiError::invalid("invalid_type", name, message)
}
