//! The gallery: opening it, moving in its grid, and selecting jobs for a common action.
//! The actions themselves are those of the history, the labels and the references.

use super::notify::notify;
use crate::{
    id::Id,
    library::{LineageNode, Query, search_language::next_sort},
    tui::{
        effect::Effect,
        gallery_grid::GalleryGrid,
        layout::{Areas, layout},
        model::{
            Focus, Model, Notice, Picker, PickerItem, PickerKind, PickerValue, Popup, Screen, SelectionRange, Severity,
            TextField, TextPurpose, ThumbnailRequest,
        },
    },
};

/// Opens the gallery at the current job of the history.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.leave_full_preview();
    if !model.is_gallery() {
        model.gallery.focus_before = model.focus;
    }
    model.screen = Some(Screen::Gallery);
    model.focus = Focus::History;
    vec![Effect::LoadKnownValues]
}

/// Clears the selection; without one, returns to the panes.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    if model.gallery.selected.is_empty() && model.gallery.range.is_none() {
        close(model);
    } else {
        clear_selection(model);
    }
    Vec::new()
}

/// Returns to the panes, and the focus to the one that had it.
pub(super) fn close(model: &mut Model) {
    clear_selection(model);
    model.leave_stage();
    model.focus = model.gallery.focus_before;
}

fn clear_selection(model: &mut Model) {
    model.gallery.selected.clear();
    model.gallery.range = None;
}

/// Clears the selection once neither the gallery nor an image of it is on screen.
pub(super) fn forget_hidden_selection(model: &mut Model) {
    let has_image = model.preview_maximized && model.gallery.is_image_open;
    if !model.is_gallery() && !has_image {
        clear_selection(model);
    }
}

/// Opens the current image in the whole window.
pub(super) fn open_image(model: &mut Model) -> Vec<Effect> {
    if model.history.current().is_some() {
        model.enter_full_preview();
        model.preview.reset();
    }
    Vec::new()
}

/// Moves by columns and rows of the grid.
pub(super) fn move_by(model: &mut Model, right: i64, down: i64) -> Vec<Effect> {
    let columns = grid(model).map_or(1, |grid| i64::from(grid.columns));
    let steps = right + down * columns;
    let target = model.history.selected.saturating_add_signed(steps);
    let leaves = down != 0 && (target >= model.history.total || model.history.selected.cast_signed() + steps < 0);
    if !leaves {
        model.select_row(target);
    }
    Vec::new()
}

/// Moves by screens.
pub(super) fn page_by(model: &mut Model, pages: i64) -> Vec<Effect> {
    let cells = grid(model).map_or(1, |grid| grid.cell_count().cast_signed());
    model.select_row(model.history.selected.saturating_add_signed(pages * cells));
    Vec::new()
}

/// Makes the cells larger or smaller.
pub(super) fn resize(model: &mut Model, steps: isize) -> Vec<Effect> {
    model.gallery.resize(steps);
    Vec::new()
}

/// Selects the current job, or deselects it, and moves on.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    if let Some(id) = model.history.current().map(|record| record.id) {
        model.gallery.range = None;
        model.gallery.toggle(id);
        model.select_row(model.history.selected + 1);
    }
    Vec::new()
}

/// Starts a range at the current job, or ends it.
pub(super) fn range(model: &mut Model) -> Vec<Effect> {
    let current = model.history.current().map(|record| record.id);
    model.gallery.range = match model.gallery.range {
        Some(_) => None,
        None => current.map(|start| SelectionRange { start, before: model.gallery.selected.clone() }),
    };
    Vec::new()
}

/// Selects the jobs from the start of the range to the current one, once all rows between them are loaded: none may be
/// left out unseen.
pub(super) fn extend_range(model: &mut Model) {
    let Some(range) = &model.gallery.range else { return };
    let Some(start) = model.history.position(range.start) else { return };
    let current = model.history.selected;
    let rows = start.min(current)..=start.max(current);
    let ids: Option<Vec<Id>> = rows.map(|row| model.history.row(row).map(|record| record.id)).collect();
    if let Some(ids) = ids {
        model.gallery.selected = range.before.iter().copied().chain(ids).collect();
    }
}

