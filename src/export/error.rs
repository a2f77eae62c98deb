//! Errors of an export, worded for users. Remedies name no flag and no key.

use std::{
    io,
    path::{Path, PathBuf},
};

use tintype_backends::{Size, svg::SvgError};

use crate::{atomic_file::FileError, picture::DisplayError};

/// Reason why an image, or the whole export, was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The image is not in the library's files any more.
    #[error("the file of this image is missing: `{}`", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The image cannot be decoded, or not be encoded in the requested format.
    #[error(transparent)]
    Image(#[from] DisplayError),
    /// The SVG source cannot be rendered.
    #[error("cannot render it at {size}: {error}")]
    Render { size: Size, error: SvgError },
    /// The image, given by its id, has no SVG source.
    #[error("`{0}` has no SVG source")]
    NoSource(String),
    /// The crop reaches beyond the image.
    #[error("cannot cut {crop} out of an image of {size}")]
    CropTooLarge { crop: Size, size: Size },
    /// The scaled image would have too many pixels.
    #[error("cannot scale it to {size}: the limit is {limit} megapixels")]
    TooLarge { size: Size, limit: u64 },
    /// Files that the export would replace: the first ones, and the number of all.
    #[error("{}", existing(first, *count))]
    Exists { first: Vec<PathBuf>, count: usize },
    /// The target is one of the library's own files.
    #[error("`{}` belongs to the library", path.display())]
    BelongsToLibrary { path: PathBuf, data_dir: PathBuf },
}

impl ExportError {
    /// Returns the next step for the user, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing(_) => "look in the system trash, or restore it from a backup",
            Self::File(error) => error.hint(),
            Self::Image(error) => return error.hint().map(ToOwned::to_owned),
            Self::Render { error, .. } => error.hint(),
            Self::NoSource(_) => "export it as PNG, JPEG or WebP",
            Self::CropTooLarge { .. } => "use a smaller crop, or a larger width",
            Self::TooLarge { .. } => "use a smaller width",
            Self::Exists { .. } => return None,
            Self::BelongsToLibrary { data_dir, .. } => {
                return Some(format!("choose a path outside of `{}`", data_dir.display()));
            }
        };
        Some(hint.to_owned())
    }

    /// Returns whether the request itself is at fault, and not a file or the disk.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Missing(_) | Self::File(_) | Self::Image(_) => false,
            Self::Render { .. }
            | Self::NoSource(_)
            | Self::CropTooLarge { .. }
            | Self::TooLarge { .. }
            | Self::Exists { .. }
            | Self::BelongsToLibrary { .. } => true,
        }
    }

    /// Creates the error for a file of the library that cannot be read.
    pub(super) fn unreadable(path: &Path, error: FileError) -> Self {
        if error.source.kind() == io::ErrorKind::NotFound { Self::Missing(path.to_owned()) } else { Self::File(error) }
    }

    /// Returns whether writing failed in a way that the next file would fail as well.
    pub(super) fn is_disk_failure(&self) -> bool {
        let Self::File(error) = self else { return false };
        error.operation == "write" && error.source.kind() != io::ErrorKind::AlreadyExists
    }
}

fn existing(first: &[PathBuf], count: usize) -> String {
    let names: Vec<String> = first.iter().map(|path| format!("`{}`", path.display())).collect();
    match count.saturating_sub(names.len()) {
        0 if count == 1 => format!("{} already exists", names.join(", ")),
        0 => format!("{} already exist", names.join(", ")),
        more => format!("{} and {more} more already exist", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_files_are_named_up_to_a_few() {
        let names = |count: usize| existing(&["a.png".into(), "b.png".into()][..count.min(2)], count);
        assert_eq!(names(1), "`a.png` already exists");
        assert_eq!(names(2), "`a.png`, `b.png` already exist");
        assert_eq!(names(9), "`a.png`, `b.png` and 7 more already exist");
    }
}
