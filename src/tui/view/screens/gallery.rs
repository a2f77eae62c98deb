//! The gallery: thumbnails in a grid, the search above and the details of the current job below.
//! Only the rows on screen are read, however many jobs there are.

use ratatui::{
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Borders, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    library::{JobState, Record, search_language::sort_of},
    picture::PlacedImage,
    sanitize,
    theme::Role,
    tui::{
        gallery_grid::{GalleryCell, GalleryGrid},
        model::{Model, ThumbnailKey},
        view::{clipped_frame::ClippedFrame, format},
    },
};

/// Draws the gallery.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    draw_search(model, Rect { height: 1.min(area.height), ..area }, frame);
    let Some(grid) = frame.areas().gallery_grid(model) else { return };
    if model.history.total == 0 {
        draw_empty(model, area, frame);
    }
    for (row, cell) in cells(model, grid) {
        draw_cell(model, row, cell, frame);
    }
    let details = Rect { y: area.bottom().saturating_sub(1), height: 1.min(area.height), ..area };
    draw_details(model, details, frame);
}

/// Returns the thumbnails on screen and their areas.
pub(in crate::tui::view) fn shown<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Vec<PlacedImage<'m>> {
    let Some(grid) = frame.areas().gallery_grid(model) else { return Vec::new() };
    let thumbnail = |(row, cell): (u64, GalleryCell)| {
        let image = model.history.row(row)?.images.first()?.id;
        Some((model.thumbnails.get(ThumbnailKey { image, cells: grid.image_cells() })?, cell.image))
    };
    cells(model, grid).filter_map(thumbnail).collect()
}

/// Returns the visible rows of the history with their cells.
fn cells(model: &Model, grid: GalleryGrid) -> impl Iterator<Item = (u64, GalleryCell)> {
    let first = grid.first(&model.gallery);
    let rows = first..model.history.total.min(first + grid.cell_count());
    rows.filter_map(move |row| Some((row, grid.cell(row - first)?)))
}

fn draw_search(model: &Model, line: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let counted = counts(model);
    let room = usize::from(line.width).saturating_sub(counted.width() + 4);
    let typed = model.history.search.as_ref().map(|input| sanitize::line(input.text()).into_owned());
    let text = typed.clone().unwrap_or_else(|| sanitize::line(&model.history.query.text).into_owned());
    let text = format::truncate_start(&text, room);
    let mut spans = vec![Span::raw(" ")];
    if !text.is_empty() || typed.is_some() {
        spans.push(Span::styled("/ ", model.theme.style(Role::Key)));
        spans.push(Span::styled(text.clone(), model.theme.style(Role::Value)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), line);
    let width = (counted.width() as u16).min(line.width);
    let right = Rect { x: line.right() - width, width, ..line };
    frame.render_widget(Paragraph::new(Span::styled(counted, model.theme.style(Role::Muted))), right);
    if typed.is_some() && model.popup.is_none() {
        frame.set_cursor_position(Position::new(line.x + 3 + text.width() as u16, line.y));
    }
}

/// Returns the counts and the order: `12 selected   1,204 of 10,482   sort newest `.
fn counts(model: &Model) -> String {
    let found = format::thousands(model.history.total);
    let all = model.gallery.library_total.filter(|all| *all != model.history.total && !model.history.query.is_empty());
    let of = all.map(|all| format!(" of {}", format::thousands(all))).unwrap_or_default();
    let selected = match model.gallery.selected.len() {
        0 => String::new(),
        count => format!("{} selected   ", format::thousands(count as u64)),
    };
    format!("{selected}{found}{of}   sort {} ", sort_of(&model.history.query.text))
}

fn draw_empty(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let text = match (model.history.loaded, model.history.query.is_empty()) {
        (false, _) => "",
        (true, true) => "nothing yet",
        (true, false) => "no matches",
    };
    let middle = Rect { y: area.y + area.height / 2, height: 1.min(area.height), ..area };
    frame.render_widget(Paragraph::new(text).style(model.theme.style(Role::Muted)).centered(), middle);
}

fn draw_cell(model: &Model, row: u64, cell: GalleryCell, frame: &mut ClippedFrame<'_, '_>) {
    let is_current = row == model.history.selected;
    let record = model.history.row(row);
    if is_current {
        let block = Block::new().borders(Borders::ALL).border_type(BorderType::Thick);
        frame.render_widget(block.border_style(model.theme.style(Role::Accent)), cell.frame);
    }
    draw_image(model, record, cell.image, frame);
    let Some(record) = record else { return };
    let is_selected = model.gallery.selected.contains(&record.id);
    let style = if is_selected { model.theme.style(Role::Selection) } else { model.theme.style(Role::Muted) };
    let caption = caption(model, record, is_selected, usize::from(cell.caption.width), style);
    frame.render_widget(Paragraph::new(caption).style(style), cell.caption);
}

fn draw_image(model: &Model, record: Option<&Record>, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let image = record.and_then(|record| record.images.first());
    let key = image.map(|image| ThumbnailKey { image: image.id, cells: (area.width, area.height) });
    if let Some(thumbnail) = key.and_then(|key| model.thumbnails.get(key)) {
        return frame.render_widget(thumbnail, area);
    }
    let text = match record {
        Some(record) if image.is_none() => state(model, record),
        Some(_) if key.is_some_and(|key| model.thumbnails.is_broken(key)) => "missing",
        _ => "…",
    };
    let middle = Rect { y: area.y + area.height / 2, height: 1.min(area.height), ..area };
    frame.render_widget(Paragraph::new(text).style(model.theme.style(Role::Muted)).centered(), middle);
}

fn state(model: &Model, record: &Record) -> &'static str {
    match record.state {
        _ if model.jobs.get(record.id).is_some() => "generating…",
        JobState::Failed => "failed",
        JobState::Cancelled => "canceled",
        JobState::Unknown => "unknown",
        JobState::Queued | JobState::Sent | JobState::Received => "running elsewhere",
        JobState::Saved => "no image",
    }
}

