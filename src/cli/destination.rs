//! Destination for copies of finished images: a file, a folder, or stdout.
//! The library always keeps the original. A copy has the same bytes unless its extension names another format, and it
//! overwrites existing files only with `--yes`.

use std::{
    borrow::Cow,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use tintype_backends::Format;

use super::{
    context::CliContext,
    failure::Failure,
    stdout::{self, StdoutWriter},
};
use crate::{
    atomic_file,
    confined::{self, MAX_IMAGE},
    export::{self, Converted, Loss, numbered},
};

/// Destination of copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// Standard output, for a single image.
    Stdout,
    /// Folder, created if necessary; files keep their names from the library.
    Folder(PathBuf),
    /// File; several images are numbered.
    File(PathBuf),
}

/// Image to copy.
#[derive(Clone, Debug)]
pub(super) struct ImageCopy {
    /// File name in the library, which a copy into a folder keeps.
    pub(super) name: PathBuf,
    pub(super) bytes: Vec<u8>,
    /// Path of the SVG source that the image was rendered from.
    pub(super) svg: Option<PathBuf>,
}

/// Extensions of image formats that cannot be written.
const UNSUPPORTED_EXTENSIONS: [&str; 13] =
    ["avif", "heic", "heif", "tif", "tiff", "bmp", "jxl", "jp2", "ico", "psd", "pdf", "eps", "zip"];

impl Destination {
    /// Parses `path`: `-` is stdout; an existing folder, or a path with a trailing slash, is a folder.
    pub(super) fn parse(path: &Path) -> Self {
        let text = path.as_os_str().to_string_lossy();
        match path {
            _ if text == "-" => Self::Stdout,
            _ if path.is_dir() || text.ends_with(std::path::MAIN_SEPARATOR) => Self::Folder(path.to_owned()),
            _ => Self::File(path.to_owned()),
        }
    }

    /// Returns the file and the format that its extension names.
    pub(super) fn named_format(&self) -> Option<(&Path, Format)> {
        let Self::File(file) = self else { return None };
        let ending = extension(file)?;
        let known = Format::ALL.into_iter().find(|format| ending == format.extension() || ending == format.to_string());
        known.map(|format| (file.as_path(), format))
    }

    /// Checks, before anything is generated or paid for, whether `count` images can be written there.
    pub(super) fn check(&self, count: u32, yes: bool) -> Result<(), Failure> {
        match self {
            Self::Stdout if stdout::is_terminal() => Err(Failure::usage("refusing to write an image to a terminal")
                .with_hint("redirect stdout to a file or a pipe: `-o - > image.png`")),
            Self::Stdout if count > 1 => {
                Err(Failure::usage("cannot write several images to stdout").with_hint("pass a folder to -o"))
            }
            Self::Stdout => Ok(()),
            Self::Folder(folder) => can_be_folder(folder),
            Self::File(file) => {
                refuse_unsupported(file)?;
                check_parent(file)?;
                let taken = numbered(file, count as usize).into_iter().find(|file| is_taken(file));
                taken.filter(|_| !yes).map_or(Ok(()), |file| Err(already_exists(&file)))
            }
        }
    }

    /// Refuses a destination inside the library's own files, even with `--yes`.
    pub(super) fn spare_library(&self, count: u32, session: &CliContext) -> Result<(), Failure> {
        match self {
            Self::Stdout => Ok(()),
            Self::Folder(folder) => spare_library(folder, session),
            Self::File(file) => numbered(file, count as usize).iter().try_for_each(|file| spare_library(file, session)),
        }
    }

    /// Copies the images and returns the written files.
    pub(super) fn write_copies(
        &self,
        copies: &[ImageCopy],
        yes: bool,
        out: &mut StdoutWriter,
    ) -> Result<Vec<PathBuf>, Failure> {
        let targets = match self {
            Self::Stdout => {
                copies.iter().try_for_each(|copy| out.bytes(&copy.bytes))?;
                return Ok(Vec::new());
            }
            Self::Folder(folder) => {
                atomic_file::export_dir(folder)?;
                copies.iter().map(|copy| folder.join(&copy.name)).collect()
            }
            Self::File(file) => numbered(file, copies.len()),
        };
        let format = self.named_format().map(|(_, format)| format);
        for (target, copy) in targets.iter().zip(copies) {
            write(target, &copy.converted(format, target)?, yes)?;
        }
        Ok(targets)
    }
}

impl ImageCopy {
    /// Returns the bytes, converted if the extension of `target` names another format; losses are printed as a note.
    fn converted(&self, format: Option<Format>, target: &Path) -> Result<Cow<'_, [u8]>, Failure> {
        let delivered = Format::detect(&self.bytes);
        let Some(format) = format.filter(|format| delivered.is_some_and(|delivered| delivered != *format)) else {
            return Ok(Cow::Borrowed(&self.bytes));
        };
        if let Some(svg) = self.svg.as_ref().filter(|_| format == Format::Svg) {
            return Ok(Cow::Owned(confined::read_file(svg, MAX_IMAGE)?));
        }
        let Converted { bytes, lost } = export::convert(self.bytes.clone(), format.into()).map_err(|error| {
            let failure = Failure::local(format!("cannot write `{}`: {error}", target.display()));
            error.hint().map_or_else(|| failure.clone(), |hint| failure.clone().with_hint(hint))
        })?;
        if let Some(delivered) = delivered {
            stdout::note(&conversion_note(target, delivered, format, &lost));
        }
        Ok(Cow::Owned(bytes))
    }
}

