//! `POST /v1/images/edits`: references, masks and markup from forms and from JSON, validated before anything is drawn.
//! Settings are validated in `validate`; drawing is shared with `generate`.

use std::io::Cursor;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};
use serde_json::Value;

use crate::catalog::{Ability, ModelCatalog};
use crate::error::ApiError;
use crate::faults::Fault;
use crate::generate::{References, deployed, draw_and_respond, not_json};
use crate::middleware::Call;
use crate::record::{Part, RecordedBody};
use crate::state::Shared;
use crate::validate::{self, Route};

const MOST: usize = 16;
const IMAGE_BYTES: usize = 50 << 20;
const MASK_BYTES: usize = 4 << 20;
const URL_LETTERS: usize = 20_971_520;

/// The bytes of an uploaded image, with the parameter name that an error would report.
struct Upload {
    name: String,
    data: Bytes,
}

#[derive(Default)]
struct Uploads {
    images: Vec<Upload>,
    mask: Option<Upload>,
    markup: Option<Upload>,
}

pub(crate) async fn edits(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
    deployment: Option<Path<String>>,
) -> Result<Response, ApiError> {
    let (route, uploads) = match &*call.body {
        RecordedBody::Multipart(parts) => (Route::EditForm, form(parts)?),
        RecordedBody::Json(body) => (Route::EditJson, json(&shared, body)?),
        _ => return Err(not_json()),
    };
    let fields = deployed(&shared, call.body.fields(), deployment);
    let references = references(&uploads)?;
    let first = references.images.first().map(RgbaImage::dimensions);
    let order = if call.faults.has(Fault::Lenient) {
        validate::validate_leniently(&shared.catalog, &fields)?
    } else {
        validate::validate(&shared.catalog, route, fields, first)?
    };
    if uploads.markup.is_some() {
        markup_allowed(&shared.catalog, &order.model.id, uploads.mask.is_some())?;
    }
    draw_and_respond(shared, call, order, references, "image_edit").await
}

fn form(parts: &[Part]) -> Result<Uploads, ApiError> {
    let mut uploads = Uploads::default();
    for part in parts.iter().filter(|part| part.file_name.is_some()) {
        let upload = Upload { name: part.name.clone(), data: part.data.clone() };
        mime(part)?;
        match part.name.as_str() {
            "image" | "image[]" => uploads.images.push(upload),
            "mask" => uploads.mask = Some(upload),
            "markup" => uploads.markup = Some(upload),
            name => return Err(ApiError::unknown_parameter(name)),
        }
    }
    if parts.iter().filter(|part| part.name == "image").count() > 1 {
        let message = "Duplicate parameter: 'image'. You provided multiple values for this parameter, whereas only one is allowed. If you are trying to provide a list of values, use the array syntax instead e.g. 'image[]=<value>'.";
        return Err(ApiError::invalid("duplicate_parameter", "image", message));
    }
    Ok(uploads)
}

fn mime(part: &Part) -> Result<(), ApiError> {
    let kind = part.content_type.as_deref().unwrap_or("application/octet-stream");
    if matches!(kind, "image/png" | "image/jpeg" | "image/webp") {
        return Ok(());
    }
    let message = format!(
        "Invalid file '{}': unsupported mimetype ('{kind}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
        part.name
    );
    Err(ApiError::invalid("unsupported_file_mimetype", &part.name, message))
}

fn json(shared: &Shared, body: &Value) -> Result<Uploads, ApiError> {
    let list = body.get("images").and_then(Value::as_array).ok_or_else(|| ApiError::missing_parameter("images"))?;
    let images = list.iter().enumerate().map(|(index, image)| upload(shared, format!("images[{index}]"), image));
    let one = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(image) => upload(shared, name.to_owned(), image).map(Some),
    };
    Ok(Uploads { images: images.collect::<Result<_, _>>()?, mask: one("mask")?, markup: one("markup")? })
}

fn upload(shared: &Shared, name: String, image: &Value) -> Result<Upload, ApiError> {
    let data = resolve_image(shared, &name, image)?;
    Ok(Upload { name, data })
}

/// Resolves an image that JSON refers to: by data URL, by a URL that the test registered, or by the id of an upload.
pub(crate) fn resolve_image(shared: &Shared, name: &str, image: &Value) -> Result<Bytes, ApiError> {
    let text = |key: &str| image.get(key).and_then(Value::as_str);
    match (text("image_url"), text("file_id")) {
        (Some(url), None) => url_bytes(shared, name, url),
        (None, Some(id)) => {
            let message = format!("No such File object: {id}");
            let file = shared.log().files.get(id).cloned();
            file.ok_or_else(|| ApiError::invalid("image_file_not_found", name, message))
        }
        _ => {
            let message = format!("Invalid '{name}': exactly one of 'image_url' or 'file_id' must be provided.");
            Err(ApiError::invalid("invalid_value", name, message))
        }
    }
}

