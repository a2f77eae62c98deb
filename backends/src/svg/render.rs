//! A checked document to pixels, and pixels to a PNG file.
//! Not for documents that did not pass `check`; only [`super::Checked`] calls it.

use std::{io::Cursor, sync::Arc};

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, ImageHrefResolver, ImageKind, Options, Tree, roxmltree::Document},
};

use super::{Limits, SvgError, allowed, check::within, cost, error::shorten, fonts};
use crate::Size;

/// A picture in memory: straight (not premultiplied) RGBA, eight bits each, rows from the top, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width and height in pixels.
    pub size: Size,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// The picture as a PNG file; the same pixels give the same bytes.
    ///
    /// # Errors
    /// Only where memory or the encoder fails.
    pub fn encode_png(&self) -> Result<Vec<u8>, SvgError> {
        self.encode(FilterType::Adaptive)
    }

    /// The same for a picture that is looked at once: larger, and written in a part of the time.
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

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({})", self.size)
    }
}

/// A picture that is painted one drawing over the other: what a growing drawing has come to.
pub struct Canvas {
    pixmap: Pixmap,
    size: Size,
    limits: Limits,
}

impl Canvas {
    /// Nothing but transparency.
    ///
    /// # Errors
    /// A size that is nothing, or beyond [`Limits::edge`].
    pub fn new(size: Size, limits: &Limits) -> Result<Self, SvgError> {
        within("long an edge", u64::from(size.width.max(size.height)), u64::from(limits.edge))?;
        let pixmap = Pixmap::new(size.width, size.height).ok_or(SvgError::Size)?;
        Ok(Self { pixmap, size, limits: limits.clone() })
    }

    /// Draws over what is there, whole, undistorted and centred.
    ///
    /// # Errors
    /// Work or memory beyond the limits; nothing is drawn then.
    pub fn paint(&mut self, drawing: &super::Checked) -> Result<(), SvgError> {
        let sized = drawing.tree_at(self.size)?;
        let tree = sized.as_ref().unwrap_or(&drawing.tree);
        let transform = check(tree, self.size, &self.limits)?;
        resvg::render(tree, transform, &mut self.pixmap.as_mut());
        Ok(())
    }

    /// The picture as it stands.
    pub fn pixels(&self) -> Pixels {
        Pixels { size: self.size, rgba: self.pixmap.clone().take_demultiplied() }
    }
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canvas({})", self.size)
    }
}

/// Reads a checked document into the renderer's tree. References outside are impossible here too: the renderer's own
/// resolver would open files, so it is replaced by one that knows embedded pictures only.
pub(super) fn read(document: &Document<'_>, limits: &Limits) -> Result<Tree, SvgError> {
    let has_text = document.descendants().any(|node| node.has_tag_name((allowed::SVG, "text")));
    let (fontdb, font_resolver) = if has_text { fonts::database() } else { Default::default() };
    let options = Options {
        resources_dir: None,
        font_family: fonts::DEFAULT.to_owned(),
        // As in browsers.
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

/// A remark where pattern tiles are drawn: the renderer rounds each to whole pixels, so that its edges are softer than in
/// a browser wherever the tile is not that large.
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

/// Renders the tree into `size`, whole, undistorted, centred.
pub(super) fn render(tree: &Tree, size: Size, limits: &Limits) -> Result<Pixels, SvgError> {
    let transform = check(tree, size, limits)?;
    let mut pixmap = Pixmap::new(size.width, size.height).ok_or(SvgError::Size)?;
    resvg::render(tree, transform, &mut pixmap.as_mut());
    Ok(Pixels { size, rgba: pixmap.take_demultiplied() })
}

/// Whether the picture is within the limits; how the drawing comes to its size.
pub(super) fn check(tree: &Tree, size: Size, limits: &Limits) -> Result<Transform, SvgError> {
    if size.width == 0 || size.height == 0 {
        return Err(SvgError::Size);
    }
    within("long an edge", u64::from(size.width.max(size.height)), u64::from(limits.edge))?;
    let transform = fit(tree.size(), size);
    cost::check(tree, transform, size, limits)?;
    Ok(transform)
}

fn fit(from: usvg::Size, to: Size) -> Transform {
    let (width, height) = (to.width as f32, to.height as f32);
    let scale = (width / from.width()).min(height / from.height());
    let (left, top) = ((width - from.width() * scale) / 2.0, (height - from.height() * scale) / 2.0);
    Transform::from_row(scale, 0.0, 0.0, scale, left, top)
}
