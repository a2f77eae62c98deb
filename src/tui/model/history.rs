//! State of the history pane: a query, the pages around the visible rows, and the selected row.
//! It holds a few pages of the library at most, however many rows there are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{LineInput, Model, Notice, Severity};
use crate::{
    engine::Draft,
    id::Id,
    library::{
        ImageRecord, Page, Query, Record, SearchError,
        search_language::{Completion, complete},
    },
    picture::ImageViewport,
};

/// Rows per page.
pub const PAGE_ROWS: u64 = 100;

/// Maximum number of pages that are kept, besides those on a large screen.
const MAX_PAGES: usize = 8;

/// The history pane.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub query: Query,
    /// Text of the search line while the user types into it.
    pub search: Option<LineInput>,
    /// Error in the text of the search line; the result of the last valid search stays.
    pub search_error: Option<SearchError>,
    /// Number of rows in the library that match the query.
    pub total: u64,
    /// Index of the selected row, where 0 is the newest.
    pub selected: u64,
    /// The row at the top of the pane.
    pub top: u64,
    /// Set once the first page since the last refresh has arrived.
    pub loaded: bool,
    /// Job to select as soon as it appears in a page.
    pub select_when_loaded: Option<Id>,
    /// Id of the selected record, as far as it is known: rows move, records keep their ids.
    anchor: Option<Id>,
    /// The record that was selected before a filter hid it.
    before_filter: Option<Id>,
    /// Set if the selection stays on its record in the top row too; otherwise a new record there becomes the selected
    /// one.
    keep_at_top: bool,
    /// Set once an answer to this query has arrived.
    answered: bool,
    /// Number of whole pages that the screen shows, which are kept besides the usual ones.
    visible_pages: usize,
    pages: BTreeMap<u64, Vec<Record>>,
    requested: BTreeSet<u64>,
}

impl History {
    /// Returns the record in that row, if its page is loaded.
    pub fn row(&self, index: u64) -> Option<&Record> {
        self.pages.get(&(index / PAGE_ROWS))?.get((index % PAGE_ROWS) as usize)
    }

    /// Returns the selected record.
    pub fn current(&self) -> Option<&Record> {
        self.row(self.selected)
    }

    /// Returns the record of that job, if it is in a loaded page.
    pub fn record(&self, id: Id) -> Option<&Record> {
        self.pages.values().flatten().find(|record| record.id == id)
    }

    /// Returns the image with that id and its record, if they are in a loaded page.
    pub fn image(&self, id: Id) -> Option<(&Record, &ImageRecord)> {
        let with_image = |record: &Record| record.images.iter().position(|image| image.id == id);
        let (record, at) = self.pages.values().flatten().find_map(|record| Some((record, with_image(record)?)))?;
        Some((record, &record.images[at]))
    }

    /// Returns the row of that job, if it is in a loaded page.
    pub fn position(&self, id: Id) -> Option<u64> {
        let within = |records: &Vec<Record>| records.iter().position(|record| record.id == id);
        self.pages.iter().find_map(|(page, records)| within(records).map(|at| page * PAGE_ROWS + at as u64))
    }

    /// Replaces a record with its newer version.
    pub fn replace_record(&mut self, newer: &Record) {
        for record in self.pages.values_mut().flatten().filter(|record| record.id == newer.id) {
            *record = newer.clone();
        }
    }

    /// Changes the loaded records of some jobs.
    pub fn update_records(&mut self, jobs: &HashSet<Id>, mut change: impl FnMut(&mut Record)) {
        for record in self.pages.values_mut().flatten().filter(|record| jobs.contains(&record.id)) {
            change(record);
        }
    }

    /// Moves the selection by `rows`, stopping at the ends.
    pub fn move_by(&mut self, rows: i64) {
        self.select(self.selected.saturating_add_signed(rows));
    }

    /// Selects that row, or the last one if there are fewer.
    pub fn select(&mut self, index: u64) {
        (self.select_when_loaded, self.before_filter) = (None, None);
        self.selected = index.min(self.total.saturating_sub(1));
        self.anchor = self.current().map(|record| record.id);
    }

    /// Remembers the selected record. It is `held` while the user is in the history pane: a new record at the top must
    /// not become the target of the next key.
    pub fn anchor_selection(&mut self, held: bool) {
        self.keep_at_top = held;
        if let Some(record) = self.current() {
            self.anchor = Some(record.id);
        }
    }

    /// Returns the records to look for in the next answer, by priority: the first one that is found becomes selected.
    pub fn ids_to_select(&self) -> Vec<Id> {
        let anchor = self.anchor.filter(|_| self.keep_at_top || self.selected > 0);
        let before = if self.answered { anchor } else { self.before_filter };
        [self.select_when_loaded, before].into_iter().flatten().collect()
    }

