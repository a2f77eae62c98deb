//! The strip of thumbnails under the history, newest first like the rows, with a line under the selected one.
//! The selection decides which ones are visible.

use ratatui::{layout::Rect, widgets::Paragraph};

use super::clipped_frame::ClippedFrame;
use crate::{
    picture::{PlacedImage, PreparedImage},
    theme::Role,
    tui::{
        history_rows::HistoryRows,
        model::{Model, ThumbnailKey, thumbnails},
    },
};

/// Draws the strip, if there is room.
pub(super) fn draw(model: &Model, frame: &mut ClippedFrame<'_, '_>) {
    let Some(area) = frame.areas().strip(model) else { return };
    for (row, area) in places(model, area) {
        draw_one(model, row, area, frame);
    }
}

/// Returns the thumbnail in a row of the history, if it is ready.
pub(super) fn in_row(model: &Model, row: u64) -> Option<&PreparedImage> {
    let image = model.history.row(row).filter(|record| model.jobs.get(record.id).is_none())?.images.first()?;
    model.thumbnails.get(ThumbnailKey { image: image.id, cells: thumbnails::ROW_THUMBNAIL })
}

/// Returns the thumbnails of the history, in its rows or in the strip, and their areas.
pub(super) fn shown<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Vec<PlacedImage<'m>> {
    let rows =
        frame.areas().history_rows(model).map_or_else(Vec::new, |area| HistoryRows::new(model, area).thumbnails());
    let in_rows = rows.into_iter().filter_map(|(row, area)| Some((in_row(model, row)?, area)));
    in_rows.chain(in_strip(model, frame)).collect()
}

/// Returns the thumbnails in the strip and their areas.
fn in_strip<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Vec<PlacedImage<'m>> {
    let thumbnail = |(row, area): (u64, Rect)| {
        let image = model.history.row(row)?.images.first()?;
        Some((model.thumbnails.get(ThumbnailKey::in_strip(image.id))?, picture_area(area)))
    };
    frame.areas().strip(model).into_iter().flat_map(|area| places(model, area)).filter_map(thumbnail).collect()
}

/// Returns the visible rows of the history, each with its area in the strip.
fn places(model: &Model, area: Rect) -> impl Iterator<Item = (u64, Rect)> {
    let room = u64::from(area.width / thumbnails::COLUMN_STEP).max(1);
    let first = thumbnails::first_visible(model.history.selected, model.history.total, room);
    let rows = first..model.history.total.min(first + room);
    rows.zip((area.x..).step_by(thumbnails::COLUMN_STEP.into())).map(move |(row, x)| {
        let width = thumbnails::THUMBNAIL.0.min(area.right().saturating_sub(x));
        (row, Rect { x, width, ..area })
    })
}

/// Returns the area of a thumbnail without the line that marks the selected one.
const fn picture_area(area: Rect) -> Rect {
    Rect { height: area.height.saturating_sub(1), ..area }
}

fn draw_one(model: &Model, row: u64, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let place = picture_area(area);
    let image = model.history.row(row).and_then(|record| record.images.first());
    if let Some(thumbnail) = image.and_then(|image| model.thumbnails.get(ThumbnailKey::in_strip(image.id))) {
        frame.render_widget(thumbnail, place);
    } else {
        let middle = Rect { y: place.y + place.height / 2, height: 1.min(place.height), ..place };
        let sign = if image.is_some() { "…" } else { "–" };
        frame.render_widget(Paragraph::new(sign).style(model.theme.style(Role::Muted)).centered(), middle);
    }
    if row == model.history.selected {
        let below = Rect { y: place.bottom(), height: 1, ..area };
        let line = "▔".repeat(area.width.into());
        frame.render_widget(Paragraph::new(line).style(model.theme.style(Role::Accent)), below);
    }
}
