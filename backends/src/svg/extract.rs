//! Finds the drawing in an answer that may have prose and code fences around it, and repairs what can be repaired
//! safely. Each repair is reported, and a drawing that was cut off is never closed here.

use std::borrow::Cow;

use super::{SvgLimits, document_check, drawing_locator, entities};
use crate::Size;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Namespace prefixes that drawings use without declaring them, and their namespaces.
const PREFIXES: &[(&str, &str)] = &[
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("inkscape", "http://www.inkscape.org/namespaces/inkscape"),
    ("sodipodi", "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"),
];

/// The maximum number of drawings per answer that are considered.
const MAX_CANDIDATES: usize = 8;

/// A drawing extracted from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractedSvg {
    /// The drawing, from `<svg` to its end.
    pub svg: String,
    /// The repairs made to the drawing, one per line; empty if it was complete as delivered. Removing the text around
    /// it does not count as a repair.
    pub repairs: Vec<String>,
}

/// Extracts the drawing from `text`. HTML entities are replaced, and a missing `xmlns`, missing prefix declarations
/// and a missing `viewBox` are inserted; `canvas` is the requested size, used if the drawing states none. Among
/// several complete drawings, the last one that is about as long as the longest is chosen: drafts and snippets come
/// before it.
///
/// Returns `None` if there is no `<svg` at all. A drawing without an end is returned as far as it goes.
pub fn extract(text: &str, canvas: Size) -> Option<ExtractedSvg> {
    // A document's own entities are not resolved, and references to them are not turned into text.
    let declares = text.contains("<!ENTITY");
    let text = drawing_locator::unescape(text);
    let found = drawing_locator::drawings(&text);
    let mut whole: Vec<&str> = found.iter().filter(|one| one.is_complete).map(|one| one.text).collect();
    let unfinished = found.iter().rev().filter(|one| !one.is_complete).max_by_key(|one| one.has_attributes());
    whole.sort_by_key(|text| std::cmp::Reverse(text.len()));
    whole.truncate(MAX_CANDIDATES);
    let mended = whole.iter().map(|text| (*text, repair(text, canvas, declares)));
    let mut sound: Vec<(&str, ExtractedSvg)> = mended.filter(|(_, drawing)| is_sound(&drawing.svg)).collect();
    let longest = sound.iter().map(|(text, _)| text.len()).max().unwrap_or(0);
    sound.retain(|(text, _)| text.len() >= longest / 2);
    sound.sort_by_key(|(text, _)| text.as_ptr() as usize);
    if let Some((_, last)) = sound.pop() {
        return Some(last);
    }
    let cut_off = unfinished.filter(|one| one.has_attributes()).map(|one| one.text);
    let next_best = cut_off.or(whole.first().copied()).or(unfinished.map(|one| one.text))?;
    Some(repair(next_best, canvas, declares))
}

/// Returns true if a drawing can be parsed and is not empty.
fn is_sound(svg: &str) -> bool {
    document_check::document(svg, &SvgLimits::default()).is_ok_and(|document| document.root_element().has_children())
}

fn repair(body: &str, canvas: Size, declares: bool) -> ExtractedSvg {
    let (body, mut repairs) =
        if declares { (Cow::Borrowed(body), Vec::new()) } else { entities::replace_entities(body) };
    let Some(tag_end) = drawing_locator::tag_end(&body) else {
        return ExtractedSvg { svg: body.into_owned(), repairs: Vec::new() };
    };
    let (tag, rest) = body.split_at(tag_end);
    let (tag, closing) = tag.strip_suffix('/').map_or((tag, ""), |tag| (tag, "/"));
    let mut tag = tag.to_owned();
    repairs.extend(insert_missing(&mut tag, &body, canvas));
    ExtractedSvg { svg: format!("{tag}{closing}{rest}"), repairs }
}

