//! The engine from outside: drafts in, events and files out. Each backend here misbehaves in exactly one way.

mod budget;
#[cfg(unix)]
mod external;
mod mock_backend;
mod outcomes;
mod recovery;
mod saving;
mod submitting;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tintype::{
    engine::{Budget, Draft, Engine, EngineEvent, EngineSetup, JobEvent, Registry},
    id::Id,
    library::{Library, Record},
};
use tintype_backends::SharedBackend;
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// An engine on a directory of its own, with its events.
struct EngineFixture {
    dir: TempDir,
    engine: Engine,
    events: UnboundedReceiver<EngineEvent>,
}

impl EngineFixture {
    /// Creates an engine with one backend, called `pen`, and no limits.
    fn new(backend: SharedBackend) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), backend, Budget::default())
    }

    fn in_dir(dir: TempDir, backend: SharedBackend, budget: Budget) -> Self {
        let library = Library::open(dir.path()).unwrap();
        let registry = Registry::new([("pen".to_owned(), backend)].into_iter().collect(), "auto");
        let (sender, events) = mpsc::unbounded_channel();
        let engine = Engine::new(EngineSetup { library, registry, budget, events: sender });
        Self { dir, engine, events }
    }

    /// Simulates an exit and a restart, with this backend.
    fn restart(self, backend: SharedBackend) -> Self {
        Self::in_dir(self.dir, backend, Budget::default())
    }

    fn library(&self) -> &Library {
        self.engine.library()
    }

    async fn submit(&self, prompt: &str) -> Id {
        self.engine.submit(draft(prompt)).await.unwrap()
    }

    async fn next(&mut self) -> JobEvent {
        self.events.recv().await.unwrap().what
    }

    /// Waits for a job's last event. Returns it with the events before it.
    async fn wait_for_end(&mut self) -> (JobEvent, Vec<JobEvent>) {
        let mut before = Vec::new();
        loop {
            match self.next().await {
                last @ (JobEvent::Saved(_) | JobEvent::Failed(_) | JobEvent::Canceled(_)) => return (last, before),
                event => before.push(event),
            }
        }
    }

    /// Submits a job and waits for its end. Asserts that no event follows it.
    async fn run(&mut self, prompt: &str) -> JobEvent {
        self.submit(prompt).await;
        let (last, before) = self.wait_for_end().await;
        assert!(matches!(before[0], JobEvent::Started(_)));
        assert!(self.engine.running().is_empty());
        assert!(self.events.try_recv().is_err());
        last
    }

    async fn run_saved(&mut self, prompt: &str) -> Record {
        match self.run(prompt).await {
            JobEvent::Saved(record) => *record,
            other => panic!("not saved: {other:?}"),
        }
    }

    async fn run_failed(&mut self, prompt: &str) -> Record {
        match self.run(prompt).await {
            JobEvent::Failed(record) => *record,
            other => panic!("not failed: {other:?}"),
        }
    }

    async fn row(&self, job: Id) -> Record {
        self.library().record(job).await.unwrap().unwrap()
    }

    /// Returns every file below a folder of the data directory.
    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.dir.path().join(folder), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

fn draft(prompt: &str) -> Draft {
    Draft { prompt: prompt.to_owned(), ..Draft::default() }
}
