//! Places: the view that an `svg` element opens, boxes around elements, and transforms that refer to them.

use kurbo::{Affine, Rect};
use resvg::usvg::roxmltree::Node;

use super::{cascade::Style, geometry, property::Axis, transform, write::Writer};

/// Elements that have no box where they stand.
const BOXLESS: &[&str] = &[
    "defs",
    "clipPath",
    "mask",
    "marker",
    "pattern",
    "symbol",
    "linearGradient",
    "radialGradient",
    "filter",
    "style",
    "title",
    "desc",
    "metadata",
];
/// The deepest nesting that boxes are followed through.
const DEEPEST: u32 = 64;

/// The view of an `svg` element, fitted into its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    width: f64,
    height: f64,
    /// Left, top, width and height of the `viewBox`.
    view: Option<[f64; 4]>,
    scale: (f64, f64),
    /// Where the view's corner comes to be.
    start: (f64, f64),
}

impl Frame {
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

    /// From the units inside to those outside.
    pub(super) fn matrix(&self) -> Affine {
        let [left, top, ..] = self.view.unwrap_or_default();
        Affine::translate(self.start)
            * Affine::scale_non_uniform(self.scale.0, self.scale.1)
            * Affine::translate((-left, -top))
    }

    /// The size of the view in its own units.
    pub(super) fn view(&self) -> (f64, f64) {
        self.view.map_or((self.width, self.height), |[_, _, width, height]| (width, height))
    }

    /// What is seen of the view's plane, in its units.
    pub(super) fn seen(&self) -> [f64; 4] {
        let [left, top, ..] = self.view.unwrap_or_default();
        let (x, y) = self.scale;
        [left - self.start.0 / x, top - self.start.1 / y, self.width / x, self.height / y]
    }
}

/// The four numbers of a `viewBox`.
pub(super) fn view_box(node: Node<'_, '_>) -> Option<[f64; 4]> {
    let words = node.attribute("viewBox")?.split([' ', ',', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    let numbers: Option<Vec<f64>> = words.map(|word| word.parse().ok()).collect();
    let view: [f64; 4] = numbers?.try_into().ok()?;
    (view[2] > 0.0 && view[3] > 0.0).then_some(view)
}

/// The box around an element, in its own units.
pub(super) fn bounds<'a, 'input: 'a>(
    writer: &mut Writer<'a, 'input>,
    node: Node<'a, 'input>,
    style: &Style,
    depth: u32,
) -> Option<Rect> {
    if depth > DEEPEST {
        return None;
    }
    let tag = node.tag_name().name();
    let view = style.context.scope.view;
    let get = |name: &str| {
        let own = style.values.get(name).filter(|value| !value.is_empty()).cloned();
        own.or_else(|| node.attribute(name).map(str::to_owned))
    };
    match tag {
        "image" => {
            let number = |name: &str, axis: Axis| get(name).and_then(|value| geometry::measure(&value, axis, view));
            let (x, y) = (number("x", Axis::X).unwrap_or(0.0), number("y", Axis::Y).unwrap_or(0.0));
            Some(Rect::new(x, y, x + number("width", Axis::X)?, y + number("height", Axis::Y)?))
        }
        "g" | "a" | "switch" | "svg" => {
            let mut whole: Option<Rect> = None;
            for child in node.children().filter(Node::is_element) {
                if let Some(part) = child_bounds(writer, child, style, depth) {
                    whole = Some(whole.map_or(part, |whole| whole.union(part)));
                }
            }
            whole
        }
        "use" => {
            let number = |name: &str, axis: Axis| get(name).and_then(|value| geometry::measure(&value, axis, view));
            let place = (number("x", Axis::X).unwrap_or(0.0), number("y", Axis::Y).unwrap_or(0.0));
            let href = node.attributes().find(|own| own.name() == "href")?.value();
            let target = writer.ids.get(href.trim().strip_prefix('#')?).copied()?;
            if target.tag_name().name() == "symbol" {
                return None;
            }
            let part = child_bounds(writer, target, style, depth)?;
            Some(part + kurbo::Vec2::new(place.0, place.1))
        }
        "text" => super::lettering::bounds(node, style),
        _ => geometry::bounds(&geometry::data(tag, &get, view)?),
    }
}

fn child_bounds<'a, 'input: 'a>(
    writer: &mut Writer<'a, 'input>,
    child: Node<'a, 'input>,
    outer: &Style,
    depth: u32,
) -> Option<Rect> {
    if BOXLESS.contains(&child.tag_name().name()) || !writer.cascade.visit() {
        return None;
    }
    let style = writer.cascade.style(child, &outer.context, Some(outer), writer.remarks);
    if style.values.get("display").is_some_and(|display| display == "none") {
        return None;
    }
    let own = bounds(writer, child, &style, depth + 1)?;
    let matrix = writer.transform_of(child, &style).unwrap_or(Affine::IDENTITY);
    Some(matrix.transform_rect_bbox(own))
}

