//! Everything known about a job: the request, the result, its cost, and its files.
//! The same facts as in the sidecar file, in the order in which people look for them.

use ratatui::text::{Line, Span, Text};
use tintype_backends::CostBasis;

use super::{clipped_frame::ClippedFrame, format, frames, preview::has_manifest};
use crate::{
    id::Id,
    library::{ImageRecord, Lineage, Record},
    sanitize,
    theme::Role,
    tui::{
        model::{Model, Scroll},
        wrap::wrap_words,
    },
};

/// Draws the details.
pub(super) fn draw(model: &Model, id: Id, scroll: Scroll, frame: &mut ClippedFrame<'_, '_>) {
    let width = frame.area().width.min(90);
    let lines = match model.history.record(id) {
        Some(record) => {
            let relatives = model.lineage.as_ref().filter(|(of, _)| *of == id).map(|(_, relatives)| relatives);
            lines(model, record, relatives, usize::from(width.saturating_sub(6)))
        }
        None => vec![Line::from("this entry is no longer available")],
    };
    let height = (lines.len() as u16).saturating_add(2).min(frame.area().height);
    let area = frames::draw_popup_frame(model, "Details", width, height, frame);
    frames::draw_scrolled(model, Text::from(lines), scroll.0, area, frame);
}

fn lines(model: &Model, record: &Record, relatives: Option<&Lineage>, width: usize) -> Vec<Line<'static>> {
    let mut facts: Vec<(&'static str, String)> = vec![
        ("prompt", record.prompt.clone()),
        ("revised", record.revised_prompt.clone().unwrap_or_default()),
        ("backend", format!("{} ({})", record.backend, record.kind)),
        ("model", record.model.clone()),
        ("settings", settings_text(&record.settings)),
        ("effective", settings_text(&changed_settings(record))),
        ("state", record.state.name().to_owned()),
        ("created", record.created.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()),
        ("duration", record.seconds.map(format::seconds).unwrap_or_default()),
        ("cost", cost(record)),
        ("request", record.ids.request_id.clone().unwrap_or_default()),
        ("job", record.id.to_string()),
    ];
    facts.extend(record.labels.lines());
    facts.extend(record.inputs.lines(record.parent));
    if let Some(Lineage { made_from, led_to }) = relatives {
        facts.extend(made_from.iter().map(|older| ("made from", relative_line(older))));
        facts.extend(led_to.iter().map(|younger| ("led to", relative_line(younger))));
    }
    if let Some(error) = &record.error {
        facts.push(("error", error.message.clone()));
        facts.push(("hint", error.hint.clone().unwrap_or_default()));
    }
    if let Some(directed) = &record.directed {
        facts.push(("original", directed.from.clone()));
        facts.push(("enhanced", format!("by {} {}", directed.by, directed.model)));
    }
    facts.extend(record.validity.iter().map(|validity| ("svg", validity.to_string())));
    facts.extend(record.notes.iter().map(|note| ("note", note.clone())));
    facts.extend(record.images.iter().flat_map(|image| image_facts(model, image)));
    facts.retain(|(_, value)| !value.is_empty());
    facts.into_iter().flat_map(|(name, value)| wrapped(model, name, &value, width)).collect()
}

/// Returns a relative on one line: its id and its prompt.
fn relative_line(record: &Record) -> String {
    format!("{}  {}", record.id.short(), record.prompt)
}

fn image_facts(model: &Model, image: &ImageRecord) -> Vec<(&'static str, String)> {
    vec![
        (
            "image",
            format!(
                "{}  {}x{} {}, {}",
                image.id.short(),
                image.width,
                image.height,
                image.format,
                format::bytes(image.bytes)
            ),
        ),
        ("file", image.path.display().to_string()),
        ("source", image.svg.as_ref().map(|svg| svg.display().to_string()).unwrap_or_default()),
        ("sha256", image.sha256.clone()),
        ("c2pa", if has_manifest(model, image) { "signed provenance manifest in the file" } else { "" }.into()),
    ]
}

fn settings_text(settings: &tintype_backends::Settings) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// Returns the effective settings that differ from the requested ones.
fn changed_settings(record: &Record) -> tintype_backends::Settings {
    let asked = |name: &String| record.settings.get(name);
    record
        .effective
        .iter()
        .filter(|(name, value)| asked(name) != Some(*value))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

fn cost(record: &Record) -> String {
    let basis = match record.cost.as_ref().map(|cost| &cost.basis) {
        Some(CostBasis::Usage { prices_as_of }) => format!(" (from usage, prices as of {prices_as_of})"),
        Some(CostBasis::Stated) => " (reported by the provider)".into(),
        Some(CostBasis::Free) | None => String::new(),
    };
    format!("{}{basis}", format::cost(record))
}

/// Returns a fact on as many lines as it needs, broken between words; nothing is cut off, since a path is useful only as
/// a whole.
fn wrapped(model: &Model, name: &'static str, value: &str, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(11).max(8);
    let value = sanitize::line(value).into_owned();
    let chunks = wrap_words(&value, room);
    let label = |index: usize| if index == 0 { format!("{name:<11}") } else { " ".repeat(11) };
    let line = |(index, chunk): (usize, String)| {
        Line::from(vec![Span::styled(label(index), model.theme.style(Role::Label)), Span::raw(chunk)])
    };
    chunks.into_iter().enumerate().map(line).collect()
}
