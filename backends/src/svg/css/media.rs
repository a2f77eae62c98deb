//! Conditions of style sheets: `@media` for a light screen of the drawing's size, `@supports` for what can be drawn.

use cssparser::{ParseError, Parser, Token};

use super::{
    declaration,
    scope::MediaWindow,
    value::{self, CssParseError, NumberKind, Units},
};

/// Returns true if a list of media queries matches.
pub(super) fn matches(text: &str, window: MediaWindow) -> bool {
    let mut input = Parser::new(text);
    if input.is_exhausted() {
        return true;
    }
    let found = input.parse_comma_separated_ignoring_errors(|input| query(input, window));
    found.into_iter().any(|holds| holds)
}

fn query(input: &mut Parser<'_>, window: MediaWindow) -> Result<bool, CssParseError> {
    let ident = |input: &mut Parser<'_>| input.expect_ident_cloned().map(|name| name.to_ascii_lowercase());
    let negated = input.try_parse(|input| input.expect_ident_matching("not")).is_ok();
    let _ = input.try_parse(|input| input.expect_ident_matching("only"));
    let mut holds = match input.try_parse(ident) {
        Ok(kind) => {
            let holds = kind == "all" || kind == "screen";
            let more = input.try_parse(|input| input.expect_ident_matching("and")).is_ok();
            if more { holds & condition(input, &|input| feature(input, window))? } else { holds }
        }
        Err(_) => condition(input, &|input| feature(input, window))?,
    };
    holds ^= negated;
    input.expect_exhausted()?;
    Ok(holds)
}

/// Evaluates `a and b`, `a or b` or `not a`, with parentheses.
fn condition(
    input: &mut Parser<'_>,
    leaf: &dyn Fn(&mut Parser<'_>) -> Result<bool, CssParseError>,
) -> Result<bool, CssParseError> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(!operand(input, leaf)?);
    }
    let mut holds = operand(input, leaf)?;
    while let Ok(word) = input.try_parse(Parser::expect_ident_cloned) {
        let other = operand(input, leaf)?;
        match word.to_ascii_lowercase().as_str() {
            "and" => holds &= other,
            "or" => holds |= other,
            _ => return Err(ParseError::unexpected_token()),
        }
    }
    Ok(holds)
}

fn operand(
    input: &mut Parser<'_>,
    leaf: &dyn Fn(&mut Parser<'_>) -> Result<bool, CssParseError>,
) -> Result<bool, CssParseError> {
    if let Ok(name) = input.try_parse(|input| input.expect_function().cloned()) {
        // `selector(…)` of `@supports`; its content is not evaluated.
        return input.parse_nested_block(|input| {
            while input.next().is_ok() {}
            Ok(name.eq_ignore_ascii_case("selector"))
        });
    }
    input.expect_parenthesis_block()?;
    input.parse_nested_block(|input| {
        let nested = input.try_parse(|input| {
            let holds = condition(input, leaf)?;
            input.expect_exhausted()?;
            Ok::<_, CssParseError>(holds)
        });
        nested.or_else(|_| leaf(input))
    })
}

/// Evaluates a media feature; an unknown one is false.
fn feature(input: &mut Parser<'_>, window: MediaWindow) -> Result<bool, CssParseError> {
    let start = input.state();
    if let Ok(name) = input.expect_ident_cloned() {
        let name = name.to_ascii_lowercase();
        if input.is_exhausted() {
            return Ok(matches!(name.as_str(), "width" | "height" | "color" | "orientation" | "prefers-color-scheme"));
        }
        if input.try_parse(Parser::expect_colon).is_ok() {
            return plain(&name, input, window);
        }
    }
    input.reset(&start);
    range(input, window)
}

fn plain(name: &str, input: &mut Parser<'_>, window: MediaWindow) -> Result<bool, CssParseError> {
    let keyword = |input: &mut Parser<'_>, holds: &[&str]| -> Result<bool, CssParseError> {
        let word = input.expect_ident_cloned()?.to_ascii_lowercase();
        Ok(holds.contains(&word.as_str()))
    };
    match name {
        "orientation" => {
            let own = if window.height >= window.width { "portrait" } else { "landscape" };
            keyword(input, &[own])
        }
        "prefers-color-scheme" => keyword(input, &["light"]),
        "prefers-reduced-motion" | "prefers-contrast" | "prefers-reduced-data" => keyword(input, &["no-preference"]),
        "hover" | "any-hover" => keyword(input, &["hover"]),
        "pointer" | "any-pointer" => keyword(input, &["fine"]),
        "forced-colors" | "inverted-colors" | "scripting" => keyword(input, &["none"]),
        "color-gamut" => keyword(input, &["srgb"]),
        "update" => keyword(input, &["fast"]),
        "dynamic-range" => keyword(input, &["standard"]),
        _ => {
            let (name, low, high) = match name.split_once('-') {
                Some(("min", name)) => (name, true, false),
                Some(("max", name)) => (name, false, true),
                _ => (name, true, true),
            };
            let (own, wanted) = (measure(name, window), amount(name, input)?);
            Ok(own.is_some_and(|own| (!low || own >= wanted) && (!high || own <= wanted)))
        }
    }
}

