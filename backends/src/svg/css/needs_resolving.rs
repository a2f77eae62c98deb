//! A check for constructs that the renderer reads differently from a browser. Most drawings have none.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Attribute, Document, Node};

use super::{
    cascade,
    property::{self, PropertyKind},
};

/// Attributes whose presence alone makes resolving necessary.
const ALWAYS: &[&str] = &["style", "pathLength", "text-decoration", "transform-origin", "vector-effect"];
/// The units that the renderer supports.
const UNITS: &[&str] = &["", "px", "%", "mm", "cm", "in", "pt", "pc", "em"];

/// Returns true if there is anything to resolve.
pub(super) fn is_needed(document: &Document<'_>) -> bool {
    let mut ids: HashMap<&str, &str> = HashMap::new();
    for node in document.descendants().filter(Node::is_element) {
        if let Some(id) = node.attribute("id")
            && ids.insert(id, node.tag_name().name()).is_some()
        {
            return true;
        }
    }
    document.descendants().filter(Node::is_element).any(|node| {
        let tag = node.tag_name().name();
        matches!(tag, "style" | "feDropShadow" | "feMorphology")
            || node
                .attributes()
                .any(|attribute| attribute.namespace().is_none() && is_unsupported(tag, attribute, &ids))
    })
}

/// Returns true if the size of the window may change the drawing.
pub(super) fn depends_on_window(document: &Document<'_>) -> bool {
    const WORDS: [&str; 4] = ["vw", "vh", "vmin", "vmax"];
    let has = |text: &str| WORDS.iter().any(|word| text.contains(word));
    document.descendants().any(|node| {
        (node.is_text()
            && node.parent().is_some_and(|parent| parent.tag_name().name() == "style")
            && has(node.text().unwrap_or_default()))
            || node
                .attributes()
                .any(|own| !matches!(own.name(), "d" | "id" | "class" | "href" | "points") && has(own.value()))
    })
}

fn is_unsupported(tag: &str, attribute: Attribute<'_, '_>, ids: &HashMap<&str, &str>) -> bool {
    let (name, value) = (attribute.name(), attribute.value().trim());
    if ALWAYS.contains(&name) {
        return true;
    }
    if !cascade::is_attribute(tag, name) {
        return is_measure(name) && value.split([' ', ',']).any(|part| !is_length(part));
    }
    let link = |kind: &str| {
        let id = value.strip_prefix("url(#").and_then(|rest| rest.strip_suffix(')'));
        value != "none" && id.and_then(|id| ids.get(id)).is_none_or(|tag| *tag != kind)
    };
    match property::property(name).map(|property| property.kind) {
        Some(PropertyKind::Paint | PropertyKind::Color) => !is_color(value),
        Some(PropertyKind::Clip) => link("clipPath"),
        Some(PropertyKind::Filter) => link("filter"),
        Some(PropertyKind::Link) => name == "mask" && link("mask"),
        Some(
            PropertyKind::Length(_)
            | PropertyKind::BareLength
            | PropertyKind::Opacity
            | PropertyKind::Spacing
            | PropertyKind::FontSize,
        ) => !is_length(value),
        Some(PropertyKind::Dashes) => value != "none" && value.split([' ', ',']).any(|part| !is_length(part)),
        Some(PropertyKind::AtLeastOne) => value.parse::<f64>().is_err(),
        Some(PropertyKind::Keyword) => value.contains("var(") || (name == "font-variant" && value != "normal"),
        _ => value.contains('(') && name != "d",
    }
}

fn is_measure(name: &str) -> bool {
    matches!(
        name,
        "x" | "y"
            | "x1"
            | "y1"
            | "x2"
            | "y2"
            | "cx"
            | "cy"
            | "r"
            | "fx"
            | "fy"
            | "fr"
            | "dx"
            | "dy"
            | "width"
            | "height"
            | "refX"
            | "refY"
            | "markerWidth"
            | "markerHeight"
            | "textLength"
            | "startOffset"
    )
}

fn is_length(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    UNITS.contains(&&value[number.len()..])
        && (number.is_empty() == value.is_empty())
        && (value.is_empty() || number.parse::<f64>().is_ok())
}

/// Returns true if the renderer reads a paint as a browser does.
fn is_color(value: &str) -> bool {
    match value.as_bytes() {
        [b'#', hex @ ..] => matches!(hex.len(), 3 | 6) && hex.iter().all(u8::is_ascii_hexdigit),
        [b'u', b'r', b'l', b'(', b'#', rest @ ..] => rest.ends_with(b")"),
        [b'r', b'g', b'b', b'(', rest @ ..] => {
            rest.ends_with(b")")
                && rest[..rest.len() - 1].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' '))
        }
        _ => {
            matches!(value, "none" | "currentColor" | "inherit" | "context-fill" | "context-stroke")
                || (value != "transparent"
                    && value.bytes().all(|byte| byte.is_ascii_lowercase())
                    && ::color::parse_color(value).is_ok())
        }
    }
}
