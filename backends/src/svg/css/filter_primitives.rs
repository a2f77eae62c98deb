//! Filter primitives that the renderer draws differently from a browser, or too slowly.

use resvg::usvg::roxmltree::Node;

use super::{cascade::ComputedStyle, filter_functions, value::format_number, writer::DocumentWriter, xml::attribute};

impl<'a, 'input: 'a> DocumentWriter<'a, 'input> {
    /// Writes an sRGB drop shadow as separate primitives; `false` if the renderer draws it correctly.
    pub(super) fn shadow(&mut self, node: Node<'a, 'input>, style: &ComputedStyle) -> bool {
        let is_bounded = ["x", "y", "width", "height"].iter().any(|name| node.has_attribute(*name));
        if is_bounded || style.get("color-interpolation-filters") != Some("sRGB") {
            return false;
        }
        let named = |name: &str| {
            let mut text = String::new();
            if let Some(value) = node.attribute(name) {
                attribute(&mut text, name, value);
            }
            text
        };
        let number = |name: &str| node.attribute(name).and_then(|value| value.trim().parse::<f64>().ok());
        let offset = ["dx", "dy"].map(|name| format_number(number(name).unwrap_or(2.0)));
        let deviation = node.attribute("stdDeviation").unwrap_or("2");
        let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | ',');
        if !deviation.chars().all(is_plain) {
            return false;
        }
        let color = style.values.get("flood-color").map_or("#000000", String::as_str);
        let opacity = style.values.get("flood-opacity").map_or("1", String::as_str);
        let parts = filter_functions::drop_shadow(&named("in"), offset, deviation, [color, opacity], &named("result"));
        self.out.push_str(&parts);
        true
    }

    /// Splits a dilation or erosion into a horizontal and a vertical pass, which take a fraction of the time.
    pub(super) fn morphology(&mut self, node: Node<'a, 'input>) -> bool {
        let radii: Option<Vec<f64>> = node
            .attribute("radius")
            .unwrap_or_default()
            .split([' ', ',', '\t', '\n', '\r'])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect();
        let (x, y) = match radii.as_deref() {
            Some([both]) => (*both, *both),
            Some([x, y]) => (*x, *y),
            _ => return false,
        };
        if !(x > 0.0 && y > 0.0) {
            return false;
        }
        let name = self.unused_id();
        let mut write = |across: bool| {
            let radius = if across { format!("{x} 0.00001") } else { format!("0.00001 {y}") };
            self.out.push_str("<feMorphology");
            attribute(&mut self.out, "radius", &radius);
            for own in node.attributes().filter(|own| own.namespace().is_none()) {
                match own.name() {
                    "radius" | "id" | "class" | "style" => {}
                    "in" if !across => {}
                    "result" | "x" | "y" | "width" | "height" if across => {}
                    name => attribute(&mut self.out, name, own.value()),
                }
            }
            attribute(&mut self.out, if across { "result" } else { "in" }, &name);
            self.out.push_str("/>");
        };
        write(true);
        write(false);
        true
    }
}
