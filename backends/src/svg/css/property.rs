//! The CSS properties that affect a drawing: the values that each takes, and its initial value.

use super::scope::PercentageAxis;

/// The kind of values that a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyKind {
    Paint,
    Color,
    Opacity,
    /// A length that needs a unit in style sheets.
    Length(PercentageAxis),
    /// A length for which a plain number is enough.
    BareLength,
    Dashes,
    FontSize,
    /// `normal` or a length.
    Spacing,
    Weight,
    /// A number of at least 1.
    AtLeastOne,
    Words(&'static [&'static str]),
    /// A keyword value that is mapped to the renderer's own.
    Keyword,
    Link,
    Clip,
    Filter,
    Transform,
    Path,
    /// A property that the renderer does not read, but this module does.
    Internal,
}

/// A CSS property.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: PropertyKind,
    pub(super) inherited: bool,
    /// The value when nothing is declared.
    pub(super) initial: &'static str,
}

const fn inherited(name: &'static str, kind: PropertyKind, initial: &'static str) -> Property {
    Property { name, kind, inherited: true, initial }
}

const fn non_inherited(name: &'static str, kind: PropertyKind, initial: &'static str) -> Property {
    Property { name, kind, inherited: false, initial }
}

const RULES: PropertyKind = PropertyKind::Words(&["nonzero", "evenodd"]);

/// Every property that affects a drawing, sorted by name.
const PROPERTIES: &[Property] = &[
    non_inherited("alignment-baseline", PropertyKind::Keyword, "auto"),
    non_inherited("animation-delay", PropertyKind::Internal, "0s"),
    non_inherited("animation-direction", PropertyKind::Internal, "normal"),
    non_inherited("animation-duration", PropertyKind::Internal, "0s"),
    non_inherited("animation-fill-mode", PropertyKind::Internal, "none"),
    non_inherited("animation-iteration-count", PropertyKind::Internal, "1"),
    non_inherited("animation-name", PropertyKind::Internal, "none"),
    non_inherited("background-color", PropertyKind::Internal, "transparent"),
    non_inherited("background-image", PropertyKind::Internal, "none"),
    non_inherited("baseline-shift", PropertyKind::Keyword, "baseline"),
    non_inherited("clip-path", PropertyKind::Clip, "none"),
    inherited("clip-rule", RULES, "nonzero"),
    inherited("color", PropertyKind::Color, "black"),
    inherited("color-interpolation-filters", PropertyKind::Words(&["auto", "sRGB", "linearRGB"]), "linearRGB"),
    non_inherited("cx", PropertyKind::Length(PercentageAxis::X), "0"),
    non_inherited("cy", PropertyKind::Length(PercentageAxis::Y), "0"),
    non_inherited("d", PropertyKind::Path, "none"),
    inherited("direction", PropertyKind::Words(&["ltr", "rtl"]), "ltr"),
    non_inherited("display", PropertyKind::Keyword, "inline"),
    inherited("dominant-baseline", PropertyKind::Keyword, "auto"),
    inherited("fill", PropertyKind::Paint, "black"),
    inherited("fill-opacity", PropertyKind::Opacity, "1"),
    inherited("fill-rule", RULES, "nonzero"),
    non_inherited("filter", PropertyKind::Filter, "none"),
    non_inherited("flood-color", PropertyKind::Color, "black"),
    non_inherited("flood-opacity", PropertyKind::Opacity, "1"),
    inherited("font-family", PropertyKind::Keyword, "serif"),
    inherited("font-kerning", PropertyKind::Words(&["auto", "normal", "none"]), "auto"),
    inherited("font-size", PropertyKind::FontSize, "medium"),
    inherited("font-stretch", PropertyKind::Keyword, "normal"),
    inherited("font-style", PropertyKind::Keyword, "normal"),
    inherited("font-variant", PropertyKind::Keyword, "normal"),
    inherited("font-weight", PropertyKind::Weight, "normal"),
    non_inherited("height", PropertyKind::Length(PercentageAxis::Y), "auto"),
    inherited("image-rendering", PropertyKind::Keyword, "auto"),
    non_inherited("isolation", PropertyKind::Words(&["auto", "isolate"]), "auto"),
    inherited("letter-spacing", PropertyKind::Spacing, "normal"),
    non_inherited("lighting-color", PropertyKind::Color, "white"),
    inherited("marker-end", PropertyKind::Link, "none"),
    inherited("marker-mid", PropertyKind::Link, "none"),
    inherited("marker-start", PropertyKind::Link, "none"),
    non_inherited("mask", PropertyKind::Link, "none"),
    non_inherited("mask-type", PropertyKind::Words(&["luminance", "alpha"]), "luminance"),
    non_inherited("mix-blend-mode", PropertyKind::Keyword, "normal"),
    non_inherited("opacity", PropertyKind::Opacity, "1"),
    non_inherited("overflow", PropertyKind::Keyword, "visible"),
    inherited("paint-order", PropertyKind::Keyword, "normal"),
    non_inherited("r", PropertyKind::Length(PercentageAxis::Other), "0"),
    non_inherited("rotate", PropertyKind::Transform, "none"),
    non_inherited("rx", PropertyKind::Length(PercentageAxis::X), "auto"),
    non_inherited("ry", PropertyKind::Length(PercentageAxis::Y), "auto"),
    non_inherited("scale", PropertyKind::Transform, "none"),
    inherited("shape-rendering", PropertyKind::Keyword, "auto"),
    non_inherited("stop-color", PropertyKind::Color, "black"),
    non_inherited("stop-opacity", PropertyKind::Opacity, "1"),
    inherited("stroke", PropertyKind::Paint, "none"),
    inherited("stroke-dasharray", PropertyKind::Dashes, "none"),
    inherited("stroke-dashoffset", PropertyKind::BareLength, "0"),
    inherited("stroke-linecap", PropertyKind::Words(&["butt", "round", "square"]), "butt"),
    inherited("stroke-linejoin", PropertyKind::Words(&["miter", "miter-clip", "round", "bevel", "arcs"]), "miter"),
    inherited("stroke-miterlimit", PropertyKind::AtLeastOne, "4"),
    inherited("stroke-opacity", PropertyKind::Opacity, "1"),
    inherited("stroke-width", PropertyKind::BareLength, "1"),
    inherited("text-anchor", PropertyKind::Words(&["start", "middle", "end"]), "start"),
    non_inherited("text-decoration", PropertyKind::Keyword, "none"),
    inherited("text-rendering", PropertyKind::Keyword, "auto"),
    inherited("text-transform", PropertyKind::Internal, "none"),
    non_inherited("transform", PropertyKind::Transform, "none"),
    non_inherited("transform-box", PropertyKind::Internal, "view-box"),
    non_inherited("transform-origin", PropertyKind::Internal, "0 0"),
    non_inherited("translate", PropertyKind::Transform, "none"),
    non_inherited("vector-effect", PropertyKind::Internal, "none"),
    inherited("visibility", PropertyKind::Words(&["visible", "hidden", "collapse"]), "visible"),
    inherited("white-space", PropertyKind::Internal, "normal"),
    non_inherited("width", PropertyKind::Length(PercentageAxis::X), "auto"),
    inherited("word-spacing", PropertyKind::Spacing, "normal"),
    inherited("writing-mode", PropertyKind::Keyword, "horizontal-tb"),
    non_inherited("x", PropertyKind::Length(PercentageAxis::X), "0"),
    non_inherited("y", PropertyKind::Length(PercentageAxis::Y), "0"),
];

