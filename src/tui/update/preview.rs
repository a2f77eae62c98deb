//! The preview pane: what it shows, how close, and what can be done with the file.
//! Fitting is done elsewhere; this asks for it and takes the answer in.

use super::notify::notify;
use crate::{
    library::Record,
    picture::{ImageViewport, PreparedImage},
    tui::{
        effect::{Effect, ImageData},
        layout::{Areas, layout},
        model::{Model, Notice, PreviewKey, PreviewSource, PreviewSubject, Severity, ZoomStep, pan_by},
    },
};

/// Asks for the picture that should be on screen, unless it is there or on its way.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Option<Effect> {
    let area = areas.preview_image(model).filter(|area| !area.is_empty())?;
    let subject = model.subject();
    let Some(source) = subject.source() else {
        model.preview.requested = None;
        return None;
    };
    let key = PreviewKey { source, cells: (area.width, area.height), view: model.preview.view };
    if !model.preview.request(&key) {
        return None;
    }
    let picture = match subject {
        PreviewSubject::Image(_, path) => ImageData::File(path),
        PreviewSubject::Preview(PreviewSource::Preview(job, ..)) => {
            ImageData::Bytes(model.jobs.get(job)?.preview(model.preview.image)?.bytes.clone())
        }
        PreviewSubject::EditSource(source) | PreviewSubject::Before(source) | PreviewSubject::Difference(source) => {
            edit_data(model, &source)?
        }
        _ => return None,
    };
    Some(Effect::PrepareImage(key, picture))
}

/// Returns the data of a source of an edit, or of its changes.
fn edit_data(model: &Model, source: &PreviewSource) -> Option<ImageData> {
    let data = |source: &PreviewSource| edit_data(model, source).map(Box::new);
    let tint = model.theme.image_highlight();
    match source {
        PreviewSource::Image(id) => model.library_image(*id).map(|image| ImageData::File(image.path)),
        PreviewSource::File(path) => Some(ImageData::File(path.clone())),
        PreviewSource::Memory(image) => Some(ImageData::Bytes(image.0.clone())),
        PreviewSource::Overlaid { source, mask, markup } => {
            let (mask, markup) = (mask.clone(), markup.clone());
            Some(ImageData::Overlaid { source: data(source)?, mask, markup, tint })
        }
        PreviewSource::Difference { before, after } => {
            Some(ImageData::Difference { before: data(before)?, after: data(after)?, tint })
        }
        PreviewSource::Preview(..) | PreviewSource::SideBySide { .. } => None,
    }
}

/// A picture is ready.
pub(super) fn prepared(model: &mut Model, key: PreviewKey, result: Result<PreparedImage, String>) -> Vec<Effect> {
    model.preview.receive(key, result);
    Vec::new()
}

/// The whole window, or back.
pub(super) fn toggle_full(model: &mut Model) -> Vec<Effect> {
    if model.preview_maximized {
        model.leave_full_preview();
    } else {
        model.enter_full_preview();
    }
    Vec::new()
}

/// Another picture of the same job.
pub(super) fn image_by(model: &mut Model, step: isize) -> Vec<Effect> {
    let images = model.shown_record().map_or(0, |record| match model.jobs.get(record.id) {
        Some(job) => (job.record.count as usize).max(job.previews.len()),
        None => record.images.len(),
    });
    if images > 1 {
        model.preview.image = (model.preview.image as isize + step).rem_euclid(images as isize) as usize;
    }
    Vec::new()
}

/// Zooms the shown image.
pub(super) fn zoom(model: &mut Model, step: ZoomStep) -> Vec<Effect> {
    model.preview.view = step.apply(model.preview.view, fit_scale(model));
    Vec::new()
}

/// Screen pixels for one pixel of the picture when all of it is seen.
fn fit_scale(model: &Model) -> f32 {
    let Some(shown) = &model.preview.shown else { return 1.0 };
    let Some(area) = layout(model).preview_image(model) else { return 1.0 };
    let (width, height) = shown.fitted.source();
    let cell = model.terminal.cell;
    let across = f32::from(area.width) * f32::from(cell.width) / width.max(1) as f32;
    let down = f32::from(area.height) * f32::from(cell.height) / height.max(1) as f32;
    across.min(down)
}

