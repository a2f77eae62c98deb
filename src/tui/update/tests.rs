//! Tables of what follows from what: no IO, no runtime, no screen.

mod finding;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use pretty_assertions::assert_eq;
use tintype_backends::{BackendError, ErrorKind, Format, Preview};

use super::update;
use crate::{
    engine::{EngineEvent, JobEvent, Reference},
    id::Id,
    library::{JobState, Query, Record},
    tui::{
        effect::{Effect, ImageData},
        fixtures::{failed, model, page, record},
        model::{Focus, Model, Notice, Popup, PreviewSource, Severity},
        msg::Msg,
    },
};

/// Presses keys, written as in the config; letters that stand alone are typed.
pub(in crate::tui) fn press(model: &mut Model, keys: &[&str]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys {
        let combination = crokey::parse(key).unwrap_or_else(|error| panic!("{key}: {error}"));
        let crokey::OneToThree::One(code) = combination.codes else { panic!("{key} is not one key") };
        effects.extend(update(model, Msg::Key(KeyEvent::new(code, combination.modifiers))));
    }
    effects
}

pub(in crate::tui) fn type_in(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))).collect()
}

/// A studio whose history is loaded.
pub(super) fn studio(records: Vec<Record>) -> Model {
    let mut model = model();
    update(&mut model, Msg::Page(Ok(page(records))));
    model
}

pub(super) fn notice(model: &Model) -> &str {
    model.notices.current().map_or("", |notice| notice.text.as_str())
}

pub(super) fn submitted(effects: &[Effect]) -> Option<&crate::engine::Draft> {
    effects.iter().find_map(|effect| match effect {
        Effect::Submit(draft) => Some(draft),
        _ => None,
    })
}

#[test]
fn enter_sends_the_prompt_with_what_the_header_says() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "a red fox");
    let effects = press(&mut model, &["enter"]);
    let draft = submitted(&effects).unwrap();
    assert_eq!(draft.prompt, "a red fox");
    assert_eq!(draft.backend.as_deref(), Some("pencil"));
    assert_eq!(draft.model.as_deref(), Some("pencil"));
    assert!(model.prompt.is_blank());
}

#[test]
fn alt_enter_and_ctrl_j_break_the_line_and_send_nothing() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "one");
    let effects = press(&mut model, &["alt-enter"]);
    type_in(&mut model, "two");
    let more = press(&mut model, &["ctrl-j"]);
    assert!(submitted(&effects).is_none() && submitted(&more).is_none());
    assert_eq!(model.prompt.text(), "one\ntwo\n");
}

#[test]
fn an_empty_prompt_is_not_sent() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "  ");
    let effects = press(&mut model, &["enter"]);
    assert!(submitted(&effects).is_none());
    assert_eq!(notice(&model), "The prompt is empty");
}

#[test]
fn a_refused_prompt_comes_back() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "a red fox");
    let effects = press(&mut model, &["enter"]);
    let draft = submitted(&effects).unwrap().clone();
    update(&mut model, Msg::Submitted(Box::new(draft), Err(Notice::new(Severity::Error, "over the budget"))));
    assert_eq!(model.prompt.text(), "a red fox");
    assert_eq!(notice(&model), "over the budget");
}

#[test]
fn a_refused_prompt_does_not_overwrite_what_was_typed_since() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "a red fox");
    let effects = press(&mut model, &["enter"]);
    let draft = submitted(&effects).unwrap().clone();
    type_in(&mut model, "a blue cat");
    update(&mut model, Msg::Submitted(Box::new(draft), Err(Notice::new(Severity::Error, "over the budget"))));
    assert_eq!(model.prompt.text(), "a blue cat");
    press(&mut model, &["alt-up"]);
    assert_eq!(model.prompt.text(), "a red fox");
}

#[test]
fn up_in_the_first_line_brings_the_older_prompt() {
    let mut model = studio(Vec::new());
    update(&mut model, Msg::PromptHistory(vec!["newest".into(), "oldest".into()]));
    type_in(&mut model, "x");
    press(&mut model, &["up", "up"]);
    assert_eq!(model.prompt.text(), "oldest");
    press(&mut model, &["down", "down"]);
    assert_eq!(model.prompt.text(), "x");
}

