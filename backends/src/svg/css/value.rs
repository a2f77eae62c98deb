//! CSS numbers: units, `calc()` and its functions, computed to user units, plain numbers, degrees or seconds.

use cssparser::{ParseError, Parser, Token};

/// The error of a value that is not valid CSS; its reason is of no interest, because the declaration is dropped.
pub(super) type CssParseError = ParseError<()>;

/// The lengths of relative units, in user units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units<'a> {
    pub(super) em: f64,
    pub(super) rem: f64,
    /// The width and height of the window.
    pub(super) window: (f64, f64),
    /// The length of `100%`, if percentages are lengths here.
    pub(super) whole: Option<f64>,
    /// Names that stand for numbers, such as the channels of a color.
    pub(super) names: &'a [(&'a str, f64)],
}

impl Default for Units<'_> {
    fn default() -> Self {
        Self { em: 16.0, rem: 16.0, window: (100.0, 100.0), whole: None, names: &[] }
    }
}

/// The dimension of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberKind {
    Number,
    Length,
    /// A fraction of something unknown here, as a percentage divided by 100.
    Percent,
    /// An angle in degrees.
    Angle,
    /// A time in seconds.
    Time,
}

/// A number with its dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quantity {
    pub(super) value: f64,
    pub(super) kind: NumberKind,
}

impl Quantity {
    fn new(value: f64, kind: NumberKind) -> Self {
        Self { value, kind }
    }
}

/// Parses `text` as a single number.
pub(super) fn parse(text: &str, units: &Units<'_>) -> Option<Quantity> {
    let mut input = Parser::new(text);
    let found = number(&mut input, units)?;
    input.is_exhausted().then_some(found)
}

/// Parses a length, or a plain number if `bare` allows one.
pub(super) fn length(text: &str, units: &Units<'_>, bare: bool) -> Option<f64> {
    let mut input = Parser::new(text);
    let found = length_from(&mut input, units, bare)?;
    input.is_exhausted().then_some(found)
}

/// Parses the next length of the input.
pub(super) fn length_from(input: &mut Parser<'_>, units: &Units<'_>, bare: bool) -> Option<f64> {
    let found = number(input, units)?;
    let fits = match found.kind {
        NumberKind::Length => true,
        NumberKind::Number => bare || found.value == 0.0,
        _ => false,
    };
    (fits && found.value.is_finite()).then_some(found.value)
}

/// Parses the next number of the input.
pub(super) fn number(input: &mut Parser<'_>, units: &Units<'_>) -> Option<Quantity> {
    input.try_parse(|input| term(input, units)).ok()
}

fn term(input: &mut Parser<'_>, units: &Units<'_>) -> Result<Quantity, CssParseError> {
    let function = match input.next()? {
        Token::Number { value, .. } => return Ok(Quantity::new(f64::from(*value), NumberKind::Number)),
        Token::Percentage { unit_value, .. } => return Ok(percent(f64::from(*unit_value), units)),
        Token::Dimension { value, unit, .. } => {
            return dimension(f64::from(*value), unit, units).ok_or_else(ParseError::unexpected_token);
        }
        Token::Ident(name) => return constant(name, units).ok_or_else(ParseError::unexpected_token),
        Token::Function(name) => name.to_ascii_lowercase(),
        Token::ParenthesisBlock => "calc".to_owned(),
        _ => return Err(ParseError::unexpected_token()),
    };
    input.parse_nested_block(|input| call(&function, input, units))
}

fn percent(part: f64, units: &Units<'_>) -> Quantity {
    match units.whole {
        Some(whole) => Quantity::new(part * whole, NumberKind::Length),
        None => Quantity::new(part, NumberKind::Percent),
    }
}

