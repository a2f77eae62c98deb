//! The strip of thumbnails: which are missing, and what to do with those that come.
//! It says nothing about the selected picture; that is `preview`'s.

use crate::{
    id::Id,
    picture::PreparedImage,
    tui::{
        effect::Effect,
        layout::Areas,
        model::{Model, thumbnails},
    },
};

/// Shows the strip, or hides it.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    model.thumbnails.visible = !model.thumbnails.visible;
    Vec::new()
}

/// The thumbnails that are on screen and missing; those of running jobs come when the jobs are done.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.strip(model) else { return Vec::new() };
    let room = u64::from(area.width / thumbnails::COLUMN_STEP).max(1);
    let first = thumbnails::first_visible(model.history.selected, model.history.total, room);
    let images: Vec<_> = (first..first + room)
        .filter_map(|row| model.history.row(row))
        .filter(|record| model.jobs.get(record.id).is_none())
        .filter_map(|record| record.images.first())
        .map(|image| (image.id, image.path.clone()))
        .collect();
    images
        .into_iter()
        .filter(|(id, _)| model.thumbnails.request(*id))
        .map(|(id, path)| Effect::Thumbnail(id, path))
        .collect()
}

/// One has come.
pub(super) fn thumbnail(model: &mut Model, image: Id, thumbnail: Option<PreparedImage>) -> Vec<Effect> {
    model.thumbnails.store(image, thumbnail);
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::tui::{
        fixtures::{failed, model, page, record},
        model::Focus,
        msg::Msg,
        update::update,
    };

    fn key(model: &mut Model, key: char) -> Vec<Id> {
        made(update(model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE))))
    }

    fn made(effects: Vec<Effect>) -> Vec<Id> {
        let id = |effect| if let Effect::Thumbnail(id, _) = effect { Some(id) } else { None };
        effects.into_iter().filter_map(id).collect()
    }

    #[test]
    fn thumbnails_are_made_for_what_is_on_screen_once_and_not_while_nobody_wants_them() {
        let mut model = model();
        model.terminal_size = (200, 60);
        model.focus = Focus::History;
        let records: Vec<_> = std::iter::once(failed("none")).chain((0..40).map(|n| record(&format!("{n}")))).collect();
        let images: Vec<Id> = records.iter().filter_map(|record| record.images.first()).map(|image| image.id).collect();
        assert!(made(update(&mut model, Msg::Page(Ok(page(records))))).is_empty());
        // Three have room in 42 columns; the first has no picture.
        assert_eq!(key(&mut model, 't'), images[..2]);
        assert!(key(&mut model, 'j').is_empty());
        assert_eq!(key(&mut model, 'j'), images[2..3]);
        assert!(key(&mut model, 't').is_empty(), "hidden again");
        assert!(key(&mut model, 'j').is_empty());
    }

    #[test]
    fn rows_give_way_to_the_strip_and_a_low_window_has_none() {
        let mut model = model();
        for (height, shown) in [(60, true), (16, false)] {
            model.terminal_size = (120, height);
            model.thumbnails.visible = false;
            let rows = |model: &Model| crate::tui::layout::layout(model).history_rows(model).unwrap().height;
            let without = rows(&model);
            model.thumbnails.visible = true;
            let lost = if shown { thumbnails::HEIGHT } else { 0 };
            assert_eq!(rows(&model), without - lost, "{height} rows");
        }
    }
}
