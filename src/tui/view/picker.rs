//! Lists to choose from by typing, and text fields for values.
//! `update` decides what a list contains and what a choice does.

use ratatui::{
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, frames};
use crate::{
    sanitize,
    theme::Role,
    tui::model::{FileNameInput, LineInput, Model, Picker, PickerItem, PickerKind, ValueInput},
};

/// Returns the title of a list.
pub(super) const fn title(switch: PickerKind) -> &'static str {
    match switch {
        PickerKind::Backend => "Backend",
        PickerKind::Model => "Model",
        PickerKind::Theme => "Theme",
        PickerKind::Unfinished => "Unfinished jobs",
    }
}

/// Draws a list with its filter line.
pub(super) fn draw(model: &Model, title: &str, list: &Picker, frame: &mut ClippedFrame<'_, '_>) {
    let height = (list.items.len() as u16).saturating_add(4).min(frame.area().height * 3 / 4).max(7);
    let area = frames::draw_popup_frame(model, title, 76, height, frame);
    draw_input(model, &list.input, "type to search", area, frame);
    let rows = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    if list.matches.is_empty() {
        frame.render_widget(Paragraph::new("no matches").style(model.theme.style(Role::Muted)), rows);
    }
    let widest = list.items.iter().map(|item| sanitize::line(&item.label).width()).max().unwrap_or(0);
    let column = widest.min(usize::from(rows.width) * 3 / 5);
    let top = (list.selected + 1).saturating_sub(usize::from(rows.height.max(1)));
    for (line, (at, index)) in list.matches.iter().enumerate().skip(top).take(usize::from(rows.height)).enumerate() {
        let area = Rect { y: rows.y + line as u16, height: 1, ..rows };
        draw_item(model, &list.items[*index], at == list.selected, column, area, frame);
    }
    let beside = Rect { x: rows.right(), width: 1, ..rows };
    frames::draw_scroll_bar(model, list.matches.len() as u64, top as u64, beside, frame);
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
    let detail = sanitize::truncate(&detail, width.saturating_sub(column + aside.width() + 6));
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

fn draw_input(
    model: &Model,
    input: &LineInput,
    placeholder: &'static str,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let line = Rect { height: 1.min(area.height), ..area };
    let text = sanitize::line(input.text());
    let words = match text.as_ref() {
        "" => Span::styled(placeholder, model.theme.style(Role::Placeholder)),
        text => Span::raw(text.to_owned()),
    };
    frame
        .render_widget(Paragraph::new(Line::from(vec![Span::styled("› ", model.theme.style(Role::Key)), words])), line);
    let before: String = input.text().chars().take(input.cursor()).collect();
    let x = (line.x + 2 + before.width() as u16).min(line.right().saturating_sub(1));
    frame.set_cursor_position(Position::new(x, line.y));
}

/// Draws the text field for a value.
pub(super) fn draw_value(model: &Model, editor: &ValueInput, frame: &mut ClippedFrame<'_, '_>) {
    let area = frames::draw_popup_frame(model, &editor.param.replace('_', " "), 64, 6, frame);
    draw_input(model, &editor.input, "", area, frame);
    draw_help_text(model, editor.error.as_deref(), &editor.expects, area, frame);
}

/// Draws the text field for the name of an image file.
pub(super) fn draw_file(model: &Model, editor: &FileNameInput, frame: &mut ClippedFrame<'_, '_>) {
    let area = frames::draw_popup_frame(model, editor.role.title(), 64, 7, frame);
    draw_input(model, &editor.input, "file path; drag and drop works", area, frame);
    draw_help_text(model, editor.error.as_deref(), editor.role.about(), area, frame);
}

/// Draws the error, or else the expected input.
fn draw_help_text(model: &Model, error: Option<&str>, expected: &str, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let (text, role) = error.map_or((expected, Role::Muted), |error| (error, Role::Error));
    let text = Paragraph::new(sanitize::line(text).into_owned()).wrap(ratatui::widgets::Wrap { trim: true });
    frame.render_widget(text.style(model.theme.style(role)), below);
}
