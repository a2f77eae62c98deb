//! The images of one job as a grid, each with a caption: a plate, then its latest preview, then its image.
//! `model` decides where they are.

use ratatui::{
    layout::Rect,
    text::Line,
    widgets::{Block, Paragraph},
};

use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, has_focus, waiting};
use crate::{
    picture::PlacedImage,
    sanitize,
    theme::Role,
    tui::model::{CAPTION_ROWS, Focus, GridSlot, Model},
};

/// Draws the grid, if the preview shows one.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let Some((_, slots)) = model.shown_grid() else { return };
    let places = model.grid_places(slots.len(), area);
    if places.is_empty() {
        let words = format!("{} images", slots.len());
        let middle = Rect { y: area.y + area.height / 2, height: 1.min(area.height), ..area };
        frame.render_widget(Paragraph::new(words).style(model.theme.style(Role::Muted)).centered(), middle);
    }
    for (index, (slot, place)) in slots.iter().zip(places).enumerate() {
        draw_place(model, index, slot, place, frame);
        let below = Rect { y: place.bottom(), height: CAPTION_ROWS, ..place };
        draw_caption(model, index, below, frame);
    }
}

/// Returns the images of the grid that are ready, and their areas.
pub(super) fn shown<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Vec<PlacedImage<'m>> {
    let Some((_, slots)) = model.shown_grid() else { return Vec::new() };
    let Some(area) = frame.areas().preview_image(model) else { return Vec::new() };
    let ready = |(index, place): (usize, Rect)| Some((model.preview.grid.image(index, place.as_size())?, place));
    model.grid_places(slots.len(), area).into_iter().enumerate().filter_map(ready).collect()
}

fn draw_place(model: &Model, index: usize, slot: &GridSlot, place: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if let Some(image) = model.preview.grid.image(index, place.as_size()) {
        return frame.render_widget(image, place);
    }
    if let Some(job) = model.shown_job() {
        return waiting::Plate::of_job(model, job, index as u32).draw(model, place, frame);
    }
    frame.render_widget(Block::new().style(model.theme.style(Role::Matte)), place);
    let words = match slot {
        GridSlot::Missing => "file missing",
        _ if model.preview.grid.has_failed(index) => "cannot be shown",
        _ => return,
    };
    let words = sanitize::truncate(words, place.width.into()).into_owned();
    let middle = Rect { y: place.y + place.height / 2, height: 1.min(place.height), ..place };
    frame.render_widget(Paragraph::new(words).style(model.theme.style(Role::Warning)).centered(), middle);
}

fn draw_caption(model: &Model, index: usize, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let role = match (index == model.preview.image, has_focus(model, Focus::Preview)) {
        (true, true) => Role::Selection,
        (true, false) => Role::SelectionUnfocused,
        (false, _) => Role::Muted,
    };
    let number = (index + 1).to_string();
    let partial = model.shown_job().and_then(|job| waiting::partial_words(job, Some(index)));
    let words = partial.map(|partial| format!("{number} · {partial}"));
    let words = words.filter(|words| words.width() <= usize::from(area.width)).unwrap_or(number);
    frame.render_widget(Paragraph::new(Line::raw(words)).style(model.theme.style(role)).centered(), area);
}
