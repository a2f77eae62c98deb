//! Popups over the panes and their state: help, lists to choose from, text fields.
//! `update` decides what a choice does.

use crossterm::event::KeyEvent;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{FilePicker, LanePicker, LineInput, Proposal, TextField};
use crate::{id::Id, tui::action::Action};

/// A popup over the panes.
#[derive(Clone, Debug)]
pub enum Popup {
    /// The key bindings.
    Help(HelpView),
    /// The past messages.
    Messages(Scroll),
    /// The command palette.
    Palette(Picker),
    /// A list of backends, models, themes or unfinished jobs.
    Switch(PickerKind, Picker),
    /// All details of a job.
    Details(Id, Scroll),
    /// A text field.
    Text(TextField),
    /// The picker for an image file.
    File(Box<FilePicker>),
    /// The list of lanes for a comparison.
    Lanes(LanePicker),
    /// A rewritten prompt, to accept or reject.
    Proposal(Box<Proposal>),
}

/// The kind of thing that is being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerKind {
    /// A backend.
    Backend,
    /// A model of the chosen backend.
    Model,
    /// A theme.
    Theme,
    /// An unfinished job, to resume or discard.
    Unfinished,
    /// A job in the tree of edits.
    Lineage,
}

/// The scroll position of a text, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll(pub u16);

impl Scroll {
    /// Scrolls by `lines`, not above the start; the view limits the end.
    pub fn scroll_by(&mut self, lines: i32) {
        self.0 = self.0.saturating_add_signed(lines.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
    }
}

/// The state of the help.
#[derive(Clone, Debug, Default)]
pub struct HelpView {
    pub input: LineInput,
    /// Set once a filter is typed or was asked for, so that every letter belongs to it.
    pub filtering: bool,
    pub scroll: Scroll,
}

impl HelpView {
    /// Passes a key to the filter; the matches are shown from the start.
    pub fn handle_key(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            (self.filtering, self.scroll) = (!self.input.text().is_empty(), Scroll::default());
        }
    }

    /// Pastes text into the filter.
    pub fn handle_paste(&mut self, text: &str) {
        if self.input.paste(text) {
            (self.filtering, self.scroll) = (true, Scroll::default());
        }
    }

    /// Clears the filter; returns `true` if there was one.
    pub fn clear_filter(&mut self) -> bool {
        let was_filtering = std::mem::take(&mut self.filtering);
        self.input = LineInput::default();
        was_filtering
    }
}

/// The choice that a list item stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickerValue {
    /// An action to carry out.
    Action(Action),
    /// The name of a backend, a model or a theme.
    Name(String),
    /// An unfinished job to resume.
    Resume(Id),
    /// An unfinished job to discard.
    Discard(Id),
    /// A job to select.
    Job(Id),
}

/// An item of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickerItem {
    pub id: PickerValue,
    pub label: String,
    pub description: String,
    /// Short text at the right edge: a key or a date.
    pub aside: String,
    /// Further search terms, which are matched but not shown.
    pub keywords: String,
    /// Set if the item is the value in use now.
    pub current: bool,
}

/// The quality of a match with the typed text, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchQuality {
    /// The item contains the letters in their order.
    Fuzzy,
    /// Each typed word begins a word of its name or a further search term.
    Keyword,
    /// One of its words starts with the text.
    WordPrefix,
    /// Its name equals the text.
    Exact,
}

impl PickerItem {
    fn match_quality(&self, typed: &str) -> MatchQuality {
        let label = self.label.to_lowercase();
        let starts = |word: &str| word.starts_with(typed);
        match typed {
            "" => MatchQuality::Fuzzy,
            _ if label == typed => MatchQuality::Exact,
            _ if starts(&label) || label.split_whitespace().any(starts) => MatchQuality::WordPrefix,
            _ if self.matches_keywords(&label, typed) => MatchQuality::Keyword,
            _ => MatchQuality::Fuzzy,
        }
    }

