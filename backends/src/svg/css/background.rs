//! The background of a drawing as shapes: a color, and gradients in place of background images.

use std::fmt::Write as _;

use ::color::DynamicColor;
use cssparser::{ParseError, Parser, Token};

use super::{
    color,
    scope::Scope,
    transform::ReferenceBox,
    value::{self, CssParseError, NumberKind, Units, format_number},
};

/// Returns the color and image of a background, or `None` if it has more than these.
pub(super) fn expand(value: &str) -> Option<Vec<(&'static str, String)>> {
    let of =
        |color: &str, image: &str| vec![("background-color", color.to_owned()), ("background-image", image.to_owned())];
    if value.eq_ignore_ascii_case("none") {
        return Some(of("transparent", "none"));
    }
    if color::parse(value, color::black()).is_some() {
        return Some(of(value, "none"));
    }
    is_image(value, &Scope::default()).then(|| of("transparent", value))
}

/// Returns true if a background's image can be drawn.
pub(super) fn is_image(value: &str, scope: &Scope) -> bool {
    value.eq_ignore_ascii_case("none") || gradient(value, scope, [0.0, 0.0, 1.0, 1.0], "a").is_some()
}

/// Writes a gradient that fills `area`, as an element with the id `id`.
pub(super) fn gradient(value: &str, scope: &Scope, area: ReferenceBox, id: &str) -> Option<String> {
    let mut input = Parser::new(value);
    let name = input.expect_function().ok()?.to_ascii_lowercase();
    let (is_radial, spread) = match name.as_str() {
        "linear-gradient" | "-webkit-linear-gradient" => (false, "pad"),
        "repeating-linear-gradient" => (false, "repeat"),
        "radial-gradient" => (true, "pad"),
        _ => return None,
    };
    let found = input.parse_nested_block(|input| {
        if is_radial { radial(input, scope, area, id) } else { linear(input, scope, area, id, spread) }
    });
    found.ok().filter(|_| input.is_exhausted())
}

fn linear(
    input: &mut Parser<'_>,
    scope: &Scope,
    [left, top, width, height]: ReferenceBox,
    id: &str,
    spread: &str,
) -> Result<String, CssParseError> {
    let direction = input.try_parse(|input| {
        let angle = direction(input, width, height)?;
        input.expect_comma()?;
        Ok::<_, CssParseError>(angle)
    });
    let (sine, cosine) = direction.unwrap_or(std::f64::consts::PI).sin_cos();
    // The gradient line reaches from corner to corner in its direction.
    let length = (width * sine).abs() + (height * cosine).abs();
    let (x, y) = (left + width / 2.0, top + height / 2.0);
    let stops = stops(input, scope, length)?;
    let (first, last) = (stops.first().map_or(0.0, |stop| stop.1), stops.last().map_or(1.0, |stop| stop.1));
    let repeats = spread == "repeat" && last > first;
    let (from, to) = if repeats { (first - 0.5, last - 0.5) } else { (-0.5, 0.5) };
    let point = |at: f64| (format_number(x + sine * length * at), format_number(y - cosine * length * at));
    let ((x1, y1), (x2, y2)) = (point(from), point(to));
    let mut text = format!(
        r#"<linearGradient id="{id}" gradientUnits="userSpaceOnUse" spreadMethod="{spread}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">"#
    );
    for (color, at) in stops {
        stop(&mut text, color, if repeats { (at - first) / (last - first) } else { at });
    }
    Ok(text + "</linearGradient>")
}