fn measure(name: &str, window: MediaWindow) -> Option<f64> {
    match name {
        "width" | "device-width" => Some(window.width),
        "height" | "device-height" => Some(window.height),
        "aspect-ratio" | "device-aspect-ratio" => Some(window.width / window.height),
        "resolution" | "device-pixel-ratio" => Some(1.0),
        "color" => Some(8.0),
        "monochrome" | "grid" | "color-index" => Some(0.0),
        _ => None,
    }
}

fn amount(name: &str, input: &mut Parser<'_>) -> Result<f64, CssParseError> {
    if name == "resolution" {
        return match input.next()? {
            Token::Dimension { value, unit, .. } if ["x", "dppx"].contains(&&*unit.to_ascii_lowercase()) => {
                Ok(f64::from(*value))
            }
            Token::Dimension { value, unit, .. } if unit.eq_ignore_ascii_case("dpi") => Ok(f64::from(*value) / 96.0),
            _ => Err(ParseError::unexpected_token()),
        };
    }
    let one = value::number(input, &Units::default()).ok_or_else(ParseError::unexpected_token)?;
    if name.ends_with("aspect-ratio") && input.try_parse(|input| input.expect_delim('/')).is_ok() {
        return Ok(one.value / f64::from(input.expect_number()?));
    }
    let is_length = one.kind == NumberKind::Length || one.value == 0.0;
    let wants_length = name.ends_with("width") || name.ends_with("height");
    if is_length || !wants_length { Ok(one.value) } else { Err(ParseError::unexpected_token()) }
}

/// Evaluates a range such as `400px <= width < 800px`.
fn range(input: &mut Parser<'_>, window: MediaWindow) -> Result<bool, CssParseError> {
    enum Side {
        Own(Option<f64>),
        Given(f64),
    }
    let side = |input: &mut Parser<'_>| -> Result<Side, CssParseError> {
        if let Ok(name) = input.try_parse(Parser::expect_ident_cloned) {
            return Ok(Side::Own(measure(&name.to_ascii_lowercase(), window)));
        }
        amount("", input).map(Side::Given)
    };
    let value = |side: &Side| match side {
        Side::Own(own) => *own,
        Side::Given(given) => Some(*given),
    };
    let (mut holds, mut left) = (true, side(input)?);
    let mut compared = false;
    while let Ok(sign) = input.try_parse(|input| match input.next() {
        Ok(Token::Delim(sign @ ('<' | '>' | '='))) => Ok(*sign),
        _ => Err(()),
    }) {
        let equal = sign == '=' || input.try_parse(|input| input.expect_delim('=')).is_ok();
        let right = side(input)?;
        let (Some(one), Some(other)) = (value(&left), value(&right)) else { return Ok(false) };
        holds &= match sign {
            '<' => one < other,
            '>' => one > other,
            _ => false,
        } || (equal && (one - other).abs() < 1e-9);
        left = right;
        compared = true;
    }
    input.expect_exhausted()?;
    if compared { Ok(holds) } else { Err(ParseError::unexpected_token()) }
}

/// Returns true if the condition of `@supports` holds.
pub(super) fn supports(text: &str) -> bool {
    let mut input = Parser::new(text);
    condition(&mut input, &|input| {
        let name = input.expect_ident_cloned()?.to_ascii_lowercase();
        input.expect_colon()?;
        let start = input.position();
        while input.next().is_ok() {}
        Ok(declaration::accepts(&name, input.slice_from(start).trim()))
    })
    .unwrap_or(false)
}
