//! Rewording of serde's errors for people who write configs: the key, the expected type, and the value found.

use tintype_backends::mask_keys;

use super::key_bindings;
use crate::diagnostic::RewordedError;

/// Serde's names of expected types, and their plain-language equivalents.
const TYPE_NAMES: [(&str, &str); 15] = [
    ("f64", "a number"),
    ("f32", "a number"),
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number, 0 or more"),
    ("u64", "a whole number, 0 or more"),
    ("usize", "a whole number, 0 or more"),
    ("i64", "a whole number"),
    ("a boolean", "true or false"),
    ("a bool", "true or false"),
    ("a string", "text in double quotes"),
    ("string or map", "a word"),
    ("a sequence", "a list"),
    ("a map", "a table"),
    ("any valid value", "true, false, a whole number or text"),
];

/// Rewords serde's message about the value at `path`.
pub(super) fn reword(message: &str, path: &[&str]) -> RewordedError {
    let mut complaint = RewordedError::from_serde(message);
    let Some(key) = path.iter().rev().find(|key| key.parse::<usize>().is_err()) else { return complaint };
    if let Some(word) = complaint.message.strip_suffix("` is not a key").and_then(|word| word.strip_prefix('`')) {
        complaint.hint = Some(key_bindings::key_hint(word));
    } else if let Some((found, expected)) = mismatch(&complaint.message) {
        complaint.hint = complaint.hint.or_else(|| list_hint(found, expected));
        complaint.message = format!("`{key}` must be {}, not {}", type_name(expected), format_value(found));
    } else if complaint.message.starts_with("must be ") {
        complaint.message = format!("`{key}` {}", complaint.message);
    } else if let Some(word) = complaint.message.strip_suffix(" is not valid here") {
        complaint.message = format!("`{key}` does not take {word}");
    }
    complaint
}

/// Splits a type error into what was found and what was expected.
fn mismatch(message: &str) -> Option<(&str, &str)> {
    if message.starts_with("data did not match any variant of untagged enum") {
        return Some(("something else", "any valid value"));
    }
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    rest.split_once(", expected ")
}

fn type_name(expected: &str) -> &str {
    let known = TYPE_NAMES.iter().find(|(rust, _)| *rust == expected).map(|(_, plain)| *plain);
    known.unwrap_or(if expected.starts_with("struct ") { "a table" } else { expected })
}

/// Formats a value as serde describes it: integer `-1` becomes `-1`.
fn format_value(found: &str) -> String {
    match found {
        "map" => "a table".to_owned(),
        "sequence" => "a list".to_owned(),
        _ => match found.split_once(['`', '"']) {
            Some((kind, rest)) => {
                let quote = if kind == "string " { "\"" } else { "" };
                format!("{quote}{}{quote}", rest.trim_end_matches(['`', '"']))
            }
            None => found.to_owned(),
        },
    }
}

/// Returns a hint with the list syntax for a string that was given instead of a list.
fn list_hint(found: &str, expected: &str) -> Option<String> {
    let text = found.strip_prefix("string \"")?.trim_end_matches('"');
    let words: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
    let is_list = expected == "a sequence" && !words.is_empty();
    is_list.then(|| mask_keys(&format!("write a list: [{}]", words.join(", "))).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_errors_name_the_key_and_no_rust_types() {
        let told = |message| reword(message, &["budget", "daily"]).message;
        for (serde, plain) in [
            ("invalid type: string \"x\", expected f64", "`daily` must be a number, not \"x\""),
            ("invalid value: integer `-1`, expected u8", "`daily` must be a whole number from 0 to 255, not -1"),
            ("invalid type: integer `1`, expected a string", "`daily` must be text in double quotes, not 1"),
            ("invalid type: map, expected a sequence", "`daily` must be a list, not a table"),
            ("invalid type: integer `3`, expected struct Life", "`daily` must be a table, not 3"),
            ("must be an amount", "`daily` must be an amount"),
        ] {
            assert_eq!(told(serde), plain);
        }
    }

    #[test]
    fn list_hint_for_a_string() {
        let hint = |text: &str| {
            reword(&format!("invalid type: string \"{text}\", expected a sequence"), &["command"]).hint.unwrap()
        };
        assert_eq!(hint("python3 x.py"), r#"write a list: ["python3", "x.py"]"#);
        assert!(!hint("sk-proj-0123456789abcdef0123456789").contains("0123456789"));
    }

    #[test]
    fn list_items_are_named_by_their_list() {
        let complaint = reword("invalid type: integer `1`, expected a string", &["backends", "x", "command", "0"]);
        assert_eq!(complaint.message, "`command` must be text in double quotes, not 1");
    }
}
