//! Table of terminals: how each is recognized, and its drivers, best first.
//!
//! `capabilities` decides which driver works in a session.

use std::fmt;

use super::Protocol::{self, Blocks, Iterm2, KittyPlaceholders, KittyPlacement, Sixel};

/// Terminals that differ in how they show images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalKind {
    Kitty,
    Ghostty,
    Rio,
    Konsole,
    WezTerm,
    Iterm2,
    XtermJs,
    Mintty,
    Foot,
    Xterm,
    Mlterm,
    Contour,
    WindowsTerminal,
    Warp,
    Zellij,
    Alacritty,
    Vte,
    AppleTerminal,
    Tmux,
    Screen,
    LinuxConsole,
    /// An unknown terminal, or one that does not identify itself.
    Unknown,
}

/// Properties of a brand.
pub(super) struct TerminalTraits {
    brand: TerminalKind,
    name: &'static str,
    /// Possible beginnings of its response to the XTVERSION query.
    version: &'static [&'static str],
    /// Possible beginnings of the value of `TERM` in its environment.
    term: &'static [&'static str],
    /// Other environment variables that identify it, with their value; an empty value matches any.
    env: &'static [(&'static str, &'static str)],
    /// Supported drivers, best first. Half-blocks are always available as well.
    pub(super) drivers: &'static [Protocol],
    /// Set if it supports 24-bit color, regardless of `COLORTERM`.
    pub(super) true_color: bool,
}

impl TerminalTraits {
    const fn new(brand: TerminalKind, name: &'static str) -> Self {
        let (version, term, env, drivers, true_color) = (&[], &[], &[], &[], true);
        Self { brand, name, version, term, env, drivers, true_color }
    }
    const fn with_version_prefix(self, version: &'static [&'static str]) -> Self {
        Self { version, ..self }
    }
    const fn with_term_prefix(self, term: &'static [&'static str]) -> Self {
        Self { term, ..self }
    }
    const fn with_env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }
    const fn with_drivers(self, drivers: &'static [Protocol]) -> Self {
        Self { drivers, ..self }
    }
    const fn without_true_color(self) -> Self {
        Self { true_color: false, ..self }
    }
}

