//! Title and facts of the preview while it shows the source of an edit, or what the edit changed.
//! The image itself is drawn like any other.

use ratatui::text::{Line, Span};

use crate::{
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{Model, PreviewSource, PreviewSubject, file_name},
    },
};

/// Returns the title of the pane, unless it is that of the selected job.
pub(super) fn title(model: &Model) -> Option<String> {
    let prompt = || model.shown_record().map_or("", |record| record.prompt.as_str());
    match model.subject() {
        PreviewSubject::EditSource(_) => {
            let first = model.next_job.references.inputs.first()?;
            Some(format!("editing {}", model.reference_name(first)))
        }
        PreviewSubject::Before(_) => Some(format!("source of {}", prompt())),
        PreviewSubject::Difference(_) => Some(format!("changes of {}", prompt())),
        _ => None,
    }
}

/// Returns the line of facts, unless it is that of the selected job.
pub(super) fn facts(model: &Model) -> Option<Line<'static>> {
    let flip = |does: &str| model.key_hint(KeyContext::Preview, Action::TogglePreviousImage, does);
    let subject = model.subject();
    let source = subject.source()?;
    let shown = model.preview.shown.as_ref().filter(|shown| shown.key.source == source).map(|shown| &shown.fitted);
    let size = shown.map(|image| {
        let (width, height) = image.source();
        format!("{width}x{height}")
    });
    let (state, others) = match subject {
        PreviewSubject::EditSource(source) => ("source", [size, overlay(&source)]),
        PreviewSubject::Before(_) => ("source", [size, flip("for the changes")]),
        PreviewSubject::Difference(_) => ("changes", [shown.and_then(changed), flip("for the result")]),
        _ => return None,
    };
    let mut line = Line::styled(state, model.theme.style(Role::Accent));
    for text in others.into_iter().flatten() {
        let text = format!(" · {}", sanitize::line(&text));
        line.push_span(Span::styled(text, model.theme.style(Role::Muted)));
    }
    Some(line)
}

fn changed(heat_map: &crate::picture::PreparedImage) -> Option<String> {
    let percent = heat_map.changed()? * 100.0;
    Some(match percent {
        percent if percent <= 0.0 => "no pixels changed".to_owned(),
        percent if percent < 0.1 => "less than 0.1% of the pixels changed".to_owned(),
        percent => format!("{percent:.1}% of the pixels changed"),
    })
}

fn overlay(source: &PreviewSource) -> Option<String> {
    match source {
        PreviewSource::Overlaid { mask: Some(mask), .. } => Some(format!("mask {}", file_name(mask))),
        PreviewSource::Overlaid { markup: Some(markup), .. } => Some(format!("markup {}", file_name(markup))),
        _ => None,
    }
}
