//! Edits in the preview: the source with its mask before, and source, result and changes after.
//! The image thread draws them; this decides which one is shown.

use super::{EditView, Focus, MemoryImage, Model, PreviewSource, PreviewSubject};
use crate::{
    engine::Reference,
    library::{ImageRecord, Record, ReferenceOrigin},
};

impl Model {
    /// Returns the first reference with its mask and markup, while the prompt has the focus.
    pub(super) fn edit_source(&self) -> Option<PreviewSource> {
        let references = &self.next_job.references;
        let first = references.inputs.first().filter(|_| self.focus == Focus::Prompt)?;
        let source = match first {
            Reference::File(path) => PreviewSource::File(path.clone()),
            Reference::Image(id) => self.library_image(*id).map(|_| PreviewSource::Image(*id))?,
            Reference::Clipboard(image) | Reference::Piped(image) => {
                PreviewSource::Memory(MemoryImage(image.0.clone()))
            }
        };
        let (mask, markup) = (references.mask.clone(), references.markup.clone());
        if mask.is_none() && markup.is_none() {
            return Some(source);
        }
        Some(PreviewSource::Overlaid { source: Box::new(source), mask, markup })
    }

    /// Returns the source of an edit, as far as it is stored and known.
    fn origin(&self, record: &Record) -> Option<PreviewSource> {
        let image = |id| self.library_image(id).map(|_| PreviewSource::Image(id));
        match record.inputs.pictures.first() {
            Some(ReferenceOrigin::File(path)) => Some(PreviewSource::File(path.clone())),
            Some(ReferenceOrigin::Image(id)) => image(*id),
            Some(ReferenceOrigin::Clipboard | ReferenceOrigin::Piped) => None,
            None => record.parent.and_then(image),
        }
    }

    /// Returns the other side of an edit, if that is chosen for this image.
    pub(super) fn side_of_edit(&self, record: &Record, image: &ImageRecord) -> Option<PreviewSubject> {
        let (_, side) = self.preview.edit_view.filter(|(id, _)| *id == image.id)?;
        let source = self.origin(record)?;
        match side {
            EditView::Result => None,
            EditView::Source => Some(PreviewSubject::Before(source)),
            EditView::Difference => Some(PreviewSubject::Difference(PreviewSource::Difference {
                before: Box::new(source),
                after: Box::new(PreviewSource::Image(image.id)),
            })),
        }
    }

    /// Shows the next side of the shown edit: result, source, changes; returns `None` if the image is no edit.
    pub fn show_next_side(&mut self) -> Option<EditView> {
        let shows_side = matches!(
            self.subject(),
            PreviewSubject::Image(..) | PreviewSubject::Before(_) | PreviewSubject::Difference(_)
        );
        self.origin(self.history.current().filter(|_| shows_side)?)?;
        let image = self.shown_image()?.id;
        let before = self.preview.edit_view.filter(|(id, _)| *id == image).map(|(_, side)| side).unwrap_or_default();
        self.preview.edit_view = Some((image, before.next()));
        Some(before.next())
    }
}
