//! The CSS properties that affect a drawing: the values that each takes, and its initial value.

use super::scope::Axis;

/// The kind of values that a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Paint,
    Color,
    Opacity,
    /// A length that needs a unit in style sheets.
    Length(Axis),
    /// A length for which a plain number is enough.
    Stroke,
    Dashes,
    FontSize,
    /// `normal` or a length.
    Spacing,
    Weight,
    /// A number of at least 1.
    Miter,
    Words(&'static [&'static str]),
    /// A keyword value that is mapped to the renderer's own.
    Free,
    Link,
    Clip,
    Filter,
    Transform,
    Path,
    /// A property that the renderer does not read, but this module does.
    Own,
}

/// A CSS property.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) inherited: bool,
    /// The value when nothing is declared.
    pub(super) initial: &'static str,
}

const fn inherited(name: &'static str, kind: Kind, initial: &'static str) -> Property {
    Property { name, kind, inherited: true, initial }
}

const fn own(name: &'static str, kind: Kind, initial: &'static str) -> Property {
    Property { name, kind, inherited: false, initial }
}

const RULES: Kind = Kind::Words(&["nonzero", "evenodd"]);

/// Every property that affects a drawing, sorted by name.
const PROPERTIES: &[Property] = &[
    own("alignment-baseline", Kind::Free, "auto"),
    own("animation-delay", Kind::Own, "0s"),
    own("animation-direction", Kind::Own, "normal"),
    own("animation-duration", Kind::Own, "0s"),
    own("animation-fill-mode", Kind::Own, "none"),
    own("animation-iteration-count", Kind::Own, "1"),
    own("animation-name", Kind::Own, "none"),
    own("background-color", Kind::Own, "transparent"),
    own("background-image", Kind::Own, "none"),
    own("baseline-shift", Kind::Free, "baseline"),
    own("clip-path", Kind::Clip, "none"),
    inherited("clip-rule", RULES, "nonzero"),
    inherited("color", Kind::Color, "black"),
    inherited("color-interpolation-filters", Kind::Words(&["auto", "sRGB", "linearRGB"]), "linearRGB"),
    own("cx", Kind::Length(Axis::X), "0"),
    own("cy", Kind::Length(Axis::Y), "0"),
    own("d", Kind::Path, "none"),
    inherited("direction", Kind::Words(&["ltr", "rtl"]), "ltr"),
    own("display", Kind::Free, "inline"),
    inherited("dominant-baseline", Kind::Free, "auto"),
    inherited("fill", Kind::Paint, "black"),
    inherited("fill-opacity", Kind::Opacity, "1"),
    inherited("fill-rule", RULES, "nonzero"),
    own("filter", Kind::Filter, "none"),
    own("flood-color", Kind::Color, "black"),
    own("flood-opacity", Kind::Opacity, "1"),
    inherited("font-family", Kind::Free, "serif"),
    inherited("font-kerning", Kind::Words(&["auto", "normal", "none"]), "auto"),
    inherited("font-size", Kind::FontSize, "medium"),
    inherited("font-stretch", Kind::Free, "normal"),
    inherited("font-style", Kind::Free, "normal"),
    inherited("font-variant", Kind::Free, "normal"),
    inherited("font-weight", Kind::Weight, "normal"),
    own("height", Kind::Length(Axis::Y), "auto"),
    inherited("image-rendering", Kind::Free, "auto"),
    own("isolation", Kind::Words(&["auto", "isolate"]), "auto"),
    inherited("letter-spacing", Kind::Spacing, "normal"),
    own("lighting-color", Kind::Color, "white"),
    inherited("marker-end", Kind::Link, "none"),
    inherited("marker-mid", Kind::Link, "none"),
    inherited("marker-start", Kind::Link, "none"),
    own("mask", Kind::Link, "none"),
    own("mask-type", Kind::Words(&["luminance", "alpha"]), "luminance"),
    own("mix-blend-mode", Kind::Free, "normal"),
    own("opacity", Kind::Opacity, "1"),
    own("overflow", Kind::Free, "visible"),
    inherited("paint-order", Kind::Free, "normal"),
    own("r", Kind::Length(Axis::Other), "0"),
    own("rotate", Kind::Transform, "none"),
    own("rx", Kind::Length(Axis::X), "auto"),
    own("ry", Kind::Length(Axis::Y), "auto"),
    own("scale", Kind::Transform, "none"),
    inherited("shape-rendering", Kind::Free, "auto"),
    own("stop-color", Kind::Color, "black"),
    own("stop-opacity", Kind::Opacity, "1"),
    inherited("stroke", Kind::Paint, "none"),
    inherited("stroke-dasharray", Kind::Dashes, "none"),
    inherited("stroke-dashoffset", Kind::Stroke, "0"),
    inherited("stroke-linecap", Kind::Words(&["butt", "round", "square"]), "butt"),
    inherited("stroke-linejoin", Kind::Words(&["miter", "miter-clip", "round", "bevel", "arcs"]), "miter"),
    inherited("stroke-miterlimit", Kind::Miter, "4"),
    inherited("stroke-opacity", Kind::Opacity, "1"),
    inherited("stroke-width", Kind::Stroke, "1"),
    inherited("text-anchor", Kind::Words(&["start", "middle", "end"]), "start"),
    own("text-decoration", Kind::Free, "none"),
    inherited("text-rendering", Kind::Free, "auto"),
    inherited("text-transform", Kind::Own, "none"),
    own("transform", Kind::Transform, "none"),
    own("transform-box", Kind::Own, "view-box"),
    own("transform-origin", Kind::Own, "0 0"),
    own("translate", Kind::Transform, "none"),
    own("vector-effect", Kind::Own, "none"),
    inherited("visibility", Kind::Words(&["visible", "hidden", "collapse"]), "visible"),
    inherited("white-space", Kind::Own, "normal"),
    own("width", Kind::Length(Axis::X), "auto"),
    inherited("word-spacing", Kind::Spacing, "normal"),
    inherited("writing-mode", Kind::Free, "horizontal-tb"),
    own("x", Kind::Length(Axis::X), "0"),
    own("y", Kind::Length(Axis::Y), "0"),
];

/// Properties that have no effect on a still image.
#[rustfmt::skip]
pub(super) const HARMLESS: &[&str] = &[
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
pub(super) fn is_wide(value: &str) -> bool {
    ["inherit", "initial", "unset", "revert", "revert-layer"].iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// The origin of a value: attributes and `style` may omit units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
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
