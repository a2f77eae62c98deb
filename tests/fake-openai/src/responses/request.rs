//! Validates a request for a response, by the rules of its model.
//! The settings of its image tool are validated like those of the Images API.

use serde_json::{Map, Value};

use crate::catalog::{Ability, CatalogModel, OutputKind};
use crate::error::ApiError;
use crate::faults::{Fault, Faults};
use crate::state::Shared;

/// A validated request.
pub(super) struct ResponseRequest {
    pub(super) body: Map<String, Value>,
    pub(super) model: CatalogModel,
    pub(super) stream: bool,
    pub(super) background: bool,
    pub(super) effort: String,
    /// The `image_generation` tool, if the request brings it.
    pub(super) tool: Option<Map<String, Value>>,
    pub(super) previous: Option<String>,
}

const KNOWN: &[&str] = &[
    "background",
    "background_options",
    "context_management",
    "conversation",
    "image",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "moderation",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

pub(super) fn validate_request(
    shared: &Shared,
    body: &Map<String, Value>,
    faults: &Faults,
) -> Result<ResponseRequest, ApiError> {
    let mut body = body.clone();
    body.retain(|_, value| !value.is_null());
    if let Some(name) = body.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(ApiError::unknown_parameter(name));
    }
    let model = model(shared, &body)?;
    let effort = reasoning(&model, &body, faults)?;
    verbosity(&body)?;
    limits(&body, faults)?;
    if !body.contains_key("input") {
        return Err(ApiError::missing_parameter("input"));
    }
    let tool = tool(&model, &body)?;
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let (stream, background) = (flag("stream"), flag("background"));
    let previous = previous(shared, &body)?;
    Ok(ResponseRequest { body, model, stream, background, effort, tool, previous })
}

fn model(shared: &Shared, body: &Map<String, Value>) -> Result<CatalogModel, ApiError> {
    let id = body.get("model").and_then(Value::as_str).ok_or_else(|| ApiError::missing_parameter("model"))?;
    match shared.catalog.find(id) {
        None => Err(ApiError::model_missing(id)),
        Some(model) if !model.alive => Err(ApiError::model_retired(id)),
        Some(model) if model.family.kind != OutputKind::Text => {
            let message = format!("The model '{id}' is not supported with the Responses API.");
            Err(ApiError::invalid("unsupported_value", "model", message))
        }
        Some(model) => Ok(model.clone()),
    }
}

fn reasoning(model: &CatalogModel, body: &Map<String, Value>, faults: &Faults) -> Result<String, ApiError> {
    let reasoning = body.get("reasoning");
    let word = |name: &str| reasoning.and_then(|reasoning| reasoning.get(name)?.as_str());
    let effort = word("effort").unwrap_or("medium");
    let efforts: Vec<&str> = model.family.efforts.iter().map(String::as_str).collect();
    one_of(effort, &efforts, "reasoning.effort", &model.id)?;
    if let Some(summary) = word("summary") {
        one_of(summary, &["auto", "concise", "detailed"], "reasoning.summary", &model.id)?;
        if faults.has(Fault::SummaryUnverified) {
            let message = "Your organization must be verified to generate reasoning summaries. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization. If you just verified, it can take up to 15 minutes for access to propagate.";
            return Err(ApiError::invalid("unsupported_value", "reasoning.summary", message));
        }
    }
    Ok(effort.to_owned())
}

fn verbosity(body: &Map<String, Value>) -> Result<(), ApiError> {
    let verbosity = body.get("text").and_then(|text| text.get("verbosity")?.as_str());
    verbosity.map_or(Ok(()), |word| one_of(word, &["low", "medium", "high"], "text.verbosity", "this"))
}

fn one_of(word: &str, words: &[&str], param: &str, model: &str) -> Result<(), ApiError> {
    if words.contains(&word) {
        return Ok(());
    }
    let supported: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let message = format!(
        "Unsupported value: '{word}' is not supported with the '{model}' model. Supported values are: {}.",
        supported.join(", ")
    );
    Err(ApiError::invalid("unsupported_value", param, message))
}

fn limits(body: &Map<String, Value>, faults: &Faults) -> Result<(), ApiError> {
    if faults.has(Fault::NoTemperature) {
        for name in ["temperature", "top_p"] {
            if body.contains_key(name) {
                let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
                return Err(ApiError::invalid("unsupported_parameter", name, message));
            }
        }
    }
    match body.get("max_output_tokens").and_then(Value::as_i64) {
        Some(tokens) if tokens < 16 => {
            let message = format!(
                "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got {tokens} instead."
            );
            Err(ApiError::invalid("integer_below_min_value", "max_output_tokens", message))
        }
        _ => Ok(()),
    }
}

fn tool(model: &CatalogModel, body: &Map<String, Value>) -> Result<Option<Map<String, Value>>, ApiError> {
    let tools = body.get("tools").and_then(Value::as_array).into_iter().flatten();
    let tool =
        tools.filter_map(Value::as_object).find(|tool| tool.get("type").is_some_and(|kind| kind == "image_generation"));
    if tool.is_some() && !model.family.can(Ability::ImageTool) {
        let message = format!("Tool 'image_generation' is not supported with {}.", model.id);
        let error = ApiError::new(axum::http::StatusCode::BAD_REQUEST, "invalid_request_error", None, message);
        return Err(error.param("tools"));
    }
    Ok(tool.cloned())
}

fn previous(shared: &Shared, body: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let Some(id) = body.get("previous_response_id").and_then(Value::as_str) else { return Ok(None) };
    if shared.log().responses.contains_key(id) {
        return Ok(Some(id.to_owned()));
    }
    let message = format!("Previous response with id '{id}' not found.");
    Err(ApiError::invalid("previous_response_not_found", "previous_response_id", message))
}
