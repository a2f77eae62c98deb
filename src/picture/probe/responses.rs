//! Parser that separates a terminal's responses from keys typed in the meantime.
//!
//! Pure: bytes in, facts and the remaining bytes out; no reading, no clock.

use crate::picture::CellSize;

/// Responses of a terminal. Anything it did not report is absent or false.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalResponses {
    /// Response to XTVERSION: name and version, without control characters.
    pub version: Option<String>,
    /// Response to DA1: the list of attributes, of which 4 is sixel.
    pub attributes: Option<Vec<u16>>,
    pub cell: Option<CellSize>,
    /// Background color as sRGB, from the response to OSC 11.
    pub background: Option<[u8; 3]>,
    /// Response to XTSMGRAPHICS: the limits for a sixel image.
    pub sixel: SixelLimits,
    pub kitty_graphics: bool,
    pub sync: bool,
    pub kitty_keyboard: bool,
}

/// Limits of a terminal for sixel images. The defaults apply if it does not report any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SixelLimits {
    /// Number of color registers that a sixel image may use.
    pub colors: u16,
    /// Maximum size in pixels, as width and height; `None` if unlimited.
    pub size: Option<(u16, u16)>,
}

impl Default for SixelLimits {
    fn default() -> Self {
        Self { colors: 256, size: None }
    }
}

/// Id in the kitty graphics query and its response.
pub(super) const KITTY_QUERY_ID: &str = "i=31";

impl TerminalResponses {
    /// Returns whether the last query, which every terminal answers, was answered: no more responses will come.
    pub fn complete(&self) -> bool {
        self.attributes.is_some()
    }

    /// Merges responses that arrived later.
    pub fn merge(&mut self, later: Self) {
        self.version = later.version.or(self.version.take());
        self.background = later.background.or(self.background);
        self.kitty_graphics |= later.kitty_graphics;
    }

    /// Extracts the responses from `bytes`. The rest, in order, are keys.
    pub fn read(bytes: &[u8]) -> (Self, Vec<u8>) {
        let (mut answers, mut typed, mut rest) = (Self::default(), Vec::new(), bytes);
        while !rest.is_empty() {
            let (piece, length) = InputToken::first(rest);
            if !answers.take(&piece) {
                typed.extend(&rest[..length]);
            }
            rest = &rest[length..];
        }
        (answers, typed)
    }

    /// Returns whether the piece was a response.
    fn take(&mut self, piece: &InputToken<'_>) -> bool {
        match piece {
            InputToken::Csi(text) => self.take_csi(text),
            InputToken::Text(b'P', body) => self.take_version(body),
            InputToken::Text(b'_', body) => self.take_graphics(body),
            InputToken::Text(b']', body) => self.take_color(body),
            InputToken::Text(..) | InputToken::Key => false,
        }
    }

    fn take_csi(&mut self, text: &str) -> bool {
        let Some((body, end)) = text.char_indices().next_back().map(|(at, end)| (&text[..at], end)) else {
            return false;
        };
        match (body.strip_prefix('?'), end) {
            (Some(list), 'c') => self.attributes = Some(list.split(';').filter_map(|n| n.parse().ok()).collect()),
            (Some(report), 'S') => self.take_limit(report),
            (Some(_), 'u') => self.kitty_keyboard = true,
            // 0 is "not recognized", 4 is "permanently reset".
            (Some(mode), 'y') => self.sync |= matches!(mode, "2026;1$" | "2026;2$" | "2026;3$"),
            (None, 't') if body.starts_with("6;") => self.cell = cell_size(body).or(self.cell),
            _ => return false,
        }
        true
    }

    /// `1;0;colors` or `2;0;width;height`; anything but 0 in the middle is an error.
    fn take_limit(&mut self, report: &str) {
        let numbers: Vec<u16> = report.split(';').filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [1, 0, colors] if colors > 1 => self.sixel.colors = colors,
            [2, 0, width, height] if width > 0 && height > 0 => self.sixel.size = Some((width, height)),
            _ => {}
        }
    }

    fn take_version(&mut self, body: &[u8]) -> bool {
        let Some(text) = body.strip_prefix(b">|") else { return false };
        let text = String::from_utf8_lossy(text);
        self.version = Some(text.chars().filter(|c| !c.is_control()).take(80).collect());
        true
    }

    fn take_graphics(&mut self, body: &[u8]) -> bool {
        let text = String::from_utf8_lossy(body);
        self.kitty_graphics |= text.starts_with('G') && text.contains(KITTY_QUERY_ID) && text.ends_with(";OK");
        text.starts_with('G')
    }

    fn take_color(&mut self, body: &[u8]) -> bool {
        let Some(color) = body.strip_prefix(b"11;") else { return false };
        self.background = std::str::from_utf8(color).ok().and_then(parse_color).or(self.background);
        true
    }
}

