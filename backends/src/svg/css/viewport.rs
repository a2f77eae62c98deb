//! The size of a drawing, and the viewport that an `svg` element opens.

use kurbo::Affine;
use resvg::usvg::roxmltree::Node;

use super::{
    convert::length,
    remarks::Remarks,
    scope::{PercentageAxis, Scope},
    style_sheet::declarations,
};

/// The viewport of an `svg` element, fitted into its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewport {
    width: f64,
    height: f64,
    /// Left, top, width and height of the `viewBox`.
    view: Option<[f64; 4]>,
    scale: (f64, f64),
    /// The position of the viewport's top left corner.
    start: (f64, f64),
}

impl Viewport {
    pub(super) fn new(node: Node<'_, '_>, width: f64, height: f64) -> Self {
        let view = view_box(node);
        let Some([_, _, inner_width, inner_height]) = view else {
            return Self { width, height, view, scale: (1.0, 1.0), start: (0.0, 0.0) };
        };
        let aspect = node.attribute("preserveAspectRatio").unwrap_or("xMidYMid");
        let (x, y) = (width / inner_width, height / inner_height);
        let even = if aspect.contains("slice") { x.max(y) } else { x.min(y) };
        let scale = if aspect.contains("none") { (x, y) } else { (even, even) };
        let place = |min: &str, max: &str, room: f64| {
            if aspect.contains(min) {
                0.0
            } else if aspect.contains(max) {
                room
            } else {
                room / 2.0
            }
        };
        let start = (
            place("xMin", "xMax", width - inner_width * scale.0),
            place("YMin", "YMax", height - inner_height * scale.1),
        );
        Self { width, height, view, scale, start }
    }

    /// Returns the matrix from the units inside the viewport to those outside.
    pub(super) fn matrix(&self) -> Affine {
        let [left, top, ..] = self.view.unwrap_or_default();
        Affine::translate(self.start)
            * Affine::scale_non_uniform(self.scale.0, self.scale.1)
            * Affine::translate((-left, -top))
    }

    /// Returns the size of the viewport in its own units.
    pub(super) fn view(&self) -> (f64, f64) {
        self.view.map_or((self.width, self.height), |[_, _, width, height]| (width, height))
    }

    /// Returns the visible part of the viewport's plane, in its units.
    pub(super) fn visible_area(&self) -> [f64; 4] {
        let [left, top, ..] = self.view.unwrap_or_default();
        let (x, y) = self.scale;
        [left - self.start.0 / x, top - self.start.1 / y, self.width / x, self.height / y]
    }
}

/// Parses the four numbers of a `viewBox`.
pub(super) fn view_box(node: Node<'_, '_>) -> Option<[f64; 4]> {
    let words = node.attribute("viewBox")?.split([' ', ',', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    let numbers: Option<Vec<f64>> = words.map(|word| word.parse().ok()).collect();
    let view: [f64; 4] = numbers?.try_into().ok()?;
    (view[2] > 0.0 && view[3] > 0.0).then_some(view)
}

/// Returns the size that a drawing states, in pixels.
pub(super) fn stated_size(root: Node<'_, '_>, scope: &Scope) -> (f64, f64) {
    let view = view_box(root).map(|[_, _, width, height]| (width, height));
    let stated = |name: &str, axis: PercentageAxis| {
        let style =
            root.attribute("style").map(|style| declarations(style, &mut Remarks::default())).unwrap_or_default();
        let styled =
            style.iter().rev().find(|own| own.name == name).and_then(|own| length(&own.value, scope, axis, true));
        let plain = |value: String| value.parse::<f64>().ok().filter(|edge| *edge > 0.0 && edge.is_finite());
        styled.and_then(plain).or_else(|| length(root.attribute(name)?, scope, axis, true).and_then(plain))
    };
    match (stated("width", PercentageAxis::X), stated("height", PercentageAxis::Y), view) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some(view)) => (width, width * view.1 / view.0),
        (None, Some(height), Some(view)) => (height * view.0 / view.1, height),
        (None, None, Some(view)) => view,
        (width, height, None) => (width.unwrap_or(100.0), height.unwrap_or(100.0)),
    }
}
