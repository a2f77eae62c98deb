//! Zip archive that is written file by file. Images are stored as they are, because they are compressed already.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use jiff::{Timestamp, tz::TimeZone};
use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Archive that is being written.
pub(super) struct Archive<'a> {
    zip: ZipWriter<ArchiveFile<'a>>,
}

impl<'a> Archive<'a> {
    /// Starts an archive in an empty file.
    pub(super) fn new(file: &'a mut File) -> Self {
        Self { zip: ZipWriter::new(ArchiveFile { file, position: 0, end: 0, error: None }) }
    }

    /// Adds a file with the time of its creation.
    pub(super) fn add(&mut self, name: &Path, bytes: &[u8], created: Timestamp) -> io::Result<()> {
        let created = DateTime::try_from(created.to_zoned(TimeZone::system()).datetime()).unwrap_or_default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(created)
            .unix_permissions(0o644);
        self.zip.start_file(name.to_string_lossy(), options).map_err(io_error)?;
        self.zip.write_all(bytes)?;
        match self.zip.get_ref().and_then(|file| file.error.as_ref()) {
            Some(error) => Err(copy(error)),
            None => Ok(()),
        }
    }

    /// Writes the list of files, without which the archive is unreadable.
    pub(super) fn finish(self) -> io::Result<()> {
        let file = self.zip.finish().map_err(io_error)?;
        file.error.map_or(Ok(()), Err)
    }
}

/// File that keeps its first error instead of returning it: a `ZipWriter` that received an error prints to stderr when
/// it is dropped, which would tear the screen of the studio. After an error nothing more is written.
struct ArchiveFile<'a> {
    file: &'a mut File,
    position: u64,
    end: u64,
    error: Option<io::Error>,
}

impl ArchiveFile<'_> {
    fn attempt(&mut self, action: impl FnOnce(&mut File) -> io::Result<()>) {
        if self.error.is_none() {
            self.error = action(self.file).err();
        }
    }
}

impl Write for ArchiveFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|file| file.write_all(bytes));
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush);
        Ok(())
    }
}

impl Seek for ArchiveFile<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
            SeekFrom::End(offset) => self.end.saturating_add_signed(offset),
        };
        let position = self.position;
        self.attempt(|file| file.seek(SeekFrom::Start(position)).map(drop));
        Ok(position)
    }
}

fn io_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// Returns an error of the same kind, since the original belongs to the file.
fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn archive_holds_each_file_as_it_was_added() {
        let mut file = tempfile::tempfile().unwrap();
        let mut archive = Archive::new(&mut file);
        let created: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        for (name, bytes) in [("a.png", &b"first"[..]), ("katze-\u{732b}.png", b"second"), ("empty", b"")] {
            archive.add(Path::new(name), bytes, created).unwrap();
        }
        archive.finish().unwrap();
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut text = String::new();
        archive.by_name("katze-\u{732b}.png").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((archive.len(), text.as_str()), (3, "second"));
    }

    #[test]
    fn first_error_is_returned_and_nothing_more_is_written() {
        // Opened for reading only, so that every write fails.
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut file = File::open(file.path()).unwrap();
        let mut archive = Archive::new(&mut file);
        assert!(archive.add(Path::new("a.png"), b"bytes", Timestamp::UNIX_EPOCH).is_err());
        assert!(archive.add(Path::new("b.png"), b"bytes", Timestamp::UNIX_EPOCH).is_err());
        assert!(archive.finish().is_err());
    }
}
