//! Notifications outside of the window: the escape sequence that each terminal understands, or its bell.
//! `update` decides when to notify and what the text is.

use crate::{picture::TerminalKind, sanitize};

/// Title of every notification.
const TITLE: &str = "Tintype";
/// Maximum number of characters of the text.
const MAX_CHARS: usize = 120;

/// A way to notify the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotificationKind {
    /// `OSC 9`, from iTerm2: one text.
    Osc9,
    /// `OSC 99`, from kitty.
    Osc99,
    /// `OSC 777`, from urxvt: title and text.
    Osc777,
    /// The bell.
    Bell,
}

impl NotificationKind {
    /// Returns the best kind that a terminal shows; the bell if it shows none, or is unknown.
    pub(super) const fn of_terminal(terminal: TerminalKind) -> Self {
        match terminal {
            TerminalKind::Kitty => Self::Osc99,
            TerminalKind::Foot
            | TerminalKind::Ghostty
            | TerminalKind::WezTerm
            | TerminalKind::Contour
            | TerminalKind::Vte => Self::Osc777,
            TerminalKind::Iterm2 | TerminalKind::WindowsTerminal | TerminalKind::Warp | TerminalKind::Rio => Self::Osc9,
            _ => Self::Bell,
        }
    }

    /// Returns the bytes that show `text`. Inside `tmux` an escape sequence is wrapped for the terminal around it; the
    /// bell is for tmux itself.
    pub(super) fn bytes(self, text: &str, tmux: bool) -> Vec<u8> {
        let text = sanitize::line(text);
        let text = sanitize::truncate(&text, MAX_CHARS);
        let sequence = match self {
            Self::Osc9 => format!("\x1b]9;{TITLE}: {text}\x1b\\"),
            // kitty drops it if the window has the focus after all.
            Self::Osc99 => format!("\x1b]99;o=unfocused;{TITLE}: {text}\x1b\\"),
            Self::Osc777 => format!("\x1b]777;notify;{TITLE};{text}\x1b\\"),
            Self::Bell => return b"\x07".to_vec(),
        };
        let wrapped = tmux.then(|| format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")));
        wrapped.unwrap_or(sequence).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(terminal: TerminalKind, text: &str, tmux: bool) -> String {
        String::from_utf8(NotificationKind::of_terminal(terminal).bytes(text, tmux)).unwrap()
    }

    #[test]
    fn each_terminal_gets_the_sequence_it_shows() {
        for (terminal, expected) in [
            (TerminalKind::Kitty, "\x1b]99;o=unfocused;Tintype: 4 images ready\x1b\\"),
            (TerminalKind::Foot, "\x1b]777;notify;Tintype;4 images ready\x1b\\"),
            (TerminalKind::Ghostty, "\x1b]777;notify;Tintype;4 images ready\x1b\\"),
            (TerminalKind::WezTerm, "\x1b]777;notify;Tintype;4 images ready\x1b\\"),
            (TerminalKind::Vte, "\x1b]777;notify;Tintype;4 images ready\x1b\\"),
            (TerminalKind::Iterm2, "\x1b]9;Tintype: 4 images ready\x1b\\"),
            (TerminalKind::WindowsTerminal, "\x1b]9;Tintype: 4 images ready\x1b\\"),
            (TerminalKind::Xterm, "\x07"),
            (TerminalKind::Alacritty, "\x07"),
            (TerminalKind::Tmux, "\x07"),
            (TerminalKind::Unknown, "\x07"),
        ] {
            assert_eq!(bytes(terminal, "4 images ready", false), expected, "{terminal}");
        }
    }

    #[test]
    fn notification_passes_through_tmux() {
        let wrapped = "\x1bPtmux;\x1b\x1b]777;notify;Tintype;1 failed\x1b\x1b\\\x1b\\";
        assert_eq!(bytes(TerminalKind::Foot, "1 failed", true), wrapped);
        assert_eq!(bytes(TerminalKind::Tmux, "1 failed", true), "\x07");
    }

    #[test]
    fn text_of_a_notification_cannot_end_its_sequence() {
        for terminal in [TerminalKind::Kitty, TerminalKind::Foot, TerminalKind::Iterm2] {
            let shown = bytes(terminal, "a\x1b\\b\x07c\u{9c}d\n", false);
            assert_eq!(shown.matches(['\x1b', '\x07', '\u{9c}', '\n']).count(), 2, "{shown:?}");
            assert!(bytes(terminal, &"x".repeat(9000), false).len() < 200);
        }
    }
}
