//! A rewritten prompt with its difference to the typed one, until the user accepts or rejects it.
//! Nothing is replaced automatically.

use similar::{ChangeTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation;

use super::Scroll;
use crate::engine::EnhancedPrompt;

/// The role of a piece of text, relative to the typed prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// It is unchanged.
    Kept,
    /// It is new.
    Added,
    /// It is removed.
    Removed,
}

/// A rewritten prompt that waits for a decision.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The rewritten prompt and the model that wrote it.
    pub direction: EnhancedPrompt,
    /// Old and new text combined, split into words and punctuation.
    pub diff: Vec<(DiffKind, String)>,
    pub scroll: Scroll,
}

impl Proposal {
    /// Computes the difference between the typed and the rewritten prompt.
    pub fn new(direction: EnhancedPrompt) -> Self {
        // Punctuation marks are separate words: an added comma must not count as a change of the word before it.
        let old: Vec<&str> = direction.directed.from.split_word_bounds().collect();
        let new: Vec<&str> = direction.prompt.split_word_bounds().collect();
        let diff = TextDiff::from_slices(&old, &new);
        let piece = |tag| match tag {
            ChangeTag::Equal => DiffKind::Kept,
            ChangeTag::Insert => DiffKind::Added,
            ChangeTag::Delete => DiffKind::Removed,
        };
        let pieces = diff.iter_all_changes().map(|change| (piece(change.tag()), change.value().to_owned())).collect();
        Self { direction, diff: pieces, scroll: Scroll::default() }
    }
}
