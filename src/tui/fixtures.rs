//! Fixtures for tests of the studio: records, a registry with two backends, a model.
//! The backends describe themselves and never generate an image.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use indexmap::IndexMap;
use jiff::Timestamp;
use tintype_backends::{
    Backend, BackendError, Capabilities, Cost, CostBasis, ErrorKind, Estimate, Format, Health, Model as DrawingModel,
    ModelLifecycle, Outcome, Param, ParamKind, Progress, ProviderIds, Readiness, Request, Settings, SharedBackend,
    Size, Usd,
};

use super::{
    live_config::LiveConfig,
    model::{MessageTime, Model},
};
use crate::{
    compare::{ComparisonPair, Lane, LaneOutcome, PairSide, Pairing, prompt_sha256},
    engine::Registry,
    id::Id,
    library::{ImageRecord, Inputs, JobState, Labels, Page, Query, Record},
    theme::Themes,
};

/// Returns noon of the day on which the fixtures take place.
pub(crate) fn noon() -> MessageTime {
    MessageTime { at: "2026-11-22T12:00:00Z".parse().unwrap(), since_start: std::time::Duration::from_secs(60) }
}

/// Returns a finished job with one image, created at noon.
pub(crate) fn record(prompt: &str) -> Record {
    let id = Id::new();
    Record {
        id,
        parent: None,
        created: noon().at,
        sent: None,
        backend: "pencil".into(),
        kind: "pencil".into(),
        model: "pencil".into(),
        prompt: prompt.into(),
        settings: Settings::from([("size".into(), "1024x1024".into())]),
        count: 1,
        state: JobState::Saved,
        error: None,
        estimate: Estimate::FREE,
        cost: Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free }),
        usage: None,
        seconds: Some(1.4),
        effective: Settings::new(),
        revised_prompt: None,
        ids: ProviderIds::default(),
        continuation: None,
        validity: None,
        directed: None,
        inputs: Inputs::default(),
        notes: Vec::new(),
        labels: Labels::default(),
        deleted: false,
        images: vec![ImageRecord {
            id: Id::new(),
            path: format!("/pictures/{}.png", prompt.replace(' ', "-")).into(),
            width: 1024,
            height: 1024,
            format: Format::Png,
            bytes: 312_400,
            sha256: "0".repeat(64),
            svg: None,
            missing: false,
        }],
    }
}

/// Returns a job that failed, with its error.
pub(crate) fn failed(prompt: &str) -> Record {
    let error = BackendError::new(ErrorKind::Refused, "the provider refused this prompt: violence")
        .with_hint("change the prompt; sending it again costs and changes nothing")
        .with_request_id(Some("req_123".into()));
    Record { state: JobState::Failed, error: Some(error), images: Vec::new(), cost: None, ..record(prompt) }
}

/// Returns the first page of a library with these records.
pub(crate) fn page(records: Vec<Record>) -> Page {
    Page { query: Query::default(), offset: 0, total: records.len() as u64, records }
}

/// Returns a studio with two backends, a free one and a paid one, in a terminal of 80 by 24.
pub(crate) fn model() -> Model {
    let theme = Themes::built_in().get("tintype").unwrap();
    Model::new(registry(), theme, Arc::new(LiveConfig::default()), noon())
}

/// Returns two backends: `pencil` is free, `brush` costs money and accepts references.
pub(crate) fn registry() -> Arc<Registry> {
    let pencil: SharedBackend = Arc::new(StubBackend(capabilities("pencil", 1, 0), Some(Usd::ZERO)));
    let brush: SharedBackend = Arc::new(StubBackend(capabilities("brush", 4, 2), Some(Usd::from_dollars(0.042))));
    Arc::new(Registry::new(IndexMap::from([("pencil".into(), pencil), ("brush".into(), brush)]), "pencil"))
}

