//! The backends of Tintype: the trait [`Backend`] and its implementations.
//!
//! The crate is independent of the app: it has no terminal, no history and no command line. It takes a [`Request`],
//! reports through [`Progress`], and returns an [`Outcome`] or a [`BackendError`].
//!
//! | module | contents |
//! |---|---|
//! | `request`, `outcome`, `params`, `capabilities`, `progress`, `question`, `error` | the types of the contract |
//! | `money`, `secret`, `secret_registry` | amounts of money and keys, which the contract uses |
//! | `redaction` | the wrapper of every backend, which removes the secrets in force from its output |
//! | `backend_kind`, `lenient_toml`, [`suggest`] | config tables to backends, and every error in a table |
//! | `openai` | shared by the OpenAI family: HTTP client, rate limiter, response parsing, error classification |
//! | `gpt_image` | the GPT image models |
//! | `codex` | GPT-5.3 Codex and similar models: they draw by writing SVG, and answer questions |
//! | [`director`] | the question that has a model enhance a prompt for another one |
//! | `external` | a user's own program that speaks the line protocol |
//! | [`conformance`] | the conformance tests that every backend must pass |
//! | [`svg`] | validated SVG to pixels: the only rasterizer, for every backend that draws |
//! | [`sketch`] | the built-in default: draws the words of a prompt, offline, without an AI model |
//!
//! A new backend is a folder and one line in [`KINDS`]. It counts as a backend if it passes [`conformance`].

#![warn(missing_docs)]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures::future::{BoxFuture, FutureExt};

mod backend_kind;
mod capabilities;
mod codex;
pub mod conformance;
pub mod director;
mod error;
mod external;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gpt_image;
mod lenient_toml;
mod lifecycle_table;
mod money;
mod openai;
mod outcome;
mod params;
mod progress;
mod prompt_sections;
mod question;
mod redaction;
mod request;
mod secret;
mod secret_registry;
pub mod sketch;
pub mod suggest;
pub mod svg;

pub use backend_kind::{BackendKind, Table, TableError};
pub use capabilities::{Capabilities, Estimate, Guess, Model, ModelLifecycle, Readiness, SettingError};
pub use error::{BackendError, ErrorKind};
pub use external::{SKELETON_LANGUAGES, Skeleton, SkeletonFile};
pub use lenient_toml::{LenientRead, lenient};
pub use money::Usd;
pub use openai::rate_limit::Accounts;
pub use outcome::{Cost, CostBasis, Format, Image, Outcome, ProviderIds, StagedFile, Usage};
pub use params::{Condition, Param, ParamError, ParamKind, Settings, Size, SizeRule, Value};
pub use progress::{Listener, Preview, Progress, Ticket, Update};
pub use question::{Question, Schema, TextAnswer};
pub use request::{Request, RequestImage};
pub use secret::{Secret, mask_keys};
pub use secret_registry::Secrets;

/// Every built-in kind of backend.
pub const KINDS: &[BackendKind] = &[gpt_image::KIND, codex::KIND, sketch::KIND, external::KIND];

/// A source of images.
///
/// Dropping a future that it returned cancels the work; nothing continues in the background.
pub trait Backend: Send + Sync {
    /// Returns its capabilities. Must be cheap: it is called for every frame of the studio.
    fn capabilities(&self) -> &Capabilities;

    /// Returns the expected cost of `request`. Contacts no server.
    fn estimate(&self, request: &Request) -> Estimate;

    /// Returns the estimate of a backend that has to be queried for it; `None` if [`Backend::estimate`] is all there
    /// is. Generates nothing.
    fn fetch_estimate<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Option<Estimate>> {
        let _ = request;
        futures::future::ready(None).boxed()
    }

    /// Determines its capabilities, where that takes more than reading its table. Returns the backend that replaces
    /// this one, with its capabilities or the reason why it cannot be used; `None` if this one is up to date.
    fn initialize(&self) -> BoxFuture<'_, Option<SharedBackend>> {
        futures::future::ready(None).boxed()
    }

    /// Generates images. The request's model and settings have been checked against the capabilities.
    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>>;

    /// Resumes a job that an earlier process left behind.
    fn resume<'a>(
        &'a self,
        ticket: &'a Ticket,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        let _ = (ticket, progress);
        let error = BackendError::new(ErrorKind::Unsupported, "this backend cannot resume jobs");
        futures::future::ready(Err(error)).boxed()
    }

    /// Recovers the result of a job from the responses that a dead process left in its job directory, `scratch`; `None`
    /// if they decide nothing. `request` is the original request without its reference images.
    ///
    /// A response is paid for once it has arrived, so recovery must yield the same result as the original process would
    /// have. No request is sent again; an image that a response only links to may be downloaded.
    fn salvage<'a>(
        &'a self,
        request: &'a Request,
        scratch: &'a Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        let _ = (request, scratch);
        futures::future::ready(None).boxed()
    }

    /// Answers a question in text. Backends that support it set [`Capabilities::asks`].
    fn answer_question<'a>(
        &'a self,
        question: &'a Question,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<TextAnswer, BackendError>> {
        let _ = (question, progress);
        let error = BackendError::new(ErrorKind::Unsupported, "this backend does not answer text questions");
        futures::future::ready(Err(error)).boxed()
    }

    /// Checks `request` on this machine, as a job does before it sends anything. Returns the conversions of its images,
    /// one line each. Contacts no server.
    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        let _ = request;
        futures::future::ready(Ok(Vec::new())).boxed()
    }

    /// Returns the warnings to show before it is used, such as a key that would be sent unencrypted. Contacts no
    /// server.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Checks the key, the address and the model, without generating anything and at no cost.
    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>>;
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// The successful checks, one line each.
    pub good: Vec<String>,
    /// Warnings about what works but needs attention, such as a model near its shutdown or an unencrypted address.
    pub warnings: Vec<String>,
    /// The shutdown dates of models that the provider announces, `YYYY-MM-DD`, by model id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endings: BTreeMap<String, String>,
}

/// Returns the built-in kind of that name.
pub fn kind(name: &str) -> Option<&'static BackendKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A backend shared by several jobs.
pub type SharedBackend = Arc<dyn Backend>;
