//! Renders a checked document to pixels, and encodes pixels as a PNG file. Only [`super::CheckedSvg`] calls it, since
//! documents have to pass `check` first.

use std::{io::Cursor, sync::Arc};

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, ImageHrefResolver, ImageKind, Options, Tree, roxmltree::Document},
};

use super::{SvgError, SvgLimits, allowlist, document_check::check_limit, error::shorten, fonts, render_cost};
use crate::Size;

/// An image in memory: straight (not premultiplied) RGBA, eight bits per channel, rows from the top, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct PixelBuffer {
    /// The width and height in pixels.
    pub size: Size,
    /// The pixel data, four bytes per pixel.
    pub rgba: Vec<u8>,
}

impl PixelBuffer {
    /// Encodes the image as a PNG file; the same pixels give the same bytes.
    ///
    /// # Errors
    /// Returns an error only if memory or the encoder fails.
    pub fn encode_png(&self) -> Result<Vec<u8>, SvgError> {
        self.encode(FilterType::Adaptive)
    }

    /// Encodes the image as a PNG for one-time display: a larger file that takes a fraction of the time.
    pub(super) fn encode_preview(&self) -> Result<Vec<u8>, SvgError> {
        self.encode(FilterType::Up)
    }

    fn encode(&self, filter: FilterType) -> Result<Vec<u8>, SvgError> {
        let mut file = Cursor::new(Vec::new());
        PngEncoder::new_with_quality(&mut file, CompressionType::Fast, filter)
            .write_image(&self.rgba, self.size.width, self.size.height, ExtendedColorType::Rgba8)
            .map_err(|error| SvgError::Render(error.to_string()))?;
        Ok(file.into_inner())
    }
}

impl std::fmt::Debug for PixelBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({})", self.size)
    }
}

/// An image that drawings are painted onto one after the other: the state of a growing drawing.
pub struct SvgCanvas {
    pixmap: Pixmap,
    size: Size,
    limits: SvgLimits,
}

impl SvgCanvas {
    /// Creates a transparent image.
    ///
    /// # Errors
    /// Returns an error if the size is empty or exceeds [`SvgLimits::edge`].
    pub fn new(size: Size, limits: &SvgLimits) -> Result<Self, SvgError> {
        check_limit("long an edge", u64::from(size.width.max(size.height)), u64::from(limits.edge))?;
        let pixmap = Pixmap::new(size.width, size.height).ok_or(SvgError::Size)?;
        Ok(Self { pixmap, size, limits: limits.clone() })
    }

    /// Paints a drawing over the image, complete, undistorted and centered.
    ///
    /// # Errors
    /// Returns an error if the work or memory exceeds its limit; nothing is painted then.
    pub fn paint(&mut self, drawing: &super::CheckedSvg) -> Result<(), SvgError> {
        let sized = drawing.tree_at(self.size)?;
        let tree = sized.as_ref().unwrap_or(&drawing.tree);
        let transform = check(tree, self.size, &self.limits)?;
        resvg::render(tree, transform, &mut self.pixmap.as_mut());
        Ok(())
    }

    /// The current image.
    pub fn pixels(&self) -> PixelBuffer {
        PixelBuffer { size: self.size, rgba: self.pixmap.clone().take_demultiplied() }
    }
}

impl std::fmt::Debug for SvgCanvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canvas({})", self.size)
    }
}

/// Reads a checked document into the renderer's tree. External references are impossible here as well: the renderer's
/// own resolver would open files, so it is replaced by one that only reads embedded images.
pub(super) fn read(document: &Document<'_>, limits: &SvgLimits) -> Result<Tree, SvgError> {
    let has_text = document.descendants().any(|node| node.has_tag_name((allowlist::SVG, "text")));
    let (fontdb, font_resolver) = if has_text { fonts::database() } else { Default::default() };
    let options = Options {
        resources_dir: None,
        font_family: fonts::DEFAULT.to_owned(),
        // The default font size of browsers.
        font_size: 16.0,
        fontdb,
        font_resolver,
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|media, data, _| embedded(media, data)),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(document, &options).map_err(|error| match error {
        usvg::Error::InvalidSize => SvgError::Size,
        usvg::Error::ElementsLimitReached => {
            SvgError::Limit { what: "many elements".into(), found: limits.expanded + 1, limit: limits.expanded }
        }
        other => SvgError::Malformed(shorten(&other.to_string())),
    })?;
    Ok(tree)
}

/// Returns a remark if pattern tiles are drawn: the renderer rounds each tile to whole pixels, so that its edges are
/// softer than in a browser unless the tile is exactly that large.
pub(super) fn remark(tree: &Tree) -> Option<String> {
    (!tree.patterns().is_empty()).then(|| "the edges in pattern tiles are softer than in browsers".to_owned())
}

fn embedded(media: &str, data: Arc<Vec<u8>>) -> Option<ImageKind> {
    match media {
        "image/png" => Some(ImageKind::PNG(data)),
        "image/jpeg" | "image/jpg" => Some(ImageKind::JPEG(data)),
        "image/gif" => Some(ImageKind::GIF(data)),
        "image/webp" => Some(ImageKind::WEBP(data)),
        _ => None,
    }
}

/// Renders the tree to an image of `size`, complete, undistorted and centered.
pub(super) fn render(tree: &Tree, size: Size, limits: &SvgLimits) -> Result<PixelBuffer, SvgError> {
    let transform = check(tree, size, limits)?;
    let mut pixmap = Pixmap::new(size.width, size.height).ok_or(SvgError::Size)?;
    resvg::render(tree, transform, &mut pixmap.as_mut());
    Ok(PixelBuffer { size, rgba: pixmap.take_demultiplied() })
}

/// Checks that the image is within the limits, and returns the transform from the drawing to its size.
pub(super) fn check(tree: &Tree, size: Size, limits: &SvgLimits) -> Result<Transform, SvgError> {
    if size.width == 0 || size.height == 0 {
        return Err(SvgError::Size);
    }
    check_limit("long an edge", u64::from(size.width.max(size.height)), u64::from(limits.edge))?;
    let transform = fit_transform(tree.size(), size);
    render_cost::check(tree, transform, size, limits)?;
    Ok(transform)
}

fn fit_transform(from: usvg::Size, to: Size) -> Transform {
    let (width, height) = (to.width as f32, to.height as f32);
    let scale = (width / from.width()).min(height / from.height());
    let (left, top) = ((width - from.width() * scale) / 2.0, (height - from.height() * scale) / 2.0);
    Transform::from_row(scale, 0.0, 0.0, scale, left, top)
}
