//! What tmux knows of the terminal around it, and whether it lets graphics through.
//! Only asks; whether to change a setting of theirs is the user's decision.

use std::process::{Command, Stdio};

/// The terminal that tmux itself is drawn in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outer {
    /// Its XTVERSION, as tmux heard it; empty if it did not.
    pub version: String,
    /// Its `TERM`.
    pub term: String,
    /// Whether `allow-passthrough` is on for this pane.
    pub passthrough: bool,
}

const FORMAT: &str = "#{client_termtype}\t#{client_termname}\t#{allow-passthrough}";

impl Outer {
    /// Asks the tmux of this pane. Nothing if there is none or it is too old to know.
    pub(super) fn ask(pane: Option<&str>) -> Option<Self> {
        let mut tmux = Command::new("tmux");
        tmux.args(["display-message", "-p"]).stdin(Stdio::null()).stderr(Stdio::null());
        if let Some(pane) = pane {
            tmux.args(["-t", pane]);
        }
        let output = tmux.arg(FORMAT).output().ok()?;
        Self::read(&String::from_utf8_lossy(&output.stdout))
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.trim_end_matches(['\r', '\n']).split('\t').map(str::to_owned);
        let (version, term) = (fields.next()?, fields.next()?);
        let passthrough = matches!(fields.next()?.as_str(), "1" | "2" | "on" | "all");
        Some(Self { version, term, passthrough })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_answers_of_tmux_are_read() {
        let outer = Outer::read("kitty(0.32.1)\txterm-kitty\t1\n").unwrap();
        assert_eq!(
            (outer.version.as_str(), outer.term.as_str(), outer.passthrough),
            ("kitty(0.32.1)", "xterm-kitty", true)
        );
        assert!(!Outer::read("\txterm-256color\t0").unwrap().passthrough);
        assert!(!Outer::read("\txterm-256color\t").unwrap().passthrough);
        assert_eq!(Outer::read(""), None);
    }
}
