//! Diagnostics for TOML files: the line, a caret under the location, and a hint.
//! The caller decides whether the program continues.

use std::{fmt, path::PathBuf};

use tintype_backends::mask_keys;
use unicode_width::UnicodeWidthStr;

use crate::sanitize;

mod parse_error;
mod source_text;

pub use parse_error::RewordedError;
pub use source_text::{KeyOrValue, SourceText};

/// Problem in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Path of the file, as it is shown to the user.
    pub file: PathBuf,
    /// Location in the file; `None` if the problem concerns the file as a whole.
    pub place: Option<SourceSpan>,
    /// Description of the problem, in lower case and without a full stop.
    pub message: String,
    pub hint: Option<String>,
}

/// Span within one line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// Number of the line, where the first one is 1.
    pub line: usize,
    /// Position in the line, counted in characters from 1.
    pub column: usize,
    /// Length of the span in characters, at least 1.
    pub len: usize,
    /// Text of the whole line, with API keys masked.
    pub source_line: String,
}

impl SourceSpan {
    /// Returns the location of the byte range `span` in `text`; a span over several lines is cut at the end of its
    /// first one.
    pub fn from_span(text: &str, span: std::ops::Range<usize>) -> Self {
        let start = floor_char_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_char_boundary(text, span.end).clamp(start, line_end);
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            len: text[start..end].chars().count().max(1),
            source_line: mask_keys(text[line_start..line_end].trim_end_matches('\r')).into_owned(),
        }
    }
}

impl fmt::Display for SourceSpan {
    /// Formats the line with its number, and a caret below each character of the span.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, line) = (self.line.to_string(), sanitize::lines(&self.source_line));
        let cells = |from: usize, len: usize| -> usize {
            let part: String = self.source_line.chars().skip(from).take(len).collect();
            sanitize::lines(&part).width()
        };
        let (indent, carets) = (cells(0, self.column - 1), cells(self.column - 1, self.len).max(1));
        writeln!(f, "{number} | {line}")?;
        write!(f, "{:width$} | {:indent$}{}", "", "", "^".repeat(carets), width = number.len())
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl fmt::Display for Diagnostic {
    /// Formats `config.toml:12:7: unknown key`, the line, the caret and the hint, each on its own line and sanitized.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if let Some(place) = &self.place {
            writeln!(f)?;
            write!(f, "{place}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {}", sanitize::line(hint)),
            None => Ok(()),
        }
    }
}

impl Diagnostic {
    /// Returns the first line: file, line, column and message.
    pub fn headline(&self) -> String {
        let file = self.file.display().to_string();
        let message = mask_keys(&self.message);
        let (file, message) = (sanitize::line(&file), sanitize::line(&message));
        match &self.place {
            Some(place) => format!("{file}:{}:{}: {message}", place.line, place.column),
            None => format!("{file}: {message}"),
        }
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn shown(text: &str, word: &str, hint: Option<&str>) -> String {
        let start = text.find(word).unwrap();
        Diagnostic {
            file: "config.toml".into(),
            place: Some(SourceSpan::from_span(text, start..start + word.len())),
            message: format!("unknown key `{word}`"),
            hint: hint.map(str::to_owned),
        }
        .to_string()
    }

    #[test]
    fn caret_marks_the_span() {
        let expected =
            "config.toml:2:1: unknown key `qualty`\n2 | qualty = 1\n  | ^^^^^^\nhint: did you mean `quality`?";
        assert_eq!(shown("a = 1\nqualty = 1\n", "qualty", Some("did you mean `quality`?")), expected);
    }

    #[test]
    fn wide_characters_and_tabs_keep_the_caret_in_place() {
        assert_eq!(
            shown("\"猫\" = { x = 1 }", "x", None),
            "config.toml:1:9: unknown key `x`\n1 | \"猫\" = { x = 1 }\n  |          ^"
        );
        assert_eq!(shown("\tx = 1", "x", None), "config.toml:1:2: unknown key `x`\n1 |     x = 1\n  |     ^");
    }

    #[test]
    fn escape_sequences_in_a_file_do_not_reach_the_terminal() {
        assert!(!shown("x = \"\u{1b}[31m\"", "x", None).contains('\u{1b}'));
    }

    #[test]
    fn out_of_range_spans_are_clamped() {
        for (text, span) in [("", 0..0), ("ä", 1..1), ("a\nb", 5..9), ("a\r\n", 1..3)] {
            assert!(SourceSpan::from_span(text, span).len >= 1);
        }
        assert_eq!(SourceSpan::from_span("a = 1\n", 6..6).line, 2);
    }
}
