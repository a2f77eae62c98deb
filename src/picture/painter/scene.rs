//! One picture in one frame: where it is, and what of it is covered.
//! Read from the frame itself, so that views need to say nothing about popups.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
    widgets::Widget,
};

use crate::picture::{
    Fitted,
    driver::{self, Life, MARK, placeholders},
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

/// An image shown by text that is on the screen.
pub(super) struct Readable {
    pub(super) fitted: Fitted,
    pub(super) rect: Rect,
    /// Whether the text is in the other words.
    pub(super) reworded: bool,
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
    cell.diff_option == MARK
}

/// Has the cells at these positions that show a picture written once more, though they show what they showed.
pub(super) fn reword(frame: &mut Buffer, positions: impl Iterator<Item = Position>) {
    for at in positions {
        if let Some(cell) = frame.cell_mut(at).filter(|cell| is_picture(cell)) {
            let symbol = placeholders::reworded(cell.symbol());
            cell.set_symbol(&symbol);
        }
    }
}

/// The same for the first cell in `rect` that shows a picture.
pub(super) fn reword_one(frame: &mut Buffer, rect: Rect) {
    let first = rect.positions().find(|at| frame.cell(*at).is_some_and(is_picture));
    reword(frame, first.into_iter());
}

/// Puts what was there before into the cells in `rect` that show a picture, else nothing. They still count as covered
/// by the picture.
pub(super) fn stand_in(frame: &mut Buffer, rect: Rect, before: Option<&Readable>) {
    let mut other = Buffer::empty(rect);
    if let Some(Readable { fitted, reworded, .. }) = before {
        fitted.render(rect, &mut other);
        if *reworded {
            reword(&mut other, rect.positions());
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

pub(super) fn life(fitted: &Fitted) -> Life {
    driver::driver(fitted.protocol()).life()
}

fn one_cell(at: Position) -> Rect {
    Rect::new(at.x, at.y, 1, 1)
}

/// The cells of `rect` that are not in `hole`.
pub(super) fn outside(rect: Rect, hole: Rect) -> impl Iterator<Item = Position> {
    rect.positions().filter(move |position| !hole.contains(*position))
}
