//! Why a drawing was refused, for people and for a model that shall repair it.
//! Not a parser's diary: one error, the first that was met.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Why a drawing was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SvgError {
    /// There is no `<svg` in it, or its outermost element is another.
    #[error("this is no SVG: there is no `svg` element")]
    NotSvg,
    /// It is not well-formed XML; a drawing that was cut off ends here too.
    #[error("the SVG is not well formed: {0}")]
    Malformed(String),
    /// It declares a document type, which drawings do not need and attacks do.
    #[error("the SVG has a `DOCTYPE`, which is not allowed")]
    Doctype,
    /// An element that is not on the list.
    #[error("the SVG has a `{name}` element in line {line}, which is not allowed")]
    Element {
        /// Its name, shortened.
        name: String,
        /// Where, from 1.
        line: u32,
    },
    /// An attribute that is not allowed: an event handler, a base address.
    #[error("the SVG has a `{name}` attribute in line {line}, which is not allowed")]
    Attribute {
        /// Its name, shortened.
        name: String,
        /// Where, from 1.
        line: u32,
    },
    /// Something outside the drawing is pointed at.
    #[error("the SVG points outside itself in line {line}: `{target}`")]
    Reference {
        /// What it points at, shortened.
        target: String,
        /// Where, from 1.
        line: u32,
    },
    /// A reference that leads back to itself.
    #[error("the SVG has a reference that leads back to itself: `#{0}`")]
    Cycle(String),
    /// An embedded picture that is none.
    #[error("the SVG embeds a picture that cannot be read")]
    Image,
    /// More than a limit allows.
    #[error("the SVG has too {what}: {found}, at most {limit}")]
    Limit {
        /// Of what, to be read after "too": `many elements`.
        what: Cow<'static, str>,
        /// How much it has.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// It has no usable size.
    #[error("the SVG has no usable size")]
    Size,
    /// It was not drawn in the time it had, and was ended.
    #[error("the SVG takes too long to draw")]
    Deadline,
    /// The pixels could not be made.
    #[error("the SVG could not be rendered: {0}")]
    Render(String),
}

impl SvgError {
    /// The next action, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotSvg => "give it a file that starts with an `<svg>` element",
            Self::Malformed(_) => "the file may be cut off; get it again, or mend it in an editor",
            Self::Doctype => "delete the line that starts with `<!DOCTYPE`",
            Self::Element { .. } | Self::Attribute { .. } => "delete it; drawings run no programs here",
            Self::Reference { .. } => "only `#name` and embedded PNG, JPEG, GIF or WebP pictures may be referred to",
            Self::Cycle(_) => "break the circle by deleting one of its references",
            Self::Image => "embed it anew as PNG, JPEG, GIF or WebP",
            Self::Limit { .. } | Self::Deadline => "draw it simpler or smaller",
            Self::Size => "give the `svg` element a `viewBox` or a `width` and a `height`",
            Self::Render(_) => "try a smaller size",
        }
    }
}

/// A name or an address from a drawing, made harmless for a message: printable and short.
pub(super) fn shorten(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(61).collect();
    if clean.chars().count() > 60 { format!("{}…", clean.chars().take(60).collect::<String>()) } else { clean }
}