/// The pane that Tab leads to, one after the other.
#[test]
fn tab_goes_round_the_panes_that_are_shown() {
    let round = |columns| {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Resize(columns, 40));
        (0..4)
            .map(|_| {
                press(&mut model, &["tab"]);
                model.focus
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(round(80), [Focus::History, Focus::Preview, Focus::Prompt, Focus::History]);
    assert_eq!(round(160), [Focus::History, Focus::Preview, Focus::Settings, Focus::Prompt]);
    assert_eq!(round(40), [Focus::History, Focus::Preview, Focus::Settings, Focus::Prompt]);
}

#[test]
fn choosing_a_backend_leaves_running_jobs_alone() {
    let mut model = studio(Vec::new());
    let running = record("running");
    update(&mut model, started(&running));
    press(&mut model, &["ctrl-b"]);
    type_in(&mut model, "brush");
    press(&mut model, &["enter"]);
    assert_eq!(model.next_job.backend, "brush");
    assert_eq!(model.jobs.get(running.id).unwrap().record.backend, "pencil");
    assert_eq!(model.estimate.usd.unwrap().to_string(), "$0.042");
}

pub(super) fn started(record: &Record) -> Msg {
    event(record.id, JobEvent::Started(Box::new(record.clone())))
}

pub(super) fn event(job: Id, what: JobEvent) -> Msg {
    Msg::Engine(EngineEvent { job, what })
}

fn preview(step: u32) -> Preview {
    Preview { image: 0, step, format: Format::Png, bytes: bytes::Bytes::from(vec![step as u8]) }
}

#[test]
fn previews_of_the_selected_job_are_shown_as_they_come() {
    let running = Record { state: JobState::Sent, images: Vec::new(), ..record("running") };
    let mut model = studio(vec![running.clone(), record("old")]);
    update(&mut model, started(&running));
    let effects = update(&mut model, event(running.id, JobEvent::Preview(preview(1))));
    let wanted = effects.iter().find_map(|effect| match effect {
        Effect::PrepareImage(key, ImageData::Bytes(bytes)) => Some((key.source.clone(), bytes.to_vec())),
        _ => None,
    });
    assert_eq!(wanted, Some((PreviewSource::Preview(running.id, 0, 1), vec![1])));
}

#[test]
fn pictures_of_one_job_do_not_take_turns_while_they_sharpen() {
    let running = Record { state: JobState::Sent, images: Vec::new(), count: 2, ..record("running") };
    let mut model = studio(vec![running.clone()]);
    update(&mut model, started(&running));
    let of = |image, step| event(running.id, JobEvent::Preview(Preview { image, ..preview(step) }));
    update(&mut model, of(0, 0));
    let effects = update(&mut model, of(1, 0));
    let [Effect::PrepareGridImage(key, _)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(key.source, PreviewSource::Preview(running.id, 1, 0));
    model.focus = Focus::Preview;
    press(&mut model, &["enter"]);
    assert_eq!(update(&mut model, of(1, 1)), [], "the first one is open");
    let effects = press(&mut model, &["n"]);
    let Some(Effect::PrepareImage(key, _)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(key.source, PreviewSource::Preview(running.id, 1, 1));
}

#[test]
fn a_saved_job_is_read_from_disk_not_from_its_preview() {
    let saved = record("running");
    let running = Record { state: JobState::Sent, images: Vec::new(), ..saved.clone() };
    let mut model = studio(vec![running.clone()]);
    update(&mut model, started(&running));
    update(&mut model, event(running.id, JobEvent::Preview(preview(1))));
    let effects = update(&mut model, event(running.id, JobEvent::Saved(Box::new(saved.clone()))));
    let path = saved.images[0].path.clone();
    assert!(effects.iter().any(|e| matches!(e, Effect::PrepareImage(_, ImageData::File(file)) if *file == path)));
    assert!(effects.contains(&Effect::LoadSpent));
    assert!(model.jobs.is_empty());
}

#[test]
fn browsing_is_not_disturbed_by_a_running_job() {
    let running = Record { state: JobState::Sent, images: Vec::new(), ..record("running") };
    let mut model = studio(vec![running.clone(), record("old")]);
    update(&mut model, started(&running));
    model.focus = Focus::History;
    press(&mut model, &["down"]);
    let effects = update(&mut model, event(running.id, JobEvent::Preview(preview(1))));
    assert_eq!(effects, []);
    assert_eq!(model.history.current().unwrap().prompt, "old");
}

#[test]
fn a_failed_job_says_why_and_what_to_do() {
    let failed = failed("a fight");
    let mut model = studio(vec![Record { state: JobState::Sent, ..failed.clone() }]);
    update(&mut model, started(&failed));
    update(&mut model, event(failed.id, JobEvent::Failed(Box::new(failed.clone()))));
    let notice = &model.notices.log().next().unwrap().notice;
    assert_eq!(notice.text, "the provider refused this prompt: violence");
    assert!(notice.hint.as_ref().unwrap().starts_with("change the prompt"));
    assert_eq!(model.notices.current(), None, "the preview explains it already");
}

#[test]
fn a_cancelled_job_gives_its_prompt_back() {
    let running = record("a red fox");
    let mut model = studio(vec![running.clone()]);
    update(&mut model, started(&running));
    assert_eq!(press(&mut model, &["ctrl-c"]), [Effect::Cancel(running.id)]);
    let cancelled = Record { state: JobState::Cancelled, images: Vec::new(), ..running };
    update(&mut model, event(cancelled.id, JobEvent::Canceled(Box::new(cancelled))));
    assert_eq!(model.prompt.text(), "a red fox");
}

#[test]
fn ctrl_c_without_a_job_clears_the_prompt_and_can_be_undone() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "fox");
    press(&mut model, &["ctrl-c"]);
    assert!(model.prompt.is_blank());
    press(&mut model, &["alt-u"]);
    assert_eq!(model.prompt.text(), "fox");
}

#[test]
fn one_key_takes_over_prompt_backend_model_and_settings() {
    let mut old = record("a red fox");
    old.backend = "brush".into();
    old.model = "brush-old".into();
    old.settings.insert("style".into(), "line".into());
    old.count = 3;
    let mut model = studio(vec![old]);
    model.focus = Focus::History;
    press(&mut model, &["s"]);
    assert_eq!(model.focus, Focus::Prompt);
    let draft = model.draft();
    assert_eq!((draft.prompt.as_str(), draft.backend.as_deref()), ("a red fox", Some("brush")));
    assert_eq!((draft.model.as_deref(), draft.count), (Some("brush-old"), 3));
    assert_eq!(draft.settings["style"], "line".into());
}

#[test]
fn taking_over_from_a_backend_that_is_gone_keeps_the_prompt_and_says_so() {
    let mut model = studio(vec![Record { backend: "crayon".into(), ..record("a red fox") }]);
    model.focus = Focus::History;
    press(&mut model, &["s"]);
    assert_eq!(model.prompt.text(), "a red fox");
    assert_eq!(model.next_job.backend, "pencil");
    assert!(notice(&model).contains("no backend `crayon`"));
}

#[test]
fn a_picture_to_start_from_needs_a_backend_that_takes_one() {
    let old = record("a red fox");
    let image = old.images[0].id;
    let mut model = studio(vec![old]);
    model.focus = Focus::History;
    press(&mut model, &["e"]);
    assert!(model.next_job.references.inputs.is_empty() && notice(&model).contains("takes no reference images"));
    model.next_job.backend = "brush".into();
    press(&mut model, &["e"]);
    assert_eq!(model.next_job.references.inputs, [Reference::Image(image)]);
    type_in(&mut model, "make it blue");
    let effects = press(&mut model, &["enter"]);
    assert_eq!(submitted(&effects).unwrap().parent, Some(image));
    assert!(model.next_job.references.inputs.is_empty());
}

#[test]
fn searching_asks_as_one_types_and_esc_drops_it() {
    let fox = record("a red fox");
    let mut model = studio(vec![fox.clone()]);
    press(&mut model, &["ctrl-r"]);
    let effects = type_in(&mut model, "fo");
    let asked = |text: &str| Effect::LoadPage(Query::new(text), 0, vec![fox.id]);
    assert_eq!(effects, [asked("f"), asked("fo")]);
    assert_eq!(press(&mut model, &["esc"]), [asked("")]);
    assert!(model.history.search.is_none());
}

#[test]
fn letters_typed_into_a_search_are_not_commands() {
    let mut model = studio(vec![record("a red fox")]);
    press(&mut model, &["ctrl-r"]);
    let effects = type_in(&mut model, "dx?/");
    assert!(effects.iter().all(|effect| matches!(effect, Effect::LoadPage(..))));
    assert_eq!(model.history.query.text, "dx?/");
}

#[test]
fn deleting_can_be_undone() {
    let old = record("a red fox");
    let mut model = studio(vec![old.clone()]);
    model.focus = Focus::History;
    assert_eq!(press(&mut model, &["d"]), [Effect::Delete(vec![old.id])]);
    update(&mut model, Msg::Deleted(vec![old.id], Ok(())));
    assert_eq!(notice(&model), "Moved to trash: a red fox");
    assert!(press(&mut model, &["u"]).contains(&Effect::Undelete(vec![old.id])));
}

#[test]
fn a_running_job_is_not_deleted() {
    let running = record("running");
    let mut model = studio(vec![running.clone()]);
    update(&mut model, started(&running));
    model.focus = Focus::History;
    assert_eq!(press(&mut model, &["d"]), []);
    assert_eq!(notice(&model), "this job is still running");
}

#[test]
fn quitting_while_jobs_run_asks_once() {
    let mut model = studio(Vec::new());
    update(&mut model, started(&record("running")));
    press(&mut model, &["ctrl-q"]);
    assert!(!model.quitting);
    let effects = press(&mut model, &["ctrl-q"]);
    assert!(model.quitting && effects.contains(&Effect::SaveSession(model.session())));
}

#[test]
fn a_hint_names_the_key_as_it_is_bound() {
    let mut model = studio(Vec::new());
    let key = crokey::parse("f9").unwrap();
    let binding = crate::config::KeyBinding { context: "global".into(), action: "quit".into(), keys: vec![key] };
    std::sync::Arc::make_mut(&mut model.config).keymap = crate::tui::keymap::Keymap::with_bindings(&[binding]).unwrap();
    press(&mut model, &["ctrl-c"]);
    assert_eq!(model.notices.current().unwrap().hint.as_deref(), Some("F9 to quit"));
}

#[test]
fn another_key_between_takes_the_warning_back() {
    let mut model = studio(Vec::new());
    update(&mut model, started(&record("running")));
    press(&mut model, &["ctrl-q", "a", "ctrl-q"]);
    assert!(!model.quitting);
}

#[test]
fn ctrl_q_quits_from_everywhere() {
    let places: [&[&str]; 7] = [&[], &["tab"], &["ctrl-p"], &["ctrl-b"], &["f1"], &["ctrl-r"], &["f4"]];
    for keys in places {
        let mut model = studio(vec![record("a red fox")]);
        press(&mut model, keys);
        press(&mut model, &["ctrl-q"]);
        assert!(model.quitting, "after {keys:?}");
    }
}

#[test]
fn the_palette_carries_out_what_is_chosen() {
    let mut model = studio(Vec::new());
    press(&mut model, &["ctrl-p"]);
    type_in(&mut model, "switch theme");
    press(&mut model, &["enter"]);
    assert!(matches!(model.popup, Some(Popup::Switch(..))));
}

#[test]
fn a_better_prompt_is_taken_only_on_a_word_and_both_are_kept() {
    let mut model = studio(Vec::new());
    let ask = |model: &mut Model| press(model, &["alt-o"]);
    assert!(ask(&mut model).is_empty() && notice(&model).contains("No prompt to enhance"));
    type_in(&mut model, "a fox");
    assert!(matches!(ask(&mut model).as_slice(), [Effect::RewritePrompt(draft)] if draft.prompt == "a fox"));
    assert!(ask(&mut model).is_empty(), "one question at a time");
    let directed =
        crate::library::PromptRewrite { from: "a fox".into(), by: "codex".into(), model: "m".into(), cost: None };
    let answer = || crate::engine::EnhancedPrompt { prompt: "a red fox in snow".into(), directed: directed.clone() };
    update(&mut model, Msg::PromptRewrite(Ok(answer())));
    press(&mut model, &["esc"]);
    assert_eq!((model.prompt.text().as_str(), model.next_job.directed.clone()), ("a fox", None));
    update(&mut model, Msg::PromptRewrite(Ok(answer())));
    press(&mut model, &["enter"]);
    assert_eq!(model.prompt.text(), "a red fox in snow");
    assert!(
        press(&mut model, &["enter"])
            .iter()
            .any(|effect| matches!(effect, Effect::Submit(draft) if draft.directed.as_ref() == Some(&directed)))
    );
    assert_eq!(model.next_job.directed, None, "the next prompt is the person's own");
}

#[test]
fn a_question_mark_is_text_in_the_prompt_and_help_elsewhere() {
    let mut model = studio(Vec::new());
    type_in(&mut model, "who?");
    assert_eq!(model.prompt.text(), "who?");
    press(&mut model, &["tab", "?"]);
    assert!(matches!(model.popup, Some(Popup::Help(_))));
    press(&mut model, &["esc"]);
    assert!(model.popup.is_none());
}

#[test]
fn settings_are_changed_by_arrows_and_go_into_the_draft() {
    let mut model = studio(Vec::new());
    press(&mut model, &["ctrl-s", "down", "down", "right"]);
    assert_eq!(model.draft().settings["size"], "1536x1024".into());
    press(&mut model, &["backspace"]);
    assert!(model.draft().settings.is_empty());
}

#[test]
fn a_typed_value_is_checked_where_it_is_typed() {
    let mut model = studio(Vec::new());
    press(&mut model, &["ctrl-s", "down", "down", "down", "down", "enter"]);
    press(&mut model, &["backspace"]);
    type_in(&mut model, "100");
    press(&mut model, &["enter"]);
    let Some(Popup::Text(editor)) = &model.popup else { panic!("{:?}", model.popup) };
    assert_eq!(editor.error.as_deref(), Some("`seed` does not take `100`: a whole number from 0 to 99"));
    press(&mut model, &["backspace", "enter"]);
    assert!(model.popup.is_none());
    assert_eq!(model.draft().settings["seed"], 10.into());
}

#[test]
fn settings_of_one_backend_wait_while_another_is_chosen() {
    let mut model = studio(Vec::new());
    press(&mut model, &["ctrl-s", "down", "down", "right", "up", "up", "right"]);
    assert_eq!(model.next_job.backend, "brush");
    assert!(model.draft().settings.is_empty());
    press(&mut model, &["left"]);
    assert_eq!(model.draft().settings["size"], "1536x1024".into());
}

#[test]
fn a_paste_goes_into_the_prompt_wherever_the_focus_is() {
    let mut model = studio(Vec::new());
    press(&mut model, &["tab"]);
    update(&mut model, Msg::Paste("line one\nline two".into()));
    assert_eq!(model.prompt.text(), "line one\nline two");
    assert_eq!(model.focus, Focus::Prompt);
}

#[test]
fn a_broken_config_is_told_and_changes_nothing() {
    let mut model = studio(Vec::new());
    let before =
        model.config.keymap.label(crate::tui::action::KeyContext::Global, crate::tui::action::Action::Quit, false);
    update(&mut model, Msg::Reloaded(Err(Notice::new(Severity::Error, "config.toml:3:1: unknown key `qualty`"))));
    assert!(notice(&model).starts_with("config.toml:3:1"));
    let after =
        model.config.keymap.label(crate::tui::action::KeyContext::Global, crate::tui::action::Action::Quit, false);
    assert_eq!(before, after);
}

#[test]
fn a_click_selects_the_row_under_it() {
    let mut model = studio((0..5).map(|i| record(&i.to_string())).collect());
    let click =
        MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column: 3, row: 8, modifiers: KeyModifiers::NONE };
    update(&mut model, Msg::Mouse(click));
    assert_eq!((model.focus, model.history.selected), (Focus::History, 2));
}

#[test]
fn nothing_is_drawn_twice_for_the_same_wish() {
    let mut model = studio(vec![record("a red fox")]);
    assert_eq!(update(&mut model, Msg::Tick), []);
    let effects = update(&mut model, Msg::Resize(120, 40));
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::PrepareImage(..))).count(), 1);
}

