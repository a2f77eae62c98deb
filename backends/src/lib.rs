//! What draws for Tintype: one trait, [`Backend`], and everything that keeps its promise.
//!
//! The crate knows nothing of the app: no terminal, no history, no command line. It takes a [`Request`], reports
//! through [`Progress`], and returns an [`Outcome`] or a [`BackendError`].
//!
//! | module | what it is |
//! |---|---|
//! | `request`, `outcome`, `params`, `capabilities`, `progress`, `question`, `error`, `money`, `secret`, `secrets` | the words of the contract |
//! | `redacting` | the one way out of a backend, where its words lose the secrets in force |
//! | `kind`, `lenient`, [`nearest`] | from a table in the config to a backend, and every fault in it |
//! | `openai` | what the kinds of OpenAI's family share: talking, keeping an account's limits, reading answers, telling failures |
//! | `gpt_image` | the GPT image models |
//! | `codex` | GPT-5.3 Codex and models like it: they draw by writing SVG, and answer questions |
//! | [`director`] | what a model is asked that rewrites a prompt for another one |
//! | `external` | a program of the user's that speaks the line protocol |
//! | [`conformance`] | the story that every backend must pass |
//! | [`svg`] | checked SVG to pixels: the one rasteriser for every backend that draws |
//! | [`sketch`] | the built-in default: draws the words of a prompt, offline, no AI model |
//!
//! A new backend is a folder and one line in [`KINDS`]; "it is a backend" means that it passes [`conformance`].

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures::future::{BoxFuture, FutureExt};

mod capabilities;
mod codex;
pub mod conformance;
pub mod director;
mod error;
mod external;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gpt_image;
mod kind;
mod lenient;
mod life;
mod money;
pub mod nearest;
mod openai;
mod outcome;
mod params;
mod progress;
mod question;
mod redacting;
mod request;
mod secret;
mod secrets;
mod sections;
pub mod sketch;
pub mod svg;

pub use capabilities::{Capabilities, Estimate, Guess, Life, Model, Readiness, SettingError};
pub use error::{BackendError, ErrorKind};
pub use external::{SKELETON_LANGUAGES, Skeleton, SkeletonFile};
pub use kind::{Kind, Table, TableError};
pub use lenient::{Lenient, lenient};
pub use money::Usd;
pub use openai::pace::Accounts;
pub use outcome::{Cost, CostBasis, Format, Image, Outcome, ProviderIds, StagedFile, Usage};
pub use params::{Condition, FreeSize, Param, ParamError, ParamKind, Settings, Size, Value};
pub use progress::{Listener, Preview, Progress, Ticket, Update};
pub use question::{Question, Reply, Schema};
pub use request::{Input, Request};
pub use secret::{Secret, cover_keys};
pub use secrets::Secrets;

/// Every kind of backend that is built in.
pub const KINDS: &[Kind] = &[gpt_image::KIND, codex::KIND, sketch::KIND, external::KIND];

/// Something that draws.
///
/// Dropping a future it returned cancels the work; nothing goes on behind the caller's back.
pub trait Backend: Send + Sync {
    /// What it can do. Cheap: called for every frame of the studio.
    fn capabilities(&self) -> &Capabilities;

    /// What `request` is expected to cost. Asks nobody.
    fn estimate(&self, request: &Request) -> Estimate;

    /// The estimate of a backend that has to be asked for it; `None` where [`Backend::estimate`] is all there is. Orders
    /// nothing.
    fn fetch_estimate<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Option<Estimate>> {
        let _ = request;
        futures::future::ready(None).boxed()
    }

    /// Finds out what it can do, where that takes more than reading its table. Returns the backend that knows, or that
    /// knows why it is of no use; it is to take this one's place. `None` where this one is up to date.
    fn meet(&self) -> BoxFuture<'_, Option<SharedBackend>> {
        futures::future::ready(None).boxed()
    }

    /// Draws. The request's model and settings have been checked against the capabilities.
    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>>;

    /// Takes up a job that an earlier process left behind.
    fn resume<'a>(
        &'a self,
        ticket: &'a Ticket,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        let _ = (ticket, progress);
        let error = BackendError::new(ErrorKind::Unsupported, "this backend cannot take up a job again");
        futures::future::ready(Err(error)).boxed()
    }

    /// What the answers come to that a process left in `scratch`, the folder of a job that it died over; `None` where
    /// they decide nothing. `request` is what was asked, without the pictures to start from.
    ///
    /// An answer is paid for once it has come: it must become what it would have become, whoever reads it. Nothing is
    /// asked for a second time here; a picture that an answer only points at may be fetched.
    fn salvage<'a>(
        &'a self,
        request: &'a Request,
        scratch: &'a Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        let _ = (request, scratch);
        futures::future::ready(None).boxed()
    }

    /// Answers a question in words. Those that can say so in [`Capabilities::asks`].
    fn ask<'a>(&'a self, question: &'a Question, progress: &'a Progress) -> BoxFuture<'a, Result<Reply, BackendError>> {
        let _ = (question, progress);
        let error = BackendError::new(ErrorKind::Unsupported, "this backend draws and does not answer in words");
        futures::future::ready(Err(error)).boxed()
    }

    /// Checks `request` on this machine as a job would before it sends anything; returns the conversions of its images, a
    /// line each. Contacts no server.
    fn rehearse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        let _ = request;
        futures::future::ready(Ok(Vec::new())).boxed()
    }

    /// What deserves a word before it is used: a key that would travel unencrypted. Asks nobody.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Tries it out without drawing and without cost: key, address, model.
    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>>;
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// What was tried and found good, a line each.
    pub good: Vec<String>,
    /// What works but deserves a look: a model near its end, an unencrypted address.
    pub warnings: Vec<String>,
    /// The last days of models that the provider announces, `YYYY-MM-DD`, by the model's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endings: BTreeMap<String, String>,
}

/// The built-in kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A backend that several jobs share.
pub type SharedBackend = Arc<dyn Backend>;
