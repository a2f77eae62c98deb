//! Queries tmux for the terminal around it, and whether it lets graphics through.
//!
//! Read-only: changing a tmux setting is up to the user.

use std::{
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::helper_process;

/// The terminal that tmux itself runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OuterTerminal {
    /// XTVERSION of the terminal as tmux received it; empty if unknown.
    pub version: String,
    /// Value of `TERM` that the outer terminal set for tmux.
    pub term: String,
    /// Set if `allow-passthrough` is on for the pane we run in.
    pub passthrough: bool,
    /// Set if it was attached moments ago, so tmux may not have received its XTVERSION yet.
    pub recently_attached: bool,
}

const FORMAT: &str = "#{client_termtype}\t#{client_termname}\t#{allow-passthrough}\t#{client_created}";

/// Age in seconds by which tmux knows the name of its terminal, if it ever does.
const SETTLED_AFTER_SECONDS: u64 = 5;

impl OuterTerminal {
    /// Queries the tmux of this pane. `None` if there is none or it is too old for the query.
    pub(super) fn query(pane: Option<&str>) -> Option<Self> {
        let mut tmux = helper_process::with_query_environment("tmux", "TMUX");
        tmux.args(["display-message", "-p"]).stdin(Stdio::null()).stderr(Stdio::null());
        if let Some(pane) = pane {
            tmux.args(["-t", pane]);
        }
        let output = tmux.arg(FORMAT).output().ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        Self::read(&String::from_utf8_lossy(&output.stdout), now)
    }

    /// Returns whether tmux may know more soon.
    pub fn may_be_outdated(&self) -> bool {
        self.version.is_empty() && self.recently_attached
    }

    fn read(line: &str, now: u64) -> Option<Self> {
        let mut fields = line.trim_end_matches(['\r', '\n']).split('\t').map(str::to_owned);
        let (version, term) = (fields.next()?, fields.next()?);
        let passthrough = matches!(fields.next()?.as_str(), "1" | "2" | "on" | "all");
        let created = fields.next().and_then(|created| created.parse::<u64>().ok());
        let recently_attached = created.is_some_and(|created| now.saturating_sub(created) < SETTLED_AFTER_SECONDS);
        Some(Self { version, term, passthrough, recently_attached })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_answers_of_tmux_are_read() {
        let outer = OuterTerminal::read("kitty(0.32.1)\txterm-kitty\t1\t1000\n", 1060).unwrap();
        assert_eq!(
            (outer.version.as_str(), outer.term.as_str(), outer.passthrough),
            ("kitty(0.32.1)", "xterm-kitty", true)
        );
        assert!(!OuterTerminal::read("\txterm-256color\t0\t1000", 1060).unwrap().passthrough);
        assert!(!OuterTerminal::read("\txterm-256color\t\t", 1060).unwrap().passthrough);
        assert_eq!(OuterTerminal::read("", 1060), None);
    }

    #[test]
    fn a_recently_attached_terminal_may_still_report_its_name() {
        let may_be_outdated = |line| OuterTerminal::read(line, 1003).unwrap().may_be_outdated();
        assert!(may_be_outdated("\txterm-kitty\t1\t1000"));
        assert!(!may_be_outdated("kitty(0.41.1)\txterm-kitty\t1\t1000"), "it has");
        assert!(!may_be_outdated("\txterm-kitty\t1\t900"), "it never will");
        assert!(!may_be_outdated("\t\t1\t"), "there is none");
    }
}
