//! CSS colors converted to sRGB: names, hex, every color function, mixes and relative colors.

use std::borrow::Cow;

use color::{AlphaColor, ColorSpaceTag, DynamicColor, HueDirection, Srgb};
use cssparser::{ParseError, Parser, Token};

use super::value::{self, CssParseError, NumberKind, Units, format_number};

/// The deepest nesting of color mixes.
const MAX_DEPTH: usize = 16;

/// A resolved color, or a reference to the text color.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ResolvedColor {
    Current,
    Fixed(DynamicColor),
}

/// System color names with the values of a light theme, as in Chromium.
const SYSTEM: &[(&str, &str)] = &[
    ("accentcolor", "#0075ff"),
    ("accentcolortext", "#fff"),
    ("activetext", "#f00"),
    ("buttonborder", "#000"),
    ("buttonface", "#efefef"),
    ("buttontext", "#000"),
    ("canvas", "#fff"),
    ("canvastext", "#000"),
    ("field", "#fff"),
    ("fieldtext", "#000"),
    ("graytext", "rgb(128 128 128)"),
    ("highlight", "rgb(0 120 215 / .8)"),
    ("highlighttext", "#000"),
    ("linktext", "#0000ee"),
    ("mark", "#ff0"),
    ("marktext", "#000"),
    ("selecteditem", "#1967d2"),
    ("selecteditemtext", "#fff"),
    ("visitedtext", "#551a8b"),
];

/// Parses `text` as a color; `current` is the text color, for mixes that use it.
pub(super) fn parse(text: &str, current: DynamicColor) -> Option<ResolvedColor> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("currentcolor") {
        return Some(ResolvedColor::Current);
    }
    let mut input = Parser::new(text);
    let found = parse_fixed(&mut input, current, 0).ok()?;
    input.is_exhausted().then_some(ResolvedColor::Fixed(found))
}

/// Parses the next color of the input, with `currentColor` resolved.
pub(super) fn next(input: &mut Parser<'_>, current: DynamicColor) -> Option<DynamicColor> {
    input.try_parse(|input| parse_fixed(input, current, 0)).ok()
}

/// Black, the initial color of text.
pub(super) fn black() -> DynamicColor {
    DynamicColor::from_alpha_color(AlphaColor::<Srgb>::BLACK)
}

/// Formats a color as an attribute value.
pub(super) fn attribute(color: DynamicColor) -> String {
    let [red, green, blue, alpha] =
        color.to_alpha_color::<Srgb>().components.map(|part| if part.is_nan() { 0.0 } else { part });
    let byte = |part: f32| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
    let (red, green, blue, alpha) = (byte(red), byte(green), byte(blue), alpha.clamp(0.0, 1.0));
    if alpha >= 1.0 {
        format!("#{red:02x}{green:02x}{blue:02x}")
    } else {
        format!("rgba({red},{green},{blue},{})", format_number(f64::from(alpha)))
    }
}

fn parse_fixed(input: &mut Parser<'_>, current: DynamicColor, depth: usize) -> Result<DynamicColor, CssParseError> {
    let start = input.position();
    let name = match input.next()? {
        Token::Hash(_) | Token::IDHash(_) => return simple(input.slice_from(start)),
        Token::Ident(name) => {
            let name = name.to_ascii_lowercase();
            if name == "currentcolor" {
                return Ok(current);
            }
            let system = SYSTEM.iter().find(|(own, _)| *own == name).map(|(_, color)| *color);
            return simple(system.unwrap_or(&name));
        }
        Token::Function(name) => name.to_ascii_lowercase(),
        _ => return Err(ParseError::unexpected_token()),
    };
    if depth > MAX_DEPTH {
        return Err(ParseError::unexpected_token());
    }
    input.parse_nested_block(|input| match name.as_str() {
        "color-mix" => mix(input, current, depth),
        "light-dark" => {
            let light = parse_fixed(input, current, depth + 1)?;
            input.expect_comma()?;
            parse_fixed(input, current, depth + 1)?;
            Ok(light)
        }
        "device-cmyk" => Err(ParseError::unexpected_token()),
        _ => function(&name, input, current, depth),
    })
}

fn simple(text: &str) -> Result<DynamicColor, CssParseError> {
    color::parse_color(text.trim()).map_err(|_| ParseError::unexpected_token())
}

