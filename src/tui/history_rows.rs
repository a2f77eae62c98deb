//! The lines of the history pane: rows of one or two lines, and the headings with dates between them.
//! Pure functions of the model and the area, for drawing, scrolling and the mouse alike.

use jiff::civil::Date;
use ratatui::layout::Rect;

use super::model::{History, Model, thumbnails};
use crate::library::Record;

/// Windows with fewer lines show one line per row and no headings. The height of the pane does not decide, since a
/// message or a long prompt changes it.
const TWO_LINES_MIN_WINDOW: u16 = 22;
/// Areas with fewer lines or columns show one line per row and no headings.
const TWO_LINES_MIN_HEIGHT: u16 = 6;
const TWO_LINES_MIN_WIDTH: u16 = 20;

/// Areas with fewer columns have no thumbnails in their rows.
const THUMBNAILS_MIN_WIDTH: u16 = 34;

/// A line of the pane, or the lines of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryLine {
    /// The date of the rows below it.
    Heading(Date),
    /// The row with that index.
    Row(u64),
}

/// The arrangement of the history in its pane.
#[derive(Clone, Copy, Debug)]
pub struct HistoryRows<'m> {
    model: &'m Model,
    area: Rect,
}

impl<'m> HistoryRows<'m> {
    /// Arranges the rows in `area`.
    pub const fn new(model: &'m Model, area: Rect) -> Self {
        Self { model, area }
    }

    /// Returns the number of lines of a row.
    pub const fn row_height(&self) -> u16 {
        let has_room = self.area.height >= TWO_LINES_MIN_HEIGHT && self.area.width >= TWO_LINES_MIN_WIDTH;
        if has_room && self.model.terminal_size.1 >= TWO_LINES_MIN_WINDOW { 2 } else { 1 }
    }

    /// Returns `true` if there is room for thumbnails in the rows.
    pub const fn has_room_for_thumbnails(&self) -> bool {
        self.row_height() >= thumbnails::ROW_THUMBNAIL.1 && self.area.width >= THUMBNAILS_MIN_WIDTH
    }

    /// Returns `true` if the rows show thumbnails.
    pub fn has_thumbnails(&self) -> bool {
        self.has_room_for_thumbnails() && self.model.thumbnails.in_rows.unwrap_or(!self.model.config.slow_link)
    }

    /// Returns the area of the thumbnail in the area of a row.
    pub fn thumbnail_area(row: Rect) -> Rect {
        let (width, height) = thumbnails::ROW_THUMBNAIL;
        Rect { x: row.x + 1, width, height, ..row }.intersection(row)
    }

    /// Returns the visible rows that have an image, with the areas of their thumbnails; empty if rows show none.
    pub fn thumbnails(&self) -> Vec<(u64, Rect)> {
        let place = |(line, area)| match line {
            HistoryLine::Row(index) => Some((index, Self::thumbnail_area(area))),
            HistoryLine::Heading(_) => None,
        };
        let lines = if self.has_thumbnails() { self.visible() } else { Vec::new() };
        lines.into_iter().filter_map(place).collect()
    }

    /// Returns the visible lines with their areas. The first one is the date of the row below it, so that a date is
    /// visible wherever the list is scrolled to.
    pub fn visible(&self) -> Vec<(HistoryLine, Rect)> {
        let (mut y, mut lines) = (self.area.y, Vec::new());
        let mut push = |line, height: u16| {
            let place = Rect { y, height: height.min(self.area.bottom().saturating_sub(y)), ..self.area };
            y = y.saturating_add(height);
            // A row that is cut would be taken for another one.
            let fits = place.height == height;
            lines.extend(fits.then_some((line, place)));
            fits
        };
        for index in self.history().top..self.history().total {
            let heading = self.heading(index, self.history().top);
            if heading.is_some_and(|date| !push(HistoryLine::Heading(date), 1)) {
                break;
            }
            if !push(HistoryLine::Row(index), self.row_height()) {
                break;
            }
        }
        if matches!(lines.last(), Some((HistoryLine::Heading(_), _))) {
            lines.pop();
        }
        lines
    }

    /// Returns the row on that line of the screen; a heading has none.
    pub fn row_at(&self, line: u16) -> Option<u64> {
        self.visible().into_iter().find_map(|(shown, area)| match shown {
            HistoryLine::Row(index) if (area.top()..area.bottom()).contains(&line) => Some(index),
            HistoryLine::Row(_) | HistoryLine::Heading(_) => None,
        })
    }

    /// Returns the number of visible rows.
    pub fn count(&self) -> usize {
        self.visible().iter().filter(|(line, _)| matches!(line, HistoryLine::Row(_))).count()
    }

    /// Returns the first visible row after scrolling just as far as needed: the selected row is visible, and no lines
    /// stay empty below the last row.
    pub fn scrolled_top(&self) -> u64 {
        let History { selected, total, top, .. } = *self.history();
        let top = top.min(selected).max(self.lowest_top(selected));
        top.min(self.lowest_top(total.saturating_sub(1)))
    }

    /// Returns the first row with which the row `last` is still visible.
    fn lowest_top(&self, last: u64) -> u64 {
        let height = usize::from(self.area.height);
        let (mut lines, mut top) = (0, last);
        for index in (0..=last).rev() {
            lines += usize::from(self.row_height());
            // The first row has a heading anyhow, the others if their date differs from the date above.
            if lines + usize::from(self.date(index).is_some()) > height {
                break;
            }
            top = index;
            lines += usize::from(index > 0 && self.heading(index, 0).is_some());
        }
        top
    }

    /// Returns the heading above a row, where `top` is the first visible row.
    fn heading(&self, index: u64, top: u64) -> Option<Date> {
        let date = self.date(index)?;
        if index == top {
            return Some(date);
        }
        let above = self.date(index.checked_sub(1)?)?;
        (above != date).then_some(date)
    }

