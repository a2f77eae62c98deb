//! One line of `history --json`: the names that scripts rely on.
//! A view of a record, never read back: sidecars are what the library is rebuilt from.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use tintype_backends::{BackendError, Format, Settings, Usage, Usd, svg::Validity};

use crate::{
    id::Id,
    library::{Directed, ImageRecord, Record, State},
};

/// A job as `history --json` and `jobs --json` print it. What is unknown is null, never 0.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryRow<'a> {
    /// The job's id.
    pub id: Id,
    /// The job's id again, under the name that events use.
    pub job: Id,
    /// The image this one was made from.
    pub parent: Option<Id>,
    /// When it was submitted, RFC 3339.
    pub created: Timestamp,
    /// When it was handed to its backend to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// The backend's name in the config.
    pub backend: &'a str,
    /// The model.
    pub model: &'a str,
    /// The prompt as typed.
    pub prompt: &'a str,
    /// The settings as sent.
    pub settings: &'a Settings,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    pub error: Option<&'a BackendError>,
    /// What the provider calls the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// What the provider counted.
    pub usage: Option<&'a Usage>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<Usd>,
    /// From submit to the end, in seconds.
    pub seconds: Option<f64>,
    /// How sound the drawing was as it came, where it was written as SVG.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// Where the prompt comes from, where a model rewrote it before it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directed: Option<&'a Directed>,
    /// Its images.
    pub images: Vec<ImageRow<'a>>,
}

/// An image as `history --json` prints it, and the `image` event of `generate --json` likewise.
#[derive(Clone, Debug, Serialize)]
pub struct ImageRow<'a> {
    /// Its id.
    pub id: Id,
    /// The file, absolute.
    pub path: Cow<'a, str>,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What the bytes are.
    pub format: Format,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: &'a str,
    /// Whether the file is gone; left out where it is there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
}

impl<'a> From<&'a Record> for HistoryRow<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            id: record.id,
            job: record.id,
            parent: record.parent,
            created: record.created,
            sent: record.sent,
            backend: &record.backend,
            model: &record.model,
            prompt: &record.prompt,
            settings: &record.settings,
            state: record.state,
            error: record.error.as_ref(),
            request_id: record.ids.request_id.as_deref(),
            usage: record.usage.as_ref(),
            cost_usd: record.cost.as_ref().map(|cost| cost.usd),
            seconds: record.seconds,
            validity: record.validity,
            directed: record.directed.as_ref(),
            images: record.images.iter().map(ImageRow::from).collect(),
        }
    }
}

impl<'a> From<&'a ImageRecord> for ImageRow<'a> {
    fn from(image: &'a ImageRecord) -> Self {
        Self {
            id: image.id,
            path: image.path.to_string_lossy(),
            width: image.width,
            height: image.height,
            format: image.format,
            bytes: image.bytes,
            sha256: &image.sha256,
            missing: image.missing,
        }
    }
}
