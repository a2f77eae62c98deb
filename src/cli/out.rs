//! Where words leave the program: results to stdout, everything else to stderr, all of it safe to print.
//! A reader that goes away (`| head -1`) is no error: what is left to say is dropped, the work goes on.

use std::{
    borrow::Cow,
    io::{self, ErrorKind, IsTerminal, Write},
};

use serde::Serialize;

use super::failure::{Failure, Told};
use crate::plain;

/// Stdout and stderr.
#[derive(Debug, Default)]
pub(super) struct Out {
    closed: bool,
}

impl Out {
    /// Prints a line of a result, cleaned.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{}\n", plain::line(text)).as_bytes())
    }

    /// Prints lines of a result, cleaned.
    pub(super) fn lines(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{}\n", plain::lines(text.trim_end_matches('\n'))).as_bytes())
    }

    /// Prints an object on a line of its own. JSON escapes what a terminal would obey.
    pub(super) fn json(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string(object).map_err(|error| Failure::local(format!("cannot write JSON: {error}")))?;
        self.bytes(format!("{}\n", escape_c1(&text)).as_bytes())
    }

    /// Prints bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::local(format!("cannot write to stdout: {}", plain_reason(&error)))),
            Ok(()) => Ok(()),
        }
    }

    /// Whether nobody reads stdout any more.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }
}

/// JSON leaves the C1 controls and changes of direction as they are; terminals do not.
fn escape_c1(json: &str) -> Cow<'_, str> {
    if !json.contains(is_left_raw) {
        return Cow::Borrowed(json);
    }
    let escaped = |c: char| if is_left_raw(c) { format!("\\u{:04x}", c as u32) } else { c.to_string() };
    Cow::Owned(json.chars().map(escaped).collect())
}

const fn is_left_raw(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Says something on stderr: a remark, one line, cleaned.
pub(super) fn note(text: &str) {
    err(&format!("{}\n", plain::line(text)));
}

/// Says what went wrong, on stderr.
pub(super) fn fail(failure: &Failure) {
    for told in &failure.told {
        say("error", told);
    }
}

/// Says what is odd, on stderr.
pub(super) fn warn(told: &Told) {
    say("warning", told);
}

fn say(what: &str, told: &Told) {
    let detail = told.detail.as_ref().map(|detail| format!("{}\n", plain::lines(detail))).unwrap_or_default();
    let hint = told.hint.as_ref().map(|hint| format!("hint: {}\n", plain::line(hint))).unwrap_or_default();
    let text = format!("{what}: {}\n{detail}{hint}", plain::line(&told.message));
    err(&text);
}

/// Where nobody hears it, it is not said.
fn err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether stdout is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn plain_reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_nothing_that_a_terminal_obeys() {
        let json = serde_json::to_string("a\u{1b}[31m\0\u{9b}31m\u{202e}").unwrap();
        let escaped = escape_c1(&json);
        assert!(!escaped.contains(char::is_control) && !escaped.contains('\u{202e}'));
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{1b}[31m\0\u{9b}31m\u{202e}");
    }
}
