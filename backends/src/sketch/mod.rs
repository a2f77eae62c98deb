//! The built-in default backend: draws the words of a prompt instantly and offline. It is not an AI model, and its
//! remarks state that: it recognizes nouns, numbers, colors and places, and reports the words that it does not know.

mod backdrop;
mod color;
mod daylight;
mod drawing;
mod grid;
mod horizon;
mod layout;
mod parse;
mod placeholder;
mod rng;
mod scene;
mod style;
mod sun_and_moon;
mod svg_writer;
mod thing_art;
mod vocabulary;
mod word_lists;

use std::{
    hash::{BuildHasher, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use serde::Deserialize;

use self::{drawing::SketchDrawing, style::SketchStyle, vocabulary::Vocabulary};
use crate::{
    Backend, BackendError, BackendKind, Capabilities, Cost, CostBasis, ErrorKind, Estimate, Format, Health, Image,
    Model, ModelLifecycle, Outcome, Param, ParamKind, Preview, Progress, Readiness, Request, Settings, Size, SizeRule,
    Table, TableError, Usd, Value,
    openai::check_defaults,
    svg::{CheckedSvg, SvgError, SvgLimits},
};

/// The constructor of this backend kind for the config.
pub const KIND: BackendKind = BackendKind { name: "sketch", about: ABOUT, make: build };

const ABOUT: &str = "offline clip art, instant and free (not AI)";
const MODEL: &str = "sketch";
const SIZE: Size = Size::new(1024, 1024);
/// The longest edge of a preview, in pixels.
const PREVIEW_EDGE: u32 = 512;
const MAX_IMAGES: u32 = 8;
/// The word for a seed that is chosen when the job starts.
const RANDOM: &str = "random";
/// The number of random seeds, few enough that one can be typed.
const RANDOM_SEEDS: u64 = 1_000_000_000;

/// The backend's table in the config.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SketchConfig {
    #[serde(default)]
    defaults: Settings,
}

/// The sketch backend.
#[derive(Debug)]
pub struct Sketch {
    capabilities: Capabilities,
}

fn build(table: &Table<'_>) -> Result<Arc<dyn Backend>, TableError> {
    let config: SketchConfig = table.read()?;
    check_defaults::check(&[model()], &config.defaults)?;
    Ok(Arc::new(Sketch::new(config.defaults)))
}

impl Sketch {
    /// Creates a backend with the user's default settings.
    pub fn new(defaults: Settings) -> Self {
        let capabilities = Capabilities {
            kind: "sketch".into(),
            about: ABOUT.into(),
            models: vec![model()],
            default_model: MODEL.to_owned(),
            defaults,
            readiness: Readiness::Ready,
            offline: true,
            previews: true,
            resume: false,
            asks: false,
        };
        Self { capabilities }
    }
}

fn model() -> Model {
    let size = ParamKind::Size {
        presets: vec![SIZE, Size::new(1536, 1024), Size::new(1024, 1536), Size::new(512, 512)],
        auto: false,
        free: Some(SizeRule {
            min_edge: 16,
            max_edge: 4096,
            multiple_of: 1,
            min_pixels: 0,
            max_pixels: 4096 * 4096,
            max_ratio: 0,
        }),
    };
    let params = vec![
        Param::new("size", "width and height in pixels", size).with_default("1024x1024"),
        Param::integer("seed", "the same seed gives the same image", 0, i64::MAX)
            .with_keyword(RANDOM)
            .with_default(RANDOM),
        Param::choice("style", "drawing style", &SketchStyle::NAMES).with_default("color"),
        Param::choice("format", "file format; svg scales without loss", &["png", "svg"]).with_default("png"),
    ];
    Model {
        id: MODEL.to_owned(),
        about: "nouns, numbers, colors, places, scenes and quoted text; free".into(),
        params,
        max_count: MAX_IMAGES,
        max_inputs: 0,
        mask: false,
        markup: false,
        life: ModelLifecycle::default(),
    }
}

impl Backend for Sketch {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, _: &Request) -> Estimate {
        Estimate::FREE
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        run(request, progress).boxed()
    }

    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        futures::future::ready(SketchRequest::from_request(request).map(|_| Vec::new())).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        let good = vec!["no key or network needed".to_owned()];
        futures::future::ready(Ok(Health { good, ..Health::default() })).boxed()
    }
}

/// A request, parsed once for all of its images.
#[derive(Clone)]
struct SketchRequest {
    prompt: String,
    size: Size,
    style: Option<SketchStyle>,
    format: Format,
    seed: u64,
}

/// Returns a seed that differs from job to job; each map of the standard library gets such keys from the system.
fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() % RANDOM_SEEDS
}

