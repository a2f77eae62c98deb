//! A one-line text input: the history search, the filter of a list, the value of a setting.
//! Editing is delegated to the text area; this type only keeps the text on one line.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// Maximum length in characters, longer than any path.
const MAX_CHARS: usize = 4096;

/// A one-line editor.
#[derive(Clone, Debug, Default)]
pub struct LineInput {
    area: TextArea<'static>,
}

impl LineInput {
    /// Creates an editor that contains `text`, with the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text, MAX_CHARS)]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Returns the column of the cursor in characters.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Handles a key; returns `true` if the text changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('w') if key.modifiers.contains(KeyModifiers::CONTROL) => self.area.delete_word(),
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => self.area.delete_line_by_head(),
            KeyCode::Char(c) if plain => self.paste(c.encode_utf8(&mut [0; 4])),
            KeyCode::Enter | KeyCode::Tab | KeyCode::Char(_) => false,
            _ => self.area.input(key),
        }
    }

    /// Inserts `text` as one edit up to the maximum length, with line breaks turned into spaces; returns `true` if the
    /// text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        self.area.insert_str(one_line(text, MAX_CHARS.saturating_sub(self.text().chars().count())))
    }
}

fn one_line(text: &str, room: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> String {
        let mut input = LineInput::new("red fox");
        for (code, modifiers) in keys {
            input.key(KeyEvent::new(*code, *modifiers));
        }
        input.text().to_owned()
    }

    #[test]
    fn input_stays_on_one_line() {
        assert_eq!(
            typed(&[(KeyCode::Enter, KeyModifiers::NONE), (KeyCode::Char('m'), KeyModifiers::CONTROL)]),
            "red fox"
        );
        let mut input = LineInput::new("");
        input.paste("a\nb\x1b[2J");
        assert_eq!(input.text(), "a b [2J");
    }

    #[test]
    fn input_is_limited_in_length() {
        let mut input = LineInput::new(&"x".repeat(MAX_CHARS - 1));
        assert!(input.paste("yz") && !input.paste("z"));
        assert_eq!((input.text().len(), input.text().ends_with('y')), (MAX_CHARS, true));
    }

    #[test]
    fn words_are_deleted_as_in_a_shell() {
        assert_eq!(typed(&[(KeyCode::Char('w'), KeyModifiers::CONTROL)]), "red ");
        assert_eq!(typed(&[(KeyCode::Char('u'), KeyModifiers::CONTROL)]), "");
        assert_eq!(
            typed(&[(KeyCode::Backspace, KeyModifiers::NONE), (KeyCode::Char('g'), KeyModifiers::NONE)]),
            "red fog"
        );
    }
}
