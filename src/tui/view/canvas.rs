//! The one way to draw: a frame that takes nothing outside of its own area, with the layout that follows from it.
//! A window may shrink between the message that laid out the model and the frame; drawing trusts the frame alone.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    widgets::{StatefulWidget, Widget},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    plain,
    tui::{
        layout::{Areas, layout_within},
        model::Model,
    },
};

/// A frame, clipped.
pub(super) struct Canvas<'a, 'f> {
    frame: &'a mut Frame<'f>,
    areas: Areas,
}

impl<'a, 'f> Canvas<'a, 'f> {
    /// The canvas of this frame, laid out for the frame's own size.
    pub(super) fn new(model: &Model, frame: &'a mut Frame<'f>) -> Self {
        let area = frame.area();
        Self { frame, areas: layout_within(model, area.as_size()) }
    }

    /// The whole area.
    pub(super) fn area(&self) -> Rect {
        self.frame.area()
    }

    /// The place of each part of the studio on this frame.
    pub(super) const fn areas(&self) -> Areas {
        self.areas
    }

    /// The part of `area` that lies within the frame.
    pub(super) fn clip(&self, area: Rect) -> Rect {
        area.intersection(self.frame.area())
    }

    /// Draws a widget into the part of `area` that lies within the frame.
    pub(super) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        let area = self.clip(area);
        if !area.is_empty() {
            self.frame.render_widget(widget, area);
            self.mend(area);
        }
    }

    /// Draws a widget with a state likewise.
    pub(super) fn render_stateful_widget<W: StatefulWidget>(&mut self, widget: W, area: Rect, state: &mut W::State) {
        let area = self.clip(area);
        if !area.is_empty() {
            self.frame.render_stateful_widget(widget, area, state);
            self.mend(area);
        }
    }

    /// Takes away what no widget may leave behind, whoever wrote it: characters that a terminal obeys or nobody sees,
    /// which the editor draws with the letter before them; and at the right edge of `area` characters of two cells, whose
    /// second half would lie outside. Wrapped text can end in one, and the last cell of a frame that holds one ends the
    /// program when it changes.
    fn mend(&mut self, area: Rect) {
        let buffer = self.frame.buffer_mut();
        for at in area.positions() {
            let Some(cell) = buffer.cell_mut(at) else { continue };
            if cell.symbol().contains(plain::is_unsafe) {
                let seen: String = cell.symbol().chars().filter(|c| !plain::is_unsafe(*c)).collect();
                cell.set_symbol(if seen.is_empty() { " " } else { &seen });
            }
            if at.x + 1 == area.right() && cell.symbol().width() > 1 {
                cell.set_symbol(" ");
            }
        }
    }

    /// Shows the cursor there, if that is within the frame.
    pub(super) fn set_cursor_position(&mut self, position: Position) {
        if self.frame.area().contains(position) {
            self.frame.set_cursor_position(position);
        }
    }
}
