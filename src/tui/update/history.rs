//! The history pane: moving, searching, taking over, deleting.
//! Rows are loaded by the runtime; this asks for them and takes them in.

use crossterm::event::{KeyCode, KeyEvent};

use super::notify::notify;
use crate::{
    id::Id,
    library::{
        Page, Query,
        search_language::{KnownValues, Search, toggle_filter},
    },
    sanitize,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        history_rows::HistoryRows,
        layout::layout,
        model::{Focus, LineInput, Model, Notice, NoticeTopic, Severity},
    },
};

/// The columns that the name of a job takes in a message.
const NAMED: usize = 40;

/// Rows came in.
pub(super) fn page(model: &mut Model, page: Result<Page, Notice>) -> Vec<Effect> {
    match page {
        Ok(page) => {
            if page.query.is_empty() {
                model.gallery.library_total = Some(page.total);
            }
            model.history.receive_page(page);
        }
        Err(notice) => return notify(model, notice),
    }
    Vec::new()
}

/// Something in the library changed: ask afresh.
pub(super) fn changed(model: &mut Model, result: Result<(), Notice>) -> Vec<Effect> {
    // What was shown before it was stored may not have been stored.
    model.history.refresh();
    result.err().map_or_else(Vec::new, |notice| notify(model, notice))
}

/// Moves the selection.
pub(super) fn move_by(model: &mut Model, rows: i64) -> Vec<Effect> {
    model.select_row(model.history.selected.saturating_add_signed(rows));
    Vec::new()
}

/// Moves the selection by screenfuls.
pub(super) fn page_by(model: &mut Model, pages: i64) -> Vec<Effect> {
    let rows = layout(model).history_rows(model).map_or(10, |area| HistoryRows::new(model, area).count());
    move_by(model, pages * rows.saturating_sub(1).max(1) as i64)
}

/// Selects that row, or the last.
pub(super) fn select(model: &mut Model, row: u64) -> Vec<Effect> {
    model.select_row(row);
    Vec::new()
}

/// Opens the search line.
pub(super) fn search(model: &mut Model) -> Vec<Effect> {
    model.focus = Focus::History;
    model.show_history = true;
    model.preview_maximized = false;
    model.history.search = Some(LineInput::new(&model.history.query.text));
    vec![Effect::LoadKnownValues]
}

/// Whether the search line handles the key itself: Esc, Enter and Tab end it, arrows move the selection.
pub(super) const fn is_search_key(key: KeyCode) -> bool {
    use KeyCode::{Down, Enter, Esc, PageDown, PageUp, Tab, Up};
    matches!(key, Esc | Enter | Tab | Up | Down | PageUp | PageDown)
}

/// A key while the search line is open: Esc drops the search, Enter and Tab keep it, arrows move the selection.
pub(super) fn search_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            (model.history.search, model.history.search_error) = (None, None);
            model.notices.clear(NoticeTopic::Search);
            model.ask_history(Query::default());
        }
        KeyCode::Tab if complete_search(model) => {}
        KeyCode::Enter | KeyCode::Tab => keep_search(model),
        KeyCode::Up => return move_by(model, -1),
        KeyCode::Down => return move_by(model, 1),
        KeyCode::PageUp => return page_by(model, -1),
        KeyCode::PageDown => return page_by(model, 1),
        _ => {
            if model.history.search.as_mut().is_some_and(|input| input.key(key)) {
                search_typed(model);
            }
        }
    }
    Vec::new()
}

/// Text was pasted into the search line.
pub(super) fn search_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.history.search.as_mut().is_some_and(|input| input.paste(text)) {
        search_typed(model);
    }
    Vec::new()
}

/// Searches for the typed text. With an error in it, the result of the last valid search stays.
fn search_typed(model: &mut Model) {
    let text = model.history.search.as_ref().map(|input| input.text().to_owned()).unwrap_or_default();
    model.history.search_error = Search::parse(&text).err();
    model.notices.clear(NoticeTopic::Search);
    match &model.history.search_error {
        None => model.ask_history(Query::new(text)),
        // The gallery shows the error beside the search line.
        Some(_) if model.is_gallery() => {}
        Some(error) => {
            let notice = Notice::new(Severity::Warning, error.to_string()).with_hint(Some(error.hint()));
            model.notify(notice.about(NoticeTopic::Search));
        }
    }
}

