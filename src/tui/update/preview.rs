//! The preview pane: what it shows, how close, and what can be done with the file.
//! Fitting is done elsewhere; this asks for it and takes the answer in.

use super::{stage, world::notify};
use crate::{
    library::ImageRecord,
    picture::{self, Fitted, View},
    tui::{
        effect::{Effect, Picture},
        layout::{Areas, layout},
        model::{Focus, Model, Notice, PictureKey, PictureSource, Severity, Subject, panned, zoomed},
    },
};

/// What the preview is about: the selected row, its job while it runs, its picture when it is there.
pub fn subject(model: &Model) -> Subject {
    let Some(record) = model.history.current() else { return Subject::Nothing };
    if let Some(job) = model.jobs.get(record.id) {
        return match job.preview(model.preview.image) {
            Some(preview) => Subject::Live(PictureSource::Live(record.id, preview.image, preview.step)),
            None => Subject::Waiting(record.id),
        };
    }
    match record.images.get(model.preview.image.min(record.images.len().saturating_sub(1))) {
        Some(image) if !image.missing => Subject::Image(image.id, image.path.clone()),
        _ => Subject::Pictureless(record.id),
    }
}

/// The file that the preview is about.
pub fn shown_image(model: &Model) -> Option<&ImageRecord> {
    let record = model.history.current().filter(|record| model.jobs.get(record.id).is_none())?;
    record.images.get(model.preview.image.min(record.images.len().saturating_sub(1)))
}

/// Asks for the picture that should be on screen, unless it is there or on its way.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Option<Effect> {
    let area = areas.picture(model).filter(|area| !area.is_empty())?;
    let subject = subject(model);
    let Some(source) = subject.source() else {
        model.preview.wanted = None;
        return None;
    };
    let key = PictureKey { source, cells: (area.width, area.height), view: model.preview.view };
    if !model.preview.want(&key) {
        return None;
    }
    let picture = match subject {
        Subject::Image(_, path) => Picture::File(path),
        Subject::Live(PictureSource::Live(job, ..)) => {
            Picture::Bytes(model.jobs.get(job)?.preview(model.preview.image)?.bytes.clone())
        }
        _ => return None,
    };
    Some(Effect::Prepare(key, picture))
}

/// A picture is ready.
pub(super) fn prepared(model: &mut Model, key: PictureKey, result: Result<Fitted, String>) -> Vec<Effect> {
    if !stage::prepared(model, &key, &result) {
        model.preview.take(key, result);
    }
    Vec::new()
}

/// The whole window, or back.
pub(super) fn toggle_full(model: &mut Model) -> Vec<Effect> {
    if model.full_preview {
        leave_full(model);
    } else {
        model.before_full = model.focus;
        (model.full_preview, model.focus) = (true, Focus::Preview);
    }
    Vec::new()
}

/// Back to the panes, and to the one where the keys went before.
pub(super) fn leave_full(model: &mut Model) {
    (model.full_preview, model.focus) = (false, model.before_full);
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

/// How close to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zoom {
    /// Closer.
    In,
    /// Farther.
    Out,
    /// The whole picture.
    Fit,
    /// The whole pane, with what sticks out cut away; then the whole picture again.
    Fill,
    /// One pixel for one pixel.
    Actual,
}

/// Looks closer or from farther away.
pub(super) fn zoom(model: &mut Model, zoom: Zoom) -> Vec<Effect> {
    if model.stage.is_some() {
        return stage::zoom(model, zoom);
    }
    let view = model.preview.view;
    let fit = fit_scale(model);
    model.preview.view = match zoom {
        Zoom::In => zoomed(view, 1, fit),
        Zoom::Out => zoomed(view, -1, fit),
        Zoom::Fit => View::default(),
        Zoom::Fill if view.zoom == picture::Zoom::Fill => View::default(),
        Zoom::Fill => View { zoom: picture::Zoom::Fill, ..View::default() },
        Zoom::Actual => View { zoom: picture::Zoom::Scale(1.0), ..view },
    };
    Vec::new()
}

/// Screen pixels for one pixel of the picture when all of it is seen.
fn fit_scale(model: &Model) -> f32 {
    let Some(shown) = &model.preview.shown else { return 1.0 };
    let Some(area) = layout(model).picture(model) else { return 1.0 };
    let (width, height) = shown.fitted.source();
    let cell = model.reach.cell;
    let across = f32::from(area.width) * f32::from(cell.width) / width.max(1) as f32;
    let down = f32::from(area.height) * f32::from(cell.height) / height.max(1) as f32;
    across.min(down)
}

/// Looks at another part, in steps of an eighth of what is visible.
pub(super) fn pan(model: &mut Model, right: i32, down: i32) -> Vec<Effect> {
    if model.stage.is_some() {
        return stage::pan(model, right, down);
    }
    model.preview.view = panned(model.preview.view, right as f32 / 8.0, down as f32 / 8.0, fit_scale(model));
    Vec::new()
}

/// Copies the file's path to the clipboard of the terminal.
pub(super) fn copy_path(model: &mut Model) -> Vec<Effect> {
    let Some(path) = shown_image(model).map(|image| image.path.display().to_string()) else {
        return notify(model, Notice::new(Severity::Info, "there is no file here"));
    };
    notify(model, Notice::new(Severity::Success, format!("copied {path}")));
    vec![Effect::Copy(path)]
}

/// Opens the file in the system's viewer.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match shown_image(model).map(|image| image.path.clone()) {
        Some(path) => vec![Effect::Open(path)],
        None => notify(model, Notice::new(Severity::Info, "there is no file here")),
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
                assert_eq!((model.full_preview, model.focus), (true, Focus::Preview));
                press(&mut model, &[leave]);
                assert_eq!((model.full_preview, model.focus), (false, focus), "{leave}");
            }
        }
    }
}
