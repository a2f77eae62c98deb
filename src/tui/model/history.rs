//! The history pane's state: a query, the pages around what is on screen, and the selected row.
//! It never holds more than a few pages of the library, however many rows there are.

use std::collections::{BTreeMap, BTreeSet};

use super::LineInput;
use crate::{
    id::Id,
    library::{Page, Query, Record},
};

/// Rows in a page.
pub const PAGE: u64 = 100;

/// How many pages are kept.
const KEPT: usize = 8;

/// The history pane.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What part of the library is shown.
    pub query: Query,
    /// The search line, while it is being typed in.
    pub search: Option<LineInput>,
    /// How many rows there are.
    pub total: u64,
    /// The selected row, counted from the newest.
    pub selected: u64,
    /// The row at the top of the pane.
    pub top: u64,
    /// Whether the first answer has come.
    pub loaded: bool,
    /// A job that shall be selected as soon as it is in a page.
    pub follow: Option<Id>,
    pages: BTreeMap<u64, Vec<Record>>,
    asked: BTreeSet<u64>,
}

impl History {
    /// The record in that row, if its page is here.
    pub fn row(&self, index: u64) -> Option<&Record> {
        self.pages.get(&(index / PAGE))?.get((index % PAGE) as usize)
    }

    /// The selected record.
    pub fn current(&self) -> Option<&Record> {
        self.row(self.selected)
    }

    /// The record of that job, if it is in a page that is here.
    pub fn record(&self, id: Id) -> Option<&Record> {
        self.pages.values().flatten().find(|record| record.id == id)
    }

    /// The row of that job, if it is in a page that is here.
    pub fn position(&self, id: Id) -> Option<u64> {
        let within = |records: &Vec<Record>| records.iter().position(|record| record.id == id);
        self.pages.iter().find_map(|(page, records)| within(records).map(|at| page * PAGE + at as u64))
    }

    /// Puts a newer version of a record in the place of the older one.
    pub fn renew(&mut self, newer: &Record) {
        for record in self.pages.values_mut().flatten().filter(|record| record.id == newer.id) {
            *record = newer.clone();
        }
    }

    /// Moves the selection by `rows`, stopping at the ends.
    pub fn move_by(&mut self, rows: i64) {
        self.select(self.selected.saturating_add_signed(rows));
    }

    /// Selects that row, or the last one.
    pub fn select(&mut self, index: u64) {
        self.follow = None;
        self.selected = index.min(self.total.saturating_sub(1));
    }

    /// Scrolls so that the selected row is among `height` visible ones.
    pub fn scroll_into_view(&mut self, height: u16) {
        let height = u64::from(height.max(1));
        self.top = self.top.min(self.selected).max((self.selected + 1).saturating_sub(height));
        self.top = self.top.min(self.total.saturating_sub(height));
    }

    /// The offsets of pages that are on screen or next to it, not here and not asked for yet. They count as asked for.
    pub fn missing(&mut self, height: u16) -> Vec<u64> {
        let last = (self.top + u64::from(height)).min(self.total.saturating_sub(1));
        let wanted =
            self.top.saturating_sub(PAGE / 2) / PAGE..=(last + PAGE / 2).min(self.total.saturating_sub(1)) / PAGE;
        let missing: Vec<u64> = wanted
            .filter(|page| !self.asked.contains(page) && (!self.loaded || !self.pages.contains_key(page)))
            .collect();
        self.asked.extend(&missing);
        missing.into_iter().map(|page| page * PAGE).collect()
    }

    /// Asks for everything afresh; what is here stays on screen until the answer comes.
    pub fn refresh(&mut self) {
        self.asked.clear();
        self.loaded = false;
    }

    /// Starts over with another query.
    pub fn ask(&mut self, query: Query) {
        let search = self.search.take();
        *self = Self { query, search, ..Self::default() };
    }

    /// Takes in an answer; one to another question is dropped. Says whether it was taken.
    pub fn take(&mut self, page: Page) -> bool {
        if page.query != self.query {
            return false;
        }
        let current = self.current().map(|record| record.id);
        let number = page.offset / PAGE;
        if !self.loaded || page.total != self.total {
            // The rows have moved: pages fetched before this one no longer fit together with it.
            self.pages.clear();
            self.asked.retain(|asked| *asked == number);
        }
        self.asked.remove(&number);
        self.loaded = true;
        self.shift_selection(page.total);
        self.total = page.total;
        self.pages.insert(number, page.records);
        self.settle_selection(number, current);
        self.forget_far_pages(number);
        true
    }

