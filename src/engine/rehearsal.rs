//! A dry run: everything a job would find out before anything is sent, with nothing written down.
//! The engine's `submit` goes the same way for a job.

use tintype_backends::{BackendError, Estimate, Request, SharedBackend};

use crate::{
    engine::{Draft, Plan, Registry, SubmitError, input, plan::plan},
    library::Library,
};

/// A job as it would be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// The request with the images it starts from, and its estimate.
    pub plan: Plan,
    /// The conversions of the images, a line each.
    pub notes: Vec<String>,
}

impl Registry {
    /// Checks a draft and what it starts from as a job would. Sends nothing, writes nothing.
    pub async fn rehearse(&self, draft: &Draft, library: Option<&Library>) -> Result<Rehearsal, SubmitError> {
        let (mut plan, backend) = plan(self, draft)?;
        input::load(library, draft, &mut plan.request).await?;
        let refused = |error: BackendError| SubmitError::Refused(Box::new(error));
        let notes = backend.rehearse(&plan.request).await.map_err(refused)?;
        plan.estimate = self.expected(&plan.backend, &backend, &plan.request).await;
        Ok(Rehearsal { plan, notes })
    }

    /// The estimate of a request, from the backend's own and from past costs.
    pub(super) async fn expected(&self, name: &str, backend: &SharedBackend, request: &Request) -> Estimate {
        let asked = backend.fetch_estimate(request).await;
        self.better(name, request, asked.unwrap_or_else(|| backend.estimate(request)))
    }
}
