//! Bounding boxes of elements, and transforms that refer to them.

use kurbo::{Affine, Rect};
use resvg::usvg::roxmltree::Node;

use super::{
    cascade::ComputedStyle, geometry, scope::PercentageAxis, text_bounds, transform, viewport::stated_size,
    writer::DocumentWriter,
};

/// Elements that have no box of their own in the place where they are written.
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
/// The deepest nesting for which bounding boxes are computed.
const MAX_DEPTH: u32 = 64;

/// Returns the bounding box of an element that is `depth` levels further in.
fn bounds<'a, 'input: 'a>(
    writer: &mut DocumentWriter<'a, 'input>,
    node: Node<'a, 'input>,
    style: &ComputedStyle,
    depth: u32,
) -> Option<Rect> {
    if depth > MAX_DEPTH {
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
            let number = |name: &str, axis: PercentageAxis| {
                get(name).and_then(|value| geometry::parse_measure(&value, axis, view))
            };
            let (x, y) = (number("x", PercentageAxis::X).unwrap_or(0.0), number("y", PercentageAxis::Y).unwrap_or(0.0));
            Some(Rect::new(x, y, x + number("width", PercentageAxis::X)?, y + number("height", PercentageAxis::Y)?))
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
            let number = |name: &str, axis: PercentageAxis| {
                get(name).and_then(|value| geometry::parse_measure(&value, axis, view))
            };
            let place = (number("x", PercentageAxis::X).unwrap_or(0.0), number("y", PercentageAxis::Y).unwrap_or(0.0));
            let href = node.attributes().find(|own| own.name() == "href")?.value();
            let target = writer.ids.get(href.trim().strip_prefix('#')?).copied()?;
            if target.tag_name().name() == "symbol" {
                return None;
            }
            let part = child_bounds(writer, target, style, depth)?;
            Some(part + kurbo::Vec2::new(place.0, place.1))
        }
        "text" => text_bounds::bounds(node, style),
        _ => geometry::bounds(&geometry::outline_path(tag, &get, view)?),
    }
}

fn child_bounds<'a, 'input: 'a>(
    writer: &mut DocumentWriter<'a, 'input>,
    child: Node<'a, 'input>,
    outer: &ComputedStyle,
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

impl<'a, 'input: 'a> DocumentWriter<'a, 'input> {
    /// Returns the bounding box of an element, in its own units.
    pub(super) fn bounds(&mut self, node: Node<'a, 'input>, style: &ComputedStyle) -> Option<Rect> {
        if let Some(known) = self.boxes.get(&node.id()) {
            return *known;
        }
        let found = bounds(self, node, style, 0);
        self.boxes.insert(node.id(), found);
        found
    }

    /// Returns the transform of an element that is not the root, or `None` if it has none.
    pub(super) fn transform_of(&mut self, node: Node<'a, 'input>, style: &ComputedStyle) -> Option<Affine> {
        let name = transform::attribute_name(node);
        if !Self::has_transform(style) {
            let own = transform::from_attribute(node.attribute(name)?)?;
            return Some(own);
        }
        let around = self.reference_box(node, style);
        Some(Self::combined(node, style, around, (0.0, 0.0)))
    }

    /// Returns the attribute that is equivalent to an element's transforms.
    pub(super) fn transform_attribute(
        &mut self,
        node: Node<'a, 'input>,
        style: &ComputedStyle,
        is_root: bool,
    ) -> Option<String> {
        let name = transform::attribute_name(node);
        if !Self::has_transform(style) {
            return node.attribute(name).map(str::to_owned);
        }
        let matrix = if is_root {
            // The root is a box in its window and is transformed around its center.
            let (width, height) = stated_size(node, &style.context.scope);
            let around = [0.0, 0.0, width, height];
            Self::combined(node, style, around, (width / 2.0, height / 2.0))
        } else {
            let around = self.reference_box(node, style);
            Self::combined(node, style, around, (0.0, 0.0))
        };
        Some(transform::attribute(matrix))
    }

    pub(super) fn has_transform(style: &ComputedStyle) -> bool {
        ["transform", "translate", "rotate", "scale", "transform-origin"]
            .iter()
            .any(|name| style.values.contains_key(name))
    }

    fn combined(
        node: Node<'a, 'input>,
        style: &ComputedStyle,
        around: transform::ReferenceBox,
        middle: (f64, f64),
    ) -> Affine {
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

    /// Returns the box that a transform's percentages refer to.
    fn reference_box(&mut self, node: Node<'a, 'input>, style: &ComputedStyle) -> transform::ReferenceBox {
        let (width, height) = style.context.scope.view;
        let view = [0.0, 0.0, width, height];
        let name = style.values.get("transform-box").map_or("view-box", String::as_str).to_owned();
        if name == "view-box" {
            return view;
        }
        let place = self.named_box(node, style, &name);
        place.unwrap_or_else(|| {
            self.remarks.add(format!("CSS `transform-box: {name}` of `{}` is not supported", node.tag_name().name()));
            view
        })
    }

    /// Returns a box of an element by its name in CSS.
    pub(super) fn named_box(
        &mut self,
        node: Node<'a, 'input>,
        style: &ComputedStyle,
        name: &str,
    ) -> Option<transform::ReferenceBox> {
        if name == "view-box" {
            let (width, height) = style.context.scope.view;
            return Some([0.0, 0.0, width, height]);
        }
        let mut place = self.bounds(node, style)?;
        let is_stroked = matches!(name, "stroke-box" | "border-box" | "margin-box");
        if is_stroked && style.get("stroke").is_some_and(|stroke| stroke != "none") {
            let view = style.context.scope.view;
            let width =
                style.get("stroke-width").and_then(|width| geometry::parse_measure(width, PercentageAxis::Other, view));
            place = place.inset(width.unwrap_or(1.0) / 2.0);
        }
        Some([place.x0, place.y0, place.width(), place.height()])
    }
}
