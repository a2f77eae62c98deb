//! A registry of the keys that this process holds or passes on, so that output can be redacted.
//! Each backend's settings add its own keys.

use std::{
    borrow::Cow,
    ffi::OsStr,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::Value as Json;

use crate::{Secret, Settings, Value};

/// The minimum length of a key. A shorter value is a switch, and redacting it would make text unreadable.
pub(crate) const MIN_KEY_LEN: usize = 8;

/// The minimum length of a run of letters and digits that counts as a key regardless of the variable's name.
const MIN_RANDOM_RUN: usize = 16;

/// Words that mark a variable as holding a key, at the end of its name or between underscores.
const KEY_NAME_WORDS: &[&str] =
    &["KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "CREDENTIALS"];

/// The secrets in force. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Vec<RegisteredSecret>>>);

/// A secret and the label shown in its place.
#[derive(Clone)]
struct RegisteredSecret {
    shown: String,
    secret: Secret,
}

impl Secrets {
    /// Adds a key with the label that is shown in its place.
    pub(crate) fn add(&self, name: &str, secret: &Secret) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().any(|entry| entry.secret.expose() == secret.expose());
        if known || secret.expose().len() < MIN_KEY_LEN {
            return;
        }
        entries.push(RegisteredSecret { shown: format!("[{name}]"), secret: secret.clone() });
        // A key that is a prefix of another one must not leave the rest of that one visible.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.secret.expose().len()));
    }

    /// Returns `text` with a label in place of every secret.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().fold(Cow::Borrowed(text), |text, RegisteredSecret { shown, secret }| {
            if text.contains(secret.expose()) { text.replace(secret.expose(), shown).into() } else { text }
        })
    }

    /// Returns the label of a secret that these bytes contain, if any.
    pub(crate) fn name_in(&self, bytes: &[u8]) -> Option<String> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let held = |entry: &&RegisteredSecret| memchr::memmem::find(bytes, entry.secret.expose().as_bytes()).is_some();
        entries.iter().find(held).map(|entry| entry.shown.clone())
    }

    /// Returns whether an environment variable is withheld from a child process that needs no keys: its value contains
    /// a secret, or its name marks it as one.
    pub fn withholds(&self, name: &OsStr, value: &OsStr) -> bool {
        let name = name.to_string_lossy().to_uppercase();
        name.contains("API_KEY") || self.name_in(value.as_encoded_bytes()).is_some()
    }

    pub(crate) fn clean(&self, text: &mut String) {
        if let Cow::Owned(cleaned) = self.redact(text) {
            *text = cleaned;
        }
    }

    pub(crate) fn clean_json(&self, json: &mut Json) {
        match json {
            Json::String(text) => self.clean(text),
            Json::Array(parts) => {
                for part in parts {
                    self.clean_json(part);
                }
            }
            Json::Object(fields) => {
                let cleaned = std::mem::take(fields).into_iter().map(|(mut name, mut value)| {
                    self.clean(&mut name);
                    self.clean_json(&mut value);
                    (name, value)
                });
                *fields = cleaned.collect();
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    pub(crate) fn clean_settings(&self, settings: &mut Settings) {
        let cleaned = std::mem::take(settings).into_iter().map(|(mut name, mut value)| {
            self.clean(&mut name);
            self.clean_value(&mut value);
            (name, value)
        });
        *settings = cleaned.collect();
    }

    pub(crate) fn clean_value(&self, value: &mut Value) {
        if let Value::Text(text) = value {
            self.clean(text);
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets([keys])")
    }
}

/// Returns whether a variable holds a key, judged by its name or its value, and not a path, a URL or a switch.
pub(crate) fn is_key(name: &str, value: &str) -> bool {
    let name = name.to_uppercase();
    let named = name.split('_').any(|part| KEY_NAME_WORDS.contains(&part))
        || KEY_NAME_WORDS.iter().any(|end| name.ends_with(end));
    let with_password = value.contains("://") && value.contains('@');
    value.len() >= MIN_KEY_LEN && (named || with_password || is_random(value))
}

/// Returns whether the value contains a long run of letters and digits that looks random.
fn is_random(value: &str) -> bool {
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric());
    let mixed = |run: &str| run.contains(|c: char| c.is_ascii_digit()) && run.contains(char::is_alphabetic);
    runs.filter(|run| run.len() >= MIN_RANDOM_RUN).any(mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(keys: &[(&str, &str)]) -> Secrets {
        let secrets = Secrets::default();
        for (name, key) in keys {
            secrets.add(name, &Secret::new(key));
        }
        secrets
    }

    #[test]
    fn a_longer_key_is_redacted_completely() {
        let secrets = secrets(&[("A", "12345678"), ("B", "123456789"), ("SHORT", "123")]);
        assert_eq!(secrets.redact("123456789 12345678 123"), "[B] [A] 123");
        assert!(matches!(secrets.redact("nothing"), Cow::Borrowed(_)));
        assert!(!format!("{secrets:?}").contains("123"));
    }

    #[test]
    fn json_names_and_values_are_redacted() {
        let mut json = serde_json::json!({"sk-123456": ["a sk-123456", {"b": "sk-123456"}, 7]});
        secrets(&[("KEY", "sk-123456")]).clean_json(&mut json);
        assert_eq!(json, serde_json::json!({"[KEY]": ["a [KEY]", {"b": "[KEY]"}, 7]}));
    }

    #[test]
    fn keys_are_distinguished_from_paths_urls_and_switches() {
        for (name, value) in [
            ("PAPI_KEY", "wrongkey-987654321"),
            ("GITHUB_TOKEN", "ghp_abcdefgh"),
            ("ACME", "a81f4c0e2b7d4f6a9c3e"),
            ("PROXY", "http://ada:secret@proxy:8080"),
        ] {
            assert!(is_key(name, value), "{name}");
        }
        for (name, value) in
            [("MODEL", "stable-diffusion-xl-1.0"), ("URL", "http://127.0.0.1:8188"), ("MODE", "standard"), ("KEY", "1")]
        {
            assert!(!is_key(name, value), "{name}");
        }
    }

    #[test]
    fn variables_are_withheld_by_name_or_by_value() {
        let secrets = secrets(&[("MINE", "hunter2hunter2")]);
        let withholds = |name: &str, value: &str| secrets.withholds(name.as_ref(), value.as_ref());
        assert!(withholds("OPENAI_API_KEY", "x") && withholds("COPY", "Bearer hunter2hunter2"));
        assert!(!withholds("PATH", "/bin") && !withholds("SSH_AUTH_SOCK", "/run/agent"));
    }
}
