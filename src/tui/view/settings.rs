//! The settings pane: names, values, and a description of the selected setting.
//! The rows come from the model's `Param`s; nothing here knows a backend.

use ratatui::{
    layout::{Margin, Rect},
    text::{Line, Span, Text},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format, frames, has_focus};
use crate::{
    sanitize,
    theme::Role,
    tui::{
        model::{Focus, Model, SettingKind, SettingRow},
        setting_lines::SettingLines,
    },
};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::Settings);
    frame.render_widget(frames::block(model, " settings ", focus), area);
    let Some(lines) = frame.areas().setting_lines(model) else { return };
    for (index, area) in lines.visible() {
        draw_row(model, &lines, index, focus && index == lines.selected, area, frame);
    }
    let help: Vec<Line<'_>> = lines.help.iter().map(|line| Line::from(line.as_str())).collect();
    let help = Paragraph::new(help).style(model.theme.style(Role::Muted));
    frame.render_widget(help, lines.help_area.inner(Margin::new(1, 0)));
}

fn draw_row(
    model: &Model,
    lines: &SettingLines,
    index: usize,
    selected: bool,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let base = if selected { model.theme.style(Role::Selection) } else { model.theme.style(Role::Text) };
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let row = &lines.rows[index];
    let (before, after) = if selected { ("‹", "›") } else { (" ", " ") };
    let label = sanitize::truncate(&row.label, usize::from(area.width).saturating_sub(1)).into_owned();
    let value = value(row, usize::from(area.width).saturating_sub(lines.value_edge()));
    let gap = |used: usize| Span::raw(" ".repeat(lines.value_edge().saturating_sub(used + 1)));
    let value = [
        Span::styled(before, own(Role::Accent)),
        Span::styled(value, own(if row.changed { Role::ValueChanged } else { Role::Value })),
        Span::styled(after, own(Role::Accent)),
    ];
    let used = 1 + label.width();
    let label = Span::styled(format!(" {label}"), own(Role::Label));
    let text = if area.height > 1 {
        Text::from(vec![Line::from(label), std::iter::once(gap(0)).chain(value).collect::<Line<'_>>()])
    } else {
        Text::from([label, gap(used)].into_iter().chain(value).collect::<Line<'_>>())
    };
    frame.render_widget(Paragraph::new(text).style(base), area);
}

/// Returns a value in `room` columns. The end of a model's name tells models apart, so its start is left out.
fn value(row: &SettingRow, room: usize) -> String {
    if row.value.is_empty() {
        return "–".to_owned();
    }
    let value = sanitize::line(&row.value);
    match row.kind {
        SettingKind::Model => format::truncate_start(&format::shorten_model(&value, room), room),
        _ => sanitize::truncate(&value, room).into_owned(),
    }
}
