//! The reasons for rejecting a drawing, for people and for a model that has to repair it. Only the first error found
//! is reported.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The reason for which a drawing was rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SvgError {
    /// The text contains no `<svg`, or its outermost element is another.
    #[error("this is not an SVG: there is no `svg` element")]
    NotSvg,
    /// The text is not well-formed XML, which includes a drawing that was cut off.
    #[error("the SVG is not well formed: {0}")]
    Malformed(String),
    /// The drawing declares a document type, which drawings do not need and attacks do.
    #[error("the SVG has a `DOCTYPE`, which is not allowed")]
    Doctype,
    /// The drawing has an element that is not on the allow-list.
    #[error("the SVG has a `{name}` element on line {line}, which is not allowed")]
    Element {
        /// The name of the element, shortened.
        name: String,
        /// The line of the element, from 1.
        line: u32,
    },
    /// The drawing has an attribute that is not allowed: an event handler or a base URL.
    #[error("the SVG has a `{name}` attribute on line {line}, which is not allowed")]
    Attribute {
        /// The name of the attribute, shortened.
        name: String,
        /// The line of the attribute, from 1.
        line: u32,
    },
    /// The drawing refers to something outside of itself.
    #[error("the SVG points outside itself on line {line}: `{target}`")]
    Reference {
        /// The target of the reference, shortened.
        target: String,
        /// The line of the reference, from 1.
        line: u32,
    },
    /// A reference that leads back to itself.
    #[error("the SVG has a reference that leads back to itself: `#{0}`")]
    Cycle(String),
    /// An embedded image that cannot be decoded.
    #[error("the SVG embeds an image that cannot be decoded")]
    Image,
    /// The drawing exceeds one of the [`SvgLimits`](super::SvgLimits).
    #[error("the SVG has too {what}: {found}, at most {limit}")]
    Limit {
        /// The exceeded quantity, to be read after "too": `many elements`.
        what: Cow<'static, str>,
        /// The amount in the drawing.
        found: u64,
        /// The amount allowed.
        limit: u64,
    },
    /// The drawing has no usable size.
    #[error("the SVG has no usable size")]
    Size,
    /// Rendering exceeded its deadline and was ended.
    #[error("the SVG takes too long to draw")]
    Deadline,
    /// The renderer failed.
    #[error("the SVG could not be rendered: {0}")]
    Render(String),
}

impl SvgError {
    /// The next step for the user.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotSvg => "use a file that starts with an `<svg>` element",
            Self::Malformed(_) => "the file may be cut off; download it again, or repair it in an editor",
            Self::Doctype => "delete the line that starts with `<!DOCTYPE`",
            Self::Element { .. } | Self::Attribute { .. } => {
                "delete it; drawings may not contain scripts or foreign content"
            }
            Self::Reference { .. } => "refer only to `#name` and to embedded PNG, JPEG, GIF or WebP images",
            Self::Cycle(_) => "break the cycle by deleting one of its references",
            Self::Image => "embed it again as PNG, JPEG, GIF or WebP",
            Self::Limit { .. } | Self::Deadline => "make the drawing simpler or smaller",
            Self::Size => "give the `svg` element a `viewBox` or a `width` and a `height`",
            Self::Render(_) => "try a smaller size",
        }
    }
}

/// Makes a name or URL from a drawing safe for a message: printable and short.
pub(super) fn shorten(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(61).collect();
    if clean.chars().count() > 60 { format!("{}…", clean.chars().take(60).collect::<String>()) } else { clean }
}
