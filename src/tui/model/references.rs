//! Reference images for the next job, and the state around them.
//! The runtime checks that a file exists and what it contains.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{Model, Notice};
use crate::{
    engine::{Draft, Reference},
    id::Id,
    library::{ImageRecord, Record},
};

/// Maximum number of files that the file picker offers again.
const MAX_RECENT: usize = 12;

/// Maximum number of library images whose names and files are remembered.
const MAX_LIBRARY_IMAGES: usize = 256;

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
    /// Returns the title of the picker for its file.
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
            Self::Mask => "the size of the first reference, transparent where it may change",
            Self::Markup => "strokes and arrows on a transparent background, the size of the first reference",
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

    /// Adds a reference, unless it is there already.
    pub fn add(&mut self, reference: Reference) {
        if !self.inputs.contains(&reference) {
            self.inputs.push(reference);
        }
    }

    /// Removes a reference. If the job was an edit of it, it becomes an edit of the image that is the first one now.
    pub fn remove(&mut self, at: usize) {
        if at >= self.inputs.len() {
            return;
        }
        let removed = self.inputs.remove(at);
        if self.parent.map(Reference::Image) == Some(removed) {
            self.parent = match self.inputs.first() {
                Some(Reference::Image(id)) => Some(*id),
                _ => None,
            };
        }
    }

    /// Returns a short summary of the references.
    pub fn summary(&self) -> String {
        let inputs = match self.inputs.len() {
            0 => "no references".to_owned(),
            1 => "1 reference".to_owned(),
            many => format!("{many} references"),
        };
        match (&self.mask, &self.markup) {
            (Some(_), _) => format!("{inputs} with mask"),
            (None, Some(_)) => format!("{inputs} with markup"),
            (None, None) => inputs,
        }
    }
}

/// An image of the library that is used outside of the loaded history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryImage {
    pub prompt: String,
    pub path: PathBuf,
}

/// A pasted text that may consist of paths of images; the runtime checks whether it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDrop {
    pub text: String,
    /// Set once the text was inserted into the prompt, because the user went on before the answer.
    pub inserted: bool,
}

/// Outcome of the check of a pasted text.
#[derive(Clone, Debug, PartialEq)]
pub enum DropOutcome {
    /// It consists of paths of images.
    Images(Vec<PathBuf>),
    /// It consists of paths, but one of them cannot be used.
    Rejected(Notice),
    /// It is text.
    Text,
}

/// State around the references of the next job.
#[derive(Clone, Debug, Default)]
pub struct ReferencePane {
    /// Index of the chip under the cursor, while it is in the row of chips.
    pub selected: Option<usize>,
    pub pending_drop: Option<PendingDrop>,
    /// Files that were added lately, with the newest file first.
    pub recent: Vec<PathBuf>,
    /// Images of the library by id; `None` while one is loaded, or if it is gone.
    images: BTreeMap<Id, Option<LibraryImage>>,
}

impl ReferencePane {
    /// Remembers an added file.
    pub fn remember_file(&mut self, path: &Path) {
        self.recent.retain(|recent| recent != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// Remembers an image of the library.
    pub fn remember_image(&mut self, id: Id, image: Option<LibraryImage>) {
        if self.images.len() >= MAX_LIBRARY_IMAGES {
            self.images.clear();
        }
        self.images.insert(id, image);
    }
}

impl Model {
    /// Returns the name of a reference: of a file its name, of an image of the library the prompt that it was made with.
    pub fn reference_name(&self, reference: &Reference) -> String {
        match reference {
            Reference::File(path) => file_name(path),
            Reference::Image(id) => self.library_image(*id).map_or_else(|| id.short(), |image| image.prompt),
            Reference::Clipboard(_) => "clipboard image".to_owned(),
            Reference::Piped(_) => "piped image".to_owned(),
        }
    }

    /// Returns the prompt and the file of an image of the library, if they are known.
    pub fn library_image(&self, id: Id) -> Option<LibraryImage> {
        match self.history.image(id) {
            Some((record, image)) => Some(LibraryImage { prompt: record.prompt.clone(), path: image.path.clone() }),
            None => self.reference_pane.images.get(&id).cloned().flatten(),
        }
    }

    /// Returns the images among `ids` that have to be loaded, and marks them as requested.
    pub fn request_library_images(&mut self, ids: impl Iterator<Item = Id>) -> Vec<Id> {
        let known = |id: &Id| self.reference_pane.images.contains_key(id) || self.history.image(*id).is_some();
        let missing: Vec<Id> = ids.filter(|id| !known(id)).collect();
        for id in &missing {
            self.reference_pane.remember_image(*id, None);
        }
        missing
    }

    /// Remembers the name and file of a shown image, which may leave the loaded history.
    pub fn remember_shown(&mut self, record: &Record, image: &ImageRecord) {
        let known = LibraryImage { prompt: record.prompt.clone(), path: image.path.clone() };
        self.reference_pane.remember_image(image.id, Some(known));
    }

    /// Returns whether an image of the record is a reference of the next job.
    pub fn is_reference(&self, record: &Record) -> bool {
        let inputs = &self.next_job.references.inputs;
        record.images.iter().any(|image| inputs.contains(&Reference::Image(image.id)))
    }
}

/// Returns the name of a file without its directory.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_parent_hands_over_to_the_first_image() {
        let [one, other] = [Id::new(), Id::new()];
        let inputs = vec![Reference::Image(one), Reference::Image(other), Reference::File("a.png".into())];
        let mut references = JobReferences { inputs, parent: Some(one), ..JobReferences::default() };
        references.remove(0);
        assert_eq!(references.parent, Some(other));
        references.remove(7);
        references.remove(0);
        assert_eq!((references.parent, references.inputs.len()), (None, 1));
    }

    #[test]
    fn recent_files_are_few_and_distinct() {
        let mut pane = ReferencePane::default();
        for name in (0..40).map(|at| format!("/{}.png", at % 20)) {
            pane.remember_file(Path::new(&name));
        }
        assert_eq!((pane.recent.len(), pane.recent[0].as_path()), (MAX_RECENT, Path::new("/19.png")));
    }
}
