use pretty_assertions::assert_eq;

use super::*;
use crate::picture::probe::OuterTerminal;

type Vars<'a> = &'a [(&'a str, &'a str)];

fn conclude(
    vars: Vars<'_>,
    heard: &ProbeResult,
    window: TerminalWindow,
    forced: Option<Protocol>,
) -> DisplayCapabilities {
    let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    DisplayCapabilities::from_probe(&env, heard, window, forced)
}

fn heard(answer: &str) -> ProbeResult {
    let (answers, early_input) = TerminalResponses::read(answer.as_bytes());
    ProbeResult { answers, early_input, ..ProbeResult::default() }
}

fn tmux(version: &str, passthrough: bool) -> ProbeResult {
    let outer = OuterTerminal {
        version: version.to_owned(),
        term: "xterm-256color".to_owned(),
        passthrough,
        recently_attached: false,
    };
    ProbeResult { outer: Some(outer), ..heard("\x1bP>|tmux 3.4\x1b\\\x1b[?1;2;4c") }
}

const INSIDE: Vars<'_> = &[("TMUX", "/tmp/tmux,1,0"), ("TERM", "tmux-256color"), ("KONSOLE_VERSION", "221203")];

#[test]
fn each_real_terminal_gets_its_best_driver() {
    use Protocol::{Blocks, Iterm2, KittyPlaceholders, KittyPlacement, Mosaic, Sixel};
    let xterm = "xterm-256color";
    let table = [
        ("xterm-kitty", "\x1bP>|kitty(0.26.5)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;c", TerminalKind::Kitty, KittyPlacement),
        (
            "xterm-kitty",
            "\x1bP>|kitty(0.28.0)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;c",
            TerminalKind::Kitty,
            KittyPlaceholders,
        ),
        (xterm, "\x1bP>|XTerm(379)\x1b\\\x1b[?63;1;2;4;6;9;15;16;22;28c", TerminalKind::Xterm, Sixel),
        (xterm, "\x1bP>|XTerm(379)\x1b\\\x1b[?64;1;2;6;9;15;16;22;28c", TerminalKind::Xterm, Blocks),
        ("mlterm", "\x1b[?63;1;2;3;4;6;7;15;18;22;29c", TerminalKind::Mlterm, Sixel),
        (xterm, "\x1bP>|Konsole 22.12.3\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;1;4c", TerminalKind::Konsole, KittyPlacement),
        (xterm, "\x1bP>|Konsole 21.04.0\x1b\\\x1b[?62;1c", TerminalKind::Konsole, Iterm2),
        ("alacritty", "\x1b[?6c", TerminalKind::Alacritty, Mosaic),
        ("foot", "\x1bP>|foot(1.13.1)\x1b\\\x1b[?62;4;22c", TerminalKind::Foot, Sixel),
        ("rio", "\x1bP>|Rio 0.4.5\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;4;6;22c", TerminalKind::Rio, KittyPlaceholders),
        (xterm, "\x1bP>|ghostty 1.1.0\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;22c", TerminalKind::Ghostty, KittyPlaceholders),
        (xterm, "\x1bP>|WezTerm 20240203\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?65;4;6;18;22c", TerminalKind::WezTerm, Iterm2),
        (xterm, "\x1bP>|iTerm2 3.5.0\x1b\\\x1b[?64;4c", TerminalKind::Iterm2, Iterm2),
        (xterm, "\x1bP>|xterm.js(5.6.0)\x1b\\\x1b[?62;4;9;22c", TerminalKind::XtermJs, Iterm2),
        (xterm, "\x1bP>|xterm.js(5.6.0)\x1b\\\x1b[?1;2c", TerminalKind::XtermJs, Mosaic),
        (xterm, "\x1bP>|VTE(7600)\x1b\\\x1b[?65;1;9c", TerminalKind::Vte, Mosaic),
        ("linux", "\x1b[?6c", TerminalKind::LinuxConsole, Blocks),
        (xterm, "\x1b_Gi=31;OK\x1b\\\x1b[?62c", TerminalKind::Unknown, KittyPlacement),
        (xterm, "\x1b[?62;4c", TerminalKind::Unknown, Sixel),
        (xterm, "\x1b[?4;1c", TerminalKind::Unknown, Blocks),
        (xterm, "", TerminalKind::Unknown, Blocks),
    ];
    for (term, answer, brand, protocol) in table {
        let facts = conclude(&[("TERM", term)], &heard(answer), TerminalWindow::default(), None);
        assert_eq!((facts.brand, facts.protocol), (brand, protocol), "{term} {answer:?}");
    }
}

