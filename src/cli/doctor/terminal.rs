//! Terminal checks of `tintype doctor`: detected capabilities, the evidence for each, and possible improvements.
//! Detection itself is implemented in `picture`.

use std::io::{self, IsTerminal};

use super::{CheckStatus, DoctorCheck};
use crate::{
    cli::{context::env, print_image},
    config::Config,
    picture::{ColorDepth, DisplayCapabilities, ProbeResult, Protocol, TerminalKind},
};

/// Returns the findings, and the facts about the terminal if there is one.
pub(super) fn findings(config: &Config) -> (Vec<DoctorCheck>, Option<DisplayCapabilities>) {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let hint = Some("the studio needs one; `tintype generate` does not".to_owned());
        return (vec![DoctorCheck::new("terminal", CheckStatus::Warning, "there is none here", hint)], None);
    }
    let forced = match print_image::driver(config) {
        Ok(forced) => forced,
        Err(problem) => return (vec![DoctorCheck::of("preview", CheckStatus::Error, &problem)], None),
    };
    let (heard, facts) = print_image::query_capabilities(forced);
    (all(&heard, &facts), Some(facts))
}

fn all(heard: &ProbeResult, facts: &DisplayCapabilities) -> Vec<DoctorCheck> {
    let name = if facts.version.is_empty() { facts.brand.to_string() } else { facts.version.clone() };
    let mut found = vec![
        DoctorCheck::ok("terminal", name),
        DoctorCheck::ok("pictures", format!("drawn with `{}`", facts.protocol)).with_evidence(facts.why.clone()),
        colors(facts),
        keys(facts),
        updates(facts),
    ];
    if facts.tmux {
        found.push(tmux(heard, facts));
    }
    if env("SSH_CONNECTION").is_some_and(|connection| !connection.is_empty()) {
        found.push(DoctorCheck::ok("ssh", "over ssh; pictures are sent once where the terminal keeps them"));
    }
    found
}

fn colors(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = facts.color.to_string();
    let hint = match facts.color {
        ColorDepth::TrueColor => return DoctorCheck::ok("colours", message),
        ColorDepth::Mono if env("NO_COLOR").is_some() => "`NO_COLOR` is set",
        _ if facts.tmux => "in ~/.tmux.conf: `set -ga terminal-features \",*:RGB\"`, then `COLORTERM=truecolor`",
        _ => "if it shows 24-bit colours, set `COLORTERM=truecolor`",
    };
    DoctorCheck::new("colours", CheckStatus::Warning, message, Some(hint.to_owned()))
}

fn keys(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = if facts.kitty_keyboard {
        "all of them can be told apart (kitty keyboard protocol)"
    } else {
        "the usual ones; Shift+Enter comes as Enter, so Alt+Enter and Ctrl+J break lines"
    };
    DoctorCheck::ok("key reporting", message)
}

fn updates(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = if facts.sync { "frames appear whole (mode 2026)" } else { "frames appear as they arrive" };
    DoctorCheck::ok("updates", message)
}

/// Checks tmux, which passes images through only as placeholder text plus an escaped transmission.
fn tmux(heard: &ProbeResult, facts: &DisplayCapabilities) -> DoctorCheck {
    let Some(outer) = &heard.outer else {
        let hint = Some("tmux 3.3 or newer lets pictures through".to_owned());
        return DoctorCheck::new("tmux", CheckStatus::Warning, "it does not tell what is around it", hint);
    };
    let could = matches!(facts.brand, TerminalKind::Kitty | TerminalKind::Ghostty | TerminalKind::Rio);
    match (facts.protocol, could) {
        (Protocol::KittyPlaceholders, _) => {
            let hint = "`set -g focus-events on` has pictures sent again when you attach from another terminal";
            DoctorCheck::new("tmux", CheckStatus::Ok, "lets pictures through", Some(hint.to_owned()))
        }
        (_, true) if !outer.passthrough => {
            let hint = "in ~/.tmux.conf: `set -g allow-passthrough on`, then restart tmux";
            DoctorCheck::new("tmux", CheckStatus::Warning, "keeps pictures from the terminal", Some(hint.to_owned()))
        }
        _ => DoctorCheck::ok("tmux", "half-blocks, for the terminal around it has no pictures that tmux can move"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{OuterTerminal, TerminalWindow};

    fn inside(version: &str, passthrough: bool) -> DoctorCheck {
        let outer =
            OuterTerminal { version: version.into(), term: "xterm".into(), passthrough, recently_attached: false };
        let heard = ProbeResult { outer: Some(outer), ..ProbeResult::default() };
        let set = |name: &str| (name == "TMUX").then(|| "/tmp/tmux".to_owned());
        tmux(&heard, &DisplayCapabilities::conclude(&set, &heard, TerminalWindow::default(), None))
    }

    #[test]
    fn tmux_that_keeps_pictures_away_is_told_how_to_let_them_through() {
        let finding = inside("kitty(0.32.1)", false);
        assert_eq!(finding.state, CheckStatus::Warning);
        assert!(finding.hint.unwrap().contains("allow-passthrough on"));
        assert_eq!(inside("kitty(0.32.1)", true).state, CheckStatus::Ok);
    }

    #[test]
    fn where_nothing_could_be_better_nothing_is_advised() {
        assert_eq!(inside("XTerm(379)", false).hint, None);
    }
}
