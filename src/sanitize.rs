//! Sanitization of untrusted text for output: control characters, escape sequences and hidden direction changes never
//! reach a terminal. Stored and sent text is not changed.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Replacement for a tab.
const TAB: &str = "    ";

/// Sanitizes `text` to one line: line breaks become `␤`, tabs become a space, and control characters become visible.
pub fn line(text: &str) -> Cow<'_, str> {
    replace_unsafe(text, |c| match c {
        '\n' | '\u{2028}' | '\u{2029}' => Some("␤".into()),
        '\t' => Some(" ".into()),
        _ => visible_replacement(c),
    })
}

/// Sanitizes `text` and keeps its lines: tabs become spaces, and control characters become visible.
pub fn lines(text: &str) -> Cow<'_, str> {
    let text = if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    let kept = |c| match c {
        '\n' => None,
        '\t' => Some(TAB.into()),
        '\u{2028}' | '\u{2029}' => Some("\n".into()),
        _ => visible_replacement(c),
    };
    match text {
        Cow::Borrowed(text) => replace_unsafe(text, kept),
        Cow::Owned(text) => Cow::Owned(replace_unsafe(&text, kept).into_owned()),
    }
}

/// Truncates `text` to `cells` terminal cells, with `…` in place of what is cut. Grapheme clusters are never split.
pub fn truncate(text: &str, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0;
    let fits = |part: &&str| {
        used += part.width();
        used <= room
    };
    let mut short: String = text.graphemes(true).take_while(fits).collect();
    short.push('…');
    Cow::Owned(short)
}

fn replace_unsafe(text: &str, replace: impl Fn(char) -> Option<Cow<'static, str>>) -> Cow<'_, str> {
    let Some(first) = text.find(|c| replace(c).is_some()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        match replace(c) {
            Some(stand_in) => out.push_str(&stand_in),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Returns the visible replacement for a character that must not reach a terminal.
fn visible_replacement(c: char) -> Option<Cow<'static, str>> {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).map(|picture| picture.to_string().into()),
        '\u{7f}' => Some("␡".into()),
        '\u{80}'..='\u{9f}' => Some(code_point(c)),
        _ if is_deceptive(c) => Some(code_point(c)),
        _ => None,
    }
}

/// Returns whether a terminal would interpret `c`, or a reader could be deceived by it.
pub const fn is_unsafe(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}') || is_deceptive(c)
}

/// Returns whether a character reorders or hides its neighbors, or is invisible and can carry hidden data: direction
/// overrides and isolates, tags, zero-width spaces, fillers, line separators. Joiners and variation selectors stay,
/// since scripts and emoji need them.
const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

fn code_point(c: char) -> Cow<'static, str> {
    format!("‹U+{:04X}›", c as u32).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        let all: String = ('\0'..='\u{9f}').chain(['\u{202e}', '\u{2066}', '\u{feff}']).collect();
        let bad = |c: char| c.is_control() || is_deceptive(c);
        assert!(!line(&all).contains(bad), "{:?}", line(&all));
        assert!(!lines(&all).contains(|c| c != '\n' && bad(c)));
    }

    #[test]
    fn invisible_characters_are_shown() {
        let hidden: String = "pay".chars().map(|c| char::from_u32(0xe0000 + c as u32).unwrap()).collect();
        assert_eq!(line(&hidden), "‹U+E0070›‹U+E0061›‹U+E0079›");
        for c in ['\u{200b}', '\u{2060}', '\u{2063}', '\u{ad}', '\u{3164}', '\u{115f}', '\u{180e}', '\u{e007f}'] {
            assert!(line(&format!("a{c}b")).contains("‹U+"), "{c:?}");
        }
    }

    #[test]
    fn replacements_are_visible() {
        assert_eq!(line("a\u{1b}[31mb\0"), "a␛[31mb␀");
        assert_eq!(line("two\nlines\r"), "two␤lines␍");
        assert_eq!(line("\u{9b}31m"), "‹U+009B›31m");
        assert_eq!(line("abc\u{202e}gnp"), "abc‹U+202E›gnp");
    }

    #[test]
    fn line_breaks_are_kept() {
        assert_eq!(lines("a\r\nb\n\tc"), "a\nb\n    c");
        assert_eq!(lines("a\rb"), "a␍b");
    }

    #[test]
    fn safe_text_is_borrowed() {
        for text in ["", "three cats", "猫が三匹", "👩‍👩‍👧", "e\u{301}", "می\u{200c}خواهم"] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn truncation_keeps_graphemes_whole() {
        assert_eq!(truncate("three cats", 10), "three cats");
        assert_eq!(truncate("three cats", 6), "three…");
        assert_eq!(truncate("猫が三匹", 4), "猫…");
        assert_eq!(truncate("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
        assert_eq!(truncate("ae\u{301}b", 2), "a…");
        assert_eq!(truncate("abc", 1), "…");
        assert_eq!(truncate("abc", 0), "");
        assert_eq!(truncate("", 0), "");
    }

    #[test]
    fn truncation_respects_the_width() {
        let text = "a猫👩‍👩‍👧e\u{301}ﷺ z";
        for cells in 0..14 {
            assert!(truncate(text, cells).width() <= cells, "{cells}");
        }
    }
}
