//! Thumbnails of the history and the gallery: the ones that are ready, and the visibility of the strip under the history.
//! They use the same protocol as the preview.

use std::path::PathBuf;

use indexmap::{IndexMap, IndexSet};

use crate::{id::Id, library::ImageRecord, picture::PreparedImage};

/// Columns and rows of one thumbnail.
pub(crate) const THUMBNAIL: (u16, u16) = (10, 5);

/// Columns from one thumbnail to the next, including the gap.
pub(crate) const COLUMN_STEP: u16 = THUMBNAIL.0 + 1;
/// Rows of the strip, including the line that marks the selected thumbnail.
pub(crate) const HEIGHT: u16 = THUMBNAIL.1 + 1;

/// Columns and rows of a thumbnail in a row of the history.
pub(crate) const ROW_THUMBNAIL: (u16, u16) = (4, 2);

/// Maximum number of thumbnails that are kept.
const MAX_THUMBNAILS: usize = 256;

/// A thumbnail of one image in one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThumbnailKey {
    pub image: Id,
    /// Columns and rows of the area into which the image is fitted.
    pub cells: (u16, u16),
}

impl ThumbnailKey {
    /// Returns the key of the thumbnail of an image in the strip.
    pub const fn in_strip(image: Id) -> Self {
        Self { image, cells: THUMBNAIL }
    }
}

/// A thumbnail to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThumbnailRequest {
    pub key: ThumbnailKey,
    pub path: PathBuf,
    /// Checksum of the file, under which the thumbnail is cached on disk.
    pub sha256: String,
}

impl ThumbnailRequest {
    /// Creates the request for an image in `cells` columns and rows.
    pub fn new(image: &ImageRecord, cells: (u16, u16)) -> Self {
        let key = ThumbnailKey { image: image.id, cells };
        Self { key, path: image.path.clone(), sha256: image.sha256.clone() }
    }
}

/// The thumbnails of the studio.
#[derive(Clone, Debug, Default)]
pub struct Thumbnails {
    /// Set if the strip is shown where there is room, which is where rows have none of their own.
    pub visible: bool,
    /// Visibility in the rows of the history where there is room; `None` shows them unless the connection is slow.
    pub in_rows: Option<bool>,
    /// Number of thumbnails on screen, which are kept besides the usual ones.
    pub on_screen: usize,
    requested: IndexSet<ThumbnailKey>,
    ready: IndexMap<ThumbnailKey, Option<PreparedImage>>,
}

impl Thumbnails {
    /// Requests a thumbnail, once; returns `true` if it has to be made.
    pub fn request(&mut self, key: ThumbnailKey) -> bool {
        !self.ready.contains_key(&key) && self.requested.insert(key)
    }

    /// Forgets a request that was dropped because newer ones came first.
    pub fn forget_request(&mut self, key: ThumbnailKey) {
        self.requested.shift_remove(&key);
    }

    /// Stores a thumbnail, or `None` if it cannot be made. The oldest are dropped when there are too many.
    pub fn store(&mut self, key: ThumbnailKey, thumbnail: Option<PreparedImage>) {
        self.requested.shift_remove(&key);
        self.ready.insert(key, thumbnail);
        while self.ready.len() > MAX_THUMBNAILS + self.on_screen {
            self.ready.shift_remove_index(0);
        }
    }

    /// Returns a thumbnail, if it is ready.
    pub fn get(&self, key: ThumbnailKey) -> Option<&PreparedImage> {
        self.ready.get(&key)?.as_ref()
    }

    /// Returns `true` if a thumbnail cannot be made.
    pub fn is_broken(&self, key: ThumbnailKey) -> bool {
        matches!(self.ready.get(&key), Some(None))
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
        let mut strip = Thumbnails::default();
        let key = || ThumbnailKey::in_strip(Id::new());
        let first = key();
        assert!(strip.request(first) && !strip.request(first));
        strip.store(first, None);
        assert!(!strip.request(first), "one that cannot be made is not asked for again");
        (0..MAX_THUMBNAILS).for_each(|_| strip.store(key(), None));
        assert!(strip.request(first) && strip.ready.len() == MAX_THUMBNAILS);
    }
}
