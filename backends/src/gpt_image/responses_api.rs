//! Images through the Responses API: a main model that calls the hosted `image_generation` tool.
//! It covers the wire format only; requests and results are handled as with the Images API.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{
    data_url::DataUrl,
    params::field,
    reference_images::Uploads,
    reply::{GptImageEvent, GptImageReply, ImageSource},
};
use crate::{
    BackendError, ErrorKind, Request,
    openai::{
        http::{ApiCall, Body},
        response_stream::Event,
        server_error::ServerError,
        usage,
    },
};

/// The options for creating responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResponsesOptions {
    /// The main model, which calls the tool.
    pub(crate) main_model: String,
    /// True if the server continues after a disconnect and can be polled.
    pub(crate) background: bool,
}

/// Builds the HTTP request.
pub(crate) fn build_request(
    request: &Request,
    uploads: &Uploads,
    hosting: &ResponsesOptions,
    stream: bool,
) -> Result<ApiCall, BackendError> {
    let mut content = vec![json!({ "type": "input_text", "text": request.prompt })];
    let image = |upload| json!({ "type": "input_image", "image_url": DataUrl(upload).to_string() });
    content.extend(uploads.images.iter().map(image));
    let mut body = json!({
        "model": hosting.main_model,
        "input": [{ "role": "user", "content": content }],
        "tools": [tool(request, uploads, stream)],
        "tool_choice": { "type": "image_generation" },
    });
    let previous = request.continues.as_ref().and_then(|before| before.get("previous_response_id"));
    if let Some(previous) = previous {
        body["previous_response_id"] = previous.clone();
    }
    if let Some(name) = request.text("safety_identifier") {
        body["safety_identifier"] = name.into();
    }
    if stream {
        body["stream"] = true.into();
    }
    if hosting.background {
        body["background"] = true.into();
    }
    let text = serde_json::to_vec(&body)
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("could not build the request: {error}")))?;
    Ok(ApiCall::post("responses", Body::Json(Bytes::from(text)), 1))
}

fn tool(request: &Request, uploads: &Uploads, stream: bool) -> Value {
    let mut tool = Map::new();
    tool.insert("type".into(), "image_generation".into());
    tool.insert("model".into(), request.model.as_str().into());
    for (name, value) in &request.settings {
        let sent = match name.as_str() {
            "partial_images" => stream,
            "input_fidelity" => !request.inputs.is_empty(),
            "safety_identifier" | "svg_model" | "svg_effort" => false,
            _ => true,
        };
        if sent {
            tool.insert(field(name).to_owned(), json!(value));
        }
    }
    if let Some(mask) = &uploads.mask {
        tool.insert("input_image_mask".into(), json!({ "image_url": DataUrl(mask).to_string() }));
    }
    Value::Object(tool)
}

/// Builds the request for a response that was started earlier.
pub(crate) fn poll_request(id: &str) -> ApiCall {
    ApiCall::get(format!("responses/{id}"))
}

/// Builds the request that streams the events of such a response after event number `after`.
pub(crate) fn follow_request(id: &str, after: u64) -> ApiCall {
    let path = format!("responses/{id}?stream=true&starting_after={after}");
    ApiCall::get(path)
}

/// Returns the sequence number of an event within its response.
pub(crate) fn number(event: &Event) -> Option<u64> {
    event.value.get("sequence_number").and_then(Value::as_u64)
}

/// Returns the id of the response that an event belongs to.
pub(crate) fn id(event: &Event) -> Option<&str> {
    response(&event.value).get("id").and_then(Value::as_str).filter(|id| id.starts_with("resp"))
}

/// Returns whether a response is still in progress.
pub(crate) fn is_open(event: &Event) -> bool {
    matches!(response(&event.value)["status"].as_str(), Some("queued" | "in_progress"))
}

/// Returns the response object in an event that carries one, or the whole of a plain response.
fn response(value: &Value) -> &Value {
    value.get("response").filter(|response| response.is_object()).unwrap_or(value)
}

/// Reads an event, if it is one of this API's.
pub(crate) fn parse_event(event: &Event) -> Option<GptImageEvent> {
    let value = &event.value;
    if event.name == "response.image_generation_call.partial_image" {
        let Ok(image) = event.image(value.get("partial_image_b64")?.as_str()?)? else {
            return Some(GptImageEvent::BrokenPreview);
        };
        let step = value["partial_image_index"].as_u64().and_then(|step| u32::try_from(step).ok());
        return Some(GptImageEvent::Partial { bytes: image.bytes, step: step.unwrap_or(0) });
    }
    if event.name == "response.output_item.done" {
        return Some(item(event, &value["item"]));
    }
    let response = response(value);
    match response.get("status").and_then(Value::as_str)? {
        "completed" => Some(GptImageEvent::Done(reply(event, response))),
        "failed" => Some(GptImageEvent::Failed(ServerError::from_value(response)?)),
        "incomplete" => Some(GptImageEvent::Failed(incomplete(response))),
        "cancelled" => Some(GptImageEvent::Failed(ServerError {
            message: "the response was canceled".to_owned(),
            ..ServerError::default()
        })),
        _ => Some(GptImageEvent::Nothing),
    }
}

/// Reads a finished item of a response: an image, its failure, or something else.
fn item(event: &Event, item: &Value) -> GptImageEvent {
    if item["type"] != "image_generation_call" {
        return GptImageEvent::Nothing;
    }
    match picture(event, item) {
        Some(picture) => GptImageEvent::Finished(described(item, vec![picture])),
        None => ServerError::from_value(item).map_or(GptImageEvent::Nothing, GptImageEvent::Failed),
    }
}

fn picture(event: &Event, item: &Value) -> Option<ImageSource> {
    event.image(item.get("result")?.as_str()?).map(ImageSource::from)
}

fn described(item: &Value, pictures: Vec<ImageSource>) -> GptImageReply {
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    GptImageReply {
        images: pictures,
        size: text("size"),
        quality: text("quality"),
        background: text("background"),
        revised_prompt: text("revised_prompt"),
        // The usage of the tool is billed separately and not reported.
        has_unreported_usage: true,
        ..GptImageReply::default()
    }
}

fn reply(event: &Event, response: &Value) -> GptImageReply {
    let items = response["output"].as_array().into_iter().flatten();
    let calls: Vec<&Value> = items.filter(|item| item["type"] == "image_generation_call").collect();
    let pictures = calls.iter().filter_map(|item| picture(event, item)).collect();
    let description = calls.first().map_or_else(GptImageReply::default, |item| described(item, Vec::new()));
    GptImageReply {
        words: Some(words(response)).filter(|words| !words.is_empty()),
        images: pictures,
        usage: usage::response_usage(response).filter(|_| !event.is_cut),
        has_unreported_usage: true,
        response_id: response["id"].as_str().map(str::to_owned),
        ..description
    }
}

/// Returns the main model's text or its refusal.
fn words(response: &Value) -> String {
    let items = response["output"].as_array().into_iter().flatten().filter(|item| item["type"] == "message");
    let parts = items.filter_map(|item| item["content"].as_array()).flatten();
    parts.filter_map(|part| part["refusal"].as_str().or(part["text"].as_str())).collect::<Vec<_>>().join(" ")
}

fn incomplete(response: &Value) -> ServerError {
    let reason = response["incomplete_details"]["reason"].as_str().unwrap_or("unknown");
    ServerError {
        message: format!("the main model stopped early: {reason}"),
        code: if reason == "content_filter" { "content_filter".to_owned() } else { String::new() },
        from_api: true,
        ..ServerError::default()
    }
}
