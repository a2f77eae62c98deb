//! The way back from a running job: status words, previews, and the ticket by which a job can be taken up again.
//! It carries no result: a job ends by what `generate` returns, once, by type.

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

/// A picture on its way: shown, replaced by the next one, never kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// Which of the job's pictures it belongs to, from 0.
    pub image: u32,
    /// How many previews of that picture came before it.
    pub step: u32,
    /// What the bytes are.
    pub format: Format,
    /// The file.
    pub bytes: Bytes,
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preview(image {}, step {}, {} bytes)", self.image, self.step, self.bytes.len())
    }
}

/// By this a later process finds a job again at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub serde_json::Value);

impl Ticket {
    /// What the backend wrote on it; an error where that was another backend, or another version of it.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, BackendError> {
        T::deserialize(&self.0).map_err(|_| {
            BackendError::new(ErrorKind::Unsupported, "this job's ticket is not one of this backend")
                .with_hint("it was drawn by another backend or version; look at the provider's usage page")
        })
    }
}

/// What a backend says while it works.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// What it is doing, a few words, lower case.
    Status(String),
    /// How far it is, 0 to 100.
    Percent(f32),
    /// A line of the model's reasoning summary.
    Thought(String),
    /// A picture on its way.
    Preview(Preview),
    /// The request's bytes are leaving: from here on it may be billed.
    Sent,
    /// What the request is called at the provider: our own name for it while it leaves, then the provider's.
    RequestId(String),
    /// The answer is completely received.
    Received,
}

/// Who listens to a job. The engine does; a test may.
pub trait Listener: Send + Sync {
    /// Hears an update. Must not block; may drop previews.
    fn hear(&self, update: Update);

    /// Puts a ticket on disk; the backend goes on only when this is done.
    fn keep<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>>;
}

/// Listens to nothing, and keeps nothing.
struct Nobody;

impl Listener for Nobody {
    fn hear(&self, _: Update) {}

    fn keep<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }
}

/// A job's line to whoever listens, and its private folder.
#[derive(Clone)]
pub struct Progress {
    listener: Arc<dyn Listener>,
    scratch: PathBuf,
    left: Arc<AtomicBool>,
    /// The cost of a canceled job, where its backend learns it afterwards.
    settling: Arc<Mutex<Option<oneshot::Receiver<Cost>>>>,
}

impl Progress {
    /// A line to `listener`, with `scratch`, an existing folder that belongs to this job alone.
    pub fn new(listener: Arc<dyn Listener>, scratch: impl Into<PathBuf>) -> Self {
        Self { listener, scratch: scratch.into(), left: Arc::default(), settling: Arc::default() }
    }

    /// A line without a listener, for work that leaves nothing behind.
    pub(crate) fn silent() -> Self {
        Self::new(Arc::new(Nobody), PathBuf::new())
    }

    /// The same line, with what `wrap` makes of its listener at the other end.
    pub(crate) fn through(&self, wrap: impl FnOnce(Arc<dyn Listener>) -> Arc<dyn Listener>) -> Self {
        Self { listener: wrap(Arc::clone(&self.listener)), ..self.clone() }
    }

    /// The job's own folder. A paid answer is written here as it arrives, before it is decoded.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Says that the job is about to be dropped because the program ends, and that its ticket is on disk.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Whether a job that is dropped is left to be taken up again: then what goes on elsewhere is not to be stopped.
    pub fn is_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Announces that it will be known soon what the job cost that is being dropped.
    pub(crate) fn settle_later(&self) -> oneshot::Sender<Cost> {
        let (sender, receiver) = oneshot::channel();
        *self.settling.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        sender
    }

    /// The cost of a dropped job, where its backend learns it; it takes as long as the backend does.
    pub async fn settled(&self) -> Option<Cost> {
        let settling = self.settling.lock().unwrap_or_else(PoisonError::into_inner).take();
        settling?.await.ok()
    }

    /// Says what is being done, a few words, lower case.
    pub fn status(&self, words: impl Into<String>) {
        self.listener.hear(Update::Status(words.into()));
    }

    /// Says how far it is, 0 to 100.
    pub fn percent(&self, percent: f32) {
        self.listener.hear(Update::Percent(percent.clamp(0.0, 100.0)));
    }

    /// Passes on a line of the model's reasoning summary.
    pub fn thought(&self, line: impl Into<String>) {
        self.listener.hear(Update::Thought(line.into()));
    }

    /// Shows a picture on its way; it may be dropped.
    pub fn preview(&self, preview: Preview) {
        self.listener.hear(Update::Preview(preview));
    }

    /// Says that the request is leaving now: from here on it may be billed.
    pub fn sent(&self) {
        self.listener.hear(Update::Sent);
    }

    /// Says what the request is called at the provider.
    pub fn request_id(&self, id: impl Into<String>) {
        self.listener.hear(Update::RequestId(id.into()));
    }

    /// Says that the answer is completely received.
    pub fn received(&self) {
        self.listener.hear(Update::Received);
    }

    /// Has the ticket put on disk before the job goes on.
    pub async fn ticket(&self, ticket: &Ticket) -> Result<(), BackendError> {
        self.listener.keep(ticket).await.map_err(|error| {
            BackendError::new(ErrorKind::Local, format!("the job's ticket could not be written: {error}"))
        })
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("scratch", &self.scratch).finish_non_exhaustive()
    }
}
