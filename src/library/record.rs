//! What the library keeps of a job, and how it is asked for.
//! Plain values: no SQL, no files, nothing that waits.

use std::{fmt, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tintype_backends::{BackendError, Cost, Estimate, Format, ProviderIds, Settings, Usage, Usd, svg::Validity};

use crate::{id::Id, library::path_text};

/// Where a job stands. Every change is on disk before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Written down, nothing sent yet.
    Queued,
    /// The request is leaving or has left: it may be billed.
    Sent,
    /// The answer is here, not yet an image.
    Received,
    /// Its images are files.
    Saved,
    /// It ended without an image.
    Failed,
    /// The user stopped it.
    Cancelled,
    /// It was cut off after it was sent; nobody here knows how it ended.
    Unknown,
}

impl State {
    /// Its name in JSON and in the library.
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

    /// Whether nothing more will happen by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Saved | Self::Failed | Self::Cancelled | Self::Unknown)
    }
}

/// An image file and the facts about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Its own id; the job's id is another one.
    pub id: Id,
    /// The file, absolute.
    pub path: PathBuf,
    /// Pixels from left to right; for an SVG, its own units.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What the bytes are.
    pub format: Format,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The SVG source beside it, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svg: Option<PathBuf>,
    /// Whether the file was gone when this was read.
    #[serde(skip)]
    pub missing: bool,
}

/// A job as the library knows it: what was asked, frozen at submit, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The job's id.
    pub id: Id,
    /// The image this one was made from.
    #[serde(default)]
    pub parent: Option<Id>,
    /// When it was submitted.
    pub created: Timestamp,
    /// When it was handed to its backend to be sent; `None` while nothing can have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// The backend's name in the config.
    pub backend: String,
    /// The backend's kind.
    pub kind: String,
    /// The model.
    pub model: String,
    /// The prompt as typed.
    pub prompt: String,
    /// The settings as sent.
    pub settings: Settings,
    /// How many pictures were asked for.
    pub count: u32,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<BackendError>,
    /// What it was expected to cost.
    #[serde(default)]
    pub estimate: Estimate,
    /// What it cost; `None` while or where unknown.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// What the provider counted.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// From submit to the end, in seconds.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// Settings that really applied, where they differ.
    #[serde(default)]
    pub effective: Settings,
    /// The prompt that was drawn, where the provider rewrote it.
    #[serde(default)]
    pub revised_prompt: Option<String>,
    /// The provider's names for the job.
    #[serde(default)]
    pub ids: ProviderIds,
    /// What continues this drawing at the provider.
    #[serde(default)]
    pub continuation: Option<serde_json::Value>,
    /// How sound the drawing was as it came, where it was written as SVG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// Where the prompt comes from, where a model rewrote it before it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directed: Option<Directed>,
    /// The pictures that it was given, by name.
    #[serde(default, skip_serializing_if = "Inputs::is_empty")]
    pub inputs: Inputs,
    /// Remarks, a line each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Whether the user marked it.
    #[serde(default)]
    pub marked: bool,
    /// Whether it lies in the trash.
    #[serde(default)]
    pub deleted: bool,
    /// The images, in the order of delivery.
    #[serde(default)]
    pub images: Vec<ImageRecord>,
}

impl Record {
    /// Who drew it: the backend and its model, once where they are called the same.
    pub fn drawn_by(&self) -> String {
        drawn_by(&self.backend, &self.model)
    }
}

/// A backend and its model, once where they are called the same.
pub(super) fn drawn_by(backend: &str, model: &str) -> String {
    if backend == model { model.to_owned() } else { format!("{backend} {model}") }
}

/// The pictures that a job was given, by name: enough to ask for it once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// Those it starts from, in their order.
    pub pictures: Vec<Origin>,
    /// Where the first of them may change: a file, absolute.
    #[serde(with = "path_text::optional", skip_serializing_if = "Option::is_none")]
    pub mask: Option<PathBuf>,
    /// What lies over the first of them: a file, absolute.
    #[serde(with = "path_text::optional", skip_serializing_if = "Option::is_none")]
    pub markup: Option<PathBuf>,
}

/// Where a picture comes from that a job starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An image of the library.
    Image(Id),
    /// A file, absolute.
    File(#[serde(with = "path_text")] PathBuf),
    /// It was pasted; nothing of it is kept.
    Clipboard,
    /// It came through a pipe; nothing of it is kept.
    Piped,
}

impl Inputs {
    /// Whether the job was given words alone.
    pub const fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.mask.is_none() && self.markup.is_none()
    }

    /// What there is, a name and what is called so on a line each; `parent` is named elsewhere.
    pub fn lines(&self, parent: Option<Id>) -> Vec<(&'static str, String)> {
        let others = self.pictures.iter().filter(|origin| parent.is_none_or(|id| **origin != Origin::Image(id)));
        let mut lines: Vec<_> = others.map(|origin| ("given", origin.to_string())).collect();
        lines.extend(self.mask.iter().map(|path| ("mask", path.display().to_string())));
        lines.extend(self.markup.iter().map(|path| ("markup", path.display().to_string())));
        lines
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(id) => write!(f, "image {}", id.short()),
            Self::File(path) => path.display().fmt(f),
            Self::Clipboard => f.write_str("a picture from the clipboard"),
            Self::Piped => f.write_str("an image from a pipe"),
        }
    }
}

/// Where a prompt comes from that a model rewrote before it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Directed {
    /// The prompt as the person typed it.
    pub from: String,
    /// The backend that was asked, by its name in the config.
    pub by: String,
    /// Its model.
    pub model: String,
    /// What asking cost, in US dollars; `None` where that is unknown.
    #[serde(default, rename = "cost_usd")]
    pub cost: Option<Usd>,
}

impl Directed {
    /// The same for another job: the model is not asked again, so it costs nothing more.
    #[must_use]
    pub fn paid(self) -> Self {
        Self { cost: Some(Usd::ZERO), ..self }
    }
}

/// What part of the library is wanted, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Words that the prompt, backend or model contains; each matches from the start of a word. Empty means everything.
    pub text: String,
    /// Only marked ones.
    pub marked: bool,
    /// Only what lies in the trash, instead of only what does not.
    pub trash: bool,
}

/// A stretch of the answer to a query. It repeats its question, so that a late one is recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The question.
    pub query: Query,
    /// How many records stand before the first one here.
    pub offset: u64,
    /// How many records there are in all.
    pub total: u64,
    /// The records.
    pub records: Vec<Record>,
}
