//! Tests of the abilities that a backend claims besides drawing: references, masks, settings, seeds, prices, answers,
//! tickets.
//! Only claimed abilities are tested, each with as few jobs as a reliable verdict takes.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use image::{Rgba, RgbaImage};

use super::{PromiseCheck, Recorder, catch_panic, check_wording, decoded, drawn, ensure, failure, smallest_request};
use crate::{
    Backend, Format, Listener, Model, Outcome, Param, ParamKind, Progress, Question, Request, RequestImage, Settings,
    Size, Usd, Value,
};

const INPUTS: &str = "it uses reference images";
const MASK: &str = "it applies masks";
const SETTINGS: &str = "it accepts settings other than its defaults";
const SEED: &str = "the same seed gives the same image";
const COST: &str = "the cost of a job matches its price";
const ASK: &str = "it answers text questions";
const RESUME: &str = "it issues a ticket and resumes the job with it";

/// The factor by which a cost may exceed the maximum estimate before it counts as a different price.
const COST_TOLERANCE: u64 = 2;

/// The tolerance within which two images count as the same but for rounding, in the mean of all channels.
const PIXEL_TOLERANCE: u64 = 2;

/// Returns the claims of this backend, if it is an external program; the built-in backends have tests of their own.
pub(super) fn claims(backend: &dyn Backend) -> Vec<&'static str> {
    let can = backend.capabilities();
    let model = can.model(&can.default_model);
    if !is_program(backend) {
        return Vec::new();
    }
    let takes = |fits: &dyn Fn(&Model) -> bool| model.is_some_and(fits);
    let all = [
        (INPUTS, takes(&|model| model.max_inputs > 0)),
        (MASK, takes(&|model| model.mask)),
        (SETTINGS, takes(&|model| !model.params.is_empty())),
        (SEED, takes(&|model| seed(model).is_some())),
        (COST, true),
        (ASK, can.asks),
        (RESUME, can.resume),
    ];
    all.into_iter().filter_map(|(claim, made)| made.then_some(claim)).collect()
}

/// Returns whether it is an external program, of which only its claims are known.
fn is_program(backend: &dyn Backend) -> bool {
    backend.capabilities().kind == "external"
}

pub(super) async fn holds(claim: &str, backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    match claim {
        INPUTS => inputs(backend, scratch).await,
        MASK => mask(backend, scratch).await,
        SETTINGS => settings(backend, scratch).await,
        SEED => seeds(backend, scratch).await,
        COST => cost(backend, scratch).await,
        ASK => ask(backend, scratch).await,
        _ => resume(backend, scratch).await,
    }
}

async fn image(backend: &dyn Backend, request: &Request, scratch: &Path) -> Result<Bytes, String> {
    let outcome = drawn(backend, request, &Recorder::new(), scratch).await?;
    check_single_image(&outcome)?;
    outcome.images.into_iter().next().map(|image| image.bytes).ok_or_else(|| "it returned no image".to_owned())
}

fn check_single_image(outcome: &Outcome) -> PromiseCheck {
    outcome.images.iter().try_for_each(|image| decoded(image.format, &image.bytes).map(|_| ()))
}

/// Makes a request with the same seed each time, if there is a seed.
fn seeded_request(backend: &dyn Backend, prompt: &str) -> Request {
    let mut request = smallest_request(backend, prompt);
    if let Some(value) = backend.capabilities().model(&request.model).and_then(seed) {
        request.settings.insert("seed".to_owned(), value);
    }
    request
}

/// Returns a seed that the model accepts.
fn seed(model: &Model) -> Option<Value> {
    let param = model.param("seed")?;
    [7, 1, 0].into_iter().map(Value::Integer).find(|value| param.check(value).is_ok())
}

async fn inputs(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let with = |color| {
        let mut request = seeded_request(backend, "the same in winter");
        request.inputs = vec![picture("reference.png", color, None)];
        request
    };
    let red = image(backend, &with([200, 30, 30, 255]), scratch).await?;
    let blue = image(backend, &with([30, 30, 200, 255]), scratch).await?;
    ensure(red != blue, || "two different references give the same image: it ignores them".to_owned())
}

async fn mask(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let with = |hole| {
        let mut request = seeded_request(backend, "a window");
        request.inputs = vec![picture("reference.png", [200, 200, 30, 255], None)];
        request.mask = Some(picture("mask.png", [0, 0, 0, 255], Some(hole)));
        request
    };
    let left = image(backend, &with(0), scratch).await?;
    let right = image(backend, &with(32), scratch).await?;
    ensure(left != right, || "two different masks give the same image: it ignores them".to_owned())
}

/// Makes an image of one color, 64 pixels wide and high, in which 32 columns from `hole` on are transparent.
fn picture(name: &str, color: [u8; 4], hole: Option<u32>) -> RequestImage {
    let transparent = |x: u32| hole.is_some_and(|from| (from..from + 32).contains(&x));
    let pixels = RgbaImage::from_fn(64, 64, |x, _| if transparent(x) { Rgba([0; 4]) } else { Rgba(color) });
    let mut bytes = std::io::Cursor::new(Vec::new());
    // Writing to memory does not fail.
    let _ = pixels.write_to(&mut bytes, image::ImageFormat::Png);
    let bytes = Bytes::from(bytes.into_inner());
    RequestImage { name: name.to_owned(), format: Format::Png, size: Size::new(64, 64), bytes, svg: None }
}

