//! A key that cannot be printed by accident and is wiped when it is dropped.
//! Not a vault: where keys come from is the business of each backend's settings.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A provider's key.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a key; surrounding white space, which copying adds, is dropped.
    pub fn new(key: &str) -> Self {
        Self(SecretString::from(key.trim()))
    }

    /// The key itself, for the one header it is meant for.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// `text` with the key replaced, for servers that repeat it in their errors.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new(" sk-SECRET\n");
        assert_eq!(secret.expose(), "sk-SECRET");
        assert!(!format!("{secret:?}").contains("SECRET"));
        assert_eq!(secret.redact("bad key sk-SECRET here"), "bad key [key] here");
    }
}
