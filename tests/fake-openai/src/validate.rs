//! Validates the settings of an image request by the rules of its model, in the service's order and wording.
//! Files are validated in `edit`; drawing starts in `generate`.

mod fields;
mod size;

use serde_json::{Map, Value};

use crate::catalog::{Ability, CatalogModel, ModelCatalog, ModelFamily, OutputKind};
use crate::error::ApiError;
use crate::images::Format;
use fields::{choice, flag, integer, text};

/// A validated request with every `auto` resolved.
#[derive(Clone, Debug)]
pub(crate) struct ImageRequest {
    pub(crate) model: CatalogModel,
    pub(crate) prompt: String,
    pub(crate) count: u32,
    pub(crate) size: (u32, u32),
    pub(crate) quality: String,
    pub(crate) format: Format,
    pub(crate) transparent: bool,
    pub(crate) compression: u8,
    pub(crate) stream: bool,
    pub(crate) partials: usize,
    pub(crate) high_fidelity: bool,
    pub(crate) safety_identifier: Option<String>,
    pub(crate) frames: (u32, u32),
    pub(crate) svg_model: Option<String>,
}

/// The route by which the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Generate,
    EditForm,
    EditJson,
}

const COMMON: &[&str] = &[
    "prompt",
    "model",
    "n",
    "size",
    "quality",
    "output_format",
    "output_compression",
    "background",
    "moderation",
    "stream",
    "partial_images",
    "user",
    "safety_identifier",
    "complexity",
    "frame_count",
    "frame_duration_ms",
    "svg",
];

/// Validates a request. `first` is the size of the first reference image, which `auto` follows.
pub(crate) fn validate(
    catalog: &ModelCatalog,
    route: Route,
    mut fields: Map<String, Value>,
    first: Option<(u32, u32)>,
) -> Result<ImageRequest, ApiError> {
    fields.retain(|_, value| !value.is_null());
    known(route, &fields)?;
    let prompt = prompt(&fields)?;
    let model = model(catalog, &fields)?;
    choice(&fields, "moderation", &["auto", "low"], "auto")?;
    let count = integer(&fields, "n", 1, 10)?.unwrap_or(1) as u32;
    let size = size::resolve(&model, text(&fields, "size")?.unwrap_or("auto"), first)?;
    let quality = quality(&model.family, &fields)?;
    let format = format(&model, &fields)?;
    let transparent = background(&model.family, &fields, format)?;
    let compression = compression(&fields, format)?;
    let (stream, partials) = stream(&fields, count, format)?;
    let high_fidelity = fidelity(&model, &fields)?;
    extras(&model, &fields, format, count)?;
    let milliseconds = integer(&fields, "frame_duration_ms", 1, 10_000_000)?.unwrap_or(200);
    let frames = (
        integer(&fields, "frame_count", 2, 16)?.unwrap_or(9) as u32,
        ((milliseconds + 5) / 10 * 10).min(655_350) as u32,
    );
    let identifier = ["safety_identifier", "user"].into_iter().find_map(|name| fields.get(name)?.as_str());
    Ok(ImageRequest {
        prompt,
        count,
        size,
        quality,
        format,
        transparent,
        compression,
        stream,
        partials,
        high_fidelity,
        safety_identifier: identifier.filter(|text| !text.is_empty()).map(str::to_owned),
        frames,
        svg_model: fields.get("svg").and_then(|svg| svg.get("model")?.as_str()).map(str::to_owned),
        model,
    })
}

