//! Copies images out of the library, byte for byte.
//! What was signed by a provider stays signed.

use std::path::PathBuf;

use crate::{
    atomic::FileError,
    cli::{
        failure::Failure,
        output::{Copy, Output},
        session::Session,
    },
    library::{Found, ImageRecord},
};

/// Copy an image out of the library, as it is
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The id of an image, or of a job for all its images, or a piece of it
    id: String,

    /// A file, a folder, or - for stdout
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    output: PathBuf,

    /// The SVG source instead of the picture, where there is one
    #[arg(long)]
    svg: bool,

    /// Overwrite what is there
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let found = session.find(&args.id)?;
    let images = images(&found);
    if images.is_empty() {
        let message = format!("`{}` has no image", found.record.id.short());
        return Err(Failure::usage(message).with_hint("`tintype history show` says what became of it"));
    }
    let output = Output::new(&args.output);
    output.check(images.len() as u32, args.yes)?;
    let copies = images.into_iter().map(|image| copy(image, args.svg)).collect::<Result<Vec<_>, _>>()?;
    for file in output.deliver(&copies, args.yes, &mut session.out)? {
        session.out.line(&file.display().to_string())?;
    }
    Ok(())
}

/// The image that was meant, or all of the job's.
fn images(found: &Found) -> Vec<&ImageRecord> {
    found.record.images.iter().filter(|image| found.image.is_none_or(|wanted| wanted == image.id)).collect()
}

fn copy(image: &ImageRecord, svg: bool) -> Result<Copy, Failure> {
    let path = match &image.svg {
        _ if !svg => &image.path,
        Some(source) => source,
        None if image.format == tintype_backends::Format::Svg => &image.path,
        None => return Err(Failure::usage(format!("`{}` was not drawn from an SVG", image.id.short()))),
    };
    let bytes = std::fs::read(path).map_err(|error| FileError::new("read", path, error))?;
    Ok(Copy { name: path.file_name().unwrap_or_default().into(), bytes })
}
