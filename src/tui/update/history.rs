//! The history pane: moving, searching, taking over, deleting.
//! Rows are loaded by the runtime; this asks for them and takes them in.

use crossterm::event::{KeyCode, KeyEvent};

use super::notify::notify;
use crate::{
    id::Id,
    library::{Page, Query, Record},
    sanitize,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        layout::layout,
        model::{Focus, JobReferences, LineInput, Model, Notice, Severity},
    },
};

/// The columns that the name of a job takes in a message.
const NAMED: usize = 40;

/// Rows came in.
pub(super) fn page(model: &mut Model, page: Result<Page, Notice>) -> Vec<Effect> {
    match page {
        Ok(page) => drop(model.history.receive_page(page)),
        Err(notice) => return notify(model, notice),
    }
    Vec::new()
}

/// Something in the library changed: ask afresh.
pub(super) fn changed(model: &mut Model, result: Result<(), Notice>) -> Vec<Effect> {
    if let Err(notice) = result {
        return notify(model, notice);
    }
    model.history.refresh();
    Vec::new()
}

/// Moves the selection.
pub(super) fn move_by(model: &mut Model, rows: i64) -> Vec<Effect> {
    model.select_row(model.history.selected.saturating_add_signed(rows));
    Vec::new()
}

/// Moves the selection by screenfuls.
pub(super) fn page_by(model: &mut Model, pages: i64) -> Vec<Effect> {
    let height = layout(model).history_rows(model).map_or(10, |area| area.height);
    move_by(model, pages * i64::from(height.saturating_sub(1).max(1)))
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
    Vec::new()
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
            model.history.search = None;
            model.ask_history(Query { text: String::new(), ..model.history.query.clone() });
        }
        KeyCode::Enter | KeyCode::Tab => model.history.search = None,
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

fn search_typed(model: &mut Model) {
    let text = model.history.search.as_ref().map(|input| input.text().to_owned()).unwrap_or_default();
    model.ask_history(Query { text, ..model.history.query.clone() });
}

/// Shows only what is marked, or everything.
pub(super) fn only_marked(model: &mut Model) -> Vec<Effect> {
    let query = model.history.query.clone();
    model.ask_history(Query { marked: !query.marked, ..query });
    Vec::new()
}

fn current(model: &Model) -> Option<Record> {
    model.history.current().cloned()
}

/// Takes over prompt, backend, model, settings and pictures of the selected row.
pub(super) fn reuse(model: &mut Model) -> Vec<Effect> {
    let Some(record) = current(model) else { return Vec::new() };
    model.prompt.replace(&record.prompt);
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
    let asked = model.draft_of(&record);
    // Pictures that were chosen for something else must not be sent with these words.
    model.next_job.references = asked.as_ref().map(JobReferences::from_draft).unwrap_or_default();
    let mut notice = take_over_choice(model, &record);
    if let Err(missing) = asked {
        let restored = notice.text.replacen("Restored", "restored", 1);
        notice = Notice::new(Severity::Warning, format!("{restored}; {}", missing.text)).with_hint(missing.hint);
    }
    model.update_estimate();
    notify(model, notice)
}

fn take_over_choice(model: &mut Model, record: &Record) -> Notice {
    let Some(backend) = model.registry.get(&record.backend) else {
        return Notice::new(
            Severity::Warning,
            format!("restored the prompt, but there is no backend `{}`", record.backend),
        )
        .with_hint(Some("the backend in the header will be used"));
    };
    let Some(known) = backend.capabilities().model(&record.model) else {
        model.next_job.backend.clone_from(&record.backend);
        return Notice::new(
            Severity::Warning,
            format!("restored the prompt, but `{}` is no longer available", record.model),
        );
    };
    let fits = |name: &String, value| known.param(name).is_some_and(|param| param.check(value).is_ok());
    let settings = record.settings.iter().filter(|(name, value)| fits(name, value));
    let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    let most = known.max_count.max(1);
    model.next_job.backend.clone_from(&record.backend);
    model.next_job.models.insert(record.backend.clone(), record.model.clone());
    model.next_job.settings.insert(record.backend.clone(), settings);
    model.next_job.count = record.count.clamp(1, most);
    Notice::new(Severity::Success, "Restored prompt and settings")
}

/// Draws the selected row once more, as it was asked for.
pub(super) fn again(model: &mut Model) -> Vec<Effect> {
    let Some(record) = current(model) else { return Vec::new() };
    match model.draft_of(&record) {
        Ok(draft) => vec![Effect::Submit(draft)],
        Err(notice) => notify(model, notice),
    }
}

/// Marks or unmarks the selected row.
pub(super) fn mark(model: &mut Model) -> Vec<Effect> {
    let Some(mut record) = current(model) else { return Vec::new() };
    record.marked = !record.marked;
    model.history.replace_record(&record);
    vec![Effect::Mark(record.id, record.marked)]
}