/// Accepts what a compatible server would: a prompt, a count, a size; the rest is ignored.
pub(crate) fn validate_leniently(
    catalog: &ModelCatalog,
    fields: &Map<String, Value>,
) -> Result<ImageRequest, ApiError> {
    let mut kept = Map::new();
    for name in ["prompt", "output_format", "n"] {
        if let Some(value) = fields.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    let living = catalog.available().find(|model| model.family.kind == OutputKind::Image);
    kept.insert("model".into(), living.map_or(Value::Null, |model| model.id.clone().into()));
    let mut order = validate(catalog, Route::Generate, kept, None)?;
    let size = fields.get("size").and_then(Value::as_str).and_then(size::parse);
    order.size =
        size.filter(|(width, height)| width.max(height) <= &4096 && width.min(height) >= &16).unwrap_or((512, 512));
    Ok(order)
}

fn known(route: Route, fields: &Map<String, Value>) -> Result<(), ApiError> {
    let more: &[&str] = match route {
        Route::Generate => &[],
        Route::EditForm => &["input_fidelity"],
        Route::EditJson => &["input_fidelity", "images", "mask", "markup"],
    };
    match fields.keys().find(|name| !COMMON.contains(&name.as_str()) && !more.contains(&name.as_str())) {
        Some(name) => Err(ApiError::unknown_parameter(name)),
        None => Ok(()),
    }
}

fn prompt(fields: &Map<String, Value>) -> Result<String, ApiError> {
    let prompt = text(fields, "prompt")?.ok_or_else(|| ApiError::missing_parameter("prompt"))?;
    let length = prompt.chars().count();
    if length == 0 {
        let message =
            "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.";
        return Err(ApiError::invalid("empty_string", "prompt", message));
    }
    if length > 32_000 {
        let message = format!(
            "Invalid 'prompt': string too long. Expected a string with maximum length 32000, but got a string with length {length} instead."
        );
        return Err(ApiError::invalid("string_above_max_length", "prompt", message));
    }
    Ok(prompt.to_owned())
}

/// Returns the available image model that the request names.
fn model(catalog: &ModelCatalog, fields: &Map<String, Value>) -> Result<CatalogModel, ApiError> {
    let id = text(fields, "model")?.ok_or_else(|| ApiError::missing_parameter("model"))?;
    match catalog.find(id) {
        None => Err(ApiError::model_missing(id)),
        Some(model) if !model.alive => Err(ApiError::model_retired(id)),
        Some(model) if model.family.kind != OutputKind::Image => Err(ApiError::invalid(
            "invalid_value",
            "model",
            format!("The model '{id}' is not supported for image generation."),
        )),
        Some(model) => Ok(model.clone()),
    }
}

fn quality(family: &ModelFamily, fields: &Map<String, Value>) -> Result<String, ApiError> {
    let names: Vec<&str> = family.qualities.iter().map(String::as_str).chain(["auto"]).collect();
    let quality = choice(fields, "quality", &names, "auto")?;
    Ok(if quality == "auto" { family.auto_quality.clone() } else { quality.to_owned() })
}

fn format(model: &CatalogModel, fields: &Map<String, Value>) -> Result<Format, ApiError> {
    let names: Vec<&str> = model.family.formats.iter().map(String::as_str).collect();
    Ok(Format::from_name(choice(fields, "output_format", &names, "png")?).unwrap_or(Format::Png))
}

fn background(family: &ModelFamily, fields: &Map<String, Value>, format: Format) -> Result<bool, ApiError> {
    if choice(fields, "background", &["auto", "transparent", "opaque"], "auto")? != "transparent" {
        return Ok(false);
    }
    let refuse = |message: &str| Err(ApiError::invalid("unsupported_value", "background", message));
    if !family.can(Ability::Transparent) {
        return refuse("Transparent background is not supported for this model.");
    }
    if !matches!(format, Format::Png | Format::Webp | Format::Svg) {
        return refuse("Transparent background requires output_format to be 'png' or 'webp'.");
    }
    Ok(true)
}

fn compression(fields: &Map<String, Value>, format: Format) -> Result<u8, ApiError> {
    let level = integer(fields, "output_compression", 0, 100)?.unwrap_or(100);
    if level != 100 && !matches!(format, Format::Jpeg | Format::Webp) {
        let message =
            format!("Compression less than 100 is not supported for {} output format.", format.name().to_uppercase());
        return Err(ApiError::invalid("unsupported_value", "output_compression", message));
    }
    Ok(level as u8)
}

fn stream(fields: &Map<String, Value>, count: u32, format: Format) -> Result<(bool, usize), ApiError> {
    let stream = flag(fields, "stream")?;
    let partials = integer(fields, "partial_images", 0, 3)?.unwrap_or(0) as usize;
    if stream && count > 1 {
        let error = ApiError::invalid("unsupported_parameter", "input", "Streaming is only supported with n=1.");
        return Err(error.kind("image_generation_user_error"));
    }
    if (stream || partials > 0) && matches!(format, Format::Gif | Format::Svg) {
        let message = format!("Streaming is not supported with output_format '{}'.", format.name());
        return Err(ApiError::invalid(
            "unsupported_parameter",
            if stream { "stream" } else { "partial_images" },
            message,
        ));
    }
    Ok((stream, partials))
}

/// Returns whether references are read in high fidelity. Models without the choice always do, and reject the setting.
fn fidelity(model: &CatalogModel, fields: &Map<String, Value>) -> Result<bool, ApiError> {
    let names: Vec<&str> = model.family.fidelity.iter().map(String::as_str).collect();
    if names.is_empty() {
        return match fields.get("input_fidelity") {
            Some(_) => {
                let message = format!("The model '{}' does not support the 'input_fidelity' parameter.", model.id);
                Err(ApiError::invalid("unsupported_parameter", "input_fidelity", message))
            }
            None => Ok(true),
        };
    }
    Ok(choice(fields, "input_fidelity", &names, "low")? == "high")
}

fn extras(model: &CatalogModel, fields: &Map<String, Value>, format: Format, count: u32) -> Result<(), ApiError> {
    let refuse = |name: &str, need: &str| {
        Err(ApiError::invalid(
            "unsupported_parameter",
            name,
            format!("The '{name}' parameter is only supported with {need}."),
        ))
    };
    if fields.contains_key("complexity") {
        if !model.family.can(Ability::Complexity) {
            return refuse("complexity", "gpt-image-2.6 models");
        }
        choice(fields, "complexity", &["low", "medium", "high"], "medium")?;
    }
    for name in ["frame_count", "frame_duration_ms"] {
        if fields.contains_key(name) && format != Format::Gif {
            return refuse(name, "output_format 'gif'");
        }
    }
    if fields.contains_key("svg") && format != Format::Svg {
        return refuse("svg", "output_format 'svg'");
    }
    if format == Format::Svg && count > 1 {
        return refuse("n", "raster formats; svg needs n=1");
    }
    Ok(())
}