fn stop(text: &mut String, color: DynamicColor, at: f64) {
    let (color, at) = (color::attribute(color), format_number(at));
    let _ = write!(text, r#"<stop offset="{at}" stop-color="{color}"/>"#);
}

/// Parses an angle in radians, clockwise from the top.
fn direction(input: &mut Parser<'_>, width: f64, height: f64) -> Result<f64, CssParseError> {
    if let Some(angle) = value::number(input, &Units::default()) {
        let fits = angle.kind == NumberKind::Angle || angle.value == 0.0;
        return if fits { Ok(angle.value.to_radians()) } else { Err(ParseError::unexpected_token()) };
    }
    input.expect_ident_matching("to")?;
    let (mut x, mut y) = (0.0, 0.0);
    while let Ok(side) = input.try_parse(Parser::expect_ident_cloned) {
        match side.to_ascii_lowercase().as_str() {
            "left" => x = -1.0,
            "right" => x = 1.0,
            "top" => y = 1.0,
            "bottom" => y = -1.0,
            _ => return Err(ParseError::unexpected_token()),
        }
    }
    // Toward a corner, CSS aligns the gradient with the other diagonal.
    Ok(if x != 0.0 && y != 0.0 { (x * height).atan2(y * width) } else { x.atan2(y) })
}

/// Parses color stops with positions from 0 to 1; stops without a position are spread evenly between the others.
fn stops(input: &mut Parser<'_>, scope: &Scope, length: f64) -> Result<Vec<(DynamicColor, f64)>, CssParseError> {
    let mut found: Vec<(DynamicColor, Option<f64>)> = Vec::new();
    let units = Units { whole: Some(length), ..scope.plain() };
    loop {
        let color = color::next(input, scope.current).ok_or_else(ParseError::<()>::unexpected_token)?;
        let place =
            |input: &mut Parser<'_>| value::length_from(input, &units, false).map(|place| place / length.max(1e-9));
        let first = place(input);
        found.push((color, first));
        if first.is_some()
            && let Some(second) = place(input)
        {
            found.push((color, Some(second)));
        }
        if input.is_exhausted() {
            break;
        }
        input.expect_comma()?;
    }
    if found.len() < 2 {
        return Err(ParseError::unexpected_token());
    }
    let last = found.len() - 1;
    found[0].1.get_or_insert(0.0);
    found[last].1.get_or_insert(1.0);
    let mut stops: Vec<(DynamicColor, f64)> = Vec::with_capacity(found.len());
    for (at, (color, place)) in found.iter().enumerate() {
        let before = stops.last().map_or(0.0, |stop| stop.1);
        let place = place.unwrap_or_else(|| {
            let next = (at..=last).find_map(|next| found[next].1.map(|place| (next, place)));
            let (next, end) = next.unwrap_or((last, 1.0));
            before + (end - before) / (next - at + 1) as f64
        });
        stops.push((*color, if at == 0 { place } else { place.max(before) }));
    }
    Ok(stops)
}

fn radial(
    input: &mut Parser<'_>,
    scope: &Scope,
    [left, top, width, height]: ReferenceBox,
    id: &str,
) -> Result<String, CssParseError> {
    let (mut is_circle, mut center, mut extent) = (false, (0.5, 0.5), "farthest-corner".to_owned());
    let (mut has_head, start) = (false, input.state());
    while let Ok(word) = input.try_parse(Parser::expect_ident_cloned) {
        has_head = true;
        match word.to_ascii_lowercase().as_str() {
            "circle" => is_circle = true,
            "ellipse" => is_circle = false,
            "at" => {
                center = position(input)?;
                break;
            }
            word @ ("farthest-corner" | "closest-side" | "farthest-side" | "closest-corner") => {
                word.clone_into(&mut extent);
            }
            // The list starts with a color: there is no prelude.
            _ => {
                input.reset(&start);
                has_head = false;
                break;
            }
        }
    }
    if has_head {
        input.expect_comma()?;
    }
    let (x, y) = (left + width * center.0, top + height * center.1);
    let (near_x, far_x) = ((x - left).min(left + width - x), (x - left).max(left + width - x));
    let (near_y, far_y) = ((y - top).min(top + height - y), (y - top).max(top + height - y));
    let (mut rx, mut ry) = match (extent.as_str(), is_circle) {
        ("closest-side", true) => (near_x.min(near_y), near_x.min(near_y)),
        ("farthest-side", true) => (far_x.max(far_y), far_x.max(far_y)),
        ("closest-corner", true) => (near_x.hypot(near_y), near_x.hypot(near_y)),
        (_, true) => (far_x.hypot(far_y), far_x.hypot(far_y)),
        ("closest-side", false) => (near_x, near_y),
        ("farthest-side", false) => (far_x, far_y),
        ("closest-corner", false) => (near_x * std::f64::consts::SQRT_2, near_y * std::f64::consts::SQRT_2),
        (_, false) => (far_x * std::f64::consts::SQRT_2, far_y * std::f64::consts::SQRT_2),
    };
    (rx, ry) = (rx.max(1e-4), ry.max(1e-4));
    let stops = stops(input, scope, rx)?;
    let mut text = format!(
        r#"<radialGradient id="{id}" gradientUnits="userSpaceOnUse" cx="0" cy="0" r="1" gradientTransform="matrix({} 0 0 {} {} {})">"#,
        format_number(rx),
        format_number(ry),
        format_number(x),
        format_number(y)
    );
    for (color, at) in stops {
        stop(&mut text, color, at);
    }
    Ok(text + "</radialGradient>")
}

fn position(input: &mut Parser<'_>) -> Result<(f64, f64), CssParseError> {
    let mut parts = Vec::new();
    while let Ok(part) = input.try_parse(|input| match input.next() {
        Ok(Token::Percentage { unit_value, .. }) => Ok(f64::from(*unit_value)),
        Ok(Token::Ident(word)) => match word.to_ascii_lowercase().as_str() {
            "left" | "top" => Ok(0.0),
            "right" | "bottom" => Ok(1.0),
            "center" => Ok(0.5),
            _ => Err(()),
        },
        _ => Err(()),
    }) {
        parts.push(part);
    }
    match parts.as_slice() {
        [x] => Ok((*x, 0.5)),
        [x, y] => Ok((*x, *y)),
        _ => Err(ParseError::unexpected_token()),
    }
}
