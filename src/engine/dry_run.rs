//! Dry runs: everything that a job checks before anything is sent, without recording it.
//! The engine's `submit` does the same steps for a job.

use tintype_backends::{BackendError, Estimate, Request, SharedBackend};

use crate::{
    engine::{Draft, Plan, Registry, SubmitError, plan::plan, references},
    library::Library,
};

/// A job as it would be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRun {
    /// The plan, with the references loaded into its request.
    pub plan: Plan,
    /// The conversions of the references, one per line.
    pub notes: Vec<String>,
}

impl Registry {
    /// Checks a draft and its references as a job would. Nothing is sent or written.
    pub async fn dry_run(&self, draft: &Draft, library: Option<&Library>) -> Result<DryRun, SubmitError> {
        let (mut plan, backend) = plan(self, draft)?;
        references::load(library, draft, &mut plan.request).await?;
        let refused = |error: BackendError| SubmitError::Refused(Box::new(error));
        let notes = backend.check_request(&plan.request).await.map_err(refused)?;
        plan.estimate = self.best_estimate(&plan.backend, &backend, &plan.request).await;
        Ok(DryRun { plan, notes })
    }

    /// Returns the estimate of a request, from the backend and the cost history.
    pub(super) async fn best_estimate(&self, name: &str, backend: &SharedBackend, request: &Request) -> Estimate {
        let asked = backend.fetch_estimate(request).await;
        self.refine(name, request, asked.unwrap_or_else(|| backend.estimate(request)))
    }
}
