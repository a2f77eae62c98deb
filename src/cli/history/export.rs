//! Copies images out of the library, byte for byte: what was signed by a provider stays signed.
//! Only where another size is asked for is anything drawn anew, from the SVG source.

use std::path::{Path, PathBuf};

use tintype_backends::{
    Format, Size,
    svg::{Checked, Limits, SvgError},
};

use crate::{
    atomic::FileError,
    cli::{
        failure::Failure,
        output::{Copy, Output},
        session::Session,
    },
    library::{Found, ImageRecord},
};

/// Copy an image out of the library, as it is or redrawn from its SVG
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

    /// Drawn anew from its SVG source at this size, as PNG
    #[arg(long, value_name = "WxH", conflicts_with = "svg")]
    size: Option<Size>,

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
    let copies = images.into_iter().map(|image| copy(image, args)).collect::<Result<Vec<_>, _>>()?;
    for file in output.deliver(&copies, args.yes, &mut session.out)? {
        session.out.line(&file.display().to_string())?;
    }
    Ok(())
}

/// The image that was meant, or all of the job's.
fn images(found: &Found) -> Vec<&ImageRecord> {
    found.record.images.iter().filter(|image| found.image.is_none_or(|wanted| wanted == image.id)).collect()
}

fn copy(image: &ImageRecord, args: &Args) -> Result<Copy, Failure> {
    if !args.svg && args.size.is_none() {
        return Ok(Copy { name: name(&image.path), bytes: read(&image.path)? });
    }
    let source = image.svg.as_ref().or((image.format == Format::Svg).then_some(&image.path));
    let source = source.ok_or_else(|| {
        Failure::usage(format!("`{}` was not drawn from an SVG", image.id.short()))
            .with_hint("leave --svg and --size out to copy it as it is")
    })?;
    let bytes = read(source)?;
    match args.size {
        Some(size) => Ok(Copy { name: name(&source.with_extension("png")), bytes: redraw(&bytes, size)? }),
        None => Ok(Copy { name: name(source), bytes }),
    }
}

fn redraw(source: &[u8], size: Size) -> Result<Vec<u8>, Failure> {
    let failed = |error: SvgError| Failure::usage(format!("cannot draw it at {size}: {error}"));
    let drawing = Checked::parse(&String::from_utf8_lossy(source), &Limits::default()).map_err(failed)?;
    drawing.render(size).and_then(|pixels| pixels.encode_png()).map_err(failed)
}

fn name(path: &Path) -> PathBuf {
    path.file_name().unwrap_or_default().into()
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).map_err(|error| FileError::new("read", path, error))?)
}
