//! Recovery of jobs that an earlier process left behind when it was killed: images that are already on this machine are
//! saved. It contacts no provider; everything else waits for `tintype jobs resume` or the studio.

use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::{
    engine::{Budget, Engine, EngineSetup, Registry},
    library::{JobState, Library, Record},
};

/// Time limit for decoding; anything that takes longer is left for the next start.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// Recovers the jobs and returns a one-line summary.
pub(super) async fn recover(library: Library, registry: Registry) -> Option<String> {
    library.write_pending_sidecars().await;
    let (events, _) = unbounded_channel();
    let setup = EngineSetup { library, registry, budget: Budget::default(), events };
    summary(&recover_jobs(&Engine::new(setup)).await)
}

/// Returns the jobs with their state after the recovery.
async fn recover_jobs(engine: &Engine) -> Vec<Record> {
    let found = match engine.recover_here().await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "cannot recover the jobs of an earlier run");
            Vec::new()
        }
    };
    engine.shutdown(RECOVERY_TIMEOUT).await;
    let mut jobs = Vec::new();
    for record in found {
        jobs.extend(engine.library().record(record.id).await.ok().flatten());
    }
    jobs
}

/// Formats the summary, such as `2 jobs were interrupted in an earlier run: 1 saved now, …`.
fn summary(jobs: &[Record]) -> Option<String> {
    let count = |fits: &dyn Fn(JobState) -> bool| jobs.iter().filter(|record| fits(record.state)).count();
    let saved = count(&|state| state == JobState::Saved);
    let unknown = count(&|state| state == JobState::Unknown);
    let open = count(&|state| !state.is_final());
    let failed = count(&|state| state == JobState::Failed);
    let told: Vec<String> = [
        (saved, "saved now"),
        (failed, "failed without an image"),
        (open, "to resume with `tintype jobs resume ID`"),
        (unknown, "with unknown outcome, see `tintype jobs`"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let noun = if jobs.len() == 1 { "1 job was" } else { &format!("{} jobs were", jobs.len()) };
    (!told.is_empty()).then(|| format!("{noun} interrupted in an earlier run: {}", told.join(", ")))
}
