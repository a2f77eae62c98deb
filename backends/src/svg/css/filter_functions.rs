//! Filter functions of CSS as SVG filter elements.

use ::color::Srgb;
use cssparser::{ParseError, Parser};

use super::{
    color,
    scope::Scope,
    value::{self, CssParseError, NumberKind, Units, format_number},
};

/// A part of a `filter` value.
pub(super) enum FilterPart {
    /// A reference to a `filter` element, by its id.
    Link(String),
    /// A filter primitive, and how far its result extends beyond its input.
    Primitive { element: String, reach: f64 },
}

/// Returns true if `value` is valid for `filter`.
pub(super) fn is_filter(value: &str, scope: &Scope) -> bool {
    value.eq_ignore_ascii_case("none") || effects(value, scope).is_some()
}

/// Splits a `filter` value into its parts.
pub(super) fn effects(value: &str, scope: &Scope) -> Option<Vec<FilterPart>> {
    let mut input = Parser::new(value);
    let mut effects = Vec::new();
    while !input.is_exhausted() {
        if let Ok(target) = input.try_parse(Parser::expect_url) {
            effects.push(FilterPart::Link(target.strip_prefix('#')?.to_owned()));
            continue;
        }
        let name = input.expect_function().ok()?.to_ascii_lowercase();
        let effect = input.parse_nested_block(|input| {
            let effect = primitive(&name, input, scope)?;
            input.expect_exhausted()?;
            Ok::<_, CssParseError>(effect)
        });
        effects.push(effect.ok()?);
    }
    (!effects.is_empty()).then_some(effects)
}

