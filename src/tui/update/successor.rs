//! Models that have ended or will: the word in advance, and the key that sends a prompt on to the successor.
//! No model is exchanged in silence.

use std::collections::BTreeMap;

use tintype_backends::Settings;

use super::notify::notify;
use crate::{
    engine::Draft,
    library::Record,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{JobReferences, Model, Notice, NoticeTopic, Severity},
    },
};

/// The key that sends a failed job on, in words.
pub(super) fn hint(model: &Model, record: &Record) -> Option<String> {
    let successor = model.successor(record)?;
    model.key_hint(KeyContext::Global, Action::SendToSuccessor, &format!("to send this prompt to `{successor}`"))
}

/// Sends the selected job's prompt, with everything it was given, to the successor, which draws from now on.
pub(super) fn send(model: &mut Model) -> Vec<Effect> {
    let Some(record) = model.history.current().cloned() else { return nothing(model) };
    let Some(id) = model.successor(&record) else { return nothing(model) };
    let draft = match model.draft_of(&record) {
        Ok(draft) => draft,
        Err(notice) => return notify(model, notice),
    };
    let settings = fitting(model, &record.backend, &id, &draft.settings);
    // Where another backend draws by now, that stays so.
    if model.next_job.backend == record.backend {
        model.next_job.models.insert(record.backend.clone(), id.clone());
    }
    model.notices.dismiss();
    // It had come back when it failed.
    if model.prompt.text() == draft.prompt {
        model.prompt.record_sent(draft.prompt.clone());
        model.next_job.references = JobReferences::default();
    }
    model.update_estimate();
    notify(model, Notice::new(Severity::Info, format!("Sent to `{id}`")));
    vec![Effect::Submit(Draft { model: Some(id), settings, backend: Some(record.backend), ..draft })]
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    notify(model, Notice::new(Severity::Info, "The selected job did not fail because of a retired model"))
}

