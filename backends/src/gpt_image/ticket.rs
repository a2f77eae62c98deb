//! What is kept of a job that goes on at the server, to find it again.
//! Not asking for it: that is `exchange`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Settings;

/// By this a job that goes on in the background is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) model: String,
    pub(crate) settings: Settings,
    pub(crate) count: u32,
    /// The server's names for what it is at.
    pub(crate) responses: Vec<String>,
    /// The number of the last event that was heard of each, where they were streamed.
    #[serde(default)]
    pub(crate) heard: BTreeMap<String, u64>,
}
