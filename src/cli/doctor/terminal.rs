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
        let hint = Some("run the studio in a terminal; `tintype generate` works without one".to_owned());
        return (vec![DoctorCheck::new("terminal", CheckStatus::Warning, "not connected to a terminal", hint)], None);
    }
    let forced = match print_image::configured_display(config) {
        Ok(forced) => forced,
        Err(problem) => return (vec![DoctorCheck::from_diagnostic("preview", CheckStatus::Error, &problem)], None),
    };
    let (heard, facts) = print_image::query_capabilities(forced);
    (all_checks(&heard, &facts), Some(facts))
}

fn all_checks(heard: &ProbeResult, facts: &DisplayCapabilities) -> Vec<DoctorCheck> {
    let name = if facts.version.is_empty() { facts.brand.to_string() } else { facts.version.clone() };
    let mut found = vec![
        DoctorCheck::ok("terminal", name),
        DoctorCheck::ok("pictures", format!("shown with `{}`", facts.protocol)).with_evidence(facts.reasons.clone()),
        glyphs(facts),
        colors(facts),
        keys(facts),
        updates(facts),
    ];
    if facts.tmux {
        found.push(tmux(heard, facts));
    }
    if env("SSH_CONNECTION").is_some_and(|connection| !connection.is_empty()) {
        found.push(DoctorCheck::ok("ssh", "connected over ssh; images are sent only once if the terminal stores them"));
    }
    found
}

/// Reports the glyphs of images that are text.
fn glyphs(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = match facts.protocol {
        Protocol::Mosaic => format!("images are drawn with `{}`", facts.glyphs),
        Protocol::Blocks | Protocol::Viuer => "images are drawn with half-blocks".to_owned(),
        _ => format!("`{}`, if images had to be text", facts.glyphs),
    };
    DoctorCheck::ok("glyphs", message)
}

fn colors(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = facts.color.to_string();
    let hint = match facts.color {
        ColorDepth::TrueColor => return DoctorCheck::ok("colours", message),
        ColorDepth::Mono if env("NO_COLOR").is_some() => "unset `NO_COLOR` to get colors",
        _ if facts.tmux => "add `set -ga terminal-features \",*:RGB\"` to ~/.tmux.conf and set `COLORTERM=truecolor`",
        _ => "if it supports 24-bit color, set `COLORTERM=truecolor`",
    };
    DoctorCheck::new("colours", CheckStatus::Warning, message, Some(hint.to_owned()))
}

fn keys(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = if facts.kitty_keyboard {
        "all keys are distinguishable (kitty keyboard protocol)"
    } else {
        "basic; Shift+Enter arrives as Enter, so use Alt+Enter or Ctrl+J for a new line"
    };
    DoctorCheck::ok("key reporting", message)
}

fn updates(facts: &DisplayCapabilities) -> DoctorCheck {
    let message = if facts.sync { "synchronized (mode 2026)" } else { "not synchronized" };
    DoctorCheck::ok("updates", message)
}

/// Checks tmux, which passes images through only as placeholder text plus an escaped transmission.
fn tmux(heard: &ProbeResult, facts: &DisplayCapabilities) -> DoctorCheck {
    let Some(outer) = &heard.outer else {
        let hint = Some("use tmux 3.3 or newer to pass images through".to_owned());
        return DoctorCheck::new("tmux", CheckStatus::Warning, "cannot detect the terminal outside of tmux", hint);
    };
    let could = matches!(facts.brand, TerminalKind::Kitty | TerminalKind::Ghostty | TerminalKind::Rio);
    match (facts.protocol, could) {
        (Protocol::KittyPlaceholders, _) => {
            let hint = "use `set -g focus-events on` to resend images when you attach from another terminal";
            DoctorCheck::new("tmux", CheckStatus::Ok, "passes images through", Some(hint.to_owned()))
        }
        (_, true) if !outer.passthrough => {
            let hint = "add `set -g allow-passthrough on` to ~/.tmux.conf and restart tmux";
            DoctorCheck::new("tmux", CheckStatus::Warning, "blocks images", Some(hint.to_owned()))
        }
        (protocol, _) => {
            DoctorCheck::ok("tmux", format!("`{protocol}`, because the outer terminal has no image placeholders"))
        }
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
        tmux(&heard, &DisplayCapabilities::from_probe(&set, &heard, TerminalWindow::default(), None))
    }

    #[test]
    fn tmux_without_passthrough_gets_a_hint() {
        let finding = inside("kitty(0.32.1)", false);
        assert_eq!(finding.state, CheckStatus::Warning);
        assert!(finding.hint.unwrap().contains("allow-passthrough on"));
        assert_eq!(inside("kitty(0.32.1)", true).state, CheckStatus::Ok);
    }

    #[test]
    fn glyphs_of_text_images_are_reported() {
        let found = |protocol| {
            let forced = Some(protocol);
            glyphs(&DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), forced)).message
        };
        assert_eq!(found(Protocol::Mosaic), "images are drawn with `quadrants`");
        assert_eq!(found(Protocol::Blocks), "images are drawn with half-blocks");
    }

    #[test]
    fn no_hint_without_an_improvement() {
        assert_eq!(inside("XTerm(379)", false).hint, None);
    }
}
