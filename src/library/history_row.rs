//! Rows of `history --json`, with the names that scripts rely on.
//!
//! A view of a record that is never read back: the library is rebuilt from sidecars.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tintype_backends::{BackendError, Format, Settings, Usage, Usd, svg::SvgValidity};

use crate::{
    id::Id,
    library::{ImageRecord, JobState, PromptRewrite, Record},
};

/// A job as `history --json` and `jobs --json` print it. Unknown values are null, never 0.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryRow<'a> {
    pub id: Id,
    /// The id of the job again, under the name that events use.
    pub job: Id,
    /// The image that this job edits, if it is an edit.
    pub parent: Option<Id>,
    pub created: Timestamp,
    /// Time when the job was passed to its backend to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// Name of the backend in the config, not its kind.
    pub backend: &'a str,
    pub model: &'a str,
    pub prompt: &'a str,
    pub settings: &'a Settings,
    pub state: JobState,
    pub error: Option<&'a BackendError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    pub usage: Option<&'a Usage>,
    pub cost_usd: Option<Usd>,
    /// Time from submit to the end, in seconds.
    pub seconds: Option<f64>,
    /// Validity of an SVG drawing as it arrived, before any repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity: Option<SvgValidity>,
    /// The prompt's origin, if a model rewrote it before submit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directed: Option<&'a PromptRewrite>,
    pub title: Option<&'a str>,
    pub rating: Option<u8>,
    pub favorite: bool,
    pub tags: &'a BTreeSet<String>,
    pub collections: &'a BTreeSet<String>,
    /// Recipe, its fields, and the batch that the job belongs to. No job has them yet.
    pub recipe: Option<&'a str>,
    pub fields: Option<&'a serde_json::Value>,
    pub batch: Option<&'a str>,
    pub images: Vec<ImageRow<'a>>,
}

/// An image as `history --json` and the `image` event of `generate --json` print it.
#[derive(Clone, Debug, Serialize)]
pub struct ImageRow<'a> {
    pub id: Id,
    pub path: Cow<'a, str>,
    pub width: u32,
    pub height: u32,
    pub format: Format,
    pub bytes: u64,
    pub sha256: &'a str,
    /// Set if the file is missing; left out of the output if it exists.
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
            title: record.labels.title.as_deref(),
            rating: record.labels.rating,
            favorite: record.labels.favorite,
            tags: &record.labels.tags,
            collections: &record.labels.collections,
            recipe: None,
            fields: None,
            batch: None,
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
