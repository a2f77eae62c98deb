//! Table of terminals: how each is recognized, and its drivers, best first.
//!
//! Whether a driver actually works in this session is decided in `facts`.

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
    const fn version(self, version: &'static [&'static str]) -> Self {
        Self { version, ..self }
    }
    const fn term(self, term: &'static [&'static str]) -> Self {
        Self { term, ..self }
    }
    const fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }
    const fn offers(self, drivers: &'static [Protocol]) -> Self {
        Self { drivers, ..self }
    }
    const fn few_colors(self) -> Self {
        Self { true_color: false, ..self }
    }
}

/// If a terminal has several protocols, the first one shows the best image at the lowest cost: ids beat resending, and
/// true color beats sixel. Konsole, for example, has three, and kitty placements are its best.
const TABLE: &[TerminalTraits] = &[
    TerminalTraits::new(TerminalKind::Kitty, "kitty")
        .version(&["kitty"])
        .term(&["xterm-kitty"])
        .offers(&[KittyPlaceholders, KittyPlacement]),
    TerminalTraits::new(TerminalKind::Ghostty, "Ghostty")
        .version(&["ghostty"])
        .term(&["xterm-ghostty"])
        .env(&[("TERM_PROGRAM", "ghostty")])
        .offers(&[KittyPlaceholders, KittyPlacement]),
    TerminalTraits::new(TerminalKind::Rio, "Rio")
        .version(&["rio"])
        .term(&["rio", "xterm-rio"])
        .env(&[("TERM_PROGRAM", "rio")])
        .offers(&[KittyPlaceholders, KittyPlacement, Sixel]),
    TerminalTraits::new(TerminalKind::Konsole, "Konsole")
        .version(&["konsole"])
        .env(&[("KONSOLE_VERSION", "")])
        .offers(&[KittyPlacement, Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::WezTerm, "WezTerm")
        .version(&["wezterm"])
        .term(&["wezterm"])
        .env(&[("TERM_PROGRAM", "WezTerm")])
        .offers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Iterm2, "iTerm2")
        .version(&["iterm2"])
        .env(&[("TERM_PROGRAM", "iTerm.app"), ("LC_TERMINAL", "iTerm2")])
        .offers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::XtermJs, "xterm.js")
        .version(&["xterm.js"])
        .env(&[("TERM_PROGRAM", "vscode"), ("TERM_PROGRAM", "Tabby"), ("TERM_PROGRAM", "Hyper")])
        .offers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Mintty, "mintty")
        .version(&["mintty"])
        .env(&[("TERM_PROGRAM", "mintty")])
        .offers(&[Iterm2, Sixel]),
    TerminalTraits::new(TerminalKind::Foot, "foot").version(&["foot"]).term(&["foot"]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Mlterm, "mlterm").version(&["mlterm"]).term(&["mlterm"]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Contour, "Contour").version(&["contour"]).term(&["contour"]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Warp, "Warp")
        .version(&["warp"])
        .env(&[("TERM_PROGRAM", "WarpTerminal")])
        .offers(&[KittyPlacement]),
    TerminalTraits::new(TerminalKind::Zellij, "Zellij").version(&["zellij"]).env(&[("ZELLIJ", "")]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Alacritty, "Alacritty")
        .version(&["alacritty"])
        .term(&["alacritty"])
        .offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::AppleTerminal, "Apple Terminal")
        .env(&[("TERM_PROGRAM", "Apple_Terminal")])
        .few_colors(),
    TerminalTraits::new(TerminalKind::Tmux, "tmux")
        .version(&["tmux"])
        .term(&["tmux"])
        .env(&[("TMUX", "")])
        .few_colors(),
    TerminalTraits::new(TerminalKind::Screen, "GNU Screen").term(&["screen"]).env(&[("STY", "")]).few_colors(),
    TerminalTraits::new(TerminalKind::LinuxConsole, "the Linux console").term(&["linux"]).few_colors(),
    // These two pass their variables on to child processes, so they come last.
    TerminalTraits::new(TerminalKind::WindowsTerminal, "Windows Terminal").env(&[("WT_SESSION", "")]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Vte, "VTE").version(&["vte"]).env(&[("VTE_VERSION", "")]).offers(&[Sixel]),
    TerminalTraits::new(TerminalKind::Xterm, "xterm")
        .version(&["xterm("])
        .env(&[("XTERM_VERSION", "")])
        .offers(&[Sixel])
        .few_colors(),
    UNKNOWN,
];

/// An unnamed terminal is offered the protocols whose support a query can prove.
const UNKNOWN: TerminalTraits = TerminalTraits::new(TerminalKind::Unknown, "an unknown terminal")
    .offers(&[KittyPlacement, Sixel, Blocks])
    .few_colors();

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
