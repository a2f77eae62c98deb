//! The picker for an image file: the path, the files and folders of its directory, and the image under the cursor.
//! `update` lists directories and requests images.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format, frames, picker};
use crate::{
    picture::PlacedImage,
    sanitize,
    theme::Role,
    tui::{
        file_picker_layout::FilePickerAreas,
        model::{FileEntry, FilePicker, Model, Popup},
    },
};

/// Draws the picker.
pub(super) fn draw(model: &Model, picker: &FilePicker, frame: &mut ClippedFrame<'_, '_>) {
    let areas = FilePickerAreas::new(frame.area().as_size());
    frames::draw_popup_at(model, picker.role.title(), areas.outer, frame);
    picker::draw_input(model, &picker.input, "path or name; drag and drop works", areas.input, frame);
    draw_list(model, picker, areas.list, frame);
    draw_about(model, picker, areas.about, frame);
    if let Some(area) = areas.image {
        draw_image(model, picker, area, frame);
    }
}

/// Returns the image in the popup and its area.
pub(super) fn displayed_image<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Option<PlacedImage<'m>> {
    let Some(Popup::File(picker)) = &model.popup else { return None };
    let area = FilePickerAreas::new(frame.area().as_size()).image?;
    picker.preview.shown.as_ref().map(|shown| (&shown.fitted, area))
}

fn draw_list(model: &Model, picker: &FilePicker, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if picker.matches.is_empty() {
        let text = match (picker.is_loading(), &picker.error, picker.typed_parts()) {
            (_, Some(_), _) | (_, _, None) => "",
            (true, ..) => "…",
            (false, None, Some((_, name))) if name.is_empty() => "no images here",
            (false, ..) => "no matches",
        };
        frame.render_widget(Paragraph::new(text).style(model.theme.style(Role::Muted)), area);
        return;
    }
    let top = picker.first_visible(area.height);
    let visible = picker.matches.iter().enumerate().skip(top).take(usize::from(area.height));
    for (y, (at, index)) in (area.y..).zip(visible) {
        let line = Rect { y, height: 1, ..area };
        draw_entry(model, &picker.listing.entries[*index], at == picker.selected, line, frame);
    }
    let beside = Rect { x: area.right(), width: 1, ..area };
    frames::draw_scroll_bar(model, picker.matches.len() as u64, top as u64, beside, frame);
}

fn draw_entry(model: &Model, entry: &FileEntry, selected: bool, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let base = model.theme.style(if selected { Role::Selection } else { Role::Popup });
    let own = |role| if selected { base } else { model.theme.style(role) };
    let size = if entry.is_folder { String::new() } else { format::bytes(entry.bytes) };
    let time = entry.modified.map(|modified| format::time(model, modified)).unwrap_or_default();
    let aside = format!("  {size:>8}  {time:>6} ");
    let width = usize::from(area.width);
    let aside = if width >= aside.width() + 16 { aside } else { String::new() };
    let mark = if entry.is_recent { "↺ " } else { "  " };
    let slash = if entry.is_folder { "/" } else { "" };
    let room = width.saturating_sub(mark.width() + aside.width());
    let name = format!("{}{slash}", sanitize::line(&entry.name));
    let name = sanitize::truncate(&name, room).into_owned();
    let gap = " ".repeat(room.saturating_sub(name.width()));
    let line = Line::from(vec![
        Span::styled(mark, own(Role::Muted)),
        Span::styled(name, own(if entry.is_folder { Role::Accent } else { Role::Popup })),
        Span::styled(format!("{gap}{aside}"), own(Role::Muted)),
    ]);
    frame.render_widget(Paragraph::new(line).style(base), area);
}

/// Draws the error, or else the expected input.
fn draw_about(model: &Model, picker: &FilePicker, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let (text, role) = match &picker.error {
        Some(error) => (error.clone(), Role::Error),
        None if picker.listing.is_truncated => {
            (format!("{} entries and more; type to narrow down", picker.listing.entries.len()), Role::Warning)
        }
        None => (picker.role.about().to_owned(), Role::Muted),
    };
    let text = sanitize::line(&text);
    let text = sanitize::truncate(&text, area.width.into()).into_owned();
    frame.render_widget(Paragraph::new(text).style(model.theme.style(role)), area);
}

fn draw_image(model: &Model, picker: &FilePicker, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let is_file = picker.current().is_some_and(|entry| !entry.is_folder);
    if let Some(shown) = picker.preview.shown.as_ref().filter(|_| is_file) {
        frame.render_widget(&shown.fitted, area);
    } else if let Some(error) = picker.preview.error.as_ref().filter(|_| is_file) {
        let text = Paragraph::new(sanitize::line(error).into_owned()).wrap(ratatui::widgets::Wrap { trim: true });
        frame.render_widget(text.style(model.theme.style(Role::Muted)), area);
    }
}
