//! Pictures through a chat: OpenRouter's way, where a picture is part of an assistant's message.
//! Only the wire; what is asked and what is made of the answer is the same as with the Images API.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    data_url::DataUrl,
    inputs::Uploads,
    reply::{Reply, Source},
};
use crate::{
    BackendError, ErrorKind, Request, Size, Usage,
    openai::{
        answer::Event,
        http::{Body, Call},
    },
};

/// The request on the wire.
pub(crate) fn call(request: &Request, uploads: &Uploads) -> Result<Call, BackendError> {
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
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("the request cannot be written: {error}")))?;
    Ok(Call::post("chat/completions", Body::Json(Bytes::from(text)), 1))
}

/// A size as the ratio of its edges, shortened: `3:2`.
fn ratio(size: Size) -> String {
    let (mut a, mut b) = (size.width, size.height);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    format!("{}:{}", size.width / a.max(1), size.height / a.max(1))
}

/// The pictures in an answer, if it is a chat's.
pub(crate) fn reply(event: &Event) -> Option<Reply> {
    let value = &event.value;
    let choices = value.get("choices")?.as_array()?;
    let images = choices.iter().filter_map(|choice| choice["message"]["images"].as_array()).flatten();
    let address = |image: &Value| image["image_url"]["url"].as_str().map(str::to_owned);
    let pictures = images.filter_map(address).map(|url| match event.picture(&url) {
        Some(bytes) => Source::Here(bytes),
        None => Source::At(url),
    });
    Some(Reply {
        pictures: pictures.collect(),
        usage: value.get("usage").map(usage),
        stated: value["usage"]["cost"].as_f64(),
        ..Reply::default()
    })
}

fn usage(value: &Value) -> Usage {
    Usage {
        input_tokens: value["prompt_tokens"].as_u64(),
        output_tokens: value["completion_tokens"].as_u64(),
        output_image_tokens: value["completion_tokens_details"]["image_tokens"].as_u64(),
        cached_tokens: value["prompt_tokens_details"]["cached_tokens"].as_u64(),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_ratio() {
        assert_eq!(ratio(Size::new(1536, 1024)), "3:2");
        assert_eq!(ratio(Size::new(1024, 1024)), "1:1");
        assert_eq!(ratio(Size::new(3840, 2160)), "16:9");
    }
}