/// Decodes the images of a conversation, for the hosted image tool.
pub(crate) fn decode_references(images: Vec<Bytes>, mask: Option<Bytes>) -> Result<References, ApiError> {
    let upload = |data| Upload { name: "input".into(), data };
    if images.is_empty() {
        return Ok(References::default());
    }
    references(&Uploads { images: images.into_iter().map(upload).collect(), mask: mask.map(upload), markup: None })
}

fn url_bytes(shared: &Shared, name: &str, url: &str) -> Result<Bytes, ApiError> {
    if url.len() > URL_LETTERS {
        let message = format!(
            "Invalid '{name}.image_url': string too long. Expected a string with maximum length {URL_LETTERS}, but got a string with length {} instead.",
            url.len()
        );
        return Err(ApiError::invalid("string_above_max_length", name, message));
    }
    let Some(rest) = url.strip_prefix("data:") else {
        let message = format!("Failed to download image from {url}.");
        return shared
            .config
            .hosted
            .get(url)
            .cloned()
            .ok_or_else(|| ApiError::invalid("invalid_image_url", name, message));
    };
    let encoded =
        rest.split_once(";base64,").filter(|(kind, _)| matches!(*kind, "image/png" | "image/jpeg" | "image/webp"));
    let decoded = encoded.and_then(|(_, text)| STANDARD.decode(text).ok());
    decoded.map(Bytes::from).ok_or_else(|| {
        let message = "Invalid base64-encoded image URL. Expected a data URL of a PNG, JPEG or WebP.";
        ApiError::invalid("invalid_base64_image", name, message)
    })
}

fn references(uploads: &Uploads) -> Result<References, ApiError> {
    let param = "image";
    if uploads.images.is_empty() {
        return Err(ApiError::missing_parameter(param));
    }
    if uploads.images.len() > MOST {
        let message = format!(
            "Invalid 'image': array too long. Expected an array with maximum length {MOST}, but got an array with length {} instead.",
            uploads.images.len()
        );
        return Err(ApiError::invalid("array_above_max_length", param, message));
    }
    let images = uploads.images.iter().map(|upload| decode(upload, IMAGE_BYTES)).collect::<Result<Vec<_>, _>>()?;
    let mask = uploads.mask.as_ref().map(|mask| overlay(mask, &images[0])).transpose()?;
    uploads.markup.as_ref().map(|markup| overlay(markup, &images[0])).transpose()?;
    Ok(References { images, mask })
}

fn decode(upload: &Upload, most: usize) -> Result<RgbaImage, ApiError> {
    let name = &upload.name;
    if upload.data.is_empty() {
        return Err(ApiError::invalid("empty_image_file", name, format!("Invalid file '{name}': the file is empty.")));
    }
    if upload.data.len() >= most {
        let message = format!("Invalid file '{name}': file too large. Expected a file of less than {} MB.", most >> 20);
        return Err(ApiError::invalid("image_file_too_large", name, message));
    }
    let bad = || {
        let message = format!("Invalid image file or mode for '{name}', please check your image file.");
        ApiError::invalid("invalid_image_file", name, message)
    };
    let reader = ImageReader::new(Cursor::new(&upload.data)).with_guessed_format().map_err(|_| bad())?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(bad());
    }
    let mut decoder = reader.into_decoder().map_err(|_| bad())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| bad())?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// Decodes a mask or a markup: a PNG with an alpha channel, as large as the first image.
fn overlay(upload: &Upload, first: &RgbaImage) -> Result<RgbaImage, ApiError> {
    let name = &upload.name;
    let refuse = |message: String| Err(ApiError::invalid("invalid_image_file", name, message));
    if image::guess_format(&upload.data).ok() != Some(ImageFormat::Png) {
        return refuse(format!("Invalid {name} image format - {name} must be a PNG file."));
    }
    let picture = decode(upload, MASK_BYTES)?;
    let reader = ImageReader::with_format(Cursor::new(&upload.data), ImageFormat::Png);
    if !reader.decode().is_ok_and(|image| image.color().has_alpha()) {
        return refuse(format!("Invalid {name} image format - {name} image missing alpha channel"));
    }
    if picture.dimensions() != first.dimensions() {
        return refuse(format!("Invalid {name} image format - {name} size does not match image size"));
    }
    Ok(picture)
}

fn markup_allowed(catalog: &ModelCatalog, id: &str, mask: bool) -> Result<(), ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid("unsupported_parameter", "markup", message));
    if !catalog.find(id).is_some_and(|model| model.family.can(Ability::Markup)) {
        return refuse("The 'markup' parameter is not supported for this model.");
    }
    if mask {
        return refuse("The 'markup' parameter cannot be combined with 'mask'.");
    }
    Ok(())
}
