//! The strip of thumbnails under the history: its visibility and the thumbnails that are ready.
//! They use the same protocol as the preview.

use indexmap::{IndexMap, IndexSet};

use crate::{id::Id, picture::PreparedImage};

/// Columns and rows of one thumbnail.
pub(crate) const THUMBNAIL: (u16, u16) = (10, 5);

/// Columns from one thumbnail to the next, including the gap.
pub(crate) const COLUMN_STEP: u16 = THUMBNAIL.0 + 1;
/// Rows of the strip, including the line that marks the selected thumbnail.
pub(crate) const HEIGHT: u16 = THUMBNAIL.1 + 1;

/// Maximum number of thumbnails that are kept.
const MAX_THUMBNAILS: usize = 256;

/// The strip of thumbnails.
#[derive(Clone, Debug, Default)]
pub struct ThumbnailStrip {
    /// Set if the strip is shown where there is room.
    pub visible: bool,
    requested: IndexSet<Id>,
    ready: IndexMap<Id, Option<PreparedImage>>,
}

impl ThumbnailStrip {
    /// Requests the thumbnail of an image, once; returns `true` if it has to be made.
    pub fn request(&mut self, image: Id) -> bool {
        !self.ready.contains_key(&image) && self.requested.insert(image)
    }

    /// Stores a thumbnail, or `None` if it cannot be made. The oldest are dropped when there are too many.
    pub fn store(&mut self, image: Id, thumbnail: Option<PreparedImage>) {
        self.requested.shift_remove(&image);
        self.ready.insert(image, thumbnail);
        while self.ready.len() > MAX_THUMBNAILS {
            self.ready.shift_remove_index(0);
        }
    }

    /// Returns the thumbnail of an image, if it is ready.
    pub fn get(&self, image: Id) -> Option<&PreparedImage> {
        self.ready.get(&image)?.as_ref()
    }

    /// Discards all thumbnails, because their colors have changed.
    pub fn reset(&mut self) {
        self.requested.clear();
        self.ready.clear();
    }
}

/// Returns the first of `total` rows in a strip of `room` thumbnails, with the selected one in the middle where
/// possible.
pub(crate) fn first_visible(selected: u64, total: u64, room: u64) -> u64 {
    selected.saturating_sub(room / 2).min(total.saturating_sub(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selected_thumbnail_is_always_visible() {
        for total in 1..9 {
            for room in 1..5 {
                for selected in 0..total {
                    let first = first_visible(selected, total, room);
                    assert!((first..first + room).contains(&selected), "{selected} of {total} in {room}");
                    assert!(first + room.min(total) <= total, "{selected} of {total} in {room}: a gap at the end");
                }
            }
        }
    }

    #[test]
    fn thumbnails_are_requested_once_and_limited() {
        let mut strip = ThumbnailStrip::default();
        let first = Id::new();
        assert!(strip.request(first) && !strip.request(first));
        strip.store(first, None);
        assert!(!strip.request(first), "one that cannot be made is not asked for again");
        (0..MAX_THUMBNAILS).for_each(|_| strip.store(Id::new(), None));
        assert!(strip.request(first) && strip.ready.len() == MAX_THUMBNAILS);
    }
}
