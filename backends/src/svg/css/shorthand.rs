//! CSS shorthands and the longhand properties that they set.

use cssparser::{Parser, Token};

use super::{
    background,
    convert::{convert, font_size},
    property::{self, ValueOrigin},
    scope::Scope,
    value::{self, NumberKind, Units},
};

const FONT: &[&str] = &["font-style", "font-variant", "font-weight", "font-stretch", "font-size", "font-family"];
const MARKER: &[&str] = &["marker-start", "marker-mid", "marker-end"];
const BACKGROUND: &[&str] = &["background-color", "background-image"];
const ANIMATION: &[&str] = &[
    "animation-name",
    "animation-duration",
    "animation-delay",
    "animation-iteration-count",
    "animation-direction",
    "animation-fill-mode",
];

/// Returns the longhands that a shorthand sets; an alias of a property counts as a shorthand for it.
pub(super) fn longhands(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "font" => FONT,
        "marker" => MARKER,
        "background" => BACKGROUND,
        "animation" => ANIMATION,
        "font-variant-caps" => &["font-variant"],
        "text-decoration" | "text-decoration-line" => &["text-decoration"],
        _ => return None,
    })
}

/// The marker before a shorthand whose value is not known yet.
const PENDING: char = '\u{1}';

/// Returns the pending value of each longhand of a shorthand that contains variables.
pub(super) fn pending(name: &str, value: &str) -> String {
    format!("{PENDING}{name}{PENDING}{value}")
}

/// Returns the shorthand and value that are pending in the value of a longhand.
pub(super) fn pending_shorthand(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix(PENDING)?.split_once(PENDING)
}

/// Expands a shorthand into longhands with their values; `None` if the value is invalid.
pub(super) fn expand(name: &str, value: &str) -> Option<Vec<(&'static str, String)>> {
    match name {
        "font" => font(value),
        "marker" => {
            let property = property::property("marker-start")?;
            let link = convert(property, value, &Scope::default(), ValueOrigin::Sheet)?;
            Some(MARKER.iter().map(|name| (*name, link.clone())).collect())
        }
        "background" => background::expand(value),
        "animation" => animation(value),
        "font-variant-caps" => Some(vec![("font-variant", value.to_owned())]),
        _ => decoration(value).map(|line| vec![("text-decoration", line)]),
    }
}

fn font(value: &str) -> Option<Vec<(&'static str, String)>> {
    let mut input = Parser::new(value);
    let [mut style, mut variant, mut weight, mut stretch] = ["normal"; 4].map(str::to_owned);
    let size = loop {
        let start = input.position();
        let word = input.try_parse(|input| match input.next() {
            Ok(Token::Ident(word)) => Ok(word.to_ascii_lowercase()),
            Ok(Token::Number { value, .. }) if (1.0..=1000.0).contains(value) => Ok(value.to_string()),
            _ => Err(()),
        });
        match word {
            Ok(word) if word == "normal" => {}
            Ok(word) if word == "italic" || word == "oblique" => style = word,
            Ok(word) if word == "small-caps" => variant = word,
            Ok(word) if word.starts_with(|c: char| c.is_ascii_digit()) => weight = word,
            Ok(word) if ["bold", "bolder", "lighter"].contains(&word.as_str()) => weight = word,
            Ok(word) if word.ends_with("condensed") || word.ends_with("expanded") => stretch = word,
            Ok(word) => break font_size(&word, &Scope::default(), false).map(|_| word)?,
            Err(()) => {
                value::number(&mut input, &Units { whole: Some(16.0), ..Units::default() })?;
                break input.slice_from(start).trim().to_owned();
            }
        }
    };
    font_size(&size, &Scope::default(), false)?;
    if input.try_parse(|input| input.expect_delim('/')).is_ok() {
        input.next().ok()?;
    }
    let start = input.position();
    while input.next().is_ok() {}
    let family = input.slice_from(start).trim();
    (!family.is_empty()).then(|| {
        let values = [style, variant, weight, stretch, size, family.to_owned()];
        FONT.iter().copied().zip(values).collect()
    })
}

