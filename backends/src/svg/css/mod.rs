//! CSS, resolved before the renderer sees a drawing: the renderer supports only a small part of CSS and silently
//! ignores the rest. The result has no style sheets: every property is an attribute that the renderer reads.
//!
//! The pipeline: [`needs_resolving`] tells whether there is anything to do. Style sheets become rules (`style_sheet`, `media`), rules
//! are matched to elements (`element`, `cascade`), values are computed (`variables`, `value`, `color`, `transform`)
//! and written (`writer`), with helper elements where attributes do not suffice (`helper_elements`, `basic_shape`,
//! `filter_functions`, `background`). What is not drawn becomes a remark. Work is counted, and a sheet that asks for too much is rejected.

mod animation;
mod background;
mod basic_shape;
mod boxes;
mod cascade;
mod color;
mod convert;
mod declaration;
mod element;
mod filter_functions;
mod filter_primitives;
mod geometry;
mod helper_elements;
mod media;
mod needs_resolving;
mod property;
mod remarks;
mod scope;
mod shorthand;
mod style_sheet;
#[cfg(test)]
mod tests;
mod text_bounds;
mod transform;
mod value;
mod variables;
mod viewport;
mod writer;
mod xml;

use std::{collections::BTreeMap, rc::Rc};

use resvg::usvg::roxmltree::Document;

use super::{SvgError, SvgLimits, document_check::check_limit};
use cascade::{Cascade, InheritedStyle};
use remarks::Remarks;
use scope::{MediaWindow, Scope};
use style_sheet::StyleSheet;
use viewport::{Viewport, stated_size};
use writer::DocumentWriter;

/// The maximum number of steps in matching selectors to elements.
const MAX_MATCH_STEPS: u64 = 4_000_000;
/// The maximum number of bytes that variables may expand to, in total.
const MAX_SUBSTITUTED_BYTES: usize = 4 << 20;

/// A drawing whose style sheets have been resolved into attributes.
pub(super) struct ResolvedSvg {
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
    /// True if the result depends on the size of the window.
    pub(super) is_sized: bool,
}

/// Resolves the style sheets of a drawing for a window of the given size, by default the drawing's own. Returns `None`
/// if there is nothing to resolve.
///
/// # Errors
/// An error if the styles ask for too much work.
pub(super) fn resolve(
    document: &Document<'_>,
    limits: &SvgLimits,
    window: Option<(f64, f64)>,
) -> Result<Option<ResolvedSvg>, SvgError> {
    if !needs_resolving::is_needed(document) {
        return Ok(None);
    }
    let root = document.root_element();
    let size = stated_size(root, &Scope::default());
    let window = window.unwrap_or(size);
    let mut remarks = Remarks::default();
    let mut is_sized = false;
    let sheet = sheets(document, window, &mut remarks, &mut is_sized);
    let frame = Viewport::new(root, size.0, size.1);
    let scope = Scope { window, view: frame.view(), ..Scope::default() };
    let matrix = kurbo::Affine::scale((window.0 / size.0).min(window.1 / size.1)) * frame.matrix();
    let context = InheritedStyle { variables: Rc::default(), scope, inherited: Rc::new(BTreeMap::new()), matrix };
    let mut cascade = Cascade::new(document, sheet, MAX_MATCH_STEPS, MAX_SUBSTITUTED_BYTES);
    let writer = DocumentWriter::new(document, &mut cascade, &mut remarks, limits);
    let (text, depends) = writer.document(root, &context)?;
    check_limit("much to style", cascade.steps(), MAX_MATCH_STEPS)?;
    if cascade.budget.is_spent() {
        return Err(SvgError::Limit {
            what: "long variables".into(),
            found: MAX_SUBSTITUTED_BYTES as u64 + 1,
            limit: MAX_SUBSTITUTED_BYTES as u64,
        });
    }
    is_sized |= depends || needs_resolving::depends_on_window(document);
    Ok(Some(ResolvedSvg { text, remarks: remarks.into_lines(), is_sized }))
}

fn sheets(
    document: &Document<'_>,
    (width, height): (f64, f64),
    remarks: &mut Remarks,
    is_sized: &mut bool,
) -> StyleSheet {
    let mut sheet = StyleSheet::default();
    let window = MediaWindow { width, height };
    for node in document.descendants().filter(|node| node.tag_name().name() == "style") {
        let kind = node.attribute("type").unwrap_or_default();
        let is_css = kind.is_empty() || kind.eq_ignore_ascii_case("text/css");
        if !is_css || !media::matches(node.attribute("media").unwrap_or_default(), window) {
            continue;
        }
        let text: String = node.children().filter_map(|child| child.text()).collect();
        *is_sized |= text.contains("@media") || node.has_attribute("media");
        sheet.read(&text, window, remarks);
    }
    sheet
}
