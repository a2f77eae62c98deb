//! A dry run: everything a job would find out before anything is sent, with nothing written down.
//! What a job does with it is in the engine's `submit`, which goes the same way.

use tintype_backends::{BackendError, Estimate, Request, SharedBackend};

use crate::{
    engine::{Draft, Plan, Registry, SubmitError, input, plan::plan},
    library::Library,
};

/// What a job would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// What would be asked, with the images it starts from, and what it would cost.
    pub plan: Plan,
    /// What would be done to the images, a line each.
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

    /// What a request costs, by the backend's own word for it and what was learned.
    pub(super) async fn expected(&self, name: &str, backend: &SharedBackend, request: &Request) -> Estimate {
        let asked = backend.fetch_estimate(request).await;
        self.better(name, request, asked.unwrap_or_else(|| backend.estimate(request)))
    }
}
