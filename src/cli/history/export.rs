//! `tintype history export`: copies images out of the library byte for byte, which keeps a provider's signatures valid.
//! An image is rendered again, from its SVG source, only if another size is requested.

use std::path::{Path, PathBuf};

use clap_complete::ArgValueCompleter;
use tintype_backends::{
    Format, Size,
    svg::{self, SvgError, SvgLimits},
};

use crate::{
    cli::{
        completers,
        context::{CliContext, renderer},
        destination::{Destination, ImageCopy},
        failure::Failure,
    },
    confined::{self, MAX_IMAGE},
    library::{ImageRecord, ResolvedId},
};

/// Export an image, unchanged or rendered from its SVG
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// Id of an image, or of a job for all its images, or a part of it
    #[arg(add = ArgValueCompleter::new(completers::job_ids))]
    id: String,

    /// File (its extension selects the format), folder (a trailing slash creates it), or - for stdout
    #[arg(short, long, value_name = "PATH|-", default_value = ".")]
    output: PathBuf,

    /// Export the SVG source instead of the image, if there is one
    #[arg(long)]
    svg: bool,

    /// Render the SVG source at this size
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,

    /// Render the SVG source at this width in pixels, keeping the aspect ratio
    #[arg(long, value_name = "N", conflicts_with = "size", value_parser = clap::value_parser!(u32).range(1..))]
    width: Option<u32>,

    /// Overwrite existing files
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &ExportArgs, session: &mut CliContext) -> Result<(), Failure> {
    let found = session.find(&args.id)?;
    let images = images(&found);
    if images.is_empty() {
        let message = format!("`{}` has no image", found.record.id.short());
        return Err(Failure::usage(message).with_hint("see `tintype history show`"));
    }
    let output = Destination::parse(&args.output);
    refuse_pixels_as_svg(&images, args, &output)?;
    output.check(images.len() as u32, args.yes)?;
    output.spare_library(images.len() as u32, session)?;
    let mut copies = Vec::new();
    let as_svg = args.svg || output.named_format().is_some_and(|(_, format)| format == Format::Svg);
    for image in images {
        copies.push(prepare_copy(image, args, as_svg, session)?);
    }
    for file in output.write_copies(&copies, args.yes, &mut session.out)? {
        session.out.path(&file)?;
    }
    Ok(())
}

/// Refuses to write a raster image as SVG, and `--svg` together with a raster format.
fn refuse_pixels_as_svg(images: &[&ImageRecord], args: &ExportArgs, output: &Destination) -> Result<(), Failure> {
    let Some((file, format)) = output.named_format() else { return Ok(()) };
    let file = file.display();
    if args.svg && format != Format::Svg {
        return Err(Failure::usage(format!("`{file}` and --svg conflict")).with_hint("remove one of them"));
    }
    let drawn = |image: &&&ImageRecord| image.format == Format::Svg || image.svg.is_some();
    let pixels = images.iter().find(|image| !drawn(image)).filter(|_| format == Format::Svg);
    pixels.map_or(Ok(()), |image| {
        Err(Failure::usage(format!("`{}` has no SVG source", image.id.short()))
            .with_hint("use a .png, .jpg, .webp or .gif file"))
    })
}

/// Returns the selected image, or all images of the job.
fn images(found: &ResolvedId) -> Vec<&ImageRecord> {
    found.record.images.iter().filter(|image| found.image.is_none_or(|wanted| wanted == image.id)).collect()
}

fn prepare_copy(
    image: &ImageRecord,
    args: &ExportArgs,
    as_svg: bool,
    session: &mut CliContext,
) -> Result<ImageCopy, Failure> {
    let wanted = args.size.or(args.width.map(|width| scaled_to_width(image, width)));
    if image.missing && (!as_svg && wanted.is_none() || image.svg.is_none()) {
        return Err(Failure::missing_file(&image.path));
    }
    if !as_svg && wanted.is_none() {
        return Ok(ImageCopy { name: name(&image.path), bytes: read(&image.path, session)?, svg: image.svg.clone() });
    }
    let source = image.svg.as_ref().or((image.format == Format::Svg).then_some(&image.path));
    let source = source.ok_or_else(|| {
        Failure::usage(format!("`{}` has no SVG source", image.id.short()))
            .with_hint("remove --svg, --size and --width to copy it unchanged")
    })?;
    let bytes = read(source, session)?;
    let Some(size) = wanted else { return Ok(ImageCopy { name: name(source), bytes, svg: None }) };
    let text = String::from_utf8_lossy(&bytes);
    if as_svg {
        let resized = svg::with_size(&text, size).ok_or_else(|| failed(size, &SvgError::NotSvg))?;
        return Ok(ImageCopy { name: name(source), bytes: resized.into_bytes(), svg: None });
    }
    let drawn = session.block_on(renderer().draw(&text, size, &SvgLimits::default()))?;
    let png = drawn.map_err(|error| failed(size, &error))?.png;
    Ok(ImageCopy { name: name(&source.with_extension("png")), bytes: png, svg: None })
}

/// Returns the size for `width` that keeps the aspect ratio of the image.
fn scaled_to_width(image: &ImageRecord, width: u32) -> Size {
    let height = f64::from(width) * f64::from(image.height) / f64::from(image.width.max(1));
    Size::new(width, (height.round() as u32).max(1))
}

fn failed(size: Size, error: &SvgError) -> Failure {
    Failure::usage(format!("cannot render it at {size}: {error}")).with_hint(error.hint())
}

fn name(path: &Path) -> PathBuf {
    path.file_name().unwrap_or_default().into()
}

fn read(path: &Path, session: &mut CliContext) -> Result<Vec<u8>, Failure> {
    let library = session.library()?;
    Ok(confined::read(library.data_dir(), path, MAX_IMAGE)?)
}
