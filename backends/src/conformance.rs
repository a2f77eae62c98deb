//! The conformance tests that every backend must pass: something is a backend if they find nothing broken.
//! They check the promises of [`Backend`], not the quality of images or the level of prices.

mod claimed_abilities;

use std::{
    collections::BTreeSet,
    fmt, io,
    panic::AssertUnwindSafe,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Either, select},
};
use tokio::sync::Notify;

use crate::{
    Backend, BackendError, Format, Listener, Model, Outcome, ParamKind, Preview, Progress, Readiness, Request,
    Settings, Size, Ticket, Update, Usd, Value,
    svg::{CheckedSvg, SvgLimits},
};

/// A promise of the contract, and the verdict on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConformanceFinding {
    /// The promise, in plain words.
    pub claim: &'static str,
    /// The result of the test.
    pub verdict: ConformanceVerdict,
}

/// The result of testing a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConformanceVerdict {
    /// The promise was kept.
    Kept,
    /// The promise was broken, in this way.
    Broken(String),
    /// The promise was not tested, for this reason.
    Skipped(String),
}

/// The depth of a test run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConformanceDepth {
    /// Test only what is free: capabilities, estimates, checks.
    Free,
    /// Also generate the few images of [`sample`], for backends where each may cost money.
    Sample,
    /// Also run over a dozen small jobs, for backends that are free.
    Full,
}

/// Returns the requests that [`ConformanceDepth::Sample`] sends.
pub fn sample(backend: &dyn Backend) -> Vec<Request> {
    vec![
        request(backend, "a cat"),
        two_image_request(backend),
        smallest_request(backend, ODD_PROMPTS[0]),
        smallest_request(backend, "a boat"),
    ]
}

/// Runs the tests against `backend`. `scratch` is an existing, empty directory.
pub async fn examine(backend: &dyn Backend, scratch: &Path, depth: ConformanceDepth) -> Vec<ConformanceFinding> {
    let mut findings = vec![
        finding("its capabilities are consistent", coherent(backend)),
        finding("its estimates are repeatable", estimates(backend)),
        finding("its check reports a result", checks(backend).await),
    ];
    let skipped = match &backend.capabilities().readiness {
        Readiness::Missing { what, .. } | Readiness::Unavailable { what, .. } => Some(what.clone()),
        Readiness::Asking => Some("it has not been started yet".to_owned()),
        Readiness::Ready => (depth == ConformanceDepth::Free).then(|| "drawing was not requested".to_owned()),
    };
    for claim in DRAWING {
        let dear = (depth == ConformanceDepth::Sample && !SAMPLED.contains(&claim))
            .then(|| "each job may cost money".to_owned());
        let verdict = match skipped.clone().or(dear) {
            Some(reason) => ConformanceVerdict::Skipped(reason),
            None => draws(claim, backend, scratch, depth)
                .await
                .map_or_else(ConformanceVerdict::Broken, |()| ConformanceVerdict::Kept),
        };
        findings.push(ConformanceFinding { claim, verdict });
    }
    let skipped = skipped.or_else(|| (depth == ConformanceDepth::Sample).then(|| "each job may cost money".to_owned()));
    for claim in claimed_abilities::claims(backend) {
        let verdict = match &skipped {
            Some(reason) => ConformanceVerdict::Skipped(reason.clone()),
            None => claimed_abilities::holds(claim, backend, scratch)
                .await
                .map_or_else(ConformanceVerdict::Broken, |()| ConformanceVerdict::Kept),
        };
        findings.push(ConformanceFinding { claim, verdict });
    }
    merge_repeats(&mut findings);
    findings
}

/// Reports each cause once: a later failure with the same cause counts as not tested.
fn merge_repeats(findings: &mut [ConformanceFinding]) {
    let mut told = BTreeSet::new();
    for ConformanceFinding { verdict, .. } in findings {
        if let ConformanceVerdict::Broken(how) = verdict
            && !told.insert(how.clone())
        {
            *verdict = ConformanceVerdict::Skipped("same failure as above".to_owned());
        }
    }
}

/// The start of the note on a job that failed after some of its images had arrived.
pub(crate) const AFTER_IMAGE: &str = "after image ";

