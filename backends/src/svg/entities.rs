//! Replaces HTML entities in a drawing, which XML does not know, with the characters that they stand for. Documents
//! that declare their own entities are left to the XML parser.

use std::borrow::Cow;

/// The entities that XML defines itself.
const XML_ENTITIES: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];
/// The exclusive upper bound on the length of an entity's name.
const MAX_NAME_LENGTH: usize = 40;

/// Returns `svg` with all entities readable as XML, and one line per kind of repair.
pub(super) fn replace_entities(svg: &str) -> (Cow<'_, str>, Vec<String>) {
    if !svg.contains('&') || svg.contains("<!ENTITY") {
        return (Cow::Borrowed(svg), Vec::new());
    }
    let (mut text, mut names, mut bare) = (String::with_capacity(svg.len()), Vec::new(), false);
    let mut rest = svg;
    while let Some(at) = rest.find(['&', '<']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        // Inside CDATA, `&` is a literal character.
        if let Some(data) = rest.strip_prefix("<![CDATA[").and_then(|data| data.find("]]>")) {
            let (kept, after) = rest.split_at("<![CDATA[".len() + data);
            text.push_str(kept);
            rest = after;
        } else if rest.starts_with('<') {
            text.push('<');
            rest = &rest[1..];
        } else {
            rest = replace_entity(rest, &mut text, &mut names, &mut bare);
        }
    }
    text.push_str(rest);
    let mut repairs = Vec::new();
    if !names.is_empty() {
        repairs.push(format!("replaced HTML's {}", names.join(", ")));
    }
    if bare {
        repairs.push("escaped a bare `&`".to_owned());
    }
    if repairs.is_empty() { (Cow::Borrowed(svg), repairs) } else { (Cow::Owned(text), repairs) }
}

/// Writes the replacement for the `&` at the start of `rest`, and returns what follows it.
fn replace_entity<'a>(rest: &'a str, text: &mut String, names: &mut Vec<String>, bare: &mut bool) -> &'a str {
    let end =
        rest.char_indices().take(MAX_NAME_LENGTH).find(|(at, c)| *at > 0 && !(c.is_ascii_alphanumeric() || *c == '#'));
    let entity = end.filter(|(at, c)| *at > 1 && *c == ';').map(|(at, _)| &rest[..=at]);
    let Some(entity) = entity else {
        *bare = true;
        text.push_str("&amp;");
        return &rest[1..];
    };
    let name = &entity[1..entity.len() - 1];
    if XML_ENTITIES.contains(&name) || name.starts_with('#') {
        text.push_str(entity);
        return &rest[entity.len()..];
    }
    let decoded = html_escape::decode_html_entities(entity);
    if decoded == entity {
        *bare = true;
        text.push_str("&amp;");
        return &rest[1..];
    }
    let shown = format!("`{entity}`");
    if !names.contains(&shown) {
        names.push(shown);
    }
    text.push_str(&decoded.replace('&', "&amp;").replace('<', "&lt;"));
    &rest[entity.len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_entities_become_characters_and_xml_stays() {
        let check = |svg: &str, expected: &str, repairs: &[&str]| {
            let (text, told) = replace_entities(svg);
            assert_eq!(
                (text.as_ref(), told),
                (expected, repairs.iter().map(|line| (*line).to_owned()).collect()),
                "{svg}"
            );
        };
        check("a&nbsp;&mdash;&nbsp;b", "a\u{a0}\u{2014}\u{a0}b", &["replaced HTML's `&nbsp;`, `&mdash;`"]);
        check("&amp;&lt;&#160;&#xa0;&quot;", "&amp;&lt;&#160;&#xa0;&quot;", &[]);
        check("Tom & Jerry &nosuch; &", "Tom &amp; Jerry &amp;nosuch; &amp;", &["escaped a bare `&`"]);
        check("&LT;&AMP;", "&lt;&amp;", &["replaced HTML's `&LT;`, `&AMP;`"]);
        check("<![CDATA[a && b]]>&nbsp;", "<![CDATA[a && b]]>\u{a0}", &["replaced HTML's `&nbsp;`"]);
        check("<!ENTITY x 'y'>&x;", "<!ENTITY x 'y'>&x;", &[]);
        check("plain", "plain", &[]);
    }
}
