//! The current notice in lines: the layout reserves them and the view draws them.

use unicode_width::UnicodeWidthStr;

use super::{
    action::{Action, KeyContext},
    model::{Model, Notice},
    wrap::wrap_words,
};
use crate::sanitize;

/// Maximum number of lines of a notice; the list of messages shows all of it.
pub const MAX_LINES: usize = 4;
/// Columns to the left and right of a message.
const MARGINS: u16 = 2;
/// Screens with fewer columns do not name the key that dismisses a message.
const TAIL_MIN_WIDTH: usize = 60;
/// Separator between text and hint on the same line.
pub const SEPARATOR: &str = " · ";

/// A notice in lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLines {
    pub text: Vec<String>,
    pub hint: Vec<String>,
    /// Set if the hint follows the text on the same line.
    pub beside: bool,
    /// The key that dismisses the notice, at the right of the first line.
    pub tail: String,
}

impl MessageLines {
    /// Returns the number of lines.
    pub fn height(&self) -> usize {
        if self.beside { self.text.len() } else { self.text.len() + self.hint.len() }
    }
}

/// Returns the lines of the current notice, at most `most`; `None` if there is no notice.
pub fn lines(model: &Model, width: u16, most: usize) -> Option<MessageLines> {
    let notice = model.notices.current()?;
    let width = usize::from(width.saturating_sub(MARGINS)).max(1);
    let tail = if width >= TAIL_MIN_WIDTH { tail(model, notice) } else { String::new() };
    let first = if tail.is_empty() { width } else { width.saturating_sub(tail.width() + 2) };
    let text = format!("{}{}", notice.severity.prefix(), sanitize::line(&notice.text));
    let hint = notice.hint.as_deref().map(|hint| sanitize::line(hint).into_owned()).unwrap_or_default();
    let beside = hint.is_empty() || text.width() + SEPARATOR.width() + hint.width() <= first;
    if beside || most <= 1 {
        return Some(on_one_line(&text, hint, first, tail));
    }
    let hint = limited(wrap_words(&format!("hint: {hint}"), width), most - 1, width);
    let text = limited(wrap_words(&text, first), most - hint.len(), first);
    Some(MessageLines { text, hint, beside: false, tail })
}

/// Returns a notice on one line. The hint is never cut before the text.
fn on_one_line(text: &str, hint: String, width: usize, tail: String) -> MessageLines {
    let room = width.saturating_sub(if hint.is_empty() { 0 } else { hint.width() + SEPARATOR.width() });
    let text = match hint.as_str() {
        "" => limited(wrap_words(text, width), MAX_LINES, width),
        _ => vec![sanitize::truncate(text, room.max(width / 3)).into_owned()],
    };
    MessageLines { text, hint: if hint.is_empty() { Vec::new() } else { vec![hint] }, beside: true, tail }
}

/// Returns at most `most` lines; the last one ends with `…` if some are left out.
fn limited(mut lines: Vec<String>, most: usize, width: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most.max(1));
        if let Some(last) = lines.last_mut() {
            *last = format!("{} …", sanitize::truncate(last, width.saturating_sub(2)));
        }
    }
    lines
}

/// Returns the key that dismisses a notice that stays, with the number of notices if there are several.
fn tail(model: &Model, notice: &Notice) -> String {
    if !notice.stays() {
        return String::new();
    }
    let words = match model.notices.hidden_count() {
        0 => "dismiss".to_owned(),
        more => format!("dismiss all {}", more + 1),
    };
    model.key_hint(KeyContext::Global, Action::Dismiss, &words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{fixtures, model::Severity};

    fn of(text: &str, hint: Option<&str>, width: u16, most: usize) -> MessageLines {
        let mut model = fixtures::model();
        model.notify(Notice::new(Severity::Info, text).with_hint(hint));
        lines(&model, width, most).unwrap()
    }

    #[test]
    fn short_text_and_hint_share_a_line() {
        let message = of("Moved to trash: a fox", Some("u to restore it"), 80, MAX_LINES);
        assert_eq!((message.beside, message.height()), (true, 1));
    }

    #[test]
    fn long_text_wraps_and_leaves_lines_for_the_hint() {
        let message = of(&"the server failed ".repeat(60), Some("retry in a minute"), 60, MAX_LINES);
        assert_eq!((message.height(), message.hint.clone()), (4, vec!["hint: retry in a minute".to_owned()]));
        assert!(message.text[2].ends_with('…') && message.text.iter().all(|line| line.width() <= 58));
    }

    #[test]
    fn one_line_keeps_the_hint() {
        let message = of(&"the server failed ".repeat(9), Some("retry"), 40, 1);
        assert_eq!((message.height(), message.hint[0].as_str()), (1, "retry"));
        assert!(message.text[0].width() + 8 <= 38, "{message:?}");
    }

    #[test]
    fn notice_that_stays_names_the_key_that_dismisses_it() {
        let mut model = fixtures::model();
        let tail = |model: &Model| lines(model, 80, MAX_LINES).unwrap().tail;
        model.notify(Notice::new(Severity::Error, "lost"));
        assert_eq!(tail(&model), "Esc dismiss");
        model.notify(Notice::new(Severity::Error, "broken"));
        assert_eq!(tail(&model), "Esc dismiss all 2");
        model.notify(Notice::new(Severity::Success, "copied"));
        assert_eq!(tail(&model), "");
    }
}
