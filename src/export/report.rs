//! Result of an export: written files, converted files and failures.

use std::path::PathBuf;

use tintype_backends::Format;

use super::{convert::Loss, error::ExportError};

/// Result of an export.
#[derive(Debug, Default)]
pub struct ExportReport {
    /// Written image files in the order of the plan, or the archive.
    pub written: Vec<PathBuf>,
    pub exported: usize,
    /// Images that were not exported. Every other image was, unless it is among the `skipped`.
    pub failures: Vec<ExportFailure>,
    /// Files that differ from the image in the library.
    pub converted: Vec<ConvertedFile>,
    /// Number of images that were not attempted, because the disk cannot be written or the export was stopped.
    pub skipped: usize,
    pub stopped: bool,
}

/// An image that could not be exported.
#[derive(Debug)]
pub struct ExportFailure {
    pub id: String,
    pub error: ExportError,
}

/// A file that was converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertedFile {
    /// Path of the file, or its name in the archive.
    pub path: PathBuf,
    pub from: Format,
    pub to: Format,
    /// Properties of the image that the file lacks.
    pub lost: Vec<Loss>,
}