/// Stores the names that a search can be completed with.
pub(super) fn known_values(model: &mut Model, known: KnownValues) -> Vec<Effect> {
    model.search_values = known;
    Vec::new()
}

/// Closes a search line that receives no keys any more, with its result.
pub(super) fn close_hidden_search(model: &mut Model) {
    if !matches!(model.context_under_popup(), KeyContext::History | KeyContext::Gallery) {
        (model.history.search, model.history.search_error) = (None, None);
    }
}

/// Completes the last word of the search; returns `false` if there is nothing to complete.
fn complete_search(model: &mut Model) -> bool {
    let completions = model.search_completions();
    let (Some(completion), Some(input)) = (completions.first(), &mut model.history.search) else { return false };
    *input = LineInput::new(&completion.apply(input.text()));
    search_typed(model);
    true
}

/// Closes the search line and keeps its result; a search with an error stays open.
fn keep_search(model: &mut Model) {
    if model.history.search_error.is_none() {
        model.history.search = None;
    }
}

/// Shows only what is marked, or everything.
pub(super) fn only_marked(model: &mut Model) -> Vec<Effect> {
    let query = model.history.query.clone();
    model.ask_history(Query::new(toggle_filter(&query.text, "is:favorite")));
    Vec::new()
}

/// Moves the selected jobs to the trash, except running ones.
pub(super) fn delete(model: &mut Model) -> Vec<Effect> {
    let mut jobs = model.target_jobs();
    let before = jobs.len();
    jobs.retain(|id| model.jobs.get(*id).is_none());
    if jobs.len() < before {
        let text = if before == 1 { "this job is still running" } else { "running jobs were not moved to the trash" };
        let hint = model.key_hint(KeyContext::History, Action::CancelSelected, "to cancel it").filter(|_| before == 1);
        model.notify(Notice::new(Severity::Warning, text).with_hint(hint));
    }
    if jobs.is_empty() { Vec::new() } else { vec![Effect::Delete(jobs)] }
}

/// They are in the trash, or they are not.
pub(super) fn deleted(model: &mut Model, jobs: Vec<Id>, result: Result<(), Notice>) -> Vec<Effect> {
    for job in &jobs {
        model.gallery.selected.swap_remove(job);
    }
    model.history.refresh();
    if let Err(notice) = result {
        return notify(model, notice);
    }
    if jobs.is_empty() {
        return Vec::new();
    }
    let name = match jobs.as_slice() {
        [job] => model.history.record(*job).map(|record| sanitize::line(&record.prompt).into_owned()),
        many => Some(format!("{} jobs", many.len())),
    };
    // A selected job may not be among those that a search shows.
    let name = sanitize::truncate(&name.unwrap_or_else(|| "1 job".to_owned()), NAMED).into_owned();
    model.undo_deletes.push(jobs);
    let hint = model.key_hint(KeyContext::History, Action::UndoDelete, "to restore it");
    let text = format!("Moved to trash: {name}");
    notify(model, Notice::new(Severity::Success, text).with_hint(hint))
}