/// The settings that the model takes.
fn fitting(model: &Model, backend: &str, id: &str, settings: &Settings) -> Settings {
    let can = model.registry.get(backend).map(|backend| backend.capabilities());
    let Some(known) = can.and_then(|can| can.model(id)) else { return Settings::new() };
    let fits = |name: &str, value| known.param(name).is_some_and(|param| param.check(value).is_ok());
    settings.iter().filter(|(name, value)| fits(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Asks a server once which of its models will end. Only one that has just drawn: its key is at hand by then, and
/// opening the studio asks nobody anything.
pub(super) fn ask_once(model: &mut Model, backend: &str) -> Option<Effect> {
    let can = model.registry.get(backend)?.capabilities();
    if can.offline || model.shutdowns.contains_key(backend) {
        return None;
    }
    model.shutdowns.insert(backend.to_owned(), BTreeMap::new());
    Some(Effect::LoadShutdowns(backend.to_owned()))
}

/// A server announced the last days of its models.
pub(super) fn announced(model: &mut Model, backend: &str, endings: BTreeMap<String, String>) -> Vec<Effect> {
    let id = model.model_id().to_owned();
    let before = model.life(backend, &id);
    model.shutdowns.insert(backend.to_owned(), endings);
    let now = model.life(backend, &id).filter(|now| before.as_ref() != Some(now));
    match now.filter(|_| model.next_job.backend == backend).and_then(|life| model.shutdown_notice(&id, &life)) {
        Some(notice) => {
            model.notices.clear(NoticeTopic::Shutdown);
            notify(model, notice)
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use tintype_backends::{BackendError, ErrorKind};

    use super::*;
    use crate::{
        engine::{JobEvent, Reference},
        library::JobState,
        tui::{
            fixtures::record,
            msg::Msg,
            update::{
                tests::{event, notice, press, started, studio, submitted, type_in},
                update,
            },
        },
    };

    fn retired() -> Record {
        let error = BackendError::new(ErrorKind::ModelRetired, "`brush-old` is not on this server")
            .with_hint("`tintype generate \u{2026} -m brush`")
            .with_successor("brush");
        let old = Record { backend: "brush".into(), model: "brush-old".into(), ..record("a red fox") };
        Record { state: JobState::Failed, error: Some(error), images: Vec::new(), ..old }
    }

    #[test]
    fn one_key_sends_the_kept_prompt_with_its_pictures_to_the_successor() {
        let failed = retired();
        let mut model = studio(vec![failed.clone()]);
        model.next_job.backend = "brush".into();
        model.next_job.models.insert("brush".into(), "brush-old".into());
        model.next_job.references.inputs = vec![Reference::File("/a.png".into())];
        type_in(&mut model, "a red fox");
        let effects = press(&mut model, &["enter"]);
        let draft = submitted(&effects).unwrap().clone();
        update(&mut model, Msg::Submitted(draft.into(), Ok(failed.id)));
        update(&mut model, started(&failed));
        update(&mut model, event(failed.id, JobEvent::Failed(Box::new(failed.clone()))));
        let hint = model.notices.log().next().unwrap().notice.hint.clone().unwrap();
        assert_eq!(hint, "Ctrl+N to send this prompt to `brush`");
        update(&mut model, Msg::Page(Ok(crate::tui::fixtures::page(vec![failed]))));
        let effects = press(&mut model, &["ctrl-n"]);
        let sent = submitted(&effects).unwrap();
        assert_eq!((sent.prompt.as_str(), sent.model.as_deref()), ("a red fox", Some("brush")));
        assert_eq!(sent.inputs, [Reference::File("/a.png".into())]);
        assert_eq!(model.model_id(), "brush", "the successor draws from now on");
    }

    #[test]
    fn a_declared_successor_takes_over_where_the_error_names_none() {
        let mut failed = retired();
        let error = BackendError::new(ErrorKind::ModelRetired, "that model is gone");
        failed.error = Some(error);
        let mut model = studio(vec![failed]);
        let effects = press(&mut model, &["ctrl-n"]);
        assert_eq!(submitted(&effects).unwrap().model.as_deref(), Some("brush"));
    }

    #[test]
    fn a_job_of_an_earlier_session_is_sent_on_as_far_as_it_is_known() {
        let mut failed = retired();
        failed.parent = Some(crate::id::Id::new());
        failed.settings.insert("gone".into(), "x".into());
        let mut model = studio(vec![failed.clone()]);
        let effects = press(&mut model, &["ctrl-n"]);
        let sent = submitted(&effects).unwrap();
        assert_eq!((sent.backend.as_deref(), sent.parent), (Some("brush"), failed.parent));
        assert_eq!(sent.inputs, [Reference::Image(failed.parent.unwrap())]);
        assert!(!sent.settings.contains_key("gone") && sent.settings.contains_key("size"));
        assert_eq!(model.next_job.backend, "pencil", "what is chosen stays chosen");
    }

    #[test]
    fn only_a_retired_model_has_a_successor() {
        let mut model = studio(vec![record("a red fox")]);
        assert_eq!(press(&mut model, &["ctrl-n"]), []);
        assert_eq!(notice(&model), "The selected job did not fail because of a retired model");
    }

    #[test]
    fn a_server_is_asked_once_and_its_word_is_shown_in_advance() {
        let saved = Record { backend: "brush".into(), model: "brush".into(), ..record("a red fox") };
        let mut model = studio(vec![saved.clone()]);
        model.next_job.backend = "brush".into();
        let asks = |effects: Vec<Effect>| effects.contains(&Effect::LoadShutdowns("brush".into()));
        assert!(asks(update(&mut model, event(saved.id, JobEvent::Saved(Box::new(saved.clone()))))));
        assert!(!asks(update(&mut model, event(saved.id, JobEvent::Saved(Box::new(saved))))));
        let ends = [("brush".to_owned(), "2026-12-01".to_owned())];
        update(&mut model, Msg::Shutdowns("brush".into(), ends.into()));
        assert_eq!(notice(&model), "`brush` will be shut down on 2026-12-01, in 9 days");
        press(&mut model, &["ctrl-o"]);
        let Some(crate::tui::model::Popup::Switch(_, list)) = &model.popup else { panic!("no list") };
        assert!(list.items[0].description.starts_with("until 2026-12-01 · "), "{}", list.items[0].description);
    }

    #[test]
    fn choosing_a_model_that_has_ended_says_so() {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        press(&mut model, &["ctrl-o", "down", "enter"]);
        assert_eq!(notice(&model), "`brush-old` was shut down on 2026-10-23; other servers may still offer it");
        assert!(model.notices.current().unwrap().hint.as_ref().unwrap().ends_with("to choose its successor, `brush`"));
    }
}