/// Requests every job that matches the search.
pub(super) fn select_all(model: &mut Model) -> Vec<Effect> {
    vec![Effect::LoadMatchingJobs(model.history.query.clone())]
}

/// Selects the jobs that match, or deselects them if all are selected, unless the search has changed meanwhile.
pub(super) fn matching(model: &mut Model, query: &Query, jobs: Vec<Id>) -> Vec<Effect> {
    if *query != model.history.query || !model.is_gallery() {
        return Vec::new();
    }
    model.gallery.range = None;
    if jobs.iter().all(|job| model.gallery.selected.contains(job)) {
        for job in &jobs {
            model.gallery.selected.swap_remove(job);
        }
    } else {
        model.gallery.selected.extend(jobs);
    }
    Vec::new()
}

/// Sorts by the next criterion.
pub(super) fn sort(model: &mut Model) -> Vec<Effect> {
    let text = next_sort(&model.history.query.text);
    model.ask_history(Query::new(text));
    Vec::new()
}

/// Opens the text field for the destination of an export.
pub(super) fn ask_export(model: &mut Model) -> Vec<Effect> {
    let jobs = model.target_jobs();
    if jobs.is_empty() {
        return notify(model, Notice::new(Severity::Info, "No image selected"));
    }
    model.popup = Some(Popup::Text(TextField::new(TextPurpose::Export(jobs), "")));
    Vec::new()
}

/// Starts the export; an error in the line keeps the field open.
pub(super) fn accept_export(model: &mut Model, jobs: Vec<Id>, mut field: TextField) -> Vec<Effect> {
    match crate::tui::export_line::parse(field.input.text()) {
        Ok(request) => vec![Effect::Export(jobs, request)],
        Err(error) => {
            field.error = Some(error);
            model.popup = Some(Popup::Text(field));
            Vec::new()
        }
    }
}

/// Loads the edits that the current job comes from and led to.
pub(super) fn lineage(model: &mut Model) -> Vec<Effect> {
    model.history.current().map(|record| Effect::LoadLineageTree(record.id)).into_iter().collect()
}

/// Shows the tree of edits as a list to choose from.
pub(super) fn lineage_loaded(model: &mut Model, job: Id, nodes: &[LineageNode]) -> Vec<Effect> {
    // The answer may come late, to somebody who is typing elsewhere.
    if model.popup.is_some() {
        return Vec::new();
    }
    if nodes.len() < 2 {
        return notify(model, Notice::new(Severity::Info, "No edits of this image"));
    }
    let item = |node: &LineageNode| PickerItem {
        id: PickerValue::Job(node.record.id),
        label: format!("{}{}", "  ".repeat(node.depth), crate::sanitize::line(&node.record.prompt)),
        description: node.record.model.clone(),
        aside: node.record.labels.rating.map(|rating| format!("★{rating}")).unwrap_or_default(),
        keywords: String::new(),
        current: node.record.id == job,
    };
    model.popup = Some(Popup::Switch(PickerKind::Lineage, Picker::new(nodes.iter().map(item).collect())));
    Vec::new()
}

/// Makes a job the current one, without a filter that could hide it.
pub(super) fn go_to(model: &mut Model, job: Id) -> Vec<Effect> {
    if model.history.position(job).is_none() {
        model.ask_history(Query::default());
    }
    model.history.select_when_loaded = Some(job);
    model.history.refresh();
    Vec::new()
}

/// Returns the thumbnails that are on screen and missing.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Vec<Effect> {
    let Some(grid) = areas.gallery_grid(model) else { return Vec::new() };
    model.thumbnails.on_screen = grid.cell_count() as usize;
    let first = grid.first(&model.gallery);
    let shown = (first..first + grid.cell_count()).filter_map(|row| model.history.row(row));
    let finished = shown.filter(|record| model.jobs.get(record.id).is_none());
    let images = finished.filter_map(|record| record.images.first());
    let mut wanted: Vec<ThumbnailRequest> =
        images.map(|image| ThumbnailRequest::new(image, grid.image_cells())).collect();
    wanted.retain(|request| model.thumbnails.request(request.key));
    // The latest request is made first.
    wanted.into_iter().rev().map(Effect::Thumbnail).collect()
}

