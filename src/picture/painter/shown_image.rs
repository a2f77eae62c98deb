//! One image in one frame: its position and its covered parts.
//!
//! Derived from the frame itself, so that views need not report popups.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
    widgets::Widget,
};

use crate::picture::{
    PreparedImage,
    driver::{self, MARK, Persistence, placeholders},
};

/// An image on the screen that needs more than its cells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ShownImage {
    pub(super) fitted: PreparedImage,
    pub(super) rect: Rect,
    /// Bounding rectangle of the cells that something else is drawn on.
    pub(super) cover: Option<Rect>,
    /// Set if something was drawn on it since it was painted.
    pub(super) damaged: bool,
}

/// An image on the screen that is shown by text.
pub(super) struct TextImage {
    pub(super) fitted: PreparedImage,
    pub(super) rect: Rect,
    /// True if the text currently uses the alternate spelling.
    pub(super) respelled: bool,
}

impl ShownImage {
    /// Finds the image in `frame`. `None` if no part is visible, or if it consists of nothing but cells.
    pub(super) fn find(fitted: &PreparedImage, area: Rect, frame: &Buffer) -> Option<Self> {
        let rect = fitted.centered_in(area);
        if persistence(fitted) == Persistence::Text
            || rect.intersection(area) != rect
            || rect.intersection(frame.area) != rect
        {
            return None;
        }
        let covered = |position: &Position| !is_picture(&frame[*position]);
        let cover = rect.positions().filter(covered).map(one_cell).reduce(Rect::union);
        let seen = rect.positions().any(|position| !covered(&position));
        seen.then(|| Self { fitted: fitted.clone(), rect, cover, damaged: false })
    }

    /// Returns whether it is the same image at the same place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.fitted == other.fitted && self.rect == other.rect
    }

    pub(super) fn persistence(&self) -> Persistence {
        persistence(&self.fitted)
    }

    /// Returns the image area without its covered part.
    pub(super) fn visible(&self) -> Vec<Rect> {
        let Some(cover) = self.cover else { return vec![self.rect] };
        let (rect, below) = (self.rect, cover.bottom());
        let parts = [
            Rect { height: cover.y - rect.y, ..rect },
            Rect { y: below, height: rect.bottom() - below, ..rect },
            Rect { width: cover.x - rect.x, y: cover.y, height: cover.height, ..rect },
            Rect { x: cover.right(), width: rect.right() - cover.right(), y: cover.y, height: cover.height },
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect()
    }

    /// Returns the cells that its pixels fill completely.
    pub(super) fn filled_cells(&self) -> Rect {
        let inner = self.fitted.inner();
        let grid = driver::driver(self.fitted.protocol()).grid(inner.cell);
        let whole = |samples: u32, grid: u32, cells: u16| cells.min((samples / grid.max(1)) as u16);
        let width = whole(inner.samples.0, grid.across, self.rect.width);
        Rect { width, height: whole(inner.samples.1, grid.down, self.rect.height), ..self.rect }
    }
}

/// Returns whether a cell of an image is free of other content.
fn is_picture(cell: &Cell) -> bool {
    cell.diff_option == MARK
}

/// Switches the spelling of the image cells at these positions, so that they are written again with no visible change.
pub(super) fn respell(frame: &mut Buffer, positions: impl Iterator<Item = Position>) {
    for at in positions {
        if let Some(cell) = frame.cell_mut(at).filter(|cell| is_picture(cell)) {
            let symbol = placeholders::respelled(cell.symbol());
            cell.set_symbol(&symbol);
        }
    }
}

/// Does the same for the first image cell in `rect`.
pub(super) fn respell_one(frame: &mut Buffer, rect: Rect) {
    let first = rect.positions().find(|at| frame.cell(*at).is_some_and(is_picture));
    respell(frame, first.into_iter());
}

/// Restores the previous text in the image cells of `rect`, or leaves them empty. They still count as covered by the
/// image.
pub(super) fn show_previous(frame: &mut Buffer, rect: Rect, before: Option<&TextImage>) {
    let mut other = Buffer::empty(rect);
    if let Some(TextImage { fitted, respelled, .. }) = before {
        fitted.render(rect, &mut other);
        if *respelled {
            respell(&mut other, rect.positions());
        }
    }
    for at in rect.positions() {
        if let Some(cell) = frame.cell_mut(at).filter(|cell| is_picture(cell)) {
            let before = &other[at];
            cell.set_symbol(before.symbol());
            if before.diff_option == MARK {
                cell.set_fg(before.fg);
            }
        }
    }
}

pub(super) fn persistence(fitted: &PreparedImage) -> Persistence {
    driver::driver(fitted.protocol()).persistence()
}

fn one_cell(at: Position) -> Rect {
    Rect::new(at.x, at.y, 1, 1)
}
