//! The backend against the stand-in server, over real HTTP.
//! Every test uses the bench in this file: a server, a backend that points to it, and a listener that records updates.

mod conformance;
mod edit;
mod faults;
mod fixed_server;
mod generate;
mod health;
mod profiles;
mod rate_limit;
mod raw_connection;
mod response_shapes;
mod responses_api;
mod retired_model;
mod retry;
mod salvage;
mod stream;

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use fake_openai::{Builder, FakeOpenAi};
use futures::future::BoxFuture;
use image::{DynamicImage, ImageFormat};
use tempfile::TempDir;

use super::GptImage;
use crate::{
    Backend, BackendError, Format, Listener, Outcome, Preview, Progress, Request, RequestImage, Size, Table, Ticket,
    Update, Value, openai::retry::RetryPolicy,
};

/// The key, which must not leak anywhere.
const KEY: &str = "sk-SECRET-0123456789";

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
    backend: GptImage,
    ear: Arc<JobRecorder>,
    folder: TempDir,
}

/// Returns a policy with the shortest waits, so that tests are fast.
fn policy() -> RetryPolicy {
    let short = Duration::from_millis(1);
    RetryPolicy { first: short, longest: short, tick: short, poll: short, ..RetryPolicy::default() }
}

fn backend(config: &str, base_url: &str) -> GptImage {
    let settings = toml::from_str(config).unwrap();
    let env = |name: &str| match name {
        "OPENAI_API_KEY" | "AZURE_OPENAI_API_KEY" => Some(KEY.to_owned()),
        "OPENAI_BASE_URL" => Some(base_url.to_owned()),
        _ => None,
    };
    let table = Table {
        name: "gpt-image",
        settings: &settings,
        env: &env,
        folder: Path::new("/"),
        accounts: &crate::Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    };
    GptImage::build(&table, policy()).unwrap()
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

    async fn draw(&self, request: &Request) -> Result<Outcome, BackendError> {
        let listener: Arc<dyn Listener> = Arc::clone(&self.ear) as Arc<dyn Listener>;
        self.backend.generate(request, &Progress::new(listener, self.folder.path())).await
    }

    /// Generates a lighthouse at low cost.
    async fn lighthouse(&self, chosen: &[(&str, Value)]) -> Result<Outcome, BackendError> {
        self.draw(&self.order("a lighthouse", chosen)).await
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

    fn statuses(&self) -> Vec<String> {
        let statuses = self.heard().into_iter().filter_map(|update| match update {
            Update::Status(words) => Some(words),
            _ => None,
        });
        statuses.collect()
    }

    /// Returns the JSON of the only request to `path`.
    fn body(&self, path: &str) -> serde_json::Value {
        let requests = self.server.requests_to(path);
        assert_eq!(requests.len(), 1, "one request to {path}");
        requests[0].json().unwrap().clone()
    }

    /// Returns every file that the job left in its directory.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// Asserts that the key is in nothing that a job reports or leaves behind.
    fn assert_secret_kept(&self, told: &dyn std::fmt::Debug) {
        let told = format!("{told:?} {:?} {:?}", self.backend, self.heard());
        assert!(!told.contains("SECRET"), "{told}");
        for (name, bytes) in self.files() {
            assert!(!bytes.windows(6).any(|window| window == b"SECRET"), "{name}");
        }
    }
}

fn picture(name: &str, picture: impl Into<DynamicImage>, format: ImageFormat) -> RequestImage {
    let picture = picture.into();
    let mut bytes = Vec::new();
    picture.write_to(&mut io::Cursor::new(&mut bytes), format).unwrap();
    let size = Size::new(picture.width(), picture.height());
    RequestImage {
        name: name.to_owned(),
        format: Format::detect(&bytes).unwrap(),
        size,
        bytes: Bytes::from(bytes),
        svg: None,
    }
}
