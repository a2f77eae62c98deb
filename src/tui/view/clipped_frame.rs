//! The only way to draw: a frame that ignores everything outside of its own area, with the layout for its size.
//! A window may shrink between the message that laid out the model and the frame; drawing relies on the frame alone.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    widgets::{StatefulWidget, Widget},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    sanitize,
    tui::{
        layout::{Areas, layout_for_size},
        model::Model,
    },
};

/// A frame that clips what is drawn.
pub(super) struct ClippedFrame<'a, 'f> {
    frame: &'a mut Frame<'f>,
    areas: Areas,
}

impl<'a, 'f> ClippedFrame<'a, 'f> {
    /// Creates the canvas of this frame, laid out for the frame's own size.
    pub(super) fn new(model: &Model, frame: &'a mut Frame<'f>) -> Self {
        let area = frame.area();
        Self { frame, areas: layout_for_size(model, area.as_size()) }
    }

    /// Returns the whole area.
    pub(super) fn area(&self) -> Rect {
        self.frame.area()
    }

    /// Returns the area of each part of the studio in this frame.
    pub(super) const fn areas(&self) -> Areas {
        self.areas
    }

    /// Returns the part of `area` that is within the frame.
    pub(super) fn clip(&self, area: Rect) -> Rect {
        area.intersection(self.frame.area())
    }

    /// Draws a widget into the part of `area` that is within the frame.
    pub(super) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        let area = self.clip(area);
        if !area.is_empty() {
            self.frame.render_widget(widget, area);
            self.sanitize(area);
        }
    }

    /// Draws a stateful widget into the part of `area` that is within the frame.
    pub(super) fn render_stateful_widget<W: StatefulWidget>(&mut self, widget: W, area: Rect, state: &mut W::State) {
        let area = self.clip(area);
        if !area.is_empty() {
            self.frame.render_stateful_widget(widget, area, state);
            self.sanitize(area);
        }
    }

    /// Removes what no widget may leave behind: characters that a terminal obeys or that are invisible, which the
    /// editor draws with the letter before them; and at the right edge of `area` characters of two cells, whose second
    /// half would be outside. Wrapped text can end in one, and if the last cell of a frame holds one, a change of that
    /// cell panics.
    fn sanitize(&mut self, area: Rect) {
        let buffer = self.frame.buffer_mut();
        for at in area.positions() {
            let Some(cell) = buffer.cell_mut(at) else { continue };
            if cell.symbol().contains(sanitize::is_unsafe) {
                let seen: String = cell.symbol().chars().filter(|c| !sanitize::is_unsafe(*c)).collect();
                cell.set_symbol(if seen.is_empty() { " " } else { &seen });
            }
            if at.x + 1 == area.right() && cell.symbol().width() > 1 {
                cell.set_symbol(" ");
            }
        }
    }

    /// Shows the cursor at `position`, if that is within the frame.
    pub(super) fn set_cursor_position(&mut self, position: Position) {
        if self.frame.area().contains(position) {
            self.frame.set_cursor_position(position);
        }
    }
}