fn constant(name: &str, units: &Units<'_>) -> Option<Quantity> {
    let named = units.names.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    let value = named.or_else(|| match name.to_ascii_lowercase().as_str() {
        "pi" => Some(std::f64::consts::PI),
        "e" => Some(std::f64::consts::E),
        "infinity" => Some(f64::INFINITY),
        "-infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    })?;
    Some(Quantity::new(value, NumberKind::Number))
}

fn dimension(value: f64, unit: &str, units: &Units<'_>) -> Option<Quantity> {
    const INCH: f64 = 96.0;
    let (width, height) = units.window;
    let length = |factor: f64| Some(Quantity::new(value * factor, NumberKind::Length));
    let angle = |factor: f64| Some(Quantity::new(value * factor, NumberKind::Angle));
    let unit = unit.to_ascii_lowercase();
    match unit.trim_start_matches(['s', 'l', 'd']) {
        "vw" | "vi" => return length(width / 100.0),
        "vh" | "vb" => return length(height / 100.0),
        "vmin" => return length(width.min(height) / 100.0),
        "vmax" => return length(width.max(height) / 100.0),
        _ => {}
    }
    match unit.as_str() {
        "px" => length(1.0),
        "em" | "ic" => length(units.em),
        "rem" => length(units.rem),
        // Measured from the bundled font: DejaVu's `x` is 0.547 em high and its `0` 0.636 em wide.
        "ex" => length(units.em * 0.547),
        "ch" => length(units.em * 0.636),
        "cap" => length(units.em * 0.729),
        "lh" => length(units.em * 1.164),
        "rlh" => length(units.rem * 1.164),
        "in" => length(INCH),
        "cm" => length(INCH / 2.54),
        "mm" => length(INCH / 25.4),
        "q" => length(INCH / 101.6),
        "pt" => length(INCH / 72.0),
        "pc" => length(INCH / 6.0),
        "deg" => angle(1.0),
        "grad" => angle(0.9),
        "rad" => angle(1f64.to_degrees()),
        "turn" => angle(360.0),
        "s" => Some(Quantity::new(value, NumberKind::Time)),
        "ms" => Some(Quantity::new(value / 1000.0, NumberKind::Time)),
        _ => None,
    }
}

/// Parses a sum such as `a + b * c`, up to the end of the block or a comma.
fn sum(input: &mut Parser<'_>, units: &Units<'_>) -> Result<Quantity, CssParseError> {
    let mut total = product(input, units)?;
    while let Ok(sign) = input.try_parse(|input| match input.next() {
        Ok(Token::Delim('+')) => Ok(1.0),
        Ok(Token::Delim('-')) => Ok(-1.0),
        _ => Err(()),
    }) {
        let other = product(input, units)?;
        if other.kind != total.kind {
            return Err(ParseError::unexpected_token());
        }
        total.value += sign * other.value;
    }
    Ok(total)
}

fn product(input: &mut Parser<'_>, units: &Units<'_>) -> Result<Quantity, CssParseError> {
    let mut total = term(input, units)?;
    while let Ok(divides) = input.try_parse(|input| match input.next() {
        Ok(Token::Delim('*')) => Ok(false),
        Ok(Token::Delim('/')) => Ok(true),
        _ => Err(()),
    }) {
        let other = term(input, units)?;
        total = match (total.kind, other.kind, divides) {
            (kind, NumberKind::Number, false) | (NumberKind::Number, kind, false) => {
                Quantity::new(total.value * other.value, kind)
            }
            (kind, NumberKind::Number, true) => Quantity::new(total.value / other.value, kind),
            (one, other_kind, true) if one == other_kind => {
                Quantity::new(total.value / other.value, NumberKind::Number)
            }
            _ => return Err(ParseError::unexpected_token()),
        };
    }
    Ok(total)
}

fn call(name: &str, input: &mut Parser<'_>, units: &Units<'_>) -> Result<Quantity, CssParseError> {
    let rounding = (name == "round")
        .then(|| {
            input.try_parse(|input| {
                let way = input.expect_ident_cloned()?.to_ascii_lowercase();
                input.expect_comma()?;
                Ok::<_, CssParseError>(way)
            })
        })
        .and_then(Result::ok);
    let list = input.parse_comma_separated(|input| sum(input, units))?;
    let value = |at: usize| list.get(at).map(|quantity| quantity.value).ok_or_else(ParseError::unexpected_token);
    let kind = list.first().map(|quantity| quantity.kind).ok_or_else(ParseError::unexpected_token)?;
    let alike = list.iter().all(|quantity| quantity.kind == kind);
    let result = match (name, list.len()) {
        ("calc" | "-webkit-calc", 1) => Quantity::new(value(0)?, kind),
        ("min", _) if alike => Quantity::new(list.iter().map(|one| one.value).fold(f64::INFINITY, f64::min), kind),
        ("max", _) if alike => Quantity::new(list.iter().map(|one| one.value).fold(f64::NEG_INFINITY, f64::max), kind),
        ("clamp", 3) if alike => Quantity::new(value(1)?.min(value(2)?).max(value(0)?), kind),
        ("abs", 1) => Quantity::new(value(0)?.abs(), kind),
        ("sign", 1) => Quantity::new(if value(0)? == 0.0 { 0.0 } else { value(0)?.signum() }, NumberKind::Number),
        ("mod", 2) if alike => Quantity::new(value(0)?.rem_euclid(value(1)?), kind),
        ("rem", 2) if alike => Quantity::new(value(0)? % value(1)?, kind),
        ("round", 1 | 2) if alike => {
            let step = list.get(1).map_or(1.0, |step| step.value);
            Quantity::new(rounded(value(0)? / step, rounding.as_deref()) * step, kind)
        }
        ("hypot", _) if alike => Quantity::new(list.iter().fold(0.0, |sum: f64, one| sum.hypot(one.value)), kind),
        ("sin" | "cos" | "tan", 1) => {
            let angle = if kind == NumberKind::Angle { value(0)?.to_radians() } else { value(0)? };
            let function =
                [f64::sin, f64::cos, f64::tan][["sin", "cos", "tan"].iter().position(|own| *own == name).unwrap_or(0)];
            Quantity::new(function(angle), NumberKind::Number)
        }
        ("asin", 1) => Quantity::new(value(0)?.asin().to_degrees(), NumberKind::Angle),
        ("acos", 1) => Quantity::new(value(0)?.acos().to_degrees(), NumberKind::Angle),
        ("atan", 1) => Quantity::new(value(0)?.atan().to_degrees(), NumberKind::Angle),
        ("atan2", 2) if alike => Quantity::new(value(0)?.atan2(value(1)?).to_degrees(), NumberKind::Angle),
        ("pow", 2) => Quantity::new(value(0)?.powf(value(1)?), NumberKind::Number),
        ("sqrt", 1) => Quantity::new(value(0)?.sqrt(), NumberKind::Number),
        ("exp", 1) => Quantity::new(value(0)?.exp(), NumberKind::Number),
        ("log", 1) => Quantity::new(value(0)?.ln(), NumberKind::Number),
        ("log", 2) => Quantity::new(value(0)?.log(value(1)?), NumberKind::Number),
        _ => return Err(ParseError::unexpected_token()),
    };
    if result.value.is_nan() { Err(ParseError::unexpected_token()) } else { Ok(result) }
}

fn rounded(value: f64, way: Option<&str>) -> f64 {
    match way {
        Some("up") => value.ceil(),
        Some("down") => value.floor(),
        Some("to-zero") => value.trunc(),
        _ => (value + 0.5).floor(),
    }
}

/// Formats a number as an attribute value: short, and never with an exponent.
pub(super) fn format_number(value: f64) -> String {
    let value = value.clamp(-1e9, 1e9);
    let text = format!("{value:.5}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_functions_become_user_units() {
        let units = Units { em: 20.0, rem: 10.0, window: (400.0, 200.0), whole: Some(50.0), names: &[] };
        for (text, expected) in [
            ("12px", 12.0),
            ("1.5em", 30.0),
            ("2rem", 20.0),
            ("10vw", 40.0),
            ("10dvh", 20.0),
            ("5vmin", 10.0),
            ("1in", 96.0),
            ("25.4mm", 96.0),
            ("72pt", 96.0),
            ("40q", 37.795),
            ("10%", 5.0),
            ("calc(50% - 2 * (1em - 15px))", 15.0),
            ("min(10px, 2em, 50%)", 10.0),
            ("max(10px, 2em)", 40.0),
            ("clamp(5px, 100%, 30px)", 30.0),
            ("abs(-3px)", 3.0),
            ("round(up, 11px, 5px)", 15.0),
            ("calc(sin(90deg) * 4px)", 4.0),
            ("calc(1px * pi)", std::f64::consts::PI),
        ] {
            let found = length(text, &units, false).unwrap();
            assert!((found - expected).abs() < 0.001, "{text}: {found}");
        }
        for wrong in ["calc(1px + 2)", "calc(1px * 1px)", "5", "foo", "min()", "1px 2px", "calc(0px / 0px * 1px)"] {
            assert_eq!(length(wrong, &units, false), None, "{wrong}");
        }
    }

    #[test]
    fn deep_nesting_ends_in_an_error() {
        let deep = format!("{}1px{}", "calc(".repeat(20_000), ")".repeat(20_000));
        assert_eq!(length(&deep, &Units::default(), false), None);
    }
}
