//! The preview pane: the image with a line of facts under it, or text where there is no image.
//! `picture` turns an image into cells.

use ratatui::{
    layout::{Alignment, Margin, Rect},
    text::{Line, Span, Text},
    widgets::{Paragraph, Wrap},
};

use super::{
    clipped_frame::ClippedFrame,
    displayed_image, edit_source, format, frames, has_focus, image_grid, missing_image,
    waiting::{self, Plate},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    library::{ImageRecord, Record},
    picture::Zoom,
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{Focus, Model, PreviewSource, PreviewSubject},
    },
};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if !model.preview_maximized {
        let title = title(model, area.width);
        frame.render_widget(frames::block(model, title, has_focus(model, Focus::Preview)), area);
    }
    let Some(picture) = frame.areas().preview_image(model) else { return };
    let facts = Rect { y: picture.bottom(), height: 1, ..picture };
    draw_subject(model, picture, frame);
    if facts.bottom() <= area.bottom() {
        let facts = facts.inner(Margin::new(1, 0));
        if !draw_wait(model, picture, facts, frame) {
            draw_facts(model, facts, frame);
        }
    }
}

fn title(model: &Model, width: u16) -> String {
    let submitted = model.shown_submission().map(|pending| pending.draft.prompt.as_str());
    let selected = || model.shown_record().map(|record| record.prompt.as_str());
    let edit = edit_source::title(model);
    let Some(prompt) = edit.as_deref().or(submitted).or_else(selected) else { return " preview ".into() };
    let prompt = sanitize::line(prompt);
    format!(" {} ", sanitize::truncate(&prompt, usize::from(width).saturating_sub(6)))
}

fn draw_subject(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    match model.subject() {
        PreviewSubject::Nothing => draw_centered(model, welcome(model), area, frame),
        PreviewSubject::Submitting | PreviewSubject::Waiting(_) => draw_plates(model, area, frame),
        PreviewSubject::Grid(_) => image_grid::draw(model, area, frame),
        PreviewSubject::NoImage(_) => {
            if let Some(record) = model.history.current() {
                missing_image::draw(model, record, area, frame);
            }
        }
        PreviewSubject::Preview(_)
        | PreviewSubject::Image(..)
        | PreviewSubject::EditSource(_)
        | PreviewSubject::Before(_)
        | PreviewSubject::Difference(_) => draw_picture(model, area, frame),
    }
}

/// Draws the plates of the images of a draft, or that of the coming image.
fn draw_plates(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if let Some(pending) = model.shown_submission() {
        for (image, place) in model.pending_places(pending, area).into_iter().enumerate() {
            Plate::of_draft(model, pending, image as u32).draw(model, place, frame);
        }
    } else if let Some(job) = model.shown_job() {
        let image = model.preview.image as u32;
        Plate::of_job(model, job, image).draw(model, model.plate_place(area), frame);
    }
}

fn draw_picture(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if let Some(error) = &model.preview.error {
        let text = vec![
            Line::styled("Cannot show this image", model.theme.style(Role::Error)),
            Line::styled(sanitize::line(error).into_owned(), model.theme.style(Role::Text)),
        ];
        return draw_centered(model, text, area, frame);
    }
    match displayed_image(model, frame) {
        Some((fitted, area)) => frame.render_widget(fitted, area),
        None if edit_source::facts(model).is_some() => {}
        None => draw_plates(model, area, frame),
    }
}

fn draw_centered(model: &Model, text: Vec<Line<'_>>, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let inside = area.inner(Margin::new(2.min(area.width / 3), 0));
    let width = usize::from(inside.width.max(1));
    let height: usize = text.iter().map(|line| line.width().div_ceil(width).max(1)).sum();
    let above = (inside.height.saturating_sub(height as u16)) / 2;
    let below = Rect { y: inside.y + above, height: inside.height - above, ..inside };
    let text = Paragraph::new(Text::from(text)).wrap(Wrap { trim: true }).alignment(Alignment::Center);
    frame.render_widget(text.style(model.theme.style(Role::Text)), below);
}

fn welcome(model: &Model) -> Vec<Line<'static>> {
    if !model.history.loaded || model.history.total > 0 {
        return Vec::new();
    }
    let muted = model.theme.style(Role::Muted);
    if !model.history.query.is_empty() {
        let hint = model.key_hint(KeyContext::Global, Action::Dismiss, "in the history to clear the search");
        let lines = std::iter::once("No image matches".to_owned()).chain(hint);
        return lines.map(|line| Line::styled(line, muted)).collect();
    }
    let about = model.capabilities().map(|can| sanitize::line(&can.about).into_owned()).unwrap_or_default();
    let key = |action| {
        model.config.keymap.label(KeyContext::Prompt, action, model.terminal.enhanced_keys).unwrap_or_default()
    };
    vec![
        Line::styled(
            format!("Type what you want to see, then press {}.", key(Action::Submit)),
            model.theme.style(Role::Accent),
        ),
        Line::default(),
        Line::styled("for example: three cats under a full moon by the sea", muted),
        Line::default(),
        Line::styled(format!("{}: {about}", model.next_job.backend), muted),
        Line::styled(format!("{} to choose another backend", key(Action::SwitchBackend)), muted),
    ]
}

