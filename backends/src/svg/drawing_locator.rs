//! Locates drawings in an answer: among prose, code fences and thoughts, with a namespace prefix, escaped, or inside a
//! JSON string. It does not judge them; `extract` chooses which one counts.

use std::borrow::Cow;

/// The maximum number of `<svg` openings that are followed, since prose may contain many.
const MAX_OPENINGS: usize = 64;

/// A drawing located in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocatedDrawing<'a> {
    /// The text from the opening tag to the end of the drawing, or to the end of the answer.
    pub(super) text: &'a str,
    /// True if the drawing has an end.
    pub(super) is_complete: bool,
}

impl LocatedDrawing<'_> {
    /// Returns true if the tag has attributes; an `<svg>` mentioned in prose has none.
    pub(super) fn has_attributes(&self) -> bool {
        self.tag().contains('=')
    }

    fn tag(&self) -> &str {
        &self.text[..tag_end(self.text).unwrap_or(self.text.len())]
    }
}

/// Returns the text in which drawings appear as plain markup: after the model's thoughts, unescaped, or taken out of a
/// JSON string.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let text = after_thoughts(text);
    let drawn = |text: &str| next_opening(text, 0).is_some();
    let quoted = text.find('{').or_else(|| text.find('"')).and_then(|start| {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter();
        longest(&values.next()?.ok()?).filter(|string| drawn(string))
    });
    match quoted {
        Some(string) => Cow::Owned(string),
        None if !drawn(text) && text.contains("&lt;") => html_escape::decode_html_entities(text),
        None => Cow::Borrowed(text),
    }
}

/// Returns what follows the thoughts that some models write into their answer, if there is a drawing in it.
fn after_thoughts(text: &str) -> &str {
    let ends = ["</think>", "</thinking>", "</thought>", "</reasoning>"];
    let end = ends.iter().filter_map(|end| text.rfind(end).map(|at| at + end.len())).max();
    end.map(|end| &text[end..]).filter(|rest| next_opening(rest, 0).is_some()).unwrap_or(text)
}

/// Returns the longest string in a JSON value.
fn longest(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(items) => items.iter().filter_map(longest).max_by_key(String::len),
        serde_json::Value::Object(members) => members.values().filter_map(longest).max_by_key(String::len),
        _ => None,
    }
}

/// Returns every drawing in `text` that is not inside another. A drawing without an end includes everything that
/// follows, except what is a document of its own.
pub(super) fn drawings(text: &str) -> Vec<LocatedDrawing<'_>> {
    let (mut found, mut from, mut within) = (Vec::new(), 0, false);
    for _ in 0..MAX_OPENINGS {
        let Some(start) = next_opening(text, from) else { break };
        if is_quoted(text, start) {
            from = start + 1;
            continue;
        }
        let length = end(&text[start..]);
        let stop = length.map_or(text.len(), |length| start + length);
        let one = LocatedDrawing { text: &text[start..stop], is_complete: length.is_some() };
        from = start + length.unwrap_or(1);
        if !within || one.tag().contains("xmlns") {
            within |= !one.is_complete && one.has_attributes();
            found.push(one);
        }
    }
    found
}

/// Returns true if a tag stands alone between backticks, where prose only mentions it.
fn is_quoted(text: &str, start: usize) -> bool {
    let after = tag_end(&text[start..]).map_or("", |end| &text[start + end + 1..]);
    text[..start].ends_with('`') && after.starts_with('`')
}

fn next_opening(text: &str, from: usize) -> Option<usize> {
    text[from..].match_indices('<').map(|(at, _)| from + at).find(|at| name(&text[*at..]).is_some())
}

/// Returns the name of the tag at the start of `text`, if it opens a drawing: `svg` or `svg:svg`.
pub(super) fn name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('<')?;
    let name = &rest[..rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_')))?];
    let is_svg = name == "svg" || name.strip_suffix(":svg").is_some_and(|prefix| !prefix.is_empty());
    let ends = rest[name.len()..].starts_with(|next: char| next.is_whitespace() || matches!(next, '>' | '/'));
    (is_svg && ends).then_some(name)
}

/// Returns the length of the drawing at the start of `text`; `None` if it does not end.
fn end(text: &str) -> Option<usize> {
    let name = name(text)?;
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let rest = &text[at..];
        let step = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.find("-->")? + "<!---->".len()
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            data.find("]]>")? + "<![CDATA[]]>".len()
        } else if self::name(rest) == Some(name) {
            let end = tag_end(rest)?;
            if !rest[..end].ends_with('/') {
                depth += 1;
            } else if depth == 0 {
                return Some(end + 1);
            }
            end + 1
        } else if let Some(closed) = rest.strip_prefix("</").and_then(|rest| rest.strip_prefix(name))
            && closed.trim_start().starts_with('>')
        {
            depth -= 1;
            let step = rest.find('>')? + 1;
            if depth == 0 {
                return Some(at + step);
            }
            step
        } else {
            1
        };
        at += step;
        at += text.get(at..)?.find('<')?;
    }
}

/// Finds the end of the first tag: its `>`, ignoring any inside quotes.
pub(super) fn tag_end(body: &str) -> Option<usize> {
    let mut quote = None;
    body.char_indices().find_map(|(at, c)| match (quote, c) {
        (None, '>') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), close) if open == close => {
            quote = None;
            None
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, bool)> {
        drawings(text).into_iter().map(|one| (one.text, one.is_complete)).collect()
    }

    #[test]
    fn drawing_ends_at_its_own_end_tag() {
        assert_eq!(found("a <svg><svg/><svg></svg></svg> b"), [("<svg><svg/><svg></svg></svg>", true)]);
        assert_eq!(found("<svg><!-- </svg> --><g/></svg >x"), [("<svg><!-- </svg> --><g/></svg >", true)]);
        assert_eq!(found("<svg><style><![CDATA[</svg>]]></style></svg>").len(), 1);
        assert_eq!(
            found("<svg a='</svg>'/> <svgs> <x:svg></x:svg>"),
            [("<svg a='</svg>'/>", true), ("<x:svg></x:svg>", true)]
        );
        assert_eq!(found("`<svg>` is <svg a=\"1\"></svg>"), [("<svg a=\"1\"></svg>", true)]);
        let cut = "<svg a='1'><svg x='2'><g/></svg>";
        assert_eq!(found(cut), [(cut, false)], "what is within one that was cut off is not the drawing");
        assert_eq!(found("<svg a='1'> again: <svg xmlns='x'></svg>")[1], ("<svg xmlns='x'></svg>", true));
        assert!(found("<svg").is_empty());
    }

    #[test]
    fn number_of_followed_openings_is_limited() {
        assert_eq!(drawings(&"<svg> ".repeat(100_000)).len(), MAX_OPENINGS);
    }

    #[test]
    fn strings_and_escapes_are_decoded_only_around_a_drawing() {
        let svg = "<svg a=\"&lt;\"/>";
        assert_eq!(unescape(svg), svg);
        assert_eq!(unescape(&serde_json::json!({ "note": "x", "svg": svg }).to_string()), svg);
        assert_eq!(unescape("&lt;svg/&gt;"), "<svg/>");
        assert_eq!(unescape("{ no json } <svg/>"), "{ no json } <svg/>");
        assert_eq!(unescape("<think>an <svg a='1'></think><svg/>"), "<svg/>");
        assert_eq!(unescape("<svg/><think>done</think>"), "<svg/><think>done</think>");
    }
}
