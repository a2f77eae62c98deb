//! What happens to jobs, as the engine tells it.
//! The engine decides how a job ends; this only keeps the picture of it.

use super::{notify::notify, successor};
use crate::{
    engine::{Draft, EngineEvent, JobEvent},
    id::Id,
    library::{JobState, Record},
    sanitize,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{JobReferences, Model, Notice, Picker, PickerItem, PickerKind, PickerValue, Popup, Severity},
    },
};

/// The engine took a draft, or it did not: then the prompt comes back.
pub(super) fn submitted(model: &mut Model, draft: &Draft, result: Result<Id, Notice>) -> Vec<Effect> {
    match result {
        Ok(id) => {
            model.remember_draft(id, draft.clone());
            model.show_new(id);
            Vec::new()
        }
        Err(notice) => {
            give_back(model, draft);
            notify(model, notice)
        }
    }
}

/// What was sent is in the editor again, with its pictures, unless something else was typed since.
fn give_back(model: &mut Model, draft: &Draft) {
    if model.prompt.is_blank() {
        model.prompt.reset_to(&draft.prompt);
        model.next_job.references = JobReferences::from_draft(draft);
    }
    model.update_estimate();
}

/// Something happened to a job.
pub(super) fn engine(model: &mut Model, event: EngineEvent) -> Vec<Effect> {
    let EngineEvent { job: id, what } = event;
    match what {
        JobEvent::Started(record) => return started(model, *record),
        JobEvent::Saved(record) => {
            model.sent_drafts.shift_remove(&record.id);
            let mut effects = ended(model, &record);
            effects.extend(successor::ask_once(model, &record.backend));
            return effects;
        }
        JobEvent::Failed(record) => return failed(model, &record),
        JobEvent::Canceled(record) => return cancelled(model, &record),
        JobEvent::Status(_) | JobEvent::Percent(_) | JobEvent::Thought(_) | JobEvent::Preview(_) => {}
    }
    let Some(job) = model.jobs.get_mut(id) else { return Vec::new() };
    match what {
        JobEvent::Status(status) => job.status = status,
        JobEvent::Percent(percent) => job.percent = Some(percent),
        JobEvent::Thought(line) => job.reasoning = Some(line),
        JobEvent::Preview(preview) => drop(job.previews.insert(preview.image, preview)),
        _ => {}
    }
    Vec::new()
}

fn started(model: &mut Model, record: Record) -> Vec<Effect> {
    model.jobs.begin(record, model.now.since_start);
    model.history.refresh();
    Vec::new()
}

fn ended(model: &mut Model, record: &Record) -> Vec<Effect> {
    model.jobs.end(record.id);
    model.history.replace_record(record);
    model.history.refresh();
    vec![Effect::LoadSpent, Effect::TrainEstimates]
}

fn failed(model: &mut Model, record: &Record) -> Vec<Effect> {
    let effects = ended(model, record);
    if model.is_blind() {
        // What went wrong with which model would say who is who.
        return effects;
    }
    if let Some(draft) = model.sent_drafts.get(&record.id).cloned() {
        give_back(model, &draft);
    }
    let notice = match record.error.clone() {
        Some(error) => {
            let hint = successor::hint(model, record).or(error.hint);
            Notice::new(Severity::Error, error.message).with_hint(hint)
        }
        None => Notice::new(Severity::Error, "job failed"),
    };
    notify(model, notice);
    effects
}

fn cancelled(model: &mut Model, record: &Record) -> Vec<Effect> {
    let effects = ended(model, record);
    let draft = model.sent_drafts.shift_remove(&record.id);
    give_back(model, &draft.unwrap_or_else(|| Draft { prompt: record.prompt.clone(), ..Draft::default() }));
    notify(model, Notice::new(Severity::Info, "Canceled").with_hint(record.notes.last()));
    effects
}

/// Ctrl+C: the selected job if it runs, else the newest; with none, the prompt is cleared.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let selected = model.history.current().map(|record| record.id).filter(|id| model.jobs.get(*id).is_some());
    if let Some(id) = selected.or_else(|| model.jobs.newest().map(|job| job.record.id)) {
        return vec![Effect::Cancel(id)];
    }
    if !model.prompt.is_blank() {
        model.prompt.replace("");
        model.update_estimate();
        let hint = model.key_hint(KeyContext::Prompt, Action::Undo, "to restore it");
        return notify(model, Notice::new(Severity::Info, "Prompt cleared").with_hint(hint));
    }
    let hint = model.key_hint(KeyContext::Global, Action::Quit, "to quit");
    notify(model, Notice::new(Severity::Info, "Nothing to cancel").with_hint(hint))
}

