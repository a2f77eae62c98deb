//! Declarations: the longhands that each one sets, and the ones that are not drawn.

use super::{
    convert::convert,
    property::{IGNORED_PROPERTIES, Property, ValueOrigin, is_css_wide_keyword, is_variable, property},
    remarks::Remarks,
    scope::Scope,
    shorthand,
};

/// A property with its value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) important: bool,
}

/// Removes the vendor prefix from property names that Chromium also reads with one.
fn unprefixed(name: &str) -> &str {
    let bare = name.strip_prefix("-webkit-").unwrap_or(name);
    let is_alias = ["transform", "transform-origin", "filter", "clip-path", "mask"].contains(&bare);
    if is_alias || bare.starts_with("animation") { bare } else { name }
}

/// Expands a declaration into its longhands; adds a remark for what is not drawn.
pub(super) fn expand_declaration(
    name: &str,
    value: &str,
    important: bool,
    origin: ValueOrigin,
    remarks: &mut Remarks,
) -> Vec<Declaration> {
    let declaration = |name: &str, value: String| Declaration { name: name.to_owned(), value, important };
    if name.starts_with("--") {
        return vec![declaration(name, value.to_owned())];
    }
    let lower = name.to_ascii_lowercase();
    let name = unprefixed(&lower);
    if let Some(longhands) = shorthand::longhands(name) {
        if is_css_wide_keyword(value) {
            return longhands.iter().map(|name| declaration(name, value.to_ascii_lowercase())).collect();
        }
        if is_variable(value) {
            return longhands.iter().map(|longhand| declaration(longhand, shorthand::pending(name, value))).collect();
        }
        let Some(expanded) = shorthand::expand(name, value) else {
            remarks.unsupported(name, value);
            return Vec::new();
        };
        return expanded.into_iter().map(|(name, value)| declaration(name, value)).collect();
    }
    if property(name).is_some_and(|property| {
        is_css_wide_keyword(value) || is_variable(value) || is_valid_value(property, value, origin)
    }) {
        return vec![declaration(name, value.to_owned())];
    }
    if !IGNORED_PROPERTIES.contains(&name) {
        remarks.unsupported(name, value);
    }
    Vec::new()
}

/// Returns true if a declaration can be drawn.
pub(super) fn accepts(name: &str, value: &str) -> bool {
    let name = unprefixed(name);
    if name.starts_with("--") || is_css_wide_keyword(value) || IGNORED_PROPERTIES.contains(&name) {
        return true;
    }
    match shorthand::longhands(name) {
        Some(_) => shorthand::expand(name, value).is_some(),
        None => property(name).is_some_and(|property| is_valid_value(property, value, ValueOrigin::Sheet)),
    }
}

fn is_valid_value(property: &Property, value: &str, origin: ValueOrigin) -> bool {
    convert(property, value, &Scope::default(), origin).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_values_are_dropped_with_a_remark() {
        let mut remarks = Remarks::default();
        for (name, value, expected) in [
            ("fill", "hsl(0 100% 50%)", 1),
            ("font-size", "20", 0),
            ("stroke-width", "2", 1),
            ("margin", "0 auto", 0),
            ("foo", "bar", 0),
            ("marker", "url(#a)", 3),
        ] {
            assert_eq!(
                expand_declaration(name, value, false, ValueOrigin::Sheet, &mut remarks).len(),
                expected,
                "{name}: {value}"
            );
        }
        assert_eq!(remarks.into_lines(), ["CSS `font-size: 20` is not supported", "CSS `foo: bar` is not supported"]);
    }
}
