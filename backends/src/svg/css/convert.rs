//! Converts CSS values to the form that the renderer reads in attributes.

use cssparser::{Parser, Token};

use super::{
    background, basic_shape, color, filter_functions,
    property::{Property, PropertyKind, ValueOrigin},
    scope::{PercentageAxis, Scope},
    transform,
    value::{self, NumberKind, Quantity, Units, format_number},
};

/// Converts a value to the renderer's form; `None` if it is not valid for the property.
pub(super) fn convert(property: &Property, value: &str, scope: &Scope, origin: ValueOrigin) -> Option<String> {
    let value = value.trim();
    let is_place = matches!(property.name, "x" | "y" | "cx" | "cy" | "r" | "rx" | "ry");
    let bare = origin != ValueOrigin::Sheet || is_place;
    match property.kind {
        PropertyKind::Paint => color::paint(value, scope.current).map(std::borrow::Cow::into_owned),
        PropertyKind::Color => color::single(value, scope.current),
        PropertyKind::Opacity => opacity(value),
        PropertyKind::Length(axis) => length(value, scope, axis, bare),
        PropertyKind::BareLength => length(value, scope, PercentageAxis::Other, true),
        PropertyKind::Dashes => dashes(value, scope),
        PropertyKind::FontSize => font_size(value, scope, bare).map(format_number),
        PropertyKind::Spacing if value.eq_ignore_ascii_case("normal") => Some("0".to_owned()),
        PropertyKind::Spacing => {
            value::length(value, &Units { whole: Some(scope.em), ..scope.plain() }, bare).map(format_number)
        }
        PropertyKind::Weight => weight(value),
        PropertyKind::AtLeastOne => number(value).filter(|limit| *limit >= 1.0).map(format_number),
        PropertyKind::Words(words) => {
            words.iter().find(|word| word.eq_ignore_ascii_case(value)).map(|word| (*word).to_owned())
        }
        PropertyKind::Keyword => convert_keyword(property.name, value),
        PropertyKind::Link => link(value),
        PropertyKind::Clip => basic_shape::is_clip(value).then(|| value.to_owned()),
        PropertyKind::Filter => filter_functions::is_filter(value, scope).then(|| value.to_owned()),
        PropertyKind::Transform => transform::is_valid(property.name, value, scope).then(|| value.to_owned()),
        PropertyKind::Path => path(value, origin == ValueOrigin::Attribute),
        PropertyKind::Internal => own_value(property.name, value, scope),
    }
}

fn number(value: &str) -> Option<f64> {
    value::parse(value, &Units::default()).filter(|one| one.kind == NumberKind::Number).map(|one| one.value)
}

fn opacity(value: &str) -> Option<String> {
    let Quantity { value, kind } = value::parse(value, &Units::default())?;
    matches!(kind, NumberKind::Number | NumberKind::Percent).then(|| format_number(value.clamp(0.0, 1.0)))
}

/// Converts a length; one that the renderer reads as CSS does stays unchanged.
pub(super) fn length(value: &str, scope: &Scope, axis: PercentageAxis, bare: bool) -> Option<String> {
    if value.eq_ignore_ascii_case("auto") {
        return Some(String::new());
    }
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    if value.len() - number.len() == 1 && value.ends_with('%') && number.parse::<f64>().is_ok() {
        return Some(value.to_owned());
    }
    value::length(value, &scope.units(axis), bare).map(format_number)
}

fn dashes(value: &str, scope: &Scope) -> Option<String> {
    if value.eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let (mut input, units) = (Parser::new(value), scope.units(PercentageAxis::Other));
    let mut dashes = Vec::new();
    while !input.is_exhausted() {
        dashes.push(format_number(value::length_from(&mut input, &units, true)?));
        let _ = input.try_parse(Parser::expect_comma);
    }
    (!dashes.is_empty()).then(|| dashes.join(" "))
}

/// Computes a font size in user units, for text whose parent has the size `scope.em`.
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
    // The renderer supports only multiples of 100.
    number(value)
        .filter(|weight| (1.0..=1000.0).contains(weight))
        .map(|weight| format_number(((weight / 100.0).round() * 100.0).clamp(100.0, 900.0)))
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

/// Maps a keyword value to the renderer's keyword.
fn convert_keyword(name: &str, value: &str) -> Option<String> {
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

/// Converts `overflow`; Chromium clips at `auto` and `clip` as at `hidden`.
fn overflow(value: &str) -> Option<String> {
    let known = value.split_whitespace().all(|word| ["visible", "hidden", "scroll", "auto", "clip"].contains(&word));
    known.then(|| if value.starts_with("visible") { "visible" } else { "hidden" }.to_owned())
}

/// Converts `none` or a reference to a part of the drawing.
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
        "background-image" => background::is_image(value, scope).then(|| value.to_owned()),
        // The names in a list of the element's animations.
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
