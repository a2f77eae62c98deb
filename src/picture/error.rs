//! What can go wrong between the bytes of a picture and the screen, in words for people.
//! Not for terminal input and output, which stays `std::io::Error`.

use tintype_backends::{Format, svg::SvgError};

/// Why a picture cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The bytes are none of the formats that can be read.
    #[error("this is no png, jpeg, webp, gif or svg picture")]
    Unknown,
    /// There are no bytes at all.
    #[error("the picture is empty")]
    Empty,
    /// The picture says that it has more pixels than are decoded.
    #[error("the picture is {width}x{height} pixels, more than the {limit} megapixels that can be shown")]
    TooLarge {
        /// Columns of pixels, as the file says.
        width: u32,
        /// Rows of pixels, as the file says.
        height: u32,
        /// The limit, in millions of pixels.
        limit: u64,
    },
    /// Decoding would need more memory than is allowed.
    #[error("the {0} picture needs too much memory")]
    TooHungry(Format),
    /// Decoding would go over the pixels more often than is allowed.
    #[error("the {0} picture needs too much time")]
    TooSlow(Format),
    /// The file ends before the picture does.
    #[error("the {0} picture is cut short")]
    CutShort(Format),
    /// The file contradicts itself or its format.
    #[error("the {format} picture is damaged: {reason}")]
    Damaged {
        /// What the file claims to be.
        format: Format,
        /// What the decoder said, cleaned for a terminal.
        reason: String,
    },
    /// A drawing that is refused.
    #[error(transparent)]
    Svg(#[from] SvgError),
    /// No cells to draw into.
    #[error("there is no room for a picture")]
    NoRoom,
    /// The image could not be written in another format.
    #[error("the image cannot be converted: {0}")]
    Convert(String),
    /// The picture could not be turned into the terminal's language.
    #[error("the picture cannot be sent to the terminal: {0}")]
    Encode(String),
}

impl PictureError {
    /// The next thing to try, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("`file NAME` tells what it is"),
            Self::Empty | Self::CutShort(_) => Some("fetch the file again, it was not written to its end"),
            Self::TooLarge { .. } | Self::TooHungry(_) | Self::TooSlow(_) => {
                Some("scale it down first, or open it in another viewer")
            }
            Self::Damaged { .. } => Some("open it in another viewer to see what is left of it"),
            Self::Svg(e) => Some(e.hint()),
            Self::Convert(_) => Some("name a file with another ending"),
            Self::NoRoom => Some("make the window larger"),
            Self::Encode(_) => Some("`--protocol blocks` works in every terminal"),
        }
    }
}
