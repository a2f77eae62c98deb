//! Looking around: flipping between two pictures, what is wanted next, and handing the file to others.
//! How close one looks is `preview`'s business.

use super::{history, preview::shown_image, world::notify};
use crate::{
    picture::View,
    tui::{
        effect::{Effect, Picture},
        layout::Areas,
        model::{Model, Notice, PictureKey, PictureSource, Severity},
    },
};

/// Shows the picture looked at before in the place of this one, as close; once more shows this one again.
pub(super) fn flip(model: &mut Model) -> Vec<Effect> {
    let before = model.preview.before.and_then(|id| model.history.position(id));
    let Some(row) = before.filter(|row| *row != model.history.selected) else {
        return notify(model, Notice::new(Severity::Info, "there is no other picture to flip to yet"));
    };
    let view = model.preview.view;
    let effects = history::select(model, row);
    model.preview.view = view;
    effects
}

/// The pictures above and below the selected one, as soon as that is on screen; each is asked for once.
pub(super) fn neighbours(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.picture(model).filter(|area| !area.is_empty()) else { return Vec::new() };
    if model.preview.wanted.is_some() || model.preview.shown.is_none() {
        return Vec::new();
    }
    let selected = model.history.selected;
    let rows = [Some(selected + 1), selected.checked_sub(1)].into_iter().flatten();
    let next: Vec<(PictureKey, Picture)> = rows
        .filter_map(|row| model.history.row(row))
        .filter(|record| model.jobs.get(record.id).is_none())
        .filter_map(|record| record.images.first())
        .map(|image| {
            let source = PictureSource::Image(image.id);
            let key = PictureKey { source, cells: (area.width, area.height), view: View::default() };
            (key, Picture::File(image.path.clone()))
        })
        .collect();
    let asked = std::mem::take(&mut model.preview.ahead);
    model.preview.ahead = next.iter().map(|(key, _)| key.clone()).collect();
    next.into_iter().filter(|(key, _)| !asked.contains(key)).map(|(key, file)| Effect::Ready(key, file)).collect()
}

/// Copies the picture itself.
pub(super) fn copy_image(model: &mut Model) -> Vec<Effect> {
    match shown_image(model).map(|image| image.path.clone()) {
        Some(path) => vec![Effect::CopyImage(path)],
        None => notify(model, Notice::new(Severity::Info, "there is no file here")),
    }
}

/// Opens the folder of the file.
pub(super) fn reveal(model: &mut Model) -> Vec<Effect> {
    match shown_image(model).and_then(|image| image.path.parent()).map(ToOwned::to_owned) {
        Some(folder) => vec![Effect::Open(folder)],
        None => notify(model, Notice::new(Severity::Info, "there is no file here")),
    }
}
