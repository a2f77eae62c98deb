//! Basic shapes of `clip-path` as paths.

use cssparser::{ParseError, Parser, Token};
use kurbo::{Affine, BezPath};

use super::{
    geometry::{ellipse_path, rectangle},
    scope::Scope,
    transform::{self, ReferenceBox},
    value::{self, CssParseError, Units},
};

/// The names of the boxes that a shape may refer to.
const BOXES: &[&str] =
    &["margin-box", "border-box", "padding-box", "content-box", "fill-box", "stroke-box", "view-box"];

/// A clipping path.
#[derive(Debug, PartialEq)]
pub(super) struct ClipShape {
    pub(super) data: String,
    pub(super) evenodd: bool,
}

/// Returns true if `value` is valid for `clip-path`.
pub(super) fn is_clip(value: &str) -> bool {
    value.eq_ignore_ascii_case("none")
        || link(value).is_some()
        || clip(value, &Scope::default(), &|_| Some([0.0, 0.0, 1.0, 1.0])).is_some()
}

/// Returns the id of the part of the drawing that a value refers to.
pub(super) fn link(value: &str) -> Option<String> {
    let mut input = Parser::new(value);
    let target = input.expect_url().ok()?;
    if !input.is_exhausted() {
        return None;
    }
    target.strip_prefix('#').map(str::to_owned)
}

/// Computes the path of a shape; `boxed` returns a reference box by its name.
pub(super) fn clip(value: &str, scope: &Scope, boxed: &dyn Fn(&str) -> Option<ReferenceBox>) -> Option<ClipShape> {
    let mut input = Parser::new(value);
    let box_name = |input: &mut Parser<'_>| {
        let name = input.try_parse(|input| {
            let name = input.expect_ident_cloned().map_err(|_| ())?.to_ascii_lowercase();
            if BOXES.contains(&name.as_str()) { Ok(name) } else { Err(()) }
        });
        name.ok()
    };
    let before = box_name(&mut input);
    let start = input.state();
    let is_shape = input.try_parse(|input| input.expect_function().map(|_| ())).is_ok();
    input.reset(&start);
    if !is_shape {
        let around = boxed(&before?)?;
        let whole = ClipShape { data: rectangle(around, [(0.0, 0.0); 4]), evenodd: false };
        return input.is_exhausted().then_some(whole);
    }
    // The reference box may follow its shape.
    let mut ahead = Parser::new(value);
    let mut after = None;
    while let Ok(token) = ahead.next() {
        if let Token::Ident(name) = token {
            after = Some(name.to_ascii_lowercase());
        }
    }
    let name = before.or(after).unwrap_or_else(|| "border-box".to_owned());
    let around = boxed(&name)?;
    let name = input.expect_function().ok()?.to_ascii_lowercase();
    let clip = input.parse_nested_block(|input| shape(&name, input, scope, around)).ok()?;
    let _ = box_name(&mut input);
    input.is_exhausted().then_some(clip)
}

fn shape(name: &str, input: &mut Parser<'_>, scope: &Scope, around: ReferenceBox) -> Result<ClipShape, CssParseError> {
    let rule = |input: &mut Parser<'_>| {
        let rule = input.try_parse(|input| match &*input.expect_ident_cloned()?.to_ascii_lowercase() {
            rule @ ("evenodd" | "nonzero") => input.expect_comma().map(|()| rule == "evenodd"),
            _ => Err(cssparser::BasicParseError::unexpected_token()),
        });
        rule.unwrap_or(false)
    };
    let plain = |data: String| ClipShape { data, evenodd: false };
    Ok(match name {
        "circle" => plain(circle(input, scope, around)?),
        "ellipse" => plain(ellipse(input, scope, around)?),
        "inset" | "rect" | "xywh" => plain(rectangular(name, input, scope, around)?),
        "polygon" => {
            let evenodd = rule(input);
            let points = input.parse_comma_separated(|input| point(input, scope, around))?;
            let points: Vec<String> = points.into_iter().map(|(x, y)| transform::point(x, y)).collect();
            ClipShape { data: format!("M{}Z", points.join("L")), evenodd }
        }
        "path" => {
            let evenodd = rule(input);
            let data = input.expect_string_cloned()?;
            let path = BezPath::from_svg(&data).map_err(|_| ParseError::<()>::unexpected_token())?;
            ClipShape { data: (Affine::translate((around[0], around[1])) * path).to_svg(), evenodd }
        }
        _ => return Err(ParseError::unexpected_token()),
    })
}