fn draw_facts(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    if let Some(line) = edit_source::facts(model) {
        frame.render_widget(Paragraph::new(line), area);
        return;
    }
    let Some(record) = model.shown_record() else { return };
    let line = facts(model, record, usize::from(area.width));
    frame.render_widget(Paragraph::new(line), area);
}

/// Draws the line about the job that is waited for, below its image; returns `false` if none is.
fn draw_wait(model: &Model, area: Rect, facts: Rect, frame: &mut ClippedFrame<'_, '_>) -> bool {
    let subject = model.subject();
    let width = usize::from(facts.width);
    let line = match (&subject, model.shown_submission(), model.shown_job()) {
        (PreviewSubject::Submitting, Some(pending), _) => waiting::draft_line(model, pending, width),
        (PreviewSubject::Grid(_), _, Some(job)) => waiting::job_line(model, job, None, width),
        (PreviewSubject::Waiting(_) | PreviewSubject::Preview(_), _, Some(job)) => {
            let image = job.preview(model.preview.image).map(|preview| preview.image as usize);
            waiting::job_line(model, job, image, width)
        }
        _ => return false,
    };
    let below = match (&subject, displayed_image(model, frame)) {
        (PreviewSubject::Grid(_), _) => facts.y,
        (_, Some((fitted, area))) => fitted.centered_in(area).bottom(),
        (PreviewSubject::Submitting, None) => {
            let places = model.shown_submission().map(|pending| model.pending_places(pending, area));
            match places.as_deref() {
                Some([place]) => place.bottom(),
                _ => facts.y,
            }
        }
        (_, None) => model.plate_place(area).bottom(),
    };
    frame.render_widget(Paragraph::new(line).centered(), Rect { y: below.min(facts.y), ..facts });
    true
}

fn facts(model: &Model, record: &Record, width: usize) -> Line<'static> {
    let muted = model.theme.style(Role::Muted);
    let at = model.preview.image.min(record.images.len().saturating_sub(1));
    let Some(image) = record.images.get(at) else { return Line::default() };
    let mut words: Vec<String> = Vec::new();
    if record.images.len() > 1 {
        words.push(format!("{} of {}", at + 1, record.images.len()));
    }
    words.extend(facts_of(image));
    words.extend(has_manifest(model, image).then(|| "C2PA".to_owned()));
    words.push(sanitize::line(&record.model).into_owned());
    words.extend(record.seconds.map(format::seconds));
    words.push(format::cost(record));
    words.retain(|word| !word.is_empty());
    let note = record.notes.first().map(|note| sanitize::line(note));
    // A deviation from the request matters more than facts that every image has.
    let noted = note.as_ref().map_or(0, |note| note.width() + 3).min(width * 2 / 3);
    // A cost that is cut reads as another cost: where there is no room, less important words go first.
    while words.len() > 1 && joined_width(&words) + noted > width {
        words.remove(words.len() - if words.len() > 2 { 3 } else { 2 });
    }
    let mut line = Line::styled(words.join(" · "), muted);
    if let Some(zoom) = zoom(model) {
        line.push_span(Span::styled(format!(" · {zoom}"), model.theme.style(Role::Accent)));
    }
    if let Some(note) = note {
        let note = sanitize::truncate(&note, width.saturating_sub(line.width() + 3)).into_owned();
        line.push_span(Span::styled(format!(" · {note}"), model.theme.style(Role::Warning)));
    }
    line
}

/// Returns the width of the words with their separators.
fn joined_width(words: &[String]) -> usize {
    words.iter().map(|word| word.width() + 3).sum::<usize>().saturating_sub(3)
}

/// Returns `true` if the file has a signed statement of its origin; known only of the image on screen.
pub(super) fn has_manifest(model: &Model, image: &ImageRecord) -> bool {
    let shown = model.preview.shown.as_ref().filter(|shown| shown.key.source == PreviewSource::Image(image.id));
    shown.is_some_and(|shown| shown.fitted.has_manifest())
}

fn facts_of(image: &ImageRecord) -> [String; 2] {
    [format!("{}x{} {}", image.width, image.height, image.format), format::bytes(image.bytes)]
}

/// Returns the zoom, unless the whole image is shown.
fn zoom(model: &Model) -> Option<String> {
    match model.preview.view.zoom {
        Zoom::Fit => None,
        Zoom::Fill => Some("filled".into()),
        Zoom::Scale(scale) => Some(format!("{:.0}%", scale * 100.0)),
    }
}
