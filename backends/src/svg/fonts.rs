//! The bundled fonts: sans, serif and monospace, each in regular, bold and slanted. Text appears whatever family a
//! drawing names, and looks the same on every machine. System fonts are never used.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use resvg::usvg::{
    self, FontFamily, FontResolver, FontStyle, Group, Node,
    fontdb::{Database, ID, Source},
    roxmltree::Document,
};
use skrifa::{FontRef, MetadataProvider};

use super::{allowlist, error::shorten};

/// The weight from which text is bold.
const BOLD_FROM: u16 = 600;
/// The family of text that names none, as in browsers.
pub(super) const DEFAULT: &str = "serif";

const SANS: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");

/// A typeface design with four faces: regular, bold, slanted, bold and slanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typeface {
    Sans,
    Serif,
    Mono,
}

const FACES: [[&[u8]; 4]; 3] = [
    [
        SANS,
        include_bytes!("../../assets/fonts/DejaVuSans-Bold.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSans-Oblique.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSans-BoldOblique.ttf"),
    ],
    [
        include_bytes!("../../assets/fonts/DejaVuSerif.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSerif-Bold.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSerif-Italic.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSerif-BoldItalic.ttf"),
    ],
    [
        include_bytes!("../../assets/fonts/DejaVuSansMono.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSansMono-Bold.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSansMono-Oblique.ttf"),
        include_bytes!("../../assets/fonts/DejaVuSansMono-BoldOblique.ttf"),
    ],
];

/// Parts of well-known font names, with the bundled design that replaces them.
const KNOWN_FONTS: &[(&str, Typeface)] = &[
    ("mono", Typeface::Mono),
    ("courier", Typeface::Mono),
    ("consolas", Typeface::Mono),
    ("menlo", Typeface::Mono),
    ("monaco", Typeface::Mono),
    ("fira code", Typeface::Mono),
    ("source code", Typeface::Mono),
    ("terminal", Typeface::Mono),
    ("sans", Typeface::Sans),
    ("arial", Typeface::Sans),
    ("helvetica", Typeface::Sans),
    ("verdana", Typeface::Sans),
    ("tahoma", Typeface::Sans),
    ("segoe", Typeface::Sans),
    ("roboto", Typeface::Sans),
    ("inter", Typeface::Sans),
    ("system-ui", Typeface::Sans),
    ("-apple-system", Typeface::Sans),
    ("blinkmacsystemfont", Typeface::Sans),
    ("ubuntu", Typeface::Sans),
    ("calibri", Typeface::Sans),
    ("trebuchet", Typeface::Sans),
    ("lato", Typeface::Sans),
    ("montserrat", Typeface::Sans),
    ("poppins", Typeface::Sans),
    ("futura", Typeface::Sans),
    ("impact", Typeface::Sans),
    ("ui-rounded", Typeface::Sans),
    ("serif", Typeface::Serif),
    ("times", Typeface::Serif),
    ("georgia", Typeface::Serif),
    ("garamond", Typeface::Serif),
    ("palatino", Typeface::Serif),
    ("baskerville", Typeface::Serif),
    ("bodoni", Typeface::Serif),
    ("didot", Typeface::Serif),
    ("cambria", Typeface::Serif),
    ("playfair", Typeface::Serif),
    ("merriweather", Typeface::Serif),
];

fn design(family: &FontFamily) -> Option<Typeface> {
    match family {
        FontFamily::Serif => Some(Typeface::Serif),
        FontFamily::SansSerif => Some(Typeface::Sans),
        FontFamily::Monospace => Some(Typeface::Mono),
        FontFamily::Cursive | FontFamily::Fantasy => None,
        FontFamily::Named(name) => {
            let name = name.to_lowercase();
            KNOWN_FONTS.iter().find(|(part, _)| name.contains(part)).map(|(_, design)| *design)
        }
    }
}

/// Returns the bundled faces, each loaded when a text first needs it, and the resolver that chooses among them.
pub(super) fn database() -> (Arc<Database>, FontResolver<'static>) {
    let mut fonts = Database::new();
    // The fallback for characters that another face lacks.
    let sans = load(&mut fonts, SANS);
    let mut read = [[None; 4]; 3];
    read[Typeface::Sans as usize][0] = sans;
    let read = Mutex::new(read);
    let resolver = FontResolver {
        select_font: Box::new(move |font, fonts| {
            let design = font.families().iter().find_map(design).unwrap_or(Typeface::Sans) as usize;
            let bold = usize::from(font.weight() >= BOLD_FROM);
            let face = bold + 2 * usize::from(font.style() != FontStyle::Normal);
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            if read[design][face].is_none() {
                read[design][face] = load(Arc::make_mut(fonts), FACES[design][face]);
            }
            read[design][face]
        }),
        select_fallback: FontResolver::default_fallback_selector(),
    };
    (Arc::new(fonts), resolver)
}

fn load(fonts: &mut Database, data: &'static [u8]) -> Option<ID> {
    fonts.load_font_source(Source::Binary(Arc::new(data))).first().copied()
}

/// Returns a remark on the characters of a drawing's text that the fonts lack.
pub(super) fn missing_glyphs_remark(document: &Document<'_>) -> Option<String> {
    let words = |node: usvg::roxmltree::Node<'_, '_>| {
        node.is_text() && node.ancestors().any(|outer| outer.has_tag_name((allowlist::SVG, "text")))
    };
    let letters: BTreeSet<char> = document
        .descendants()
        .filter(|node| words(*node))
        .flat_map(|node| node.text().unwrap_or_default().chars())
        .collect();
    if letters.iter().all(char::is_ascii) {
        return None;
    }
    let font = FontRef::new(SANS).ok()?;
    let map = font.charmap();
    let shown: String =
        letters.into_iter().filter(|letter| is_seen(*letter) && map.map(*letter).is_none()).take(20).collect();
    (!shown.is_empty()).then(|| format!("the bundled font lacks the characters {shown}"))
}

/// Returns true if a character has a visible glyph.
fn is_seen(letter: char) -> bool {
    let joins = matches!(u32::from(letter), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff | 0xe0100..=0xe01ef);
    !(letter.is_control() || letter.is_whitespace() || joins)
}

/// Returns a remark on the font families that are neither bundled nor known to resemble a bundled one.
pub(super) fn unknown_fonts_remark(root: &Group) -> Option<String> {
    let mut names = BTreeSet::new();
    unknown(root, &mut names);
    let names: Vec<String> = names.iter().take(5).map(|name| format!("`{}`", shorten(name))).collect();
    (!names.is_empty()).then(|| format!("text in the font {} is drawn in DejaVu Sans", names.join(", ")))
}

fn unknown(group: &Group, names: &mut BTreeSet<String>) {
    for node in group.children() {
        match node {
            Node::Group(group) => unknown(group, names),
            Node::Text(text) => {
                let fonts = text.chunks().iter().flat_map(usvg::TextChunk::spans).map(usvg::TextSpan::font);
                for font in fonts.filter(|font| font.families().iter().all(|family| design(family).is_none())) {
                    names.extend(font.families().first().map(|family| family.to_string().trim_matches('"').to_owned()));
                }
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}
