//! Custom key bindings: context, action and keys.
//! The keymap of the studio checks that actions exist and that keys do not conflict.

use std::{fmt, marker::PhantomData};

use crokey::{
    KeyCombination, OneToThree,
    crossterm::event::{KeyCode, KeyModifiers},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor, value::SeqAccessDeserializer},
};

use crate::suggest;

/// Contexts in which keys can be bound.
pub const CONTEXTS: &[&str] =
    &["global", "prompt", "history", "preview", "settings", "gallery", "compare", "duel", "scores", "popup"];

const MODIFIERS: [&str; 4] = ["ctrl", "alt", "shift", "cmd"];

/// Keys bound to an action; an empty list unbinds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// Context in which the binding applies, which is one of `CONTEXTS`.
    pub context: String,
    /// Name of the action as written in the config, not yet validated.
    pub action: String,
    pub keys: Vec<KeyCombination>,
}

/// Parses a key in its usual spellings: `q`, `ctrl-p`, `Ctrl+P`, `alt-enter`.
pub(super) fn parse(text: &str) -> Option<KeyCombination> {
    let text = text.trim().to_lowercase();
    let (mut spelling, mut key) = (String::new(), text.as_str());
    while let Some((modifier, rest)) = key.split_once(['-', '+']).filter(|(m, key)| is_modifier(m) && !key.is_empty()) {
        spelling.extend([modifier, "-"]);
        key = rest;
    }
    let mut letters = key.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if !letter.is_ascii() => Some(letter_key(letter, &spelling)),
        _ => crokey::parse(&format!("{spelling}{key}")).ok().filter(|keys| keys.codes.len() == 1),
    }
}

/// Keys that have a name.
const NAMED_KEYS: [&str; 15] = [
    "enter",
    "esc",
    "tab",
    "backtab",
    "backspace",
    "delete",
    "insert",
    "home",
    "end",
    "pageup",
    "pagedown",
    "up",
    "down",
    "left",
    "right",
];

/// Returns a hint for text that is not a key.
pub(super) fn key_hint(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.split_whitespace().count() > 1 {
        return "bind a single key; key sequences are not supported".to_owned();
    }
    let (held, key) = text.rsplit_once(['-', '+']).map_or(("", text.as_str()), |(held, key)| (held, key));
    let separator = if held.is_empty() { "" } else { "-" };
    let is_held = held.is_empty() || held.split(['-', '+']).all(is_modifier);
    match suggest::nearest(key, NAMED_KEYS).filter(|_| is_held && key.len() > 2) {
        Some(name) => format!("did you mean `{held}{separator}{name}`?"),
        None if is_held && (2..=3).contains(&key.chars().count()) => {
            "bind a single key; key sequences such as `gg` are not supported".to_owned()
        }
        None => "use a key such as `q`, `f1`, `enter`, `ctrl-p` or `alt-enter`".to_owned(),
    }
}

/// Returns what most terminals send instead of a key that they cannot encode.
pub(super) fn sent_as(key: &KeyCombination) -> Option<&'static str> {
    let OneToThree::One(code) = key.codes else { return None };
    let (ctrl, shift) = (key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::SHIFT));
    match code {
        KeyCode::Char('i') if ctrl => Some("`tab`"),
        KeyCode::Char('m') if ctrl => Some("`enter`"),
        KeyCode::Char('h') if ctrl => Some("`backspace`"),
        KeyCode::Char('[') if ctrl => Some("`esc`"),
        KeyCode::Char(c) if ctrl && (shift || c.is_ascii_uppercase()) => Some("the same key without shift"),
        KeyCode::F(number) if number > 12 => Some("nothing"),
        _ if key.modifiers.contains(KeyModifiers::SUPER) => Some("nothing"),
        _ => None,
    }
}

fn is_modifier(word: &str) -> bool {
    MODIFIERS.contains(&word)
}

