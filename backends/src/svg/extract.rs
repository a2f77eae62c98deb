//! Finds the drawing in an answer that may have prose and fences around it, and mends what is safely mended.
//! Each repair is said; nothing that was cut off is closed here.

use crate::Size;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Prefixes that drawings use without declaring them, and what they stand for.
const PREFIXES: &[(&str, &str)] = &[
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("inkscape", "http://www.inkscape.org/namespaces/inkscape"),
    ("sodipodi", "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"),
];

/// A drawing taken out of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// The drawing, from `<svg` to its end.
    pub svg: String,
    /// What was done to it, a line each; empty where it was whole as delivered. Text around it is no repair.
    pub repairs: Vec<String>,
}

/// The outermost `<svg …>…</svg>` of `text`, with a missing `xmlns`, missing prefix declarations and a missing
/// `viewBox` inserted. `canvas` is the size that was asked for, taken where the drawing states none.
/// `None` where there is no `<svg` at all. A drawing without an end is returned as far as it goes.
pub fn extract(text: &str, canvas: Size) -> Option<Extracted> {
    let start = opening(text)?;
    let end = text.rfind("</svg>").map(|at| at + "</svg>".len()).filter(|end| *end > start);
    let body = end.map_or(&text[start..], |end| &text[start..end]);
    let Some(tag_end) = tag_end(body) else {
        return Some(Extracted { svg: body.to_owned(), repairs: Vec::new() });
    };
    // A drawing that is one empty element ends with its tag, whatever follows.
    let body = if body[..tag_end].ends_with('/') { &body[..=tag_end] } else { body };
    let (tag, rest) = body.split_at(tag_end);
    let (tag, closing) = tag.strip_suffix('/').map_or((tag, ""), |tag| (tag, "/"));
    let mut tag = tag.to_owned();
    let repairs = mend(&mut tag, body, canvas);
    Some(Extracted { svg: format!("{tag}{closing}{rest}"), repairs })
}

/// The drawing in `text` with its `width` and `height` set to `size`; what it shows stays the same, whole and centred.
/// `None` where there is no drawing.
pub fn resized(text: &str, size: Size) -> Option<String> {
    let drawing = extract(text, size)?.svg;
    let (tag, rest) = drawing.split_at(tag_end(&drawing)?);
    let mut tag = tag.to_owned();
    for name in ["width", "height"] {
        while let Some(place) = place(&tag, name) {
            tag.replace_range(place, "");
        }
    }
    let (width, height) = (size.width, size.height);
    let (_, others) = tag.split_at("<svg".len());
    Some(format!("<svg width=\"{width}\" height=\"{height}\"{others}{rest}"))
}

/// Where an attribute of a tag stands, with the blank before it.
fn place(tag: &str, name: &str) -> Option<std::ops::Range<usize>> {
    tag.match_indices(name).find_map(|(at, _)| {
        let start = at - tag[..at].chars().next_back().filter(|c| c.is_whitespace())?.len_utf8();
        let mut rest = tag[at + name.len()..].char_indices().filter(|(_, c)| !c.is_whitespace());
        let (_, '=') = rest.next()? else { return None };
        let (open, quote @ ('"' | '\'')) = rest.next()? else { return None };
        let value = at + name.len() + open + 1;
        Some(start..value + tag[value..].find(quote)? + 1)
    })
}

fn mend(tag: &mut String, body: &str, canvas: Size) -> Vec<String> {
    let mut repairs = Vec::new();
    let mut insert = |tag: &mut String, name: &str, value: &str| {
        tag.extend([" ", name, "=\"", value, "\""]);
        repairs.push(format!("inserted the missing `{name}`"));
    };
    if attribute(tag, "xmlns").is_none() {
        insert(tag, "xmlns", NAMESPACE);
    }
    for (prefix, namespace) in PREFIXES {
        let declaration = format!("xmlns:{prefix}");
        if body.contains(&format!("{prefix}:")) && !body.contains(&declaration) {
            insert(tag, &declaration, namespace);
        }
    }
    if attribute(tag, "viewBox").is_none() {
        let edge = |name: &str, asked: u32| attribute(tag, name).and_then(pixels).unwrap_or(asked as f32);
        let view = format!("0 0 {} {}", edge("width", canvas.width), edge("height", canvas.height));
        insert(tag, "viewBox", &view);
    }
    repairs
}

fn opening(text: &str) -> Option<usize> {
    text.match_indices("<svg").map(|(at, _)| at).find(|at| {
        text[at + "<svg".len()..].starts_with(|next: char| next.is_whitespace() || next == '>' || next == '/')
    })
}

/// Where the first tag ends: its `>`, not one inside quotes.
fn tag_end(body: &str) -> Option<usize> {
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

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let before = tag[..at].ends_with(char::is_whitespace);
        let rest = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| before && ['"', '\''].contains(c))?;
        rest[1..].split(quote).next()
    })
}

/// A length in pixels; percentages and other units say nothing here.
fn pixels(length: &str) -> Option<f32> {
    let number = length.trim().trim_end_matches("px").trim().parse::<f32>().ok()?;
    (number.is_finite() && number >= 1.0).then_some(number)
}