/// Scrolls the gallery to its current job; returns the rows of the history that are on screen.
pub(super) fn scroll(model: &mut Model, areas: &Areas) -> Option<(u64, u64)> {
    let grid = areas.gallery_grid(model)?;
    model.gallery.top = grid.scrolled_top(&model.gallery, model.history.selected, model.history.total);
    Some((grid.first(&model.gallery), grid.cell_count()))
}

fn grid(model: &Model) -> Option<GalleryGrid> {
    layout(model).gallery_grid(model)
}

/// Returns the row of the history whose cell is at a position.
pub(super) fn row_at(model: &Model, column: u16, line: u16) -> Option<u64> {
    let row = grid(model)?.row_at((column, line).into(), &model.gallery)?;
    (row < model.history.total).then_some(row)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        library::{LabelChange, Page, Record, search_language::KnownValues},
        tui::{
            export_line::ExportRequest,
            fixtures::{page, record},
            model::LineInput,
            msg::Msg,
            update::{
                tests::{notice, press, studio},
                update,
            },
        },
    };

    /// Opens the gallery on that many jobs; a window of 80x24 shows four columns and two rows.
    fn gallery(count: usize) -> (Model, Vec<Id>) {
        let records: Vec<Record> = (0..count).map(|n| record(&format!("image {n}"))).collect();
        let ids = records.iter().map(|record| record.id).collect();
        let mut model = studio(records);
        press(&mut model, &["f5"]);
        (model, ids)
    }

    fn at(model: &Model) -> u64 {
        model.history.selected
    }

    #[test]
    fn keys_move_in_the_grid_and_stop_at_its_edges() {
        let (mut model, _) = gallery(10);
        press(&mut model, &["l", "j"]);
        assert_eq!(at(&model), 5);
        press(&mut model, &["j"]);
        assert_eq!(at(&model), 9);
        press(&mut model, &["j"]);
        assert_eq!(at(&model), 9, "there is no row below");
        press(&mut model, &["up", "up", "up"]);
        assert_eq!(at(&model), 1);
        press(&mut model, &["end", "right"]);
        assert_eq!(at(&model), 9);
        press(&mut model, &["home", "pagedown"]);
        assert_eq!((at(&model), model.gallery.top), (8, 1));
    }

    #[test]
    fn an_action_applies_to_the_selection_or_else_to_the_current_job() {
        let (mut model, ids) = gallery(5);
        assert_eq!(press(&mut model, &["3"])[0], Effect::ChangeLabels(vec![ids[0]], LabelChange::rating(Some(3))));
        press(&mut model, &["space", "right", "space"]);
        let selected = vec![ids[0], ids[2]];
        assert_eq!(press(&mut model, &["5"])[0], Effect::ChangeLabels(selected.clone(), LabelChange::rating(Some(5))));
        assert_eq!(press(&mut model, &["d"])[0], Effect::Delete(selected));
    }

    #[test]
    fn a_range_follows_the_current_job_and_escape_clears_it_before_it_leaves() {
        let (mut model, ids) = gallery(6);
        press(&mut model, &["right", "v", "right", "right"]);
        assert_eq!(model.gallery.selected.iter().copied().collect::<Vec<_>>(), ids[1..4]);
        press(&mut model, &["esc"]);
        assert!(model.gallery.selected.is_empty() && model.is_gallery());
        press(&mut model, &["esc"]);
        assert!(!model.is_gallery());
        assert_eq!((at(&model), model.focus), (3, Focus::Prompt), "the panes show the same job");
    }

    #[test]
    fn everything_that_matches_is_selected_even_if_it_is_not_loaded() {
        let (mut model, ids) = gallery(3);
        let query = Query::default();
        assert_eq!(press(&mut model, &["*"]), [Effect::LoadMatchingJobs(query.clone())]);
        let all: Vec<Id> = ids.iter().copied().chain((0..100_000).map(|_| Id::new())).collect();
        update(&mut model, Msg::MatchingJobs(query, all.clone()));
        assert_eq!(model.gallery.selected.len(), all.len());
        update(&mut model, Msg::MatchingJobs(Query::new("other"), vec![Id::new()]));
        assert_eq!(model.gallery.selected.len(), all.len(), "an answer to another search is dropped");
    }

    #[test]
    fn the_selection_survives_a_filter_and_new_arrivals() {
        let (mut model, ids) = gallery(4);
        press(&mut model, &["right", "space"]);
        press(&mut model, &["/", "f", "o", "x", "enter"]);
        let query = model.history.query.clone();
        update(&mut model, Msg::Page(Ok(Page { query, ..page(Vec::new()) })));
        assert_eq!(model.gallery.selected.iter().copied().collect::<Vec<_>>(), [ids[1]]);
        update(&mut model, Msg::LibraryChanged);
        update(&mut model, Msg::Resize(40, 12));
        assert_eq!(model.gallery.selected.len(), 1);
    }

    #[test]
    fn an_opened_image_returns_to_the_gallery() {
        let (mut model, _) = gallery(4);
        press(&mut model, &["right", "enter"]);
        assert!(model.preview_maximized && !model.is_gallery());
        press(&mut model, &["esc"]);
        assert!(!model.preview_maximized && model.is_gallery());
        assert_eq!(at(&model), 1);
    }

    #[test]
    fn a_search_with_an_error_keeps_the_last_result_and_names_the_filter() {
        let (mut model, _) = gallery(4);
        press(&mut model, &["/", "r", "a", "t", "n", "g", ":", "4"]);
        assert_eq!(model.history.query, Query::new("ratng:"));
        let error = model.history.search_error.clone().unwrap();
        assert_eq!(error.hint(), "did you mean `rating:4`?");
        press(&mut model, &["enter"]);
        assert!(model.history.search.is_some(), "it stays open");
        press(&mut model, &["esc"]);
        assert!(model.history.search.is_none() && model.is_gallery());
    }

    #[test]
    fn tab_completes_a_filter_and_its_value() {
        let (mut model, _) = gallery(1);
        let known = KnownValues { tags: vec!["fox".into()], ..KnownValues::default() };
        update(&mut model, Msg::KnownValues(known));
        press(&mut model, &["/", "t", "a", "tab", "f", "tab"]);
        assert_eq!(model.history.search.as_ref().unwrap().text(), "tag:fox ");
        assert_eq!(model.history.query, Query::new("tag:fox "));
    }

    #[test]
    fn only_cells_on_screen_get_thumbnails_and_each_once() {
        let (mut model, ids) = gallery(30);
        let made = |effects: Vec<Effect>| -> Vec<Id> {
            let image = |effect| if let Effect::Thumbnail(wanted) = effect { Some(wanted.key.image) } else { None };
            effects.into_iter().filter_map(image).collect()
        };
        press(&mut model, &["esc"]);
        assert_eq!(made(press(&mut model, &["f5"])).len(), 0, "they were requested before");
        assert_eq!(made(press(&mut model, &["down", "down"])).len(), 4, "one more row");
        assert_eq!(made(press(&mut model, &["+"])).len() as u64, grid(&model).unwrap().cell_count(), "another size");
        assert_eq!(ids.len(), 30);
    }

    #[test]
    fn an_export_line_with_an_error_stays_open() {
        let (mut model, ids) = gallery(2);
        press(&mut model, &["x"]);
        let Some(Popup::Text(field)) = &mut model.popup else { panic!("no field") };
        field.input = LineInput::new("out/ --widht 100");
        press(&mut model, &["enter"]);
        let Some(Popup::Text(field)) = &mut model.popup else { panic!("closed") };
        assert!(field.error.as_ref().unwrap().contains("did you mean `--width`?"), "{:?}", field.error);
        field.input = LineInput::new("out/");
        let request = ExportRequest { destination: "out/".into(), ..ExportRequest::default() };
        assert_eq!(press(&mut model, &["enter"]), [Effect::Export(vec![ids[0]], request)]);
    }

    #[test]
    fn deleted_jobs_leave_the_selection_and_come_back_together() {
        let (mut model, ids) = gallery(3);
        press(&mut model, &["space", "space"]);
        press(&mut model, &["d"]);
        update(&mut model, Msg::Deleted(ids[..2].to_vec(), Ok(())));
        assert_eq!((model.gallery.selected.len(), notice(&model)), (0, "Moved to trash: 2 jobs"));
        assert!(press(&mut model, &["u"]).contains(&Effect::Undelete(ids[..2].to_vec())));
    }

    #[test]
    fn a_tree_of_edits_leads_to_the_chosen_job() {
        let (mut model, ids) = gallery(2);
        assert_eq!(press(&mut model, &["shift-l"]), [Effect::LoadLineageTree(ids[0])]);
        let [first, edit] = ["a fox", "make it night"].map(record);
        let nodes = [(0, &first), (1, &edit)].map(|(depth, record)| LineageNode { depth, record: record.clone() });
        update(&mut model, Msg::LineageTree(ids[0], nodes.to_vec()));
        press(&mut model, &["down", "enter"]);
        assert_eq!(model.history.select_when_loaded, Some(edit.id));
    }

    #[test]
    fn the_current_job_stays_the_target_when_text_is_pasted_and_another_job_arrives() {
        let (mut model, ids) = gallery(3);
        update(&mut model, Msg::Paste("some text".into()));
        update(&mut model, Msg::LibraryChanged);
        let mut records: Vec<Record> = (0..3).filter_map(|row| model.history.row(row).cloned()).collect();
        records.insert(0, record("new"));
        update(&mut model, Msg::Page(Ok(page(records))));
        assert_eq!(press(&mut model, &["d"])[0], Effect::Delete(vec![ids[0]]));
    }

    #[test]
    fn a_range_shrinks_again_and_ends_with_another_order() {
        let (mut model, ids) = gallery(6);
        press(&mut model, &["v", "right", "right", "right", "left", "left"]);
        assert_eq!(model.gallery.selected.iter().copied().collect::<Vec<_>>(), ids[..2]);
        press(&mut model, &["s"]);
        assert!(model.gallery.range.is_none(), "rows have other jobs now");
        assert_eq!(model.gallery.selected.len(), 2);
    }

    #[test]
    fn all_that_match_are_deselected_only_if_they_are_selected() {
        let (mut model, ids) = gallery(2);
        press(&mut model, &["space", "space"]);
        let others = vec![Id::new(), Id::new()];
        update(&mut model, Msg::MatchingJobs(Query::default(), others.clone()));
        assert_eq!(model.gallery.selected.len(), 4);
        update(&mut model, Msg::MatchingJobs(Query::default(), others));
        assert_eq!(model.gallery.selected.iter().copied().collect::<Vec<_>>(), ids);
    }

    #[test]
    fn an_edit_that_is_refused_keeps_the_gallery_and_its_selection() {
        let (mut model, _) = gallery(2);
        press(&mut model, &["space", "e"]);
        assert!(model.is_gallery() && model.gallery.selected.len() == 1, "{:?}", model.notices.current());
    }

    #[test]
    fn a_selection_ends_with_the_gallery_that_shows_it() {
        let (mut model, _) = gallery(2);
        press(&mut model, &["space", "enter"]);
        assert_eq!(model.gallery.selected.len(), 1);
        press(&mut model, &["tab"]);
        assert!(model.gallery.selected.is_empty() && !model.is_gallery());
    }

    #[test]
    fn a_screen_with_more_cells_than_are_usually_kept_comes_to_rest() {
        let (mut model, _) = gallery(100);
        update(&mut model, Msg::Resize(400, 110));
        press(&mut model, &["-", "-"]);
        let cells = grid(&model).unwrap().cell_count();
        assert!(cells > 300, "{cells}");
        for n in 0..400 {
            let key = crate::tui::model::ThumbnailKey { image: Id::new(), cells: (10, n) };
            model.thumbnails.store(key, None);
        }
        let kept = crate::tui::model::ThumbnailKey { image: Id::new(), cells: (10, 5) };
        model.thumbnails.store(kept, None);
        for n in 0..cells {
            let key = crate::tui::model::ThumbnailKey { image: Id::new(), cells: (11, n as u16) };
            model.thumbnails.store(key, None);
        }
        assert!(model.thumbnails.is_broken(kept), "what is on screen is not dropped for the rest of the screen");
    }
}
