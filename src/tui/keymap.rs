//! The keymap: the defaults of [`ACTIONS`] with the user's bindings applied.
//! It reads no file; the config has parsed the keys already, and bindings that conflict are rejected here.

use std::collections::HashMap;

use crokey::{KeyCombination, OneToThree};
use crossterm::event::{KeyCode, KeyModifiers};

use super::action::{ACTIONS, Action, ActionRow, KeyContext};
use crate::config::KeyBinding;

/// The actions that keys are bound to, by context.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    actions: HashMap<(KeyContext, KeyCombination), Action>,
    /// The keys of each row of `ACTIONS`, in the same order.
    keys: Vec<Vec<KeyCombination>>,
}

/// The reason why a binding was rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// There is no such context.
    #[error("unknown key context `{0}`")]
    Context(String),
    /// There is no such action in that context.
    #[error("unknown action `{action}` in `{context}`")]
    Action {
        context: String,
        action: String,
        /// Similar name that was perhaps meant, if there is one.
        nearest: Option<String>,
    },
    /// A key that types a character is bound where characters are typed.
    #[error("`{key}` cannot be bound in `{context}`: it is needed for typing")]
    TypesCharacter { key: String, context: String },
    /// No key would quit.
    #[error("no key is bound to quit in `{0}`")]
    NoQuit(String),
    /// No key would close a popup.
    #[error("no key is bound to close a popup or quit in it")]
    NoClose,
    /// Two actions are bound to the same key.
    #[error("`{key}` is bound twice in `{context}`: to `{first}` and to `{second}`")]
    Conflict {
        key: String,
        context: String,
        /// Name of the action that has the key already.
        first: String,
        /// Name of the action that is bound to it too.
        second: String,
    },
}

impl Default for Keymap {
    fn default() -> Self {
        let keys: Vec<Vec<KeyCombination>> = ACTIONS.iter().map(default_keys).collect();
        let mut map = Self { actions: HashMap::new(), keys };
        map.rebuild_index();
        map
    }
}

fn default_keys(row: &ActionRow) -> Vec<KeyCombination> {
    row.keys.iter().filter_map(|key| crokey::parse(key).ok()).map(KeyCombination::normalized).collect()
}

impl Keymap {
    /// Applies `bindings` to the defaults. A binding replaces all keys of its action and takes its keys away from the
    /// defaults of other actions; two bindings of the user that want the same key are rejected.
    pub fn with_bindings(bindings: &[KeyBinding]) -> Result<Self, (usize, KeymapError)> {
        let mut map = Self::default();
        let mut taken: HashMap<(KeyContext, KeyCombination), &str> = HashMap::new();
        for (index, binding) in bindings.iter().enumerate() {
            let at = |error| (index, error);
            let (context, place) = locate(binding).map_err(at)?;
            let keys: Vec<_> = binding.keys.iter().map(|key| key.normalized()).collect();
            if let Some(letter) = keys.iter().find(|key| is_typed_in(context, **key)) {
                return Err(at(KeymapError::TypesCharacter {
                    key: label(*letter),
                    context: context.name().to_owned(),
                }));
            }
            for key in &keys {
                if let Some(first) =
                    taken.insert((context, *key), &binding.action).filter(|first| *first != binding.action)
                {
                    return Err(at(conflict(*key, context, first, &binding.action)));
                }
            }
            map.replace_keys(context, place, keys);
        }
        map.rebuild_index();
        match map.find_lockout() {
            None => Ok(map),
            Some(trap) => Err((binding_to_blame(bindings, &trap), trap)),
        }
    }

    /// Returns an error if there is a context without a way out.
    fn find_lockout(&self) -> Option<KeymapError> {
        let quits = |context: &KeyContext| self.is_reachable(*context, Action::Quit);
        if !quits(&KeyContext::Popup) && !self.is_reachable(KeyContext::Popup, Action::PopupClose) {
            return Some(KeymapError::NoClose);
        }
        let outside = KeyContext::ALL.into_iter().filter(|context| *context != KeyContext::Popup);
        let trapped = outside.into_iter().find(|context| !quits(context));
        trapped.map(|context| KeymapError::NoQuit(context.name().to_owned()))
    }

