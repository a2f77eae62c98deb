//! Plain values about what the preview shows of an edit.
//! `edit_source` decides which one applies.

use std::hash::{Hash, Hasher};

use bytes::Bytes;

/// An image in memory. Two are equal if they are the same place in memory, since comparing the bytes takes too long.
#[derive(Clone)]
pub struct MemoryImage(pub Bytes);

impl PartialEq for MemoryImage {
    fn eq(&self, other: &Self) -> bool {
        (self.0.as_ptr(), self.0.len()) == (other.0.as_ptr(), other.0.len())
    }
}

impl Eq for MemoryImage {}

impl Hash for MemoryImage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.as_ptr(), self.0.len()).hash(state);
    }
}

impl std::fmt::Debug for MemoryImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The sides of an edit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EditView {
    #[default]
    Result,
    /// The image that it is an edit of.
    Source,
    /// A heat map of what changed.
    Difference,
}

impl EditView {
    /// Returns the side that the same key shows next.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Result => Self::Source,
            Self::Source => Self::Difference,
            Self::Difference => Self::Result,
        }
    }
}
