//! The prompt editor on screen: the text area in its frame.
//! The text area edits the text, and `update` submits it.

use ratatui::layout::Rect;

use super::{clipped_frame::ClippedFrame, frames, has_focus};
use crate::{
    sanitize,
    theme::Role,
    tui::model::{Focus, Model},
};

/// Returns the title of the editor. It names the references, since a forgotten one costs money.
fn title(model: &Model, width: u16) -> String {
    if model.next_job.references.is_empty() {
        return " prompt ".to_owned();
    }
    let names = model.next_job.references.names();
    let room = usize::from(width).saturating_sub(" prompt:  ".len() + 4);
    format!(" prompt: {} ", sanitize::truncate(&sanitize::line(&names), room))
}

/// Draws the editor.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::Prompt);
    frame.render_widget(frames::block(model, title(model, area.width), focus), area);
    let Some(text) = frame.areas().prompt_text().filter(|text| !text.is_empty()) else { return };
    // The text area keeps its scroll position inside; a clone costs only as much as the typed text.
    let mut editor = model.prompt.area.clone();
    editor.set_style(model.theme.style(Role::Text));
    editor.set_cursor_line_style(model.theme.style(Role::Text));
    editor.set_selection_style(model.theme.style(Role::Marked));
    editor.set_placeholder_text("Describe an image…");
    editor.set_placeholder_style(model.theme.style(Role::Placeholder));
    editor.set_cursor_style(model.theme.style(if focus { Role::Cursor } else { Role::Text }));
    frame.render_widget(&editor, text);
}
