//! Resolution of reference arguments: a file, an id, the clipboard, or stdin.
//! Images are decoded later, when they are loaded.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use crate::{
    atomic_file::FileError,
    cli::{context::CliContext, failure::Failure},
    clipboard,
    engine::{ImageBytes, MAX_INPUT_BYTES, Reference},
};

/// Name of the clipboard image on the command line.
const CLIPBOARD: &str = "@clipboard";

impl CliContext {
    /// Returns the reference that `name` stands for: stdin, an existing file, the clipboard, or an image of the
    /// library.
    pub(in crate::cli) fn reference(&mut self, name: &OsStr) -> Result<Reference, Failure> {
        if name == "-" {
            return stdin();
        }
        if name == CLIPBOARD {
            let secrets = self.registry()?.accounts().secrets().clone();
            let picture = self.block_on(async move { clipboard::read_image(&secrets).await })?;
            let picture = picture.map_err(|error| Failure::usage(error.to_string()).with_hint(error.hint()))?;
            return Ok(Reference::Clipboard(ImageBytes(picture)));
        }
        let file = PathBuf::from(name);
        if is_pipe(&file) {
            let opened = File::open(&file).map_err(|error| FileError::new("read", &file, error))?;
            return read_stream(&file, opened);
        }
        if file.exists() {
            return Ok(Reference::File(file));
        }
        self.in_library(&name.to_string_lossy())
    }

    fn in_library(&mut self, name: &str) -> Result<Reference, Failure> {
        let unusable = || {
            Failure::usage(format!("`{name}` is neither a file nor an image in the library"))
                .with_hint("pass an image file, an id from `tintype history`, `@clipboard`, or `-` for stdin")
        };
        let found = self.find(name).map_err(|_| unusable())?;
        let first = || found.record.images.first().map(|image| image.id);
        found.image.or_else(first).map(Reference::Image).ok_or_else(unusable)
    }
}

fn stdin() -> Result<Reference, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage("refusing to read an image from a terminal")
            .with_hint("redirect a file to stdin: `tintype edit - \"a hat\" < cat.png`"));
    }
    read_stream(Path::new("stdin"), stdin.lock())
}

/// Reads an image from a stream that can be read only once.
fn read_stream(name: &Path, input: impl Read) -> Result<Reference, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::new("read", name, error))?;
    let refused = |what: &str| Failure::usage(format!("cannot use `{}`: {what}", name.display()));
    match bytes.len() as u64 {
        0 => Err(refused("it is empty").with_hint("pipe an image file into it")),
        size if size > MAX_INPUT_BYTES => {
            Err(refused(&format!("it is larger than {} MB", MAX_INPUT_BYTES >> 20)).with_hint("use a smaller image"))
        }
        _ => Ok(Reference::Piped(ImageBytes(Bytes::from(bytes)))),
    }
}

/// Returns whether the file is a pipe, such as the one a shell creates for `<(command)`.
#[cfg(unix)]
fn is_pipe(file: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
const fn is_pipe(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_references_are_refused() {
        let error = read_stream(Path::new("stdin"), io::repeat(b'x')).unwrap_err();
        assert_eq!(error.messages[0].message, "cannot use `stdin`: it is larger than 200 MB");
        assert_eq!(
            read_stream(Path::new("stdin"), io::empty()).unwrap_err().messages[0].message,
            "cannot use `stdin`: it is empty"
        );
    }
}