#[test]
fn a_thousand_rows_are_walked_without_loading_them_all() {
    let mut model = model();
    let rows = (0..100).map(|i| record(&i.to_string())).collect();
    update(&mut model, Msg::Page(Ok(crate::library::Page { total: 100_000, ..page(rows) })));
    model.focus = Focus::History;
    let effects = press(&mut model, &["end"]);
    let loads = effects.iter().filter(|effect| matches!(effect, Effect::LoadPage(..))).count();
    assert!((1..=2).contains(&loads), "{effects:?}");
}

#[test]
fn an_error_with_a_request_id_survives_in_the_record() {
    let error = BackendError::new(ErrorKind::Server, "the server failed").with_request_id(Some("req_9".into()));
    let broken = Record { state: JobState::Failed, error: Some(error), images: Vec::new(), ..record("x") };
    let mut model = studio(vec![Record { state: JobState::Sent, ..broken.clone() }]);
    update(&mut model, event(broken.id, JobEvent::Failed(Box::new(broken.clone()))));
    assert_eq!(model.history.current().unwrap().error, broken.error);
}

#[test]
fn flipping_shows_the_picture_before_and_then_this_one_again() {
    let mut model = studio(vec![record("a"), record("b"), record("c")]);
    model.focus = Focus::Preview;
    press(&mut model, &["b"]);
    assert_eq!(notice(&model), "No previous image yet");
    press(&mut model, &["pagedown", "pagedown", "1", "b"]);
    assert_eq!(model.history.selected, 1);
    assert_eq!(model.preview.view.zoom, crate::picture::Zoom::Scale(1.0), "it is looked at as closely");
    press(&mut model, &["b"]);
    assert_eq!(model.history.selected, 2);
}

