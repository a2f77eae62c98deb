//! Properties of CSS: which there are, what they take, and how an attribute for the renderer says the same.

use ::color::DynamicColor;
use cssparser::{Parser, Token};

use super::{
    color,
    remarks::Remarks,
    shape,
    sheet::Declaration,
    shorthand, transform,
    value::{self, Kind as Measure, Quantity, Units, written},
};

/// Which edge of the view a percentage is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    X,
    Y,
    Other,
}

/// What a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Paint,
    Color,
    Opacity,
    /// A length that style sheets write with a unit.
    Length(Axis),
    /// A length for which a plain number does.
    Stroke,
    Dashes,
    FontSize,
    /// `normal` or a length.
    Spacing,
    Weight,
    /// A number of at least 1.
    Miter,
    Words(&'static [&'static str]),
    /// A list of words.
    Free,
    Link,
    Clip,
    Filter,
    Transform,
    Path,
    /// Nothing for the renderer; something here reads it.
    Own,
}

/// A property.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) inherited: bool,
    /// What it is where nothing is declared.
    pub(super) initial: &'static str,
}

const fn inherited(name: &'static str, kind: Kind, initial: &'static str) -> Property {
    Property { name, kind, inherited: true, initial }
}

const fn own(name: &'static str, kind: Kind, initial: &'static str) -> Property {
    Property { name, kind, inherited: false, initial }
}

const RULES: Kind = Kind::Words(&["nonzero", "evenodd"]);

/// Everything that changes a drawing.
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

/// Properties that change nothing in a still drawing.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
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

/// Old names with a prefix that Chromium reads too.
fn unprefixed(name: &str) -> &str {
    let bare = name.strip_prefix("-webkit-").unwrap_or(name);
    let is_alias = ["transform", "transform-origin", "filter", "clip-path", "mask"].contains(&bare);
    if is_alias || bare.starts_with("animation") { bare } else { name }
}

/// The property of this name.
pub(super) fn property(name: &str) -> Option<&'static Property> {
    PROPERTIES.binary_search_by(|own| own.name.cmp(name)).ok().map(|at| &PROPERTIES[at])
}

/// Whether a value holds something that is put in later.
pub(super) fn is_variable(value: &str) -> bool {
    value
        .as_bytes()
        .windows(4)
        .any(|window| window.eq_ignore_ascii_case(b"var(") || window.eq_ignore_ascii_case(b"env("))
}

/// Whether a value is one of the keywords that every property has.
pub(super) fn is_wide(value: &str) -> bool {
    ["inherit", "initial", "unset", "revert", "revert-layer"].iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// The longhands that a declaration stands for; what is not drawn is remarked.
pub(super) fn declared(
    name: &str,
    value: &str,
    important: bool,
    origin: Origin,
    remarks: &mut Remarks,
) -> Vec<Declaration> {
    let declaration = |name: &str, value: String| Declaration { name: name.to_owned(), value, important };
    if name.starts_with("--") {
        return vec![declaration(name, value.to_owned())];
    }
    let lower = name.to_ascii_lowercase();
    let name = unprefixed(&lower);
    if let Some(longhands) = shorthand::longhands(name) {
        if is_wide(value) {
            return longhands.iter().map(|name| declaration(name, value.to_ascii_lowercase())).collect();
        }
        if is_variable(value) {
            return longhands.iter().map(|longhand| declaration(longhand, shorthand::pending(name, value))).collect();
        }
        let Some(expanded) = shorthand::expanded(name, value) else {
            remarks.unsupported(name, value);
            return Vec::new();
        };
        return expanded.into_iter().map(|(name, value)| declaration(name, value)).collect();
    }
    if property(name).is_some_and(|property| is_wide(value) || is_variable(value) || takes(property, value, origin)) {
        return vec![declaration(name, value.to_owned())];
    }
    if !HARMLESS.contains(&name) {
        remarks.unsupported(name, value);
    }
    Vec::new()
}

/// Whether a declaration would be drawn.
pub(super) fn accepts(name: &str, value: &str) -> bool {
    let name = unprefixed(name);
    if name.starts_with("--") || is_wide(value) || HARMLESS.contains(&name) {
        return true;
    }
    match shorthand::longhands(name) {
        Some(_) => shorthand::expanded(name, value).is_some(),
        None => property(name).is_some_and(|property| takes(property, value, Origin::Sheet)),
    }
}

fn takes(property: &Property, value: &str, origin: Origin) -> bool {
    converted(property, value, &Scope::default(), origin).is_some()
}

/// Where a value was written: attributes and `style` may leave out units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Attribute,
    Style,
    Sheet,
}

