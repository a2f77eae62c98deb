//! Reference images for the next job, and the text field for the name of a file.
//! The runtime checks that a file exists and what it contains.

use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;

use super::LineInput;
use crate::{
    engine::{Draft, Reference},
    id::Id,
};

/// The purpose of an image that the user adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageRole {
    /// A reference to start from.
    Reference,
    /// A mask that marks where the first reference may change.
    Mask,
    /// Markup that points at what to change in the first reference.
    Markup,
}

impl ImageRole {
    /// Returns the title of the text field for its file.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reference => "Start from which picture?",
            Self::Mask => "Redraw only where which mask is transparent?",
            Self::Markup => "Change what which markup points at?",
        }
    }

    /// Returns a description of the expected image.
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

/// The references of the next job, with their mask and markup.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobReferences {
    /// Reference images, in the order in which they are sent.
    pub inputs: Vec<Reference>,
    /// Mask that marks where the first reference may change.
    pub mask: Option<PathBuf>,
    /// Markup that is drawn over the first reference.
    pub markup: Option<PathBuf>,
    /// The image that the next one is an edit of.
    pub parent: Option<Id>,
}

impl JobReferences {
    /// Returns the references of `draft`.
    pub fn of(draft: &Draft) -> Self {
        let Draft { inputs, mask, markup, parent, .. } = draft.clone();
        Self { inputs, mask, markup, parent }
    }

    /// Returns `true` if there is no reference, mask or markup.
    pub const fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.mask.is_none() && self.markup.is_none()
    }

    /// Returns the names of the references: `change fox.png and coat.png, mask hat.png`.
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

    /// Returns a short summary of the references.
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

/// Returns the display name of a reference.
fn name(source: &Reference) -> String {
    match source {
        Reference::File(path) => file_name(path),
        Reference::Image(id) => id.short(),
        Reference::Clipboard(_) => "the clipboard".to_owned(),
        Reference::Piped(_) => "a pipe".to_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A text field for the name of an image file.
#[derive(Clone, Debug)]
pub struct FileNameInput {
    pub usage: ImageRole,
    pub input: LineInput,
    /// Reason why the typed name was rejected, if any.
    pub error: Option<String>,
}

impl FileNameInput {
    /// Handles a key; clears the error if the text changed.
    pub fn typed(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.error = None;
        }
    }

    /// Pastes text; clears the error if the text changed.
    pub fn pasted(&mut self, text: &str) {
        if self.input.paste(text) {
            self.error = None;
        }
    }
}
