//! Images of jobs as items of an export.

use tintype_backends::Size;

use crate::{
    export::{ExportItem, ImageFacts},
    id::Id,
    library::{ImageRecord, Library, LibraryError, Record, ReferenceOrigin},
};

/// Returns one image of a job as an item, or all of them.
pub async fn export_items(
    library: &Library,
    record: &Record,
    image: Option<Id>,
) -> Result<Vec<ExportItem>, LibraryError> {
    let edited_photograph = edits_photograph(library, record).await?;
    let wanted = record.images.iter().filter(|found| image.is_none_or(|wanted| wanted == found.id));
    Ok(wanted.map(|image| item(record, image, edited_photograph)).collect())
}

/// Returns whether the job, or one that it continues, was given an image that was not generated here.
async fn edits_photograph(library: &Library, record: &Record) -> Result<bool, LibraryError> {
    if has_outside_reference(record) || record.parent.is_none() {
        return Ok(has_outside_reference(record));
    }
    Ok(library.lineage(record).await?.made_from.iter().any(has_outside_reference))
}

fn has_outside_reference(record: &Record) -> bool {
    record.inputs.pictures.iter().any(|origin| !matches!(origin, ReferenceOrigin::Image(_)))
}

fn item(record: &Record, image: &ImageRecord, edited_photograph: bool) -> ExportItem {
    ExportItem {
        id: image.id.short(),
        path: image.path.clone(),
        format: image.format,
        size: Size::new(image.width, image.height),
        svg: image.svg.clone(),
        facts: ImageFacts {
            title: record.labels.title.clone(),
            rating: record.labels.rating,
            tags: record.labels.tags.iter().cloned().collect(),
            prompt: record.prompt.clone(),
            model: record.model.clone(),
            created: record.created,
            edited_photograph,
        },
    }
}
