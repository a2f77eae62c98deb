//! A run: prompts drawn by several lanes so that they can be compared, and how far it is.
//! Plain values; what a run costs, draws and pairs up is decided in `compare`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::Id, library::Lane};

/// Prompts that several lanes draw. Frozen when it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: Id,
    /// When it began.
    pub at: Timestamp,
    /// The contestants, two or more.
    pub lanes: Vec<Lane>,
    /// How often each lane draws each prompt.
    pub rounds: u32,
    /// The pack or the file that the prompts come from.
    pub pack: Option<String>,
    /// The prompts.
    pub prompts: Vec<Topic>,
}

/// A prompt and what a pack says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// The words.
    pub prompt: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What is hard about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
}

/// One drawing of a run: which job draws it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shot {
    /// Which drawing of the run it is, from 0.
    pub place: u32,
    /// The job. Written down before the job begins, so that nothing is sent twice.
    pub job: Id,
    /// From submit to the first preview, in seconds; `None` where there was none or nobody watched.
    pub first_preview_seconds: Option<f64>,
}