impl SketchRequest {
    fn from_request(request: &Request) -> Result<Self, BackendError> {
        if !request.inputs.is_empty() || request.mask.is_some() {
            let error = BackendError::new(ErrorKind::Unsupported, "`sketch` takes no reference images");
            return Err(error.with_hint("choose a backend that takes reference images"));
        }
        if request.model != MODEL {
            return Err(invalid(&format!("`sketch` has no model `{}`", request.model.escape_debug())));
        }
        let model = model();
        for (name, value) in &request.settings {
            let known = model.param(name).ok_or_else(|| invalid(&model.unknown(name)))?;
            known.check(value).map_err(|error| invalid(&error))?;
        }
        // `color` is the default, so it does not override a style named in the prompt.
        let style =
            request.text("style").and_then(SketchStyle::from_setting).filter(|style| *style != SketchStyle::Color);
        Ok(Self {
            prompt: request.prompt.clone(),
            size: request.size().unwrap_or(SIZE),
            style,
            format: if request.text("format") == Some("svg") { Format::Svg } else { Format::Png },
            seed: request.integer("seed").map_or_else(random_seed, i64::unsigned_abs),
        })
    }
}

fn invalid(error: &dyn std::fmt::Display) -> BackendError {
    BackendError::new(ErrorKind::InvalidParameter, error.to_string())
}

async fn run(request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
    let order = SketchRequest::from_request(request)?;
    let mut outcome = Outcome { cost: Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free }), ..Outcome::default() };
    let count = request.count.clamp(1, MAX_IMAGES);
    for at in 0..count {
        progress.status("reading the prompt");
        let one = SketchRequest { seed: order.seed.wrapping_add(u64::from(at)), ..order.clone() };
        let (drawing, notes) = run_blocking(move || parse_and_draw(&one, &Vocabulary::new())).await?;
        if at == 0 {
            outcome.notes = notes;
        }
        let drawing = Arc::new(drawing);
        preview(&drawing, at, count, progress).await?;
        progress.status("rendering the image");
        let (finished, format) = (Arc::clone(&drawing), order.format);
        outcome.images.push(run_blocking(move || finish(&finished, format)).await?);
        progress.percent(100.0 * (at + 1) as f32 / count as f32);
    }
    outcome.effective = effective(&order);
    progress.received();
    Ok(outcome)
}

/// Returns the settings that reproduce the images, with the seed of the first one.
fn effective(order: &SketchRequest) -> Settings {
    let seed = Value::Integer(i64::try_from(order.seed).unwrap_or(i64::MAX));
    Settings::from([("size".to_owned(), Value::Text(order.size.to_string())), ("seed".to_owned(), seed)])
}

/// Shows previews of the scene, then of the first things, then of the complete drawing.
async fn preview(drawing: &Arc<SketchDrawing>, image: u32, of: u32, progress: &Progress) -> Result<(), BackendError> {
    let all = drawing.things();
    let words = ["drawing the scene", "drawing the first objects", "drawing the rest"];
    for (step, (things, words)) in [0, all.div_ceil(2), all].into_iter().zip(words).enumerate() {
        progress.status(words);
        let drawing = Arc::clone(drawing);
        let bytes = run_blocking(move || drawing.preview(things)).await?;
        progress.preview(Preview { image, step: step as u32, format: Format::Png, bytes });
        let part = (step + 1) as f32 / 4.0;
        progress.percent(100.0 * (image as f32 + part) / of as f32);
    }
    Ok(())
}

/// Runs CPU-bound work outside the async workers. When the future is dropped, the current step finishes unobserved;
/// each step takes a fraction of a second, and none writes anything.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SvgError> + Send + 'static,
) -> Result<T, BackendError> {
    let local = |message: String| BackendError::new(ErrorKind::Local, message);
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| local(error.to_string()).with_hint(error.hint())),
        Err(error) => Err(local(format!("the drawing thread failed: {error}"))),
    }
}

/// Parses and draws a prompt; also returns remarks for the user.
fn parse_and_draw(order: &SketchRequest, vocabulary: &Vocabulary) -> Result<(SketchDrawing, Vec<String>), SvgError> {
    let mut reading = parse::read(&order.prompt, vocabulary);
    let style = order.style.or(reading.style).unwrap_or_default();
    if style == SketchStyle::Night {
        reading.scene.hour = scene::Hour::Night;
    }
    let drawing = drawing::draw(&reading, &order.prompt, order.size, style, order.seed)?;
    Ok((drawing, reading.remarks()))
}

fn finish(drawing: &SketchDrawing, format: Format) -> Result<Image, SvgError> {
    let svg = drawing.svg(drawing.things());
    if format == Format::Svg {
        return Ok(Image { bytes: Bytes::from(svg), format, svg: None, file: None });
    }
    let png = CheckedSvg::parse(&svg, &SvgLimits::default())?.render(drawing.size())?.encode_png()?;
    Ok(Image { bytes: Bytes::from(png), format, svg: Some(svg), file: None })
}

impl SketchDrawing {
    fn preview(&self, things: usize) -> Result<Bytes, SvgError> {
        let full = self.size();
        let scale = f64::from(PREVIEW_EDGE) / f64::from(full.width.max(full.height)).max(f64::from(PREVIEW_EDGE));
        let edge = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let size = Size::new(edge(full.width), edge(full.height));
        let png = CheckedSvg::parse(&self.svg(things), &SvgLimits::default())?.render(size)?.encode_png()?;
        Ok(Bytes::from(png))
    }
}

#[cfg(test)]
mod tests;
