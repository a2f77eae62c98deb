//! State of the gallery: the size of its cells, what is scrolled, and the jobs that are selected for a common action.
//! Its rows, its search and its current job are those of the history.

use indexmap::IndexSet;

use super::{Focus, Model, Screen};
use crate::id::Id;

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
