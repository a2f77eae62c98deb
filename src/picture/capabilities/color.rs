//! Color depth of text. Terminals have no query for it, so it is inferred from several signs.

use crate::picture::{ColorDepth, TerminalKind, probe::EnvReader};

pub(super) fn depth(env: EnvReader<'_>, brand: TerminalKind, why: &mut Vec<String>) -> ColorDepth {
    let (depth, reason) = signs(env, brand);
    why.push(format!("{depth}, {reason}"));
    depth
}

fn signs(env: EnvReader<'_>, brand: TerminalKind) -> (ColorDepth, String) {
    let set = |name: &str| env(name).unwrap_or_default();
    let (term, colorterm) = (set("TERM"), set("COLORTERM"));
    if !set("NO_COLOR").is_empty() {
        (ColorDepth::Mono, "because `NO_COLOR` is set".to_owned())
    } else if matches!(colorterm.as_str(), "truecolor" | "24bit") {
        (ColorDepth::TrueColor, "according to `COLORTERM`".to_owned())
    } else if brand.traits().true_color {
        (ColorDepth::TrueColor, format!("supported by {brand}"))
    } else if term.ends_with("-direct") {
        (ColorDepth::TrueColor, "according to `TERM`".to_owned())
    } else if term.contains("256color") || matches!(brand, TerminalKind::Xterm | TerminalKind::Tmux) {
        (ColorDepth::Ansi256, format!("typical for {brand}"))
    } else if term.is_empty() || term == "dumb" || term.starts_with("vt") {
        (ColorDepth::Mono, "according to `TERM`".to_owned())
    } else {
        (ColorDepth::Ansi16, format!("typical for {brand}"))
    }
}
