//! The grid of a job with several images: the images that are missing, and the picked one.
//! A single image is the preview's.

use crate::{
    picture::PreparedImage,
    tui::{
        effect::{Effect, ImageData},
        layout::{Areas, layout},
        model::{Model, PreviewKey, PreviewSource},
    },
};

/// Requests the images of the grid that are neither on screen nor on their way.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.preview_image(model).filter(|_| model.screen.is_none()) else { return Vec::new() };
    let Some((job, slots)) = model.shown_grid() else { return Vec::new() };
    let keys = model.grid_keys(&slots, &model.grid_places(slots.len(), area));
    let missing = model.preview.grid.request(job, &keys);
    let effect = |key: PreviewKey| Some(Effect::PrepareGridImage(key.clone(), data(model, &key.source)?));
    missing.into_iter().filter_map(effect).collect()
}

/// Returns the data of an image in the grid.
fn data(model: &Model, source: &PreviewSource) -> Option<ImageData> {
    match source {
        PreviewSource::Preview(job, image, _) => {
            Some(ImageData::Bytes(model.jobs.get(*job)?.preview_of(*image as usize)?.bytes.clone()))
        }
        PreviewSource::Image(id) => {
            let images = &model.shown_record()?.images;
            images.iter().find(|image| image.id == *id).map(|image| ImageData::File(image.path.clone()))
        }
        _ => None,
    }
}

/// Takes in an image; returns `true` if it is one of the grid.
pub(super) fn prepared(model: &mut Model, key: &PreviewKey, result: &Result<PreparedImage, String>) -> bool {
    model.preview.grid.receive(key, result)
}

/// Picks the image to the right, to the left, above or below; returns `true` if there is a grid.
pub(super) fn move_by(model: &mut Model, right: isize, down: isize) -> bool {
    let Some((_, slots)) = model.shown_grid() else { return false };
    let Some(area) = layout(model).preview_image(model) else { return true };
    let places = model.grid_places(slots.len(), area);
    let columns = places.iter().take_while(|place| place.y == places[0].y).count().max(1);
    let at = model.preview.image.min(slots.len() - 1);
    let next = at.checked_add_signed(right + down * columns as isize).filter(|next| *next < slots.len());
    model.preview.image = next.unwrap_or(at);
    true
}

/// Opens the picked image, or the full window if a single image is shown.
pub(super) fn open(model: &mut Model) -> bool {
    model.shown_grid().is_some() && model.open_picked_image()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use pretty_assertions::assert_eq;
    use tintype_backends::{Format, Preview};

    use super::*;
    use crate::{
        engine::JobEvent,
        id::Id,
        library::{ImageRecord, JobState, Record},
        tui::{
            fixtures::{page, record},
            model::{Focus, PreviewSubject},
            msg::Msg,
            update::{
                tests::{event, press, started, studio},
                update,
            },
        },
    };

    /// Returns a saved job with four images.
    fn four() -> Record {
        let one = record("four foxes");
        let images = (0..4).map(|_| ImageRecord { id: Id::new(), ..one.images[0].clone() }).collect();
        Record { count: 4, images, ..one }
    }

    fn requested(effects: &[Effect]) -> Vec<PreviewSource> {
        let source = |effect: &Effect| match effect {
            Effect::PrepareGridImage(key, _) => Some(key.source.clone()),
            _ => None,
        };
        effects.iter().filter_map(source).collect()
    }

    #[test]
    fn job_of_four_opens_as_a_grid_of_its_images() {
        let mut model = crate::tui::fixtures::model();
        let job = four();
        let sources: Vec<_> = job.images.iter().map(|image| PreviewSource::Image(image.id)).collect();
        let effects = update(&mut model, Msg::Page(Ok(page(vec![job.clone()]))));
        assert_eq!((requested(&effects), model.subject()), (sources, PreviewSubject::Grid(job.id)));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::PrepareImage(..))));
        assert_eq!(requested(&update(&mut model, Msg::Tick)), [], "each is requested once");
    }

    #[test]
    fn previews_of_a_running_job_fill_its_grid() {
        let job = Record { state: JobState::Queued, images: Vec::new(), ..four() };
        let mut model = studio(vec![job.clone()]);
        assert_eq!(requested(&update(&mut model, started(&job))), []);
        assert_eq!(model.subject(), PreviewSubject::Grid(job.id));
        let preview = Preview { image: 2, step: 0, format: Format::Png, bytes: Bytes::from_static(b"png") };
        let effects = update(&mut model, event(job.id, JobEvent::Preview(preview)));
        assert_eq!(requested(&effects), [PreviewSource::Preview(job.id, 2, 0)]);
    }

    #[test]
    fn arrows_pick_enter_opens_and_esc_returns_to_the_grid() {
        let job = four();
        let mut model = studio(vec![job.clone()]);
        model.focus = Focus::Preview;
        let mut picked = |keys: &[&str]| {
            press(&mut model, keys);
            model.preview.image
        };
        assert_eq!([picked(&["right"]), picked(&["down"]), picked(&["down"]), picked(&["left"])], [1, 3, 3, 2]);
        assert_eq!([picked(&["n"]), picked(&["n"]), picked(&["p"])], [3, 0, 3], "these go round");
        press(&mut model, &["enter"]);
        let image = &job.images[3];
        assert_eq!(model.subject(), PreviewSubject::Image(image.id, image.path.clone()));
        press(&mut model, &["enter"]);
        assert!(model.preview_maximized);
        press(&mut model, &["esc"]);
        assert_eq!(model.subject(), PreviewSubject::Grid(job.id));
        press(&mut model, &["esc"]);
        assert!(!model.preview_maximized && model.focus == Focus::Preview);
    }

    #[test]
    fn image_opened_from_a_grid_leaves_the_grids_of_other_jobs_closed() {
        let (one, other) = (four(), four());
        let mut model = studio(vec![one.clone(), other.clone()]);
        model.focus = Focus::Preview;
        press(&mut model, &["enter"]);
        assert!(matches!(model.subject(), PreviewSubject::Image(..)));
        press(&mut model, &["pagedown"]);
        assert_eq!(model.subject(), PreviewSubject::Grid(other.id));
    }
}
