//! The prompt editor on screen: the text area in its frame.
//! The text area edits the text, and `update` submits it.

use ratatui::layout::Rect;

use super::{chips, clipped_frame::ClippedFrame, frames, has_focus};
use crate::{
    theme::Role,
    tui::model::{Focus, Model},
};

/// Draws the editor.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::Prompt);
    frame.render_widget(frames::block(model, " prompt ", focus), area);
    chips::draw(model, frame);
    let Some(text) = frame.areas().prompt_text().filter(|text| !text.is_empty()) else { return };
    // The text area keeps its scroll position inside; a clone costs only as much as the typed text.
    let mut editor = model.prompt.area.clone();
    editor.set_style(model.theme.style(Role::Text));
    editor.set_cursor_line_style(model.theme.style(Role::Text));
    editor.set_selection_style(model.theme.style(Role::Marked));
    let is_edit = !model.next_job.references.is_empty();
    editor.set_placeholder_text(if is_edit { "Describe the change…" } else { "Describe an image…" });
    editor.set_placeholder_style(model.theme.style(Role::Placeholder));
    editor.set_cursor_style(model.theme.style(if focus && model.selected_chip().is_none() {
        Role::Cursor
    } else {
        Role::Text
    }));
    frame.render_widget(&editor, text);
}