#[test]
fn a_terminal_response_beats_a_leaked_environment() {
    let leaked = [("TERM", "xterm-256color"), ("KONSOLE_VERSION", "221203"), ("TERM_PROGRAM", "iTerm.app")];
    let answer = heard("\x1bP>|kitty(0.26.5)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;c");
    assert_eq!(conclude(&leaked, &answer, TerminalWindow::default(), None).brand, TerminalKind::Kitty);
}

#[test]
fn the_environment_names_terminals_that_do_not_answer() {
    let table = [
        (("TERM_PROGRAM", "Apple_Terminal"), TerminalKind::AppleTerminal),
        (("WT_SESSION", "6f0e"), TerminalKind::WindowsTerminal),
        (("LC_TERMINAL", "iTerm2"), TerminalKind::Iterm2),
        (("VTE_VERSION", "7600"), TerminalKind::Vte),
        (("VTE_VERSION", ""), TerminalKind::Unknown),
    ];
    for (var, brand) in table {
        let facts = conclude(&[("TERM", "xterm-256color"), var], &heard("\x1b[?62c"), TerminalWindow::default(), None);
        assert_eq!(facts.brand, brand, "{var:?}");
    }
}

#[test]
fn inside_tmux_only_placeholders_pass_and_only_where_allowed() {
    let table = [
        (tmux("kitty(0.32.1)", true), TerminalKind::Kitty, Protocol::KittyPlaceholders),
        (tmux("kitty(0.32.1)", false), TerminalKind::Kitty, Protocol::Mosaic),
        (tmux("kitty(0.26.5)", true), TerminalKind::Kitty, Protocol::Mosaic),
        (tmux("foot(1.13.1)", true), TerminalKind::Foot, Protocol::Mosaic),
        (tmux("XTerm(379)", true), TerminalKind::Xterm, Protocol::Blocks),
        (tmux("", true), TerminalKind::Tmux, Protocol::Blocks),
        (heard("\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c"), TerminalKind::Tmux, Protocol::Blocks),
    ];
    for (heard, brand, protocol) in table {
        let facts = conclude(INSIDE, &heard, TerminalWindow::default(), None);
        assert_eq!((facts.brand, facts.protocol, facts.tmux), (brand, protocol, true), "{heard:?}");
    }
}

#[test]
fn tmux_users_get_a_hint_to_allow_passthrough() {
    let facts = conclude(INSIDE, &tmux("ghostty 1.1.0", false), TerminalWindow::default(), None);
    assert!(facts.reasons.iter().any(|reason| reason.contains("`set -g allow-passthrough on`")), "{:?}", facts.reasons);
}

#[test]
fn a_forced_protocol_is_used_and_explained() {
    let facts = conclude(&[("TERM", "xterm")], &heard("\x1b[?1;2c"), TerminalWindow::default(), Some(Protocol::Sixel));
    assert_eq!(facts.protocol, Protocol::Sixel);
    assert!(facts.reasons.contains(&"`sixel` because it was requested".to_owned()));
}

#[test]
fn requested_blocks_and_terminals_without_color_stay_half_blocks() {
    let chosen = |vars: Vars<'_>, forced| {
        conclude(vars, &heard("\x1bP>|VTE(7800)\x1b\\\x1b[?65;1;9c"), TerminalWindow::default(), forced).protocol
    };
    let plain = [("TERM", "xterm-256color")];
    assert_eq!(chosen(&plain, None), Protocol::Mosaic);
    assert_eq!(chosen(&plain, Some(Protocol::Blocks)), Protocol::Blocks);
    assert_eq!(chosen(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], None), Protocol::Blocks);
}

