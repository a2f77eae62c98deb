//! Mock backends: minimal capabilities around one function with the behavior under test.

use std::{io::Cursor, path::Path, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use tintype_backends::{
    Backend, BackendError, Capabilities, Cost, CostBasis, Estimate, Format, Health, Image, Model, ModelLifecycle,
    Outcome, Param, Progress, Readiness, Request, Settings, SharedBackend, Ticket, Usd,
};

type Drawn = Result<Outcome, BackendError>;
type Act = Box<dyn Fn(Request, Progress) -> BoxFuture<'static, Drawn> + Send + Sync>;

/// A backend that runs a given function.
pub(super) struct MockBackend {
    pub(super) capabilities: Capabilities,
    pub(super) estimate: Estimate,
    /// The outcome that `salvage` returns if the job's folder has any content.
    pub(super) salvaged: Option<Outcome>,
    act: Act,
}

impl MockBackend {
    /// Creates a backend that is paid by default, and that only knows its cost at the end.
    pub(super) fn new<F>(act: impl Fn(Request, Progress) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Drawn> + Send + 'static,
    {
        let estimate = Estimate { usd: Some(Usd::from_dollars(0.25)), ..Estimate::default() };
        Self {
            capabilities: capabilities(),
            estimate,
            salvaged: None,
            act: Box::new(move |request, line| act(request, line).boxed()),
        }
    }

    /// Returns a backend that draws one small PNG.
    pub(super) fn instant() -> Self {
        Self::new(|_, line| async move {
            line.sent();
            Ok(outcome(vec![picture(png(8, 6))]))
        })
    }

    /// Returns a backend that sends its request and never finishes.
    pub(super) fn endless() -> Self {
        Self::new(|_, line| async move {
            std::fs::File::create(line.scratch().join("half an answer")).unwrap();
            line.sent();
            line.status("waiting");
            futures::future::pending().await
        })
    }

    /// Returns a backend that delivers these files.
    pub(super) fn delivers(files: Vec<Image>) -> Self {
        Self::new(move |_, line| {
            line.sent();
            futures::future::ready(Ok(outcome(files.clone())))
        })
    }

    /// Returns a backend that fails with this error.
    pub(super) fn fails(error: BackendError) -> Self {
        Self::new(move |_, _| futures::future::ready(Err(error.clone())))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.capabilities);
        self
    }

    pub(super) fn into_shared(self) -> SharedBackend {
        Arc::new(self)
    }
}

impl Backend for MockBackend {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, _request: &Request) -> Estimate {
        self.estimate.clone()
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: &'a Progress) -> BoxFuture<'a, Drawn> {
        (self.act)(request.clone(), progress.clone())
    }

    /// Draws with the ticket's content as the prompt.
    fn resume<'a>(&'a self, ticket: &'a Ticket, progress: &'a Progress) -> BoxFuture<'a, Drawn> {
        (self.act)(Request::new(ticket.0.to_string(), "pen-1"), progress.clone())
    }

    fn salvage<'a>(&'a self, _: &'a Request, _: &'a Path) -> BoxFuture<'a, Option<Drawn>> {
        futures::future::ready(self.salvaged.clone().map(Ok)).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        futures::future::ready(Ok(Health::default())).boxed()
    }
}

fn capabilities() -> Capabilities {
    let model = Model {
        id: "pen-1".into(),
        about: "a pen".into(),
        params: vec![
            Param::choice("style", "how it looks", &["plain", "fancy"]).with_default("plain"),
            Param::integer("seed", "what it begins with", 0, 99),
        ],
        max_count: 4,
        max_inputs: 2,
        mask: true,
        markup: false,
        life: ModelLifecycle::default(),
    };
    Capabilities {
        kind: "pen".into(),
        about: "a pen".into(),
        models: vec![model],
        default_model: "pen-1".into(),
        defaults: Settings::new(),
        readiness: Readiness::Ready,
        offline: false,
        previews: true,
        resume: false,
        asks: false,
    }
}

pub(super) fn outcome(images: Vec<Image>) -> Outcome {
    let cost = Cost { usd: Usd::from_dollars(0.125), basis: CostBasis::Stated };
    Outcome { images, cost: Some(cost), ..Outcome::default() }
}

pub(super) fn picture(bytes: Vec<u8>) -> Image {
    Image { bytes: bytes.into(), format: Format::Png, svg: None, file: None }
}

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbaImage::new(width, height).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
