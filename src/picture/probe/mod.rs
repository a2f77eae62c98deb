//! Queries the terminal for its capabilities, once, before anything else reads from it.
//!
//! Conclusions are drawn in `capabilities`.

mod early_keys;
mod responses;
mod tmux;
#[cfg(unix)]
mod tty;

use std::time::{Duration, Instant};

pub use self::{
    early_keys::typed_events,
    responses::{SixelLimits, TerminalResponses},
    tmux::OuterTerminal,
};

/// Result of querying the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeResult {
    pub answers: TerminalResponses,
    /// Bytes that are not responses: keys that were typed in the meantime, to be replayed.
    pub early_input: Vec<u8>,
    /// Properties of the outer terminal as reported by tmux; `None` outside tmux.
    pub outer: Option<OuterTerminal>,
    pub was_queried: bool,
    /// Reason why the terminal was not queried, or why the query failed.
    pub error: Option<String>,
}

impl ProbeResult {
    /// Returns whether the terminal was queried and its last response is still outstanding.
    pub fn awaits_response(&self) -> bool {
        self.was_queried && !self.answers.complete()
    }
}

/// Lookup of environment variables, passed in: returns the value of a variable.
pub type EnvReader<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Queries the controlling terminal. Every terminal answers the last query, usually within a few milliseconds, but one
/// that has just started on a busy machine may take seconds. A terminal that never answers costs three seconds.
///
/// A tmux that has just started is given `patience` to learn about the terminal around it.
pub fn query_terminal(env: EnvReader<'_>, patience: Duration) -> ProbeResult {
    let Some(question) = question(env) else {
        return ProbeResult { error: Some("this terminal answers no questions".to_owned()), ..ProbeResult::default() };
    };
    let conversation = exchange(question.as_bytes(), LIMIT);
    let outer = query_tmux(env, patience);
    match conversation {
        Ok(bytes) => {
            let (answers, early_input) = TerminalResponses::read(&bytes);
            let error = (!answers.complete()).then(|| format!("no answer within {} s", LIMIT.as_secs()));
            ProbeResult { answers, early_input, outer, was_queried: true, error }
        }
        Err(e) => ProbeResult { outer, error: Some(e.to_string()), ..ProbeResult::default() },
    }
}

/// Waits until the terminal has read every image sent before, at most one second. Returns whether it replied.
///
/// Only for terminals that answer queries of kitty's graphics protocol. Keys typed meanwhile are lost.
pub(super) fn await_images() -> bool {
    let replied = |bytes: &[u8]| TerminalResponses::read(bytes).0.kitty_graphics;
    query(graphics_query().as_bytes(), CONFIRMATION_LIMIT, replied).is_ok_and(|bytes| replied(&bytes))
}

/// Maximum wait for the confirmation of an image.
const CONFIRMATION_LIMIT: Duration = Duration::from_secs(1);

/// Returns a query that terminals answer if they support kitty's graphics protocol.
fn graphics_query() -> String {
    format!("\x1b_G{},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", responses::KITTY_QUERY_ID)
}

/// Maximum wait for responses.
const LIMIT: Duration = Duration::from_secs(3);

/// Pause before tmux is queried again.
const PAUSE: Duration = Duration::from_millis(30);

/// Queries tmux for the terminal around it, if this runs inside tmux. A tmux that has just started may not know yet and
/// is given `patience`.
pub fn query_tmux(env: EnvReader<'_>, patience: Duration) -> Option<OuterTerminal> {
    let pane = in_tmux(env).then(|| env("TMUX_PANE"))?;
    let end = Instant::now() + patience;
    retry_until_known(
        || OuterTerminal::query(pane.as_deref()),
        || {
            let left = Instant::now() < end;
            if left {
                std::thread::sleep(PAUSE);
            }
            left
        },
    )
}

/// Repeats the query as long as the response may improve and `wait` allows it.
fn retry_until_known(
    mut ask: impl FnMut() -> Option<OuterTerminal>,
    mut wait: impl FnMut() -> bool,
) -> Option<OuterTerminal> {
    let mut outer = ask()?;
    while outer.may_be_outdated() && wait() {
        outer = ask()?;
    }
    Some(outer)
}

fn exchange(question: &[u8], limit: Duration) -> std::io::Result<Vec<u8>> {
    query(question, limit, |bytes| TerminalResponses::read(bytes).0.complete())
}