const WHOLE: &str = "with default settings it returns an image of the stated format and size";
const COUNT: &str = "it returns the requested number of images";
const PREVIEWS: &str = "its previews belong to the job and come in order";
const DROPPED: &str = "a canceled job stops and does not disturb the next one";
const ODD: &str = "unusual prompts end in an image or a readable error, never in a panic";
const STRANGER: &str = "an unknown model ends in an image or a readable error, never in a panic";
const LEFT: &str = "the files of an interrupted job yield the same images in a later process";
const DRAWING: [&str; 7] = [WHOLE, COUNT, PREVIEWS, DROPPED, ODD, STRANGER, LEFT];
/// The promises about which a single request reveals the most.
const SAMPLED: [&str; 4] = [WHOLE, COUNT, ODD, LEFT];
/// Unusual prompts, the most revealing one first.
const ODD_PROMPTS: [&str; 6] =
    ["\0\u{1b}[31mred\u{7} <svg onload=\"x\">&", "", " \n\t ", "\0\u{1b}[31mred\u{7}", "\u{202e}tac a", "🐙🦀"];

type PromiseCheck = Result<(), String>;

async fn draws(claim: &str, backend: &dyn Backend, scratch: &Path, depth: ConformanceDepth) -> PromiseCheck {
    match claim {
        WHOLE => check_single_image(backend, scratch).await,
        COUNT => count(backend, scratch).await,
        PREVIEWS => previews(backend, scratch).await,
        DROPPED => check_cancel(backend, scratch).await,
        ODD => check_odd_prompts(backend, scratch, depth).await,
        LEFT => check_salvage(backend, scratch).await,
        _ => check_unknown_model(backend, scratch).await,
    }
}

