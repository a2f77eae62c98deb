//! CSS transforms as matrices: functions with units, the properties `translate`, `rotate` and `scale`, and origins.

use cssparser::{ParseError, Parser, Token};
use resvg::usvg::roxmltree;

use kurbo::Affine;

use super::{
    scope::Scope,
    value::{self, CssParseError, NumberKind, Units, format_number},
};

/// The left, top, width and height of the box that percentages refer to.
pub(super) type ReferenceBox = [f64; 4];

/// Returns true if `value` is valid for the transform property `name`.
pub(super) fn is_valid(name: &str, value: &str, scope: &Scope) -> bool {
    matrix(name, value, scope, [0.0, 0.0, 1.0, 1.0]).is_some()
}

/// Computes the matrix of the property `name`, around the point 0, 0.
pub(super) fn matrix(name: &str, value: &str, scope: &Scope, around: ReferenceBox) -> Option<Affine> {
    if value.eq_ignore_ascii_case("none") {
        return Some(Affine::IDENTITY);
    }
    let mut input = Parser::new(value);
    let result = match name {
        "translate" => {
            let (x, y) = (translation(&mut input, scope, around[2]).ok()?, translation(&mut input, scope, around[3]));
            let _ = input.try_parse(|input| translation(input, scope, 0.0));
            Affine::translate((x, y.unwrap_or(0.0)))
        }
        "scale" => {
            let x = factor(&mut input).ok()?;
            let y = input.try_parse(factor).unwrap_or(x);
            let _ = input.try_parse(factor);
            Affine::scale_non_uniform(x, y)
        }
        "rotate" => rotation(&mut input)?,
        _ => {
            let mut all = Affine::IDENTITY;
            while !input.is_exhausted() {
                all *= function(&mut input, scope, around).ok()?;
            }
            all
        }
    };
    (input.is_exhausted() && result.is_finite()).then_some(result)
}

fn translation(input: &mut Parser<'_>, scope: &Scope, whole: f64) -> Result<f64, CssParseError> {
    let units = Units { whole: Some(whole), ..scope.plain() };
    value::length_from(input, &units, false).ok_or_else(ParseError::unexpected_token)
}

fn factor(input: &mut Parser<'_>) -> Result<f64, CssParseError> {
    let found = value::number(input, &Units::default()).ok_or_else(ParseError::unexpected_token)?;
    if matches!(found.kind, NumberKind::Number | NumberKind::Percent) {
        Ok(found.value)
    } else {
        Err(ParseError::unexpected_token())
    }
}

fn angle(input: &mut Parser<'_>) -> Result<f64, CssParseError> {
    let found = value::number(input, &Units::default()).ok_or_else(ParseError::unexpected_token)?;
    let fits = found.kind == NumberKind::Angle || (found.kind == NumberKind::Number && found.value == 0.0);
    if fits { Ok(found.value.to_radians()) } else { Err(ParseError::unexpected_token()) }
}

/// Parses a rotation: `45deg`, `z 45deg`, `x 45deg` or `45deg y`.
fn rotation(input: &mut Parser<'_>) -> Option<Affine> {
    let before = axis(input);
    let turn = angle(input).ok()?;
    let axis = before.or_else(|| axis(input));
    rotate_in_space(axis.as_deref().unwrap_or("z"), turn)
}

fn axis(input: &mut Parser<'_>) -> Option<String> {
    input.try_parse(|input| input.expect_ident_cloned().map(|axis| axis.to_ascii_lowercase())).ok()
}

/// Returns a rotation in space as it looks from the front.
fn rotate_in_space(axis: &str, turn: f64) -> Option<Affine> {
    match axis {
        "x" => Some(Affine::scale_non_uniform(1.0, turn.cos())),
        "y" => Some(Affine::scale_non_uniform(turn.cos(), 1.0)),
        "z" => Some(Affine::rotate(turn)),
        _ => None,
    }
}

