//! The server as a value: configured by a builder, running until dropped, queried afterwards for what it saw.
//! It runs on a runtime of its own, so that a test may block its thread on a child process.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

use crate::catalog::ModelCatalog;
use crate::faults::Faults;
use crate::middleware::middleware;
use crate::record::RecordedRequest;
use crate::state::{ServerConfig, Shared};
use crate::transport::{BreakableListener, ConnectionHandle};
use crate::{chat, control, edit, files, generate, models, responses};

/// A running stand-in; dropping it stops it and breaks its connections.
pub struct FakeOpenAi {
    shared: Arc<Shared>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

/// Configures a server before it starts.
#[derive(Clone, Debug)]
pub struct Builder {
    config: ServerConfig,
    catalog: ModelCatalog,
    port: u16,
}

impl Default for Builder {
    fn default() -> Self {
        Self { config: ServerConfig::default(), catalog: ModelCatalog::embedded(), port: 0 }
    }
}

impl Builder {
    /// Makes exactly these models available; all others answer as retired or missing.
    #[must_use]
    pub fn with_models<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.catalog.keep_only(&ids.into_iter().map(Into::into).collect::<BTreeSet<_>>());
        self
    }

    /// Makes a model available, such as `gpt-image-1` on servers that still have it.
    #[must_use]
    pub fn alive(mut self, id: &str) -> Self {
        self.catalog.set_available(id, true);
        self
    }

    /// Shuts down a model.
    #[must_use]
    pub fn retired(mut self, id: &str) -> Self {
        self.catalog.set_available(id, false);
        self
    }

    /// Leaves an available model out of `/v1/models`, as happens to new ones.
    #[must_use]
    pub fn unlisted(mut self, id: &str) -> Self {
        self.catalog.unlist(id);
        self
    }

    /// Announces a shutdown date, `YYYY-MM-DD`, for a model that may still be available.
    #[must_use]
    pub fn shutdown_date(mut self, id: &str, date: &str) -> Self {
        self.catalog.set_shutdown(id, date);
        self
    }

    /// Accepts only this key; without one, every key that begins with `sk-`.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.config.keys.push(key.into());
        self
    }

    /// Also accepts requests without a key, as self-hosted servers do.
    #[must_use]
    pub const fn without_key(mut self) -> Self {
        self.config.keyless = true;
        self
    }

    /// Applies these faults to every POST.
    #[must_use]
    pub fn always(mut self, faults: impl Into<Faults>) -> Self {
        self.config.always.extend(faults.into());
        self
    }

    /// Rejects further images after this many, until [`FakeOpenAi::refill`].
    #[must_use]
    pub fn images_per_minute(mut self, images: u64) -> Self {
        self.config.images_per_minute = Some(images);
        self
    }

    /// Registers an image under a URL, for JSON edits that refer to it; nothing is ever fetched from the network.
    #[must_use]
    pub fn hosted(mut self, url: &str, picture: impl Into<Bytes>) -> Self {
        self.config.hosted.insert(url.to_owned(), picture.into());
        self
    }

    /// Names an Azure deployment of a model; a deployment that is not named serves the model of its own name.
    #[must_use]
    pub fn deployment(mut self, name: &str, model: &str) -> Self {
        self.config.deployments.insert(name.to_owned(), model.to_owned());
        self
    }

    /// Listens on this port instead of any free one.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the server on 127.0.0.1.
    ///
    /// # Errors
    /// The system's error if the port cannot be bound.
    pub fn try_start(self) -> std::io::Result<FakeOpenAi> {
        let runtime = RuntimeBuilder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self.config, self.catalog, format!("http://{address}")));
        let router = router(&shared).into_make_service_with_connect_info::<ConnectionHandle>();
        let guard = runtime.enter();
        let listener = BreakableListener(TcpListener::from_std(listener)?);
        drop(guard);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(FakeOpenAi { shared, address, runtime: Some(runtime) })
    }

    /// Starts the server.
    ///
    /// # Panics
    /// When the loopback interface has no free port.
    #[expect(clippy::expect_used, reason = "a test needs a server")]
    pub fn start_blocking(self) -> FakeOpenAi {
        self.try_start().expect("a port of the loopback interface")
    }

    /// Starts the server. Same as [`Builder::start_blocking`], which never waits, in the form that async tests expect.
    pub async fn start(self) -> FakeOpenAi {
        std::future::ready(self.start_blocking()).await
    }
}