fn length(input: &mut Parser<'_>, scope: &Scope, whole: f64) -> Result<f64, CssParseError> {
    let units = Units { whole: Some(whole), ..scope.plain() };
    value::length_from(input, &units, false).ok_or_else(ParseError::unexpected_token)
}

fn point(
    input: &mut Parser<'_>,
    scope: &Scope,
    [left, top, width, height]: ReferenceBox,
) -> Result<(f64, f64), CssParseError> {
    Ok((left + length(input, scope, width)?, top + length(input, scope, height)?))
}

/// Parses `at` and a position, by default the center.
fn center(input: &mut Parser<'_>, scope: &Scope, around: ReferenceBox) -> Result<(f64, f64), CssParseError> {
    let [left, top, width, height] = around;
    if input.try_parse(|input| input.expect_ident_matching("at")).is_err() {
        return Ok((left + width / 2.0, top + height / 2.0));
    }
    let start = input.position();
    while input.next().is_ok() {}
    transform::origin(input.slice_from(start).trim(), scope, around).ok_or_else(ParseError::unexpected_token)
}

/// Parses a radius: a length, or the distance to a side.
fn radius(input: &mut Parser<'_>, scope: &Scope, whole: f64) -> Result<Option<Result<f64, bool>>, CssParseError> {
    let start = input.state();
    match input.next() {
        Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("closest-side") => return Ok(Some(Err(false))),
        Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("farthest-side") => return Ok(Some(Err(true))),
        Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("at") => {
            input.reset(&start);
            return Ok(None);
        }
        Err(_) => return Ok(None),
        Ok(_) => input.reset(&start),
    }
    let radius = length(input, scope, whole)?;
    if radius < 0.0 { Err(ParseError::unexpected_token()) } else { Ok(Some(Ok(radius))) }
}

fn circle(input: &mut Parser<'_>, scope: &Scope, around: ReferenceBox) -> Result<String, CssParseError> {
    let [left, top, width, height] = around;
    let radius = radius(input, scope, width.hypot(height) / std::f64::consts::SQRT_2)?;
    let (x, y) = center(input, scope, around)?;
    let sides = [x - left, left + width - x, y - top, top + height - y].map(f64::abs);
    let radius = match radius.unwrap_or(Err(false)) {
        Ok(radius) => radius,
        Err(true) => sides.into_iter().fold(0.0, f64::max),
        Err(false) => sides.into_iter().fold(f64::INFINITY, f64::min),
    };
    Ok(ellipse_path(x, y, radius, radius))
}

fn ellipse(input: &mut Parser<'_>, scope: &Scope, around: ReferenceBox) -> Result<String, CssParseError> {
    let [left, top, width, height] = around;
    let (rx, ry) = match radius(input, scope, width)? {
        Some(rx) => (rx, radius(input, scope, height)?.ok_or_else(ParseError::<()>::unexpected_token)?),
        None => (Err(false), Err(false)),
    };
    let (x, y) = center(input, scope, around)?;
    let side = |radius: Result<f64, bool>, one: f64, other: f64| match radius {
        Ok(radius) => radius,
        Err(true) => one.abs().max(other.abs()),
        Err(false) => one.abs().min(other.abs()),
    };
    Ok(ellipse_path(x, y, side(rx, x - left, left + width - x), side(ry, y - top, top + height - y)))
}

