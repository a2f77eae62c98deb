//! What happens to jobs, as the engine tells it.
//! The engine decides how a job ends; this only keeps the picture of it.

use super::{
    notify::{count, notify},
    successor,
};
use crate::{
    config::Notification,
    engine::{Draft, EngineEvent, JobEvent},
    id::Id,
    library::{JobState, Record},
    sanitize,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{
            Burst, JobReferences, Model, Notice, NoticeTopic, PendingJob, Picker, PickerItem, PickerKind, PickerValue,
            Popup, Severity,
        },
    },
};

/// Remembers the drafts that are on their way to the engine.
pub(super) fn submitting(model: &mut Model, effects: &[Effect]) {
    let selected = model.history.current().map(|record| record.id);
    for effect in effects {
        if let Effect::Submit(draft) = effect {
            let (settings, usual) = match model.registry.plan(draft) {
                Ok(plan) => (plan.request.settings, plan.usual_duration),
                Err(_) => (draft.settings.clone(), None),
            };
            let submitted = model.now.since_start;
            model.jobs.submit(PendingJob { draft: draft.clone(), settings, usual, selected, submitted });
        }
    }
}

/// The engine took a draft, or it did not: then the prompt comes back.
pub(super) fn submitted(model: &mut Model, draft: &Draft, result: Result<Id, Notice>) -> Vec<Effect> {
    model.jobs.answered(draft);
    match result {
        Ok(id) => {
            model.notices.clear(NoticeTopic::Submission);
            model.remember_draft(id, draft.clone());
            model.show_new(id);
        }
        Err(notice) => {
            give_back(model, draft);
            model.notify(notice.about(NoticeTopic::Submission));
        }
    }
    // A quick job may end before this answer, which then was the last thing that was awaited.
    burst_ended(model).into_iter().collect()
}

/// What was sent is in the editor again, with its pictures, unless something else was typed since.
fn give_back(model: &mut Model, draft: &Draft) {
    if model.prompt.is_blank() && model.next_job.references.is_empty() {
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
        what => {
            if let Some(job) = model.jobs.get_mut(id) {
                job.on_event(what);
            }
        }
    }
    Vec::new()
}

fn started(model: &mut Model, record: Record) -> Vec<Effect> {
    let usual = model.registry.usual_duration(&record);
    let offline = model.registry.get(&record.backend).is_some_and(|backend| backend.capabilities().offline);
    let job = model.jobs.begin(record, model.now.since_start);
    (job.usual, job.offline) = (usual, offline);
    model.history.refresh();
    Vec::new()
}

fn ended(model: &mut Model, record: &Record) -> Vec<Effect> {
    model.jobs.end(record);
    model.history.replace_record(record);
    model.history.refresh();
    let mut effects = vec![Effect::LoadSpent, Effect::TrainEstimates];
    effects.extend(burst_ended(model));
    effects
}

/// Notifies a user who looks elsewhere, once the last job is done.
fn burst_ended(model: &mut Model) -> Option<Effect> {
    let burst = model.jobs.take_burst()?;
    let wanted = model.config.studio.notify != Notification::Never && !model.window_focused;
    wanted.then(|| Effect::Notify(burst_text(burst)))
}

fn burst_text(burst: Burst) -> String {
    let images = (burst.images > 0).then(|| format!("{} ready", count(burst.images, "image", "images")));
    let failed = (burst.failed > 0).then(|| format!("{} failed", burst.failed));
    images.into_iter().chain(failed).collect::<Vec<_>>().join(", ")
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
    notify(model, notice.about(NoticeTopic::Job(record.id)));
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
        .with_hint(model.key_hint(KeyContext::Global, Action::Unfinished, "to show unfinished jobs"))
        .about(NoticeTopic::Unfinished);
    notify(model, notice)
}

/// The jobs that have not ended, or nobody knows how: each can be fetched or given up. Those that run here are not meant.
pub(super) fn unfinished(model: &mut Model, records: &[Record]) -> Vec<Effect> {
    let left = records.iter().filter(|record| model.jobs.get(record.id).is_none());
    let items: Vec<PickerItem> = left.flat_map(|record| choices(model, record)).collect();
    model.notices.clear(NoticeTopic::Unfinished);
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
            fixtures::{failed, record},
            msg::Msg,
            update::{
                tests::{event, press, started, studio, submitted, type_in},
                update,
            },
        },
    };

    fn notification(effects: Vec<Effect>) -> Option<String> {
        effects.into_iter().find_map(|effect| if let Effect::Notify(text) = effect { Some(text) } else { None })
    }

    /// Runs two jobs, of which one fails, and returns the notification at the end of each.
    fn burst(model: &mut Model) -> [Option<String>; 2] {
        let (saved, failed) = (record("a red fox"), failed("a fight"));
        update(model, started(&saved));
        update(model, started(&failed));
        let first = update(model, event(failed.id, JobEvent::Failed(Box::new(failed))));
        let last = update(model, event(saved.id, JobEvent::Saved(Box::new(saved))));
        [notification(first), notification(last)]
    }

    #[test]
    fn user_who_looks_elsewhere_is_notified_when_the_last_job_is_done() {
        let mut model = studio(Vec::new());
        assert_eq!(burst(&mut model), [None, None], "the window has the focus");
        update(&mut model, Msg::FocusLost);
        assert_eq!(burst(&mut model), [None, Some("1 image ready, 1 failed".to_owned())]);
        std::sync::Arc::make_mut(&mut model.config).studio.notify = Notification::Never;
        assert_eq!(burst(&mut model), [None, None]);
        std::sync::Arc::make_mut(&mut model.config).studio.notify = Notification::Bell;
        update(&mut model, Msg::FocusGained);
        assert_eq!(burst(&mut model), [None, None]);
    }

    #[test]
    fn a_job_that_ends_before_its_submission_is_answered_is_notified() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::FocusLost);
        type_in(&mut model, "a red fox");
        let draft = submitted(&press(&mut model, &["enter"])).unwrap().clone();
        let saved = record("a red fox");
        update(&mut model, started(&saved));
        let ended = update(&mut model, event(saved.id, JobEvent::Saved(Box::new(saved.clone()))));
        assert_eq!(notification(ended), None, "the answer is awaited");
        let answered = update(&mut model, Msg::Submitted(Box::new(draft), Ok(saved.id)));
        assert_eq!(notification(answered).as_deref(), Some("1 image ready"));
    }

    #[test]
    fn canceling_is_no_reason_for_a_notification() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::FocusLost);
        let job = Record { state: JobState::Cancelled, images: Vec::new(), ..record("a red fox") };
        update(&mut model, started(&job));
        assert_eq!(notification(update(&mut model, event(job.id, JobEvent::Canceled(Box::new(job.clone()))))), None);
    }

    #[test]
    fn nothing_ticks_without_a_running_job_or_a_notice() {
        let mut model = studio(Vec::new());
        assert_eq!(model.tick_interval(), None);
        let job = record("a red fox");
        update(&mut model, started(&job));
        let frame = model.tick_interval().unwrap();
        assert!((4..=8).contains(&(1000 / frame.as_millis())), "{frame:?}");
        std::sync::Arc::make_mut(&mut model.config).slow_link = true;
        assert!(model.tick_interval().unwrap() > frame);
        update(&mut model, event(job.id, JobEvent::Saved(Box::new(job.clone()))));
        assert_eq!(model.tick_interval(), None);
        type_in(&mut model, "a blue cat");
        press(&mut model, &["enter"]);
        assert!(model.tick_interval().is_some(), "one is on its way");
    }

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
