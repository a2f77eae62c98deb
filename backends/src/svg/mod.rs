//! Rendering of checked SVG to pixels: the one rasterizer for every backend that draws, and for SVG files from
//! anywhere. It makes no repairs on its own (see [`extract()`]) and accesses neither files nor the network.
//!
//! The pipeline: [`extract()`] finds the drawing in a model's answer, [`CheckedSvg::parse`] checks it against the
//! allow-list and the [`SvgLimits`], and [`CheckedSvg::render`] produces pixels. The work of a render is computed
//! beforehand, in pixels touched, and rejected if it exceeds [`SvgLimits::work`]: that is deterministic, and bounds the
//! time as far as is possible within one process. Drawings from a model are rendered in a [`Renderer`], whose deadline
//! ends a render in any state.

mod allowlist;
mod css;
mod doctype;
mod document_check;
mod drawing_locator;
mod entities;
mod error;
mod extract;
mod fonts;
mod incremental_parser;
mod live_preview;
mod overflow_check;
mod reference_expansion;
mod render;
mod render_cost;
mod renderer;
#[cfg(test)]
mod tests;
mod text_overlap;
mod validity;

pub use error::SvgError;
pub use extract::{ExtractedSvg, extract, with_size};
pub use incremental_parser::IncrementalParser;
pub use live_preview::LivePreview;
pub use render::{PixelBuffer, SvgCanvas};
pub use renderer::{RenderedSvg, Renderer, serve};
pub use validity::SvgValidity;

use resvg::usvg::{self, roxmltree::Document};
use serde::{Deserialize, Serialize};

use crate::Size;

/// The limits on a drawing. The defaults suit an untrusted file on one core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SvgLimits {
    /// The maximum length of the source, in bytes.
    pub bytes: usize,
    /// The maximum number of elements as written.
    pub elements: usize,
    /// The maximum number of elements once every reference (`use`, patterns, masks, markers …) is followed.
    pub expanded: u64,
    /// The maximum nesting depth once every reference is followed.
    pub depth: u32,
    /// The maximum length of all style sheets together, in bytes.
    pub style_bytes: usize,
    /// The maximum number of characters of text.
    pub text_chars: usize,
    /// The maximum number of bytes of embedded images, as encoded.
    pub image_bytes: usize,
    /// The maximum number of pixels of embedded images, decoded.
    pub image_pixels: u64,
    /// The maximum length of the longest edge of the result, in pixels.
    pub edge: u32,
    /// The maximum work of one render, in pixels touched: roughly 100 to 500 million per second on an idle core.
    pub work: u64,
    /// The maximum memory for layers at any one moment of a render, in bytes.
    pub layer_bytes: u64,
}

impl Default for SvgLimits {
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            elements: 50_000,
            expanded: 200_000,
            depth: 64,
            style_bytes: 64 << 10,
            text_chars: 20_000,
            image_bytes: 6 << 20,
            image_pixels: 16 << 20,
            edge: 8192,
            work: 1_500_000_000,
            layer_bytes: 1 << 30,
        }
    }
}

/// A checked drawing, which can be rendered at any size within its limits.
pub struct CheckedSvg {
    tree: usvg::Tree,
    limits: SvgLimits,
    remarks: Vec<String>,
    /// The original source, kept if the drawing looks different on a canvas of another size.
    resizable_source: Option<String>,
}

impl CheckedSvg {
    /// Parses and checks `text`, a complete SVG document.
    ///
    /// # Errors
    /// Returns an error for anything that is not well formed, is not on the allow-list, refers to the outside, or
    /// exceeds a limit.
    pub fn parse(text: &str, limits: &SvgLimits) -> Result<Self, SvgError> {
        let text = doctype::blank_out_doctype(text);
        let document = document_check::document(&text, limits)?;
        let mut remarks = document_check::check(&document, limits)?;
        reference_expansion::check(&document, limits)?;
        let (tree, styled) = tree(&document, limits, None)?;
        let is_sized = styled.as_ref().is_some_and(|styled| styled.is_sized);
        remarks.extend(styled.into_iter().flat_map(|styled| styled.remarks));
        remarks.extend(fonts::missing_glyphs_remark(&document));
        remarks.extend(fonts::unknown_fonts_remark(tree.root()));
        remarks.extend(render::remark(&tree));
        remarks.extend(overflow_check::remark(&tree));
        remarks.extend(text_overlap::remarks(&tree));
        let resizable_source = is_sized.then(|| text.to_string());
        Ok(Self { tree, limits: limits.clone(), remarks, resizable_source })
    }

    /// Returns the drawing for a canvas of the given size, if it looks different there.
    fn tree_at(&self, size: Size) -> Result<Option<usvg::Tree>, SvgError> {
        let Some(text) = &self.resizable_source else { return Ok(None) };
        let window = (f64::from(size.width), f64::from(size.height));
        let document = document_check::document(text, &self.limits)?;
        tree(&document, &self.limits, Some(window)).map(|(tree, _)| Some(tree))
    }

    /// Returns the drawing's own size in pixels, each edge at least 1, as stated by `width`, `height` and `viewBox`.
    pub fn size(&self) -> Size {
        let size = self.tree.size();
        let edge = |length: f32| (length.round() as u32).max(1);
        Size::new(edge(size.width()), edge(size.height()))
    }

    /// Remarks on what was skipped without harm, one per line: animation, unknown attributes, characters that the font
    /// lacks.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Checks that an image of `size` is within the limits, without drawing it.
    ///
    /// # Errors
    /// Returns an error if the size exceeds [`SvgLimits::edge`], or the work or memory at this size exceeds its limit.
    pub fn check_size(&self, size: Size) -> Result<(), SvgError> {
        let resizable_source = self.tree_at(size)?;
        render::check(resizable_source.as_ref().unwrap_or(&self.tree), size, &self.limits).map(|_| ())
    }

    /// Renders the drawing to an image of `size`, complete, undistorted and centered; the area that it does not cover
    /// stays transparent.
    ///
    /// # Errors
    /// Returns an error if the size exceeds [`SvgLimits::edge`], or the work or memory at this size exceeds its limit.
    pub fn render(&self, size: Size) -> Result<PixelBuffer, SvgError> {
        let resizable_source = self.tree_at(size)?;
        render::render(resizable_source.as_ref().unwrap_or(&self.tree), size, &self.limits)
    }
}

/// Builds the renderer's tree of a checked document, with its styles resolved for a window of the given size.
fn tree(
    document: &Document<'_>,
    limits: &SvgLimits,
    window: Option<(f64, f64)>,
) -> Result<(usvg::Tree, Option<css::ResolvedSvg>), SvgError> {
    let Some(styled) = css::resolve(document, limits, window)? else {
        return Ok((render::read(document, limits)?, None));
    };
    // The resolved text may be longer than its source, within limits of its own.
    let wider = SvgLimits {
        bytes: styled.text.len(),
        elements: usize::try_from(limits.expanded).unwrap_or(usize::MAX),
        depth: limits.depth + 2,
        ..limits.clone()
    };
    let document = document_check::document(&styled.text, &wider)?;
    reference_expansion::check(&document, &wider)?;
    let tree = render::read(&document, &wider)?;
    drop(document);
    Ok((tree, Some(styled)))
}

impl std::fmt::Debug for CheckedSvg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("size", &self.size()).field("remarks", &self.remarks).finish_non_exhaustive()
    }
}
