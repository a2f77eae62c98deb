//! Constructs that need helper elements: clips, filters, strokes of constant width, the background.

use resvg::usvg::roxmltree::Node;

use super::{
    super::incremental_parser,
    background, basic_shape,
    cascade::ComputedStyle,
    color,
    filter_functions::{self, FilterPart},
    geometry,
    scope::PercentageAxis,
    value::format_number,
    viewport::{Viewport, stated_size},
    writer::DocumentWriter,
    xml::attribute,
};

impl<'a, 'input: 'a> DocumentWriter<'a, 'input> {
    /// Rewrites a `clip-path` for the renderer; `None` if nothing is clipped.
    pub(super) fn clip(&mut self, node: Node<'a, 'input>, style: &ComputedStyle, value: &str) -> Option<String> {
        if value == "none" {
            return None;
        }
        if let Some(id) = basic_shape::link(value) {
            let link = format!("url(#{id})");
            return self.has_target(&link, "clipPath").then_some(link);
        }
        let boxes: Vec<(&str, Option<[f64; 4]>)> = ["fill-box", "stroke-box", "view-box"]
            .into_iter()
            .filter(|name| value.contains(name) || *name == "stroke-box")
            .map(|name| (name, self.named_box(node, style, name)))
            .collect();
        let boxed = |name: &str| {
            let name = match name {
                "border-box" | "margin-box" => "stroke-box",
                "content-box" | "padding-box" => "fill-box",
                name => name,
            };
            let found = boxes.iter().find(|(own, _)| *own == name).or_else(|| boxes.first());
            found.and_then(|(_, place)| *place)
        };
        let Some(clip) = basic_shape::clip(value, &style.context.scope, &boxed) else {
            self.remarks.unsupported("clip-path", value);
            return None;
        };
        let name = self.unused_id();
        self.defs.push_str("<clipPath");
        attribute(&mut self.defs, "id", &name);
        self.defs.push_str("><path");
        attribute(&mut self.defs, "d", &clip.data);
        if clip.evenodd {
            attribute(&mut self.defs, "clip-rule", "evenodd");
        }
        self.defs.push_str("/></clipPath>");
        Some(format!("url(#{name})"))
    }

    /// Rewrites a `filter` for the renderer; `None` if nothing is filtered.
    pub(super) fn filter(&mut self, node: Node<'a, 'input>, style: &ComputedStyle, value: &str) -> Option<String> {
        if value == "none" {
            return None;
        }
        let effects = filter_functions::effects(value, &style.context.scope)?;
        let is_missing = |effect: &FilterPart| matches!(effect, FilterPart::Link(id) if self.ids.get(id.as_str()).is_none_or(|node| node.tag_name().name() != "filter"));
        // A single missing filter disables the whole list.
        if effects.iter().any(is_missing) {
            return None;
        }
        let reach: f64 = effects
            .iter()
            .map(|effect| if let FilterPart::Primitive { reach, .. } = effect { *reach } else { 0.0 })
            .sum();
        let has_functions = effects.iter().any(|effect| matches!(effect, FilterPart::Primitive { .. }));
        let place = if has_functions { self.named_box(node, style, "stroke-box") } else { None };
        let mut links = Vec::new();
        let mut open = false;
        for effect in effects {
            match effect {
                FilterPart::Link(id) => {
                    self.end_filter(&mut open);
                    links.push(format!("url(#{id})"));
                }
                FilterPart::Primitive { element, .. } => {
                    if !open {
                        let name = self.unused_id();
                        self.start_filter(&name, place, reach);
                        links.push(format!("url(#{name})"));
                        open = true;
                    }
                    self.defs.push_str(&element);
                }
            }
        }
        self.end_filter(&mut open);
        Some(links.join(" "))
    }

    fn start_filter(&mut self, name: &str, place: Option<[f64; 4]>, reach: f64) {
        self.defs.push_str("<filter");
        attribute(&mut self.defs, "id", name);
        attribute(&mut self.defs, "color-interpolation-filters", "sRGB");
        match place {
            Some([left, top, width, height]) => {
                // Miters and markers extend further than half the stroke width.
                let room = reach + 2.0 + (width + height) * 0.1;
                attribute(&mut self.defs, "filterUnits", "userSpaceOnUse");
                attribute(&mut self.defs, "x", &format_number(left - room));
                attribute(&mut self.defs, "y", &format_number(top - room));
                attribute(&mut self.defs, "width", &format_number(width + 2.0 * room));
                attribute(&mut self.defs, "height", &format_number(height + 2.0 * room));
            }
            None => {
                for (name, value) in [("x", "-50%"), ("y", "-50%"), ("width", "200%"), ("height", "200%")] {
                    attribute(&mut self.defs, name, value);
                }
            }
        }
        self.defs.push('>');
    }

    fn end_filter(&mut self, open: &mut bool) {
        if std::mem::take(open) {
            self.defs.push_str("</filter>");
        }
    }

    /// Converts to user units: dashes of a path with its own `pathLength`, and strokes that do not scale.
    pub(super) fn scale_to_user_units(&mut self, node: Node<'a, 'input>, style: &mut ComputedStyle) {
        let tag = node.tag_name().name();
        let mut factor = 1.0;
        if let Some(stated) = node.attribute("pathLength").and_then(|length| length.trim().parse::<f64>().ok()) {
            let view = style.context.scope.view;
            let get = |name: &str| {
                let own = style.values.get(name).filter(|value| !value.is_empty()).cloned();
                own.or_else(|| node.attribute(name).map(str::to_owned))
            };
            let is_dashed = style.get("stroke-dasharray").is_some_and(|dashes| dashes != "none");
            let length = geometry::outline_path(tag, &get, view).filter(|_| is_dashed && stated > 0.0);
            if let Some(length) = length.and_then(|data| geometry::length(&data)) {
                factor = length / stated;
            }
        }
        let mut width = 1.0;
        if style.values.get("vector-effect").is_some_and(|effect| effect == "non-scaling-stroke") {
            self.is_sized = true;
            let [a, b, c, d, ..] = style.context.matrix.as_coeffs();
            let (across, down) = (a.hypot(b), c.hypot(d));
            let is_even =
                (across - down).abs() < 0.01 * across.max(down) && (a * c + b * d).abs() < 0.01 * across * down;
            let scale = (a * d - b * c).abs().sqrt();
            if !is_even {
                self.remarks.add(
                    "`vector-effect: non-scaling-stroke` is drawn evenly where its element is stretched".to_owned(),
                );
            }
            if scale > 0.0 && scale.is_finite() {
                width = 1.0 / scale;
            }
        }
        scale_stroke(style, factor * width, width);
    }

    /// Writes the background of the root as a rectangle.
    pub(super) fn background(&mut self, root: Node<'a, 'input>, style: &ComputedStyle) {
        if root.has_attribute(incremental_parser::PATCH) {
            return;
        }
        let (width, height) = stated_size(root, &style.context.scope);
        let area = Viewport::new(root, width, height).visible_area();
        let scope = &style.context.scope;
        let fill = style.values.get("background-color").and_then(|value| color::single(value, scope.current));
        let mut fills: Vec<String> = fill.into_iter().collect();
        if let Some(image) = style.values.get("background-image").filter(|image| *image != "none") {
            let name = self.unused_id();
            if let Some(gradient) = background::gradient(image, scope, area, &name) {
                self.defs.push_str(&gradient);
                fills.push(format!("url(#{name})"));
            }
        }
        for fill in fills {
            self.out.push_str("<rect");
            for (name, value) in ["x", "y", "width", "height"].into_iter().zip(area) {
                attribute(&mut self.out, name, &format_number(value));
            }
            attribute(&mut self.out, "fill", &fill);
            for (name, value) in [("fill-opacity", "1"), ("stroke", "none"), ("visibility", "visible")] {
                attribute(&mut self.out, name, value);
            }
            self.out.push_str("/>");
        }
    }
}

/// Multiplies the dashes of a stroke by one factor and its width by another.
fn scale_stroke(style: &mut ComputedStyle, dashes: f64, width: f64) {
    let view = style.context.scope.view;
    let scaled = |value: &str, factor: f64| {
        geometry::parse_measure(value, PercentageAxis::Other, view).map(|length| format_number(length * factor))
    };
    if (width - 1.0).abs() > 1e-9 {
        let value = scaled(style.get("stroke-width").unwrap_or("1"), width);
        value.map(|value| style.values.insert("stroke-width", value));
    }
    if (dashes - 1.0).abs() > 1e-9 {
        let offset = style.get("stroke-dashoffset").and_then(|offset| scaled(offset, dashes));
        offset.map(|offset| style.values.insert("stroke-dashoffset", offset));
        let list = style.get("stroke-dasharray").filter(|list| *list != "none").map(str::to_owned);
        if let Some(list) = list {
            let list: Vec<String> = list.split(' ').filter_map(|dash| scaled(dash, dashes)).collect();
            style.values.insert("stroke-dasharray", list.join(" "));
        }
    }
}
