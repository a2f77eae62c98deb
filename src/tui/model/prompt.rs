//! State of the prompt editor: the text area, and the recall of earlier prompts.
//! The keymap assigns keys to actions, and `update` submits the prompt.

use tui_textarea::{CursorMove, TextArea, WrapMode};

use crate::engine::MAX_PROMPT;

/// Maximum number of characters in the editor: twice what can be sent, so that there is room to shorten.
const MAX_CHARS: usize = 2 * MAX_PROMPT;

/// Maximum number of characters kept for undo: a text that is replaced again and again must not fill the memory.
const MAX_UNDO_CHARS: usize = 16 * MAX_CHARS;

/// A step through the edits of the text area; `false` if there is none left.
type Step = fn(&mut TextArea<'static>) -> bool;

/// The prompt editor.
#[derive(Clone, Debug)]
pub struct PromptEditor {
    /// The text with its cursor and its undo history.
    pub area: TextArea<'static>,
    /// Earlier prompts that can be recalled, the newest first.
    pub history: Vec<String>,
    /// Position in `history` during a recall, and the text typed before it.
    recall: Option<(usize, String)>,
    /// Number of characters that did not fit since the count was last taken.
    truncated: usize,
    /// Number of characters typed since the undo history was last reset.
    undo_chars: usize,
}

impl PromptEditor {
    /// Creates an empty editor with these earlier prompts, newest first.
    pub fn new(history: Vec<String>) -> Self {
        Self { area: new_text_area(""), history, recall: None, truncated: 0, undo_chars: 0 }
    }

    /// Returns the text, with lines joined by `\n`.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Returns the text, or `stand_in` if it is blank.
    pub fn text_or(&self, stand_in: &str) -> String {
        if self.is_blank() { stand_in.to_owned() } else { self.text() }
    }

    /// Returns `true` if there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Replaces the whole text with `text`, the cursor at its end; can be undone.
    pub fn replace(&mut self, text: &str) {
        self.select_all();
        self.area.cut();
        self.insert(text);
    }

    /// Selects the whole text. The text area's own method stops at column 65535.
    pub fn select_all(&mut self) {
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::Top);
        self.area.move_cursor(CursorMove::Head);
        self.area.start_selection();
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Replaces the whole text with `text` and resets the undo history.
    pub fn reset_to(&mut self, text: &str) {
        let yanked = self.area.yank_text();
        self.area = new_text_area(&self.normalize(text, MAX_CHARS));
        self.undo_chars = 0;
        self.area.set_yank_text(yanked);
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        self.recall = None;
    }

    /// Pastes text: line breaks are kept, other control characters are removed.
    pub fn paste(&mut self, text: &str) {
        self.recall = None;
        self.insert(text);
    }

    /// Inserts text as one edit in place of the selection, as far as there is room.
    pub fn insert(&mut self, text: &str) {
        if self.area.selection_range().is_some_and(|(start, end)| start != end) {
            self.area.delete_char();
        }
        let text = self.normalize(text, MAX_CHARS.saturating_sub(self.chars()));
        self.limit_undo(text.len());
        self.area.insert_str(text);
    }

    /// Removes the last occurrence of a pasted text; returns `true` if it was there. The cursor stays at its place in the
    /// rest.
    pub fn remove_pasted(&mut self, pasted: &str) -> bool {
        let (whole, truncated) = (self.text(), self.truncated);
        let pasted = self.normalize(pasted, MAX_CHARS);
        self.truncated = truncated;
        let Some(at) = whole.rfind(&pasted).filter(|_| !pasted.is_empty()) else { return false };
        let (row, column) = (self.area.cursor().0, self.area.cursor().1);
        let lines = self.area.lines().iter().take(row).map(|line| line.chars().count() + 1);
        let cursor = lines.sum::<usize>() + column;
        let (start, length) = (whole[..at].chars().count(), pasted.chars().count());
        let yanked = self.area.yank_text();
        self.replace(&format!("{}{}", &whole[..at], &whole[at + pasted.len()..]));
        self.area.set_yank_text(yanked);
        self.move_to_char(if cursor >= start + length { cursor - length } else { cursor.min(start) });
        true
    }

    /// Moves the cursor to a position counted in characters of the whole text.
    fn move_to_char(&mut self, mut position: usize) {
        let mut row = 0;
        for line in self.area.lines() {
            let length = line.chars().count();
            if position <= length {
                break;
            }
            position -= length + 1;
            row += 1;
        }
        self.area.move_cursor(CursorMove::Jump(row as u16, position as u16));
    }

    /// Returns the number of characters that did not fit since the last call; `None` if all did.
    pub fn take_truncated(&mut self) -> Option<usize> {
        Some(std::mem::take(&mut self.truncated)).filter(|count| *count > 0)
    }

    /// Returns the number of characters, including line breaks.
    fn chars(&self) -> usize {
        self.area.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() - 1
    }

    /// Normalizes text: terminals paste `\r` for a line break, and other control characters are removed. At most `room`
    /// characters are kept; the rest is counted, however long it is.
    fn normalize(&mut self, text: &str, room: usize) -> String {
        let mut kept = String::new();
        let mut count = 0;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (c, times) = match c {
                '\r' if chars.peek() == Some(&'\n') => continue,
                '\r' => ('\n', 1),
                '\t' => (' ', 4),
                c if c.is_control() && c != '\n' => continue,
                c => (c, 1),
            };
            count += times;
            if count <= room {
                kept.extend(std::iter::repeat_n(c, times));
            }
        }
        self.truncated += count.saturating_sub(room);
        kept
    }

    /// Resets the undo history when it holds too much.
    fn limit_undo(&mut self, more: usize) {
        self.undo_chars += more;
        if self.undo_chars > MAX_UNDO_CHARS {
            let (row, column) = (self.area.cursor().0, self.area.cursor().1);
            let yanked = self.area.yank_text();
            self.area = new_text_area(&self.text());
            self.area.set_yank_text(yanked);
            self.area.move_cursor(CursorMove::Jump(row as u16, column as u16));
            self.undo_chars = more;
        }
    }

    /// Remembers a submitted prompt and clears the editor.
    pub fn record_sent(&mut self, prompt: String) {
        self.remember(prompt);
        self.reset_to("");
    }

    /// Remembers a text as the newest of the earlier prompts, unless it is blank.
    pub fn remember(&mut self, prompt: String) {
        if !prompt.trim().is_empty() {
            self.history.retain(|past| *past != prompt);
            self.history.insert(0, prompt);
        }
    }

    /// Undoes the last edit. Characters that were typed or deleted one by one count as one edit per word.
    pub fn undo(&mut self) {
        self.step(TextArea::undo, TextArea::redo);
    }

    /// Redoes the edit that was undone last, by the word like `undo`.
    pub fn redo(&mut self) {
        self.step(TextArea::redo, TextArea::undo);
    }

    /// Takes a step through the edits, and further steps as long as they change characters of the same word.
    fn step(&mut self, step: Step, back: Step) {
        let (mut before, mut last) = (self.text(), None);
        while step(&mut self.area) {
            let after = self.text();
            if after == before {
                continue;
            }
            let change = changed_char(&before, &after);
            match (last, change) {
                (None, None) => return,
                (None, Some(_)) => {}
                (Some(last), Some(change)) if belongs_together(last, change) => {}
                (Some(_), _) => {
                    back(&mut self.area);
                    return;
                }
            }
            (before, last) = (after, change);
        }
    }

    /// Recalls the next older prompt; the first step saves the typed text.
    pub fn recall_older(&mut self) -> bool {
        self.end_edited_recall();
        let next = self.recall.as_ref().map_or(0, |(at, _)| at + 1);
        let Some(text) = self.history.get(next).cloned() else { return false };
        let typed = self.recall.take().map_or_else(|| self.text(), |(_, typed)| typed);
        self.reset_to(&text);
        self.recall = Some((next, typed));
        true
    }

    /// Makes a recalled prompt that was edited the typed text, so that going on does not lose it.
    fn end_edited_recall(&mut self) {
        let text = self.text();
        self.recall.take_if(|(at, _)| self.history.get(*at) != Some(&text));
    }

    /// Recalls the next newer prompt, and finally the typed text.
    pub fn recall_newer(&mut self) -> bool {
        self.end_edited_recall();
        let Some((at, typed)) = self.recall.take() else { return false };
        match at.checked_sub(1).and_then(|newer| self.history.get(newer).cloned().map(|text| (newer, text))) {
            Some((newer, text)) => {
                self.reset_to(&text);
                self.recall = Some((newer, typed));
            }
            None => self.reset_to(&typed),
        }
        true
    }

    /// Returns `true` if the cursor is in the first line.
    pub fn at_top(&self) -> bool {
        self.area.cursor().0 == 0
    }

    /// Returns `true` if the cursor is in the last line.
    pub fn at_bottom(&self) -> bool {
        self.area.cursor().0 + 1 == self.area.lines().len()
    }
}