/// Returns a remark on a file that differs from the image in the library, with what it lost.
pub(super) fn conversion_note(file: &Path, from: Format, to: Format, lost: &[Loss]) -> String {
    let lost: Vec<String> = lost.iter().map(|lost| format!("its {lost}")).collect();
    let (file, lost) = (file.display(), lost.join(" and "));
    match (from == to, lost.is_empty()) {
        (true, _) => format!("note: `{file}` lost {lost}"),
        (false, true) => format!("note: `{file}` was converted from {from} to {to}"),
        (false, false) => format!("note: `{file}` was converted from {from} to {to}; it lost {lost}"),
    }
}

/// Returns the extension of a file name in lower case.
fn extension(file: &Path) -> Option<String> {
    Some(file.extension()?.to_str()?.to_lowercase())
}

/// Refuses a file whose extension names a format that cannot be written.
pub(super) fn refuse_unsupported(file: &Path) -> Result<(), Failure> {
    let foreign = extension(file).filter(|ending| UNSUPPORTED_EXTENSIONS.contains(&ending.as_str()));
    foreign.map_or(Ok(()), |ending| {
        Err(Failure::usage(format!("cannot write `.{ending}` files"))
            .with_hint("use .png, .jpg, .webp, .gif or .svg, or omit the extension to keep the original format"))
    })
}

/// Refuses to write over or into the library's own files.
pub(super) fn spare_library(target: &Path, session: &CliContext) -> Result<(), Failure> {
    let Some(data_dir) = session.data_dir().ok().filter(|data_dir| export::belongs_to_library(data_dir, target)) else {
        return Ok(());
    };
    Err(Failure::usage(format!("`{}` belongs to the library", target.display()))
        .with_hint(format!("choose a path outside of `{}`", data_dir.display())))
}

fn write(target: &Path, bytes: &[u8], yes: bool) -> Result<(), Failure> {
    if yes || export::is_special(target) {
        return Ok(atomic_file::export(target, bytes)?);
    }
    atomic_file::export_new(target, bytes).map_err(|error| match error.source.kind() {
        ErrorKind::AlreadyExists => already_exists(target),
        _ => error.into(),
    })
}

/// Checks that the folder of a file exists.
pub(super) fn check_parent(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::usage(format!("there is no folder `{folder}`")).with_hint(format!("create it: `mkdir -p {folder}`")))
}

/// Checks that a folder exists, or that its nearest existing ancestor is a folder, so that it can be created.
fn can_be_folder(folder: &Path) -> Result<(), Failure> {
    let there = folder.ancestors().find(|path| path.exists()).filter(|path| !path.is_dir());
    there.map_or(Ok(()), |file| {
        Err(Failure::usage(format!("`{}` is not a folder", file.display())).with_hint("pass another folder to -o"))
    })
}

fn is_taken(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok() && !export::is_special(file)
}

fn already_exists(file: &Path) -> Failure {
    Failure::usage(format!("`{}` already exists", file.display()))
        .with_hint("choose another name, or pass --yes to overwrite it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_selects_the_format_of_files_only() {
        let format = |name: &str| Destination::parse(Path::new(name)).named_format().map(|(_, format)| format);
        assert_eq!(format("a/cat.JPG"), Some(Format::Jpeg));
        assert_eq!(format("cat.jpeg"), Some(Format::Jpeg));
        assert_eq!(format("cat.v2.webp"), Some(Format::Webp));
        assert_eq!([format("cat"), format("cat.v2"), format("night.png/"), format("-")], [None; 4]);
        let dir = tempfile::tempdir().unwrap();
        let refused = Destination::parse(&dir.path().join("cat.tiff")).check(1, false).unwrap_err();
        assert_eq!(refused.messages[0].message, "cannot write `.tiff` files");
    }

    #[test]
    fn existing_files_are_kept_without_yes() {
        let dir = tempfile::tempdir().unwrap();
        let (file, copy) =
            (dir.path().join("cat.png"), ImageCopy { name: "x.png".into(), bytes: b"new".to_vec(), svg: None });
        let output = Destination::parse(&file);
        let deliver = |yes| output.write_copies(std::slice::from_ref(&copy), yes, &mut StdoutWriter::default());
        assert_eq!(deliver(false).unwrap(), std::slice::from_ref(&file));
        assert!(output.check(1, false).is_err() && output.check(1, true).is_ok());
        atomic_file::write(&file, b"old").unwrap();
        assert!(deliver(false).unwrap_err().messages[0].message.ends_with("already exists"));
        assert_eq!(fs::read(&file).unwrap(), b"old");
        deliver(true).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
    }

    #[test]
    fn missing_folder_is_reported_up_front() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Destination::parse(&dir.path().join("no/cat.png")).check(1, true).is_err());
        assert_eq!(Destination::parse(dir.path()), Destination::Folder(dir.path().to_owned()));
        assert_eq!(Destination::parse(Path::new("-")), Destination::Stdout);
    }

    #[test]
    fn folder_is_created_on_first_write() {
        let dir = tempfile::tempdir().unwrap();
        let copy = ImageCopy { name: "x.png".into(), bytes: b"new".to_vec(), svg: None };
        let output = Destination::parse(&dir.path().join("some/where/"));
        output.check(1, false).unwrap();
        assert!(!dir.path().join("some").exists(), "a check makes nothing");
        let files = output.write_copies(std::slice::from_ref(&copy), false, &mut StdoutWriter::default()).unwrap();
        assert_eq!(files, [dir.path().join("some/where/x.png")]);
        let beneath_a_file = Destination::parse(&files[0].join("deeper/")).check(1, false).unwrap_err();
        assert_eq!(beneath_a_file.messages[0].message, format!("`{}` is not a folder", files[0].display()));
    }
}
