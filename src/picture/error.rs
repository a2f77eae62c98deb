//! Errors between the bytes of an image and the screen, worded for users.
//!
//! Terminal input and output errors remain `std::io::Error`.

use tintype_backends::{Format, svg::SvgError};

/// Reason why an image cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayError {
    /// The bytes are in none of the supported formats.
    #[error("this is not a PNG, JPEG, WebP, GIF or SVG image")]
    Unknown,
    /// There are no bytes at all.
    #[error("the image is empty")]
    Empty,
    /// The image has more pixels than the limit.
    #[error("the image is {width}x{height} pixels, more than the limit of {limit} megapixels")]
    TooLarge {
        /// Width in pixels, as stated in the file's header.
        width: u32,
        /// Height in pixels, as stated in the file's header.
        height: u32,
        /// Maximum number of pixels, in millions, that is decoded.
        limit: u64,
    },
    /// Decoding would exceed the memory limit.
    #[error("the {0} image needs too much memory")]
    TooMuchMemory(Format),
    /// Decoding would take more passes over the pixels than allowed.
    #[error("the {0} image takes too long to decode")]
    TooSlow(Format),
    /// The file ends before the image does.
    #[error("the {0} image is truncated")]
    Truncated(Format),
    /// The file violates its format.
    #[error("the {format} image is damaged: {reason}")]
    Damaged {
        format: Format,
        /// Reason given by the decoder, sanitized for a terminal.
        reason: String,
    },
    /// An SVG that is rejected.
    #[error(transparent)]
    Svg(#[from] SvgError),
    /// There are no cells to draw into.
    #[error("there is no room for an image")]
    NoRoom,
    /// The image could not be converted to another format.
    #[error("the image cannot be converted: {0}")]
    Convert(String),
    /// The image could not be encoded for the terminal.
    #[error("the image cannot be sent to the terminal: {0}")]
    Encode(String),
}

impl DisplayError {
    /// Returns a suggestion for the user, if there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("run `file NAME` to identify it"),
            Self::Empty | Self::Truncated(_) => Some("download the file again; it is incomplete"),
            Self::TooLarge { .. } | Self::TooMuchMemory(_) | Self::TooSlow(_) => {
                Some("scale it down first, or open it in another viewer")
            }
            Self::Damaged { .. } => Some("open it in another viewer to see what can be recovered"),
            Self::Svg(e) => Some(e.hint()),
            Self::Convert(_) => Some("use another file extension"),
            Self::NoRoom => Some("make the window larger"),
            Self::Encode(_) => Some("the `blocks` protocol works in every terminal"),
        }
    }
}