#[test]
fn glyphs_are_those_that_the_terminal_draws_unless_requested() {
    let glyphs = |answer: &str, forced: DisplayOverride| {
        let env = |name: &str| (name == "TERM").then(|| "xterm-256color".to_owned());
        let facts = DisplayCapabilities::from_probe(&env, &heard(answer), TerminalWindow::default(), forced);
        (facts.protocol, facts.glyphs)
    };
    let (vte, unknown) = ("\x1bP>|VTE(7800)\x1b\\\x1b[?65;1;9c", "\x1b[?1c");
    let detected = DisplayOverride::default();
    let mosaic = DisplayOverride { protocol: Some(Protocol::Mosaic), glyphs: None };
    let sextants = DisplayOverride { protocol: None, glyphs: Some(GlyphSet::Sextants) };
    assert_eq!(glyphs(vte, detected), (Protocol::Mosaic, GlyphSet::Octants));
    assert_eq!(glyphs(vte, sextants), (Protocol::Mosaic, GlyphSet::Sextants));
    assert_eq!(glyphs(unknown, detected).0, Protocol::Blocks);
    assert_eq!(glyphs(unknown, mosaic), (Protocol::Mosaic, GlyphSet::Quadrants));
    assert_eq!(glyphs(unknown, sextants), (Protocol::Mosaic, GlyphSet::Sextants));
}

#[test]
fn cell_sizes_come_from_the_terminal_then_the_window_then_habit() {
    let window = TerminalWindow { columns: 80, rows: 24, width: 720, height: 432 };
    let size = |answer: &str, window| conclude(&[("TERM", "xterm")], &heard(answer), window, None).cell;
    assert_eq!(size("\x1b[6;19;10t\x1b[?1c", window), CellSize { width: 10, height: 19 });
    assert_eq!(size("\x1b[?1c", window), CellSize { width: 9, height: 18 });
    assert_eq!(size("\x1b[?1c", TerminalWindow::default()), CellSize::TYPICAL);
    let lies = TerminalWindow { columns: 80, rows: 24, width: 1280, height: 768 };
    assert_eq!(conclude(INSIDE, &tmux("", false), lies, None).cell, CellSize::TYPICAL);
}

#[test]
fn a_new_font_is_noticed_when_the_window_changes() {
    let mut facts = conclude(&[("TERM", "xterm")], &heard("\x1b[6;19;10t\x1b[?1c"), TerminalWindow::default(), None);
    facts.resized(TerminalWindow { columns: 100, rows: 50, width: 1500, height: 1500 });
    assert_eq!(facts.cell, CellSize { width: 15, height: 30 });
    facts.resized(TerminalWindow { columns: 100, rows: 50, width: 0, height: 0 });
    assert_eq!(facts.cell, CellSize { width: 15, height: 30 });
}

#[test]
fn color_depth_is_inferred() {
    let table: [(Vars<'_>, ColorDepth); 9] = [
        (&[("TERM", "xterm-256color")], ColorDepth::Ansi256),
        (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], ColorDepth::TrueColor),
        (&[("TERM", "xterm-kitty")], ColorDepth::TrueColor),
        (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], ColorDepth::Mono),
        (&[("TERM", "xterm-kitty"), ("NO_COLOR", "")], ColorDepth::TrueColor),
        (&[("TERM", "linux")], ColorDepth::Ansi16),
        (&[("TERM", "vt100")], ColorDepth::Mono),
        (&[("TERM", "tmux-256color"), ("TMUX", "x")], ColorDepth::Ansi256),
        (&[], ColorDepth::Mono),
    ];
    for (vars, depth) in table {
        assert_eq!(conclude(vars, &ProbeResult::default(), TerminalWindow::default(), None).color, depth, "{vars:?}");
    }
}