    /// Returns `true` if a key that every terminal can send triggers this action in this context.
    fn is_reachable(&self, context: KeyContext, action: Action) -> bool {
        let of_action = ACTIONS.iter().zip(&self.keys).filter(|(row, _)| row.action == action);
        of_action
            .flat_map(|(_, keys)| keys)
            .any(|key| works_everywhere(*key) && self.action(context, *key) == Some(action))
    }

    fn replace_keys(&mut self, context: KeyContext, place: usize, keys: Vec<KeyCombination>) {
        for (row, bound) in ACTIONS.iter().zip(&mut self.keys) {
            if row.context == context {
                bound.retain(|key| !keys.contains(key));
            }
        }
        self.keys[place] = keys;
    }

    fn rebuild_index(&mut self) {
        self.actions.clear();
        for (row, keys) in ACTIONS.iter().zip(&self.keys) {
            for key in keys {
                self.actions.entry((row.context, *key)).or_insert(row.action);
            }
        }
    }

    /// Returns the action of `key` in `context`. Popups shadow everything; elsewhere the global keys come second.
    pub fn action(&self, context: KeyContext, key: KeyCombination) -> Option<Action> {
        let key = key.normalized();
        let own = self.actions.get(&(context, key)).copied();
        match context {
            KeyContext::Popup => own,
            _ => own.or_else(|| self.actions.get(&(KeyContext::Global, key)).copied()),
        }
    }

    /// Returns the rows with those of their keys that the terminal can send.
    pub fn rows(&self, enhanced: bool) -> impl Iterator<Item = (&'static ActionRow, Vec<String>)> {
        ACTIONS.iter().zip(&self.keys).map(move |(row, keys)| {
            (row, keys.iter().filter(|key| enhanced || works_everywhere(**key)).map(|key| label(*key)).collect())
        })
    }

    /// Returns the label of the first key for `action`, in `context` or globally, that the terminal can send.
    pub fn label(&self, context: KeyContext, action: Action, enhanced: bool) -> Option<String> {
        let find = |context| {
            self.rows(enhanced)
                .filter(|(row, _)| row.action == action && row.context == context)
                .find_map(|(_, keys)| keys.into_iter().next())
        };
        find(context).or_else(|| find(KeyContext::Global))
    }
}

/// Returns `true` if a key types a character into the prompt, where global keys apply as well.
fn is_typed_in(context: KeyContext, key: KeyCombination) -> bool {
    let held = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER;
    let letter = matches!(key.codes, OneToThree::One(KeyCode::Char(_))) && !key.modifiers.intersects(held);
    letter && matches!(context, KeyContext::Prompt | KeyContext::Global)
}

/// Returns the index of the binding that removed the way out: the one of that action, or else the one that took its
/// key.
fn binding_to_blame(bindings: &[KeyBinding], trap: &KeymapError) -> usize {
    let (contexts, action) = match trap {
        KeymapError::NoQuit(context) => ([KeyContext::Global.name(), context.as_str()], Action::Quit),
        _ => ([KeyContext::Popup.name(); 2], Action::PopupClose),
    };
    let rows = || ACTIONS.iter().filter(|row| row.action == action);
    let takes = |binding: &KeyBinding| {
        let defaults = rows().flat_map(default_keys).any(|key| binding.keys.iter().any(|own| own.normalized() == key));
        rows().any(|row| row.name == binding.action) || defaults
    };
    let found = bindings.iter().rposition(|binding| contexts.contains(&binding.context.as_str()) && takes(binding));
    found.unwrap_or(bindings.len().saturating_sub(1))
}

