//! The last lines: a notice, and below it the most useful keys where the focus is.
//! Only keys that this terminal can send are shown.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::clipped_frame::ClippedFrame;
use crate::{
    theme::Role,
    tui::{
        hints::{Hint, hints},
        message::{self, MessageLines, SEPARATOR},
        model::{Model, Severity},
    },
};

/// Draws the line of hints.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    frame.render_widget(Paragraph::new(hint_line(model, &hints(model, area.width))), area);
}

/// Returns keys with their verbs.
pub(super) fn hint_line(model: &Model, hints: &[Hint]) -> Line<'static> {
    let spans = hints.iter().flat_map(|hint| {
        [
            Span::styled(format!(" {} ", hint.key), model.theme.style(Role::Key)),
            Span::styled(format!("{} ", hint.words), model.theme.style(Role::Hint)),
        ]
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// Draws the current notice, one column from the left like all other text.
pub(super) fn draw_message(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let Some(lines) = message::lines(model, area.width, usize::from(area.height)) else { return };
    let severity = model.notices.current().map_or(Severity::Info, |notice| notice.severity);
    // In the full window, the message covers the line of facts.
    frame.render_widget(Clear, area);
    let text = Paragraph::new(message_lines(model, &lines, severity)).style(model.theme.style(Role::Text));
    frame.render_widget(text, area);
    let width = lines.tail.width().min(usize::from(area.width)) as u16;
    let tail = Rect { x: (area.right() - width).saturating_sub(1), width, height: 1, ..area };
    frame.render_widget(Paragraph::new(Span::styled(lines.tail, model.theme.style(Role::Muted))), tail);
}

fn message_lines(model: &Model, message: &MessageLines, severity: Severity) -> Vec<Line<'static>> {
    let role = match severity {
        Severity::Success => Role::Success,
        Severity::Info => Role::Info,
        Severity::Warning => Role::Warning,
        Severity::Error => Role::Error,
    };
    let styled = |text: &String, role| Span::styled(format!(" {text}"), model.theme.style(role));
    let mut lines: Vec<Line<'static>> = message.text.iter().map(|text| Line::from(styled(text, role))).collect();
    if let (true, Some(hint), Some(first)) = (message.beside, message.hint.first(), lines.first_mut()) {
        first.push_span(Span::styled(SEPARATOR, model.theme.style(Role::Muted)));
        first.push_span(Span::styled(hint.clone(), model.theme.style(Role::Hint)));
        return lines;
    }
    lines.extend(message.hint.iter().map(|hint| Line::from(styled(hint, Role::Hint))));
    lines
}