/// Returns the marks and the model of a job: `✓ ★4 ♥ ↳ ×4 flare`.
fn caption(model: &Model, record: &Record, selected: bool, width: usize, base: Style) -> Line<'static> {
    let mut marks = Vec::new();
    marks.extend(selected.then(|| "✓".to_owned()));
    marks.extend(record.labels.rating.map(|rating| format!("★{rating}")));
    marks.extend(record.labels.favorite.then(|| "♥".to_owned()));
    marks.extend(record.parent.is_some().then(|| "↳".to_owned()));
    marks.extend((record.images.len() > 1).then(|| format!("×{}", record.images.len())));
    let marks = marks.join(" ");
    let name = record.labels.title.as_deref().map(|title| sanitize::line(title).into_owned());
    let name = name.unwrap_or_else(|| format::short_model(&record.model));
    let gap = if marks.is_empty() { "" } else { " " };
    let name = sanitize::truncate(&name, width.saturating_sub(marks.width() + gap.len())).into_owned();
    let accent = if selected { base } else { model.theme.style(Role::Accent) };
    let used = marks.width() + gap.len() + name.width();
    // The frame of the current cell shows behind the caption, except where the whole line marks the selection.
    let rest = if selected { " ".repeat(width.saturating_sub(used)) } else { String::new() };
    Line::from(vec![Span::styled(marks, accent), Span::raw(gap), Span::styled(name + &rest, base)])
}

/// Draws the details of the current job, or the completions of the search that is typed.
fn draw_details(model: &Model, line: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let text = match (&model.history.search, &model.history.search_error, model.history.current()) {
        (Some(_), Some(error), _) => {
            return frame.render_widget(
                Paragraph::new(format!(" {error}: {}", error.hint())).style(model.theme.style(Role::Warning)),
                line,
            );
        }
        (Some(_), None, _) if !model.search_completions().is_empty() => completions(model),
        (_, _, Some(record)) => details(record),
        (_, _, None) => String::new(),
    };
    let text = sanitize::truncate(&text, usize::from(line.width).saturating_sub(1)).into_owned();
    frame.render_widget(Paragraph::new(format!(" {text}")).style(model.theme.style(Role::Text)), line);
}

fn completions(model: &Model) -> String {
    let offered: Vec<String> =
        model.search_completions().iter().map(|completion| sanitize::line(&completion.text).into_owned()).collect();
    offered.join("   ")
}

fn details(record: &Record) -> String {
    let mut words = vec![sanitize::line(&record.prompt).into_owned(), sanitize::line(&record.model).into_owned()];
    words.extend(record.images.first().map(|image| format!("{}x{}", image.width, image.height)));
    words.push(format::cost(record));
    let tags: Vec<&str> = record.labels.tags.iter().map(String::as_str).collect();
    words.push(sanitize::line(&tags.join(", ")).into_owned());
    words.retain(|word| !word.is_empty());
    words.join(" · ")
}
