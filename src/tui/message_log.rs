//! The list of past messages, laid out: the view draws it, and `update` needs its height to scroll.

use ratatui::layout::{Rect, Size};

use super::{
    layout::{centered, popup_inner},
    model::{Model, Notice, Severity},
    popup_area::TEXT_WIDTH,
    wrap::wrap_words,
};
use crate::sanitize;

/// Columns of the time before each message.
pub const TIME_WIDTH: usize = 7;

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Time of the message, in its first line only.
    pub time: String,
    pub text: String,
    /// Importance of the message; `None` for its hint.
    pub severity: Option<Severity>,
}

/// The list, laid out.
#[derive(Clone, Debug)]
pub struct LogPage {
    pub outer: Rect,
    pub lines: Vec<LogLine>,
}

impl LogPage {
    /// Returns the last position to which the list can be scrolled.
    pub fn max_scroll(&self) -> u16 {
        (self.lines.len() as u16).saturating_sub(popup_inner(self.outer).height)
    }
}

/// Lays out the list for a screen of this size, newest message first.
pub fn page(model: &Model, size: Size) -> LogPage {
    let width = TEXT_WIDTH.min(size.width);
    let room = usize::from(width).saturating_sub(TIME_WIDTH + 4).max(8);
    let lines: Vec<LogLine> = model
        .notices
        .log()
        .flat_map(|entry| {
            let time = entry.at.to_zoned(model.zone.clone()).strftime("%H:%M").to_string();
            entry_lines(&time, &entry.notice, room)
        })
        .collect();
    // The last line stays free for the hints.
    let screen = Rect::new(0, 0, size.width, size.height.saturating_sub(1));
    let height = (lines.len().max(1) as u16).saturating_add(2);
    LogPage { outer: centered(screen, width, height), lines }
}

fn entry_lines(time: &str, notice: &Notice, room: usize) -> Vec<LogLine> {
    let text = format!("{}{}", notice.severity.prefix(), sanitize::line(&notice.text));
    let hint = notice.hint.as_ref().map(|hint| format!("hint: {}", sanitize::line(hint)));
    let wrapped = |text: &str, severity| {
        wrap_words(text, room).into_iter().map(move |text| LogLine { time: String::new(), text, severity })
    };
    let mut lines: Vec<LogLine> = wrapped(&text, Some(notice.severity)).collect();
    if let Some(first) = lines.first_mut() {
        time.clone_into(&mut first.time);
    }
    lines.extend(hint.iter().flat_map(|hint| wrapped(hint, None)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn newest_message_comes_first_with_its_time_and_hint() {
        let mut model = fixtures::model();
        model.notify(Notice::new(Severity::Success, "Copied /a.png"));
        model.now.at = fixtures::at("14:05:00");
        model.notify(Notice::new(Severity::Error, "the server failed").with_hint(Some("retry later")));
        let lines = page(&model, Size::new(80, 24)).lines;
        let shown: Vec<_> = lines.iter().map(|line| (line.time.as_str(), line.text.as_str())).collect();
        let expected = [("14:05", "error: the server failed"), ("", "hint: retry later"), ("12:00", "Copied /a.png")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn long_list_scrolls_to_its_last_line() {
        let mut model = fixtures::model();
        for number in 0..60 {
            model.notify(Notice::new(Severity::Error, format!("error {number}")));
        }
        let page = page(&model, Size::new(80, 24));
        assert_eq!(page.outer.height, 23);
        assert_eq!(page.max_scroll(), 60 - 21);
    }
}