fn function(input: &mut Parser<'_>, scope: &Scope, around: ReferenceBox) -> Result<Affine, CssParseError> {
    let name = input.expect_function()?.to_ascii_lowercase();
    input.parse_nested_block(|input| {
        let comma = |input: &mut Parser<'_>| input.try_parse(Parser::expect_comma).is_ok();
        let number = |input: &mut Parser<'_>| -> Result<f64, CssParseError> {
            let found = value::number(input, &Units::default()).filter(|one| one.kind == NumberKind::Number);
            found.map(|one| one.value).ok_or_else(ParseError::unexpected_token)
        };
        Ok(match name.as_str() {
            "translate" | "translate3d" => {
                let x = translation(input, scope, around[2])?;
                let y = if comma(input) { translation(input, scope, around[3])? } else { 0.0 };
                if name == "translate3d" && comma(input) {
                    translation(input, scope, 0.0)?;
                }
                Affine::translate((x, y))
            }
            "translatex" => Affine::translate((translation(input, scope, around[2])?, 0.0)),
            "translatey" => Affine::translate((0.0, translation(input, scope, around[3])?)),
            "translatez" => translation(input, scope, 0.0).map(|_| Affine::IDENTITY)?,
            "scale" | "scale3d" => {
                let x = factor(input)?;
                let y = if comma(input) { factor(input)? } else { x };
                if name == "scale3d" && comma(input) {
                    factor(input)?;
                }
                Affine::scale_non_uniform(x, y)
            }
            "scalex" => Affine::scale_non_uniform(factor(input)?, 1.0),
            "scaley" => Affine::scale_non_uniform(1.0, factor(input)?),
            "scalez" => factor(input).map(|_| Affine::IDENTITY)?,
            "rotate" | "rotatez" | "rotatex" | "rotatey" => {
                let axis = name.strip_prefix("rotate").filter(|axis| !axis.is_empty()).unwrap_or("z");
                rotate_in_space(axis, angle(input)?).ok_or_else(ParseError::<()>::unexpected_token)?
            }
            "skew" => {
                let x = angle(input)?;
                let y = if comma(input) { angle(input)? } else { 0.0 };
                Affine::new([1.0, y.tan(), x.tan(), 1.0, 0.0, 0.0])
            }
            "skewx" => Affine::new([1.0, 0.0, angle(input)?.tan(), 1.0, 0.0, 0.0]),
            "skewy" => Affine::new([1.0, angle(input)?.tan(), 0.0, 1.0, 0.0, 0.0]),
            "matrix" => {
                let mut six = [0.0; 6];
                for (at, slot) in six.iter_mut().enumerate() {
                    if at > 0 {
                        input.expect_comma()?;
                    }
                    *slot = number(input)?;
                }
                Affine::new(six)
            }
            _ => return Err(ParseError::unexpected_token()),
        })
    })
}

/// Computes the point that `transform-origin` names.
pub(super) fn origin(value: &str, scope: &Scope, [left, top, width, height]: ReferenceBox) -> Option<(f64, f64)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        X(f64),
        Y(f64),
        Center,
        Any(f64, f64),
    }
    let mut input = Parser::new(value);
    let mut parts = Vec::new();
    while !input.is_exhausted() && parts.len() < 3 {
        let start = input.state();
        if let Ok(Token::Ident(word)) = input.next() {
            parts.push(match word.to_ascii_lowercase().as_str() {
                "left" => Part::X(0.0),
                "right" => Part::X(width),
                "top" => Part::Y(0.0),
                "bottom" => Part::Y(height),
                "center" => Part::Center,
                _ => return None,
            });
            continue;
        }
        input.reset(&start);
        let x = translation(&mut input, scope, width).ok()?;
        let end = input.state();
        input.reset(&start);
        let y = translation(&mut input, scope, height).ok()?;
        input.reset(&end);
        parts.push(Part::Any(x, y));
    }
    if !input.is_exhausted() || parts.is_empty() {
        return None;
    }
    let second = parts.get(1).copied().unwrap_or(Part::Center);
    let (first, second) = match (parts[0], second) {
        (first @ Part::Y(_), second) | (first, second @ Part::X(_)) => (second, first),
        pair => pair,
    };
    let x = match first {
        Part::X(x) | Part::Any(x, _) => x,
        Part::Center => width / 2.0,
        Part::Y(_) => return None,
    };
    let y = match second {
        Part::Y(y) | Part::Any(_, y) => y,
        Part::Center => height / 2.0,
        Part::X(_) => return None,
    };
    Some((left + x, top + y))
}