    /// Returns the offsets of the pages with the rows on screen, from `top`, and next to them, that are neither loaded nor requested, and marks them as
    /// requested. Until the first answer arrives this is a single page: the answer is the page with the selection,
    /// wherever that is now.
    pub fn request_missing_pages(&mut self, top: u64, rows: u64) -> Vec<u64> {
        if !self.loaded {
            let page = self.selected / PAGE_ROWS;
            return if self.requested.is_empty() && self.requested.insert(page) {
                vec![page * PAGE_ROWS]
            } else {
                Vec::new()
            };
        }
        self.visible_pages = (rows / PAGE_ROWS) as usize;
        let last = (top + rows).min(self.total.saturating_sub(1));
        let wanted = top.saturating_sub(PAGE_ROWS / 2) / PAGE_ROWS
            ..=(last + PAGE_ROWS / 2).min(self.total.saturating_sub(1)) / PAGE_ROWS;
        let missing: Vec<u64> =
            wanted.filter(|page| !self.requested.contains(page) && !self.pages.contains_key(page)).collect();
        self.requested.extend(&missing);
        missing.into_iter().map(|page| page * PAGE_ROWS).collect()
    }

    /// Requests everything again; loaded pages stay on screen until the answer arrives.
    pub fn refresh(&mut self) {
        self.requested.clear();
        self.loaded = false;
    }

    /// Starts over with another query.
    pub fn set_query(&mut self, query: Query) {
        let search = self.search.take();
        let home =
            self.select_when_loaded.or(self.before_filter).or(self.current().map(|record| record.id)).or(self.anchor);
        *self = Self { query, search, before_filter: home, keep_at_top: self.keep_at_top, ..Self::default() };
    }

    /// Stores an answer; one to another query is dropped. Returns `true` if it was stored.
    pub fn receive_page(&mut self, page: Page) -> bool {
        if page.query != self.query {
            return false;
        }
        let sought = self.ids_to_select();
        let number = page.offset / PAGE_ROWS;
        let moved = self.loaded && page.total != self.total;
        if !self.loaded || moved {
            // Rows have moved: pages fetched before this one are no longer consistent with it.
            self.pages.clear();
            self.requested.clear();
        }
        self.requested.remove(&number);
        // If rows have moved, the selection is in another answer.
        (self.loaded, self.answered) = (!moved, true);
        self.shift_selection(page.total);
        self.total = page.total;
        self.pages.insert(number, page.records);
        self.select_sought(number, &sought);
        self.forget_far_pages(number);
        true
    }

    /// Moves a selected row down by the number of new rows, which come in at the top.
    fn shift_selection(&mut self, total: u64) {
        if self.total > 0 && self.selected > 0 {
            self.selected = (self.selected + total).saturating_sub(self.total);
        }
        self.selected = self.selected.min(total.saturating_sub(1));
    }

    fn select_sought(&mut self, number: u64, sought: &[Id]) {
        let place = |id: &Id| Some((*id, self.pages[&number].iter().position(|record| record.id == *id)?));
        let Some((id, at)) = sought.iter().find_map(place) else { return };
        self.selected = number * PAGE_ROWS + at as u64;
        self.anchor = Some(id);
        // The followed job may still be on its way, and a record hidden by a filter is selected again later.
        if self.select_when_loaded == Some(id) || self.before_filter == Some(id) {
            self.before_filter = None;
        }
        self.select_when_loaded.take_if(|follow| *follow == id);
    }

    fn forget_far_pages(&mut self, number: u64) {
        while self.pages.len() > MAX_PAGES + self.visible_pages {
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(number));
            far.and_then(|page| self.pages.remove(&page));
        }
    }
}

impl Model {
    /// Returns the completions of the search that is being typed.
    pub fn search_completions(&self) -> Vec<Completion> {
        let Some(input) = &self.history.search else { return Vec::new() };
        complete(input.text(), &self.search_values)
    }

    /// Selects a row, or the last one; the preview starts with its first image.
    pub fn select_row(&mut self, row: u64) {
        let before = self.history.selected;
        self.history.select(row);
        if self.history.selected != before {
            let had_image = |record: &&Record| record.images.iter().any(|image| !image.missing);
            let previous = self.history.row(before).filter(had_image).map(|record| record.id);
            self.preview.previous_job = previous.or(self.preview.previous_job);
            self.preview.image = 0;
            self.preview.view = ImageViewport::default();
        }
    }

    /// Replaces the query of the history.
    pub fn ask_history(&mut self, query: Query) {
        if query != self.history.query {
            self.gallery.range = None;
            self.history.set_query(query);
            self.preview.image = 0;
        }
    }

    /// Shows a job that has just started, regardless of the search.
    pub fn show_new(&mut self, id: Id) {
        // A search that is being typed must not become keys that act on jobs.
        if self.history.search.is_none() {
            self.ask_history(Query::default());
        }
        self.history.select_when_loaded = Some(id);
        self.history.refresh();
    }

    /// Shows the whole history again; returns `true` if something was hidden.
    pub fn drop_search(&mut self) -> bool {
        let narrowed = self.history.query != Query::default();
        self.ask_history(Query::default());
        narrowed
    }

