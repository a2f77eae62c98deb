//! An incremental parser for a drawing that is still being written: it returns each finished part once, as a document
//! that can be drawn immediately. It is for previews only: a part is drawn when its element ends, so effects that a
//! group applies to its parts together (opacity, a filter) are applied to each part alone. The finished drawing is
//! always rendered as a whole.
//!
//! Parts are drawn one by one because a drawing can arrive in thousands of chunks, and would otherwise be parsed and
//! drawn thousands of times. Drawn part by part over the existing image, all previews together cost about one render.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use memchr::{memchr, memmem};

/// Elements whose children are drawn one by one.
const CONTAINERS: &[&str] = &["svg", "g", "a"];
/// Elements that draw nothing in the place where they are written.
const UNDRAWN_ELEMENTS: &[&str] = &[
    "defs",
    "style",
    "title",
    "desc",
    "metadata",
    "linearGradient",
    "radialGradient",
    "pattern",
    "clipPath",
    "mask",
    "filter",
    "marker",
    "symbol",
    "animate",
    "animateTransform",
    "animateMotion",
    "set",
];
/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 64;
/// The attribute that marks a root whose parts are drawn over earlier ones, and which therefore has no background.
pub(super) const PATCH: &str = "data-tintype-patch";

/// An element whose start tag has been read and whose end tag has not.
#[derive(Debug)]
struct OpenElement {
    name: String,
    /// The range of its start tag.
    tag: Range<usize>,
    id: Option<String>,
    /// True if its children are drawn one by one.
    is_container: bool,
}

/// A finished part.
#[derive(Debug)]
struct FinishedPart {
    /// The start tags of the enclosing groups, without the outermost element.
    enclosing_tags: Vec<Range<usize>>,
    text: Range<usize>,
}

/// The text received so far, and the state of parsing it.
#[derive(Debug, Default)]
pub struct IncrementalParser {
    text: String,
    /// The end of what has been parsed.
    parsed_to: usize,
    /// The position at which the search for the end of the current token continues; `quote` is the quotation mark that
    /// it is inside of.
    search_position: usize,
    quote: Option<u8>,
    root: Option<Range<usize>>,
    open: Vec<OpenElement>,
    ids: HashMap<String, Range<usize>>,
    styles: Vec<Range<usize>>,
    parts: Vec<FinishedPart>,
    /// True once a patch has been taken: only the first one draws the background.
    is_background_drawn: bool,
    /// True once nothing more is parsed: the drawing has ended, or the text is none.
    is_finished: bool,
}

