//! One picture in one frame: where it is, and what of it is covered.
//! Read from the frame itself, so that views need to say nothing about popups.

use ratatui::{
    buffer::{Buffer, Cell, CellDiffOption},
    layout::{Position, Rect},
};

use crate::picture::{
    Fitted,
    driver::{self, Life, MARK},
};

/// A picture on the screen that needs more than its cells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub(super) fitted: Fitted,
    pub(super) rect: Rect,
    /// The smallest rectangle around the cells that something else is drawn on.
    pub(super) cover: Option<Rect>,
    /// Whether something was drawn on it since it was painted.
    pub(super) damaged: bool,
}

impl Scene {
    /// The picture as it came out in `frame`; nothing if none of it is to be seen, or if its cells are all there is.
    pub(super) fn find(fitted: &Fitted, area: Rect, frame: &Buffer) -> Option<Self> {
        let rect = fitted.place(area);
        if life(fitted) == Life::Text || rect.intersection(area) != rect || rect.intersection(frame.area) != rect {
            return None;
        }
        let covered = |position: &Position| !is_picture(&frame[*position]);
        let cover = rect.positions().filter(covered).map(one_cell).reduce(Rect::union);
        let seen = rect.positions().any(|position| !covered(&position));
        seen.then(|| Self { fitted: fitted.clone(), rect, cover, damaged: false })
    }

    pub(super) fn life(&self) -> Life {
        life(&self.fitted)
    }

    /// The picture without what is covered.
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

    /// The cells that its pixels fill to the last.
    pub(super) fn solid(&self) -> Rect {
        let inner = self.fitted.inner();
        let grid = driver::driver(self.fitted.protocol()).grid(inner.cell);
        let whole = |samples: u32, grid: u32, cells: u16| cells.min((samples / grid.max(1)) as u16);
        let width = whole(inner.samples.0, grid.across, self.rect.width);
        Rect { width, height: whole(inner.samples.1, grid.down, self.rect.height), ..self.rect }
    }
}

/// Whether nothing else is drawn on a cell of a picture.
fn is_picture(cell: &Cell) -> bool {
    matches!(cell.diff_option, MARK | CellDiffOption::AlwaysUpdate)
}

/// Has the first of these cells that shows a picture written, though nothing in it has changed.
pub(super) fn rewrite_one(frame: &mut Buffer, mut positions: impl Iterator<Item = Position>) {
    let shows = |at: &Position| frame.cell(*at).is_some_and(is_picture);
    if let Some(at) = positions.find(shows) {
        frame[at].set_diff_option(CellDiffOption::AlwaysUpdate);
    }
}

fn life(fitted: &Fitted) -> Life {
    driver::driver(fitted.protocol()).life()
}

fn one_cell(at: Position) -> Rect {
    Rect::new(at.x, at.y, 1, 1)
}

/// The cells of `rect` that are not in `hole`.
pub(super) fn outside(rect: Rect, hole: Rect) -> impl Iterator<Item = Position> {
    rect.positions().filter(move |position| !hole.contains(*position))
}
