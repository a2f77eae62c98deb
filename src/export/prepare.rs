//! Preparation of one image: read it, render it from its SVG source if that gives more detail, and convert it.

use std::path::{Path, PathBuf};

use tintype_backends::{
    Format, Size,
    svg::{self, SvgError, SvgLimits},
};
use tokio::runtime::Handle;

use super::{
    convert::{self, Conversion, Converted, Loss, convert},
    error::ExportError,
    plan::{ExportItem, ExportOptions, ExportPlan},
};
use crate::{
    confined::{self, MAX_IMAGE},
    picture::screen_size,
};

/// An image as it is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedImage {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// Properties of the image in the library that these bytes lack.
    pub lost: Vec<Loss>,
}

/// Returns the bytes to export for `item`. This call blocks, so it must not be made on an async thread of `runtime`.
pub fn prepare(plan: &ExportPlan, item: &ExportItem, runtime: &Handle) -> Result<ExportedImage, ExportError> {
    let options = &plan.options;
    let read = |path: &Path| {
        confined::read(&plan.data_dir, path, MAX_IMAGE).map_err(|error| ExportError::unreadable(path, error))
    };
    let source = source(item);
    if options.format == Some(Format::Svg) {
        let text = read(source.ok_or_else(|| ExportError::NoSource(item.id.clone()))?)?;
        return Ok(ExportedImage { bytes: resized_svg(text, item, options)?, format: Format::Svg, lost: Vec::new() });
    }
    let bytes = match (rendered_size(item, options), source) {
        (Some(size), Some(source)) => render(&read(source)?, size, plan, runtime)?,
        (Some(_), None) if options.size.is_some() => return Err(ExportError::NoSource(item.id.clone())),
        _ => read(&item.path)?,
    };
    let format = planned_format(item, options);
    let width = options.width.filter(|_| source.is_none());
    let wanted = options.format.or((format != item.format).then_some(format));
    let conversion = Conversion { format: wanted, width, crop: options.crop };
    let Converted { bytes, lost } = convert(bytes, conversion)?;
    Ok(ExportedImage { format: Format::detect(&bytes).unwrap_or(format), bytes, lost })
}

/// Returns the path of the drawing that the image is rendered from, or that it is itself.
fn source(item: &ExportItem) -> Option<&PathBuf> {
    item.svg.as_ref().or((item.format == Format::Svg).then_some(&item.path))
}

/// Returns the format of the exported file, as far as it is known before the image is read.
pub(super) fn planned_format(item: &ExportItem, options: &ExportOptions) -> Format {
    let is_rendered = source(item).is_some() && rendered_size(item, options).is_some();
    options.format.unwrap_or(if is_rendered { Format::Png } else { item.format })
}

/// Returns the name of the exported file, with the extension of its format.
pub(super) fn file_name(item: &ExportItem, options: &ExportOptions) -> PathBuf {
    let name: PathBuf = item.path.file_name().unwrap_or_default().into();
    let format = planned_format(item, options);
    if format == item.format { name } else { name.with_extension(format.extension()) }
}

/// Returns the size to render a drawing at, or `None` if the file of the image is used.
fn rendered_size(item: &ExportItem, options: &ExportOptions) -> Option<Size> {
    let by_width = || options.width.map(|width| convert::scaled_to_width(item.size, width));
    let needs_pixels = item.format == Format::Svg && (options.format.is_some() || options.crop.is_some());
    options.size.or_else(by_width).or_else(|| needs_pixels.then(|| screen_size(item.size)))
}

fn render(text: &[u8], size: Size, plan: &ExportPlan, runtime: &Handle) -> Result<Vec<u8>, ExportError> {
    let text = String::from_utf8_lossy(text);
    let drawn = runtime.block_on(plan.renderer.draw(&text, size, &SvgLimits::default()));
    Ok(drawn.map_err(|error| ExportError::Render { size, error })?.png)
}

/// Returns the drawing at the requested size, or unchanged if none is requested.
fn resized_svg(text: Vec<u8>, item: &ExportItem, options: &ExportOptions) -> Result<Vec<u8>, ExportError> {
    let by_width = || options.width.map(|width| convert::scaled_to_width(item.size, width));
    let Some(size) = options.size.or_else(by_width) else { return Ok(text) };
    let resized = svg::with_size(&String::from_utf8_lossy(&text), size);
    Ok(resized.ok_or(ExportError::Render { size, error: SvgError::NotSvg })?.into_bytes())
}