impl IncrementalParser {
    /// Creates a parser that has received no text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends text, which may be split anywhere.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        while !self.is_finished && self.parse_token() {}
    }

    /// Returns the number of bytes received.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Returns a document of the parts finished since the last call, to be drawn over the earlier ones, or `None` if
    /// there are none. The document has not been checked.
    pub fn patch(&mut self) -> Option<String> {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return None;
        }
        let root = &self.text[self.root.clone()?];
        let body = self.body(&parts);
        let needed = self.referenced_elements(&body);
        let mut patch = String::with_capacity(root.len() + needed.len() + body.len() + 64);
        let (name, attributes) = root.split_at("<svg".len().min(root.len()));
        patch.push_str(name);
        if self.is_background_drawn {
            patch.extend([" ", PATCH, "=\"\""]);
        }
        patch.push_str(attributes);
        self.styles.iter().for_each(|style| patch.push_str(&self.text[style.clone()]));
        if !needed.is_empty() {
            patch.extend(["<defs>", &needed, "</defs>"]);
        }
        patch.extend([&body, "</svg>"]);
        self.is_background_drawn = true;
        Some(patch)
    }

    fn body(&self, parts: &[FinishedPart]) -> String {
        let mut body = String::new();
        let mut enclosing_tags: &[Range<usize>] = &[];
        for part in parts {
            if part.enclosing_tags != enclosing_tags {
                self.close(enclosing_tags, &mut body);
                part.enclosing_tags.iter().for_each(|tag| body.push_str(&self.text[tag.clone()]));
                enclosing_tags = &part.enclosing_tags;
            }
            body.push_str(&self.text[part.text.clone()]);
        }
        self.close(enclosing_tags, &mut body);
        body
    }

    fn close(&self, tags: &[Range<usize>], body: &mut String) {
        for tag in tags.iter().rev() {
            body.extend(["</", qualified(&self.text[tag.clone()]), ">"]);
        }
    }

    /// Collects the elements that `body` refers to, and those that they refer to, as far as they are finished.
    fn referenced_elements(&self, body: &str) -> String {
        let mut needed = String::new();
        let mut seen = HashSet::new();
        let mut waiting: Vec<&str> = references(body).collect();
        waiting.extend(self.styles.iter().flat_map(|style| references(&self.text[style.clone()])));
        while let Some(name) = waiting.pop() {
            let Some((name, range)) = self.ids.get_key_value(name).filter(|(name, _)| seen.insert(name.as_str()))
            else {
                continue;
            };
            // A part of the body itself is already included.
            let text = &self.text[range.clone()];
            if !body.contains(&format!("id=\"{name}\"")) {
                needed.push_str(text);
            }
            waiting.extend(references(text));
        }
        needed
    }

    /// Parses one token; `false` if its end has not arrived yet.
    fn parse_token(&mut self) -> bool {
        if self.root.is_none() {
            return self.find_root();
        }
        let rest = &self.text.as_bytes()[self.parsed_to..];
        let Some(at) = memchr(b'<', rest) else {
            self.advance(self.text.len());
            return false;
        };
        self.parsed_to += at;
        let rest = &self.text.as_bytes()[self.parsed_to..];
        self.search_position = self.search_position.max(self.parsed_to);
        match rest {
            [b'<'] => false,
            [b'<', b'!', ..] if rest.len() < b"<![CDATA[".len() => false,
            [b'<', b'!', b'-', b'-', ..] => self.skip_to(b"-->", 4),
            [b'<', b'!', b'[', ..] => self.skip_to(b"]]>", 9),
            [b'<', b'?', ..] => self.skip_to(b"?>", 2),
            [b'<', b'!', ..] => {
                self.is_finished = true;
                false
            }
            [b'<', b'/', ..] => self.end_tag(),
            _ => self.start_tag(),
        }
    }

    fn advance(&mut self, to: usize) {
        self.parsed_to = to;
        self.search_position = to;
        self.quote = None;
    }

    fn find_root(&mut self) -> bool {
        let Some(at) = memmem::find(&self.text.as_bytes()[self.parsed_to..], b"<svg") else {
            // The last bytes may be the beginning of `<svg`.
            let kept = self.text.len().saturating_sub(3);
            self.parsed_to =
                self.parsed_to.max((0..=kept).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0));
            return false;
        };
        let start = self.parsed_to + at;
        match self.text.as_bytes().get(start + 4) {
            None => {
                self.parsed_to = start;
                false
            }
            Some(b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/') => {
                self.parsed_to = start;
                self.search_position = self.search_position.max(start);
                self.start_tag()
            }
            Some(_) => {
                self.parsed_to = start + 4;
                true
            }
        }
    }

    fn skip_to(&mut self, end: &[u8], head: usize) -> bool {
        let from = self.search_position.max(self.parsed_to + head);
        let found = memmem::find(&self.text.as_bytes()[from..], end);
        match found {
            Some(at) => self.advance(from + at + end.len()),
            None => self.search_position = from.max(self.text.len().saturating_sub(end.len())),
        }
        found.is_some()
    }

    /// Finds the end of the tag at `parsed_to`: just after its `>`, ignoring any inside quotes.
    fn tag_end(&mut self) -> Option<usize> {
        for (at, byte) in self.text.bytes().enumerate().skip(self.search_position) {
            match (self.quote, byte) {
                (None, b'>') => return Some(at + 1),
                (None, b'"' | b'\'') => self.quote = Some(byte),
                (Some(open), close) if open == close => self.quote = None,
                _ => {}
            }
        }
        self.search_position = self.text.len();
        None
    }

    fn start_tag(&mut self) -> bool {
        let Some(end) = self.tag_end() else { return false };
        let tag = self.parsed_to..end;
        self.advance(end);
        let text = &self.text[tag.clone()];
        let name = local(qualified(text)).to_owned();
        let (alone, id) = (text.ends_with("/>"), attribute(text, "id"));
        if self.root.is_none() {
            self.is_finished = alone;
            self.root = Some(tag.clone());
        }
        let is_container = CONTAINERS.contains(&name.as_str()) && self.open.last().is_none_or(|open| open.is_container);
        let open = OpenElement { name, tag, id, is_container };
        if alone {
            self.finish(open, end);
        } else if self.open.len() == MAX_DEPTH {
            self.is_finished = true;
        } else {
            self.open.push(open);
        }
        true
    }

    fn end_tag(&mut self) -> bool {
        let Some(end) = self.tag_end() else { return false };
        let name = local(self.text[self.parsed_to + 2..end - 1].trim()).to_owned();
        self.advance(end);
        match self.open.pop() {
            Some(open) if open.name == name => self.finish(open, end),
            _ => self.is_finished = true,
        }
        self.is_finished |= self.open.is_empty();
        true
    }

    /// Records an element that has ended.
    fn finish(&mut self, open: OpenElement, end: usize) {
        let whole = open.tag.start..end;
        if let Some(id) = open.id {
            self.ids.insert(id, whole.clone());
        }
        if open.name == "style" {
            self.styles.push(whole);
            return;
        }
        let seen = !open.is_container && !UNDRAWN_ELEMENTS.contains(&open.name.as_str());
        if seen && self.open.last().is_some_and(|parent| parent.is_container) {
            let enclosing_tags = self.open.iter().skip(1).map(|group| group.tag.clone()).collect();
            self.parts.push(FinishedPart { enclosing_tags, text: whole });
        }
    }
}

