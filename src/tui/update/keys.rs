//! From a key to what it does: an open popup first, then the pane with the focus, then everywhere.
//! What an action does stands in its pane's module.

use crokey::KeyCombination;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    chips,
    dispatch_action::{dispatch_action, dispatch_in_popup},
    dropped, history, popup, prompt,
};
use crate::tui::{
    action::{Action, KeyContext},
    dropped_paths::Arrival,
    effect::Effect,
    model::Model,
};

/// A key was pressed or repeated.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    dropped::flush(model);
    let context = model.context();
    let action = model.config.keymap.action(context, KeyCombination::from(key));
    if action.is_some() {
        model.reference_pane.selected = None;
    }
    if action != Some(Action::Quit) {
        model.forget_quit_warning();
    }
    if is_search(model, context) {
        return match action.filter(|_| !history::is_search_key(key.code)) {
            Some(action @ (Action::Quit | Action::Suspend | Action::Redraw)) => dispatch_action(model, action),
            _ => history::search_key(model, key),
        };
    }
    match (context, action) {
        (KeyContext::Popup, Some(action)) if popup::takes(model, action, key) => dispatch_in_popup(model, action),
        (KeyContext::Popup, _) => popup::typed(model, key),
        (_, Some(action)) => dispatch_action(model, action),
        (KeyContext::Prompt, None) => chips::key(model, key).unwrap_or_else(|| prompt::typed(model, key)),
        (_, None) => Vec::new(),
    }
}

/// Returns `true` if keys are typed into the search line.
const fn is_search(model: &Model, context: KeyContext) -> bool {
    matches!(context, KeyContext::History | KeyContext::Gallery) && model.history.search.is_some()
}

/// Keys that came together: what is text goes into the open input in one go, so that a long run costs what its
/// characters cost and no more. What comes of it is what comes of its keys one by one.
pub(super) fn run(model: &mut Model, run: &[KeyEvent]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut text = String::new();
    for pressed in run {
        if let Some(c) = letter(model, *pressed) {
            text.push(c);
            continue;
        }
        effects.extend(type_in(model, &std::mem::take(&mut text)));
        effects.extend(key(model, *pressed));
    }
    effects.extend(type_in(model, &text));
    effects
}

/// The character that a key types, where an input is open and no action wants the key.
fn letter(model: &Model, key: KeyEvent) -> Option<char> {
    let KeyCode::Char(c) = key.code else { return None };
    if key.kind == KeyEventKind::Release || key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return None;
    }
    let context = model.context();
    let action = model.config.keymap.action(context, KeyCombination::from(key));
    let types = match context {
        KeyContext::Popup => popup::has_input(model) && action != Some(Action::Quit),
        KeyContext::History | KeyContext::Gallery if is_search(model, context) => {
            !matches!(action, Some(Action::Quit | Action::Suspend | Action::Redraw))
        }
        KeyContext::Prompt => action.is_none(),
        _ => false,
    };
    types.then_some(c)
}

fn type_in(model: &mut Model, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return Vec::new();
    }
    model.forget_quit_warning();
    go_on(model);
    match model.context() {
        KeyContext::Popup => popup::pasted(model, text),
        KeyContext::History | KeyContext::Gallery => history::search_paste(model, text),
        _ => dropped::hold(model, text, Arrival::Typed).unwrap_or_else(|| prompt::type_in(model, text)),
    }
}

/// Inserts a text that still waits for its check, and leaves the chips.
fn go_on(model: &mut Model) {
    dropped::flush(model);
    model.reference_pane.selected = None;
}

/// Text was pasted: into an open input, else into the prompt, wherever the focus is.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    go_on(model);
    if model.popup.is_some() {
        return popup::pasted(model, text);
    }
    if is_search(model, model.context()) {
        return history::search_paste(model, text);
    }
    dropped::hold(model, text, Arrival::Pasted).unwrap_or_else(|| prompt::pasted(model, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        fixtures::record,
        model::Popup,
        msg::Msg,
        update::{tests::studio, update},
    };

    /// Everything that characters can change.
    fn state(model: &Model) -> String {
        let popup = match &model.popup {
            Some(Popup::Palette(list) | Popup::Switch(_, list)) => format!("{} {:?}", list.input.text(), list.matches),
            Some(Popup::Text(editor)) => editor.input.text().to_owned(),
            Some(Popup::File(editor)) => editor.input.text().to_owned(),
            other => format!("{other:?}"),
        };
        let search = model.history.search.as_ref().map(|input| input.text().to_owned());
        let history = (&model.history.query, search, model.history.selected, model.focus);
        format!("{:?} {popup} {history:?} {:?}", model.prompt.text(), model.preview.view)
    }

    #[test]
    fn keys_that_come_together_do_what_they_do_one_by_one() {
        let mut random = fastrand::Rng::with_seed(15);
        let letters: Vec<char> = "aedhijkmnopqrtux?/ MGé猫+-0123".chars().collect();
        let opened_by = ["", "f1", "ctrl-p", "ctrl-b", "ctrl-r", "tab", "tab tab", "tab tab tab", "f6", "f8"];
        let records = ["a fox", "two dogs", "a cat"].map(record);
        for at in 0..300 {
            let mut models = [(); 2].map(|()| studio(records.to_vec()));
            let typed: Vec<KeyEvent> = (0..random.usize(1..12))
                .map(|_| KeyCode::Char(letters[random.usize(..letters.len())]).into())
                .collect();
            for key in opened_by[at % opened_by.len()].split_whitespace() {
                for model in &mut models {
                    crate::tui::update::tests::press(model, &[key]);
                }
            }
            let [together, apart] = &mut models;
            update(together, Msg::Keys(typed.clone()));
            for key in &typed {
                update(apart, Msg::Key(*key));
            }
            assert_eq!(state(together), state(apart), "{typed:?}");
        }
    }

    #[test]
    fn a_long_text_that_comes_as_keys_is_one_edit() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Keys(vec![KeyCode::Char('x').into(); 60_000]));
        assert_eq!(model.prompt.text().len(), 60_000);
        assert!(model.prompt.area.undo() && model.prompt.is_blank(), "one step undoes it");
    }

    #[test]
    fn what_a_prompt_has_no_room_for_is_counted_in_one_message() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Paste("line\n".repeat(1_000_000)));
        let said = |model: &Model| model.notices.current().map(|notice| notice.text.clone());
        assert_eq!(said(&model).as_deref(), Some("prompt is full: 4936000 characters left out"));
        update(&mut model, Msg::Keys(vec![KeyCode::Char('x').into(); 2]));
        assert_eq!(
            (said(&model).as_deref(), model.notices.hidden_count()),
            (Some("prompt is full: 2 characters left out"), 0)
        );
    }
}