    /// Returns the date of a row, if its page is loaded and headings are shown.
    fn date(&self, index: u64) -> Option<Date> {
        let has_headings = self.row_height() > 1 && is_sorted_by_date(&self.history().query.text);
        let record = self.history().row(index).filter(|_| has_headings)?;
        Some(date(self.model, record))
    }

    const fn history(&self) -> &'m History {
        &self.model.history
    }
}

/// Returns the date of a record in the user's time zone.
pub fn date(model: &Model, record: &Record) -> Date {
    record.created.to_zoned(model.zone.clone()).date()
}

/// Returns `false` if a search sorts by something else than the date.
fn is_sorted_by_date(query: &str) -> bool {
    let mut orders = query.split_whitespace().filter_map(|word| word.strip_prefix("sort:"));
    orders.all(|order| matches!(order, "newest" | "oldest"))
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan, tz::TimeZone};

    use super::*;
    use crate::tui::fixtures::{model, noon, page, record};

    /// Returns a studio with that many records, two a day, the newest at noon.
    fn studio(records: u64) -> Model {
        let mut model = model();
        let time = |at: u64| -> Timestamp { noon().at - (i64::try_from(at / 2).unwrap() * 24).hours() };
        let rows = (0..records).map(|at| Record { created: time(at), ..record(&at.to_string()) });
        model.history.receive_page(page(rows.collect()));
        model
    }

    fn rows(model: &Model, height: u16) -> HistoryRows<'_> {
        HistoryRows::new(model, Rect::new(1, 2, 24, height))
    }

    #[test]
    fn headings_stand_above_the_first_row_of_a_date() {
        let model = studio(3);
        let lines = rows(&model, 16).visible();
        let (today, before) = (noon().at.to_zoned(TimeZone::UTC).date(), "2026-11-21".parse().unwrap());
        let expected = [
            (HistoryLine::Heading(today), 2, 1),
            (HistoryLine::Row(0), 3, 2),
            (HistoryLine::Row(1), 5, 2),
            (HistoryLine::Heading(before), 7, 1),
            (HistoryLine::Row(2), 8, 2),
        ];
        assert_eq!(lines, expected.map(|(line, y, height)| (line, Rect { x: 1, y, width: 24, height })));
    }

    #[test]
    fn headings_follow_the_time_zone() {
        let mut model = studio(1);
        model.zone = TimeZone::fixed(jiff::tz::offset(14));
        assert_eq!(rows(&model, 16).visible()[0].0, HistoryLine::Heading("2026-11-23".parse().unwrap()));
    }

    #[test]
    fn a_click_hits_both_lines_of_a_row_and_no_heading() {
        let model = studio(4);
        let hit = |line| rows(&model, 16).row_at(line);
        assert_eq!([hit(2), hit(3), hit(4), hit(5), hit(7), hit(9)], [None, Some(0), Some(0), Some(1), None, Some(2)]);
        assert_eq!(hit(30), None);
    }

    #[test]
    fn small_windows_have_one_line_per_row_and_no_headings() {
        let mut model = studio(4);
        model.terminal_size = (80, 21);
        let lines = rows(&model, 13).visible();
        assert_eq!((lines.len(), lines[3].1), (4, Rect::new(1, 5, 24, 1)));
        assert_eq!(rows(&model, 13).row_at(4), Some(2));
    }

    #[test]
    fn rows_keep_their_height_while_a_message_takes_lines() {
        let model = studio(4);
        assert_eq!([16, 12, 6, 5].map(|height| rows(&model, height).row_height()), [2, 2, 2, 1]);
    }

    #[test]
    fn wide_rows_have_thumbnails_unless_the_connection_is_slow() {
        let mut model = studio(4);
        let count = |model: &Model, width| HistoryRows::new(model, Rect::new(1, 2, width, 16)).thumbnails().len();
        assert_eq!([count(&model, 33), count(&model, 34)], [0, 4]);
        std::sync::Arc::make_mut(&mut model.config).slow_link = true;
        assert_eq!(count(&model, 34), 0);
        model.thumbnails.in_rows = Some(true);
        assert_eq!(count(&model, 34), 4);
    }

    #[test]
    fn rows_sorted_by_rating_have_no_headings() {
        let mut model = studio(4);
        model.history.query.text = "fox sort:rating".into();
        assert_eq!(rows(&model, 16).count(), rows(&model, 16).visible().len());
    }

    #[test]
    fn scrolling_keeps_the_selection_wholly_visible_and_fills_the_pane() {
        for height in 1..40 {
            let mut model = studio(60);
            for selected in (0..60).chain((0..60).rev()) {
                model.history.select(selected);
                let top = rows(&model, height).scrolled_top();
                let before = std::mem::replace(&mut model.history.top, top);
                let shown = rows(&model, height).visible();
                assert!(shown.iter().any(|(line, _)| *line == HistoryLine::Row(selected)), "{selected} in {height}");
                let moved = top.abs_diff(before);
                assert!(moved <= 2, "{selected} in {height}: {before} to {top}");
            }
            model.history.select(59);
            model.history.top = rows(&model, height).scrolled_top();
            let used: u16 = rows(&model, height).visible().iter().map(|(_, area)| area.height).sum();
            assert!(used + 3 > height, "{height}");
        }
    }

    #[test]
    fn one_line_rows_scroll_by_rows() {
        let mut model = studio(60);
        model.terminal_size = (80, 20);
        let mut top = |selected| {
            model.history.select(selected);
            model.history.top = rows(&model, 10).scrolled_top();
            model.history.top
        };
        assert_eq!([top(25), top(3), top(u64::MAX)], [16, 3, 50]);
    }
}
