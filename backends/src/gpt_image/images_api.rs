//! The wire format of the Images API: its requests, events and responses.
//! Parsing is lenient, since many servers implement it: a field of the wrong type counts as missing.

use bytes::Bytes;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};

use super::{
    data_url::DataUrl,
    params::field,
    reference_images::Uploads,
    reply::{GptImageEvent, GptImageReply, ImageSource},
    upload::Upload,
};
use crate::{
    BackendError, ErrorKind, Request, Usage,
    openai::{
        http::{ApiCall, Body, Field, FieldValue},
        response_stream::Event,
        server_error::ServerError,
        server_profile::{EditEncoding, ServerTraits},
        usage::count,
    },
};

/// The longest data URL that is sent in JSON, in characters.
const MAX_DATA_URL_LEN: usize = 20_971_520;

/// Builds the HTTP request for `count` images, streamed or not.
pub(super) fn build_request(
    request: &Request,
    uploads: &Uploads,
    traits: &ServerTraits,
    count: u32,
    stream: bool,
) -> Result<ApiCall, BackendError> {
    let fields = fields(request, traits, count, stream);
    if uploads.images.is_empty() {
        let body = Body::Json(json_bytes(&Value::Object(fields))?);
        return Ok(ApiCall::post("images/generations", body, count));
    }
    let too_long = uploads.all().any(|upload| DataUrl(upload).length() > MAX_DATA_URL_LEN);
    // A markup is documented for the form only.
    let as_form = traits.edits == EditEncoding::Form || too_long || uploads.markup.is_some();
    let body = if as_form {
        Body::Form(form(&fields, uploads, traits.single_as_list))
    } else {
        Body::Json(json_bytes(&EditBody { fields, uploads })?)
    };
    Ok(ApiCall::post("images/edits", body, count))
}

fn json_bytes(body: &impl Serialize) -> Result<Bytes, BackendError> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("could not build the request: {error}")))
}

/// Returns all fields except the images.
fn fields(request: &Request, traits: &ServerTraits, count: u32, stream: bool) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("model".into(), request.model.as_str().into());
    fields.insert("prompt".into(), request.prompt.as_str().into());
    if count > 1 {
        fields.insert("n".into(), count.into());
    }
    for (name, value) in &request.settings {
        let name = name.as_str();
        let sent = match name {
            "partial_images" => stream,
            "input_fidelity" => !request.inputs.is_empty(),
            "svg_model" | "svg_effort" => false,
            _ => traits.takes(field(name)),
        };
        if sent {
            fields.insert(field(name).to_owned(), json!(value));
        }
    }
    if let Some(svg) = svg(request) {
        fields.insert("svg".into(), svg);
    }
    if stream {
        fields.insert("stream".into(), true.into());
    }
    if traits.response_format {
        fields.insert("response_format".into(), "b64_json".into());
    }
    fields
}

fn svg(request: &Request) -> Option<Value> {
    let mut svg = Map::new();
    if let Some(model) = request.text("svg_model") {
        svg.insert("model".into(), model.into());
    }
    if let Some(effort) = request.text("svg_effort") {
        svg.insert("reasoning".into(), json!({ "effort": effort }));
    }
    (!svg.is_empty()).then_some(Value::Object(svg))
}

fn form(fields: &Map<String, Value>, uploads: &Uploads, single_as_list: bool) -> Vec<Field> {
    let file = |name: &'static str, upload: &Upload| Field {
        name: name.into(),
        value: FieldValue::File {
            name: upload.name.clone(),
            media_type: upload.format.media_type(),
            bytes: upload.bytes.clone(),
        },
    };
    let mut form = Vec::new();
    for (name, value) in fields {
        flat(name, value, &mut form);
    }
    // As in OpenAI's own library, one image is sent as `image` and several as `image[]`.
    let name = if uploads.images.len() == 1 && !single_as_list { "image" } else { "image[]" };
    form.extend(uploads.images.iter().map(|upload| file(name, upload)));
    form.extend(uploads.mask.iter().map(|upload| file("mask", upload)));
    form.extend(uploads.markup.iter().map(|upload| file("markup", upload)));
    form
}

/// Flattens nested fields into form names: `svg[model]`.
fn flat(name: &str, value: &Value, form: &mut Vec<Field>) {
    match value {
        Value::Object(inner) => inner.iter().for_each(|(key, value)| flat(&format!("{name}[{key}]"), value, form)),
        Value::String(text) => form.push(Field { name: name.to_owned().into(), value: FieldValue::Text(text.clone()) }),
        other => form.push(Field { name: name.to_owned().into(), value: FieldValue::Text(other.to_string()) }),
    }
}

/// The JSON of an edit; images are encoded while it is written.
struct EditBody<'a> {
    fields: Map<String, Value>,
    uploads: &'a Uploads,
}

impl Serialize for EditBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        let images: Vec<EditImage<'_>> = self.uploads.images.iter().map(EditImage::from_upload).collect();
        map.serialize_entry("images", &images)?;
        if let Some(mask) = &self.uploads.mask {
            map.serialize_entry("mask", &EditImage::from_upload(mask))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct EditImage<'a> {
    image_url: DataUrl<'a>,
}

