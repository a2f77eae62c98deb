//! Writes text and attributes as XML.

/// Appends an attribute to a tag.
pub(super) fn attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\""]);
    escape(out, value, true);
    out.push('"');
}

/// Appends text, with XML's special characters escaped.
pub(super) fn escape(out: &mut String, text: &str, is_attribute: bool) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if is_attribute => out.push_str("&#10;"),
            '\t' if is_attribute => out.push_str("&#9;"),
            _ => out.push(letter),
        }
    }
}
