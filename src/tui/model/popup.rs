//! What can lie over the panes, and its state: help, a list to choose from, a value to type.
//! It decides nothing about what a choice does; `update` does.

use crossterm::event::KeyEvent;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{FileEditor, LanePicker, LineInput, Proposal};
use crate::{id::Id, tui::action::Action};

/// What lies over the panes.
#[derive(Clone, Debug)]
pub enum Popup {
    /// The keys.
    Help(Scroll),
    /// Everything that can be done.
    Palette(Picker),
    /// A choice for the next picture, or of the colours.
    Switch(Switch, Picker),
    /// Everything known about a job.
    Details(Id, Scroll),
    /// A value being typed.
    Value(ValueEditor),
    /// The name of a picture file being typed.
    File(FileEditor),
    /// The lanes of a comparison, to choose from.
    Lanes(LanePicker),
    /// A better prompt, to be taken or dropped.
    Proposal(Box<Proposal>),
}

/// What is being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// A backend.
    Backend,
    /// A model of the chosen backend.
    Model,
    /// A theme.
    Theme,
    /// What becomes of a job that has not ended.
    Unfinished,
}

/// How far a text is scrolled, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll(pub u16);

impl Scroll {
    /// Moves by `lines`, not above the start; the end is the view's to know.
    pub fn by(&mut self, lines: i32) {
        self.0 = self.0.saturating_add_signed(lines.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
    }
}

/// What an item of a list stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemId {
    /// Something to do.
    Do(Action),
    /// A name: of a backend, a model or a theme.
    Name(String),
    /// Fetching what there is of a job.
    Fetch(Id),
    /// Giving a job up.
    GiveUp(Id),
}

/// An item of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it stands for.
    pub id: ItemId,
    /// Its name.
    pub label: String,
    /// A few words about it.
    pub detail: String,
    /// What stands at its right: a key, a date.
    pub aside: String,
    /// Whether it is what is chosen now.
    pub current: bool,
}

/// A list to choose from by typing.
#[derive(Clone, Debug)]
pub struct Picker {
    /// What is typed.
    pub input: LineInput,
    /// Everything there is.
    pub items: Vec<Item>,
    /// Which of them match, best first.
    pub matches: Vec<usize>,
    /// Which of the matches is selected.
    pub selected: usize,
}

impl Picker {
    /// A list of `items`, the current one selected.
    pub fn new(items: Vec<Item>) -> Self {
        let selected = items.iter().position(|item| item.current).unwrap_or(0);
        let matches = (0..items.len()).collect();
        Self { input: LineInput::default(), items, matches, selected }
    }

    /// Takes a key into the filter.
    pub fn typed(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.filter();
        }
    }

    /// Matches anew what is typed against names and descriptions.
    pub fn filter(&mut self) {
        let pattern = Pattern::parse(self.input.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let mut score =
                |text: &str, matcher: &mut Matcher| pattern.score(Utf32Str::new(text, &mut buffer), matcher);
            let name = score(&item.label, &mut matcher).map(|score| score.saturating_mul(2));
            let detail = score(&item.detail, &mut matcher);
            scored.extend(name.max(detail).map(|score| (score, index)));
        }
        scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        self.matches = scored.into_iter().map(|(_, index)| index).collect();
        self.selected = 0;
    }

    /// Moves the selection by `rows`, stopping at the ends.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.matches.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }

    /// The selected item.
    pub fn current(&self) -> Option<&Item> {
        self.matches.get(self.selected).and_then(|index| self.items.get(*index))
    }
}

/// A value of a setting being typed.
#[derive(Clone, Debug)]
pub struct ValueEditor {
    /// The setting.
    pub param: String,
    /// What it takes, in words.
    pub expects: String,
    /// What is typed.
    pub input: LineInput,
    /// Why what was typed is not taken.
    pub error: Option<String>,
}

impl ValueEditor {
    /// Takes a key; what was wrong before may be right now.
    pub fn typed(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.error = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn picker(names: &[&str]) -> Picker {
        let item = |name: &&str| Item {
            id: ItemId::Name((*name).into()),
            label: (*name).into(),
            detail: String::new(),
            aside: String::new(),
            current: *name == "nord",
        };
        Picker::new(names.iter().map(item).collect())
    }

    #[test]
    fn the_current_one_is_selected_first() {
        assert_eq!(picker(&["daylight", "nord"]).current().unwrap().label, "nord");
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