impl<'a> EditImage<'a> {
    const fn from_upload(upload: &'a Upload) -> Self {
        Self { image_url: DataUrl(upload) }
    }
}

/// Reads `event` if it is a whole response. Servers list their images under several names, some as a single one.
pub(super) fn answer(event: &Event) -> Option<GptImageEvent> {
    let value = &event.value;
    let failed = value.get("error").is_some_and(|error| !error.is_null());
    let list =
        ["data", "images"].iter().find_map(|key| value.get(key).filter(|list| list.is_array() || list.is_object()));
    let list = list.or_else(|| Some(value).filter(|value| value.is_array())).filter(|_| !failed)?;
    let items: Vec<&Value> = list.as_array().map_or_else(|| vec![list], |items| items.iter().collect());
    let pictures: Vec<ImageSource> = items.iter().filter_map(|item| source(event, item)).collect();
    let fault = items.iter().filter(|item| item.is_object()).find_map(|item| ServerError::from_value(item));
    match fault.filter(|_| pictures.is_empty()) {
        Some(fault) => Some(GptImageEvent::Failed(fault)),
        None if pictures.is_empty() && value.is_array() => None,
        None => Some(GptImageEvent::Done(reply(event, pictures))),
    }
}

/// Reads an event of a stream.
pub(super) fn parse_event(event: &Event) -> GptImageEvent {
    match source(event, &event.value) {
        Some(ImageSource::Received(image)) if event.name.ends_with("partial_image") => {
            let step = event.value.get("partial_image_index").and_then(Value::as_u64).unwrap_or(0);
            GptImageEvent::Partial { bytes: image.bytes, step: u32::try_from(step).unwrap_or(0) }
        }
        Some(ImageSource::Damaged(_)) if event.name.ends_with("partial_image") => GptImageEvent::BrokenPreview,
        Some(picture) if event.name.ends_with("completed") => GptImageEvent::Done(reply(event, vec![picture])),
        // An image without a word on what it is.
        Some(picture @ ImageSource::Received(_))
            if event.name.is_empty() && event.value.get("partial_image_index").is_none() =>
        {
            GptImageEvent::Done(reply(event, vec![picture]))
        }
        _ => GptImageEvent::Nothing,
    }
}

/// Returns the image of a list item: an object with the image or its URL under one of the usual names, or a string that
/// is either.
pub(super) fn source(event: &Event, item: &Value) -> Option<ImageSource> {
    if let Some(text) = item.as_str() {
        return address(event, text);
    }
    let nested = item.get("image_url").filter(|nested| nested.is_object()).unwrap_or(item);
    let text = |key: &str| nested.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let here = ["b64_json", "url", "image_url"].iter().find_map(|key| event.image(text(key)?));
    let at = || ["url", "image_url"].iter().find_map(|key| text(key)).map(|url| ImageSource::Linked(url.to_owned()));
    here.map(ImageSource::from).or_else(at)
}

/// Returns the image that a string stands for, or the URL that it is.
pub(super) fn address(event: &Event, text: &str) -> Option<ImageSource> {
    let is_address = || ["https://", "http://", "/"].iter().any(|start| text.starts_with(start));
    event.image(text).map(ImageSource::from).or_else(|| is_address().then(|| ImageSource::Linked(text.to_owned())))
}

fn reply(event: &Event, pictures: Vec<ImageSource>) -> GptImageReply {
    let value = &event.value;
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let first = value.get("data").and_then(|data| data.get(0));
    let revised = first.and_then(|item| item.get("revised_prompt")).and_then(Value::as_str).map(str::to_owned);
    GptImageReply {
        images: pictures,
        size: text("size"),
        quality: text("quality"),
        background: text("background"),
        revised_prompt: revised.or_else(|| text("revised_prompt")),
        usage: value.get("usage").filter(|_| !event.is_cut).and_then(usage),
        stated_cost: value
            .get("usage")
            .filter(|_| !event.is_cut)
            .and_then(|usage| usage.get("cost"))
            .and_then(Value::as_f64),
        has_unreported_usage: value.get("svg_usage").is_some_and(|usage| !usage.is_null()),
        ..GptImageReply::default()
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let number = |value: Option<&Value>, key: &str| value.and_then(|value| value.get(key)).and_then(count);
    value.as_object()?;
    let (whole, input, output) = (Some(value), value.get("input_tokens_details"), value.get("output_tokens_details"));
    Some(Usage {
        input_tokens: number(whole, "input_tokens"),
        input_text_tokens: number(input, "text_tokens"),
        input_image_tokens: number(input, "image_tokens"),
        cached_tokens: number(input, "cached_tokens"),
        output_tokens: number(whole, "output_tokens"),
        output_image_tokens: number(output, "image_tokens"),
        output_text_tokens: number(output, "text_tokens"),
        reasoning_tokens: None,
    })
}
