//! Messages that end, the keys of a failed job, and keys that are the same everywhere.

use pretty_assertions::assert_eq;

use super::{event, notice, press, started, studio, submitted};
use crate::{
    engine::JobEvent,
    library::{JobState, Record},
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        fixtures::{failed, model, page, record},
        model::{Focus, Notice, Severity},
        msg::Msg,
        update::update,
    },
};

#[test]
fn failure_of_a_job_that_is_not_shown_stays_until_it_is_looked_at() {
    let failed = failed("a fight");
    let running = Record { state: JobState::Sent, ..failed.clone() };
    let mut model = studio(vec![running.clone(), record("a cat")]);
    update(&mut model, started(&running));
    model.focus = Focus::History;
    press(&mut model, &["down"]);
    update(&mut model, event(failed.id, JobEvent::Failed(Box::new(failed.clone()))));
    update(&mut model, Msg::Page(Ok(page(vec![failed, record("a cat")]))));
    press(&mut model, &["end"]);
    assert_eq!(notice(&model), "the provider refused this prompt: violence");
    press(&mut model, &["home"]);
    assert_eq!(notice(&model), "");
}

#[test]
fn keys_of_a_failed_job_retry_it_edit_its_prompt_and_copy_its_error() {
    let failed = failed("a fight");
    let mut model = studio(vec![failed.clone()]);
    for focus in [Focus::History, Focus::Preview] {
        model.focus = focus;
        assert_eq!(submitted(&press(&mut model, &["r"])).unwrap().prompt, "a fight", "{focus:?}");
        let copied = press(&mut model, &["y"]);
        let Some(Effect::Copy(text)) = copied.first() else { panic!("{copied:?}") };
        assert!(text.contains("refused this prompt") && text.contains("req_123"), "{text}");
        press(&mut model, &["e"]);
        assert_eq!((model.prompt.text().as_str(), model.focus), ("a fight", Focus::Prompt));
    }
}

#[test]
fn q_leaves_every_pane_and_view_but_types_in_the_prompt() {
    for focus in [Focus::History, Focus::Preview, Focus::Settings] {
        let mut model = studio(vec![record("a red fox")]);
        model.focus = focus;
        press(&mut model, &["q"]);
        assert_eq!((model.focus, model.quitting), (Focus::Prompt, false), "{focus:?}");
    }
    let mut model = studio(vec![record("a red fox")]);
    press(&mut model, &["f4", "q"]);
    assert_eq!((model.preview_maximized, model.focus), (false, Focus::Prompt));
    press(&mut model, &["f8", "q"]);
    assert!(model.screen.is_none());
    press(&mut model, &["q"]);
    assert_eq!(model.prompt.text(), "q");
}

#[test]
fn history_and_preview_have_the_same_verbs() {
    let keys = "enter f z b c w m d u x r R s e a i y o n p / q";
    let model = model();
    for key in keys.split(' ') {
        let key = if key == "R" { "shift-r" } else { key };
        let combination = crokey::parse(key).unwrap();
        let action = |context| model.config.keymap.action(context, combination);
        let (history, preview) = (action(KeyContext::History), action(KeyContext::Preview));
        assert!(history.is_some() && preview.is_some(), "{key}");
        assert!(history == preview || preview == Some(Action::OpenImage), "{key}: {history:?} {preview:?}");
    }
}

#[test]
fn esc_passes_a_message_that_expires_and_does_its_work() {
    let mut model = studio(vec![record("a red fox")]);
    model.focus = Focus::History;
    update(&mut model, Msg::Notify(Notice::new(Severity::Success, "Copied")));
    press(&mut model, &["esc"]);
    assert_eq!((model.focus, model.notices.current()), (Focus::Prompt, None));
}

#[test]
fn quit_warning_ends_with_another_key() {
    let mut model = studio(Vec::new());
    update(&mut model, started(&record("running")));
    press(&mut model, &["ctrl-q"]);
    assert_eq!(notice(&model), "1 image is still running");
    press(&mut model, &["a"]);
    assert_eq!(notice(&model), "");
}