/// Looks at another part, in steps of an eighth of what is visible.
pub(super) fn pan(model: &mut Model, right: i32, down: i32) -> Vec<Effect> {
    model.preview.view = pan_by(model.preview.view, right as f32 / 8.0, down as f32 / 8.0, fit_scale(model));
    Vec::new()
}

/// Looks at another part, in shares of what is visible.
pub(super) fn pan_by_share(model: &mut Model, right: f32, down: f32) -> Vec<Effect> {
    model.preview.view = pan_by(model.preview.view, right, down, fit_scale(model));
    Vec::new()
}

/// Copies the file's path to the clipboard of the terminal, or the details of a job without one.
pub(super) fn copy_path(model: &mut Model) -> Vec<Effect> {
    let Some(path) = model.shown_image().map(|image| image.path.display().to_string()) else {
        return copy_failure(model);
    };
    notify(model, Notice::new(Severity::Success, format!("Copied {path}")));
    vec![Effect::Copy(path)]
}

fn copy_failure(model: &mut Model) -> Vec<Effect> {
    let Some(text) = model.history.current().filter(|_| model.has_no_image()).map(failure_details) else {
        return notify(model, Notice::new(Severity::Info, "No image selected"));
    };
    notify(model, Notice::new(Severity::Success, "Copied details of the job"));
    vec![Effect::Copy(text)]
}

/// Returns all that is known about a job without an image, for a report or a search.
fn failure_details(record: &Record) -> String {
    let error = record.error.as_ref();
    let mut lines = vec![error.map_or_else(|| record.state.name().to_owned(), |error| error.message.clone())];
    lines.extend(error.and_then(|error| error.hint.as_ref()).map(|hint| format!("hint: {hint}")));
    lines.push(format!("job: {}", record.id));
    lines.push(format!("backend: {} · {}", record.backend, record.model));
    lines.extend(error.and_then(|error| error.request_id.as_ref()).map(|id| format!("request id: {id}")));
    lines.join("\n")
}

/// Opens the file in the system's viewer.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.shown_image().map(|image| image.path.clone()) {
        Some(path) => vec![Effect::Open(path)],
        None => notify(model, Notice::new(Severity::Info, "No image selected")),
    }
}

/// Shows the source of an edit in its place, then what changed, then the edit again. In place of any other image, shows
/// the one looked at before, as close; once more shows this one again.
pub(super) fn flip(model: &mut Model) -> Vec<Effect> {
    if model.show_next_side().is_some() {
        return Vec::new();
    }
    let before = model.preview.previous_job.and_then(|id| model.history.position(id));
    let Some(row) = before.filter(|row| *row != model.history.selected) else {
        return notify(model, Notice::new(Severity::Info, "No previous image yet"));
    };
    let view = model.preview.view;
    model.select_row(row);
    model.preview.view = view;
    Vec::new()
}

/// The pictures above and below the selected one, as soon as that is on screen; each is asked for once.
pub(super) fn neighbours(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.preview_image(model).filter(|area| !area.is_empty()) else { return Vec::new() };
    if model.preview.requested.is_some() || model.preview.shown.is_none() {
        return Vec::new();
    }
    let selected = model.history.selected;
    let rows = [Some(selected + 1), selected.checked_sub(1)].into_iter().flatten();
    let next: Vec<(PreviewKey, ImageData)> = rows
        .filter_map(|row| model.history.row(row))
        .filter(|record| model.jobs.get(record.id).is_none())
        .filter_map(|record| record.images.first().filter(|_| record.images.len() == 1))
        .map(|image| {
            let source = PreviewSource::Image(image.id);
            let key = PreviewKey { source, cells: (area.width, area.height), view: ImageViewport::default() };
            (key, ImageData::File(image.path.clone()))
        })
        .collect();
    let asked = std::mem::take(&mut model.preview.prefetched);
    model.preview.prefetched = next.iter().map(|(key, _)| key.clone()).collect();
    next.into_iter()
        .filter(|(key, _)| !asked.contains(key))
        .map(|(key, file)| Effect::PrefetchImage(key, file))
        .collect()
}