/// Parses a color function whose arguments are computed first.
fn function(
    name: &str,
    input: &mut Parser<'_>,
    current: DynamicColor,
    depth: usize,
) -> Result<DynamicColor, CssParseError> {
    let origin = input.try_parse(|input| {
        input.expect_ident_matching("from")?;
        parse_fixed(input, current, depth + 1)
    });
    let mut text = format!("{name}(");
    let mut channels: Vec<(&str, f64)> = Vec::new();
    let mut tag = space(name);
    if name == "color" {
        let space_name = input.expect_ident_cloned()?.to_ascii_lowercase();
        tag = space(&space_name);
        text.extend([space_name.as_str(), " "]);
    }
    if let Ok(origin) = origin {
        let tag = tag.ok_or_else(ParseError::unexpected_token)?;
        channels = named_channels(name, origin.convert(tag).components);
    }
    let units = Units { names: &channels, ..Units::default() };
    while !input.is_exhausted() {
        if let Some(quantity) = value::number(input, &units) {
            let unit = match quantity.kind {
                NumberKind::Number => "",
                NumberKind::Percent => "%",
                NumberKind::Angle => "deg",
                NumberKind::Length | NumberKind::Time => return Err(ParseError::unexpected_token()),
            };
            let factor = if quantity.kind == NumberKind::Percent { 100.0 } else { 1.0 };
            text.extend([&format_number(quantity.value * factor), unit, " "]);
            continue;
        }
        match input.next()? {
            Token::Comma => {
                text.truncate(text.trim_end().len());
                text.push_str(", ");
            }
            Token::Delim('/') => text.push_str("/ "),
            Token::Ident(name) if name.eq_ignore_ascii_case("none") => text.push_str("none "),
            _ => return Err(ParseError::unexpected_token()),
        }
    }
    text.push(')');
    simple(&text)
}

fn space(name: &str) -> Option<ColorSpaceTag> {
    Some(match name {
        "rgb" | "rgba" | "srgb" => ColorSpaceTag::Srgb,
        "srgb-linear" => ColorSpaceTag::LinearSrgb,
        "hsl" | "hsla" => ColorSpaceTag::Hsl,
        "hwb" => ColorSpaceTag::Hwb,
        "lab" => ColorSpaceTag::Lab,
        "lch" => ColorSpaceTag::Lch,
        "oklab" => ColorSpaceTag::Oklab,
        "oklch" => ColorSpaceTag::Oklch,
        "display-p3" => ColorSpaceTag::DisplayP3,
        "a98-rgb" => ColorSpaceTag::A98Rgb,
        "prophoto-rgb" => ColorSpaceTag::ProphotoRgb,
        "rec2020" => ColorSpaceTag::Rec2020,
        "xyz" | "xyz-d65" => ColorSpaceTag::XyzD65,
        "xyz-d50" => ColorSpaceTag::XyzD50,
        _ => return None,
    })
}

/// Names the channels of the origin of a relative color.
fn named_channels(function: &str, [one, two, three, alpha]: [f32; 4]) -> Vec<(&'static str, f64)> {
    let (names, scale) = match function {
        "rgb" | "rgba" => (["r", "g", "b"], 255.0),
        "hsl" | "hsla" => (["h", "s", "l"], 1.0),
        "hwb" => (["h", "w", "b"], 1.0),
        "lab" | "oklab" => (["l", "a", "b"], 1.0),
        "lch" | "oklch" => (["l", "c", "h"], 1.0),
        _ => (["r", "g", "b"], 1.0),
    };
    let mut channels = vec![("alpha", f64::from(alpha))];
    let values = [one, two, three].map(|value| f64::from(value) * scale);
    channels.extend(names.into_iter().zip(values));
    if function == "color" {
        channels.extend(["x", "y", "z"].into_iter().zip(values));
    }
    channels
}

