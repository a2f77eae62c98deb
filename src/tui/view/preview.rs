//! The preview pane: the image with a line of facts under it, or text where there is no image.
//! `picture` turns an image into cells.

use ratatui::{
    layout::{Alignment, Margin, Rect},
    style::Style,
    text::{Line, Span, Text},
    widgets::{Paragraph, Wrap},
};

use super::{clipped_frame::ClippedFrame, displayed_image, format, frames, has_focus};
use unicode_width::UnicodeWidthStr;

use crate::{
    library::{ImageRecord, JobState, Record},
    picture::Zoom,
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{Focus, Model, PreviewSource, PreviewSubject, RunningJob},
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
        draw_facts(model, facts.inner(Margin::new(1, 0)), frame);
    }
}

fn title(model: &Model, width: u16) -> String {
    let Some(record) = model.history.current() else { return " preview ".into() };
    let prompt = sanitize::line(&record.prompt);
    format!(" {} ", sanitize::truncate(&prompt, usize::from(width).saturating_sub(6)))
}

fn draw_subject(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    match model.subject() {
        PreviewSubject::Nothing => draw_centered(model, welcome(model), area, frame),
        PreviewSubject::Waiting(_) => {}
        PreviewSubject::NoImage(_) => {
            if let Some(record) = model.history.current() {
                draw_centered(model, missing_image_text(model, record), area, frame);
            }
        }
        PreviewSubject::Preview(..) | PreviewSubject::Image(..) => draw_picture(model, area, frame),
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
    if let Some((fitted, area)) = displayed_image(model, frame) {
        frame.render_widget(fitted, area);
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

/// Explains why there is no image, in full, with the next action.
fn missing_image_text(model: &Model, record: &Record) -> Vec<Line<'static>> {
    let headline = |text: &str, role| Line::styled(text.to_owned(), model.theme.style(role));
    let mut lines = vec![match record.state {
        JobState::Failed => headline("Job failed", Role::Error),
        JobState::Cancelled => headline("Job canceled", Role::Muted),
        JobState::Unknown => headline("Outcome unknown; you may have been charged", Role::Warning),
        JobState::Saved if !record.images.is_empty() => headline("The file of this image is missing", Role::Warning),
        JobState::Saved => headline("No image from this job", Role::Warning),
        JobState::Queued | JobState::Sent | JobState::Received => {
            headline("Running in another tintype process", Role::Info)
        }
    }];
    if let Some(image) = model.shown_image().filter(|image| image.missing) {
        lines.push(Line::from(sanitize::line(&image.path.display().to_string()).into_owned()));
        lines.push(Line::default());
        lines.push(labeled(model, "hint: ", "restore it from the system trash or a backup"));
    }
    if let Some(error) = &record.error {
        lines.push(Line::default());
        lines.push(Line::from(sanitize::line(&error.message).into_owned()));
        let offer = successor_hint(model, record);
        lines.extend(offer.or(error.hint.clone()).map(|hint| labeled(model, "hint: ", &hint)));
        lines.extend(error.request_id.as_ref().map(|id| labeled(model, "request id: ", id)));
    }
    lines
}

/// Returns a hint with the key that sends the prompt of a retired model to its successor.
fn successor_hint(model: &Model, record: &Record) -> Option<String> {
    let successor = model.successor(record)?;
    model.key_hint(KeyContext::Global, Action::SendToSuccessor, &format!("to send this prompt to `{successor}`"))
}

fn labeled(model: &Model, label: &'static str, text: &str) -> Line<'static> {
    Line::from(vec![
        Span::styled(label, model.theme.style(Role::Muted)),
        Span::styled(sanitize::line(text).into_owned(), model.theme.style(Role::Info)),
    ])
}

fn draw_facts(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let Some(record) = model.history.current() else { return };
    let line = match model.jobs.get(record.id) {
        Some(job) => progress(model, job, area.width),
        None => facts(model, record, usize::from(area.width)),
    };
    frame.render_widget(Paragraph::new(line), area);
}

fn progress(model: &Model, job: &RunningJob, width: u16) -> Line<'static> {
    let style = |role| model.theme.style(role);
    let elapsed = model.now.since_start.saturating_sub(job.started).as_secs_f64();
    let words = job.reasoning.as_ref().unwrap_or(&job.status);
    let words = sanitize::line(words);
    let words = sanitize::truncate(&words, usize::from(width / 2).max(10)).into_owned();
    let mut spans = vec![
        Span::styled(format!("{} ", format::spinner(model.now.since_start)), style(Role::Running)),
        Span::styled(format!("{words}  "), style(Role::Text)),
    ];
    if let Some(preview) = job.preview(model.preview.image) {
        let which = if job.record.count > 1 {
            format!("{} of {}, ", preview.image + 1, job.record.count)
        } else {
            String::new()
        };
        spans.push(Span::styled(format!("{which}preview {}  ", preview.step + 1), style(Role::Muted)));
    }
    if let Some(percent) = job.percent {
        spans.extend(gauge(percent, usize::from(width / 6).min(20), style(Role::Gauge), style(Role::GaugeTrack)));
    }
    spans.push(Span::styled(format::seconds(elapsed), style(Role::Muted)));
    Line::from(spans)
}

fn gauge(percent: f32, width: usize, full: Style, empty: Style) -> [Span<'static>; 3] {
    let filled = ((percent / 100.0) * width as f32).round() as usize;
    let filled = filled.min(width);
    [
        Span::styled("━".repeat(filled), full),
        Span::styled("━".repeat(width - filled), empty),
        Span::styled(format!(" {percent:.0}%  "), full),
    ]
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