    /// Returns the draft that a job was started from: the one in memory, or else one rebuilt from its record.
    ///
    /// # Errors
    ///
    /// Returns a notice if a reference image was pasted and is not stored.
    pub fn draft_of(&self, record: &Record) -> Result<Draft, Notice> {
        if let Some(draft) = self.sent_drafts.get(&record.id) {
            return Ok(draft.for_rerun());
        }
        Draft::from_record(record).map_err(|pasted| {
            Notice::new(Severity::Warning, pasted.to_string())
                .with_hint(Some("paste the image again and resend the prompt".to_owned()))
        })
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
        page(offset, total, (0..PAGE_ROWS.min(total - offset)).map(|i| record(&format!("{}", offset + i))).collect())
    }

    #[test]
    fn pages_near_the_screen_are_requested_once() {
        let mut history = History::default();
        assert_eq!(history.request_missing_pages(history.top, 20), [0]);
        assert!(history.request_missing_pages(history.top, 20).is_empty());
        history.receive_page(full_page(0, 100_000));
        assert!(history.request_missing_pages(history.top, 20).is_empty());
        history.select(50_000);
        history.top = 49_990;
        assert_eq!(history.request_missing_pages(history.top, 20), [49_900, 50_000]);
    }

    #[test]
    fn no_more_than_a_few_pages_are_kept() {
        let mut history = History::default();
        for number in 0..50 {
            history.receive_page(full_page(number * PAGE_ROWS, 100_000));
        }
        assert_eq!(history.pages.len(), MAX_PAGES);
        assert!(history.row(49 * PAGE_ROWS).is_some() && history.row(0).is_none());
    }

    #[test]
    fn answers_to_other_queries_are_dropped() {
        let mut history = History::default();
        history.set_query(Query::new("fox"));
        assert!(!history.receive_page(full_page(0, 10)));
        assert_eq!(history.total, 0);
    }

    #[test]
    fn the_selection_stays_on_its_record_when_newer_ones_come_in() {
        let mut history = History::default();
        let old: Vec<Record> = (0..5).map(|i| record(&format!("{i}"))).collect();
        history.receive_page(page(0, 5, old.clone()));
        history.select(2);
        let mut newer = vec![record("new")];
        newer.extend(old);
        history.refresh();
        history.receive_page(page(0, 6, newer));
        assert_eq!(history.selected, 3);
        assert_eq!(history.current().unwrap().prompt, "2");
    }

    #[test]
    fn top_selection_moves_to_new_records() {
        let mut history = History::default();
        history.receive_page(page(0, 1, vec![record("old")]));
        history.receive_page(page(0, 2, vec![record("new"), record("old")]));
        assert_eq!(history.current().unwrap().prompt, "new");
    }

    #[test]
    fn a_job_just_sent_is_selected_when_it_appears() {
        let mut history = History::default();
        let old: Vec<Record> = (0..5).map(|i| record(&format!("{i}"))).collect();
        history.receive_page(page(0, 5, old.clone()));
        history.select(3);
        let sent = record("sent");
        history.select_when_loaded = Some(sent.id);
        history.receive_page(page(0, 6, [vec![sent], old].concat()));
        assert_eq!(history.current().unwrap().prompt, "sent");
    }

    #[test]
    fn top_selection_keeps_its_record_while_the_history_is_focused() {
        let mut history = History::default();
        let old = record("old");
        history.receive_page(page(0, 1, vec![old.clone()]));
        history.anchor_selection(true);
        history.refresh();
        assert_eq!(history.ids_to_select(), [old.id]);
        history.receive_page(page(0, 2, vec![record("new"), old]));
        assert_eq!(history.current().unwrap().prompt, "old");
    }

    #[test]
    fn record_is_reselected_when_its_filter_is_cleared() {
        let all: Vec<Record> = (0..5).map(|i| record(&format!("{i}"))).collect();
        let marked = Query::new("is:favorite");
        let found = |rows: &[usize]| rows.iter().map(|row| all[*row].clone()).collect::<Vec<_>>();
        for (rows, move_to, expected) in [(&[1, 3][..], None, "4"), (&[1, 4], None, "4"), (&[1, 3], Some(1), "3")] {
            let mut history = History::default();
            history.receive_page(page(0, 5, all.clone()));
            history.select(4);
            history.set_query(marked.clone());
            let shown = found(rows);
            history.receive_page(Page { query: marked.clone(), ..page(0, 2, shown) });
            history.anchor_selection(true);
            if let Some(row) = move_to {
                history.select(row);
            }
            history.set_query(Query::default());
            history.receive_page(page(0, 5, all.clone()));
            assert_eq!(history.current().unwrap().prompt, expected, "{rows:?}");
        }
    }

    #[test]
    fn page_of_a_moved_selection_is_requested() {
        let mut history = History::default();
        history.receive_page(full_page(0, 1000));
        history.select(70);
        let id = history.current().unwrap().id;
        history.refresh();
        assert_eq!((history.request_missing_pages(history.top, 20), history.ids_to_select()), (vec![0], vec![id]));
        let mut second = full_page(100, 1060);
        second.records[30].id = id;
        history.receive_page(second);
        assert_eq!((history.selected, history.current().unwrap().id), (130, id));
        assert_eq!(history.request_missing_pages(history.top, 20), [0]);
    }
}
