//! The help: all keys as they are bound now, as far as this terminal can send them.
//! It is derived from the table of actions, so it is always up to date.

use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, frames};
use crate::{
    theme::Role,
    tui::{
        action::KeyContext,
        model::{Model, Scroll},
    },
};

/// Draws the help.
pub(super) fn draw(model: &Model, scroll: Scroll, frame: &mut ClippedFrame<'_, '_>) {
    let width = 80.min(frame.area().width);
    let text = text(model, usize::from(width.saturating_sub(4)));
    // The last line stays free for the keys that scroll.
    let height = (text.lines.len() as u16).saturating_add(2).min(frame.area().height.saturating_sub(2));
    let area = frames::draw_popup_frame(model, "Keys", width, height, frame);
    frames::draw_scrolled(model, text, scroll.0, area, frame);
}

/// Returns the keys, those of the pane where the help was opened first; in the prompt, where keys work as in any
/// editor, the global ones come first.
fn text(model: &Model, width: usize) -> Text<'static> {
    let rows: Vec<_> = model.config.keymap.rows(model.terminal.enhanced_keys).collect();
    let widest = rows.iter().map(|(_, bound)| bound.join(" ").width()).max().unwrap_or(0).min(width * 2 / 5);
    let here = model.context_under_popup();
    let mut contexts = KeyContext::ALL.to_vec();
    contexts.sort_by_key(|context| *context != here || here == KeyContext::Prompt);
    let mut text = Text::default();
    for context in contexts {
        if !text.lines.is_empty() {
            text.push_line(Line::default());
        }
        text.push_line(Line::styled(context.title(), model.theme.style(Role::Title)));
        for (row, bound) in rows.iter().filter(|(row, bound)| row.context == context && !bound.is_empty()) {
            text.extend(lines(model, &bound.join(" "), row.doc, (widest, width)));
        }
    }
    text
}

/// Returns the keys of an action with its description, on as many lines as needed.
fn lines(model: &Model, keys: &str, doc: &'static str, (column, width): (usize, usize)) -> Vec<Line<'static>> {
    let keys = wrap_words(keys, column);
    let docs = wrap_words(doc, width.saturating_sub(column + 5));
    let line = |at: usize| {
        let (key, doc) = (keys.get(at).cloned().unwrap_or_default(), docs.get(at).cloned().unwrap_or_default());
        let gap = " ".repeat(column.saturating_sub(key.width()) + 3);
        Line::from(vec![Span::styled(format!("  {key}{gap}"), model.theme.style(Role::Key)), Span::raw(doc)])
    };
    (0..keys.len().max(docs.len())).map(line).collect()
}

/// Wraps words into lines of at most `width` columns.
fn wrap_words(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
