//! The text in place of an image that does not exist: the reason in full, and the keys that help.

use ratatui::{
    layout::{Margin, Rect},
    text::{Line, Span, Text},
    widgets::Paragraph,
};

use super::{clipped_frame::ClippedFrame, footer};
use crate::{
    library::{JobState, Record},
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        hints::{Hint, job_actions},
        model::Model,
        wrap::wrap_words,
    },
};

/// Maximum width of the text, for lines that are easy to read.
const MAX_WIDTH: u16 = 76;

/// Draws the text, left aligned and in the middle of the height.
pub(super) fn draw(model: &Model, record: &Record, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let inside = area.inner(Margin::new(2.min(area.width / 3), 0));
    let inside = Rect { width: inside.width.min(MAX_WIDTH), ..inside };
    let lines = lines(model, record, usize::from(inside.width));
    let height = (lines.len() as u16).min(inside.height);
    let place = Rect { y: inside.y + (inside.height - height) / 2, height, ..inside };
    frame.render_widget(Paragraph::new(Text::from(lines)).style(model.theme.style(Role::Text)), place);
}

fn lines(model: &Model, record: &Record, width: usize) -> Vec<Line<'static>> {
    let (headline, role) = headline(record);
    let mut lines = vec![Line::styled(headline, model.theme.style(role))];
    let text = |text: &str, role| wrapped(model, "", text, role, width);
    if let Some(image) = model.shown_image().filter(|image| image.missing) {
        lines.extend(text(&image.path.display().to_string(), Role::Text));
        lines.push(Line::default());
        lines.extend(wrapped(model, "hint: ", "restore it from the system trash or a backup", Role::Info, width));
    }
    if let Some(error) = &record.error {
        lines.push(Line::default());
        lines.extend(text(&error.message, Role::Text));
        let hint = successor_hint(model, record).or_else(|| error.hint.clone());
        lines.extend(hint.iter().flat_map(|hint| wrapped(model, "hint: ", hint, Role::Info, width)));
        let id = error.request_id.iter();
        lines.extend(id.flat_map(|id| wrapped(model, "request id: ", id, Role::Muted, width)));
    }
    if matches!(record.state, JobState::Failed | JobState::Cancelled | JobState::Unknown) {
        lines.push(Line::default());
        lines.extend(action_lines(model, width));
    }
    lines
}

fn headline(record: &Record) -> (&'static str, Role) {
    match record.state {
        JobState::Failed => ("Job failed", Role::Error),
        JobState::Cancelled => ("Job canceled", Role::Muted),
        JobState::Unknown => ("Outcome unknown; you may have been charged", Role::Warning),
        JobState::Saved if !record.images.is_empty() => ("The file of this image is missing", Role::Warning),
        JobState::Saved => ("No image from this job", Role::Warning),
        JobState::Queued | JobState::Sent | JobState::Received => ("Running in another tintype process", Role::Info),
    }
}

/// Returns a text in lines, with a label before the first one.
fn wrapped(model: &Model, label: &'static str, text: &str, role: Role, width: usize) -> Vec<Line<'static>> {
    let text = format!("{label}{}", sanitize::line(text));
    let mut lines: Vec<Line<'static>> =
        wrap_words(&text, width).into_iter().map(|line| Line::styled(line, model.theme.style(role))).collect();
    if let Some(first) = lines.first_mut().filter(|_| !label.is_empty()) {
        let rest = first.to_string().strip_prefix(label.trim_end()).unwrap_or_default().to_owned();
        *first = Line::from(vec![
            Span::styled(label.trim_end(), model.theme.style(Role::Muted)),
            Span::styled(rest, model.theme.style(role)),
        ]);
    }
    lines
}

/// Returns the keys that help, on as many lines as needed; their first column is that of the text.
fn action_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let in_prompt = model.context_under_popup() == KeyContext::Prompt;
    let place = in_prompt.then(|| Line::styled("in the history:", model.theme.style(Role::Muted)));
    let mut rows: Vec<Vec<Hint>> = vec![Vec::new()];
    let mut used = 0;
    for hint in job_actions(model) {
        let columns = usize::from(hint.width());
        if used + columns > width + 1 && used > 0 {
            rows.push(Vec::new());
            used = 0;
        }
        used += columns;
        if let Some(row) = rows.last_mut() {
            row.push(hint);
        }
    }
    place.into_iter().chain(rows.iter().map(|row| without_indent(footer::hint_line(model, row)))).collect()
}

fn without_indent(mut line: Line<'static>) -> Line<'static> {
    if let Some(first) = line.spans.first_mut() {
        first.content = first.content.trim_start().to_owned().into();
    }
    line
}

/// Returns a hint with the key that sends the prompt of a retired model to its successor.
fn successor_hint(model: &Model, record: &Record) -> Option<String> {
    let successor = model.successor(record)?;
    model.key_hint(KeyContext::Global, Action::SendToSuccessor, &format!("to send this prompt to `{successor}`"))
}
