//! Images through chat completions, as OpenRouter has them: an image is part of an assistant's message.
//! It covers the wire format only; requests and results are handled as with the Images API.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    data_url::DataUrl,
    images_api,
    reference_images::Uploads,
    reply::{GptImageEvent, GptImageReply, ImageSource},
};
use crate::{
    BackendError, ErrorKind, Request, Size, Usage,
    openai::{
        http::{ApiCall, Body},
        response_stream::Event,
        server_error::ServerError,
        usage::count,
    },
};

/// Builds the HTTP request.
pub(crate) fn build_request(request: &Request, uploads: &Uploads) -> Result<ApiCall, BackendError> {
    let mut content = vec![json!({ "type": "text", "text": request.prompt })];
    content.extend(
        uploads
            .images
            .iter()
            .map(|upload| json!({ "type": "image_url", "image_url": { "url": DataUrl(upload).to_string() } })),
    );
    let mut body = json!({
        "model": request.model,
        "messages": [{ "role": "user", "content": content }],
        "modalities": ["image", "text"],
        "usage": { "include": true },
    });
    if let Some(size) = request.size() {
        body["image_config"] = json!({ "aspect_ratio": ratio(size) });
    }
    let text = serde_json::to_vec(&body)
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("could not build the request: {error}")))?;
    Ok(ApiCall::post("chat/completions", Body::Json(Bytes::from(text)), 1))
}

/// Returns a size as a reduced aspect ratio: `3:2`.
fn ratio(size: Size) -> String {
    let (mut a, mut b) = (size.width, size.height);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    format!("{}:{}", size.width / a.max(1), size.height / a.max(1))
}

/// Reads a response, if it is a chat completion. Images take precedence over any text beside them.
pub(crate) fn parse_event(event: &Event) -> Option<GptImageEvent> {
    let value = &event.value;
    let choices = value.get("choices")?.as_array()?;
    let pictures: Vec<ImageSource> = choices.iter().flat_map(|choice| images(event, &choice["message"])).collect();
    let failure = || choices.iter().find_map(failure);
    if pictures.is_empty()
        && let Some(fault) = failure()
    {
        return Some(GptImageEvent::Failed(fault));
    }
    let words: Vec<String> = choices.iter().map(|choice| words(&choice["message"]["content"])).collect();
    Some(GptImageEvent::Done(GptImageReply {
        words: Some(words.join(" ")).filter(|_| pictures.is_empty()),
        images: pictures,
        usage: value.get("usage").filter(|_| !event.is_cut).map(usage),
        stated_cost: value["usage"]["cost"].as_f64().filter(|_| !event.is_cut),
        ..GptImageReply::default()
    }))
}

/// Returns the images of a message: in a list of their own, as parts of the content, or in its text.
fn images(event: &Event, message: &Value) -> Vec<ImageSource> {
    let own = message["images"].as_array().into_iter().flatten();
    let parts = message["content"].as_array().into_iter().flatten();
    let text = message["content"].as_str().unwrap_or_default();
    let items = own.chain(parts).filter_map(|item| images_api::source(event, item));
    let found: Vec<ImageSource> =
        items.chain(markdown(text).filter_map(|address| images_api::address(event, address))).collect();
    if !found.is_empty() {
        return found;
    }
    // Data URLs anywhere in the text.
    event.images_in(&words(&message["content"])).into_iter().map(ImageSource::from).collect()
}

/// Returns the URLs of the markdown images in a text: `![a cat](https://…)`.
fn markdown(text: &str) -> impl Iterator<Item = &str> {
    text.split("![").skip(1).filter_map(|rest| rest.split_once("](")?.1.split([')', ' ']).next())
}

/// Returns the text of a message, whose content is a string or a list of parts.
fn words(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    content.as_str().into_iter().chain(parts).collect::<Vec<_>>().join(" ")
}

/// Returns the reason why a choice has no image, if it gives one.
fn failure(choice: &Value) -> Option<ServerError> {
    if choice.get("error").is_some_and(|error| !error.is_null()) {
        return ServerError::from_value(choice);
    }
    let message = &choice["message"];
    if let Some(refusal) = message["refusal"].as_str().filter(|words| !words.trim().is_empty()) {
        return Some(ServerError::words(refusal));
    }
    let reasons = ["finish_reason", "native_finish_reason"].map(|key| choice[key].as_str().unwrap_or_default());
    let filtered = reasons.iter().find(|reason| {
        let reason = reason.to_lowercase();
        ["filter", "safety", "prohibited", "recitation", "blocklist", "spii"].iter().any(|word| reason.contains(word))
    });
    if let Some(reason) = filtered {
        let words = words(&message["content"]);
        return Some(ServerError::filtered(if words.trim().is_empty() { reason } else { &words }));
    }
    let failed = reasons
        .contains(&"error")
        .then(|| ServerError { message: words(&message["content"]), ..ServerError::default() });
    failed.map(|fault| ServerError { from_api: true, ..fault })
}

fn usage(value: &Value) -> Usage {
    Usage {
        input_tokens: count(&value["prompt_tokens"]),
        output_tokens: count(&value["completion_tokens"]),
        output_image_tokens: count(&value["completion_tokens_details"]["image_tokens"]),
        cached_tokens: count(&value["prompt_tokens_details"]["cached_tokens"]),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_images_are_found_and_other_links_are_not() {
        let found = |text| markdown(text).collect::<Vec<_>>();
        assert_eq!(found("Here: ![a cat](https://h/a.png) and ![](b.png \"title\")"), ["https://h/a.png", "b.png"]);
        assert_eq!(found("see [this](https://h/a.png)! ![no"), [""; 0]);
    }

    #[test]
    fn a_size_is_a_ratio() {
        assert_eq!(ratio(Size::new(1536, 1024)), "3:2");
        assert_eq!(ratio(Size::new(1024, 1024)), "1:1");
        assert_eq!(ratio(Size::new(3840, 2160)), "16:9");
    }
}
