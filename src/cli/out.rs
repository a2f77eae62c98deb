//! Where words leave the program: results to stdout, everything else to stderr, all of it safe to print.
//! A reader that goes away (`| head -1`) is no error: what is left to say is dropped, the work goes on.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
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

    /// Prints a path. For whoever reads a pipe it has all its bytes, unless a terminal would obey some of them.
    pub(super) fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display().to_string();
        if is_terminal() || plain::line(&shown) != shown {
            return self.line(&shown);
        }
        self.bytes(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat())
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

/// JSON leaves the C1 controls, changes of direction and hidden tags as they are; terminals and readers do not.
fn escape_c1(json: &str) -> Cow<'_, str> {
    if !json.contains(plain::is_unsafe) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if plain::is_unsafe(c) {
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
        let hostile = "a\u{1b}[31m\0\u{9b}31m\u{202e}\u{feff}\u{e0001}";
        let json = serde_json::to_string(hostile).unwrap();
        let escaped = escape_c1(&json);
        assert!(!escaped.contains(plain::is_unsafe), "{escaped:?}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), hostile);
    }
}
