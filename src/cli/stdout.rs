//! Output of the command line: results go to stdout, everything else to stderr, and all of it is safe to print.
//! A closed pipe (`| head -1`) is not an error: further output is dropped and the work continues.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
};

use serde::Serialize;

use super::failure::{Failure, UserMessage};
use crate::sanitize;

/// Standard output, which remembers whether its reader is gone.
#[derive(Debug, Default)]
pub(super) struct StdoutWriter {
    closed: bool,
}

impl StdoutWriter {
    /// Prints a sanitized line.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{}\n", sanitize::line(text)).as_bytes())
    }

    /// Prints a path. A pipe gets its exact bytes, unless some of them are unsafe for a terminal.
    pub(super) fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display().to_string();
        if is_terminal() || sanitize::line(&shown) != shown {
            return self.line(&shown);
        }
        self.bytes(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
    }

    /// Prints sanitized lines.
    pub(super) fn lines(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{}\n", sanitize::lines(text.trim_end_matches('\n'))).as_bytes())
    }

    /// Prints an object as one line of JSON, with control characters escaped.
    pub(super) fn json(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string(object).map_err(|error| Failure::local(format!("cannot write JSON: {error}")))?;
        self.bytes(format!("{}\n", escape_c1(&text)).as_bytes())
    }

    /// Prints bytes unchanged.
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

    /// Returns whether the reader of stdout is gone.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }
}

/// Escapes C1 controls, direction overrides and hidden tags, which JSON leaves unescaped.
fn escape_c1(json: &str) -> Cow<'_, str> {
    if !json.contains(sanitize::is_unsafe) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if sanitize::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Prints a sanitized line on stderr.
pub(super) fn note(text: &str) {
    write_stderr(&format!("{}\n", sanitize::line(text)));
}

/// Prints the messages of a failure on stderr.
pub(super) fn fail(failure: &Failure) {
    for told in &failure.messages {
        print_message("error", told);
    }
}

/// Prints a warning on stderr.
pub(super) fn warn(told: &UserMessage) {
    print_message("warning", told);
}

fn print_message(what: &str, told: &UserMessage) {
    let detail = told.detail.as_ref().map(|detail| format!("{}\n", sanitize::lines(detail))).unwrap_or_default();
    let hint = told.hint.as_ref().map(|hint| format!("hint: {}\n", sanitize::line(hint))).unwrap_or_default();
    let text = format!("{what}: {}\n{detail}{hint}", sanitize::line(&told.message));
    write_stderr(&text);
}

/// Writes to stderr and ignores errors, which could not be reported anyway.
fn write_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Returns whether stdout is a terminal.
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
    fn json_escapes_unsafe_characters() {
        let hostile = "a\u{1b}[31m\0\u{9b}31m\u{202e}\u{feff}\u{e0001}";
        let json = serde_json::to_string(hostile).unwrap();
        let escaped = escape_c1(&json);
        assert!(!escaped.contains(sanitize::is_unsafe), "{escaped:?}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), hostile);
    }
}
