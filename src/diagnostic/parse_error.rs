//! Rewording of errors from the TOML parser and serde, with hints.
//! It has no knowledge of particular keys: the valid ones are taken from the error message.

use super::KeyOrValue;
use crate::suggest;

/// Reworded error about a key or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewordedError {
    /// Description of the problem, in lower case and without a full stop.
    pub message: String,
    pub hint: Option<String>,
    /// The part that the error concerns: the key or the value.
    pub end: KeyOrValue,
}

impl RewordedError {
    /// Rewords a message of serde.
    pub fn from_serde(message: &str) -> Self {
        let message = one_line(message);
        if let Some((word, known)) = split_unknown(&message, "unknown field `") {
            let hint = Some(suggest::hint(word, known));
            return Self { message: format!("unknown key `{word}`"), hint, end: KeyOrValue::Key };
        }
        let (message, hint) = reword(message);
        Self { message, hint, end: KeyOrValue::Value }
    }
}

fn reword(message: String) -> (String, Option<String>) {
    if let Some((word, known)) = split_unknown(&message, "unknown variant `") {
        return (format!("`{word}` is not valid here"), Some(suggest::hint(word, known)));
    }
    match message.strip_prefix("missing field ") {
        Some(field) => (format!("{field} is missing"), Some(format!("add {field} to this table"))),
        None => (message, None),
    }
}

/// Rewords a syntax error of the TOML parser.
pub(super) fn from_syntax_error(message: &str) -> RewordedError {
    let message = one_line(message);
    let hint = match message.as_str() {
        m if m.contains("duplicate key") => Some("keep one of the two"),
        m if m.contains("string values must be quoted") => Some("put the text between double quotes"),
        _ => None,
    };
    RewordedError { message, hint: hint.map(str::to_owned), end: KeyOrValue::Value }
}

/// Extracts the unknown word and the valid alternatives.
fn split_unknown<'a>(message: &'a str, start: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let (word, rest) = message.strip_prefix(start)?.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2).collect();
    Some((word, known))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_key_gets_a_suggestion() {
        let hint = |message| RewordedError::from_serde(message).hint.unwrap();
        let typo = RewordedError::from_serde("unknown field `qualty`, expected one of `size`, `quality`");
        assert_eq!((typo.message.as_str(), typo.end), ("unknown key `qualty`", KeyOrValue::Key));
        assert_eq!(typo.hint.unwrap(), "did you mean `quality`?");
        assert_eq!(hint("unknown field `zzz`, expected `size` or `quality`"), "choose one of `size` or `quality`");
        assert_eq!(hint("unknown field `zzz`, there are no fields"), "none are available");
        assert_eq!(hint("unknown variant `hig`, expected `high` or `low`"), "did you mean `high`?");
    }

    #[test]
    fn other_messages_are_kept() {
        assert_eq!(RewordedError::from_serde("missing field `kind`").message, "`kind` is missing");
        let type_error = RewordedError::from_serde("invalid type: integer `1`,\nexpected a string");
        assert_eq!(type_error.message, "invalid type: integer `1`, expected a string");
    }
}