#[cfg(unix)]
use tty::query;

#[cfg(not(unix))]
fn query(_question: &[u8], _limit: Duration, _done: impl Fn(&[u8]) -> bool) -> std::io::Result<Vec<u8>> {
    Err(std::io::Error::other("terminals are only asked on unix"))
}

/// Returns whether tmux is between this program and the screen.
pub(super) fn in_tmux(env: EnvReader<'_>) -> bool {
    env("TMUX").is_some_and(|socket| !socket.is_empty())
}

const XTVERSION: &str = "\x1b[>0q";
const CELL_SIZE: &str = "\x1b[16t";
const SYNC_MODE: &str = "\x1b[?2026$p";
const KEYBOARD: &str = "\x1b[?u";
const SIXEL_LIMITS: &str = "\x1b[?1;1;0S\x1b[?2;1;0S";
const BACKGROUND: &str = "\x1b]11;?\x1b\\";
const ATTRIBUTES: &str = "\x1b[c";

/// Returns all queries as one string, with the one that every terminal answers last. Some terminals print queries that
/// they do not support; those get only the ones they do.
fn question(env: EnvReader<'_>) -> Option<String> {
    let term = env("TERM").unwrap_or_default();
    let apple = env("TERM_PROGRAM").is_some_and(|program| program == "Apple_Terminal");
    if term.is_empty() || term == "dumb" || term.starts_with("vt") {
        return None;
    }
    if apple || term == "linux" || term.starts_with("screen") && !in_tmux(env) {
        return Some(ATTRIBUTES.to_owned());
    }
    // tmux takes it for the title of its pane, and responses to passed-through queries go to whichever pane is active.
    let graphics = if in_tmux(env) || term.starts_with("tmux") { String::new() } else { graphics_query() };
    Some([XTVERSION, CELL_SIZE, SYNC_MODE, KEYBOARD, SIXEL_LIMITS, BACKGROUND, &graphics, ATTRIBUTES].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(vars: &[(&str, &str)]) -> Option<String> {
        question(&|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_tmux_that_learns_late_is_asked_until_it_knows_and_no_longer_than_there_is_patience() {
        let recently_attached = |version: &str| {
            Some(OuterTerminal { version: version.into(), recently_attached: true, ..OuterTerminal::default() })
        };
        let answers = ["", "", "", "kitty(0.41.1)", "never asked"];
        for (patience, asked, known) in [(10, 4, "kitty(0.41.1)"), (2, 3, ""), (0, 1, "")] {
            let (mut ask, mut left, mut count) = (answers.iter(), patience, 0);
            let outer = retry_until_known(
                || {
                    count += 1;
                    ask.next().and_then(|version| recently_attached(version))
                },
                || {
                    left -= 1;
                    left >= 0
                },
            );
            assert_eq!((outer.unwrap().version.as_str(), count), (known, asked), "patience for {patience}");
        }
    }

    #[test]
    fn the_question_that_all_answer_comes_last_and_once() {
        let question = asked(&[("TERM", "xterm-256color")]).unwrap();
        assert_eq!(question.matches("\x1b[c").count(), 1);
        assert!(question.ends_with("\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"));
    }

    #[test]
    fn tmux_is_not_sent_graphics_queries() {
        for vars in [
            &[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux,1,0")][..],
            &[("TERM", "screen-256color"), ("TMUX", "/tmp/tmux,1,0")],
            &[("TERM", "xterm-256color"), ("TMUX", "/tmp/tmux,1,0")],
            // Over ssh, from within tmux.
            &[("TERM", "tmux-256color")],
        ] {
            let question = asked(vars).unwrap();
            assert!(!question.contains("\x1b_") && question.contains(XTVERSION), "{vars:?}: {question:?}");
        }
    }

    #[test]
    fn terminals_that_print_unknown_queries_get_few() {
        let little = Some(ATTRIBUTES.to_owned());
        assert_eq!(asked(&[("TERM", "linux")]), little);
        assert_eq!(asked(&[("TERM", "screen.xterm-256color")]), little);
        assert_eq!(asked(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")]), little);
        assert_eq!(asked(&[("TERM", "dumb")]), None);
        assert_eq!(asked(&[]), None);
    }
}
