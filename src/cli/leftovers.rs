//! What an earlier run left behind because it was killed: pictures that this machine has are saved, quietly, first of all.
//! Nothing is asked of a provider here; what only a provider has waits for `tintype jobs resume` or the studio.

use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::{
    engine::{Budget, Engine, EngineSetup, Registry},
    library::{Library, Record, State},
};

/// Decoding a large answer takes a moment; whatever takes longer is left for the next time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks after it; one line about what came of it.
pub(super) async fn recover(library: Library, registry: Registry) -> Option<String> {
    let (events, _) = unbounded_channel();
    let setup = EngineSetup { library, registry, budget: Budget::default(), events };
    words(&looked_after(&Engine::new(setup)).await)
}

/// The jobs that were left, as they stand now.
async fn looked_after(engine: &Engine) -> Vec<Record> {
    let found = match engine.recover_here().await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "what an earlier run left was not looked after");
            Vec::new()
        }
    };
    engine.shutdown(PATIENCE).await;
    let mut jobs = Vec::new();
    for record in found {
        jobs.extend(engine.library().record(record.id).await.ok().flatten());
    }
    jobs
}

/// `2 jobs of an earlier run are saved, 1 is unknown: see tintype jobs`
fn words(jobs: &[Record]) -> Option<String> {
    let count = |fits: &dyn Fn(State) -> bool| jobs.iter().filter(|record| fits(record.state)).count();
    let saved = count(&|state| state == State::Saved);
    let unknown = count(&|state| state == State::Unknown);
    let open = count(&|state| !state.is_final());
    let failed = count(&|state| state == State::Failed);
    let told: Vec<String> = [
        (saved, "saved after all"),
        (failed, "ended without an image"),
        (open, "still to be fetched: `tintype jobs resume ID`"),
        (unknown, "of unknown outcome: see `tintype jobs`"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let noun = if jobs.len() == 1 { "1 job was" } else { &format!("{} jobs were", jobs.len()) };
    (!told.is_empty()).then(|| format!("{noun} cut off in an earlier run: {}", told.join(", ")))
}