fn rectangular(
    name: &str,
    input: &mut Parser<'_>,
    scope: &Scope,
    around: ReferenceBox,
) -> Result<String, CssParseError> {
    let [left, top, width, height] = around;
    let auto = |input: &mut Parser<'_>, whole: f64, auto: f64| {
        if name == "rect" && input.try_parse(|input| input.expect_ident_matching("auto")).is_ok() {
            return Ok(auto);
        }
        length(input, scope, whole)
    };
    let place = match name {
        "inset" => {
            let one = length(input, scope, height)?;
            let start = input.state();
            let right = length(input, scope, width);
            if right.is_err() {
                // One value for all sides; a percentage refers to each side's own edge.
                input.reset(&start);
            }
            let right = right.ok();
            let bottom = input.try_parse(|input| length(input, scope, height)).ok();
            let side = input.try_parse(|input| length(input, scope, width)).ok();
            let across = if height > 0.0 { one } else { 0.0 };
            let (right, bottom) = (right.unwrap_or(across), bottom.unwrap_or(one));
            let side = side.unwrap_or(right);
            [left + side, top + one, (width - side - right).max(0.0), (height - one - bottom).max(0.0)]
        }
        "rect" => {
            let (y1, x2) = (auto(input, height, 0.0)?, auto(input, width, width)?);
            let (y2, x1) = (auto(input, height, height)?, auto(input, width, 0.0)?);
            [left + x1, top + y1, (x2 - x1).max(0.0), (y2 - y1).max(0.0)]
        }
        _ => {
            let (x, y) = point(input, scope, around)?;
            [x, y, length(input, scope, width)?.max(0.0), length(input, scope, height)?.max(0.0)]
        }
    };
    let corners = if input.try_parse(|input| input.expect_ident_matching("round")).is_ok() {
        corners(input, scope, (width, height))?
    } else {
        [(0.0, 0.0); 4]
    };
    input.expect_exhausted()?;
    Ok(rectangle(place, corners))
}

/// Parses corner radii such as `10px 5% / 3px`, as in `border-radius`.
fn corners(
    input: &mut Parser<'_>,
    scope: &Scope,
    (width, height): (f64, f64),
) -> Result<[(f64, f64); 4], CssParseError> {
    let start = input.state();
    let list = |input: &mut Parser<'_>, whole: f64| {
        let mut found = Vec::new();
        while let Ok(one) = input.try_parse(|input| length(input, scope, whole)) {
            found.push(one);
        }
        match *found.as_slice() {
            [a] => Ok([a; 4]),
            [a, b] => Ok([a, b, a, b]),
            [a, b, c] => Ok([a, b, c, b]),
            [a, b, c, d] => Ok([a, b, c, d]),
            _ => Err(ParseError::<()>::unexpected_token()),
        }
    };
    let across = list(input, width)?;
    let down = if input.try_parse(|input| input.expect_delim('/')).is_ok() {
        list(input, height)?
    } else {
        let end = input.state();
        input.reset(&start);
        let down = list(input, height)?;
        input.reset(&end);
        down
    };
    Ok([0, 1, 2, 3].map(|at| (across[at], down[at])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<String> {
        clip(value, &Scope::default(), &|_| Some([0.0, 0.0, 100.0, 50.0])).map(|clip| clip.data)
    }

    #[test]
    fn shapes_become_paths() {
        assert_eq!(of("circle(10px at 20px 30px)"), Some(ellipse_path(20.0, 30.0, 10.0, 10.0)));
        assert_eq!(of("circle()"), Some(ellipse_path(50.0, 25.0, 25.0, 25.0)));
        assert_eq!(of("ellipse(50% 50%)"), Some(ellipse_path(50.0, 25.0, 50.0, 25.0)));
        assert_eq!(of("inset(10px 20px)"), Some(rectangle([20.0, 10.0, 60.0, 30.0], [(0.0, 0.0); 4])));
        assert_eq!(of("polygon(0 0, 100% 0, 50% 100%)").as_deref(), Some("M0 0L100 0L50 50Z"));
        assert_eq!(of("xywh(1px 2px 3px 4px)"), Some(rectangle([1.0, 2.0, 3.0, 4.0], [(0.0, 0.0); 4])));
        for wrong in ["circle(-1px)", "polygon(0)", "blob()", "circle(10px) foo"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