impl FakeOpenAi {
    /// Returns a builder with the defaults: all current models available, gpt-image-1 retired, any `sk-` key.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a server with the defaults.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts a server with the defaults where there is no runtime.
    pub fn start_blocking() -> Self {
        Self::builder().start_blocking()
    }

    /// Returns the value for `OPENAI_BASE_URL`: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.origin())
    }

    /// Returns the origin of the server's URLs, without a path; Azure's legacy URLs start here.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns every request so far, rejected ones too, in the order they arrived.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.log().requests.clone()
    }

    /// Returns the requests to one path, such as `/v1/images/edits`.
    pub fn requests_to(&self, path: &str) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// Returns the finished images so far, exactly the bytes that were sent, in order.
    pub fn images_sent(&self) -> Vec<Bytes> {
        self.shared.log().images.clone()
    }

    /// Returns the partial images so far, exactly the bytes that were sent, in order.
    pub fn partials_sent(&self) -> Vec<Bytes> {
        self.shared.log().partials.clone()
    }

    /// Returns the number of exchanges that the client left before their end.
    pub fn abandoned(&self) -> usize {
        self.shared.log().abandoned
    }

    /// Sets the faults of the next POSTs, one entry each; [`Faults::none`] lets one through.
    pub fn script<F: Into<Faults>>(&self, steps: impl IntoIterator<Item = F>) {
        self.shared.change(|log| log.script.extend(steps.into_iter().map(Into::into)));
    }

    /// Sets the faults of the next POST.
    pub fn next(&self, faults: impl Into<Faults>) {
        self.script([faults.into()]);
    }

    /// Sets the faults of the next GETs, one entry each: models, and responses retrieved or resumed.
    pub fn script_reads<F: Into<Faults>>(&self, steps: impl IntoIterator<Item = F>) {
        self.shared.change(|log| log.script_reads.extend(steps.into_iter().map(Into::into)));
    }

    /// Lets this many events or responses that wait for [`crate::Fault::Gate`] through, now or when they come.
    pub fn release(&self, events: usize) {
        self.shared.gate.add_permits(events);
    }

    /// Refills the images-per-minute limiter, as the passing of a minute would.
    pub fn refill(&self) {
        self.shared.change(|log| log.images_this_minute = 0);
    }

    /// Waits until the server's state satisfies the condition; returns immediately if it already does.
    pub async fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        let mut changed = self.shared.changed.subscribe();
        while !condition(self) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Drop for FakeOpenAi {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let images = Router::new()
        .route("/images/generations", post(generate::generations))
        .route("/images/edits", post(edit::edits));
    let api = images
        .clone()
        .route("/models", get(models::list))
        .route("/models/{id}", get(models::get_one))
        .route("/chat/completions", post(chat::completions))
        .route("/responses", post(responses::create))
        .route("/responses/{id}", get(responses::retrieve).delete(responses::delete))
        .route("/responses/{id}/cancel", post(responses::cancel))
        .route("/files", post(files::upload))
        .route("/files/{id}/content", get(files::content));
    Router::new()
        .nest("/v1", api.clone())
        .nest("/openai/v1", api)
        .nest("/openai/deployments/{deployment}", images)
        .route("/pictures/{index}", get(control::picture))
        .nest("/_fake", control::routes())
        .fallback(models::no_such_route)
        .layer(from_fn_with_state(Arc::clone(shared), middleware))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(shared))
}
