//! The data saved about a job that continues on the server, by which it is found again.
//! Polling for it is in `exchange`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Settings;

/// The content of the ticket of a background job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GptImageResumeToken {
    pub(crate) model: String,
    pub(crate) settings: Settings,
    pub(crate) count: u32,
    /// The ids of its responses on the server.
    pub(crate) responses: Vec<String>,
    /// The number of the last event received from each response, where they were streamed.
    #[serde(default)]
    pub(crate) heard: BTreeMap<String, u64>,
}