fn locate(binding: &KeyBinding) -> Result<(KeyContext, usize), KeymapError> {
    let context = KeyContext::ALL
        .into_iter()
        .find(|context| context.name() == binding.context)
        .ok_or_else(|| KeymapError::Context(binding.context.clone()))?;
    let place = ACTIONS.iter().position(|row| row.context == context && row.name == binding.action);
    place.map(|place| (context, place)).ok_or_else(|| KeymapError::Action {
        context: binding.context.clone(),
        action: binding.action.clone(),
        nearest: suggest_action(context, &binding.action),
    })
}

fn suggest_action(context: KeyContext, name: &str) -> Option<String> {
    ACTIONS
        .iter()
        .filter(|row| row.context == context)
        .map(|row| (strsim::jaro_winkler(row.name, name), row.name))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

fn conflict(key: KeyCombination, context: KeyContext, first: &str, second: &str) -> KeymapError {
    KeymapError::Conflict {
        key: label(key),
        context: context.name().to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
    }
}

/// Returns `true` if every terminal can send this key and tell it from others: without the kitty keyboard protocol
/// Shift+Enter is Enter, Ctrl+I is Tab, Ctrl+M is Enter, and Ctrl with most symbols is nothing at all.
pub fn works_everywhere(key: KeyCombination) -> bool {
    let OneToThree::One(code) = key.codes else { return false };
    let (ctrl, shift) = (key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::SHIFT));
    match code {
        KeyCode::Enter | KeyCode::Tab | KeyCode::Esc | KeyCode::Backspace => !ctrl && !shift,
        KeyCode::Char(c) if ctrl => c.is_ascii_lowercase() && !matches!(c, 'i' | 'm' | 'h'),
        _ => true,
    }
}

/// Returns the label of a key as people write it: `Ctrl+P`, `Alt+Enter`, `?`, `G`.
pub fn label(key: KeyCombination) -> String {
    let OneToThree::One(code) = key.codes else { return String::new() };
    let mut words: Vec<String> = Vec::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        words.push("Ctrl".into());
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        words.push("Alt".into());
    }
    let letter = matches!(code, KeyCode::Char(_));
    if key.modifiers.contains(KeyModifiers::SHIFT) && !letter && code != KeyCode::BackTab {
        words.push("Shift".into());
    }
    words.push(code_label(code, !words.is_empty()));
    words.join("+")
}