/// Copies the picture itself.
pub(super) fn copy_image(model: &mut Model) -> Vec<Effect> {
    match model.shown_image().map(|image| image.path.clone()) {
        Some(path) => vec![Effect::CopyImage(path)],
        None => notify(model, Notice::new(Severity::Info, "No image selected")),
    }
}

/// Opens the folder of the file.
pub(super) fn reveal(model: &mut Model) -> Vec<Effect> {
    match model.shown_image().and_then(|image| image.path.parent()).map(ToOwned::to_owned) {
        Some(folder) => vec![Effect::Open(folder)],
        None => notify(model, Notice::new(Severity::Info, "No image selected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::Reference,
        library::{Inputs, Record, ReferenceOrigin},
        tui::{
            fixtures::record,
            model::Focus,
            update::tests::{press, studio, submitted, type_in},
        },
    };

    /// Returns the data of the image that is requested for the preview.
    fn requested(effects: &[Effect]) -> Option<String> {
        effects.iter().find_map(|effect| match effect {
            Effect::PrepareImage(_, data) => Some(format!("{data:?}")),
            _ => None,
        })
    }

    #[test]
    fn source_with_its_mask_is_shown_until_the_edit_is_sent() {
        let mut model = studio(vec![record("a red fox")]);
        model.next_job.backend = "brush".into();
        model.next_job.references.inputs = vec![Reference::File("/mug.png".into())];
        let effects = crate::tui::update::update(&mut model, crate::tui::msg::Msg::Tick);
        assert_eq!(requested(&effects).as_deref(), Some("File(/mug.png)"));
        model.next_job.references.mask = Some("/hat.png".into());
        let effects = type_in(&mut model, "x");
        assert_eq!(requested(&effects).as_deref(), Some("Overlaid(File(/mug.png), Some(\"/hat.png\"), None)"));
        let effects = press(&mut model, &["tab"]);
        assert_eq!(requested(&effects).as_deref(), Some("File(/pictures/a-red-fox.png)"), "another pane has the focus");
        let effects = press(&mut model, &["backtab", "enter"]);
        assert!(submitted(&effects).is_some());
        assert!(!matches!(model.subject(), PreviewSubject::EditSource(_)));
    }

    #[test]
    fn pasted_source_is_shown_and_requested_once() {
        let mut model = studio(vec![record("a red fox")]);
        let bytes = crate::engine::ImageBytes(bytes::Bytes::from_static(b"png"));
        model.next_job.references.inputs = vec![Reference::Clipboard(bytes)];
        assert_eq!(requested(&type_in(&mut model, "x")).as_deref(), Some("Bytes(3)"));
        assert_eq!(requested(&type_in(&mut model, "y")), None);
    }

    #[test]
    fn edit_flips_between_result_source_and_changes() {
        let source = record("a red fox");
        let fox = source.images[0].id;
        let inputs = Inputs { pictures: vec![ReferenceOrigin::Image(fox)], ..Inputs::default() };
        let edit = Record { parent: Some(fox), inputs, ..record("make it blue") };
        let mut model = studio(vec![edit, source]);
        model.focus = Focus::Preview;
        let mut flip = || requested(&press(&mut model, &["b"])).unwrap_or_default();
        assert_eq!(flip(), "File(/pictures/a-red-fox.png)");
        assert_eq!(flip(), "Difference(File(/pictures/a-red-fox.png), File(/pictures/make-it-blue.png))");
        assert_eq!(flip(), "File(/pictures/make-it-blue.png)");
        flip();
        press(&mut model, &["pagedown", "pageup"]);
        assert!(matches!(model.subject(), PreviewSubject::Before(_)), "the side belongs to the image");
    }

    #[test]
    fn leaving_the_whole_window_gives_the_keys_back_to_where_they_went() {
        for leave in ["f4", "esc"] {
            for focus in [Focus::Prompt, Focus::History, Focus::Preview] {
                let mut model = studio(vec![record("a red fox")]);
                model.focus = focus;
                press(&mut model, &["f4"]);
                assert_eq!((model.preview_maximized, model.focus), (true, Focus::Preview));
                press(&mut model, &[leave]);
                assert_eq!((model.preview_maximized, model.focus), (false, focus), "{leave}");
            }
        }
    }
}
