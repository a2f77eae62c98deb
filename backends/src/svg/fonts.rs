//! The one bundled font: whatever family a drawing names, its text appears, the same on every machine.
//! No font of the system is ever looked at.

use std::{collections::BTreeSet, sync::Arc};

use resvg::usvg::{
    FontResolver, Group, Node,
    fontdb::{Database, ID, Source},
};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans-Bold.ttf");
const FAMILY: &str = "DejaVu Sans";
/// From this weight on, text is bold.
const BOLD_FROM: u16 = 600;

/// The bundled faces, with every generic family mapped to them.
pub(super) fn database() -> (Arc<Database>, FontResolver<'static>) {
    let mut fonts = Database::new();
    let regular = face(&mut fonts, REGULAR);
    let bold = face(&mut fonts, BOLD);
    fonts.set_serif_family(FAMILY);
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_cursive_family(FAMILY);
    fonts.set_fantasy_family(FAMILY);
    fonts.set_monospace_family(FAMILY);
    let resolver = FontResolver {
        select_font: Box::new(move |font, _| if font.weight() >= BOLD_FROM { bold } else { regular }),
        select_fallback: FontResolver::default_fallback_selector(),
    };
    (Arc::new(fonts), resolver)
}

fn face(fonts: &mut Database, data: &'static [u8]) -> Option<ID> {
    fonts.load_font_source(Source::Binary(Arc::new(data))).first().copied()
}

/// Says which characters of the drawing's text the font lacks.
pub(super) fn remarks(root: &Group) -> Option<String> {
    let mut missing = BTreeSet::new();
    lacking(root, &mut missing);
    let shown: String = missing.iter().filter(|c| !c.is_control()).take(20).collect();
    (!shown.is_empty()).then(|| format!("the bundled font lacks the characters {shown}"))
}

fn lacking(group: &Group, missing: &mut BTreeSet<char>) {
    for node in group.children() {
        match node {
            Node::Group(group) => lacking(group, missing),
            Node::Text(text) => {
                let glyphs = text.layouted().iter().flat_map(|span| &span.positioned_glyphs);
                missing.extend(glyphs.filter(|glyph| glyph.id.0 == 0).flat_map(|glyph| glyph.text.chars()));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}