/// `6;height;width`, in pixels.
fn cell_size(body: &str) -> Option<CellSize> {
    let mut numbers = body.split(';').skip(1).map(|n| n.parse().ok());
    let (height, width) = (numbers.next()??, numbers.next()??);
    CellSize::checked(width, height)
}

/// `rgb:RRRR/GGGG/BBBB`, with one to four hexadecimal digits each.
fn parse_color(text: &str) -> Option<[u8; 3]> {
    let body = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut channels = body.split('/').map(|digits| {
        let most = 16_u32.checked_pow(digits.len().try_into().ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from((value * 255 + most / 2).checked_div(most)?).ok()
    });
    Some([channels.next()??, channels.next()??, channels.next()??])
}

/// Unit of terminal input.
enum InputToken<'a> {
    /// A control sequence without its introducer.
    Csi(&'a str),
    /// A string terminated by ST or BEL: its opening byte and its content.
    Text(u8, &'a [u8]),
    /// Any other input.
    Key,
}

impl<'a> InputToken<'a> {
    /// Returns the first piece of `bytes`, which must not be empty, and its length in bytes.
    fn first(bytes: &'a [u8]) -> (Self, usize) {
        match bytes {
            [0x1b, b'[', rest @ ..] => Self::csi(rest),
            [0x1b, open @ (b'P' | b'_' | b']'), rest @ ..] => match text_end(rest) {
                Some((end, after)) => (Self::Text(*open, &rest[..end]), 2 + after),
                None => (Self::Key, 2),
            },
            _ => (Self::Key, 1),
        }
    }

    fn csi(rest: &'a [u8]) -> (Self, usize) {
        let length = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
        match (rest.get(length), std::str::from_utf8(&rest[..rest.len().min(length + 1)])) {
            (Some(0x40..=0x7e), Ok(text)) => (Self::Csi(text), length + 3),
            _ => (Self::Key, 2),
        }
    }
}

/// Returns the end of the text and the start of what follows it.
fn text_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let at = bytes.iter().position(|&byte| byte == 0x07 || byte == 0x1b)?;
    match (bytes[at], bytes.get(at + 1)) {
        (0x07, _) => Some((at, at + 1)),
        (_, Some(b'\\')) => Some((at, at + 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALL: Option<CellSize> = Some(CellSize { width: 10, height: 21 });
    const MIDDLE: Option<CellSize> = Some(CellSize::TYPICAL);
    const LOW: Option<CellSize> = Some(CellSize { width: 10, height: 19 });

    /// Recorded responses of seven terminals and tmux.
    #[test]
    fn the_answers_of_real_terminals_are_understood() {
        let table: [(&str, TerminalResponses); 8] = [
            (
                "\x1bP>|kitty(0.26.5)\x1b\\\x1b[6;19;10t\x1b[?2026;2$y\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[?62;c",
                answers(Some("kitty(0.26.5)"), &[62], LOW, [true, true, true]),
            ),
            (
                "\x1bP>|XTerm(379)\x1b\\\x1b[6;20;10t\x1b[?2026;0$y\x1b[?63;1;2;4;6;9;15;16;22;28c",
                answers(Some("XTerm(379)"), &[63, 1, 2, 4, 6, 9, 15, 16, 22, 28], MIDDLE, [false; 3]),
            ),
            (
                "\x1b[6;19;10t\x1b[?2026;0$y\x1b[?63;1;2;3;4;6;7;15;18;22;29c",
                answers(None, &[63, 1, 2, 3, 4, 6, 7, 15, 18, 22, 29], LOW, [false; 3]),
            ),
            (
                "\x1bP>|Konsole 22.12.3\x1b\\\x1b[6;21;10t\x1b_Gi=31;OK\x1b\\\x1b[?62;1;4c",
                answers(Some("Konsole 22.12.3"), &[62, 1, 4], TALL, [true, false, false]),
            ),
            ("\x1b[?6c", answers(None, &[6], None, [false; 3])),
            (
                "\x1bP>|foot(1.13.1)\x1b\\\x1b[6;21;10t\x1b[?2026;2$y\x1b[?0u\x1b[?62;4;22c",
                answers(Some("foot(1.13.1)"), &[62, 4, 22], TALL, [false, true, true]),
            ),
            (
                "\x1bP>|Rio 0.4.5\x1b\\\x1b[6;19;10t\x1b[?2026;2$y\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[?62;4;6;22c",
                answers(Some("Rio 0.4.5"), &[62, 4, 6, 22], LOW, [true, true, true]),
            ),
            ("\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c", answers(Some("tmux 3.3a"), &[1, 2], None, [false; 3])),
        ];
        for (bytes, expected) in table {
            assert_eq!(TerminalResponses::read(bytes.as_bytes()), (expected, Vec::new()), "{bytes:?}");
        }
    }

    fn answers(version: Option<&str>, attributes: &[u16], cell: Option<CellSize>, yes: [bool; 3]) -> TerminalResponses {
        let [kitty_graphics, sync, kitty_keyboard] = yes;
        let (version, attributes) = (version.map(str::to_owned), Some(attributes.to_vec()));
        let (background, sixel) = (None, SixelLimits::default());
        TerminalResponses { version, attributes, cell, background, sixel, kitty_graphics, sync, kitty_keyboard }
    }

    #[test]
    fn late_answers_add_to_those_that_came_in_time() {
        let mut answers = TerminalResponses::read(b"\x1b[6;20;10t\x1b]11;rgb:ff/ff/ff\x1b\\").0;
        answers.merge(TerminalResponses::read(b"\x1bP>|kitty(0.48.2)\x1b\\").0);
        answers.merge(TerminalResponses::read(b"\x1b_Gi=31;OK\x1b\\").0);
        assert_eq!((answers.cell, answers.background), (MIDDLE, Some([255; 3])));
        assert_eq!((answers.version.as_deref(), answers.kitty_graphics), (Some("kitty(0.48.2)"), true));
    }

    #[test]
    fn keys_between_the_answers_come_back_in_order() {
        let bytes = "a\x1b[6;20;10tb\x1b[Aé\x1bOP\x1b[?62c\r\x1bx\x1b[97;5u\x1b";
        let (answers, typed) = TerminalResponses::read(bytes.as_bytes());
        assert_eq!(answers.cell, MIDDLE);
        assert_eq!(typed, "ab\x1b[Aé\x1bOP\r\x1bx\x1b[97;5u\x1b".as_bytes());
    }

    #[test]
    fn every_cut_of_an_answer_is_not_complete_and_not_wrong() {
        let bytes = b"\x1bP>|kitty(0.26.5)\x1b\\\x1b[6;19;10t\x1b_Gi=31;OK\x1b\\\x1b[?62;c";
        for length in 0..bytes.len() {
            assert!(!TerminalResponses::read(&bytes[..length]).0.complete(), "complete after {length} bytes");
        }
    }

    #[test]
    fn backgrounds_come_in_several_spellings() {
        let table =
            [("rgb:ffff/8080/0000", [255, 128, 0]), ("rgb:1e/1e/2e", [30, 30, 46]), ("rgb:f/0/f", [255, 0, 255])];
        for (text, color) in table {
            for end in ["\x07", "\x1b\\"] {
                let (answers, typed) = TerminalResponses::read(format!("\x1b]11;{text}{end}").as_bytes());
                assert_eq!((answers.background, typed.len()), (Some(color), 0), "{text}");
            }
        }
        assert_eq!(TerminalResponses::read(b"\x1b]11;rgb:/x/\x07").0.background, None);
    }

    #[test]
    fn sixel_limits_are_parsed() {
        let (answers, typed) = TerminalResponses::read(b"\x1b[?1;0;16S\x1b[?2;0;1000;800S");
        assert_eq!(answers.sixel, SixelLimits { colors: 16, size: Some((1000, 800)) });
        assert!(typed.is_empty());
        let refused = TerminalResponses::read(b"\x1b[?1;3;0S\x1b[?2;1S").0;
        assert_eq!(refused.sixel, SixelLimits::default());
    }

    #[test]
    fn errors_and_garbage_are_not_support() {
        let (answers, _) = TerminalResponses::read(b"\x1b_Gi=31;ENOTSUP\x1b\\\x1b[?2026;4$y\x1b[6;0;0t\x1b[6;t");
        assert_eq!(answers, TerminalResponses::default());
    }

    #[test]
    fn control_characters_in_a_name_are_dropped() {
        let (answers, _) = TerminalResponses::read(b"\x1bP>|evil\x08\x0d(1)\x1b\\");
        assert_eq!(answers.version.as_deref(), Some("evil(1)"));
    }

    #[test]
    fn alt_and_the_letters_that_open_strings_are_keys() {
        let (answers, typed) = TerminalResponses::read(b"\x1bPhello\x1b[?62c");
        assert_eq!(typed, b"\x1bPhello");
        assert!(answers.complete());
    }
}
