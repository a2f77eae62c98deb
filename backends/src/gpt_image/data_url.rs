//! An image as a data URL, encoded while it is written.
//! Data URLs in responses are read by the response parser.

use std::fmt;

use base64::{display::Base64Display, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer};

use super::upload::Upload;

/// An image as a data URL.
pub(crate) struct DataUrl<'a>(pub(crate) &'a Upload);

impl DataUrl<'_> {
    /// Returns its length in characters.
    pub(crate) fn length(&self) -> usize {
        "data:;base64,".len() + self.0.format.media_type().len() + self.0.bytes.len().div_ceil(3) * 4
    }
}

impl fmt::Display for DataUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base64 = Base64Display::new(&self.0.bytes, &BASE64_STANDARD);
        write!(f, "data:{};base64,{base64}", self.0.format.media_type())
    }
}

impl Serialize for DataUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
