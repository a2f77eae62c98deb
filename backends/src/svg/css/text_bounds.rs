//! Bounding boxes of text, which only the renderer's own layout can compute.

use kurbo::Rect;
use resvg::usvg::{
    self,
    roxmltree::{Document, Node},
};

use super::{
    super::{allowlist, fonts},
    cascade::ComputedStyle,
    xml::attribute,
};

/// The properties that affect the width of text.
const PROPERTIES: &[&str] = &[
    "dominant-baseline",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "letter-spacing",
    "text-anchor",
    "word-spacing",
    "writing-mode",
];

/// Returns the bounding box of a `text`, with its spans set in the text's own font.
pub(super) fn bounds(node: Node<'_, '_>, style: &ComputedStyle) -> Option<Rect> {
    let mut svg = format!(
        r#"<svg xmlns="{}" viewBox="0 0 {} {}"><text"#,
        allowlist::SVG,
        style.context.scope.view.0,
        style.context.scope.view.1
    );
    for name in PROPERTIES {
        if let Some(value) = style.get(name) {
            attribute(&mut svg, name, value);
        }
    }
    write(node, &mut svg);
    svg.push_str("</text></svg>");
    let document = Document::parse(&svg).ok()?;
    let (fontdb, font_resolver) = fonts::database();
    let options = usvg::Options { fontdb, font_resolver, font_size: 16.0, ..usvg::Options::default() };
    let tree = usvg::Tree::from_xmltree(&document, &options).ok()?;
    let place = tree.root().bounding_box();
    let [left, top, right, bottom] = [place.left(), place.top(), place.right(), place.bottom()].map(f64::from);
    (right > left).then(|| Rect::new(left, top, right, bottom))
}

/// Writes the positions of a text and its spans, and their characters, after an open tag.
fn write(node: Node<'_, '_>, svg: &mut String) {
    for name in ["x", "y", "dx", "dy", "textLength", "lengthAdjust"] {
        if let Some(value) = node.attribute(name) {
            attribute(svg, name, value);
        }
    }
    svg.push('>');
    for child in node.children() {
        if child.is_element() && child.tag_name().name() == "tspan" {
            svg.push_str("<tspan");
            write(child, svg);
            svg.push_str("</tspan>");
        } else if child.is_text() {
            svg.push_str(&child.text().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;"));
        }
    }
}
