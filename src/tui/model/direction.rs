//! A prompt that a director has rewritten, until the person takes it or drops it: both texts, and how they differ.
//! Nothing is replaced by itself.

use similar::{ChangeTag, TextDiff};
use unicode_segmentation::UnicodeSegmentation;

use super::Scroll;
use crate::engine::Direction;

/// What a piece of the text is, seen from the prompt as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// It stays.
    Kept,
    /// It is new.
    Added,
    /// It goes.
    Removed,
}

/// A director's answer, waiting for a decision.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The new prompt and where it comes from.
    pub direction: Direction,
    /// Old and new in one text, word by word.
    pub pieces: Vec<(Piece, String)>,
    /// How far the text is scrolled.
    pub scroll: Scroll,
}

impl Proposal {
    /// The difference between what was typed and what came back.
    pub fn new(direction: Direction) -> Self {
        // Marks are words of their own: a comma that was added shall not count as another word before it.
        let old: Vec<&str> = direction.directed.from.split_word_bounds().collect();
        let new: Vec<&str> = direction.prompt.split_word_bounds().collect();
        let diff = TextDiff::from_slices(&old, &new);
        let piece = |tag| match tag {
            ChangeTag::Equal => Piece::Kept,
            ChangeTag::Insert => Piece::Added,
            ChangeTag::Delete => Piece::Removed,
        };
        let pieces = diff.iter_all_changes().map(|change| (piece(change.tag()), change.value().to_owned())).collect();
        Self { direction, pieces, scroll: Scroll::default() }
    }
}
