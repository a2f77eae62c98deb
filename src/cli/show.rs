//! `tintype show`: prints images from files or the library in this terminal.
//! Zooming and panning need the studio.

use std::{
    ffi::{OsStr, OsString},
    io::Read,
    path::{Path, PathBuf},
};

use clap_complete::ArgValueCompleter;

use super::{completers, context::CliContext, failure::Failure, print_image::PrintSettings};
use crate::{atomic_file::FileError, picture::Protocol, suggest};

/// Maximum size of a file, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Show images in this terminal; several form a contact sheet
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype show cat.png
  tintype show 3fa9c1d2 --width 40
  tintype show *.png
  tintype show cat.png --protocol blocks > cat.txt")]
pub(super) struct ShowArgs {
    /// Image files, - for stdin, or ids of images
    #[arg(value_name = "FILE|ID", required = true, add = ArgValueCompleter::new(completers::images))]
    pictures: Vec<OsString>,

    /// Graphics protocol to use instead of the detected one
    #[arg(long, value_name = "P", value_parser = protocol, add = ArgValueCompleter::new(completers::protocols))]
    protocol: Option<Protocol>,

    /// Maximum width in columns
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    width: Option<u16>,

    /// Maximum height in rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    height: Option<u16>,
}

fn protocol(name: &str) -> Result<Protocol, String> {
    let known = Protocol::ALL.iter().map(|protocol| protocol.name());
    name.parse().map_err(|_| suggest::hint(name, known))
}

pub(super) fn run(args: &ShowArgs, session: &mut CliContext) -> Result<(), Failure> {
    let printing = PrintSettings::from_config(session.config()?).map_err(|problem| Failure::config(&[problem]))?;
    let protocol = args.protocol.or(printing.protocol);
    let printing = PrintSettings { protocol, width: args.width, height: args.height, ..printing };
    match args.pictures.as_slice() {
        [one] => printing.to_stdout(&read_image(one, session)?),
        many => printing.sheets_to_stdout(many.len(), |n| read_image(&many[n], session)),
    }
}

fn read_image(name: &OsStr, session: &mut CliContext) -> Result<Vec<u8>, Failure> {
    if name == "-" {
        return read(std::io::stdin().lock(), 0, Path::new("stdin"));
    }
    let file = Path::new(name);
    if file.exists() { open(file) } else { open(&in_library(&name.to_string_lossy(), session)?) }
}

/// Returns the path of the first image that matches `name` in the library.
fn in_library(name: &str, session: &mut CliContext) -> Result<PathBuf, Failure> {
    let missing = || {
        Failure::usage(format!("`{name}` is neither a file nor an image in the library"))
            .with_hint("run `tintype history` to list images")
    };
    let found = session.find(name).map_err(|_| missing())?;
    let image = found.record.images.iter().find(|image| found.image.is_none_or(|wanted| wanted == image.id));
    let image = image.ok_or_else(missing)?;
    if image.missing { Err(Failure::missing_file(&image.path)) } else { Ok(image.path.clone()) }
}

fn open(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.is_dir() {
        return Err(Failure::usage(format!("`{}` is a folder", file.display())).with_hint("pass an image in it"));
    }
    let input = std::fs::File::open(file).map_err(|error| FileError::new("read", file, error))?;
    let size = input.metadata().map_or(0, |found| found.len());
    read(input, size, file)
}

/// Reads all of `input`, which is probably `size` bytes long.
fn read(input: impl Read, size: u64, name: &Path) -> Result<Vec<u8>, Failure> {
    // The extra byte lets the end be detected without growing the buffer.
    let mut bytes = Vec::with_capacity(size.min(MAX_BYTES) as usize + 1);
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| FileError::new("read", name, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::usage(format!("`{}` is larger than {} MB", name.display(), MAX_BYTES >> 20)));
    }
    Ok(bytes)
}