/// Builds the combination for a non-ASCII letter, which crokey cannot parse.
fn letter_key(letter: char, modifiers: &str) -> KeyCombination {
    let mut held = KeyModifiers::empty();
    held.set(KeyModifiers::CONTROL, modifiers.contains("ctrl"));
    held.set(KeyModifiers::ALT, modifiers.contains("alt"));
    held.set(KeyModifiers::SHIFT, modifiers.contains("shift"));
    held.set(KeyModifiers::SUPER, modifiers.contains("cmd"));
    KeyCombination::new(KeyCode::Char(letter), held)
}

/// Value of a binding: a key or a list of keys.
#[derive(Debug, Default)]
pub(super) struct KeyList(pub(super) Vec<KeyCombination>);

#[derive(Debug)]
struct Key(KeyCombination);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Self).ok_or_else(|| D::Error::custom(format!("`{text}` is not a key")))
    }
}

impl<'de> Deserialize<'de> for KeyList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: OneOrMany<Key> =
            deserializer.deserialize_any(OneOrManyVisitor::expecting("a key or a list of keys"))?;
        Ok(Self(keys.0.into_iter().map(|key| key.0).collect()))
    }
}

/// Deserializes a command, given as one string or as a list of words.
pub(super) fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let OneOrMany(words): OneOrMany<String> =
        deserializer.deserialize_any(OneOrManyVisitor::expecting("a command or a list of its words"))?;
    let words = match words.as_slice() {
        [line] => line.split_whitespace().map(str::to_owned).collect(),
        _ => words,
    };
    Ok(Some(words).filter(|words| !words.is_empty()))
}

struct OneOrMany<T>(Vec<T>);

/// Deserializes a `T` or a list of them; the string describes the expected type.
struct OneOrManyVisitor<T>(&'static str, PhantomData<T>);

impl<T> OneOrManyVisitor<T> {
    const fn expecting(words: &'static str) -> Self {
        Self(words, PhantomData)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
        T::deserialize(text.into_deserializer()).map(|one| OneOrMany(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<OneOrMany<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(OneOrMany)
    }
}

#[cfg(test)]
mod tests {
    use crokey::key;

    use super::*;

    #[test]
    fn keys_parse_in_usual_spellings() {
        assert_eq!(parse("ctrl-p"), Some(key!(ctrl - p)));
        assert_eq!(parse("Ctrl+P"), Some(key!(ctrl - p)));
        assert_eq!(parse("alt-enter"), Some(key!(alt - enter)));
        assert_eq!(parse("?"), Some(key!('?')));
        assert_eq!(parse("+"), Some(key!('+')));
        assert_eq!(parse("-"), Some(key!('-')));
        assert_eq!(parse("ctrl-+"), Some(key!(ctrl - '+')));
        assert_eq!(parse("ü"), Some(KeyCombination::new(KeyCode::Char('ü'), KeyModifiers::empty())));
    }

    #[test]
    fn invalid_keys_get_a_hint() {
        assert_eq!(key_hint("entr"), "did you mean `enter`?");
        assert_eq!(key_hint("Ctrl+pageupp"), "did you mean `ctrl-pageup`?");
        for sequence in ["gg", "ctrl-x ctrl-c", "dd"] {
            assert!(key_hint(sequence).contains("sequences"), "{sequence}");
        }
        assert!(key_hint("hyper-x").contains("such as"));
    }

    #[test]
    fn unsendable_keys_are_known() {
        let arrives = |text| sent_as(&parse(text).unwrap());
        assert_eq!((arrives("ctrl-i"), arrives("ctrl-m")), (Some("`tab`"), Some("`enter`")));
        assert_eq!((arrives("f13"), arrives("cmd-s")), (Some("nothing"), Some("nothing")));
        assert_eq!(arrives("ctrl-shift-q"), Some("the same key without shift"));
        for usual in ["ctrl-p", "f12", "tab", "shift-g", "i", "alt-enter"] {
            assert_eq!(arrives(usual), None, "{usual}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "hyper-x", "ctrl-", "a-b", "entr", "ctrl"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