/// What values of an element refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) em: f64,
    pub(super) rem: f64,
    pub(super) window: (f64, f64),
    /// The size of the nearest view, in its units.
    pub(super) view: (f64, f64),
    /// The color of text.
    pub(super) current: DynamicColor,
}

impl Default for Scope {
    fn default() -> Self {
        Self { em: 16.0, rem: 16.0, window: (100.0, 100.0), view: (100.0, 100.0), current: color::black() }
    }
}

impl Scope {
    /// Units in which percentages are of an edge of the view.
    pub(super) fn units(&self, axis: Axis) -> Units<'static> {
        let (width, height) = self.view;
        let whole = match axis {
            Axis::X => width,
            Axis::Y => height,
            Axis::Other => width.hypot(height) / std::f64::consts::SQRT_2,
        };
        Units { whole: Some(whole), ..self.plain() }
    }

    /// Units in which percentages stay what they are.
    pub(super) fn plain(&self) -> Units<'static> {
        Units { em: self.em, rem: self.rem, window: self.window, whole: None, names: &[] }
    }
}

/// What an attribute for the renderer has; `None` where the value is none of the property's.
pub(super) fn converted(property: &Property, value: &str, scope: &Scope, origin: Origin) -> Option<String> {
    let value = value.trim();
    let is_place = matches!(property.name, "x" | "y" | "cx" | "cy" | "r" | "rx" | "ry");
    let bare = origin != Origin::Sheet || is_place;
    match property.kind {
        Kind::Paint => color::paint(value, scope.current).map(std::borrow::Cow::into_owned),
        Kind::Color => color::single(value, scope.current),
        Kind::Opacity => opacity(value),
        Kind::Length(axis) => length(value, scope, axis, bare),
        Kind::Stroke => length(value, scope, Axis::Other, true),
        Kind::Dashes => dashes(value, scope),
        Kind::FontSize => font_size(value, scope, bare).map(written),
        Kind::Spacing if value.eq_ignore_ascii_case("normal") => Some("0".to_owned()),
        Kind::Spacing => value::length(value, &Units { whole: Some(scope.em), ..scope.plain() }, bare).map(written),
        Kind::Weight => weight(value),
        Kind::Miter => number(value).filter(|limit| *limit >= 1.0).map(written),
        Kind::Words(words) => words.iter().find(|word| word.eq_ignore_ascii_case(value)).map(|word| (*word).to_owned()),
        Kind::Free => free(property.name, value),
        Kind::Link => link(value),
        Kind::Clip => shape::is_clip(value).then(|| value.to_owned()),
        Kind::Filter => super::effects::is_filter(value, scope).then(|| value.to_owned()),
        Kind::Transform => transform::is_valid(property.name, value, scope).then(|| value.to_owned()),
        Kind::Path => path(value, origin == Origin::Attribute),
        Kind::Own => own_value(property.name, value, scope),
    }
}

fn number(value: &str) -> Option<f64> {
    value::parse(value, &Units::default()).filter(|one| one.kind == Measure::Number).map(|one| one.value)
}

fn opacity(value: &str) -> Option<String> {
    let Quantity { value, kind } = value::parse(value, &Units::default())?;
    matches!(kind, Measure::Number | Measure::Percent).then(|| written(value.clamp(0.0, 1.0)))
}

