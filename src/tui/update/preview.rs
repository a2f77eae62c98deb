//! The preview pane: what it shows, how close, and what can be done with the file.
//! Fitting is done elsewhere; this asks for it and takes the answer in.

use super::notify::notify;
use crate::{
    picture::{ImageViewport, PreparedImage},
    tui::{
        effect::{Effect, ImageData},
        layout::{Areas, layout},
        model::{Focus, Model, Notice, PreviewKey, PreviewSource, PreviewSubject, Severity, ZoomStep, pan_by},
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
        _ => return None,
    };
    Some(Effect::PrepareImage(key, picture))
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
        model.focus_before_maximized = model.focus;
        (model.preview_maximized, model.focus) = (true, Focus::Preview);
    }
    Vec::new()
}

/// Another picture of the same job.
pub(super) fn image_by(model: &mut Model, step: isize) -> Vec<Effect> {
    let images = model.history.current().map_or(0, |record| match model.jobs.get(record.id) {
        Some(job) => job.previews.len(),
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

/// Copies the file's path to the clipboard of the terminal.
pub(super) fn copy_path(model: &mut Model) -> Vec<Effect> {
    let Some(path) = model.shown_image().map(|image| image.path.display().to_string()) else {
        return notify(model, Notice::new(Severity::Info, "No image selected"));
    };
    notify(model, Notice::new(Severity::Success, format!("Copied {path}")));
    vec![Effect::Copy(path)]
}

/// Opens the file in the system's viewer.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.shown_image().map(|image| image.path.clone()) {
        Some(path) => vec![Effect::Open(path)],
        None => notify(model, Notice::new(Severity::Info, "No image selected")),
    }
}

/// Shows the picture looked at before in the place of this one, as close; once more shows this one again.
pub(super) fn flip(model: &mut Model) -> Vec<Effect> {
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
        .filter_map(|record| record.images.first())
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
    use crate::tui::{
        fixtures::record,
        update::tests::{press, studio},
    };

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