/// If a terminal has several protocols, the first one shows the best image at the lowest cost: ids beat resending, and
/// true color beats sixel. Konsole, for example, has three, and kitty placements are its best.
const TABLE: &[TerminalTraits] = &[
    TerminalTraits::new(TerminalKind::Kitty, "kitty")
        .with_version_prefix(&["kitty"])
        .with_term_prefix(&["xterm-kitty"])
        .with_drivers(&[KittyPlaceholders, KittyPlacement]),
    TerminalTraits::new(TerminalKind::Ghostty, "Ghostty")
        .with_version_prefix(&["ghostty"])
        .with_term_prefix(&["xterm-ghostty"])
        .with_env(&[("TERM_PROGRAM", "ghostty")])
        .with_drivers(&[KittyPlaceholders, KittyPlacement]),
    TerminalTraits::new(TerminalKind::Rio, "Rio")
        .with_version_prefix(&["rio"])
        .with_term_prefix(&["rio", "xterm-rio"])
        .with_env(&[("TERM_PROGRAM", "rio")])
        .with_drivers(&[KittyPlaceholders, KittyPlacement, Sixel]),
    TerminalTraits::new(TerminalKind::Konsole, "Konsole")
        .with_version_prefix(&["konsole"])
        .with_env(&[("KONSOLE_VERSION", "")])
        .with_drivers(&[KittyPlacement, Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::WezTerm, "WezTerm")
        .with_version_prefix(&["wezterm"])
        .with_term_prefix(&["wezterm"])
        .with_env(&[("TERM_PROGRAM", "WezTerm")])
        .with_drivers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Iterm2, "iTerm2")
        .with_version_prefix(&["iterm2"])
        .with_env(&[("TERM_PROGRAM", "iTerm.app"), ("LC_TERMINAL", "iTerm2")])
        .with_drivers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::XtermJs, "xterm.js")
        .with_version_prefix(&["xterm.js"])
        .with_env(&[("TERM_PROGRAM", "vscode"), ("TERM_PROGRAM", "Tabby"), ("TERM_PROGRAM", "Hyper")])
        .with_drivers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Mintty, "mintty")
        .with_version_prefix(&["mintty"])
        .with_env(&[("TERM_PROGRAM", "mintty")])
        .with_drivers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Foot, "foot")
        .with_version_prefix(&["foot"])
        .with_term_prefix(&["foot"])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Mlterm, "mlterm")
        .with_version_prefix(&["mlterm"])
        .with_term_prefix(&["mlterm"])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Contour, "Contour")
        .with_version_prefix(&["contour"])
        .with_term_prefix(&["contour"])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Warp, "Warp")
        .with_version_prefix(&["warp"])
        .with_env(&[("TERM_PROGRAM", "WarpTerminal")])
        .with_drivers(&[KittyPlacement]),
    TerminalTraits::new(TerminalKind::Zellij, "Zellij")
        .with_version_prefix(&["zellij"])
        .with_env(&[("ZELLIJ", "")])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Alacritty, "Alacritty")
        .with_version_prefix(&["alacritty"])
        .with_term_prefix(&["alacritty"])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::AppleTerminal, "Apple Terminal")
        .with_env(&[("TERM_PROGRAM", "Apple_Terminal")])
        .without_true_color(),
    TerminalTraits::new(TerminalKind::Tmux, "tmux")
        .with_version_prefix(&["tmux"])
        .with_term_prefix(&["tmux"])
        .with_env(&[("TMUX", "")])
        .without_true_color(),
    TerminalTraits::new(TerminalKind::Screen, "GNU Screen")
        .with_term_prefix(&["screen"])
        .with_env(&[("STY", "")])
        .without_true_color(),
    TerminalTraits::new(TerminalKind::LinuxConsole, "the Linux console")
        .with_term_prefix(&["linux"])
        .without_true_color(),
    // These two pass their variables on to child processes, so they come last.
    TerminalTraits::new(TerminalKind::WindowsTerminal, "Windows Terminal")
        .with_env(&[("WT_SESSION", "")])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Vte, "VTE")
        .with_version_prefix(&["vte"])
        .with_env(&[("VTE_VERSION", "")])
        .with_drivers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Xterm, "xterm")
        .with_version_prefix(&["xterm("])
        .with_env(&[("XTERM_VERSION", "")])
        .with_drivers(&[Sixel])
        .without_true_color(),
    UNKNOWN,
];

/// An unnamed terminal is offered the protocols whose support a query can prove.
const UNKNOWN: TerminalTraits = TerminalTraits::new(TerminalKind::Unknown, "an unknown terminal")
    .with_drivers(&[KittyPlacement, Sixel, Blocks])
    .without_true_color();

impl TerminalKind {
    /// Identifies a brand by its response to XTVERSION.
    pub(super) fn by_version(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        find(|row| row.version.iter().any(|start| text.starts_with(start))).unwrap_or(Self::Unknown)
    }

    /// Identifies a brand by the environment. `TERM` comes first, because the terminal sets it and ssh forwards it.
    pub(super) fn by_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let term = env("TERM").unwrap_or_default();
        let set = |(name, value): &(&str, &str)| {
            env(name).is_some_and(|found| !found.is_empty() && (value.is_empty() || found == *value))
        };
        find(|row| row.term.iter().any(|start| term.starts_with(start)))
            .or_else(|| find(|row| row.env.iter().any(set)))
            .unwrap_or(Self::Unknown)
    }

    pub(super) fn traits(self) -> &'static TerminalTraits {
        TABLE.iter().find(|row| row.brand == self).unwrap_or(&UNKNOWN)
    }
}

fn find(matches: impl Fn(&TerminalTraits) -> bool) -> Option<TerminalKind> {
    TABLE.iter().find(|row| matches(row)).map(|row| row.brand)
}

impl fmt::Display for TerminalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.traits().name)
    }
}