    fn matches_keywords(&self, label: &str, typed: &str) -> bool {
        let words = || label.split_whitespace().chain(self.keywords.split(['_', ' ']));
        typed.split_whitespace().all(|term| words().any(|word| word.starts_with(term)))
    }
}

/// A list to choose from, filtered by typing.
#[derive(Clone, Debug)]
pub struct Picker {
    pub input: LineInput,
    /// All items, whether they match the filter or not.
    pub items: Vec<PickerItem>,
    /// Indices into `items` of the matches, best first.
    pub matches: Vec<usize>,
    /// Index into `matches` of the item under the cursor.
    pub selected: usize,
}

impl Picker {
    /// Creates a list of `items` with the current one selected.
    pub fn new(items: Vec<PickerItem>) -> Self {
        let selected = items.iter().position(|item| item.current).unwrap_or(0);
        let matches = (0..items.len()).collect();
        Self { input: LineInput::default(), items, matches, selected }
    }

    /// Passes a key to the filter.
    pub fn handle_key(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.filter();
        }
    }

    /// Pastes text into the filter.
    pub fn handle_paste(&mut self, text: &str) {
        if self.input.paste(text) {
            self.filter();
        }
    }

    /// Matches the typed text against names and descriptions. Items with exactly that name come first, then those with
    /// a word that starts with it, then those with such a search term, then fuzzy matches.
    pub fn filter(&mut self) {
        let typed = self.input.text().trim().to_lowercase();
        let pattern = Pattern::parse(self.input.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(MatchQuality, u32, usize)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let mut score =
                |text: &str, matcher: &mut Matcher| pattern.score(Utf32Str::new(text, &mut buffer), matcher);
            let name = score(&item.label, &mut matcher).map(|score| score.saturating_mul(2));
            let detail = score(&item.description, &mut matcher);
            let likeness = item.match_quality(&typed);
            let begins = (likeness > MatchQuality::Fuzzy).then_some(0);
            scored.extend(name.max(detail).or(begins).map(|score| (likeness, score, index)));
        }
        scored.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.cmp(&b.2)));
        self.matches = scored.into_iter().map(|(_, _, index)| index).collect();
        self.selected = 0;
    }

    /// Moves the selection by `rows`, stopping at the ends.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.matches.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }

    /// Returns the selected item.
    pub fn current(&self) -> Option<&PickerItem> {
        self.matches.get(self.selected).and_then(|index| self.items.get(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn picker(names: &[&str]) -> Picker {
        let item = |name: &&str| PickerItem {
            id: PickerValue::Name((*name).into()),
            label: (*name).into(),
            description: String::new(),
            aside: String::new(),
            keywords: String::new(),
            current: *name == "nord",
        };
        Picker::new(names.iter().map(item).collect())
    }

    #[test]
    fn current_item_is_selected_initially() {
        assert_eq!(picker(&["daylight", "nord"]).current().unwrap().label, "nord");
    }

    #[test]
    fn exact_names_rank_before_fuzzy_matches() {
        let mut picker = picker(&["gpt-image-1.5", "gpt-image-1-mini", "gpt-image-1"]);
        picker.items[1].keywords = "small_cheap".into();
        let mut first = |typed: &str| {
            picker.input = LineInput::new(typed);
            picker.filter();
            picker.current().map(|item| item.label.clone())
        };
        assert_eq!(first("gpt-image-1").as_deref(), Some("gpt-image-1"));
        assert_eq!(first("cheap").as_deref(), Some("gpt-image-1-mini"), "found by another word");
        assert_eq!(first("1.5").as_deref(), Some("gpt-image-1.5"));
    }

    #[test]
    fn typing_narrows_the_list_to_the_best_match() {
        let mut picker = picker(&["gruvbox-dark", "daylight", "nord"]);
        for c in "dlt".chars() {
            picker.input.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        picker.filter();
        assert_eq!(picker.current().unwrap().label, "daylight");
        picker.move_by(5);
        assert_eq!(picker.selected, picker.matches.len() - 1);
    }
}
