//! The validity of a drawing as delivered, one of the scores of a model that draws by writing. It rates the file, not
//! the image; the repairs are reported separately in words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The validity of a drawing as delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SvgValidity {
    /// The drawing passed exactly as the model wrote it.
    #[serde(rename = "raw valid")]
    RawValid,
    /// The drawing passed after something was inserted, or after the model was shown the error.
    #[serde(rename = "valid after repair")]
    AfterRepair,
    /// The drawing did not pass.
    #[serde(rename = "invalid")]
    Invalid,
}

impl SvgValidity {
    /// Returns the name used in JSON and in the library.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RawValid => "raw valid",
            Self::AfterRepair => "valid after repair",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for SvgValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
