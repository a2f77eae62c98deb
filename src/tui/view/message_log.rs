//! The list of past messages, newest first.

use ratatui::text::{Line, Span, Text};

use super::{clipped_frame::ClippedFrame, frames};
use crate::{
    theme::Role,
    tui::{
        message_log::{LogLine, TIME_WIDTH, page},
        model::{Model, Scroll, Severity},
    },
};

/// Draws the list.
pub(super) fn draw(model: &Model, scroll: Scroll, frame: &mut ClippedFrame<'_, '_>) {
    let page = page(model, frame.area().as_size());
    let area = frames::draw_popup_at(model, "Messages", page.outer, frame);
    let lines: Vec<Line<'static>> = match page.lines.as_slice() {
        [] => vec![Line::styled("no messages yet", model.theme.style(Role::Muted))],
        lines => lines.iter().map(|line| log_line(model, line)).collect(),
    };
    frames::draw_scrolled(model, Text::from(lines), scroll.0, area, frame);
}

fn log_line(model: &Model, line: &LogLine) -> Line<'static> {
    let role = match line.severity {
        Some(Severity::Success) => Role::Success,
        Some(Severity::Info) => Role::Text,
        Some(Severity::Warning) => Role::Warning,
        Some(Severity::Error) => Role::Error,
        None => Role::Hint,
    };
    Line::from(vec![
        Span::styled(format!("{:<TIME_WIDTH$}", line.time), model.theme.style(Role::Muted)),
        Span::styled(line.text.clone(), model.theme.style(role)),
    ])
}
