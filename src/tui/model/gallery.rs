//! State of the gallery: the size of its cells, what is scrolled, and the jobs that are selected for a common action.
//! Its rows, its search and its current job are those of the history.

use crossterm::event::KeyEvent;
use indexmap::IndexSet;

use super::{Focus, LineInput, Model, Screen};
use crate::{
    id::Id,
    library::search_language::{Completion, KnownValues, complete},
};

/// Columns of an image, from the smallest cells to the largest. Rows are half as many, since a terminal cell is about
/// twice as high as wide.
pub const CELL_WIDTHS: [u16; 6] = [10, 16, 22, 30, 40, 56];

/// Index of the initial size: the smallest in which half-blocks tell images apart.
const INITIAL_SIZE: usize = 1;

/// The gallery.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// Index of the size of the cells in [`CELL_WIDTHS`].
    pub size: usize,
    pub top: u64,
    /// Jobs that are selected, in the order of selection.
    pub selected: IndexSet<Id>,
    /// Range that follows the current job, if one was started.
    pub range: Option<SelectionRange>,
    /// The pane that had the focus when the gallery was opened, and gets it back.
    pub focus_before: Focus,
    /// Set while an image of the gallery fills the window: leaving it returns to the gallery.
    pub is_image_open: bool,
    /// Number of jobs without a filter, as far as it is known.
    pub library_total: Option<u64>,
    /// Tags and other names that the search can be completed with.
    pub known: KnownValues,
}

/// A range of jobs that is being selected.
#[derive(Clone, Debug)]
pub struct SelectionRange {
    /// First job of the range; its row may change.
    pub start: Id,
    /// Jobs that were selected before the range was started.
    pub before: IndexSet<Id>,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            size: INITIAL_SIZE,
            top: 0,
            selected: IndexSet::new(),
            range: None,
            focus_before: Focus::default(),
            is_image_open: false,
            library_total: None,
            known: KnownValues::default(),
        }
    }
}

impl Gallery {
    /// Returns columns and rows of one image.
    pub fn cells(&self) -> (u16, u16) {
        let width = CELL_WIDTHS.get(self.size).copied().unwrap_or(CELL_WIDTHS[INITIAL_SIZE]);
        (width, width / 2)
    }

    /// Makes the cells larger or smaller, as far as there are sizes.
    pub fn resize(&mut self, steps: isize) {
        self.size = self.size.saturating_add_signed(steps).min(CELL_WIDTHS.len() - 1);
    }

    /// Selects a job, or deselects it.
    pub fn toggle(&mut self, job: Id) {
        if !self.selected.shift_remove(&job) {
            self.selected.insert(job);
        }
    }
}

/// The label that a text field edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// Tags to add, and with a minus to remove.
    Tags,
    /// A collection to add to.
    Collection,
    Title,
}

/// The purpose of a text field for the jobs that are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFieldKind {
    Label(LabelKind),
    /// Destination and options of an export.
    Export,
}

impl TextFieldKind {
    /// Returns the title of the field.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Label(LabelKind::Tags) => "Tags",
            Self::Label(LabelKind::Collection) => "Collection",
            Self::Label(LabelKind::Title) => "Title",
            Self::Export => "Export",
        }
    }

    /// Returns a description of the expected text.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Label(LabelKind::Tags) => "tags to add, separated by spaces; -tag removes one",
            Self::Label(LabelKind::Collection) => "name of the collection to add to; -name removes from it",
            Self::Label(LabelKind::Title) => "empty removes the title",
            Self::Export => {
                "folder or FILE.zip, then --format png|jpeg|webp, --width N, --crop WxH, --xmp, --yes to overwrite"
            }
        }
    }
}

/// A text field that acts on jobs.
#[derive(Clone, Debug)]
pub struct JobTextField {
    pub kind: TextFieldKind,
    /// Jobs that were selected when it was opened.
    pub jobs: Vec<Id>,
    pub input: LineInput,
    /// Reason why the text was rejected, if any.
    pub error: Option<String>,
}

impl JobTextField {
    /// Handles a key; clears the error if the text changed.
    pub fn handle_key(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.error = None;
        }
    }

    /// Pastes text; clears the error if the text changed.
    pub fn handle_paste(&mut self, text: &str) {
        if self.input.paste(text) {
            self.error = None;
        }
    }
}

impl Model {
    /// Returns `true` if the gallery is on screen.
    pub const fn is_gallery(&self) -> bool {
        matches!(self.screen, Some(Screen::Gallery))
    }

    /// Returns the jobs that an action applies to: the selected ones of the gallery, or else the current one.
    pub fn target_jobs(&self) -> Vec<Id> {
        if self.is_gallery() && !self.gallery.selected.is_empty() {
            return self.gallery.selected.iter().copied().collect();
        }
        self.history.current().map(|record| record.id).into_iter().collect()
    }

    /// Returns the completions of the search that is being typed.
    pub fn search_completions(&self) -> Vec<Completion> {
        let Some(input) = &self.history.search else { return Vec::new() };
        complete(input.text(), &self.gallery.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_sizes_end_at_the_smallest_and_the_largest() {
        let mut gallery = Gallery::default();
        assert_eq!(gallery.cells(), (16, 8));
        gallery.resize(-9);
        assert_eq!(gallery.cells(), (10, 5));
        gallery.resize(99);
        assert_eq!(gallery.cells(), (56, 28));
    }
}
