//! The prompt editor on screen: the text area in its frame.
//! Editing is the text area's, what is sent is `update`'s.

use ratatui::layout::Rect;

use super::{canvas::Canvas, focused, pane};
use crate::{
    plain,
    theme::Role,
    tui::model::{Focus, Model},
};

/// What a forgotten picture would cost stands where one types.
fn title(model: &Model, width: u16) -> String {
    if model.choice.given.is_empty() {
        return " prompt ".to_owned();
    }
    let names = model.choice.given.names();
    let room = usize::from(width).saturating_sub(" prompt:  ".len() + 4);
    format!(" prompt: {} ", plain::truncate(&plain::line(&names), room))
}

/// Draws the editor.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Canvas<'_, '_>) {
    let focus = focused(model, Focus::Prompt);
    frame.render_widget(pane::block(model, title(model, area.width), focus), area);
    let Some(text) = frame.areas().prompt_text().filter(|text| !text.is_empty()) else { return };
    // The area keeps its scroll position inside; a clone shares the text's cost only for what is typed.
    let mut editor = model.prompt.area.clone();
    editor.set_style(model.theme.style(Role::Text));
    editor.set_cursor_line_style(model.theme.style(Role::Text));
    editor.set_selection_style(model.theme.style(Role::Marked));
    editor.set_placeholder_text("what shall the picture show?");
    editor.set_placeholder_style(model.theme.style(Role::Placeholder));
    editor.set_cursor_style(model.theme.style(if focus { Role::Cursor } else { Role::Text }));
    frame.render_widget(&editor, text);
}