/// Returns the name of a tag as written, with its prefix.
fn qualified(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    name.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default()
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    tag.match_indices(name).find_map(|(at, _)| {
        let before = tag[..at].ends_with(char::is_whitespace);
        let rest = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| before && ['"', '\''].contains(c))?;
        rest[1..].split(quote).next().map(str::to_owned)
    })
}

/// Returns the names that follow each `#`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('#').map(|(at, _)| {
        let name = &text[at + 1..];
        let end = name.find(['"', '\'', ')', '<', '>', ' ', '\t', '\r', '\n', ';', '{']).unwrap_or(name.len());
        &name[..end]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Size,
        svg::{CheckedSvg, PixelBuffer, SvgCanvas, SvgLimits, extract},
    };

    const CANVAS: Size = Size::new(96, 96);
    const DRAWING: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">
  <!-- a > comment with <rect/> in it -->
  <defs><linearGradient id="sky"><stop offset="0" stop-color="#08f"/><stop offset="1" stop-color="#fff"/></linearGradient>
  <circle id="dot" r="4"/></defs>
  <style>.leaf { fill: green }</style>
  <rect width="96" height="96" fill="url(#sky)"/>
  <g transform="translate(10 10)" stroke='black'>
    <g fill="red"><circle cx="20" cy="20" r="9"/><path d="M40 5 L60 30 Z" data-a="1 > 0"/></g>
    <text x="5" y="70" font-size="12">a <tspan>b</tspan></text>
  </g>
  <use href="#dot" x="80" y="80"/><g id="late"><ellipse cx="30" cy="84" rx="6" ry="3" class="leaf"/></g>
  <use href="#late" x="20"/>
</svg> and some words after it"##;

    fn draw(canvas: &mut SvgCanvas, patch: &str) {
        let extracted = extract(patch, CANVAS).unwrap();
        canvas.paint(&CheckedSvg::parse(&extracted.svg, &SvgLimits::default()).unwrap()).unwrap();
    }

    fn render_incrementally(text: &str, step: usize, every: usize) -> PixelBuffer {
        let mut growing = IncrementalParser::new();
        let mut canvas = SvgCanvas::new(CANVAS, &SvgLimits::default()).unwrap();
        let letters: Vec<char> = text.chars().collect();
        for (at, piece) in letters.chunks(step).enumerate() {
            growing.push(&piece.iter().collect::<String>());
            if at % every == 0
                && let Some(patch) = growing.patch()
            {
                draw(&mut canvas, &patch);
            }
        }
        growing.patch().into_iter().for_each(|patch| draw(&mut canvas, &patch));
        canvas.pixels()
    }

    #[test]
    fn incremental_render_matches_full_render() {
        let whole = CheckedSvg::parse(&extract(DRAWING, CANVAS).unwrap().svg, &SvgLimits::default()).unwrap();
        let whole = whole.render(CANVAS).unwrap();
        for (step, every) in [(1, 1), (7, 1), (7, 5), (64, 3), (10_000, 1)] {
            assert!(render_incrementally(DRAWING, step, every) == whole, "in steps of {step}, every {every}");
        }
    }

    #[test]
    fn every_part_is_drawn_once() {
        let mut growing = IncrementalParser::new();
        let patches: Vec<String> = DRAWING
            .chars()
            .filter_map(|letter| {
                growing.push(&letter.to_string());
                growing.patch()
            })
            .collect();
        assert_eq!(patches.len(), 7, "{patches:#?}");
        assert_eq!(patches.iter().filter(|patch| patch.contains("M40 5")).count(), 1);
        assert!(patches[1].contains("<g fill=\"red\">") && patches[1].ends_with("</g></g></svg>"));
        assert_eq!(growing.patch(), None);
    }

    #[test]
    fn surrounding_prose_and_fences_are_skipped() {
        let mut growing = IncrementalParser::new();
        growing.push("An <svg-like> thing:\n```svg\n<sv");
        growing.push("g><rect width='1' height='1'/");
        assert_eq!(growing.patch(), None, "the part is not finished");
        growing.push(">");
        assert_eq!(growing.patch().as_deref(), Some("<svg><rect width='1' height='1'/></svg>"));
        growing.push("</svg>\n```\n<svg><circle r='1'/></svg>");
        assert_eq!(growing.patch(), None, "what comes after the end is not drawn");
    }

    #[test]
    fn text_without_a_drawing_yields_no_patch() {
        for text in ["", "no drawing", "<!DOCTYPE svg><svg", "<svg/>", "<svg></g><rect/>", "<svg><!DOCTYPE x><rect/>"] {
            let mut growing = IncrementalParser::new();
            growing.push(text);
            assert_eq!(growing.patch(), None, "{text}");
        }
    }

    #[test]
    fn long_part_is_not_rescanned_for_every_chunk() {
        let mut growing = IncrementalParser::new();
        growing.push("<svg><path d=\"");
        for _ in 0..100 {
            growing.push(&"M0 0L1 1".repeat(1000));
            assert_eq!(growing.search_position, growing.bytes());
        }
    }
}
