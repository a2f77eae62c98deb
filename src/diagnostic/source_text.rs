//! TOML source text, for locating the key or value that a diagnostic is about.
//! It has no knowledge of particular keys.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Diagnostic, RewordedError, SourceSpan, parse_error};

/// Text of a TOML file with its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Path of the file, as it is shown to the user.
    pub file: PathBuf,
    pub text: String,
}

/// Side of `key = value` that a location refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrValue {
    /// The key.
    Key,
    /// The value; for a table its key, because a table spans many lines.
    Value,
}

impl SourceText {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Returns a diagnostic if the file is missing, unreadable or not UTF-8.
    pub fn read(file: &Path) -> Result<Self, Diagnostic> {
        let whole = |message: String| Diagnostic { file: file.into(), place: None, message, hint: None };
        let bytes = std::fs::read(file).map_err(|error| whole(format!("cannot be read: {error}")))?;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let hint = Some("save it as UTF-8 in your editor".to_owned());
            return Err(Diagnostic { hint, ..whole("is UTF-16 text".to_owned()) });
        }
        String::from_utf8(bytes).map(|text| Self { file: file.into(), text }).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let hint = Some("save it as UTF-8 in your editor".to_owned());
            Diagnostic {
                place: Some(SourceSpan::from_span(&text, good..good + 1)),
                hint,
                ..whole("is not UTF-8 text".to_owned())
            }
        })
    }

    /// Parses the text.
    pub fn table(&self) -> Result<toml::Table, Diagnostic> {
        self.text.parse().map_err(|error: toml::de::Error| {
            let RewordedError { message, hint, .. } = parse_error::from_syntax_error(error.message());
            let place = error.span().map(|span| SourceSpan::from_span(&self.text, span));
            Diagnostic { file: self.file.clone(), place, message, hint }
        })
    }

    /// Creates a diagnostic for the value or table at `path`, pointing at the nearest location that exists in the file.
    pub fn diagnose(&self, path: &[&str], message: impl Into<String>, hint: Option<String>) -> Diagnostic {
        self.diagnose_at(path, KeyOrValue::Value, message.into(), hint)
    }

    /// Creates a diagnostic for the key or the value at `path`.
    pub fn diagnose_at(&self, path: &[&str], end: KeyOrValue, message: String, hint: Option<String>) -> Diagnostic {
        let place = self.locate(path, end).map(|(_, span)| SourceSpan::from_span(&self.text, span));
        Diagnostic { file: self.file.clone(), place, message, hint }
    }

    /// Returns whether exactly `path` exists in the file.
    pub fn has_path(&self, path: &[&str]) -> bool {
        self.locate(path, KeyOrValue::Key).is_some_and(|(depth, _)| depth == path.len())
    }

    /// Returns how many keys of `path` exist in the file, and the span of the last one.
    fn locate(&self, path: &[&str], end: KeyOrValue) -> Option<(usize, Range<usize>)> {
        let root = DeTable::parse(&self.text).ok()?;
        let mut table = root.get_ref();
        let mut found = None;
        for (depth, key) in path.iter().enumerate() {
            let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == key) else { break };
            found = Some((depth + 1, span(name.span(), value, end)));
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(items) => {
                    let item = path.get(depth + 1).and_then(|index| items.get(index.parse::<usize>().ok()?));
                    return item.map_or(found, |item| Some((depth + 2, item.span())));
                }
                _ => break,
            }
        }
        found
    }
}

/// Returns the span of the key or the value. A table is located by its key, because its value spans many lines.
fn span(key: Range<usize>, value: &Spanned<DeValue<'_>>, end: KeyOrValue) -> Range<usize> {
    if end == KeyOrValue::Key || value.get_ref().is_table() { key } else { value.span() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, path: &[&str]) -> String {
        let source = SourceText { file: "c.toml".into(), text: text.to_owned() };
        let place = source.diagnose(path, "wrong", None).place;
        place.map_or("nowhere".into(), |place| {
            let word: String = place.source_line.chars().skip(place.column - 1).take(place.len).collect();
            format!("{}:{word}", place.line)
        })
    }

    #[test]
    fn values_are_found_in_every_table_syntax() {
        for text in ["a.b.c = 7", "[a]\nb.c = 7", "a = { b = { c = 7 } }", "[a.b]\nc = 7"] {
            assert!(at(text, &["a", "b", "c"]).ends_with(":7"), "{text}");
        }
    }

    #[test]
    fn missing_keys_point_at_their_table() {
        assert_eq!(at("[backends.x]\nmodel = 1", &["backends", "x", "kind"]), "1:x");
        assert_eq!(at("a = 1", &["b"]), "nowhere");
    }

    #[test]
    fn an_item_of_a_list_is_found() {
        assert_eq!(at("[keys.global]\nquit = [\"a\", \"hyper-b\"]", &["keys", "global", "quit", "1"]), "2:\"hyper-b\"");
    }
}
