//! Checked SVG to pixels: the one rasteriser for every backend that draws, and for SVG files from anywhere.
//! It repairs nothing by itself (see [`extract()`]) and reaches neither files nor the network.
//!
//! The way: [`extract()`] finds the drawing in a model's answer, [`Checked::parse`] holds it against the allow-list
//! and the [`Limits`], [`Checked::render`] makes pixels. Its work is computed beforehand, in pixels touched, and refused
//! where it is beyond [`Limits::work`]: that is deterministic, and bounds time as far as it can be bounded within one
//! process. What comes from a model is drawn in a [`Workshop`], whose deadline ends a render whatever it is doing.

mod allowed;
mod check;
mod cost;
mod css;
mod doctype;
mod entities;
mod error;
mod expansion;
mod extract;
mod fonts;
mod growing;
mod live;
mod locate;
mod outside;
mod render;
#[cfg(test)]
mod tests;
mod validity;
mod words;
mod workshop;

pub use error::SvgError;
pub use extract::{Extracted, extract, resized};
pub use growing::Growing;
pub use live::Live;
pub use render::{Canvas, Pixels};
pub use validity::Validity;
pub use workshop::{Drawn, Workshop, serve};

use resvg::usvg::{self, roxmltree::Document};
use serde::{Deserialize, Serialize};

use crate::Size;

/// How much a drawing may ask for. The defaults fit an untrusted file on one core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest source, in bytes.
    pub bytes: usize,
    /// The most elements as written.
    pub elements: usize,
    /// The most elements once every reference (`use`, patterns, masks, markers …) is followed.
    pub expanded: u64,
    /// The deepest nesting once every reference is followed.
    pub depth: u32,
    /// The longest style sheets together, in bytes.
    pub style_bytes: usize,
    /// The most characters of text.
    pub text_chars: usize,
    /// The most bytes of embedded pictures, as encoded.
    pub image_bytes: usize,
    /// The most pixels of embedded pictures, decoded.
    pub image_pixels: u64,
    /// The longest edge of the result, in pixels.
    pub edge: u32,
    /// The most work of one render, in pixels touched: roughly 100 to 500 million a second on an idle core.
    pub work: u64,
    /// The most memory for layers at any one moment of a render, in bytes.
    pub layer_bytes: u64,
}

impl Default for Limits {
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

/// A drawing that passed: it can be rendered at any size within its limits.
pub struct Checked {
    tree: usvg::Tree,
    limits: Limits,
    remarks: Vec<String>,
    /// The drawing as it came, where it is another one on a canvas of another size.
    sized: Option<String>,
}

impl Checked {
    /// Checks `text`, a whole SVG document, and reads it.
    ///
    /// # Errors
    /// Whatever is not well formed, not on the allow-list, reaches outside, or is beyond a limit.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, SvgError> {
        let text = doctype::removed(text);
        let document = check::document(&text, limits)?;
        let mut remarks = check::check(&document, limits)?;
        expansion::check(&document, limits)?;
        let (tree, styled) = tree(&document, limits, None)?;
        let is_sized = styled.as_ref().is_some_and(|styled| styled.is_sized);
        remarks.extend(styled.into_iter().flat_map(|styled| styled.remarks));
        remarks.extend(fonts::missing(&document));
        remarks.extend(fonts::replaced(tree.root()));
        remarks.extend(render::remark(&tree));
        remarks.extend(outside::remark(&tree));
        remarks.extend(words::remarks(&tree));
        let sized = is_sized.then(|| text.to_string());
        Ok(Self { tree, limits: limits.clone(), remarks, sized })
    }

    /// The drawing as it is on a canvas of this size, where it is another one there.
    fn tree_at(&self, size: Size) -> Result<Option<usvg::Tree>, SvgError> {
        let Some(text) = &self.sized else { return Ok(None) };
        let window = (f64::from(size.width), f64::from(size.height));
        let document = check::document(text, &self.limits)?;
        tree(&document, &self.limits, Some(window)).map(|(tree, _)| Some(tree))
    }

    /// Its own size in pixels, each edge at least 1, as its `width`, `height` and `viewBox` say.
    pub fn size(&self) -> Size {
        let size = self.tree.size();
        let edge = |length: f32| (length.round() as u32).max(1);
        Size::new(edge(size.width()), edge(size.height()))
    }

    /// What was passed over without harm: animation, unknown attributes, characters that the font lacks. A line each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Whether a picture of `size` is within the limits, told without drawing it.
    ///
    /// # Errors
    /// A size beyond [`Limits::edge`], or work or memory beyond the limits at this size.
    pub fn affords(&self, size: Size) -> Result<(), SvgError> {
        let sized = self.tree_at(size)?;
        render::check(sized.as_ref().unwrap_or(&self.tree), size, &self.limits).map(|_| ())
    }

    /// Draws it into a picture of `size`, whole, undistorted and centred; what it does not cover stays transparent.
    ///
    /// # Errors
    /// A size beyond [`Limits::edge`], or work or memory beyond the limits at this size.
    pub fn render(&self, size: Size) -> Result<Pixels, SvgError> {
        let sized = self.tree_at(size)?;
        render::render(sized.as_ref().unwrap_or(&self.tree), size, &self.limits)
    }
}

/// The renderer's tree of a checked document, its styles resolved for a window of this size.
fn tree(
    document: &Document<'_>,
    limits: &Limits,
    window: Option<(f64, f64)>,
) -> Result<(usvg::Tree, Option<css::Resolved>), SvgError> {
    let Some(styled) = css::resolve(document, limits, window)? else {
        return Ok((render::read(document, limits)?, None));
    };
    // It may be longer than what it came from, within bounds of its own.
    let wider = Limits {
        bytes: styled.text.len(),
        elements: usize::try_from(limits.expanded).unwrap_or(usize::MAX),
        depth: limits.depth + 2,
        ..limits.clone()
    };
    let document = check::document(&styled.text, &wider)?;
    expansion::check(&document, &wider)?;
    let tree = render::read(&document, &wider)?;
    drop(document);
    Ok((tree, Some(styled)))
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("size", &self.size()).field("remarks", &self.remarks).finish_non_exhaustive()
    }
}
