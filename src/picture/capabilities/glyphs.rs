//! Block glyphs that a terminal draws itself. Terminals have no query for it, so it follows from brand and version.
//!
//! Glyphs from a font leave seams between cells, or are missing, so the table lists only what terminals draw
//! themselves. Where no source says more, it lists quadrants, which are as old as half-blocks in fonts.

use super::version::Version;
use crate::picture::{GlyphSet, TerminalKind, probe::EnvReader};

/// Sets of glyphs by brand, each with the first version that draws it, oldest first. Other brands are unknown.
///
/// Seen on screenshots: kitty 0.26 and VTE 0.70 up to diagonals, Alacritty 0.11 with quadrants. Older versions of these
/// may draw as much, but were not seen. Read: foot's changelog (1.9, diagonals), WezTerm's documentation of
/// `custom_block_glyphs`, Rio's and Ghostty's sources, Konsole's `LineBlockCharacters.h`, xterm.js's custom glyphs.
/// At second hand: the octants of kitty, Ghostty, foot and VTE (github.com/breferrari/vigia/issues/324). The quadrants
/// of iTerm2, Contour, Windows Terminal and Apple Terminal are assumed.
const TABLE: &[(TerminalKind, &[(Version, GlyphSet)])] = &[
    (
        TerminalKind::Kitty,
        &[
            (Version(0, 0), GlyphSet::Quadrants),
            (Version(0, 26), GlyphSet::Diagonals),
            (Version(0, 40), GlyphSet::Octants),
        ],
    ),
    (TerminalKind::Ghostty, &[(Version(0, 0), GlyphSet::Diagonals), (Version(1, 2), GlyphSet::Octants)]),
    (
        TerminalKind::Foot,
        &[
            (Version(0, 0), GlyphSet::Quadrants),
            (Version(1, 9), GlyphSet::Diagonals),
            (Version(1, 20), GlyphSet::Octants),
        ],
    ),
    (
        TerminalKind::Vte,
        &[
            (Version(0, 0), GlyphSet::Quadrants),
            (Version(0, 70), GlyphSet::Diagonals),
            (Version(0, 78), GlyphSet::Octants),
        ],
    ),
    (TerminalKind::WezTerm, &[(Version(0, 0), GlyphSet::Diagonals)]),
    (TerminalKind::Rio, &[(Version(0, 0), GlyphSet::Quadrants), (Version(0, 4), GlyphSet::Sextants)]),
    (TerminalKind::Alacritty, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::Konsole, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::XtermJs, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::Iterm2, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::Contour, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::WindowsTerminal, &[(Version(0, 0), GlyphSet::Quadrants)]),
    (TerminalKind::AppleTerminal, &[(Version(0, 0), GlyphSet::Quadrants)]),
];

/// Returns the largest set that the terminal is known to draw.
pub(super) fn drawn_by(brand: TerminalKind, version: &str, env: EnvReader<'_>, tmux: bool) -> Option<GlyphSet> {
    let version = version_of(brand, version, env);
    let (_, sets) = TABLE.iter().find(|(other, _)| *other == brand)?;
    let (_, set) = sets.iter().rev().find(|(since, _)| *since <= version)?;
    // tmux drops characters of which its system does not know the width, and many systems know no Unicode 16.
    Some(if tmux { (*set).min(GlyphSet::Diagonals) } else { *set })
}

/// Returns the version in a response or in the environment, and the lowest one if it is unknown.
fn version_of(brand: TerminalKind, reported: &str, env: EnvReader<'_>) -> Version {
    let known = match brand {
        TerminalKind::Vte if reported.is_empty() => Version::find_packed(&env("VTE_VERSION").unwrap_or_default()),
        TerminalKind::Vte => Version::find_packed(reported),
        _ => Version::find(reported),
    };
    known.unwrap_or(Version(0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(brand: TerminalKind, version: &str, tmux: bool) -> Option<GlyphSet> {
        let env = |name: &str| (name == "VTE_VERSION").then(|| "7802".to_owned());
        drawn_by(brand, version, &env, tmux)
    }

    #[test]
    fn the_version_decides_which_glyphs_a_terminal_draws() {
        let table = [
            (TerminalKind::Kitty, "kitty(0.26.5)", Some(GlyphSet::Diagonals)),
            (TerminalKind::Kitty, "kitty(0.41.1)", Some(GlyphSet::Octants)),
            (TerminalKind::Vte, "VTE(7600)", Some(GlyphSet::Diagonals)),
            (TerminalKind::Vte, "VTE(7800)", Some(GlyphSet::Octants)),
            (TerminalKind::Vte, "VTE(5202)", Some(GlyphSet::Quadrants)),
            (TerminalKind::Vte, "", Some(GlyphSet::Octants)),
            (TerminalKind::Foot, "foot(1.13.1)", Some(GlyphSet::Diagonals)),
            (TerminalKind::Foot, "foot(1.21.0)", Some(GlyphSet::Octants)),
            (TerminalKind::WezTerm, "WezTerm 20240203-110809-5046fc22", Some(GlyphSet::Diagonals)),
            (TerminalKind::Alacritty, "", Some(GlyphSet::Quadrants)),
            (TerminalKind::Xterm, "XTerm(379)", None),
            (TerminalKind::Unknown, "something 9.9", None),
        ];
        for (brand, version, set) in table {
            assert_eq!(drawn(brand, version, false), set, "{brand} {version}");
        }
    }

    #[test]
    fn tmux_passes_no_octants_on() {
        assert_eq!(drawn(TerminalKind::Kitty, "kitty(0.41.1)", true), Some(GlyphSet::Diagonals));
        assert_eq!(drawn(TerminalKind::Konsole, "Konsole 25.04.1", true), Some(GlyphSet::Quadrants));
        assert_eq!(drawn(TerminalKind::Tmux, "", true), None);
    }

    #[test]
    fn sets_grow_with_the_version() {
        for (brand, sets) in TABLE {
            assert!(sets.is_sorted() && sets[0].0 == Version(0, 0), "{brand}");
        }
    }
}