fn animation(value: &str) -> Option<Vec<(&'static str, String)>> {
    let mut lists: [Vec<String>; 6] = Default::default();
    let mut input = Parser::new(value);
    let animations = input.parse_comma_separated(|input| {
        parse_animation(input).ok_or_else(cssparser::ParseError::<()>::unexpected_token)
    });
    for animation in animations.ok()? {
        lists.iter_mut().zip(animation).for_each(|(list, value)| list.push(value));
    }
    Some(ANIMATION.iter().copied().zip(lists.map(|list| list.join(", "))).collect())
}

/// Keywords of an animation that do not affect its final state.
const IGNORED_KEYWORDS: [&str; 11] = [
    "linear",
    "ease",
    "ease-in",
    "ease-out",
    "ease-in-out",
    "step-start",
    "step-end",
    "running",
    "paused",
    "none",
    "auto",
];

/// Parses name, duration, delay, count, direction and fill of one animation.
fn parse_animation(input: &mut Parser<'_>) -> Option<[String; 6]> {
    let [mut name, mut duration, mut delay, mut count, mut direction, mut fill] =
        ["none", "0s", "0s", "1", "normal", "none"].map(str::to_owned);
    let mut times = 0;
    while !input.is_exhausted() {
        if let Some(quantity) = value::number(input, &Units::default()) {
            match (quantity.kind, times) {
                (NumberKind::Time, 0) => duration = format!("{}s", quantity.value),
                (NumberKind::Time, _) => delay = format!("{}s", quantity.value),
                _ => count = quantity.value.to_string(),
            }
            times += usize::from(quantity.kind == NumberKind::Time);
            continue;
        }
        match input.next().ok()? {
            Token::Ident(word) => match word.to_ascii_lowercase().as_str() {
                word @ "infinite" => word.clone_into(&mut count),
                word @ ("reverse" | "alternate" | "alternate-reverse" | "normal") => word.clone_into(&mut direction),
                word @ ("forwards" | "backwards" | "both") => word.clone_into(&mut fill),
                word if IGNORED_KEYWORDS.contains(&word) => {}
                _ => word.as_ref().clone_into(&mut name),
            },
            Token::QuotedString(word) => word.as_ref().clone_into(&mut name),
            Token::Function(_) => {
                input
                    .parse_nested_block(|input| {
                        while input.next().is_ok() {}
                        Ok::<_, cssparser::ParseError<()>>(())
                    })
                    .ok()?;
            }
            _ => return None,
        }
    }
    Some([name, duration, delay, count, direction, fill])
}

/// Returns the lines of `text-decoration`, if the value has nothing else.
fn decoration(value: &str) -> Option<String> {
    const LINES: &[&str] = &["underline", "overline", "line-through"];
    let lower = value.to_ascii_lowercase();
    let mut lines = Vec::new();
    for word in lower.split_whitespace() {
        match word {
            _ if LINES.contains(&word) => lines.push(word),
            "none" | "solid" | "auto" | "from-font" => {}
            _ => return None,
        }
    }
    Some(if lines.is_empty() { "none".to_owned() } else { lines.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn font_shorthand_is_expanded() {
        let parts = expand("font", "italic 700 1.5em/1.2 'DejaVu Serif', serif").unwrap();
        let parts: Vec<&str> = parts.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(parts, ["italic", "normal", "700", "normal", "1.5em", "'DejaVu Serif', serif"]);
        for wrong in ["bold", "12px", "serif", "12 serif"] {
            assert_eq!(expand("font", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn animation_shorthand_is_expanded() {
        let parts = expand("animation", "fade 1s ease-in .5s forwards, spin 2s infinite").unwrap();
        let parts: Vec<&str> = parts.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(parts, ["fade, spin", "1s, 2s", "0.5s, 0s", "1, infinite", "normal, normal", "forwards, none"]);
    }
}
