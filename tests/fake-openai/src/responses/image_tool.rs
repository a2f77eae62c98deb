//! The image of the hosted image tool, with the same rules and the same drawing as in the Images API.
//! Its events are built in `tale`.

use bytes::Bytes;
use image::RgbaImage;
use serde_json::{Map, Value};

use super::request::ResponseRequest;
use super::text::words;
use crate::edit;
use crate::error::ApiError;
use crate::generate::{References, draw, image_specs};
use crate::middleware::Call;
use crate::state::Shared;
use crate::validate::{self, ImageRequest, Route};

/// An image with its partials.
pub(super) struct ToolImage {
    pub(super) order: ImageRequest,
    pub(super) partials: Vec<Bytes>,
    /// The finished image; None if a fault leaves it out.
    pub(super) last: Option<Bytes>,
    pub(super) edited: bool,
}

/// Draws the image that the image tool was asked for, if the request has that tool.
pub(super) async fn draw_tool(
    shared: &Shared,
    ask: &ResponseRequest,
    call: &Call,
) -> Result<Option<ToolImage>, ApiError> {
    let Some(tool) = &ask.tool else { return Ok(None) };
    let references = references(shared, ask)?;
    let edited = !references.images.is_empty();
    if tool.get("action").is_some_and(|action| action == "edit") && !edited {
        return Err(ApiError::invalid("invalid_value", "tools", "The action 'edit' needs an image in the context."));
    }
    let first = references.images.first().map(RgbaImage::dimensions);
    let order = validate::validate(&shared.catalog, Route::EditForm, fields(ask, tool), first)?;
    let mut picture = ToolImage { partials: Vec::new(), last: None, edited, order };
    for sitting in image_specs(shared, &call.faults, &picture.order, references) {
        let partials = if ask.stream { picture.order.partials } else { 0 };
        for index in 0..partials {
            picture.partials.push(draw(shared, sitting.clone(), Some(index)).await?);
        }
        picture.last = Some(draw(shared, sitting, None).await?);
    }
    shared.change(|log| {
        log.partials.extend(picture.partials.iter().cloned());
        log.images.extend(picture.last.clone());
    });
    Ok(Some(picture))
}

fn fields(ask: &ResponseRequest, tool: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = tool.clone();
    for name in ["type", "action", "input_image_mask"] {
        fields.remove(name);
    }
    fields.entry("model").or_insert("gpt-image-2.6-sunburst".into());
    fields.insert("prompt".into(), words(ask).into());
    fields.insert("stream".into(), true.into());
    fields
}

/// Returns the images of the input, or the one of the previous turn.
fn references(shared: &Shared, ask: &ResponseRequest) -> Result<References, ApiError> {
    let mut uploads = Vec::new();
    collect(shared, ask.body.get("input").unwrap_or(&Value::Null), &mut uploads)?;
    if uploads.is_empty() {
        let log = shared.log();
        let before = ask.previous.as_ref().and_then(|id| log.responses.get(id)?.picture.clone());
        uploads.extend(before);
    }
    let mask = ask.tool.as_ref().and_then(|tool| tool.get("input_image_mask"));
    let mask = mask.map(|mask| edit::resolve_image(shared, "tools", mask)).transpose()?;
    edit::decode_references(uploads, mask)
}

fn collect(shared: &Shared, input: &Value, uploads: &mut Vec<Bytes>) -> Result<(), ApiError> {
    match input {
        Value::Array(items) => items.iter().try_for_each(|item| collect(shared, item, uploads)),
        Value::Object(item) if item.get("type").is_some_and(|kind| kind == "input_image") => {
            uploads.push(edit::resolve_image(shared, "input", input)?);
            Ok(())
        }
        Value::Object(item) => item.get("content").map_or(Ok(()), |content| collect(shared, content, uploads)),
        _ => Ok(()),
    }
}