impl<'a, 'input: 'a> Writer<'a, 'input> {
    /// The transform of an element that is not the root; `None` where it has none.
    pub(super) fn transform_of(&mut self, node: Node<'a, 'input>, style: &Style) -> Option<Affine> {
        let name = transform::attribute_name(node);
        if !Self::has_transform(style) {
            let own = transform::from_attribute(node.attribute(name)?)?;
            return Some(own);
        }
        let around = self.reference_box(node, style);
        Some(Self::combined(node, style, around, (0.0, 0.0)))
    }

    /// The attribute that says the same as an element's transforms.
    pub(super) fn transform_attribute(
        &mut self,
        node: Node<'a, 'input>,
        style: &Style,
        is_root: bool,
    ) -> Option<String> {
        let name = transform::attribute_name(node);
        if !Self::has_transform(style) {
            return node.attribute(name).map(str::to_owned);
        }
        let matrix = if is_root {
            // The root is a box in its window, turned around its middle.
            let (width, height) = super::own_size(node, &style.context.scope);
            let around = [0.0, 0.0, width, height];
            Self::combined(node, style, around, (width / 2.0, height / 2.0))
        } else {
            let around = self.reference_box(node, style);
            Self::combined(node, style, around, (0.0, 0.0))
        };
        Some(transform::attribute(matrix))
    }

    pub(super) fn has_transform(style: &Style) -> bool {
        ["transform", "translate", "rotate", "scale", "transform-origin"]
            .iter()
            .any(|name| style.values.contains_key(name))
    }

    fn combined(node: Node<'a, 'input>, style: &Style, around: transform::Box, middle: (f64, f64)) -> Affine {
        let scope = style.context.scope;
        let part = |name: &str| {
            let value = style.values.get(name)?;
            transform::matrix(name, value, &scope, around)
        };
        let own = if style.values.contains_key("transform") {
            part("transform")
        } else {
            node.attribute(transform::attribute_name(node)).and_then(transform::from_attribute)
        };
        let origin = style.values.get("transform-origin").and_then(|value| transform::origin(value, &scope, around));
        let origin = origin.unwrap_or(middle);
        let parts = [part("translate"), part("rotate"), part("scale"), own];
        let all = parts.into_iter().flatten().fold(Affine::IDENTITY, |all, part| all * part);
        Affine::translate(origin) * all * Affine::translate((-origin.0, -origin.1))
    }

    /// What percentages of a transform are of.
    fn reference_box(&mut self, node: Node<'a, 'input>, style: &Style) -> transform::Box {
        let (width, height) = style.context.scope.view;
        let view = [0.0, 0.0, width, height];
        let name = style.values.get("transform-box").map_or("view-box", String::as_str).to_owned();
        if name == "view-box" {
            return view;
        }
        let place = self.boxed(node, style, &name);
        place.unwrap_or_else(|| {
            self.remarks.add(format!("CSS `transform-box: {name}` of `{}` is not supported", node.tag_name().name()));
            view
        })
    }

    /// A box of an element by its name in CSS.
    pub(super) fn boxed(&mut self, node: Node<'a, 'input>, style: &Style, name: &str) -> Option<transform::Box> {
        if name == "view-box" {
            let (width, height) = style.context.scope.view;
            return Some([0.0, 0.0, width, height]);
        }
        let mut place = self.bounds(node, style)?;
        let is_stroked = matches!(name, "stroke-box" | "border-box" | "margin-box");
        if is_stroked && style.get("stroke").is_some_and(|stroke| stroke != "none") {
            let view = style.context.scope.view;
            let width = style.get("stroke-width").and_then(|width| geometry::measure(width, Axis::Other, view));
            place = place.inset(width.unwrap_or(1.0) / 2.0);
        }
        Some([place.x0, place.y0, place.width(), place.height()])
    }
}
