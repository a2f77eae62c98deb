//! The grid of the gallery, as pure geometry: the view draws with it, and the mouse finds the cell that was clicked.

use ratatui::layout::{Position, Rect};

use super::model::Gallery;

/// Columns and rows around an image: the frame of the current cell. The caption is in the line below the image.
const FRAME: u16 = 2;

/// The cells of the gallery on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GalleryGrid {
    area: Rect,
    image: (u16, u16),
    pub columns: u16,
    pub rows: u16,
}

/// The areas of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GalleryCell {
    /// The whole cell, with the frame of the current one.
    pub frame: Rect,
    pub image: Rect,
    pub caption: Rect,
}

impl GalleryGrid {
    /// Creates the grid in `area`; images are smaller than the chosen size where there is no room for one.
    pub fn new(area: Rect, gallery: &Gallery) -> Self {
        let (width, height) = gallery.cells();
        let image =
            (width.min(area.width.saturating_sub(FRAME)).max(1), height.min(area.height.saturating_sub(FRAME)).max(1));
        let columns = (area.width / (image.0 + FRAME)).max(1);
        let rows = (area.height / (image.1 + FRAME)).max(1);
        Self { area, image, columns, rows }
    }

    /// Returns columns and rows of one image.
    pub const fn image_cells(&self) -> (u16, u16) {
        self.image
    }

    /// Returns the number of cells on screen.
    pub fn cell_count(&self) -> u64 {
        u64::from(self.columns) * u64::from(self.rows)
    }

    /// Returns the row of the history in the first cell.
    pub fn first(&self, gallery: &Gallery) -> u64 {
        gallery.top * u64::from(self.columns)
    }

    /// Returns the cell at a place on screen, counted from the top left.
    pub fn cell(&self, place: u64) -> Option<GalleryCell> {
        if place >= self.cell_count() {
            return None;
        }
        let (column, row) = (place % u64::from(self.columns), place / u64::from(self.columns));
        let (width, height) = (self.image.0 + FRAME, self.image.1 + FRAME);
        let left = self.area.width.saturating_sub(self.columns * width) / 2;
        let frame =
            Rect { x: self.area.x + left + column as u16 * width, y: self.area.y + row as u16 * height, width, height };
        let image = Rect { x: frame.x + 1, y: frame.y + 1, width: self.image.0, height: self.image.1 };
        Some(GalleryCell { frame, image, caption: Rect { y: image.bottom(), height: 1, ..image } })
    }

    /// Returns the row of the history whose cell is at a position.
    pub fn row_at(&self, position: Position, gallery: &Gallery) -> Option<u64> {
        let hit =
            (0..self.cell_count()).find(|place| self.cell(*place).is_some_and(|cell| cell.frame.contains(position)));
        hit.map(|place| self.first(gallery) + place)
    }

    /// Returns the first visible row of cells, moved as little as possible so that the current job is visible.
    pub fn scrolled_top(&self, gallery: &Gallery, current: u64, total: u64) -> u64 {
        let (columns, rows) = (u64::from(self.columns), u64::from(self.rows));
        let row = current / columns;
        let last = total.div_ceil(columns).saturating_sub(rows);
        gallery.top.clamp(row.saturating_sub(rows - 1), row).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(width: u16, height: u16) -> GalleryGrid {
        GalleryGrid::new(Rect::new(3, 2, width, height), &Gallery::default())
    }

    #[test]
    fn cells_fill_the_area_without_overlap_at_any_size() {
        for (width, height) in [(200, 57), (120, 36), (80, 20), (40, 8), (9, 5), (1, 1)] {
            let grid = grid(width, height);
            let cells: Vec<GalleryCell> = (0..grid.cell_count()).filter_map(|place| grid.cell(place)).collect();
            assert_eq!(cells.len() as u64, grid.cell_count());
            for (index, cell) in cells.iter().enumerate() {
                assert!(cells[..index].iter().all(|other| !other.frame.intersects(cell.frame)), "{width}x{height}");
                if width > 2 && height > 2 {
                    assert_eq!(cell.frame.intersection(grid.area), cell.frame, "{width}x{height}");
                }
            }
        }
        assert_eq!((grid(80, 20).columns, grid(80, 20).rows), (4, 2));
    }

    #[test]
    fn the_current_job_is_always_visible_and_no_row_is_left_empty() {
        let grid = grid(80, 20);
        for total in [1, 7, 8, 9, 100] {
            for current in 0..total {
                for top in 0..20 {
                    let gallery = Gallery { top, ..Gallery::default() };
                    let gallery = Gallery { top: grid.scrolled_top(&gallery, current, total), ..gallery };
                    let first = grid.first(&gallery);
                    assert!((first..first + grid.cell_count()).contains(&current), "{current} of {total} from {top}");
                    assert!(first == 0 || first + grid.cell_count() < total + u64::from(grid.columns));
                }
            }
        }
    }

    #[test]
    fn a_click_finds_the_cell_that_is_drawn_there() {
        let (grid, gallery) = (grid(80, 20), Gallery { top: 3, ..Gallery::default() });
        for place in 0..grid.cell_count() {
            let image = grid.cell(place).unwrap().image;
            let row = grid.row_at(Position::new(image.x, image.y), &gallery);
            assert_eq!(row, Some(12 + place));
        }
        assert_eq!(grid.row_at(Position::new(0, 0), &gallery), None);
    }
}
