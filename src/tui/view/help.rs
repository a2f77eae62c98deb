//! The keys, all of them, as they are bound now and as far as this terminal can send them.
//! It is derived from the table of actions; there is nothing to keep up to date.

use ratatui::{
    Frame,
    text::{Line, Span, Text},
};
use unicode_width::UnicodeWidthStr;

use super::pane;
use crate::{
    theme::Role,
    tui::{
        action::Context,
        model::{Model, Scroll},
    },
};

/// Draws the help.
pub(super) fn draw(model: &Model, scroll: Scroll, frame: &mut Frame<'_>) {
    let text = text(model);
    let height = (text.lines.len() as u16).saturating_add(2).min(frame.area().height);
    let area = pane::popup(model, "keys · Esc closes", 80, height, frame);
    pane::scrolled(model, text, scroll.0, area, frame);
}

fn text(model: &Model) -> Text<'static> {
    let rows: Vec<_> = model.keymap.rows(model.reach.enhanced_keys).collect();
    let keys = |keys: &[String]| keys.join(" ");
    let widest = rows.iter().map(|(_, k)| keys(k).width()).max().unwrap_or(0);
    let mut text = Text::default();
    for context in Context::ALL {
        if context != Context::Global {
            text.push_line(Line::default());
        }
        text.push_line(Line::styled(context.title(), model.theme.style(Role::Title)));
        for (row, bound) in rows.iter().filter(|(row, bound)| row.context == context && !bound.is_empty()) {
            let key = keys(bound);
            let gap = " ".repeat(widest.saturating_sub(key.width()) + 3);
            text.push_line(Line::from(vec![
                Span::styled(format!("  {key}{gap}"), model.theme.style(Role::Key)),
                Span::raw(row.doc),
            ]));
        }
    }
    text
}