/// Returns the one character by which two texts differ in length, and whether it was added.
fn changed_char(before: &str, after: &str) -> Option<(char, bool)> {
    let added = after.len() > before.len();
    let (long, short) = if added { (after, before) } else { (before, after) };
    let at = long.char_indices().zip(short.chars()).find(|((_, c), other)| c != other).map(|((at, _), _)| at);
    let (at, rest) = at.map_or((short.len(), ""), |at| (at, &short[at..]));
    let changed = long[at..].chars().next()?;
    (&long[at + changed.len_utf8()..] == rest).then_some((changed, added))
}

/// Returns `true` if two changes that follow each other belong to the same word: white space ends a word.
fn belongs_together((last, added): (char, bool), (change, also): (char, bool)) -> bool {
    added == also && (last.is_whitespace() == change.is_whitespace() || added != last.is_whitespace())
}

fn new_text_area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(ToOwned::to_owned).collect());
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_max_histories(1000);
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(past: &[&str]) -> PromptEditor {
        PromptEditor::new(past.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn recall_keeps_the_typed_text() {
        let mut prompt = prompt(&["newest", "oldest"]);
        prompt.paste("half a thou");
        assert!(prompt.recall_older() && prompt.recall_older());
        assert_eq!(prompt.text(), "oldest");
        assert!(!prompt.recall_older());
        assert!(prompt.recall_newer() && prompt.recall_newer());
        assert_eq!(prompt.text(), "half a thou");
        assert!(!prompt.recall_newer());
    }

    #[test]
    fn a_recalled_prompt_that_was_edited_is_not_lost() {
        let mut prompt = prompt(&["newest", "oldest"]);
        assert!(prompt.recall_older());
        prompt.paste(" with a hat");
        assert!(!prompt.recall_newer(), "it is the typed text now");
        assert_eq!(prompt.text(), "newest with a hat");
        assert!(prompt.recall_older() && prompt.recall_newer());
        assert_eq!(prompt.text(), "newest with a hat");
    }

    #[test]
    fn repeated_prompt_is_remembered_once() {
        let mut prompt = prompt(&["b", "a"]);
        prompt.record_sent("a".into());
        assert_eq!(prompt.history, ["a", "b"]);
        assert!(prompt.is_blank());
    }

    #[test]
    fn paste_keeps_lines_and_drops_escapes() {
        let mut prompt = prompt(&[]);
        prompt.paste("one\r\ntwo\rthree\x1b[31m\0");
        assert_eq!(prompt.text(), "one\ntwo\nthree[31m");
    }

    #[test]
    fn replace_covers_lines_of_any_length() {
        let mut prompt = prompt(&[]);
        prompt.paste(&format!("first\n{}", "x".repeat(200_000)));
        prompt.replace("theirs");
        assert_eq!(prompt.text(), "theirs");
    }

    #[test]
    fn prompt_is_limited_and_counts_the_rest() {
        let mut prompt = prompt(&[]);
        prompt.paste(&"x\r\n".repeat(1_000_000));
        assert_eq!((prompt.text().chars().count(), prompt.take_truncated()), (MAX_CHARS, Some(2_000_000 - MAX_CHARS)));
        prompt.insert("more");
        assert_eq!((prompt.text().chars().count(), prompt.take_truncated()), (MAX_CHARS, Some(4)));
        prompt.replace("less");
        assert_eq!((prompt.text().as_str(), prompt.take_truncated()), ("less", None));
        prompt.reset_to(&"y".repeat(MAX_CHARS + 3));
        assert_eq!(
            (prompt.text().len(), prompt.take_truncated()),
            (MAX_CHARS, Some(3)),
            "a draft of an earlier session"
        );
    }

    #[test]
    fn undo_memory_is_limited() {
        let mut prompt = prompt(&[]);
        let long = "x".repeat(MAX_CHARS);
        (0..40).for_each(|_| prompt.replace(&long));
        assert!(prompt.undo_chars <= MAX_UNDO_CHARS, "{}", prompt.undo_chars);
        let steps = (0..200).take_while(|_| prompt.area.undo()).count();
        assert!(0 < steps && steps <= 2 * MAX_UNDO_CHARS / MAX_CHARS, "{steps}");
    }

    #[test]
    fn typing_replaces_the_selection() {
        let mut prompt = prompt(&[]);
        prompt.paste(&"x".repeat(MAX_CHARS));
        prompt.select_all();
        prompt.insert("instead");
        assert_eq!((prompt.text().as_str(), prompt.take_truncated()), ("instead", None));
    }

    #[test]
    fn pasted_text_is_removed_and_the_cursor_stays() {
        for (before, after, left) in [("a ", " b\nc", "a  b\nc|"), ("", "", "|"), ("one\n", "", "one\n|")] {
            let mut prompt = prompt(&[]);
            for text in [before, "/x\ry.png", after] {
                prompt.paste(text);
            }
            assert!(prompt.remove_pasted("/x\ry.png"));
            prompt.insert("|");
            assert_eq!(prompt.text(), left);
            assert!(!prompt.remove_pasted("/x\ry.png"));
        }
    }

    #[test]
    fn typed_text_is_undone_and_redone_by_the_word() {
        let mut prompt = prompt(&[]);
        for typed in ["a", " ", "r", "e", "d", " ", " ", "f", "o", "x"] {
            prompt.insert(typed);
        }
        let mut seen = |step: fn(&mut PromptEditor)| {
            step(&mut prompt);
            prompt.text()
        };
        let undone = [seen(PromptEditor::undo), seen(PromptEditor::undo), seen(PromptEditor::undo)];
        assert_eq!(undone, ["a red  ", "a ", ""]);
        let redone = [seen(PromptEditor::redo), seen(PromptEditor::redo), seen(PromptEditor::redo)];
        assert_eq!(redone, ["a ", "a red  ", "a red  fox"]);
    }

    #[test]
    fn a_paste_and_a_deletion_are_undone_apart_from_what_was_typed() {
        let mut prompt = prompt(&[]);
        for text in ["b", "i", "g", "red fox"] {
            prompt.insert(text);
        }
        for _ in 0..3 {
            prompt.area.delete_char();
        }
        let mut seen = || {
            prompt.undo();
            prompt.text()
        };
        assert_eq!([seen(), seen(), seen()], ["bigred fox", "big", ""]);
    }

    #[test]
    fn replacing_can_be_undone() {
        let mut prompt = prompt(&[]);
        prompt.paste("mine");
        prompt.replace("theirs");
        assert_eq!(prompt.text(), "theirs");
        prompt.area.undo();
        prompt.area.undo();
        assert_eq!(prompt.text(), "mine");
    }
}