/// Brings back what was deleted last.
pub(super) fn undo_delete(model: &mut Model) -> Vec<Effect> {
    let Some(jobs) = model.undo_deletes.pop() else {
        return notify(model, Notice::new(Severity::Info, "Nothing deleted in this session"));
    };
    model.history.select_when_loaded = jobs.first().copied();
    model.notices.dismiss();
    vec![Effect::Undelete(jobs)]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        library::Record,
        tui::{
            fixtures::{failed, page, record},
            msg::Msg,
            update::{
                tests::{notice, press, studio},
                update,
            },
        },
    };

    /// Answers the last search of the studio.
    fn answer(model: &mut Model, records: &[&Record]) {
        let records = records.iter().map(|record| (*record).clone()).collect();
        update(model, Msg::Page(Ok(Page { query: model.history.query.clone(), ..page(records) })));
    }

    #[test]
    fn delete_hits_the_record_that_was_selected_before_marks_filters_and_arrivals() {
        let [new, cat, castle, pig] = ["new", "a cat", "a castle", "a pig"].map(record);
        let mut model = studio(vec![castle.clone(), cat.clone(), pig.clone()]);
        press(&mut model, &["tab", "down", "m", "shift-m"]);
        answer(&mut model, &[&castle]);
        press(&mut model, &["shift-m"]);
        answer(&mut model, &[&castle, &cat, &pig]);
        update(&mut model, Msg::LibraryChanged);
        answer(&mut model, &[&new, &castle, &cat, &pig]);
        press(&mut model, &["/", "p"]);
        answer(&mut model, &[&pig]);
        press(&mut model, &["esc"]);
        answer(&mut model, &[&new, &castle, &cat, &pig]);
        let effects = press(&mut model, &["d"]);
        assert!(effects.contains(&Effect::Delete(vec![cat.id])), "{effects:?}");
        update(&mut model, Msg::Deleted(vec![cat.id], Ok(())));
        assert_eq!(notice(&model), "Moved to trash: a cat");
    }

    #[test]
    fn enter_shows_the_image_large_and_enter_or_esc_returns_to_its_row() {
        for back in ["enter", "esc"] {
            let mut model = studio(vec![record("a cat"), record("a castle")]);
            press(&mut model, &["tab", "down", "enter"]);
            assert!(model.preview_maximized && model.prompt.is_blank());
            press(&mut model, &[back]);
            assert_eq!((model.preview_maximized, model.focus, model.history.selected), (false, Focus::History, 1));
        }
    }

    #[test]
    fn flip_skips_jobs_without_an_image() {
        let mut model = studio(vec![record("a cat"), failed("a fight"), record("a castle")]);
        model.focus = Focus::Preview;
        press(&mut model, &["pagedown", "pagedown", "b"]);
        assert_eq!(model.history.current().unwrap().prompt, "a cat");
        press(&mut model, &["b"]);
        assert_eq!(model.history.current().unwrap().prompt, "a castle");
    }

    #[test]
    fn pages_are_counted_in_rows_not_in_lines() {
        let mut model = studio((0..60).map(|at| record(&at.to_string())).collect());
        let place = layout(&model).history_rows(&model).unwrap();
        let rows = HistoryRows::new(&model, place).count() as u64;
        press(&mut model, &["tab", "pagedown"]);
        assert_eq!(model.history.selected, rows - 1);
        assert!(rows < u64::from(place.height) / 2 + 1);
    }

    #[test]
    fn a_job_that_begins_is_shown_whatever_was_searched_for() {
        let mut model = studio(vec![record("a castle")]);
        press(&mut model, &["ctrl-r", "c", "a", "enter"]);
        assert_eq!(model.history.query.text, "ca");
        let (id, draft) = (Id::new(), model.draft());
        update(&mut model, Msg::Submitted(Box::new(draft), Ok(id)));
        assert_eq!((model.history.query.clone(), model.history.select_when_loaded), (Query::default(), Some(id)));
    }

    #[test]
    fn esc_drops_a_search_that_was_kept_and_then_leaves_the_history() {
        let mut model = studio(vec![record("a castle")]);
        press(&mut model, &["ctrl-r", "c", "a", "enter", "esc"]);
        assert_eq!((model.history.query.text.as_str(), model.focus), ("", Focus::History));
        press(&mut model, &["esc"]);
        assert_eq!(model.focus, Focus::Prompt);
    }

    #[test]
    fn a_job_that_begins_does_not_close_a_search_that_is_being_typed() {
        let mut model = studio(vec![record("a castle")]);
        press(&mut model, &["tab", "/", "c"]);
        let draft = model.draft();
        update(&mut model, Msg::Submitted(Box::new(draft), Ok(Id::new())));
        assert!(press(&mut model, &["d"]).iter().all(|effect| !matches!(effect, Effect::Delete(_))));
        assert_eq!(model.history.search.as_ref().unwrap().text(), "cd");
    }

    #[test]
    fn a_search_line_closes_when_the_focus_leaves_it() {
        let mut model = studio(vec![record("a castle")]);
        press(&mut model, &["tab", "/", "c"]);
        model.focus = Focus::Prompt;
        update(&mut model, Msg::Paste("a fox".into()));
        update(&mut model, Msg::Paste(" in the snow".into()));
        assert!(model.history.search.is_none());
        assert_eq!(model.history.query, Query::new("c"), "its result stays");
    }

    #[test]
    fn labels_that_could_not_be_stored_are_loaded_again() {
        let mut model = studio(vec![record("a castle")]);
        press(&mut model, &["tab", "4"]);
        let failed = Notice::new(Severity::Error, "the disk is full");
        let effects = update(&mut model, Msg::LibraryEdited(Err(failed)));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::LoadPage(..))), "{effects:?}");
    }
}
