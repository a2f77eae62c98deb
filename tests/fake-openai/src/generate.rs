//! `POST /v1/images/generations`, and the parts that both image routes share: drawing an order and plain responses.
//! Streams are sent in `stream`, reference images are decoded in `edit`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use image::RgbaImage;
use serde_json::{Map, Value, json};

use crate::catalog::Ability;
use crate::error::ApiError;
use crate::faults::{self, Fault, Faults};
use crate::images::{Format, ImageSpec};
use crate::middleware::{Call, wait_for_turn};
use crate::record::RecordedBody;
use crate::state::Shared;
use crate::usage::{Usage, image_tokens, output_tokens, text_tokens};
use crate::validate::{self, ImageRequest, Route};
use crate::{compat, scene, stream};

/// The reference images of an edit.
#[derive(Default)]
pub(crate) struct References {
    pub(crate) images: Vec<RgbaImage>,
    pub(crate) mask: Option<RgbaImage>,
}

/// Handles the route; the path names a deployment in Azure's legacy URLs.
pub(crate) async fn generations(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
    deployment: Option<Path<String>>,
) -> Result<Response, ApiError> {
    if !matches!(*call.body, RecordedBody::Json(Value::Object(_))) {
        return Err(not_json());
    }
    let fields = deployed(&shared, call.body.fields(), deployment);
    let order = if call.faults.has(Fault::Lenient) {
        validate::validate_leniently(&shared.catalog, &fields)?
    } else {
        validate::validate(&shared.catalog, Route::Generate, fields, None)?
    };
    draw_and_respond(shared, call, order, References::default(), "image_generation").await
}

pub(crate) fn not_json() -> ApiError {
    let message = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)";
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message)
}

/// Returns the settings, with the model of a deployment where the URL names one.
pub(crate) fn deployed(
    shared: &Shared,
    mut fields: Map<String, Value>,
    deployment: Option<Path<String>>,
) -> Map<String, Value> {
    let name = deployment.map(|Path(name)| name);
    let name = name.or_else(|| fields.get("model").and_then(Value::as_str).map(str::to_owned));
    if let Some(name) = name {
        let model = shared.config.deployments.get(&name).unwrap_or(&name);
        fields.insert("model".into(), model.clone().into());
    }
    fields
}

/// Draws an order and responds, in one piece or as a stream whose event names begin with `family`.
pub(crate) async fn draw_and_respond(
    shared: Arc<Shared>,
    call: Call,
    order: ImageRequest,
    references: References,
    family: &'static str,
) -> Result<Response, ApiError> {
    limit(&shared, &order)?;
    let sizes: Vec<(u32, u32)> = references.images.iter().map(RgbaImage::dimensions).collect();
    let usage = Usage {
        text_in: text_tokens(&order.prompt),
        image_in: image_tokens(&sizes, order.high_fidelity),
        image_out: output_tokens(&order.model, &order.quality, order.size) * u64::from(order.count),
        cached: call.faults.has(Fault::CachedTokens).then(|| text_tokens(&order.prompt) / 2),
        output_details: order.model.family.can(Ability::OutputDetails),
    };
    let echo = shared.echo(&call.faults);
    let job =
        ImageJob { sittings: image_specs(&shared, &call.faults, &order, references), order, usage, call, family, echo };
    if job.order.stream && !job.call.faults.has(Fault::JsonNotSse) {
        return Ok(stream::respond(shared, job));
    }
    plain_response(&shared, job).await
}

/// An accepted order with everything that its response needs.
pub(crate) struct ImageJob {
    pub(crate) order: ImageRequest,
    pub(crate) sittings: Vec<ImageSpec>,
    pub(crate) usage: Usage,
    pub(crate) call: Call,
    pub(crate) family: &'static str,
    /// The key that the response repeats, where a fault requires it.
    pub(crate) echo: Option<String>,
}