/// Properties that have no effect on a still image.
#[rustfmt::skip]
pub(super) const IGNORED_PROPERTIES: &[&str] = &[
    "-moz-osx-font-smoothing", "-webkit-font-smoothing", "-webkit-tap-highlight-color", "-webkit-user-select",
    "animation-timing-function", "animation-play-state", "appearance", "aspect-ratio", "backface-visibility",
    "bottom", "box-sizing", "caret-color", "color-interpolation", "color-rendering", "color-scheme", "contain",
    "content", "cursor", "enable-background", "flex", "float", "font-display", "font-feature-settings",
    "font-optical-sizing", "font-synthesis", "forced-color-adjust", "grid", "hyphens", "inset", "left", "line-height",
    "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width", "min-height",
    "min-width", "object-fit", "object-position", "order", "orphans", "overflow-wrap", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "page-break-inside", "perspective", "perspective-origin",
    "pointer-events", "position", "print-color-adjust", "right", "shape-margin", "solid-color", "solid-opacity",
    "speak", "src", "stroke-alignment", "tab-size", "text-align", "text-indent", "text-rendering", "text-size-adjust",
    "top", "touch-action", "transform-style", "transition", "transition-delay", "transition-duration",
    "transition-property", "transition-timing-function", "user-select", "vertical-align", "widows", "will-change",
    "word-break", "word-wrap", "z-index", "zoom", "justify-content", "align-items", "font-size-adjust", "line-break",
    "unicode-bidi", "glyph-orientation-vertical", "glyph-orientation-horizontal", "kerning", "clip",
    "text-decoration-thickness", "text-underline-offset",
];

/// Looks up a property by name.
pub(super) fn property(name: &str) -> Option<&'static Property> {
    PROPERTIES.binary_search_by(|own| own.name.cmp(name)).ok().map(|at| &PROPERTIES[at])
}

/// Returns true if a value contains a variable.
pub(super) fn is_variable(value: &str) -> bool {
    value
        .as_bytes()
        .windows(4)
        .any(|window| window.eq_ignore_ascii_case(b"var(") || window.eq_ignore_ascii_case(b"env("))
}

/// Returns true if a value is one of the CSS-wide keywords.
pub(super) fn is_css_wide_keyword(value: &str) -> bool {
    ["inherit", "initial", "unset", "revert", "revert-layer"].iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// The origin of a value: attributes and `style` may omit units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueOrigin {
    Attribute,
    Style,
    Sheet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(PROPERTIES.is_sorted_by(|one, other| one.name < other.name));
    }
}