fn primitive(name: &str, input: &mut Parser<'_>, scope: &Scope) -> Result<FilterPart, CssParseError> {
    let flat = |element: String| FilterPart::Primitive { element, reach: 0.0 };
    if name == "drop-shadow" {
        return shadow(input, scope);
    }
    if name == "blur" {
        let deviation = if input.is_exhausted() { 0.0 } else { length(input, scope)? };
        if deviation < 0.0 {
            return Err(ParseError::unexpected_token());
        }
        let element = format!(r#"<feGaussianBlur stdDeviation="{}"/>"#, format_number(deviation));
        return Ok(FilterPart::Primitive { element, reach: deviation * 3.0 });
    }
    if name == "hue-rotate" {
        let angle = value::number(input, &Units::default());
        let angle = angle
            .filter(|angle| angle.kind == NumberKind::Angle || angle.value == 0.0)
            .map_or(0.0, |angle| angle.value);
        return Ok(flat(format!(r#"<feColorMatrix type="hueRotate" values="{}"/>"#, format_number(angle))));
    }
    let amount = match value::number(input, &Units::default()) {
        Some(amount) if amount.value >= 0.0 && matches!(amount.kind, NumberKind::Number | NumberKind::Percent) => {
            amount.value
        }
        Some(_) => return Err(ParseError::unexpected_token()),
        None => 1.0,
    };
    let part = amount.min(1.0);
    let transfer = |function: &str| {
        format!(
            "<feComponentTransfer><feFuncR {function}/><feFuncG {function}/><feFuncB {function}/></feComponentTransfer>"
        )
    };
    let saturate = |amount: f64| format!(r#"<feColorMatrix type="saturate" values="{}"/>"#, format_number(amount));
    Ok(flat(match name {
        "brightness" => transfer(&format!(r#"type="linear" slope="{}""#, format_number(amount))),
        "contrast" => transfer(&format!(
            r#"type="linear" slope="{}" intercept="{}""#,
            format_number(amount),
            format_number(0.5 - amount / 2.0)
        )),
        "invert" => {
            transfer(&format!(r#"type="table" tableValues="{} {}""#, format_number(part), format_number(1.0 - part)))
        }
        "saturate" => saturate(amount),
        "grayscale" => saturate(1.0 - part),
        "sepia" => sepia(1.0 - part),
        "opacity" => format!(
            r#"<feComponentTransfer><feFuncA type="table" tableValues="0 {}"/></feComponentTransfer>"#,
            format_number(part)
        ),
        _ => return Err(ParseError::unexpected_token()),
    }))
}

fn sepia(rest: f64) -> String {
    let values = [
        0.393 + 0.607 * rest,
        0.769 - 0.769 * rest,
        0.189 - 0.189 * rest,
        0.0,
        0.0,
        0.349 - 0.349 * rest,
        0.686 + 0.314 * rest,
        0.168 - 0.168 * rest,
        0.0,
        0.0,
        0.272 - 0.272 * rest,
        0.534 - 0.534 * rest,
        0.131 + 0.869 * rest,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
        0.0,
    ];
    format!(r#"<feColorMatrix type="matrix" values="{}"/>"#, values.map(format_number).join(" "))
}

fn length(input: &mut Parser<'_>, scope: &Scope) -> Result<f64, CssParseError> {
    value::length_from(input, &scope.plain(), false).ok_or_else(ParseError::unexpected_token)
}

fn shadow(input: &mut Parser<'_>, scope: &Scope) -> Result<FilterPart, CssParseError> {
    let before = color::next(input, scope.current);
    let (x, y) = (length(input, scope)?, length(input, scope)?);
    let deviation = input.try_parse(|input| length(input, scope)).unwrap_or(0.0);
    let color = before.or_else(|| color::next(input, scope.current)).unwrap_or(scope.current);
    if deviation < 0.0 {
        return Err(ParseError::unexpected_token());
    }
    let alpha = f64::from(color.to_alpha_color::<Srgb>().components[3]);
    let solid = color::attribute(color.map(|x, y, z, _| [x, y, z, 1.0]));
    let offset = [x, y].map(format_number);
    let element = drop_shadow("", offset, &format_number(deviation), [&solid, &format_number(alpha)], "");
    Ok(FilterPart::Primitive { element, reach: deviation * 3.0 + x.abs().max(y.abs()) })
}

/// Writes a drop shadow as a chain of separate primitives, because the renderer's `feDropShadow` lightens the color in
/// sRGB.
pub(super) fn drop_shadow(
    input: &str,
    [x, y]: [String; 2],
    deviation: &str,
    [color, opacity]: [&str; 2],
    result: &str,
) -> String {
    let is_blurred = deviation.split([' ', ',']).any(|one| one.parse::<f64>().is_ok_and(|one| one > 0.0));
    let blur = if is_blurred { format!(r#"<feGaussianBlur stdDeviation="{deviation}"/>"#) } else { String::new() };
    [
        format!(r#"<feOffset{input} dx="0" dy="0" result="css-source"/>{blur}"#),
        format!(r#"<feOffset dx="{x}" dy="{y}" result="css-shade"/>"#),
        format!(r#"<feFlood flood-color="{color}" flood-opacity="{opacity}" result="css-flood"/>"#),
        r#"<feComposite in="css-flood" in2="css-shade" operator="in" result="css-shadow"/>"#.to_owned(),
        format!(r#"<feMerge{result}><feMergeNode in="css-shadow"/><feMergeNode in="css-source"/></feMerge>"#),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_become_primitives() {
        let of = |value: &str| match effects(value, &Scope::default())?.pop()? {
            FilterPart::Primitive { element, .. } => Some(element),
            FilterPart::Link(id) => Some(id),
        };
        assert_eq!(of("blur(2px)").as_deref(), Some(r#"<feGaussianBlur stdDeviation="2"/>"#));
        assert!(of("drop-shadow(2px 3px 4px rgb(0 0 0 / .5))").unwrap().contains(r#"flood-opacity="0.5""#));
        assert_eq!(of("url(#a)").as_deref(), Some("a"));
        for wrong in ["blur(2)", "blur(-1px)", "foo()", "brightness(1px)", ""] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
