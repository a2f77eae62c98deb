//! Records, queries and pages of the library.
//!
//! Plain values: no SQL, no files, no blocking.

use std::{fmt, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tintype_backends::{BackendError, Cost, Estimate, Format, ProviderIds, Settings, Usage, Usd, svg::SvgValidity};

use crate::{
    id::Id,
    library::{Labels, path_serde},
};

/// A job's state. Every change is on disk before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// The job is stored, but nothing has been sent.
    Queued,
    /// The request is being sent or was sent, so it may be billed.
    Sent,
    /// The response arrived, but is not yet saved as an image.
    Received,
    /// The images are saved as files.
    Saved,
    /// The job ended without an image.
    Failed,
    /// The user canceled the job.
    Cancelled,
    /// The job was interrupted after it was sent, so its outcome is unknown.
    Unknown,
}

impl JobState {
    /// Returns the name of the state in JSON and in the library.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Saved => "saved",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Returns whether the job changes no further on its own.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Saved | Self::Failed | Self::Cancelled | Self::Unknown)
    }
}

/// Metadata of one image file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Unique id of this image, distinct from the id of its job.
    pub id: Id,
    pub path: PathBuf,
    /// Width in pixels; for an SVG, in its own units.
    pub width: u32,
    pub height: u32,
    pub format: Format,
    pub bytes: u64,
    pub sha256: String,
    /// Absolute path of the SVG source beside the image, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svg: Option<PathBuf>,
    /// Set if the file was missing when this record was read.
    #[serde(skip)]
    pub missing: bool,
}

/// A job in the library: the request, frozen at submit, and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub id: Id,
    /// The image that this job edits, if it is an edit.
    #[serde(default)]
    pub parent: Option<Id>,
    pub created: Timestamp,
    /// Time when the job was passed to its backend to be sent; `None` while nothing can have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// Name of the backend in the config, not its kind.
    pub backend: String,
    pub kind: String,
    pub model: String,
    pub prompt: String,
    pub settings: Settings,
    pub count: u32,
    pub state: JobState,
    #[serde(default)]
    pub error: Option<BackendError>,
    #[serde(default)]
    pub estimate: Estimate,
    /// Actual cost; `None` while the job runs or if the cost is unknown.
    #[serde(default)]
    pub cost: Option<Cost>,
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Time from submit to the end, in seconds.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// Settings that the provider applied instead of the ones requested.
    #[serde(default)]
    pub effective: Settings,
    /// Prompt that was actually used, if the provider rewrote it.
    #[serde(default)]
    pub revised_prompt: Option<String>,
    #[serde(default)]
    pub ids: ProviderIds,
    /// Provider's token for continuing this image in a later request.
    #[serde(default)]
    pub continuation: Option<serde_json::Value>,
    /// Validity of an SVG drawing as it arrived, before any repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<SvgValidity>,
    /// The prompt's origin, if a model rewrote it before submit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directed: Option<PromptRewrite>,
    /// References, mask and markup that the job was given, by name.
    #[serde(default, skip_serializing_if = "Inputs::is_empty")]
    pub inputs: Inputs,
    /// Remarks for the user, one line for each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Title, rating, favorite mark, tags and collections that the user gave the job.
    #[serde(flatten)]
    pub labels: Labels,
    #[serde(default)]
    pub deleted: bool,
    /// Images of the job, in the order of delivery.
    #[serde(default)]
    pub images: Vec<ImageRecord>,
}

impl Record {
    /// Returns the backend and its model, once if both have the same name.
    pub fn backend_and_model(&self) -> String {
        backend_and_model(&self.backend, &self.model)
    }
}

/// Returns a backend and its model, once if both have the same name.
pub(super) fn backend_and_model(backend: &str, model: &str) -> String {
    if backend == model { model.to_owned() } else { format!("{backend} {model}") }
}

/// Names of the references, mask and markup of a job: enough to submit it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// References that the job starts from, in order.
    pub pictures: Vec<ReferenceOrigin>,
    /// Absolute path of the mask: where the first reference may change.
    #[serde(with = "path_serde::optional", skip_serializing_if = "Option::is_none")]
    pub mask: Option<PathBuf>,
    /// Absolute path of the markup drawn over the first reference.
    #[serde(with = "path_serde::optional", skip_serializing_if = "Option::is_none")]
    pub markup: Option<PathBuf>,
}

/// Source of a reference that a job starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReferenceOrigin {
    /// An image of the library.
    Image(Id),
    /// A file, by its absolute path.
    File(#[serde(with = "path_serde")] PathBuf),
    /// The clipboard; the pasted image is not kept.
    Clipboard,
    /// Standard input; the piped image is not kept.
    Piped,
}

impl Inputs {
    /// Returns whether the job was given nothing but a prompt.
    pub const fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.mask.is_none() && self.markup.is_none()
    }

    /// Returns each input as a label and a description, one per line; `parent` is listed elsewhere.
    pub fn lines(&self, parent: Option<Id>) -> Vec<(&'static str, String)> {
        let others =
            self.pictures.iter().filter(|origin| parent.is_none_or(|id| **origin != ReferenceOrigin::Image(id)));
        let mut lines: Vec<_> = others.map(|origin| ("given", origin.to_string())).collect();
        lines.extend(self.mask.iter().map(|path| ("mask", path.display().to_string())));
        lines.extend(self.markup.iter().map(|path| ("markup", path.display().to_string())));
        lines
    }
}

impl fmt::Display for ReferenceOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(id) => write!(f, "image {}", id.short()),
            Self::File(path) => path.display().fmt(f),
            Self::Clipboard => f.write_str("an image from the clipboard"),
            Self::Piped => f.write_str("an image from a pipe"),
        }
    }
}

/// The origin of a prompt that a model rewrote before submit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptRewrite {
    /// Original prompt as the user typed it, before the rewrite.
    pub from: String,
    /// Name in the config of the backend that rewrote the prompt.
    pub by: String,
    pub model: String,
    /// Cost of the rewrite in US dollars; `None` if it is unknown.
    #[serde(default, rename = "cost_usd")]
    pub cost: Option<Usd>,
}

impl PromptRewrite {
    /// Returns the same origin for another job: the model is not asked again, so there is no further cost.
    #[must_use]
    pub fn without_cost(self) -> Self {
        Self { cost: Some(Usd::ZERO), ..self }
    }
}

/// Search for jobs, in the search language. An empty one finds everything that is not in the trash, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    pub text: String,
}

impl Query {
    /// Creates a search.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Returns whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Page of a query's result. It repeats the query, so that a late page is recognized.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub query: Query,
    /// Number of records before the first one on this page.
    pub offset: u64,
    /// Number of records in the whole result of the query.
    pub total: u64,
    pub records: Vec<Record>,
}
