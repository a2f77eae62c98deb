//! A key that cannot be printed by accident and is wiped when dropped.
//! The source of a key is part of each backend's settings.

use std::{borrow::Cow, fmt, ops::Range};

use secrecy::{ExposeSecret, SecretString};

/// A provider's key.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a key and trims white space around it, which copying adds.
    pub fn new(key: &str) -> Self {
        Self(SecretString::from(key.trim()))
    }

    /// Returns the key itself, for the one header it is meant for.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns `text` with the key replaced, for servers that echo it in their errors.
    pub fn redact(&self, text: &str) -> String {
        match self.expose() {
            "" => text.to_owned(),
            key => text.replace(key, "[key]"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([key])")
    }
}

/// Returns `text` with anything that looks like a key removed: servers echo keys in part, and not only ours.
pub(crate) fn redact_keys(text: &str) -> String {
    let mut struck = String::with_capacity(text.len());
    let mut end = 0;
    for key in keys_in(text) {
        struck.push_str(&text[end..key.start]);
        struck.push_str("[key]");
        end = key.end;
    }
    struck + &text[end..]
}

/// Masks anything in a config line that may be a key, character by character, so that a caret still points to the right
/// column: what looks like a key, and every value whose name ends like a key's.
pub fn mask_keys(line: &str) -> Cow<'_, str> {
    let mut covered: Vec<Range<usize>> = keys_in(line).collect();
    covered.extend(line.split_once('=').filter(|(name, value)| is_secret(name, value)).map(|(name, value)| {
        let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']');
        let start = name.len() + 1 + (value.len() - value.trim_start_matches(quotes).len());
        start..(name.len() + 1 + value.trim_end_matches(quotes).len()).max(start)
    }));
    if covered.is_empty() {
        return Cow::Borrowed(line);
    }
    let hidden = |at: usize| covered.iter().any(|range| range.contains(&at));
    Cow::Owned(line.char_indices().map(|(at, c)| if hidden(at) { '*' } else { c }).collect())
}

/// Returns whether a config value is a key, judged by its name: `api_key`, but not `api_key_env` unless the value
/// cannot be the name of a variable.
fn is_secret(name: &str, value: &str) -> bool {
    let name = name.trim().trim_matches(['"', '\'']).to_lowercase();
    let value = value.trim().trim_matches(['"', '\'']);
    ["key", "token", "secret", "password"].iter().any(|end| name.ends_with(end))
        || (name.ends_with("key_env") && !is_variable(value))
}

/// Returns whether `text` can be the name of an environment variable and is not more likely a key put in its place.
pub(crate) fn is_variable(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mixed = text.contains(|c: char| c.is_ascii_digit()) && text.contains(|c: char| c.is_ascii_lowercase());
    let random = text.len() >= 20 && !text.contains('_') && mixed;
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(plain) && !random
}

/// Returns the ranges in `text` that start like OpenAI keys.
fn keys_in(text: &str) -> impl Iterator<Item = Range<usize>> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.');
    let mut end = 0;
    text.match_indices("sk-").filter_map(move |(start, _)| {
        let within_word = text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
        if start < end || within_word {
            return None;
        }
        end = text[start..].find(|c| !part(c)).map_or(text.len(), |length| start + length);
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_like_a_key_is_redacted() {
        assert_eq!(redact_keys("bad sk-abc*12 and sk-proj-x."), "bad [key] and [key]");
        assert_eq!(redact_keys("a risk-free task-list sk-1"), "a risk-free task-list [key]");
    }

    #[test]
    fn a_line_of_a_config_shows_no_key_and_keeps_its_length() {
        let cases = [
            ("api_key = \"sk-SECRET\"", "api_key = \"*********\""),
            ("api_key = 'abc' ", "api_key = '***' "),
            ("api_key_env = \"sk-SECRET\"", "api_key_env = \"*********\""),
            ("api_key_env = \"a81f4c0e2b7d4f6a9c3e\"", "api_key_env = \"********************\""),
            ("api_key_env = \"OPENAI_API_KEY\"", "api_key_env = \"OPENAI_API_KEY\""),
            ("api_key_command = [\"pass\", \"openai\"]", "api_key_command = [\"pass\", \"openai\"]"),
            ("x = [\"echo\", \"sk-SECRET\"]", "x = [\"echo\", \"*********\"]"),
            ("quit = \"ctrl-q\"", "quit = \"ctrl-q\""),
        ];
        for (line, expected) in cases {
            assert_eq!(mask_keys(line), expected);
        }
    }

    #[test]
    fn variables_and_keys_are_distinguished() {
        assert!(is_variable("OPENAI_API_KEY") && is_variable("KEY2"));
        for key in ["sk-SECRET", "a81f4c0e2b7d4f6a9c3e", "", "1KEY", "two words"] {
            assert!(!is_variable(key), "{key}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new(" sk-SECRET\n");
        assert_eq!(secret.expose(), "sk-SECRET");
        assert!(!format!("{secret:?}").contains("SECRET"));
        assert_eq!(secret.redact("bad key sk-SECRET here"), "bad key [key] here");
    }
}
