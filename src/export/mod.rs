//! Export of images: out of the library into a directory, a file or a zip archive, unchanged or converted to another
//! format and size, with XMP metadata beside each image if it is wanted.
//!
//! The library itself is only read. This module knows no jobs and prints nothing: the command line and the studio fill
//! an [`ExportPlan`], run it on a thread that may block, and word its [`ExportReport`].

mod archive;
mod convert;
mod error;
mod plan;
mod prepare;
mod report;
mod run;
mod target;
mod xmp;

pub use self::{
    convert::{Conversion, Converted, JPEG_QUALITY, Loss, convert},
    error::ExportError,
    plan::{ExportItem, ExportOptions, ExportPlan, ExportTarget},
    prepare::{ExportedImage, prepare},
    report::{ConvertedFile, ExportFailure, ExportReport},
    run::run,
    target::{belongs_to_library, is_special, numbered},
    xmp::{ImageFacts, xmp_packet},
};

#[cfg(test)]
mod tests;
