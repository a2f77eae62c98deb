//! Parser for keys that were typed while the terminal was queried, to replay them as events.
//!
//! All later input goes through crossterm's own reader.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Parses the keys in `bytes`. Sequences that are not keys of a plain keyboard are dropped.
pub fn typed_events(bytes: &[u8]) -> Vec<Event> {
    let (mut events, mut rest) = (Vec::new(), bytes);
    while let Some((key, length)) = first_key(rest) {
        events.extend(key.map(Event::Key));
        rest = &rest[length..];
    }
    events
}

/// Parses the first key, `None` if it has no name, and returns the number of bytes it took.
fn first_key(bytes: &[u8]) -> Option<(Option<KeyEvent>, usize)> {
    match bytes {
        [] => None,
        [0x1b, b'[', rest @ ..] => {
            let length = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
            Some((rest.get(length).and_then(|end| cursor_key(*end, length)), (length + 3).min(bytes.len())))
        }
        [0x1b, b'O', end, ..] => Some((cursor_key(*end, 0), 3)),
        [0x1b, rest @ ..] if !rest.is_empty() => {
            let (key, length) = plain_key(rest);
            Some((key.map(|key| KeyEvent { modifiers: key.modifiers | KeyModifiers::ALT, ..key }), length + 1))
        }
        _ => Some(plain_key(bytes)),
    }
}

fn cursor_key(end: u8, parameters: usize) -> Option<KeyEvent> {
    let code = match end {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'Z' => KeyCode::BackTab,
        b'P'..=b'S' => KeyCode::F(end - b'P' + 1),
        _ => return None,
    };
    (parameters == 0).then(|| KeyEvent::new(code, KeyModifiers::NONE))
}

/// Parses a control character or one character of text; `bytes` must not be empty.
fn plain_key(bytes: &[u8]) -> (Option<KeyEvent>, usize) {
    let control = |byte: u8| KeyEvent::new(KeyCode::Char(char::from(byte)), KeyModifiers::CONTROL);
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    let key = match bytes[0] {
        b'\r' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x7f => plain(KeyCode::Backspace),
        0x1b => plain(KeyCode::Esc),
        0 => control(b' '),
        byte @ 1..=0x1a => control(byte - 1 + b'a'),
        byte @ 0x1c..=0x1f => control(byte - 0x1c + b'4'),
        _ => return character(bytes),
    };
    (Some(key), 1)
}

fn character(bytes: &[u8]) -> (Option<KeyEvent>, usize) {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match valid.chars().next() {
        Some(c) => {
            let modifiers = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
            (Some(KeyEvent::new(KeyCode::Char(c), modifiers)), c.len_utf8())
        }
        None => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
        let key = |event| if let Event::Key(key) = event { Some((key.code, key.modifiers)) } else { None };
        typed_events(bytes).into_iter().filter_map(key).collect()
    }

    #[test]
    fn early_keys_are_replayed_in_order() {
        use KeyCode::{Char, Down, Enter, Esc, F};
        const NONE: KeyModifiers = KeyModifiers::NONE;
        assert_eq!(
            keys("aÉ\r\x11\x1bx\x1b[B\x1bOP\x1b".as_bytes()),
            [
                (Char('a'), NONE),
                (Char('É'), KeyModifiers::SHIFT),
                (Enter, NONE),
                (Char('q'), KeyModifiers::CONTROL),
                (Char('x'), KeyModifiers::ALT),
                (Down, NONE),
                (F(1), NONE),
                (Esc, NONE),
            ]
        );
    }

    #[test]
    fn no_input_panics() {
        for bytes in [&b"\x1b["[..], b"\x1b[1;5", b"\x1bO", b"\xff\xfe\xc3", b"\x1b\x1b\x1b[", b"\x1b[200~x"] {
            assert!(keys(bytes).len() <= bytes.len());
        }
    }
}
