//! Pictures that the user gives for the next job, and the line in which a file is named.
//! Whether a file is there, and what it is, is found out by the runtime.

use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;

use super::LineInput;
use crate::{
    engine::{Draft, Source},
    id::Id,
};

/// What a picture is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureUse {
    /// To start from.
    Reference,
    /// To say where the first reference may change.
    Mask,
    /// To point at what shall change in the first reference.
    Markup,
}

impl PictureUse {
    /// The question for its file.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reference => "Start from which picture?",
            Self::Mask => "Redraw only where which mask is transparent?",
            Self::Markup => "Change what which markup points at?",
        }
    }

    /// What is expected of it.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Reference => "a PNG, JPEG, WebP, GIF or SVG; several are sent in the order in which they are given",
            Self::Mask => {
                "a picture of the first one's size, transparent where it may change; nothing takes the mask away"
            }
            Self::Markup => {
                "strokes and arrows on a transparent ground of the first picture's size; nothing takes the markup away"
            }
        }
    }
}

/// What the next picture starts from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Pictures to start from, in their order.
    pub inputs: Vec<Source>,
    /// Where the first of them may change.
    pub mask: Option<PathBuf>,
    /// What lies over the first of them.
    pub markup: Option<PathBuf>,
    /// The image the next one is a change of.
    pub parent: Option<Id>,
}

impl Given {
    /// What was given for `draft`.
    pub fn of(draft: &Draft) -> Self {
        let Draft { inputs, mask, markup, parent, .. } = draft.clone();
        Self { inputs, mask, markup, parent }
    }

    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.mask.is_none() && self.markup.is_none()
    }

    /// What there is, by name: `change fox.png and coat.png, mask hat.png`.
    pub fn names(&self) -> String {
        let pictures: Vec<String> = self.inputs.iter().map(name).collect();
        let mut names = match pictures.split_last() {
            None => "from no picture".to_owned(),
            Some((last, [])) => format!("change {last}"),
            Some((last, others)) => format!("change {} and {last}", others.join(", ")),
        };
        for (what, path) in [("mask", &self.mask), ("markup", &self.markup)] {
            names.extend(path.iter().map(|path| format!(", {what} {}", file_name(path))));
        }
        names
    }

    /// What there is, in a few words.
    pub fn words(&self) -> String {
        let pictures = match self.inputs.len() {
            0 => "from no picture".to_owned(),
            1 => "from a picture".to_owned(),
            many => format!("from {many} pictures"),
        };
        match (&self.mask, &self.markup) {
            (Some(_), _) => format!("{pictures} with mask"),
            (None, Some(_)) => format!("{pictures} with markup"),
            (None, None) => pictures,
        }
    }
}

/// What a picture to start from is called.
fn name(source: &Source) -> String {
    match source {
        Source::File(path) => file_name(path),
        Source::Image(id) => id.short(),
        Source::Clipboard(_) => "the clipboard".to_owned(),
        Source::Piped(_) => "a pipe".to_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The name of a file being typed.
#[derive(Clone, Debug)]
pub struct FileEditor {
    /// What the picture is for.
    pub usage: PictureUse,
    /// What is typed.
    pub input: LineInput,
    /// Why what was typed is not taken.
    pub error: Option<String>,
}

impl FileEditor {
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