/// A length; what the renderer reads as CSS does stays as it is.
pub(super) fn length(value: &str, scope: &Scope, axis: Axis, bare: bool) -> Option<String> {
    if value.eq_ignore_ascii_case("auto") {
        return Some(String::new());
    }
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    if value.len() - number.len() == 1 && value.ends_with('%') && number.parse::<f64>().is_ok() {
        return Some(value.to_owned());
    }
    value::length(value, &scope.units(axis), bare).map(written)
}

fn dashes(value: &str, scope: &Scope) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut input, units) = (Parser::new(value), scope.units(Axis::Other));
    let mut dashes = Vec::new();
    while !input.is_exhausted() {
        dashes.push(written(value::length_from(&mut input, &units, true)?));
        let _ = input.try_parse(Parser::expect_comma);
    }
    (!dashes.is_empty()).then(|| dashes.join(" "))
}

/// A size of text in user units, within text of the size `scope.em`.
pub(super) fn font_size(value: &str, scope: &Scope, bare: bool) -> Option<f64> {
    let absolute = |factor: f64| Some(16.0 * factor);
    match value.to_ascii_lowercase().as_str() {
        "xx-small" => absolute(0.5625),
        "x-small" => absolute(0.625),
        "small" => absolute(0.8125),
        "medium" => absolute(1.0),
        "large" => absolute(1.125),
        "x-large" => absolute(1.5),
        "xx-large" => absolute(2.0),
        "xxx-large" => absolute(3.0),
        "smaller" => Some(scope.em / 1.2),
        "larger" => Some(scope.em * 1.2),
        _ => {
            let units = Units { whole: Some(scope.em), ..scope.plain() };
            value::length(value, &units, bare).filter(|size| *size >= 0.0)
        }
    }
}

fn weight(value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    if ["normal", "bold", "bolder", "lighter"].contains(&lower.as_str()) {
        return Some(lower);
    }
    // The renderer knows the hundreds.
    number(value)
        .filter(|weight| (1.0..=1000.0).contains(weight))
        .map(|weight| written(((weight / 100.0).round() * 100.0).clamp(100.0, 900.0)))
}

#[rustfmt::skip]
const BLENDS: &[&str] = &[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn", "hard-light",
    "soft-light", "difference", "exclusion", "hue", "saturation", "color", "luminosity", "plus-lighter",
];
#[rustfmt::skip]
const BASELINES: &[&str] = &[
    "auto", "baseline", "use-script", "no-change", "reset-size", "ideographic", "alphabetic", "hanging", "mathematical",
    "central", "middle", "text-after-edge", "text-before-edge", "before-edge", "after-edge", "text-bottom", "text-top",
];
#[rustfmt::skip]
const WRITING_MODES: &[&str] = &[
    "horizontal-tb", "vertical-rl", "vertical-lr", "lr", "lr-tb", "rl", "rl-tb", "tb", "tb-rl", "sideways-rl",
];
const SHAPES: &[&str] = &["auto", "optimizeSpeed", "crispEdges", "geometricPrecision", "optimizeLegibility"];
const SCALINGS: &[&str] = &["auto", "optimizeSpeed", "optimizeQuality", "pixelated", "crisp-edges", "smooth"];

/// A value that is words: the renderer's word for it.
fn free(name: &str, value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let one_of = |words: &[&str]| words.iter().find(|word| word.eq_ignore_ascii_case(value)).map(ToString::to_string);
    match name {
        "font-family" => (!value.is_empty()).then(|| value.to_owned()),
        "mix-blend-mode" => one_of(BLENDS),
        "shape-rendering" | "text-rendering" => one_of(SHAPES),
        "image-rendering" if lower == "-webkit-optimize-contrast" => Some("crisp-edges".to_owned()),
        "image-rendering" => one_of(SCALINGS),
        "font-style" => one_of_first(&lower, &["normal", "italic", "oblique"]),
        "overflow" => overflow(&lower),
        "dominant-baseline" | "alignment-baseline" => one_of(BASELINES).map(|word| match word.as_str() {
            "text-bottom" => "text-after-edge".to_owned(),
            "text-top" => "text-before-edge".to_owned(),
            _ => word,
        }),
        "writing-mode" => {
            one_of(WRITING_MODES).map(|mode| if mode.starts_with("vertical") { "tb".to_owned() } else { mode })
        }
        "font-variant" => Some(if lower.contains("small-caps") { "small-caps" } else { "normal" }.to_owned()),
        "font-stretch" | "display" | "paint-order" => {
            let words = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ' | '%' | '.');
            (!lower.is_empty() && lower.chars().all(words)).then_some(lower)
        }
        "text-decoration" => Some(lower),
        _ => (!lower.is_empty()).then_some(lower),
    }
}