/// Runs two jobs: one with each setting at one end of its range, and one with each at the other.
async fn settings(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let can = backend.capabilities();
    let Some(model) = can.model(&can.default_model) else { return Ok(()) };
    for last in [false, true] {
        let chosen: Settings = model
            .params
            .iter()
            .filter_map(|param| Some((param.name.to_string(), end(param, last)?)))
            .filter(|(name, value)| model.param(name).is_some_and(|param| param.check(value).is_ok()))
            .collect();
        let mut request = smallest_request(backend, "a tree");
        request.settings = model.complete(&can.defaults, &chosen).map_err(|error| error.to_string())?;
        let words = || request.settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let outcome = drawn(backend, &request, &Recorder::new(), scratch).await;
        let outcome = outcome.map_err(|how| format!("with {}: {how}", words().join(", ")))?;
        for image in &outcome.images {
            let (size, asked) = (decoded(image.format, &image.bytes)?, request.size());
            let asked = asked.unwrap_or(size);
            ensure(size == asked, || format!("requested {asked}, received {size}"))?;
        }
    }
    Ok(())
}

/// Returns the value at one end of a setting's range, or `None` if the setting is best left alone.
fn end(param: &Param, last: bool) -> Option<Value> {
    let pick = |count: usize| if last { count.checked_sub(1) } else { (count > 0).then_some(0) };
    match &param.kind {
        ParamKind::Choice { choices } => choices.get(pick(choices.len())?).map(|word| Value::Text(word.to_string())),
        ParamKind::Size { presets, .. } => presets.get(pick(presets.len())?).map(|size| Value::Text(size.to_string())),
        ParamKind::Integer { min, max } => Some(Value::Integer(if last { *max } else { *min })),
        ParamKind::Flag => Some(Value::Flag(last)),
        ParamKind::Decimal { min, max } => Some(Value::Text(if last { *max } else { *min }.to_string())),
        ParamKind::List { choices, .. } => choices.get(pick(choices.len())?).map(|word| Value::Text(word.to_string())),
        ParamKind::Text { .. } | ParamKind::File => None,
    }
}

async fn seeds(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let request = seeded_request(backend, "a shell");
    let (one, other) = (image(backend, &request, scratch).await?, image(backend, &request, scratch).await?);
    ensure(one == other || look_alike(&one, &other), || "the same seed gave two different images".to_owned())
}

fn look_alike(one: &[u8], other: &[u8]) -> bool {
    let pixels = |bytes| image::load_from_memory(bytes).ok().map(image::DynamicImage::into_rgba8);
    let (Some(one), Some(other)) = (pixels(one), pixels(other)) else { return false };
    let differ: u64 = one.iter().zip(other.iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    one.dimensions() == other.dimensions() && differ <= PIXEL_TOLERANCE * one.len() as u64
}

async fn cost(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let request = smallest_request(backend, "a coin");
    let outcome = drawn(backend, &request, &Recorder::new(), scratch).await?;
    let Some(cost) = outcome.cost.map(|cost| cost.usd) else { return Ok(()) };
    let asked = backend.fetch_estimate(&request).await;
    let most = asked.unwrap_or_else(|| backend.estimate(&request)).upper_bound();
    ensure(!backend.capabilities().offline || cost == Usd::ZERO, || {
        format!("it claims to be `offline`, which is free, but a job cost {cost}")
    })?;
    ensure(most.is_none_or(|most| cost <= most.times(COST_TOLERANCE)), || {
        format!("a job cost {cost}, but its price is at most {}", most.unwrap_or_default())
    })
}

async fn ask(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let model = backend.capabilities().default_model.clone();
    let question = Question::new(model, "You answer in one word.", "Is snow white?");
    let progress = Progress::new(Recorder::new() as Arc<dyn Listener>, scratch);
    let reply = catch_panic(backend.answer_question(&question, &progress)).await?.map_err(|error| failure(&error))?;
    ensure(!reply.text.trim().is_empty(), || "its answer is empty".to_owned())
}

/// Resumes a finished job. Its ticket may have expired: an error written for people passes, silence or a panic fails.
async fn resume(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let recorder = Recorder::new();
    drawn(backend, &smallest_request(backend, "a bridge"), &recorder, scratch).await?;
    let Some(ticket) = recorder.tickets().into_iter().next() else {
        return Err("it claims to resume jobs, but issued no ticket".to_owned());
    };
    let progress = Progress::new(Recorder::new() as Arc<dyn Listener>, scratch);
    match catch_panic(backend.resume(&ticket, &progress)).await? {
        Ok(outcome) => check_single_image(&outcome),
        Err(error) => check_wording(&error),
    }
}