/// Moves the selected row to the trash.
pub(super) fn delete(model: &mut Model) -> Vec<Effect> {
    let Some(record) = current(model) else { return Vec::new() };
    if model.jobs.get(record.id).is_some() {
        let notice = Notice::new(Severity::Warning, "this job is still running").with_hint(model.key_hint(
            KeyContext::History,
            Action::CancelSelected,
            "to cancel it",
        ));
        return notify(model, notice);
    }
    vec![Effect::Delete(record.id)]
}

/// It is in the trash, or it is not.
pub(super) fn deleted(model: &mut Model, id: Id, result: Result<(), Notice>) -> Vec<Effect> {
    if let Err(notice) = result {
        return notify(model, notice);
    }
    model.undo_deletes.push(id);
    let name =
        model.history.record(id).map(|record| sanitize::truncate(&sanitize::line(&record.prompt), NAMED).into_owned());
    model.history.refresh();
    let hint = model.key_hint(KeyContext::History, Action::UndoDelete, "to restore it");
    let text = name.map_or_else(|| "Moved to trash".to_owned(), |name| format!("Moved to trash: {name}"));
    notify(model, Notice::new(Severity::Success, text).with_hint(hint))
}

/// Brings back what was deleted last.
pub(super) fn undo_delete(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.undo_deletes.pop() else {
        return notify(model, Notice::new(Severity::Info, "Nothing deleted in this session"));
    };
    model.history.select_when_loaded = Some(id);
    model.notices.dismiss();
    vec![Effect::Undelete(id)]
}

#[cfg(test)]
mod tests {
    use tintype_backends::Usd;

    use super::*;
    use crate::{
        engine::Reference,
        library::{Inputs, PromptRewrite, ReferenceOrigin},
        tui::{
            fixtures::record,
            msg::Msg,
            update::{
                tests::{notice, press, studio, submitted},
                update,
            },
        },
    };

    fn made_from(pictures: Vec<ReferenceOrigin>) -> Model {
        let inputs = Inputs { pictures, mask: Some("/mask.png".into()), markup: None };
        let mut model =
            studio(vec![Record { backend: "brush".into(), model: "brush".into(), inputs, ..record("a red fox") }]);
        model.focus = Focus::History;
        model
    }

    #[test]
    fn an_edit_is_drawn_once_more_from_all_it_was_given() {
        let id = Id::new();
        let mut model = made_from(vec![ReferenceOrigin::Image(id), ReferenceOrigin::File("/a.png".into())]);
        let effects = press(&mut model, &["r"]);
        let draft = submitted(&effects).unwrap();
        assert_eq!(draft.inputs, [Reference::Image(id), Reference::File("/a.png".into())]);
        assert_eq!(draft.mask, Some("/mask.png".into()));
        press(&mut model, &["enter"]);
        assert_eq!((model.draft().inputs, model.draft().mask), (draft.inputs.clone(), draft.mask.clone()), "restored");
    }

    #[test]
    fn what_was_pasted_is_not_drawn_once_more_without_it() {
        let mut model = made_from(vec![ReferenceOrigin::File("/a.png".into()), ReferenceOrigin::Clipboard]);
        assert_eq!(submitted(&press(&mut model, &["r"])), None);
        assert_eq!(notice(&model), "reference 2 of this job was pasted and was not saved");
    }

    #[test]
    fn a_prompt_taken_over_without_its_pasted_picture_leaves_no_other_picture_chosen() {
        let mut model = made_from(vec![ReferenceOrigin::Clipboard]);
        model.next_job.references.inputs = vec![Reference::File("/other.png".into())];
        press(&mut model, &["enter"]);
        assert!(model.next_job.references.is_empty(), "{:?}", model.next_job.references);
        let said = "restored prompt and settings; reference 1 of this job was pasted and was not saved";
        assert_eq!((model.prompt.text().as_str(), notice(&model)), ("a red fox", said));
    }

    #[test]
    fn who_wrote_the_prompt_is_still_known_when_it_is_drawn_once_more() {
        let cost = Some(Usd::from_dollars(0.01));
        let asked = PromptRewrite { from: "a fox".into(), by: "codex".into(), model: "m".into(), cost };
        let mut model =
            studio(vec![Record { backend: "brush".into(), directed: Some(asked.clone()), ..record("a red fox") }]);
        model.focus = Focus::History;
        let directed = submitted(&press(&mut model, &["r"])).unwrap().directed.clone();
        assert_eq!(directed, Some(PromptRewrite { cost: Some(Usd::ZERO), ..asked }), "asked, and paid for, once");
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
}
