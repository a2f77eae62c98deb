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
            Self::Reference => "Reference image",
            Self::Mask => "Mask",
            Self::Markup => "Markup",
        }
    }

    /// Returns a description of the expected image.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Reference => "PNG, JPEG, WebP, GIF or SVG; multiple references are sent in the order added",
            Self::Mask => "the size of the first reference, transparent where it may change; empty removes the mask",
            Self::Markup => {
                "strokes and arrows on a transparent background, the size of the first reference; empty removes it"
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
    pub fn from_draft(draft: &Draft) -> Self {
        let Draft { inputs, mask, markup, parent, .. } = draft.clone();
        Self { inputs, mask, markup, parent }
    }

    /// Returns `true` if there is no reference, mask or markup.
    pub const fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.mask.is_none() && self.markup.is_none()
    }

    /// Returns the names of the references: `edit fox.png and coat.png, mask hat.png`.
    pub fn names(&self) -> String {
        let pictures: Vec<String> = self.inputs.iter().map(display_name).collect();
        let mut names = match pictures.split_last() {
            None => "no references".to_owned(),
            Some((last, [])) => format!("edit {last}"),
            Some((last, others)) => format!("edit {} and {last}", others.join(", ")),
        };
        for (what, path) in [("mask", &self.mask), ("markup", &self.markup)] {
            names.extend(path.iter().map(|path| format!(", {what} {}", file_name(path))));
        }
        names
    }

    /// Returns a short summary of the references.
    pub fn summary(&self) -> String {
        let pictures = match self.inputs.len() {
            0 => "no references".to_owned(),
            1 => "1 reference".to_owned(),
            many => format!("{many} references"),
        };
        match (&self.mask, &self.markup) {
            (Some(_), _) => format!("{pictures} with mask"),
            (None, Some(_)) => format!("{pictures} with markup"),
            (None, None) => pictures,
        }
    }
}

/// Returns the display name of a reference.
fn display_name(source: &Reference) -> String {
    match source {
        Reference::File(path) => file_name(path),
        Reference::Image(id) => id.short(),
        Reference::Clipboard(_) => "clipboard image".to_owned(),
        Reference::Piped(_) => "piped image".to_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A text field for the name of an image file.
#[derive(Clone, Debug)]
pub struct FileNameInput {
    pub role: ImageRole,
    pub input: LineInput,
    /// Reason why the typed name was rejected, if any.
    pub error: Option<String>,
}

impl FileNameInput {
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
