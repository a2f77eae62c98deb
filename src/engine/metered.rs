//! A wrapper that applies the budget to requests that are not jobs, such as those of the conformance tests, and books
//! their cost.
//! The images are not kept.

use futures::{FutureExt, future::BoxFuture};
use tintype_backends::{
    Backend, BackendError, Capabilities, ErrorKind, Estimate, Health, Outcome, Progress, Request, SharedBackend, Usd,
};

use crate::engine::{Engine, SubmitError};

/// A backend together with the engine that has the budget.
struct MeteredBackend {
    engine: Engine,
    name: String,
    backend: SharedBackend,
}

impl Engine {
    /// Returns the backend of that name, wrapped so that each request is checked against the budget and booked.
    pub fn metered(&self, name: &str) -> Option<SharedBackend> {
        let backend = self.registry().get(name)?.clone();
        Some(std::sync::Arc::new(MeteredBackend { engine: self.clone(), name: name.to_owned(), backend }))
    }
}

impl MeteredBackend {
    async fn draw(&self, request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
        let reserved = self.engine.reserve(&self.name, &self.estimate(request), request.count).await;
        let id = reserved.map_err(|error| refused(&error))?;
        let drawn = self.backend.generate(request, progress).await;
        let cost = match &drawn {
            Ok(outcome) => outcome.cost.as_ref().map(|cost| cost.usd),
            Err(error) if error.kind.is_free() => Some(Usd::ZERO),
            Err(_) => None,
        };
        if let Some(cost) = cost {
            let settled = self.engine.library().settle_expense(id, cost).await;
            settled.map_err(|error| BackendError::new(ErrorKind::Local, error.to_string()))?;
        }
        drawn
    }
}

fn refused(error: &SubmitError) -> BackendError {
    let refused = BackendError::new(ErrorKind::BillingLimit, error.to_string());
    match error.hint() {
        Some(hint) => refused.with_hint(hint),
        None => refused,
    }
}

impl Backend for MeteredBackend {
    fn capabilities(&self) -> &Capabilities {
        self.backend.capabilities()
    }

    fn estimate(&self, request: &Request) -> Estimate {
        self.engine.registry().refine(&self.name, request, self.backend.estimate(request))
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        self.draw(request, progress).boxed()
    }

    fn salvage<'a>(
        &'a self,
        request: &'a Request,
        scratch: &'a std::path::Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        self.backend.salvage(request, scratch)
    }

    fn warnings(&self) -> Vec<String> {
        self.backend.warnings()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        self.backend.check()
    }
}