fn finding(claim: &'static str, judged: PromiseCheck) -> ConformanceFinding {
    ConformanceFinding { claim, verdict: judged.map_or_else(ConformanceVerdict::Broken, |()| ConformanceVerdict::Kept) }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> PromiseCheck {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn coherent(backend: &dyn Backend) -> PromiseCheck {
    let capabilities = backend.capabilities();
    ensure(!capabilities.models.is_empty(), || "it has no model".to_owned())?;
    let default = &capabilities.default_model;
    ensure(capabilities.model(default).is_some(), || {
        format!("its default model `{default}` is not one of its models")
    })?;
    let ids: BTreeSet<&str> = capabilities.models.iter().map(|model| model.id.as_str()).collect();
    ensure(ids.len() == capabilities.models.len(), || "two models have the same id".to_owned())?;
    capabilities.models.iter().try_for_each(|model| sound(model, &capabilities.defaults))
}

fn sound(model: &Model, defaults: &Settings) -> PromiseCheck {
    let id = &model.id;
    ensure(model.max_count > 0, || format!("`{id}` allows no images"))?;
    let overlaid = model.mask || model.markup;
    ensure(!overlaid || model.max_inputs > 0, || format!("`{id}` takes a mask or markup but no reference image"))?;
    let names: BTreeSet<&str> = model.params.iter().map(|param| param.name.as_ref()).collect();
    ensure(names.len() == model.params.len(), || format!("two settings of `{id}` have the same name"))?;
    for param in &model.params {
        let name = &param.name;
        if let Some(default) = &param.default {
            param.check(default).map_err(|error| format!("a default of `{id}` is not valid: {error}"))?;
        }
        let condition = param.when.as_ref().map(|when| when.param.as_ref());
        let known = condition.is_none_or(|other| other != name.as_ref() && names.contains(other));
        ensure(known, || format!("`{name}` of `{id}` depends on a setting that does not exist"))?;
    }
    model.complete(defaults, &Settings::new()).map(|_| ()).map_err(|error| error.to_string())
}

fn estimates(backend: &dyn Backend) -> PromiseCheck {
    let request = request(backend, "a cat");
    ensure(backend.estimate(&request) == backend.estimate(&request), || {
        "two estimates of the same request differ".to_owned()
    })
}

async fn checks(backend: &dyn Backend) -> PromiseCheck {
    match catch_panic(backend.check()).await? {
        Ok(health) => {
            ensure(!health.good.is_empty() || !health.warnings.is_empty(), || "it reports nothing".to_owned())
        }
        Err(error) => check_wording(&error),
    }
}

async fn check_single_image(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let (request, recorder) = (request(backend, "a cat"), Recorder::new());
    let outcome = drawn(backend, &request, &recorder, scratch).await?;
    ensure(!outcome.images.is_empty(), || "it returned no image".to_owned())?;
    let cut_off = outcome.notes.iter().find(|note| note.starts_with(AFTER_IMAGE));
    ensure(cut_off.is_none(), || format!("it does not end properly: {}", cut_off.map_or("", String::as_str)))?;
    let cost = outcome.cost.as_ref().map(|cost| cost.usd).filter(|usd| *usd > Usd::ZERO);
    if let Some(usd) = cost.filter(|_| backend.capabilities().offline) {
        return Err(format!("it claims to be offline and free, but reports a cost of {usd}"));
    }
    outcome.images.iter().try_for_each(|image| {
        let size = decoded(image.format, &image.bytes)?;
        let asked = request.size().unwrap_or(size);
        ensure(size == asked, || format!("requested {asked}, received {size}"))?;
        image.svg.as_ref().map_or(Ok(()), |svg| decoded(Format::Svg, svg.as_bytes()).map(|_| ()))
    })
}

async fn count(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let request = two_image_request(backend);
    let outcome = drawn(backend, &request, &Recorder::new(), scratch).await?;
    let (asked, got) = (request.count, outcome.images.len());
    ensure(got as u64 == u64::from(asked), || format!("requested {asked}, received {got}"))
}

async fn previews(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let recorder = Recorder::new();
    drawn(backend, &smallest_request(backend, "a horse in a meadow"), &recorder, scratch).await?;
    let previews = recorder.previews();
    let promised = backend.capabilities().previews || previews.is_empty();
    ensure(promised, || "it sends previews without declaring them".to_owned())?;
    for (at, preview) in previews.iter().enumerate() {
        decoded(preview.format, &preview.bytes)?;
        ensure(preview.image == 0, || format!("a preview belongs to image {} of 1", preview.image + 1))?;
        ensure(preview.step == at as u32, || format!("preview {at} is numbered {}", preview.step))?;
    }
    Ok(())
}

/// Drops the future after its first update, then lets any remaining work run.
async fn check_cancel(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let (request, recorder) = (smallest_request(backend, "three trees"), Recorder::new());
    let progress = Progress::new(Arc::clone(&recorder) as Arc<dyn Listener>, scratch);
    let job = catch_panic(backend.generate(&request, &progress));
    let sign = std::pin::pin!(recorder.heard.notified());
    if let Either::Left((ended, _)) = select(job, sign).await {
        ended?.map_err(|error| failure(&error))?;
    }
    let before = recorder.count();
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    drawn(backend, &request, &Recorder::new(), scratch).await?;
    let after = recorder.count();
    ensure(before == after, || format!("it sent {} updates after it was canceled", after - before))
}

async fn check_odd_prompts(backend: &dyn Backend, scratch: &Path, depth: ConformanceDepth) -> PromiseCheck {
    if depth == ConformanceDepth::Sample {
        return ends_cleanly(backend, &smallest_request(backend, ODD_PROMPTS[0]), scratch).await;
    }
    let long = "a very long prompt, ".repeat(5_000);
    for prompt in ODD_PROMPTS.into_iter().chain([long.as_str()]) {
        ends_cleanly(backend, &smallest_request(backend, prompt), scratch).await?;
    }
    Ok(())
}

async fn check_unknown_model(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let mut request = smallest_request(backend, "a cat");
    "no-such-model".clone_into(&mut request.model);
    ends_cleanly(backend, &request, scratch).await
}

/// Simulates a crash between the last byte received and the first byte decoded: only the responses are on disk.
async fn check_salvage(backend: &dyn Backend, scratch: &Path) -> PromiseCheck {
    let folder = scratch.join("left");
    std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
    let request = smallest_request(backend, "a boat");
    let outcome = drawn(backend, &request, &Recorder::new(), &folder).await?;
    let is_empty = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
    match catch_panic(backend.salvage(&request, &folder)).await? {
        None => ensure(is_empty, || "it left files that it cannot recover".to_owned()),
        Some(Err(error)) => Err(format!("it returned an image, but recovery reports a failure: {error}")),
        Some(Ok(found)) => {
            ensure(found.images == outcome.images, || "the recovered images differ from the returned ones".to_owned())
        }
    }
}

/// Requires an image or an error written for people.
async fn ends_cleanly(backend: &dyn Backend, request: &Request, scratch: &Path) -> PromiseCheck {
    let progress = Progress::new(Recorder::new() as Arc<dyn Listener>, scratch);
    match catch_panic(backend.generate(request, &progress)).await? {
        Ok(outcome) => outcome.images.iter().try_for_each(|image| decoded(image.format, &image.bytes).map(|_| ())),
        Err(error) => check_wording(&error),
    }
}

/// Makes a request with every setting at its default.
fn request(backend: &dyn Backend, prompt: &str) -> Request {
    let capabilities = backend.capabilities();
    let mut request = Request::new(prompt, capabilities.default_model.clone());
    if let Some(model) = capabilities.model(&capabilities.default_model) {
        request.settings = model.complete(&capabilities.defaults, &Settings::new()).unwrap_or_default();
    }
    request
}

/// Makes a request for two images, if the backend supports that.
fn two_image_request(backend: &dyn Backend) -> Request {
    let mut request = smallest_request(backend, "a dog");
    request.count = backend.capabilities().model(&request.model).map_or(1, |model| model.max_count.min(2));
    request
}

/// Makes a request at the smallest size offered, since the tests are about promises and not about images.
fn smallest_request(backend: &dyn Backend, prompt: &str) -> Request {
    let mut request = request(backend, prompt);
    let model = backend.capabilities().model(&request.model);
    let sizes = model.and_then(|model| model.param("size")).and_then(|param| match &param.kind {
        ParamKind::Size { presets, .. } => presets.iter().min_by_key(|size| size.pixels()),
        _ => None,
    });
    if let Some(size) = sizes {
        request.settings.insert("size".to_owned(), Value::Text(size.to_string()));
    }
    request
}

async fn drawn(
    backend: &dyn Backend,
    request: &Request,
    recorder: &Arc<Recorder>,
    scratch: &Path,
) -> Result<Outcome, String> {
    let progress = Progress::new(Arc::clone(recorder) as Arc<dyn Listener>, scratch);
    let outcome = catch_panic(backend.generate(request, &progress)).await?;
    outcome.map_err(|error| failure(&error))
}

/// Returns a future's value, with a panic in it as an error message.
fn catch_panic<'a, T: 'a>(future: BoxFuture<'a, T>) -> BoxFuture<'a, Result<T, String>> {
    AssertUnwindSafe(future).catch_unwind().map(|end| end.map_err(|_| "it panicked".to_owned())).boxed()
}

fn failure(error: &BackendError) -> String {
    let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("it failed: {error}{hint}")
}

fn check_wording(error: &BackendError) -> PromiseCheck {
    let message = &error.message;
    ensure(!message.trim().is_empty(), || "an error has no message".to_owned())?;
    ensure(!message.chars().any(char::is_control), || format!("an error has control characters: {message:?}"))?;
    ensure(!message.ends_with('.'), || format!("an error ends with a period: {message}"))
}

/// Returns the size of an image if its bytes are valid and match the claimed format.
fn decoded(format: Format, bytes: &[u8]) -> Result<Size, String> {
    let found = Format::detect(bytes);
    ensure(found == Some(format), || format!("an image declared as {format} has another format"))?;
    if format == Format::Svg {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        return Ok(CheckedSvg::parse(text, &SvgLimits::default()).map_err(|error| error.to_string())?.size());
    }
    let picture = image::load_from_memory(bytes).map_err(|error| format!("an image cannot be decoded: {error}"))?;
    Ok(Size::new(picture.width(), picture.height()))
}

/// Records the updates of a job.
struct Recorder {
    updates: Mutex<Vec<Update>>,
    tickets: Mutex<Vec<Ticket>>,
    heard: Notify,
}

impl Recorder {
    fn new() -> Arc<Self> {
        Arc::new(Self { updates: Mutex::default(), tickets: Mutex::default(), heard: Notify::new() })
    }

    fn count(&self) -> usize {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn tickets(&self) -> Vec<Ticket> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn previews(&self) -> Vec<Preview> {
        let updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        let previews = updates.iter().filter_map(|update| match update {
            Update::Preview(preview) => Some(preview.clone()),
            _ => None,
        });
        previews.collect()
    }
}

impl Listener for Recorder {
    fn on_update(&self, update: Update) {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).push(update);
        self.heard.notify_one();
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner).push(ticket.clone());
        futures::future::ready(Ok(())).boxed()
    }
}

impl fmt::Display for ConformanceFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            ConformanceVerdict::Kept => write!(f, "kept: {}", self.claim),
            ConformanceVerdict::Broken(how) => write!(f, "broken: {}: {how}", self.claim),
            ConformanceVerdict::Skipped(why) => write!(f, "skipped: {}: {why}", self.claim),
        }
    }
}

#[cfg(test)]
mod tests;