/// Parses the arguments of `color-mix(in oklch longer hue, red 30%, blue)`.
fn mix(input: &mut Parser<'_>, current: DynamicColor, depth: usize) -> Result<DynamicColor, CssParseError> {
    let (mut tag, mut direction) = (ColorSpaceTag::Oklab, HueDirection::default());
    let way = input.try_parse(|input| {
        input.expect_ident_matching("in")?;
        let name = input.expect_ident_cloned()?.to_ascii_lowercase();
        let tag = space(&name).ok_or_else(ParseError::<()>::unexpected_token)?;
        let direction = input.try_parse(|input| {
            let way = input.expect_ident_cloned()?;
            input.expect_ident_matching("hue")?;
            Ok::<_, CssParseError>(match &*way.to_ascii_lowercase() {
                "longer" => HueDirection::Longer,
                "increasing" => HueDirection::Increasing,
                "decreasing" => HueDirection::Decreasing,
                _ => HueDirection::Shorter,
            })
        });
        input.expect_comma()?;
        Ok::<_, CssParseError>((tag, direction.unwrap_or_default()))
    });
    if let Ok(way) = way {
        (tag, direction) = way;
    }
    let (one, first) = share(input, current, depth)?;
    input.expect_comma()?;
    let (other, second) = share(input, current, depth)?;
    let (first, second) = match (first, second) {
        (None, None) => (0.5, 0.5),
        (Some(first), None) => (first, 1.0 - first),
        (None, Some(second)) => (1.0 - second, second),
        (Some(first), Some(second)) => (first, second),
    };
    let whole = first + second;
    if whole <= 0.0 {
        return Err(ParseError::unexpected_token());
    }
    let mixed = one.interpolate(other, tag, direction).eval((second / whole) as f32);
    Ok(if whole < 1.0 { mixed.map(|x, y, z, alpha| [x, y, z, alpha * whole as f32]) } else { mixed })
}

fn share(
    input: &mut Parser<'_>,
    current: DynamicColor,
    depth: usize,
) -> Result<(DynamicColor, Option<f64>), CssParseError> {
    let part = |input: &mut Parser<'_>| {
        value::number(input, &Units::default()).filter(|part| part.kind == NumberKind::Percent).map(|part| part.value)
    };
    let before = input.try_parse(|input| part(input).ok_or(())).ok();
    let color = parse_fixed(input, current, depth + 1)?;
    let after = input.try_parse(|input| part(input).ok_or(())).ok();
    Ok((color, before.or(after)))
}

/// Converts `text`, a single color, to an attribute value.
pub(super) fn single(text: &str, current: DynamicColor) -> Option<String> {
    Some(match parse(text, current)? {
        ResolvedColor::Current => "currentColor".to_owned(),
        ResolvedColor::Fixed(color) => attribute(color),
    })
}

/// Converts a paint to an attribute value: a color, a reference with or without a fallback color, or a keyword.
pub(super) fn paint(text: &str, current: DynamicColor) -> Option<Cow<'_, str>> {
    let lower = text.trim().to_ascii_lowercase();
    if matches!(lower.as_str(), "none" | "context-fill" | "context-stroke") {
        return Some(lower.into());
    }
    if !lower.starts_with("url(") {
        return single(text, current).map(Cow::Owned);
    }
    let end = text.find(')')? + 1;
    let (link, fallback) = text.trim_start().split_at(end - (text.len() - text.trim_start().len()));
    let fallback = fallback.trim();
    if fallback.is_empty() || fallback.eq_ignore_ascii_case("none") {
        return Some(text.trim().into());
    }
    Some(format!("{link} {}", single(fallback, current)?).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_becomes_a_color_of_srgb() {
        for (text, expected) in [
            ("gold", "#ffd700"),
            ("#abcd", "rgba(170,187,204,0.86667)"),
            ("transparent", "rgba(0,0,0,0)"),
            ("hsl(120deg 100% 25%)", "#008000"),
            ("hsl(calc(60 * 2), 100%, 25%)", "#008000"),
            ("hwb(0 0% 0%)", "#ff0000"),
            ("rgb(255 0 0 / 50%)", "rgba(255,0,0,0.5)"),
            ("color(srgb 0 1 0)", "#00ff00"),
            ("color-mix(in srgb, red, blue)", "#800080"),
            ("color-mix(in srgb, red 25%, blue)", "#4000bf"),
            ("color-mix(in srgb, currentColor, white)", "#808080"),
            ("rgb(from red calc(r / 2) g 128)", "#800080"),
            ("light-dark(white, black)", "#ffffff"),
            ("CanvasText", "#000000"),
        ] {
            assert_eq!(paint(text, black()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(paint("url(#a) hsl(0 100% 50%)", black()).as_deref(), Some("url(#a) #ff0000"));
        assert_eq!(paint("currentcolor", black()).as_deref(), Some("currentColor"));
        for wrong in ["", "notacolor", "rgb(1px 2 3)", "color-mix(red)", "12px", "red blue"] {
            assert_eq!(paint(wrong, black()), None, "{wrong}");
        }
    }
}
