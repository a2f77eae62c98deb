//! Run of an export: one image after the other, so that memory holds one at a time.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use tokio::runtime::Handle;

use super::{
    archive::Archive,
    error::ExportError,
    plan::{ExportItem, ExportPlan, ExportTarget},
    prepare::{ExportedImage, prepare},
    report::{ConvertedFile, ExportFailure, ExportReport},
    target::{self, is_special, metadata_path},
    xmp::xmp_packet,
};
use crate::atomic_file::{self, FileError};

/// Exports the images of `plan`. An error means that nothing was written. An image that cannot be exported is in the
/// report, and the others are exported.
///
/// `progress` is called after each image with the number of images so far, and stops the export if it breaks. This
/// call blocks, so it must not be made on an async thread of `runtime`.
pub fn run(
    plan: &ExportPlan,
    runtime: &Handle,
    progress: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<ExportReport, ExportError> {
    let paths = target::paths(plan);
    target::check(plan, &paths)?;
    let run = Run { plan, runtime, progress, report: ExportReport::default() };
    match &plan.target {
        ExportTarget::Archive(file) => run.write_archive(file, &paths),
        ExportTarget::File(_) => Ok(run.write_files(&paths)),
        ExportTarget::Directory(directory) => {
            atomic_file::export_dir(directory)?;
            Ok(run.write_files(&paths))
        }
    }
}

/// State of a running export.
struct Run<'a> {
    plan: &'a ExportPlan,
    runtime: &'a Handle,
    progress: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
    report: ExportReport,
}

/// End of an archive before it is complete; its file is removed.
enum Aborted {
    /// The caller stopped the export, or no image could be read.
    Empty,
    Failed(FileError),
}

impl From<FileError> for Aborted {
    fn from(error: FileError) -> Self {
        Self::Failed(error)
    }
}

impl Run<'_> {
    fn write_files(mut self, paths: &[PathBuf]) -> ExportReport {
        let plan = self.plan;
        for (done, (item, path)) in plan.items.iter().zip(paths).enumerate() {
            let written = self.write_file(item, path);
            let is_disk_failure = written.as_ref().is_err_and(ExportError::is_disk_failure);
            if let Err(error) = written {
                self.report.failures.push(ExportFailure { id: item.id.clone(), error });
            }
            let left = plan.items.len() - done - 1;
            self.report.stopped = (self.progress)(done + 1).is_break() && left > 0;
            if is_disk_failure || self.report.stopped {
                self.report.skipped = left;
                break;
            }
        }
        self.report
    }

    fn write_file(&mut self, item: &ExportItem, path: &Path) -> Result<(), ExportError> {
        let image = prepare(self.plan, item, self.runtime)?;
        write(path, &image.bytes, self.plan.overwrite)?;
        self.report.written.push(path.to_owned());
        self.report.exported += 1;
        self.note_conversion(item, path, image);
        if self.plan.options.xmp {
            write(&metadata_path(path), &xmp_packet(&item.facts), self.plan.overwrite)?;
        }
        Ok(())
    }

    fn write_archive(mut self, file: &Path, names: &[PathBuf]) -> Result<ExportReport, ExportError> {
        let plan = self.plan;
        if is_special(file) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(FileError::new("write", file, error).into());
        }
        let written = atomic_file::export_with(file, plan.overwrite, |output| {
            let mut archive = Archive::new(output);
            let failed = |error| Aborted::Failed(FileError::new("write", file, error));
            for (done, (item, name)) in plan.items.iter().zip(names).enumerate() {
                self.add_to(&mut archive, item, name).map_err(failed)?;
                if (self.progress)(done + 1).is_break() && done + 1 < plan.items.len() {
                    self.report.stopped = true;
                    return Err(Aborted::Empty);
                }
            }
            if self.report.exported == 0 { Err(Aborted::Empty) } else { archive.finish().map_err(failed) }
        });
        match written {
            Ok(()) => self.report.written.push(file.to_owned()),
            Err(Aborted::Failed(error)) => return Err(error.into()),
            Err(Aborted::Empty) => {
                self.report.converted.clear();
                self.report.exported = 0;
                self.report.skipped = plan.items.len() - self.report.failures.len();
            }
        }
        Ok(self.report)
    }

    /// Adds an image and its metadata to an archive. An image that cannot be read is left out.
    fn add_to(&mut self, archive: &mut Archive<'_>, item: &ExportItem, name: &Path) -> io::Result<()> {
        let image = match prepare(self.plan, item, self.runtime) {
            Ok(image) => image,
            Err(error) => {
                self.report.failures.push(ExportFailure { id: item.id.clone(), error });
                return Ok(());
            }
        };
        archive.add(name, &image.bytes, item.facts.created)?;
        if self.plan.options.xmp {
            archive.add(&metadata_path(name), &xmp_packet(&item.facts), item.facts.created)?;
        }
        self.note_conversion(item, name, image);
        self.report.exported += 1;
        Ok(())
    }

    fn note_conversion(&mut self, item: &ExportItem, path: &Path, image: ExportedImage) {
        if image.format != item.format || !image.lost.is_empty() {
            let ExportedImage { format: to, lost, .. } = image;
            self.report.converted.push(ConvertedFile { path: path.to_owned(), from: item.format, to, lost });
        }
    }
}

fn write(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), ExportError> {
    if overwrite || is_special(path) {
        return Ok(atomic_file::export(path, bytes)?);
    }
    atomic_file::export_new(path, bytes).map_err(|error| match error.source.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists { first: vec![path.to_owned()], count: 1 },
        _ => error.into(),
    })
}