impl ImageJob {
    /// Returns the resolved settings, which every response repeats.
    pub(crate) fn resolved(&self) -> Map<String, Value> {
        let order = &self.order;
        let value = json!({
            "background": if order.transparent { "transparent" } else { "opaque" },
            "output_format": order.format.name(), "quality": order.quality,
            "size": format!("{}x{}", order.size.0, order.size.1),
        });
        let mut resolved = value.as_object().cloned().unwrap_or_default();
        if let Some(key) = &self.echo {
            resolved.extend(["background", "quality", "size"].map(|name| (name.to_owned(), key.clone().into())));
        }
        resolved
    }
}

fn limit(shared: &Shared, order: &ImageRequest) -> Result<(), ApiError> {
    let Some(limit) = shared.config.images_per_minute else { return Ok(()) };
    let count = u64::from(order.count);
    shared.change(|log| {
        if log.images_this_minute + count > limit {
            return Err(faults::images_per_minute(&order.model.id, limit, log.images_this_minute, count));
        }
        log.images_this_minute += count;
        Ok(())
    })
}

pub(crate) fn image_specs(
    shared: &Shared,
    faults: &Faults,
    order: &ImageRequest,
    references: References,
) -> Vec<ImageSpec> {
    let fewer = u32::from(faults.has(Fault::FewerImages));
    let format = if faults.has(Fault::WrongFormat) { Format::Png } else { order.format };
    let padding = if faults.has(Fault::GiantLine) { faults.value(Fault::GiantLine).unwrap_or(28) << 20 } else { 0 };
    let first = ImageSpec {
        seed: 0,
        size: order.size,
        format,
        transparent: order.transparent,
        compression: order.compression,
        noise: faults.has(Fault::Noise),
        frames: order.frames,
        padding: padding as usize,
        references: references.images,
        mask: references.mask,
    };
    let seeds = (0..order.count.saturating_sub(fewer)).map(|_| {
        let count = |name: &str| shared.change(|log| log.count(name));
        if first.noise { count("noise") } else { scene::seed(&order.prompt, count(&order.prompt)) }
    });
    seeds.map(|seed| ImageSpec { seed, ..first.clone() }).collect()
}

async fn plain_response(shared: &Arc<Shared>, job: ImageJob) -> Result<Response, ApiError> {
    let mut data = Vec::new();
    for sitting in &job.sittings {
        let bytes = draw(shared, sitting.clone(), None).await?;
        data.push(compat::image_object(shared, &job, bytes));
    }
    wait_for_turn(shared, &job.call.faults).await;
    if job.call.faults.has(Fault::ErrorInOk) {
        let error = faults::moderation(Some("output"), &job.call.request_id);
        return Ok(Json(json!({"error": error.object()})).into_response());
    }
    let mut answer = Map::from_iter([("created".to_owned(), now().into())]);
    answer.extend(job.resolved());
    answer.insert("data".into(), data.into());
    answer.insert("usage".into(), compat::apply_usage_faults(job.usage.json(), &job.call.faults));
    if let Some(identifier) = &job.order.safety_identifier {
        answer.insert("safety_identifier".into(), identifier.clone().into());
    }
    if let Some(model) = &job.order.svg_model {
        let usage = json!({"model": model, "input_tokens": 900, "output_tokens": 1400, "reasoning_tokens": 600, "total_tokens": 2300});
        answer.insert("svg_usage".into(), usage);
    }
    Ok(Json(compat::apply_member_faults(answer, &job.call.faults)).into_response())
}

/// Draws off the threads that serve connections: the partial image of this index, or the finished one.
pub(crate) async fn draw(shared: &Shared, sitting: ImageSpec, partial: Option<usize>) -> Result<Bytes, ApiError> {
    let key = sitting.pool_key(partial);
    if let Some(bytes) = key.as_ref().and_then(|key| shared.log().pool.get(key).cloned()) {
        return Ok(bytes);
    }
    let failed = |message: String| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, message);
    let work = move || partial.map_or_else(|| sitting.finish(), |index| sitting.partial(index));
    let drawn = tokio::task::spawn_blocking(work).await.map_err(|error| failed(error.to_string()))?;
    let bytes = drawn.map_err(|error| failed(error.to_string()))?;
    if let Some(key) = key {
        shared.change(|log| log.pool.insert(key, bytes.clone()));
    }
    Ok(bytes)
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