    /// New rows come in at the top, so a selected row moves down by as many.
    fn shift_selection(&mut self, total: u64) {
        if self.total > 0 && self.selected > 0 {
            self.selected = (self.selected + total).saturating_sub(self.total);
        }
        self.selected = self.selected.min(total.saturating_sub(1));
    }

    fn settle_selection(&mut self, number: u64, current: Option<Id>) {
        let find = |id: Id| self.pages[&number].iter().position(|record| record.id == id);
        if let Some(at) = self.follow.and_then(find) {
            self.selected = number * PAGE + at as u64;
            self.follow = None;
        } else if let Some(at) = current.filter(|_| self.selected > 0).and_then(find) {
            self.selected = number * PAGE + at as u64;
        }
    }

    fn forget_far_pages(&mut self, number: u64) {
        while self.pages.len() > KEPT {
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(number));
            far.and_then(|page| self.pages.remove(&page));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::record;

    fn page(offset: u64, total: u64, records: Vec<Record>) -> Page {
        Page { query: Query::default(), offset, total, records }
    }

    fn full_page(offset: u64, total: u64) -> Page {
        page(offset, total, (0..PAGE.min(total - offset)).map(|i| record(&format!("{}", offset + i))).collect())
    }

    #[test]
    fn only_what_is_near_the_screen_is_asked_for_and_once() {
        let mut history = History::default();
        assert_eq!(history.missing(20), [0]);
        assert!(history.missing(20).is_empty());
        history.take(full_page(0, 100_000));
        assert!(history.missing(20).is_empty());
        history.select(50_000);
        history.scroll_into_view(20);
        assert_eq!(history.missing(20), [49_900, 50_000]);
    }

    #[test]
    fn no_more_than_a_few_pages_are_kept() {
        let mut history = History::default();
        for number in 0..50 {
            history.take(full_page(number * PAGE, 100_000));
        }
        assert_eq!(history.pages.len(), KEPT);
        assert!(history.row(49 * PAGE).is_some() && history.row(0).is_none());
    }

    #[test]
    fn an_answer_to_another_question_is_dropped() {
        let mut history = History::default();
        history.ask(Query { text: "fox".into(), ..Query::default() });
        assert!(!history.take(full_page(0, 10)));
        assert_eq!(history.total, 0);
    }

    #[test]
    fn the_selection_stays_on_its_record_when_newer_ones_come_in() {
        let mut history = History::default();
        let old: Vec<Record> = (0..5).map(|i| record(&format!("{i}"))).collect();
        history.take(page(0, 5, old.clone()));
        history.select(2);
        let mut newer = vec![record("new")];
        newer.extend(old);
        history.refresh();
        history.take(page(0, 6, newer));
        assert_eq!(history.selected, 3);
        assert_eq!(history.current().unwrap().prompt, "2");
    }

    #[test]
    fn at_the_top_the_selection_stays_at_the_top() {
        let mut history = History::default();
        history.take(page(0, 1, vec![record("old")]));
        history.take(page(0, 2, vec![record("new"), record("old")]));
        assert_eq!(history.current().unwrap().prompt, "new");
    }

    #[test]
    fn a_job_just_sent_is_selected_when_it_appears() {
        let mut history = History::default();
        let old: Vec<Record> = (0..5).map(|i| record(&format!("{i}"))).collect();
        history.take(page(0, 5, old.clone()));
        history.select(3);
        let sent = record("sent");
        history.follow = Some(sent.id);
        history.take(page(0, 6, [vec![sent], old].concat()));
        assert_eq!(history.current().unwrap().prompt, "sent");
    }

    #[test]
    fn scrolling_keeps_the_selection_on_screen() {
        let mut history = History::default();
        history.take(full_page(0, 1000));
        history.select(25);
        history.scroll_into_view(10);
        assert_eq!(history.top, 16);
        history.select(3);
        history.scroll_into_view(10);
        assert_eq!(history.top, 3);
        history.select(u64::MAX);
        history.scroll_into_view(10);
        assert_eq!((history.selected, history.top), (999, 990));
    }
}
