//! Lists to choose from by typing, and text fields for values.
//! `update` decides what a list contains and what a choice does.

use ratatui::{
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format, frames};
use crate::{
    sanitize,
    theme::Role,
    tui::{
        model::{LineInput, Model, Picker, PickerItem, PickerKind, PickerValue, TextField},
        popup_area::{self, FIELD_WIDTH, SWATCH_WIDTH},
    },
};

/// Returns the title of a list.
pub(super) const fn title(switch: PickerKind) -> &'static str {
    match switch {
        PickerKind::Backend => "Backend",
        PickerKind::Model => "Model",
        PickerKind::Theme => "Theme",
        PickerKind::Unfinished => "Unfinished jobs",
        PickerKind::Lineage => "Lineage",
    }
}

/// Draws a list with its filter line; without a kind, it is the command palette.
pub(super) fn draw(model: &Model, kind: Option<PickerKind>, list: &Picker, frame: &mut ClippedFrame<'_, '_>) {
    let is_theme = kind == Some(PickerKind::Theme);
    let area = popup_area::list(list, if is_theme { SWATCH_WIDTH } else { 0 }, frame.area().as_size());
    frames::draw_popup_at(model, kind.map_or("Commands", title), area.outer, frame);
    draw_input(model, &list.input, "type to search", area.input, frame);
    let rows = area.rows;
    if list.matches.is_empty() {
        frame.render_widget(Paragraph::new("no matches").style(model.theme.style(Role::Muted)), rows);
    }
    let visible = list.matches.iter().enumerate().skip(area.top).take(usize::from(rows.height));
    for (line, (at, index)) in visible.enumerate() {
        let row = Rect { y: rows.y + line as u16, height: 1, ..rows };
        let item = &list.items[*index];
        draw_item(model, item, at == list.selected, area.name_width, row, frame);
        if is_theme {
            draw_swatches(model, item, area.name_width, row, frame);
        }
    }
    let beside = Rect { x: rows.right(), width: 1, ..rows };
    frames::draw_scroll_bar(model, list.matches.len() as u64, area.top as u64, beside, frame);
    draw_about(model, list, area.about, frame);
}

/// Draws the whole description of the selected item below a list that has to cut descriptions.
fn draw_about(model: &Model, list: &Picker, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let Some(item) = list.current().filter(|_| !area.is_empty()) else { return };
    let text = Paragraph::new(sanitize::line(&item.description).into_owned()).wrap(Wrap { trim: true });
    frame.render_widget(text.style(model.theme.style(Role::Muted)), area);
}

/// Draws some colors of a theme on its own background, as this terminal shows them.
fn draw_swatches(model: &Model, item: &PickerItem, column: usize, row: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let (PickerValue::Name(name), Some(depth)) = (&item.id, model.terminal.colors) else { return };
    let Ok(theme) = model.config.themes.get(name) else { return };
    let theme = theme.adapted(depth);
    let ground = theme.style(Role::Text);
    let dot = |role| Span::styled("● ", ground.patch(theme.style(role)));
    let line = Line::from(vec![
        Span::styled(" ", ground),
        dot(Role::Text),
        dot(Role::Accent),
        dot(Role::Success),
        dot(Role::Error),
    ]);
    let x = row.x + 2 + column.saturating_sub(SWATCH_WIDTH) as u16 + 2;
    let area = Rect { x, width: SWATCH_WIDTH as u16 - 2, ..row }.intersection(row);
    frame.render_widget(Paragraph::new(line), area);
}

/// Draws an item; `column` is the width of the names, so that all descriptions start in the same column.
fn draw_item(
    model: &Model,
    item: &PickerItem,
    selected: bool,
    column: usize,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let base = if selected { model.theme.style(Role::Selection) } else { model.theme.style(Role::Popup) };
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let dot = if item.current { "● " } else { "  " };
    let (label, detail, aside) =
        (sanitize::line(&item.label), sanitize::line(&item.description), sanitize::line(&item.aside));
    let width = usize::from(area.width);
    // A key or a date is short; where it is not, the name has priority.
    let aside = sanitize::truncate(&aside, width.saturating_sub(label.width().min(column) + 6)).into_owned();
    let label = sanitize::truncate(&label, width.saturating_sub(aside.width() + 4)).into_owned();
    let column = column.max(label.width()).min(width.saturating_sub(aside.width() + 4));
    let detail = sanitize::truncate(&detail, width.saturating_sub(column + aside.width() + 7));
    let label = format!("{label}{}", " ".repeat(column.saturating_sub(label.width())));
    let gap = width.saturating_sub(2 + column + 2 + detail.width() + aside.width() + 1);
    let line = Line::from(vec![
        Span::styled(dot, own(Role::Accent)),
        Span::styled(label, base),
        Span::styled(format!("  {detail}{}", " ".repeat(gap)), own(Role::Muted)),
        Span::styled(aside, own(Role::Key)),
    ]);
    frame.render_widget(Paragraph::new(line).style(base), area);
}

pub(super) fn draw_input(
    model: &Model,
    input: &LineInput,
    placeholder: &'static str,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let line = Rect { height: 1.min(area.height), ..area };
    let (before, after): (String, String) = {
        let chars = || input.text().chars();
        (chars().take(input.cursor()).collect(), chars().skip(input.cursor()).collect())
    };
    // The end of a long path says more than its start.
    let before = format::truncate_start(&sanitize::line(&before), usize::from(line.width).saturating_sub(3));
    let words = match input.text() {
        "" => Span::styled(placeholder, model.theme.style(Role::Placeholder)),
        _ => Span::raw(format!("{before}{}", sanitize::line(&after))),
    };
    frame
        .render_widget(Paragraph::new(Line::from(vec![Span::styled("› ", model.theme.style(Role::Key)), words])), line);
    let x = (line.x + 2 + before.width() as u16).min(line.right().saturating_sub(1));
    frame.set_cursor_position(Position::new(x, line.y));
}

/// Draws a text field.
pub(super) fn draw_text_field(model: &Model, field: &TextField, frame: &mut ClippedFrame<'_, '_>) {
    let area = frames::draw_popup_frame(model, &field.purpose.title(), FIELD_WIDTH, 6, frame);
    draw_input(model, &field.input, "", area, frame);
    draw_help_text(model, field.error.as_deref(), field.purpose.about(), area, frame);
}

/// Draws the error, or else the expected input.
fn draw_help_text(model: &Model, error: Option<&str>, expected: &str, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let (text, role) = error.map_or((expected, Role::Muted), |error| (error, Role::Error));
    let text = Paragraph::new(sanitize::line(text).into_owned()).wrap(Wrap { trim: true });
    frame.render_widget(text.style(model.theme.style(role)), below);
}