#[test]
fn the_pane_is_filled_and_fitted_again() {
    let mut model = studio(vec![record("a")]);
    model.focus = Focus::Preview;
    press(&mut model, &["z"]);
    assert_eq!(model.preview.view.zoom, crate::picture::Zoom::Fill);
    press(&mut model, &["z"]);
    assert_eq!(model.preview.view, crate::picture::ImageViewport::default());
}

#[test]
fn the_file_is_handed_on_as_picture_and_as_folder() {
    let mut model = studio(vec![record("a")]);
    model.focus = Focus::Preview;
    assert!(press(&mut model, &["c"]).contains(&Effect::CopyImage("/pictures/a.png".into())));
    assert!(press(&mut model, &["w"]).contains(&Effect::Open("/pictures".into())));
}

#[test]
fn neighbours_are_made_ready_once_and_only_when_the_picture_itself_is_there() {
    let ready =
        |effects: Vec<Effect>| effects.into_iter().filter(|effect| matches!(effect, Effect::PrefetchImage(..))).count();
    let mut model = model();
    let effects = update(&mut model, Msg::Page(Ok(page(vec![record("a"), record("b"), record("c")]))));
    let key = effects.iter().find_map(|effect| match effect {
        Effect::PrepareImage(key, _) => Some(key.clone()),
        _ => None,
    });
    assert_eq!(ready(effects), 0);
    let picture = image::RgbaImage::from_pixel(200, 200, image::Rgba([1, 2, 3, 255]));
    let facts = crate::picture::DisplayCapabilities::without_probe(
        &|_| None,
        crate::picture::TerminalWindow::default(),
        Some(crate::picture::Protocol::Blocks),
    );
    let fitted = crate::picture::prepare_decoded(
        &picture,
        Format::Png,
        (40, 20).into(),
        &crate::picture::ImageViewport::default(),
        &facts,
        crate::picture::ImageBackground::Checkerboard,
    );
    let answer = Msg::Prepared(key.unwrap(), Ok(fitted.unwrap()));
    assert_eq!(ready(update(&mut model, answer)), 1, "the first has a neighbour below only");
    assert_eq!(ready(update(&mut model, Msg::Tick)), 0);
}
