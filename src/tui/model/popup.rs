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
    /// Other words by which it is found; they are not shown.
    pub keywords: String,
    /// Whether it is what is chosen now.
    pub current: bool,
}

/// How near an item is to what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// It has the letters in their order, somewhere.
    Letters,
    /// One of its words begins so.
    Word,
    /// It is called so.
    Name,
}

impl Item {
    fn likeness(&self, typed: &str) -> Likeness {
        let label = self.label.to_lowercase();
        let starts = |word: &str| word.starts_with(typed);
        match typed {
            "" => Likeness::Letters,
            _ if label == typed => Likeness::Name,
            _ if starts(&label) || label.split_whitespace().any(starts) || self.keywords.split('_').any(starts) => {
                Likeness::Word
            }
            _ => Likeness::Letters,
        }
    }
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

    /// Takes a text into the filter.
    pub fn pasted(&mut self, text: &str) {
        if self.input.paste(text) {
            self.filter();
        }
    }

    /// Matches anew what is typed against names and descriptions: what is called just so comes first, then what has
    /// it at the start of a word, then what is like it.
    pub fn filter(&mut self) {
        let typed = self.input.text().trim().to_lowercase();
        let pattern = Pattern::parse(self.input.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(Likeness, u32, usize)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let mut score =
                |text: &str, matcher: &mut Matcher| pattern.score(Utf32Str::new(text, &mut buffer), matcher);
            let name = score(&item.label, &mut matcher).map(|score| score.saturating_mul(2));
            let detail = score(&item.detail, &mut matcher);
            let likeness = item.likeness(&typed);
            let begins = (likeness > Likeness::Letters).then_some(0);
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

    /// Takes a text likewise.
    pub fn pasted(&mut self, text: &str) {
        if self.input.paste(text) {
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
            keywords: String::new(),
            current: *name == "nord",
        };
        Picker::new(names.iter().map(item).collect())
    }

    #[test]
    fn the_current_one_is_selected_first() {
        assert_eq!(picker(&["daylight", "nord"]).current().unwrap().label, "nord");
    }

    #[test]
    fn what_is_called_just_so_comes_before_what_is_like_it() {
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
