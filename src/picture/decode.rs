//! Decoding of files to an upright RGBA image, within limits that no file can circumvent.
//!
//! Scaling and file access are elsewhere: bytes in, pixels or a plainly worded error out.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbaImage, error::LimitErrorKind,
    metadata::Orientation,
};
use tintype_backends::{Format, Size, svg};

use super::{
    DisplayError, color_profile, gif_screen,
    jpeg::{self, DecodedImage, JpegStructure},
    parallel, png_chunks,
};

/// Maximum bytes for profiles and other metadata of a PNG; legitimate profiles take a few megabytes.
const MAX_METADATA_BYTES: u64 = 16 << 20;
/// Largest size of a PNG pixel, in bytes.
const PNG_PIXEL: u64 = 8;

/// Resource limits for decoding an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Maximum number of pixels, width times height. Larger images are refused.
    pub pixels: u64,
    /// Maximum number of bytes that a decoder may allocate.
    pub memory: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { pixels: 100_000_000, memory: 1 << 30 }
    }
}

/// Decodes the image in `bytes` to sRGB, rotated according to its EXIF orientation. Returns the first frame of an
/// animation, and a rendering of an SVG that is large enough for a screen. The format is detected from the bytes,
/// because file names are unreliable.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<RgbaImage, DisplayError> {
    if bytes.is_empty() {
        return Err(DisplayError::Empty);
    }
    match Format::detect(bytes).ok_or(DisplayError::Unknown)? {
        Format::Svg => drawing(bytes, limits),
        format => raster(bytes, format, limits),
    }
}

fn drawing(bytes: &[u8], limits: DecodeLimits) -> Result<RgbaImage, DisplayError> {
    let text = String::from_utf8_lossy(bytes);
    let drawing =
        svg::CheckedSvg::parse(&text, &svg::SvgLimits { layer_bytes: limits.memory, ..svg::SvgLimits::default() })?;
    let size = screen_size(drawing.size());
    check_size((size.width, size.height), limits)?;
    let pixels = drawing.render(size)?;
    RgbaImage::from_raw(pixels.size.width, pixels.size.height, pixels.rgba)
        .ok_or_else(|| damaged(Format::Svg, "the rendering has the wrong size"))
}

/// Returns the size to render an SVG at. It has no pixels of its own, and its stated size is usually meant for pages
/// rather than screens.
pub fn screen_size(own: Size) -> Size {
    let longest = own.width.max(own.height).max(1);
    let scale = f64::from(longest.clamp(1024, 4096)) / f64::from(longest);
    let scaled = |edge: u32| ((f64::from(edge) * scale).round() as u32).max(1);
    Size::new(scaled(own.width), scaled(own.height))
}

fn raster(bytes: &[u8], format: Format, limits: DecodeLimits) -> Result<RgbaImage, DisplayError> {
    let decoded = match format {
        Format::Jpeg => jpeg(bytes, limits)?,
        Format::Gif => library(&gif_screen::repair_screen(bytes), format, limits)?,
        _ => library(bytes, format, limits)?,
    };
    let mut picture = decoded.image;
    picture.apply_orientation(decoded.orientation);
    let pixels = rgba(picture);
    Ok(match color_profile::detect(bytes, format, decoded.icc) {
        Some(profile) => color_profile::to_srgb(pixels, &profile),
        None => pixels,
    })
}

fn jpeg(bytes: &[u8], limits: DecodeLimits) -> Result<DecodedImage, DisplayError> {
    let structure = JpegStructure::read(bytes);
    check_size(structure.size, limits)?;
    if structure.has_too_many_scans(limits.pixels) {
        return Err(DisplayError::TooSlow(Format::Jpeg));
    }
    if structure.needs_second_decoder() {
        return jpeg::decode(bytes, limits.memory);
    }
    if !structure.is_whole(bytes) {
        return Err(DisplayError::Truncated(Format::Jpeg));
    }
    library(bytes, Format::Jpeg, limits)
}

fn library(bytes: &[u8], format: Format, limits: DecodeLimits) -> Result<DecodedImage, DisplayError> {
    let failed = |e| explain(format, e);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), library_format(format));
    reader.limits(library_limits(header_memory(bytes, format, limits)));
    let mut decoder = reader.into_decoder().map_err(failed)?;
    check_size(decoder.dimensions(), limits)?;
    if decoder.total_bytes() > limits.memory {
        return Err(DisplayError::TooMuchMemory(format));
    }
    decoder.set_limits(library_limits(limits.memory)).map_err(failed)?;
    // A broken orientation tag is no reason to reject the image.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    Ok(DecodedImage { image, orientation, icc })
}

/// Returns the number of bytes that a decoder may use beyond the pixels. A PNG's profile is compressed, and 100 KB can
/// expand to a gigabyte; one row of pixels is included in the sum.
fn header_memory(bytes: &[u8], format: Format, limits: DecodeLimits) -> u64 {
    let width = || {
        let (_, header) = png_chunks::png_chunks(bytes).next()?;
        header.first_chunk().map(|width| u64::from(u32::from_be_bytes(*width)))
    };
    match format {
        Format::Png => (MAX_METADATA_BYTES + width().unwrap_or(0).saturating_mul(PNG_PIXEL)).min(limits.memory),
        _ => limits.memory,
    }
}

/// Adds alpha to RGB pixels, the format of most files, on all cores: filling that much fresh memory is the slow part.
fn rgba(picture: DynamicImage) -> RgbaImage {
    let DynamicImage::ImageRgb8(picture) = picture else { return picture.into_rgba8() };
    let (width, height) = picture.dimensions();
    let (from, _) = picture.as_raw().as_chunks::<3>();
    let mut pixels = vec![0; from.len() * 4];
    let (to, _) = pixels.as_chunks_mut::<4>();
    parallel::process_in_parallel(from.len() * 4, from, to, opaque);
    RgbaImage::from_raw(width, height, pixels).unwrap_or_default()
}

fn opaque(from: &[[u8; 3]], to: &mut [[u8; 4]]) {
    for (&[red, green, blue], to) in from.iter().zip(to) {
        *to = [red, green, blue, u8::MAX];
    }
}

fn check_size((width, height): (u32, u32), limits: DecodeLimits) -> Result<(), DisplayError> {
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(DisplayError::TooLarge { width, height, limit: limits.pixels / 1_000_000 });
    }
    Ok(())
}

fn library_format(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Png | Format::Svg => ImageFormat::Png,
    }
}

fn library_limits(memory: u64) -> image::Limits {
    let mut library = image::Limits::default();
    library.max_alloc = Some(memory);
    library
}

fn explain(format: Format, error: ImageError) -> DisplayError {
    match error {
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => DisplayError::Truncated(format),
        ImageError::Limits(e) if matches!(e.kind(), LimitErrorKind::InsufficientMemory) => {
            DisplayError::TooMuchMemory(format)
        }
        other => damaged(format, &innermost(&other)),
    }
}

/// Returns the last error in the chain, which is the actual reason. The libraries wrap it in sentences of their own.
fn innermost(error: &ImageError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn damaged(format: Format, reason: &str) -> DisplayError {
    let clean: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if clean.to_lowercase().contains("unexpected end") || clean.to_lowercase().contains("unexpected eof") {
        return DisplayError::Truncated(format);
    }
    DisplayError::Damaged { format, reason: clean.trim_end_matches('.').trim().to_owned() }
}
