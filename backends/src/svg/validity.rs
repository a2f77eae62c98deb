//! How sound a drawing was as it came: one of the scores of a model that draws by writing.
//! It judges the file, not the picture; what was mended is said in words beside it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How sound a drawing was as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Validity {
    /// It passed exactly as the model wrote it.
    #[serde(rename = "raw valid")]
    RawValid,
    /// It passed after something was inserted, or after the model was shown what was wrong.
    #[serde(rename = "valid after repair")]
    AfterRepair,
    /// It did not pass.
    #[serde(rename = "invalid")]
    Invalid,
}

impl Validity {
    /// Its name in JSON and in the library.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RawValid => "raw valid",
            Self::AfterRepair => "valid after repair",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
