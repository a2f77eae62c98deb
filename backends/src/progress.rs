//! The reporting channel of a running job: status texts, previews, and the ticket by which a job can be resumed.
//! It carries no result: a job ends once, by the value that `generate` returns.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use crate::{BackendError, Cost, ErrorKind, Format};

/// A preview of an image in progress: it is shown, replaced by the next one, and never saved.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// The index of the job's image that it belongs to, from 0.
    pub image: u32,
    /// The number of earlier previews of that image.
    pub step: u32,
    /// The format of the bytes.
    pub format: Format,
    /// The encoded image.
    pub bytes: Bytes,
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preview(image {}, step {}, {} bytes)", self.image, self.step, self.bytes.len())
    }
}

/// A token by which a later process can find a job at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub serde_json::Value);

impl Ticket {
    /// Reads the backend's data; fails if another backend, or another version of it, wrote the ticket.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, BackendError> {
        T::deserialize(&self.0).map_err(|_| {
            BackendError::new(ErrorKind::Unsupported, "this job's ticket belongs to another backend")
                .with_hint("another backend or version created it; check the provider's usage page")
        })
    }
}

/// An update from a backend while it works.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The current activity, a few words, lower case.
    Status(String),
    /// The progress, 0 to 100.
    Percent(f32),
    /// A line of the model's reasoning summary.
    Thought(String),
    /// A preview of an image in progress.
    Preview(Preview),
    /// The request is being sent: from here on it may be billed.
    Sent,
    /// The request id: first our own while it is sent, then the provider's.
    RequestId(String),
    /// The response has been received completely.
    Received,
}

/// The listener of a job: the engine, or a test.
pub trait Listener: Send + Sync {
    /// Receives an update. It must not block and may drop previews.
    fn on_update(&self, update: Update);

    /// Saves a ticket to disk; the backend continues only when this is done.
    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>>;
}

/// A listener that discards every update and ticket.
struct SilentListener;

impl Listener for SilentListener {
    fn on_update(&self, _: Update) {}

    fn keep_ticket<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }
}

/// The connection of a job to its listener, and the job directory.
#[derive(Clone)]
pub struct Progress {
    listener: Arc<dyn Listener>,
    scratch: PathBuf,
    left: Arc<AtomicBool>,
    /// The cost of a canceled job, if its backend learns it later.
    late_cost: Arc<Mutex<Option<oneshot::Receiver<Cost>>>>,
}

impl Progress {
    /// Makes a connection to `listener`. `scratch` is an existing directory that belongs to this job alone.
    pub fn new(listener: Arc<dyn Listener>, scratch: impl Into<PathBuf>) -> Self {
        Self { listener, scratch: scratch.into(), left: Arc::default(), late_cost: Arc::default() }
    }

    /// Makes a connection without a listener, for work that leaves nothing behind.
    pub(crate) fn without_listener() -> Self {
        Self::new(Arc::new(SilentListener), PathBuf::new())
    }

    /// Returns the same connection with its listener wrapped by `wrap`.
    pub(crate) fn with_listener(&self, wrap: impl FnOnce(Arc<dyn Listener>) -> Arc<dyn Listener>) -> Self {
        Self { listener: wrap(Arc::clone(&self.listener)), ..self.clone() }
    }

    /// Returns the job directory. A paid response is written there as it arrives, before it is decoded.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Announces that the job is about to be dropped because the program exits, and that its ticket is on disk.
    pub fn detach(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Returns whether the job, if dropped, is left to be resumed: then the work elsewhere must not be stopped.
    pub fn is_detached(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Announces that the cost of the job that is being dropped will be known soon.
    pub(crate) fn report_cost_later(&self) -> oneshot::Sender<Cost> {
        let (sender, receiver) = oneshot::channel();
        *self.late_cost.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        sender
    }

    /// Returns the cost of a dropped job, if its backend learns it; waits as long as the backend takes.
    pub async fn late_cost(&self) -> Option<Cost> {
        let late_cost = self.late_cost.lock().unwrap_or_else(PoisonError::into_inner).take();
        late_cost?.await.ok()
    }

    /// Reports the current activity, a few words, lower case.
    pub fn status(&self, words: impl Into<String>) {
        self.listener.on_update(Update::Status(words.into()));
    }

    /// Reports the progress, 0 to 100.
    pub fn percent(&self, percent: f32) {
        self.listener.on_update(Update::Percent(percent.clamp(0.0, 100.0)));
    }

    /// Reports a line of the model's reasoning summary.
    pub fn thought(&self, line: impl Into<String>) {
        self.listener.on_update(Update::Thought(line.into()));
    }

    /// Reports a preview, which may be dropped.
    pub fn preview(&self, preview: Preview) {
        self.listener.on_update(Update::Preview(preview));
    }

    /// Reports that the request is being sent: from here on it may be billed.
    pub fn sent(&self) {
        self.listener.on_update(Update::Sent);
    }

    /// Reports the request id.
    pub fn request_id(&self, id: impl Into<String>) {
        self.listener.on_update(Update::RequestId(id.into()));
    }

    /// Reports that the response has been received completely.
    pub fn received(&self) {
        self.listener.on_update(Update::Received);
    }

    /// Saves the ticket to disk before the job continues.
    pub async fn ticket(&self, ticket: &Ticket) -> Result<(), BackendError> {
        self.listener
            .keep_ticket(ticket)
            .await
            .map_err(|error| BackendError::new(ErrorKind::Local, format!("could not save the job's ticket: {error}")))
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("scratch", &self.scratch).finish_non_exhaustive()
    }
}
