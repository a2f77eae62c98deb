//! The settings pane: names, values, and a description of the selected setting.
//! The rows come from the model's `Param`s; nothing here knows a backend.

use ratatui::{
    layout::{Margin, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, frames, has_focus};
use crate::{
    sanitize,
    theme::Role,
    tui::model::{Focus, Model, SettingRow},
};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::Settings);
    frame.render_widget(frames::block(model, " settings ", focus), area);
    let Some(rows_area) = frame.areas().setting_rows() else { return };
    let rows = model.setting_rows();
    let selected = model.settings.selected.min(rows.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(usize::from(rows_area.height.max(1)));
    let room = usize::from(rows_area.width).saturating_sub(6);
    let label = label_width(&rows, room);
    for (line, (index, row)) in rows.iter().enumerate().skip(top).take(usize::from(rows_area.height)).enumerate() {
        let at = Rect { y: rows_area.y + line as u16, height: 1, ..rows_area };
        draw_row(model, row, focus && index == selected, label, at, frame);
    }
    let inner = area.inner(Margin::new(1, 1));
    let about = Rect { y: rows_area.bottom(), height: inner.bottom().saturating_sub(rows_area.bottom()), ..inner };
    if let Some(row) = rows.get(selected).filter(|_| !about.is_empty()) {
        let text = Paragraph::new(sanitize::line(&row.description).into_owned()).wrap(Wrap { trim: true });
        frame.render_widget(text.style(model.theme.style(Role::Muted)), about.inner(Margin::new(1, 0)));
    }
}

/// Returns the width of the names, of `room` columns for names and values. A cut name is still readable, a cut value is
/// not; but the one value that takes more than half does not shorten the names of all others.
fn label_width(rows: &[SettingRow], room: usize) -> usize {
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let value = widest(&mut rows.iter().map(|row| row.value.width()).filter(|width| *width <= room / 2));
    widest(&mut rows.iter().map(|row| row.label.width())).min(room.saturating_sub(value))
}

fn draw_row(
    model: &Model,
    row: &SettingRow,
    selected: bool,
    label: usize,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let base = if selected { model.theme.style(Role::Selection) } else { model.theme.style(Role::Text) };
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let value = if row.value.is_empty() { "–".into() } else { sanitize::line(&row.value) };
    // A value that would be cut moves to the left as far as its own name permits.
    let spare = (value.width() + label + 6).saturating_sub(usize::from(area.width));
    let label = label.saturating_sub(spare).max(row.label.width().min(label));
    let room = usize::from(area.width).saturating_sub(label + 6);
    let value = sanitize::truncate(&value, room);
    let (left, right) = if selected { ("‹ ", " ›") } else { ("  ", "  ") };
    let line = Line::from(vec![
        Span::styled(format!(" {:label$} ", sanitize::truncate(&row.label, label)), own(Role::Label)),
        Span::styled(left, own(Role::Accent)),
        Span::styled(value.into_owned(), own(if row.changed { Role::ValueChanged } else { Role::Value })),
        Span::styled(right, own(Role::Accent)),
    ]);
    frame.render_widget(Paragraph::new(line).style(base), area);
}