/// Returns the same backends before `pencil` was queried: it has no parameters yet, and no model but its own name.
pub(crate) fn registry_asking() -> Arc<Registry> {
    let mut unknown = capabilities("pencil", 1, 0);
    unknown.readiness = Readiness::Asking;
    unknown.models.truncate(1);
    unknown.models[0].params.clear();
    Arc::new(registry().with_backend("pencil", Arc::new(StubBackend(unknown, None))))
}

fn capabilities(name: &'static str, max_count: u32, max_inputs: u32) -> Capabilities {
    let sizes = [Size::new(1024, 1024), Size::new(1536, 1024)];
    let params = vec![
        Param::new("size", "width and height", ParamKind::Size { presets: sizes.into(), auto: false, free: None })
            .with_default("1024x1024"),
        Param::choice("style", "how it looks", &["color", "line"]).with_default("color"),
        Param::integer("seed", "another number, another image", 0, 99).with_default(0),
    ];
    let model = |id: &str| DrawingModel {
        id: id.into(),
        about: "draws what fixtures need".into(),
        params: params.clone(),
        max_count,
        max_inputs,
        mask: id == "brush",
        markup: id == "brush",
        life: ModelLifecycle {
            shutdown: id.ends_with("old").then(|| "2026-10-23".into()),
            successor: Some(name.into()),
        },
    };
    Capabilities {
        kind: name.into(),
        about: format!("the {name} of the tests").into(),
        models: vec![model(name), model(&format!("{name}-old"))],
        default_model: name.into(),
        defaults: Settings::new(),
        readiness: Readiness::Ready,
        offline: max_inputs == 0,
        previews: true,
        resume: false,
        asks: false,
    }
}

/// A backend that only describes itself.
struct StubBackend(Capabilities, Option<Usd>);

impl Backend for StubBackend {
    fn capabilities(&self) -> &Capabilities {
        &self.0
    }

    fn estimate(&self, request: &Request) -> Estimate {
        let usd = self.1.map(|usd| usd.times(u64::from(request.count)));
        Estimate { usd, upper: usd, ..Estimate::default() }
    }

    fn generate<'a>(&'a self, _: &'a Request, _: &'a Progress) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        ready(Err(BackendError::new(ErrorKind::Unsupported, "this backend only describes itself"))).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        ready(Ok(Health::default())).boxed()
    }
}

fn side(name: &str, seconds: f64, cost: Usd, ending: LaneOutcome) -> PairSide {
    let settings = Settings::from([("size".into(), "1024x1024".into()), ("style".into(), name.into())]);
    let lane = Lane { name: name.into(), backend: name.into(), model: format!("{name}-1"), settings };
    PairSide {
        lane,
        job: Some(Id::new()),
        image: Some(Id::new()),
        sha256: Some(name.into()),
        ending,
        first_preview_seconds: Some(seconds / 2.0),
        seconds: Some(seconds),
        cost: Some(cost),
        validity: None,
    }
}

/// Returns a pair of a run, `brush` on the left.
pub(crate) fn pair() -> ComparisonPair {
    ComparisonPair {
        id: Id::new(),
        run: Some(Id::new()),
        at: at("12:00:00"),
        prompt: "a red kite".into(),
        prompt_sha256: prompt_sha256("a red kite"),
        pack: Some("mine".into()),
        category: Some("Artifacts".into()),
        challenge: None,
        left: side("brush", 31.0, Usd::from_dollars(0.25), LaneOutcome::Image),
        right: side("pencil", 0.2, Usd::ZERO, LaneOutcome::Image),
        mirrors: None,
    }
}

/// Returns that pair with its files, as the library hands it out.
pub(crate) fn dealt(pair: &ComparisonPair) -> Pairing {
    let files = [pair.left.image, pair.right.image].map(|id| format!("/{}.png", id.unwrap()).into());
    Pairing { pair: Some(pair.clone()), files: Some(files), run: pair.run, voted: 2, total: 24 }
}

/// Returns a time on the day of the fixtures.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}
