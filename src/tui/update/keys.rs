//! From a key to what it does: an open popup first, then the pane with the focus, then everywhere.
//! What an action does stands in its pane's module.

use crokey::KeyCombination;
use crossterm::event::{KeyEvent, KeyEventKind};

use super::{act::act, history, popup, prompt};
use crate::tui::{
    action::{Action, Context},
    effect::Effect,
    model::Model,
};

/// A key was pressed or repeated.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let context = model.context();
    let action = model.keymap.action(context, KeyCombination::from(key));
    if action != Some(Action::Quit) {
        model.quit_warned = false;
    }
    if context == Context::History && model.history.search.is_some() {
        return history::search_key(model, key, action);
    }
    match (context, action) {
        (Context::Popup, Some(action)) if popup::takes(model, action, key) => popup::act(model, action),
        (Context::Popup, _) => popup::typed(model, key),
        (_, Some(action)) => act(model, action),
        (Context::Prompt, None) => prompt::typed(model, key),
        (_, None) => Vec::new(),
    }
}

/// Text was pasted: into an open input, else into the prompt, wherever the focus is.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.popup.is_some() {
        return popup::pasted(model, text);
    }
    if model.history.search.is_some() {
        return history::search_paste(model, text);
    }
    prompt::pasted(model, text)
}
