//! A popup with one line of text: the value of a setting, a label, the destination of an export.
//! `update` decides what follows from the text.

use crossterm::event::KeyEvent;

use super::LineInput;
use crate::id::Id;

/// The label that a text field edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// Tags to add, and with a minus to remove.
    Tags,
    /// A collection to add to.
    Collection,
    Title,
}

/// The purpose of a text field, with the jobs that were selected when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPurpose {
    /// The value of a setting.
    Setting {
        param: String,
        /// Description of the values that the setting accepts.
        expects: String,
    },
    Label(LabelKind, Vec<Id>),
    /// Destination and options of an export.
    Export(Vec<Id>),
}

impl TextPurpose {
    /// Returns the title of the field.
    pub fn title(&self) -> String {
        let (name, jobs) = match self {
            Self::Setting { param, .. } => return param.replace('_', " "),
            Self::Label(LabelKind::Tags, jobs) => ("Tags", jobs),
            Self::Label(LabelKind::Collection, jobs) => ("Collection", jobs),
            Self::Label(LabelKind::Title, jobs) => ("Title", jobs),
            Self::Export(jobs) => ("Export", jobs),
        };
        if jobs.len() == 1 { name.to_owned() } else { format!("{name} of {} jobs", jobs.len()) }
    }

    /// Returns a description of the expected text.
    pub fn about(&self) -> &str {
        match self {
            Self::Setting { expects, .. } => expects,
            Self::Label(LabelKind::Tags, _) => "tags to add, separated by spaces; -tag removes one",
            Self::Label(LabelKind::Collection, _) => "name of the collection to add to; -name removes from it",
            Self::Label(LabelKind::Title, _) => "empty removes the title",
            Self::Export(_) => {
                "folder or FILE.zip, then --format png|jpeg|webp, --width N, --crop WxH, --xmp, --yes to overwrite"
            }
        }
    }
}

/// A text field.
#[derive(Clone, Debug)]
pub struct TextField {
    pub purpose: TextPurpose,
    pub input: LineInput,
    /// Reason why the text was rejected, if any.
    pub error: Option<String>,
}

impl TextField {
    /// Creates a field that contains `text`.
    pub fn new(purpose: TextPurpose, text: &str) -> Self {
        Self { purpose, input: LineInput::new(text), error: None }
    }

    /// Handles a key; clears the error if the text changed.
    pub fn handle_key(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.error = None;
        }
    }

    /// Pastes text; clears the error if the text changed.
    pub fn handle_paste(&mut self, text: &str) {
        if self.input.paste(text) {
            self.error = None;
        }
    }
}
