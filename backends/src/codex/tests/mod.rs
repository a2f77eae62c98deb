//! The backend against the stand-in server, over real HTTP.
//! Every test uses the bench in this file: a server, a backend that points to it, and a listener that records updates.

mod answer_question;
mod background;
mod conformance;
mod corpus;
mod draw;
mod failures;
mod salvage;
mod turns;

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use fake_openai::{Builder, FakeOpenAi};
use futures::future::BoxFuture;
use tempfile::TempDir;

use super::Codex;
use crate::{
    Backend, BackendError, Listener, Outcome, Preview, Progress, Request, Table, Ticket, Update, Value,
    openai::retry::RetryPolicy,
};

/// The key, which must not leak anywhere.
const KEY: &str = "sk-SECRET-0123456789";
const PATH: &str = "/v1/responses";

/// A listener that records its updates.
#[derive(Default)]
struct JobRecorder {
    updates: Mutex<Vec<Update>>,
    tickets: Mutex<Vec<Ticket>>,
}

impl Listener for JobRecorder {
    fn on_update(&self, update: Update) {
        self.updates.lock().unwrap().push(update);
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        self.tickets.lock().unwrap().push(ticket.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A server, a backend that points to it, and everything that a job leaves behind.
struct Bench {
    server: FakeOpenAi,
    backend: Codex,
    ear: Arc<JobRecorder>,
    folder: TempDir,
}

/// Returns a policy with the shortest waits, so that tests are fast.
fn policy() -> RetryPolicy {
    let short = Duration::from_millis(1);
    RetryPolicy { first: short, longest: short, tick: short, poll: short, ..RetryPolicy::default() }
}

fn backend(config: &str, base_url: &str) -> Codex {
    let settings = toml::from_str(config).unwrap();
    let env = |name: &str| match name {
        "OPENAI_API_KEY" => Some(KEY.to_owned()),
        "OPENAI_BASE_URL" => Some(base_url.to_owned()),
        _ => None,
    };
    let table = Table {
        name: "codex",
        settings: &settings,
        env: &env,
        folder: Path::new("/"),
        accounts: &crate::Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    };
    Codex::build(&table, policy()).unwrap()
}

impl Bench {
    async fn new(config: &str) -> Self {
        Self::with_server(FakeOpenAi::builder(), config).await
    }

    async fn with_server(server: Builder, config: &str) -> Self {
        let server = server.with_key(KEY).start().await;
        let backend = backend(config, &server.base_url());
        Self { server, backend, ear: Arc::default(), folder: TempDir::new().unwrap() }
    }

    /// Makes a request with the settings that the app would fill in.
    fn order(&self, prompt: &str, chosen: &[(&str, Value)]) -> Request {
        let capabilities = self.backend.capabilities();
        let model = capabilities.model(&capabilities.default_model).unwrap();
        let chosen = chosen.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut request = Request::new(prompt, &model.id);
        request.settings = model.complete(&capabilities.defaults, &chosen).unwrap();
        request
    }

    fn progress(&self) -> Progress {
        Progress::new(Arc::clone(&self.ear) as Arc<dyn Listener>, self.folder.path())
    }

    async fn draw(&self, request: &Request) -> Result<Outcome, BackendError> {
        self.backend.generate(request, &self.progress()).await
    }

    async fn pelican(&self, chosen: &[(&str, Value)]) -> Result<Outcome, BackendError> {
        self.draw(&self.order("a pelican riding a bicycle", chosen)).await
    }

    fn heard(&self) -> Vec<Update> {
        self.ear.updates.lock().unwrap().clone()
    }

    fn previews(&self) -> Vec<Preview> {
        let previews = self.heard().into_iter().filter_map(|update| match update {
            Update::Preview(preview) => Some(preview),
            _ => None,
        });
        previews.collect()
    }

    fn bodies(&self) -> Vec<serde_json::Value> {
        self.server.requests_to(PATH).iter().map(|request| request.json().unwrap().clone()).collect()
    }

    /// Asserts that the key is in nothing that a job reports or leaves behind.
    fn assert_secret_kept(&self, told: &dyn std::fmt::Debug) {
        let told = format!("{told:?} {:?} {:?}", self.backend, self.heard());
        assert!(!told.contains("SECRET"), "{told}");
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"SECRET"), "{}", path.display());
        }
    }
}
