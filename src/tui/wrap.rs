//! Wrapping of text at words, for texts whose height the layout has to know before they are drawn.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the lines of a text, broken between words to at most `width` columns. A longer word is broken anywhere.
pub fn wrap_words(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(broken(word, width)),
        }
    }
    lines
}

/// Returns a word in pieces of at most `width` columns.
fn broken(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns > width && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_between_words() {
        assert_eq!(wrap_words("a red  fox in\nthe snow", 9), ["a red fox", "in the", "snow"]);
        assert_eq!(wrap_words("", 9), [""; 0]);
    }

    #[test]
    fn long_words_are_broken_and_nothing_is_lost() {
        assert_eq!(wrap_words("see https://example.org/x", 10), ["see", "https://ex", "ample.org/", "x"]);
        assert_eq!(wrap_words("東京の夜", 3), ["東", "京", "の", "夜"]);
        assert_eq!(wrap_words("abc", 0), ["a", "b", "c"]);
    }
}