fn code_label(code: KeyCode, modified: bool) -> String {
    match code {
        KeyCode::Char(' ') => "Space".into(),
        KeyCode::Char(c) if modified => c.to_ascii_uppercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::BackTab => "Shift+Tab".into(),
        KeyCode::Up => "↑".into(),
        KeyCode::Down => "↓".into(),
        KeyCode::Left => "←".into(),
        KeyCode::Right => "→".into(),
        KeyCode::PageUp => "PgUp".into(),
        KeyCode::PageDown => "PgDn".into(),
        KeyCode::Delete => "Del".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyCombination {
        crokey::parse(text).unwrap().normalized()
    }

    fn binding(context: &str, action: &str, keys: &[&str]) -> KeyBinding {
        KeyBinding { context: context.into(), action: action.into(), keys: keys.iter().map(|k| key(k)).collect() }
    }

    #[test]
    fn keymap_always_has_a_way_out() {
        let refused = |bindings: &[KeyBinding]| Keymap::with_bindings(bindings).unwrap_err();
        let no_quit = |context: &str| KeymapError::NoQuit(context.into());
        assert_eq!(refused(&[binding("global", "quit", &[])]), (0, no_quit("global")));
        let taken = [binding("global", "help", &["f2"]), binding("prompt", "undo", &["ctrl-q"])];
        assert_eq!(refused(&taken), (1, no_quit("prompt")));
        let elsewhere = [binding("global", "quit", &["f10"]), binding("prompt", "undo", &["ctrl-q"])];
        assert!(Keymap::with_bindings(&elsewhere).is_ok());
        assert_eq!(
            refused(&[binding("global", "quit", &["ctrl-shift-q"])]).1,
            no_quit("global"),
            "not every terminal has it"
        );
        let close = [binding("popup", "close", &[]), binding("popup", "quit", &[])];
        assert_eq!(refused(&close).1, KeymapError::NoClose);
    }

    #[test]
    fn letters_cannot_be_bound_in_the_prompt() {
        for (context, action, key) in [("prompt", "submit", "x"), ("prompt", "undo", "space"), ("global", "help", "?")]
        {
            let (_, error) = Keymap::with_bindings(&[binding(context, action, &[key])]).unwrap_err();
            assert!(matches!(error, KeymapError::TypesCharacter { .. }), "{context} {key}: {error}");
        }
        assert!(
            Keymap::with_bindings(&[binding("prompt", "submit", &["alt-x"]), binding("history", "mark", &["x"])])
                .is_ok()
        );
    }

    #[test]
    fn every_default_key_can_be_read_and_none_is_bound_twice() {
        let mut seen = HashMap::new();
        for row in ACTIONS {
            for text in row.keys {
                let key = crokey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).normalized();
                assert_eq!(seen.insert((row.context, key), row.name), None, "{text} twice in {}", row.context.name());
            }
        }
    }

    #[test]
    fn every_action_has_a_key_that_any_terminal_can_send() {
        for (row, keys) in Keymap::default().rows(false) {
            assert!(!keys.is_empty(), "{} has no plain key", row.name);
        }
    }

    #[test]
    fn a_users_key_takes_over_from_a_default() {
        let map = Keymap::with_bindings(&[binding("history", "details", &["m"])]).unwrap();
        assert_eq!(map.action(KeyContext::History, key("m")), Some(Action::Details));
        assert_eq!(map.action(KeyContext::History, key("i")), None);
        assert_eq!(map.label(KeyContext::History, Action::Mark, true), None);
    }

    #[test]
    fn an_empty_list_unbinds() {
        let map = Keymap::with_bindings(&[binding("global", "suspend", &[])]).unwrap();
        assert_eq!(map.action(KeyContext::Prompt, key("ctrl-z")), None);
    }

    #[test]
    fn conflicting_user_bindings_are_rejected() {
        let error = Keymap::with_bindings(&[binding("history", "mark", &["z"]), binding("history", "details", &["z"])]);
        let (index, error) = error.unwrap_err();
        assert_eq!(index, 1);
        assert_eq!(error.to_string(), "`z` is bound twice in `history`: to `mark` and to `details`");
    }

    #[test]
    fn an_unknown_action_names_the_nearest() {
        let (_, error) = Keymap::with_bindings(&[binding("history", "detials", &["z"])]).unwrap_err();
        assert!(matches!(error, KeymapError::Action { nearest: Some(name), .. } if name == "details"));
    }

    #[test]
    fn a_popup_shadows_the_global_keys() {
        let map = Keymap::default();
        assert_eq!(map.action(KeyContext::Popup, key("ctrl-p")), Some(Action::PopupUp));
        assert_eq!(map.action(KeyContext::Popup, key("ctrl-b")), None);
        assert_eq!(map.action(KeyContext::Prompt, key("ctrl-b")), Some(Action::SwitchBackend));
    }

    #[test]
    fn labels_are_human_readable() {
        assert_eq!(label(key("ctrl-p")), "Ctrl+P");
        assert_eq!(label(key("alt-enter")), "Alt+Enter");
        assert_eq!(label(key("shift-g")), "G");
        assert_eq!(label(key("backtab")), "Shift+Tab");
        assert_eq!(label(key("space")), "Space");
        assert_eq!(label(key("f1")), "F1");
    }

    #[test]
    fn shift_enter_is_hidden_without_the_kitty_protocol() {
        let map = Keymap::default();
        let keys = |enhanced| map.rows(enhanced).find(|(row, _)| row.action == Action::NewLine).unwrap().1;
        assert_eq!(keys(false), ["Alt+Enter", "Ctrl+J"]);
        assert_eq!(keys(true), ["Alt+Enter", "Ctrl+J", "Shift+Enter"]);
    }
}