/// Adds `px` to numbers without units, which attributes may have.
pub(super) fn add_px_units(value: &str) -> String {
    let parts = value.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty());
    let parts = parts.map(|part| if part.parse::<f64>().is_ok() { format!("{part}px") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join(" ")
}

/// Formats a matrix as an attribute value.
pub(super) fn attribute(matrix: Affine) -> String {
    let parts = matrix.as_coeffs().map(|part| {
        let text = format!("{part:.9}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    });
    format!("matrix({})", parts.join(" "))
}

/// Parses a `transform` attribute; `None` if it is not valid.
pub(super) fn from_attribute(value: &str) -> Option<Affine> {
    let mut all = Affine::IDENTITY;
    let mut rest = value.trim_matches([' ', ',', '\t', '\n', '\r']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('(')?;
        let (arguments, after) = after.split_once(')')?;
        let numbers: Option<Vec<f64>> = arguments
            .split([' ', ',', '\t', '\n', '\r'])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect();
        all *= match (name.trim(), numbers?.as_slice()) {
            ("translate", [x]) => Affine::translate((*x, 0.0)),
            ("translate", [x, y]) => Affine::translate((*x, *y)),
            ("scale", [x]) => Affine::scale(*x),
            ("scale", [x, y]) => Affine::scale_non_uniform(*x, *y),
            ("rotate", [turn]) => Affine::rotate(turn.to_radians()),
            ("rotate", [turn, x, y]) => Affine::rotate_about(turn.to_radians(), (*x, *y)),
            ("skewX", [turn]) => Affine::new([1.0, 0.0, turn.to_radians().tan(), 1.0, 0.0, 0.0]),
            ("skewY", [turn]) => Affine::new([1.0, turn.to_radians().tan(), 0.0, 1.0, 0.0, 0.0]),
            ("matrix", numbers) => Affine::new(numbers.try_into().ok()?),
            _ => return None,
        };
        rest = after.trim_start_matches([' ', ',', '\t', '\n', '\r']);
    }
    Some(all)
}

/// Returns the name of the attribute that holds an element's transform.
pub(super) fn attribute_name(node: roxmltree::Node<'_, '_>) -> &'static str {
    match node.tag_name().name() {
        "linearGradient" | "radialGradient" => "gradientTransform",
        "pattern" => "patternTransform",
        _ => "transform",
    }
}

/// Formats a point for the renderer, for tests and clips.
pub(super) fn point(x: f64, y: f64) -> String {
    format!("{} {}", format_number(x), format_number(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_with_units_become_matrices() {
        let scope = Scope { em: 20.0, ..Scope::default() };
        let of = |name: &str, value: &str| matrix(name, value, &scope, [0.0, 0.0, 200.0, 100.0]).map(attribute);
        for (name, value, expected) in [
            ("transform", "translate(10px, 1em)", "matrix(1 0 0 1 10 20)"),
            ("transform", "translate(50%, 50%) scale(2)", "matrix(2 0 0 2 100 50)"),
            ("transform", "rotate(.25turn)", "matrix(0 1 -1 0 0 0)"),
            ("transform", "none", "matrix(1 0 0 1 0 0)"),
            ("translate", "10px", "matrix(1 0 0 1 10 0)"),
            ("scale", "2 50%", "matrix(2 0 0 0.5 0 0)"),
            ("rotate", "90deg", "matrix(0 1 -1 0 0 0)"),
        ] {
            assert_eq!(of(name, value).as_deref(), Some(expected), "{name}: {value}");
        }
        for wrong in ["rotate(45)", "translate(10)", "foo(1)", "rotate(45deg) x"] {
            assert_eq!(of("transform", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn origins_are_points() {
        let of = |value: &str| origin(value, &Scope::default(), [10.0, 20.0, 200.0, 100.0]);
        assert_eq!(of("50% 50%"), Some((110.0, 70.0)));
        assert_eq!(of("top left"), Some((10.0, 20.0)));
        assert_eq!(of("bottom"), Some((110.0, 120.0)));
        assert_eq!(of("5px"), Some((15.0, 70.0)));
        assert_eq!(of("5"), None);
    }
}
