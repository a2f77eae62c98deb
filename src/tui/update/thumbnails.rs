//! The strip of thumbnails under the history: requests for the missing ones.
//! The selected image is the subject of `preview`.

use crate::tui::{
    effect::Effect,
    history_rows::HistoryRows,
    layout::{Areas, layout},
    model::{Model, ThumbnailKey, ThumbnailRequest, thumbnails},
    msg::MadeThumbnail,
};

/// Shows or hides the thumbnails: in the rows where these have room, otherwise in the strip.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let areas = layout(model);
    if areas.has_row_thumbnails(model) {
        let shown = areas.history_rows(model).is_some_and(|area| HistoryRows::new(model, area).has_thumbnails());
        model.thumbnails.in_rows = Some(!shown);
    } else {
        model.thumbnails.visible = !model.thumbnails.visible;
    }
    Vec::new()
}

/// The thumbnails that are on screen and missing; those of running jobs come when the jobs are done.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.strip(model) else { return wanted_in_rows(model, areas) };
    let room = u64::from(area.width / thumbnails::COLUMN_STEP).max(1);
    let first = thumbnails::first_visible(model.history.selected, model.history.total, room);
    request(model, first..first + room, thumbnails::THUMBNAIL)
}

fn wanted_in_rows(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(area) = areas.history_rows(model) else { return Vec::new() };
    let rows = HistoryRows::new(model, area).thumbnails();
    // Of requests that wait, the latest is carried out first.
    request(model, rows.into_iter().rev().map(|(row, _)| row), thumbnails::ROW_THUMBNAIL)
}

/// Requests the thumbnails of these rows that are missing.
fn request(model: &mut Model, rows: impl Iterator<Item = u64>, cells: (u16, u16)) -> Vec<Effect> {
    let images: Vec<_> = rows
        .filter_map(|row| model.history.row(row))
        .filter(|record| model.jobs.get(record.id).is_none())
        .filter_map(|record| record.images.first())
        .map(|image| ThumbnailRequest::new(image, cells))
        .collect();
    images.into_iter().filter(|wanted| model.thumbnails.request(wanted.key)).map(Effect::Thumbnail).collect()
}

/// Stores a thumbnail that was made.
pub(super) fn thumbnail(model: &mut Model, key: ThumbnailKey, made: MadeThumbnail) -> Vec<Effect> {
    match made {
        MadeThumbnail::Ready(thumbnail) => model.thumbnails.store(key, Some(thumbnail)),
        MadeThumbnail::Broken => model.thumbnails.store(key, None),
        MadeThumbnail::Dropped => model.thumbnails.forget_request(key),
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::id::Id;
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
        let id = |effect| if let Effect::Thumbnail(wanted) = effect { Some(wanted.key.image) } else { None };
        effects.into_iter().filter_map(id).collect()
    }

    #[test]
    fn thumbnails_are_made_for_what_is_on_screen_once_and_not_while_nobody_wants_them() {
        let mut model = model();
        model.terminal_size = (120, 60);
        model.focus = Focus::History;
        let records: Vec<_> = std::iter::once(failed("none")).chain((0..40).map(|n| record(&format!("{n}")))).collect();
        let images: Vec<Id> = records.iter().filter_map(|record| record.images.first()).map(|image| image.id).collect();
        assert!(made(update(&mut model, Msg::Page(Ok(page(records))))).is_empty());
        // Two have room in 24 columns; the first has no image.
        assert_eq!(key(&mut model, 't'), images[..1]);
        assert!(key(&mut model, 'j').is_empty());
        assert_eq!(key(&mut model, 'j'), images[1..2]);
        assert!(key(&mut model, 't').is_empty(), "hidden again");
        assert!(key(&mut model, 'j').is_empty());
    }

    #[test]
    fn wide_rows_have_their_own_thumbnails_and_no_strip() {
        let mut model = model();
        (model.terminal_size, model.focus) = ((200, 40), Focus::History);
        model.thumbnails.visible = true;
        let records: Vec<_> = (0..40).map(|n| record(&n.to_string())).collect();
        let images: Vec<Id> = records.iter().map(|record| record.images[0].id).collect();
        let mut requested = made(update(&mut model, Msg::Page(Ok(page(records)))));
        requested.reverse();
        assert!(requested.len() > 10 && requested == images[..requested.len()], "the rows on screen, top first");
        assert_eq!(layout(&model).strip(&model), None);
        key(&mut model, 't');
        assert!(key(&mut model, 'g').is_empty() && model.thumbnails.in_rows == Some(false));
        assert!(key(&mut model, 'G').is_empty(), "hidden");
    }

    #[test]
    fn rows_give_way_to_the_strip_and_a_low_window_has_none() {
        let mut model = model();
        for (height, shown) in [(60, true), (16, false)] {
            model.terminal_size = (120, height);
            model.thumbnails.visible = false;
            let rows = |model: &Model| layout(model).history_rows(model).unwrap().height;
            let without = rows(&model);
            model.thumbnails.visible = true;
            let lost = if shown { thumbnails::HEIGHT } else { 0 };
            assert_eq!(rows(&model), without - lost, "{height} rows");
        }
    }
}