/// Cancels the selected job.
pub(super) fn cancel_selected(model: &mut Model) -> Vec<Effect> {
    let selected = model.history.current().map(|record| record.id).filter(|id| model.jobs.get(*id).is_some());
    match selected {
        Some(id) => vec![Effect::Cancel(id)],
        None => notify(model, Notice::new(Severity::Info, "This job is not running")),
    }
}

/// Jobs that an earlier process left behind.
pub(super) fn recovered(model: &mut Model, records: &[Record]) -> Vec<Effect> {
    if records.is_empty() {
        return Vec::new();
    }
    model.history.refresh();
    let jobs = if records.len() == 1 { "1 job was".to_owned() } else { format!("{} jobs were", records.len()) };
    let notice = Notice::new(Severity::Warning, format!("{jobs} interrupted in an earlier run"))
        .with_hint(model.key_hint(KeyContext::Global, Action::Unfinished, "to show unfinished jobs"));
    notify(model, notice)
}

/// The jobs that have not ended, or nobody knows how: each can be fetched or given up. Those that run here are not meant.
pub(super) fn unfinished(model: &mut Model, records: &[Record]) -> Vec<Effect> {
    let left = records.iter().filter(|record| model.jobs.get(record.id).is_none());
    let items: Vec<PickerItem> = left.flat_map(|record| choices(model, record)).collect();
    if items.is_empty() {
        return notify(model, Notice::new(Severity::Info, "No unfinished jobs"));
    }
    model.popup = Some(Popup::Switch(PickerKind::Unfinished, Picker::new(items)));
    Vec::new()
}

/// What can be done with a job, with what is known of it.
fn choices(model: &Model, record: &Record) -> Vec<PickerItem> {
    let when = record.sent.unwrap_or(record.created).to_zoned(model.zone.clone()).strftime("%b %-d %H:%M").to_string();
    let item = |id: PickerValue, verb: &str, detail: String| PickerItem {
        id,
        label: format!("{verb}: {}", sanitize::truncate(&sanitize::line(&record.prompt), 26)),
        description: detail,
        aside: format!("{} {when}", record.state.name()),
        keywords: String::new(),
        current: false,
    };
    let backend = model.registry.get(&record.backend);
    let resumes = backend.is_some_and(|backend| backend.capabilities().resume);
    let fetch = (resumes || record.state == JobState::Received)
        .then(|| item(PickerValue::Resume(record.id), "resume", "retrieve the result".to_owned()));
    let give_up = item(PickerValue::Discard(record.id), "discard", format!("{}, may be charged", record.id.short()));
    fetch.into_iter().chain([give_up]).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use tintype_backends::{BackendError, ErrorKind};

    use super::*;
    use crate::{
        engine::Reference,
        library::JobState,
        tui::{
            fixtures::record,
            msg::Msg,
            update::{
                tests::{event, press, started, studio, submitted, type_in},
                update,
            },
        },
    };

    #[test]
    fn a_prompt_that_failed_comes_back_with_its_pictures_unless_something_was_typed_since() {
        for since in ["", "a blue cat"] {
            let mut model = studio(Vec::new());
            model.next_job.references.inputs = vec![Reference::File("/fox.png".into())];
            type_in(&mut model, "a red fox");
            let draft = submitted(&press(&mut model, &["enter"])).unwrap().clone();
            let sent = record("a red fox");
            update(&mut model, Msg::Submitted(Box::new(draft), Ok(sent.id)));
            update(&mut model, started(&sent));
            type_in(&mut model, since);
            let error = Some(BackendError::new(ErrorKind::Refused, "refused by the safety system"));
            let failed = Record { state: JobState::Failed, error, images: Vec::new(), ..sent };
            update(&mut model, event(failed.id, JobEvent::Failed(Box::new(failed.clone()))));
            let given = model.next_job.references.inputs.len();
            let expected = if since.is_empty() { ("a red fox", 1) } else { (since, 0) };
            assert_eq!((model.prompt.text().as_str(), given), expected);
        }
    }
}