/// Returns the drawing in `text` with its `width` and `height` set to `size`; its content stays the same, complete and
/// centered. Returns `None` if there is no drawing.
pub fn with_size(text: &str, size: Size) -> Option<String> {
    let drawing = extract(text, size)?.svg;
    let (tag, rest) = drawing.split_at(drawing_locator::tag_end(&drawing)?);
    let mut tag = tag.to_owned();
    if attribute(&tag, "viewBox").is_none() {
        let edge = |name: &str| attribute(&tag, name).and_then(pixels);
        let view = format!(" viewBox=\"0 0 {} {}\"", edge("width")?, edge("height")?);
        tag.insert_str(1 + drawing_locator::name(&tag)?.len(), &view);
    }
    for name in ["width", "height"] {
        while let Some(place) = attribute_range(&tag, name) {
            tag.replace_range(place, "");
        }
    }
    let (width, height) = (size.width, size.height);
    let (name, others) = tag.split_at(1 + drawing_locator::name(&tag)?.len());
    Some(format!("{name} width=\"{width}\" height=\"{height}\"{others}{rest}"))
}

/// Finds an attribute of a tag, including the space before it.
fn attribute_range(tag: &str, name: &str) -> Option<std::ops::Range<usize>> {
    tag.match_indices(name).find_map(|(at, _)| {
        let start = at - tag[..at].chars().next_back().filter(|c| c.is_whitespace())?.len_utf8();
        let mut rest = tag[at + name.len()..].char_indices().filter(|(_, c)| !c.is_whitespace());
        let (_, '=') = rest.next()? else { return None };
        let (open, quote @ ('"' | '\'')) = rest.next()? else { return None };
        let value = at + name.len() + open + 1;
        Some(start..value + tag[value..].find(quote)? + 1)
    })
}

/// Inserts the attributes that the first tag lacks.
fn insert_missing(tag: &mut String, body: &str, canvas: Size) -> Vec<String> {
    let mut repairs = Vec::new();
    let mut insert = |tag: &mut String, name: &str, value: &str| {
        tag.extend([" ", name, "=\"", value, "\""]);
        repairs.push(format!("inserted the missing `{name}`"));
    };
    let own =
        drawing_locator::name(tag).and_then(|name| name.split_once(':')).map(|(prefix, _)| format!("xmlns:{prefix}"));
    let own = own.unwrap_or_else(|| "xmlns".to_owned());
    if attribute(tag, &own).is_none() {
        insert(tag, &own, NAMESPACE);
    }
    for (prefix, namespace) in PREFIXES {
        let declaration = format!("xmlns:{prefix}");
        if body.contains(&format!("{prefix}:")) && !body.contains(&declaration) {
            insert(tag, &declaration, namespace);
        }
    }
    // A drawing without a `viewBox` is as large as its stated size, which is enough if there is one.
    let stated = |name: &str| attribute(tag, name).and_then(pixels);
    let is_sized = stated("width").is_some() && stated("height").is_some();
    if attribute(tag, "viewBox").is_none() && !is_sized {
        let edge = |name: &str, asked: u32| attribute(tag, name).and_then(pixels).unwrap_or(asked as f32);
        let view = format!("0 0 {} {}", edge("width", canvas.width), edge("height", canvas.height));
        insert(tag, "viewBox", &view);
    }
    repairs
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let before = tag[..at].ends_with(char::is_whitespace);
        let rest = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| before && ['"', '\''].contains(c))?;
        rest[1..].split(quote).next()
    })
}

/// Parses a length in pixels; percentages and font-relative units do not count as a size.
fn pixels(length: &str) -> Option<f32> {
    const INCH: f32 = 96.0;
    let length = length.trim();
    let number = length.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match length[number.len()..].to_ascii_lowercase().as_str() {
        "" | "px" => 1.0,
        "in" => INCH,
        "cm" => INCH / 2.54,
        "mm" => INCH / 25.4,
        "pt" => INCH / 72.0,
        "pc" => INCH / 6.0,
        _ => return None,
    };
    let number = number.trim().parse::<f32>().ok()? * unit;
    (number.is_finite() && number >= 1.0).then_some(number)
}
