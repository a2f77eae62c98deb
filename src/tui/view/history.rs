//! The history pane: one line per job, newest first, and the search line.
//! Only visible rows are read, however long the history is.

use ratatui::{
    layout::{Margin, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format, frames, has_focus};
use crate::{
    library::{JobState, Query, Record},
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{Focus, Model},
    },
};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::History);
    frame.render_widget(frames::block(model, title(model), focus), area);
    draw_search(model, area.inner(Margin::new(1, 1)), frame);
    super::thumbnails::draw(model, frame);
    let Some(rows) = frame.areas().history_rows(model).filter(|rows| !rows.is_empty()) else { return };
    if model.history.total == 0 {
        frame.render_widget(empty(model), rows);
        return;
    }
    for line in 0..rows.height {
        let index = model.history.top + u64::from(line);
        if index >= model.history.total {
            break;
        }
        let area = Rect { y: rows.y + line, height: 1, ..rows };
        draw_row(model, index, focus, area, frame);
    }
    let beside = Rect { x: rows.right(), width: 1, ..rows };
    frames::draw_scroll_bar(model, model.history.total, model.history.top, beside, frame);
}

fn title(model: &Model) -> String {
    let what = if model.history.query.marked { "marked" } else { "history" };
    match model.history.total {
        0 => format!(" {what} "),
        total => format!(" {what} {} ", format::thousands(total)),
    }
}

fn empty(model: &Model) -> Paragraph<'static> {
    let text = match (model.history.loaded, &model.history.query) {
        (false, _) => "",
        (true, query) if *query == Query::default() => "nothing yet",
        (true, query) if query.marked => "nothing marked",
        (true, _) => "no matches",
    };
    Paragraph::new(text).style(model.theme.style(Role::Muted)).centered()
}

fn draw_search(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let line = Rect { height: 1.min(area.height), ..area };
    let text = match (&model.history.search, model.history.query.text.as_str()) {
        (Some(input), _) => input.text(),
        (None, "") => return draw_filter(model, line, frame),
        (None, text) => text,
    };
    let room = usize::from(line.width).saturating_sub(3);
    let shown = sanitize::line(text);
    let shown = fitting_end(&shown, room);
    let spans = vec![Span::styled("/ ", model.theme.style(Role::Key)), Span::raw(shown.to_owned())];
    frame.render_widget(Paragraph::new(Line::from(spans)).style(model.theme.style(Role::Value)), line);
    if model.history.search.is_some() && model.popup.is_none() {
        frame.set_cursor_position(Position::new(line.x + 2 + shown.width() as u16, line.y));
    }
}

fn draw_filter(model: &Model, line: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if model.history.query.marked {
        let hint = model.key_hint(KeyContext::History, Action::ToggleMarkedFilter, "to show all");
        let words = hint.map_or_else(|| "★ marked only".to_owned(), |hint| format!("★ marked only; {hint}"));
        let text = Span::styled(words, model.theme.style(Role::Muted));
        frame.render_widget(Paragraph::new(Line::from(text)), line);
    }
}

/// Returns the end of `text` that fits, since the cursor is there.
fn fitting_end(text: &str, room: usize) -> &str {
    let mut start = 0;
    while text[start..].width() > room {
        start += text[start..].chars().next().map_or(1, char::len_utf8);
    }
    &text[start..]
}

fn draw_row(model: &Model, index: u64, focus: bool, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let selected = index == model.history.selected;
    let base = match (selected, focus) {
        (true, true) => model.theme.style(Role::Selection),
        (true, false) => model.theme.style(Role::SelectionUnfocused),
        (false, _) => model.theme.style(Role::Text),
    };
    let line = match model.history.row(index) {
        Some(record) => row(model, record, base, selected, usize::from(area.width)),
        None => Line::styled(" …", model.theme.style(Role::Muted)),
    };
    frame.render_widget(Paragraph::new(line).style(base), area);
}

fn row<'a>(model: &Model, record: &Record, base: Style, selected: bool, width: usize) -> Line<'a> {
    let (glyph, role) = state_symbol(model, record);
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let time = format::time(model, record.created);
    let many = if record.images.len() > 1 { format!(" ×{}", record.images.len()) } else { String::new() };
    let room = width.saturating_sub(time.width() + many.width() + 4);
    let prompt = sanitize::line(&record.prompt);
    let prompt = sanitize::truncate(&prompt, room);
    let gap = " ".repeat(room.saturating_sub(prompt.width()) + 1);
    Line::from(vec![
        Span::styled(format!("{glyph} "), own(role)),
        Span::styled(prompt.into_owned(), base),
        Span::styled(many, own(Role::Muted)),
        Span::styled(format!("{gap}{time} "), own(Role::Muted)),
    ])
}

/// Returns one symbol for the state of a job; the details show it as a word.
fn state_symbol(model: &Model, record: &Record) -> (char, Role) {
    if model.jobs.get(record.id).is_some() {
        return (format::spinner(model.now.since_start), Role::Running);
    }
    match record.state {
        JobState::Saved if record.images.iter().any(|image| image.missing) => ('!', Role::Warning),
        _ if record.marked => ('★', Role::Accent),
        JobState::Saved if record.parent.is_some() => ('↳', Role::Muted),
        JobState::Saved => (' ', Role::Text),
        JobState::Failed => ('✗', Role::Error),
        JobState::Cancelled => ('–', Role::Muted),
        JobState::Unknown => ('?', Role::Warning),
        JobState::Queued | JobState::Sent | JobState::Received => ('…', Role::Running),
    }
}
