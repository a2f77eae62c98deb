//! The built-in default backend: draws the words of a prompt instantly and offline. It is not an AI model, and its
//! remarks state that: it recognizes nouns, numbers, colors and places, and reports the words that it does not know.

mod art;
mod backdrop;
mod canvas;
mod colour;
mod daylight;
mod draw;
mod far;
mod grammar;
mod grid;
mod layout;
mod lights;
mod nothing;
mod parse;
mod random;
mod scene;
mod style;
mod vocabulary;

use std::sync::Arc;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use serde::Deserialize;

use self::{draw::Drawing, style::Style, vocabulary::Vocabulary};
use crate::{
    Backend, BackendError, Capabilities, Cost, CostBasis, ErrorKind, Estimate, Format, FreeSize, Health, Image, Kind,
    Life, Model, Outcome, Param, ParamKind, Preview, Progress, Readiness, Request, Settings, Size, Table, TableError,
    Usd, Value,
    openai::defaults,
    svg::{Checked, Limits, SvgError},
};

/// The constructor of this backend kind for the config.
pub const KIND: Kind = Kind { name: "sketch", about: ABOUT, make: build };

const ABOUT: &str = "draws the words it knows, offline and at once; no AI model";
const MODEL: &str = "sketch";
const SIZE: Size = Size::new(1024, 1024);
/// The longest edge of a preview, in pixels.
const PREVIEW_EDGE: u32 = 512;
const MOST_PICTURES: u32 = 8;

/// The backend's table in the config.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    defaults: Settings,
}

/// The sketch backend.
#[derive(Debug)]
pub struct Sketch {
    capabilities: Capabilities,
}

fn build(table: &Table<'_>) -> Result<Arc<dyn Backend>, TableError> {
    let config: Config = table.read()?;
    defaults::check(&[model()], &config.defaults)?;
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
        free: Some(FreeSize {
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
        Param::integer("seed", "the same seed gives the same picture", 0, i64::MAX).with_default(0),
        Param::choice("style", "how it is drawn", &Style::NAMES).with_default("colour"),
        Param::choice("format", "file format; svg can be enlarged at will", &["png", "svg"]).with_default("png"),
    ];
    Model {
        id: MODEL.to_owned(),
        about: "nouns, numbers, colours, places, scenes and text in quotes; free".into(),
        params,
        max_count: MOST_PICTURES,
        max_inputs: 0,
        mask: false,
        markup: false,
        life: Life::default(),
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

    fn rehearse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        futures::future::ready(Order::of(request).map(|_| Vec::new())).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        let good = vec!["it needs no key and no network".to_owned()];
        futures::future::ready(Ok(Health { good, ..Health::default() })).boxed()
    }
}

/// A request, parsed once for all of its images.
#[derive(Clone)]
struct Order {
    prompt: String,
    size: Size,
    style: Option<Style>,
    format: Format,
    seed: u64,
}

impl Order {
    fn of(request: &Request) -> Result<Self, BackendError> {
        if !request.inputs.is_empty() || request.mask.is_some() {
            let error = BackendError::new(ErrorKind::Unsupported, "`sketch` cannot start from a picture");
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
        // `colour` is the default, so it does not override a style named in the prompt.
        let style = request.text("style").and_then(Style::of).filter(|style| *style != Style::Colour);
        Ok(Self {
            prompt: request.prompt.clone(),
            size: request.size().unwrap_or(SIZE),
            style,
            format: if request.text("format") == Some("svg") { Format::Svg } else { Format::Png },
            seed: request.integer("seed").unwrap_or(0).unsigned_abs(),
        })
    }
}

fn invalid(error: &dyn std::fmt::Display) -> BackendError {
    BackendError::new(ErrorKind::InvalidParameter, error.to_string())
}

async fn run(request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
    let order = Order::of(request)?;
    let mut outcome = Outcome { cost: Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free }), ..Outcome::default() };
    let count = request.count.clamp(1, MOST_PICTURES);
    for at in 0..count {
        progress.status("reading the words");
        let one = Order { seed: order.seed.wrapping_add(u64::from(at)), ..order.clone() };
        let (drawing, notes) = aside(move || compose(&one, &Vocabulary::new())).await?;
        if at == 0 {
            outcome.notes = notes;
        }
        let drawing = Arc::new(drawing);
        preview(&drawing, at, count, progress).await?;
        progress.status("making the picture");
        let (finished, format) = (Arc::clone(&drawing), order.format);
        outcome.images.push(aside(move || finish(&finished, format)).await?);
        progress.percent(100.0 * (at + 1) as f32 / count as f32);
    }
    outcome.effective = Settings::from([("size".to_owned(), Value::Text(order.size.to_string()))]);
    progress.received();
    Ok(outcome)
}

/// Shows previews of the scene, then of the first things, then of the complete drawing.
async fn preview(drawing: &Arc<Drawing>, image: u32, of: u32, progress: &Progress) -> Result<(), BackendError> {
    let all = drawing.things();
    let words = ["drawing the scene", "drawing the first things", "drawing the rest"];
    for (step, (things, words)) in [0, all.div_ceil(2), all].into_iter().zip(words).enumerate() {
        progress.status(words);
        let drawing = Arc::clone(drawing);
        let bytes = aside(move || drawing.preview(things)).await?;
        progress.preview(Preview { image, step: step as u32, format: Format::Png, bytes });
        let part = (step + 1) as f32 / 4.0;
        progress.percent(100.0 * (image as f32 + part) / of as f32);
    }
    Ok(())
}

/// Runs CPU-bound work outside the async workers. When the future is dropped, the current step finishes unobserved;
/// each step takes a fraction of a second, and none writes anything.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SvgError> + Send + 'static,
) -> Result<T, BackendError> {
    let local = |message: String| BackendError::new(ErrorKind::Local, message);
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| local(error.to_string()).with_hint(error.hint())),
        Err(error) => Err(local(format!("the drawing thread failed: {error}"))),
    }
}

/// Parses and draws a prompt; also returns remarks for the user.
fn compose(order: &Order, vocabulary: &Vocabulary) -> Result<(Drawing, Vec<String>), SvgError> {
    let mut reading = parse::read(&order.prompt, vocabulary);
    let style = order.style.or(reading.style).unwrap_or_default();
    if style == Style::Night {
        reading.scene.hour = scene::Hour::Night;
    }
    let drawing = draw::draw(&reading, &order.prompt, order.size, style, order.seed)?;
    Ok((drawing, reading.remarks()))
}

fn finish(drawing: &Drawing, format: Format) -> Result<Image, SvgError> {
    let svg = drawing.svg(drawing.things());
    if format == Format::Svg {
        return Ok(Image { bytes: Bytes::from(svg), format, svg: None, file: None });
    }
    let png = Checked::parse(&svg, &Limits::default())?.render(drawing.size())?.encode_png()?;
    Ok(Image { bytes: Bytes::from(png), format, svg: Some(svg), file: None })
}

impl Drawing {
    fn preview(&self, things: usize) -> Result<Bytes, SvgError> {
        let full = self.size();
        let scale = f64::from(PREVIEW_EDGE) / f64::from(full.width.max(full.height)).max(f64::from(PREVIEW_EDGE));
        let edge = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let size = Size::new(edge(full.width), edge(full.height));
        let png = Checked::parse(&self.svg(things), &Limits::default())?.render(size)?.encode_png()?;
        Ok(Bytes::from(png))
    }
}

#[cfg(test)]
mod tests;