fn one_of_first(value: &str, words: &[&str]) -> Option<String> {
    let first = value.split_whitespace().next()?;
    words.contains(&first).then(|| first.to_owned())
}

/// Chromium cuts off at `auto` and `clip` as at `hidden`.
fn overflow(value: &str) -> Option<String> {
    let known = value.split_whitespace().all(|word| ["visible", "hidden", "scroll", "auto", "clip"].contains(&word));
    known.then(|| if value.starts_with("visible") { "visible" } else { "hidden" }.to_owned())
}

/// `none` or a part of the drawing.
fn link(value: &str) -> Option<String> {
    let mut input = Parser::new(value);
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return input.is_exhausted().then(|| "none".to_owned());
    }
    let target = input.expect_url().ok()?;
    (input.is_exhausted() && target.starts_with('#')).then(|| format!("url({target})"))
}

fn path(value: &str, bare: bool) -> Option<String> {
    if bare {
        return Some(value.to_owned());
    }
    if value.eq_ignore_ascii_case("none") {
        return Some(String::new());
    }
    let mut input = Parser::new(value);
    input.expect_function_matching("path").ok()?;
    let data =
        input.parse_nested_block(|input| input.expect_string_cloned().map_err(cssparser::ParseError::<()>::from));
    data.ok().filter(|_| input.is_exhausted()).map(|data| data.as_ref().to_owned())
}

fn own_value(name: &str, value: &str, scope: &Scope) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let one_of = |words: &[&str]| words.contains(&lower.as_str()).then(|| lower.clone());
    match name {
        "vector-effect" => one_of(&["none", "non-scaling-stroke"]),
        "transform-box" => one_of(&["content-box", "border-box", "fill-box", "stroke-box", "view-box"]),
        "transform-origin" => transform::origin(value, scope, [0.0; 4]).map(|_| value.to_owned()),
        "text-transform" => one_of(&["none", "uppercase", "lowercase", "capitalize"]),
        "white-space" => one_of(&["normal", "nowrap", "pre", "pre-wrap", "pre-line", "break-spaces"]),
        "background-color" => color::parse(value, scope.current).map(|_| value.to_owned()),
        "background-image" => super::background::is_image(value, scope).then(|| value.to_owned()),
        // A list of an element's animations.
        _ => {
            let mut input = Parser::new(value);
            let mut is_plain = true;
            while let Ok(token) = input.next() {
                is_plain &= !matches!(token, Token::CurlyBracketBlock | Token::SquareBracketBlock);
            }
            (is_plain && !value.is_empty()).then(|| value.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(PROPERTIES.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn invalid_values_are_left_out_and_remarked() {
        let mut remarks = Remarks::default();
        for (name, value, expected) in [
            ("fill", "hsl(0 100% 50%)", 1),
            ("font-size", "20", 0),
            ("stroke-width", "2", 1),
            ("margin", "0 auto", 0),
            ("foo", "bar", 0),
            ("marker", "url(#a)", 3),
        ] {
            assert_eq!(declared(name, value, false, Origin::Sheet, &mut remarks).len(), expected, "{name}: {value}");
        }
        assert_eq!(remarks.into_lines(), ["CSS `font-size: 20` is not supported", "CSS `foo: bar` is not supported"]);
    }
}
