//! Runs: prompts drawn by several lanes for comparison, and their progress.
//!
//! Plain values; costs, execution and pairing of a run are handled in `compare`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::Id, library::Lane};

/// Set of prompts that several lanes draw. It never changes after it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRun {
    pub id: Id,
    pub at: Timestamp,
    /// Contestants of the run, always two or more of them.
    pub lanes: Vec<Lane>,
    /// Number of times that each lane draws each prompt.
    pub rounds: u32,
    pub pack: Option<String>,
    pub prompts: Vec<RunPrompt>,
}

/// Prompt with the category and challenge that a pack gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunPrompt {
    pub prompt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Part of the prompt that is hard for models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
}

/// Assignment of one drawing of a run to a job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunShot {
    /// Position of the drawing in the run, starting at 0.
    pub place: u32,
    /// The job. Stored before the job begins, so that nothing is sent twice.
    pub job: Id,
    /// Time from submit to the first preview, in seconds; `None` if there was none or no listener.
    pub first_preview_seconds: Option<f64>,
}
