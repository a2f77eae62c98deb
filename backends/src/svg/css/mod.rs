//! CSS, resolved before the renderer sees a drawing: it knows but a small part of CSS, and passes over the rest in
//! silence. What comes out has no style sheets: every property is an attribute that the renderer reads.
//!
//! The way: [`needs`] tells whether there is anything to do. Style sheets become rules (`sheet`, `media`), rules are
//! matched to elements (`element`, `cascade`), values are computed (`variables`, `value`, `color`, `transform`) and
//! written (`write`), with helpers where attributes do not suffice (`paint`, `shape`, `effects`, `background`). What is
//! not drawn becomes a remark. Work is counted, and a sheet that asks for too much is refused.

mod background;
mod cascade;
mod color;
mod effects;
mod element;
mod frame;
mod geometry;
mod lettering;
mod media;
mod needs;
mod paint;
mod property;
mod remarks;
mod shape;
mod sheet;
mod shorthand;
#[cfg(test)]
mod tests;
mod transform;
mod value;
mod variables;
mod write;

use std::{collections::BTreeMap, rc::Rc};

use resvg::usvg::roxmltree::{Document, Node};

use super::{Limits, SvgError, check::within};
use cascade::{Cascade, Context};
use frame::Frame;
use property::{Axis, Scope};
use remarks::Remarks;
use sheet::{Sheet, Window};
use write::Writer;

/// The most steps of matching selectors to elements.
const STEPS: u64 = 4_000_000;
/// The most bytes that variables may put into values, altogether.
const BYTES: usize = 4 << 20;

/// A drawing without style sheets.
pub(super) struct Resolved {
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
    /// Whether it is another one in another window.
    pub(super) is_sized: bool,
}

/// The drawing without style sheets, as it is shown in a window of this size; by default of its own. `None` where
/// there is nothing to resolve.
///
/// # Errors
/// Styles that ask for too much work.
pub(super) fn resolve(
    document: &Document<'_>,
    limits: &Limits,
    window: Option<(f64, f64)>,
) -> Result<Option<Resolved>, SvgError> {
    if !needs::any(document) {
        return Ok(None);
    }
    let root = document.root_element();
    let size = own_size(root, &Scope::default());
    let window = window.unwrap_or(size);
    let mut remarks = Remarks::default();
    let mut is_sized = false;
    let sheet = sheets(document, window, &mut remarks, &mut is_sized);
    let frame = Frame::new(root, size.0, size.1);
    let scope = Scope { window, view: frame.view(), ..Scope::default() };
    let matrix = kurbo::Affine::scale((window.0 / size.0).min(window.1 / size.1)) * frame.matrix();
    let context = Context { variables: Rc::default(), scope, inherited: Rc::new(BTreeMap::new()), matrix };
    let mut cascade = Cascade::new(document, sheet, STEPS, BYTES);
    let writer = Writer::new(document, &mut cascade, &mut remarks, limits);
    let (text, depends) = writer.document(root, &context)?;
    within("much to style", cascade.steps(), STEPS)?;
    if cascade.budget.is_spent() {
        return Err(SvgError::Limit { what: "long variables".into(), found: BYTES as u64 + 1, limit: BYTES as u64 });
    }
    is_sized |= depends || needs::window(document);
    Ok(Some(Resolved { text, remarks: remarks.into_lines(), is_sized }))
}

fn sheets(document: &Document<'_>, (width, height): (f64, f64), remarks: &mut Remarks, is_sized: &mut bool) -> Sheet {
    let mut sheet = Sheet::default();
    let window = Window { width, height };
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

/// The size that a drawing states, in pixels.
fn own_size(root: Node<'_, '_>, scope: &Scope) -> (f64, f64) {
    let view = frame::view_box(root).map(|[_, _, width, height]| (width, height));
    let stated = |name: &str, axis: Axis| {
        let style = root
            .attribute("style")
            .map(|style| sheet::declarations(style, &mut Remarks::default()))
            .unwrap_or_default();
        let styled = style
            .iter()
            .rev()
            .find(|own| own.name == name)
            .and_then(|own| property::length(&own.value, scope, axis, true));
        let plain = |value: String| value.parse::<f64>().ok().filter(|edge| *edge > 0.0 && edge.is_finite());
        styled.and_then(plain).or_else(|| property::length(root.attribute(name)?, scope, axis, true).and_then(plain))
    };
    match (stated("width", Axis::X), stated("height", Axis::Y), view) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some(view)) => (width, width * view.1 / view.0),
        (None, Some(height), Some(view)) => (height * view.0 / view.1, height),
        (None, None, Some(view)) => view,
        (width, height, None) => (width.unwrap_or(100.0), height.unwrap_or(100.0)),
    }
}
