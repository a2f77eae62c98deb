//! Remarks on text that cannot be read as intended, because it extends beyond the edge of the view or overlaps other
//! text. Only the boxes around the words are compared; shapes drawn over them are not considered.

use resvg::usvg::{Group, Node, Rect, Text, Tree};

use super::error::shorten;

/// The tolerated part of a text's width or height beyond the edge, since boxes are wider than ink.
const TOLERATED_OVERHANG: f32 = 0.08;
/// The tolerated overlap as a part of the smaller of two boxes, since the lines of a paragraph are close together.
const TOLERATED_OVERLAP: f32 = 0.4;
/// The number of texts above which the check is skipped: they are no longer lettering, and comparing each pair takes
/// time.
const MAX_TEXTS: usize = 300;

/// Returns remarks on unreadable text, at most one of each kind.
pub(super) fn remarks(tree: &Tree) -> Vec<String> {
    let mut texts = Vec::new();
    collect(tree.root(), &mut texts);
    let view = tree.size();
    let over = texts.iter().find(|(_, place)| is_cut(*place, (view.width(), view.height())));
    let over = over.map(|(text, _)| format!("the text `{}` extends beyond the edge", text_content(text)));
    let covered = (texts.len() <= MAX_TEXTS).then(|| overlapping_texts(&texts)).flatten();
    let covered =
        covered.map(|(one, other)| format!("the texts `{}` and `{}` overlap", text_content(one), text_content(other)));
    over.into_iter().chain(covered).collect()
}

fn collect<'a>(group: &'a Group, texts: &mut Vec<(&'a Text, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, texts),
            Node::Text(text) => texts.push((text, text.abs_bounding_box())),
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

/// Returns true if a text is partly beyond the edge; text that is entirely outside is reported elsewhere.
fn is_cut(place: Rect, (width, height): (f32, f32)) -> bool {
    let beyond = |low: f32, high: f32, edge: f32| (-low).max(high - edge).max(0.0);
    let (x, y) = (beyond(place.left(), place.right(), width), beyond(place.top(), place.bottom(), height));
    let part = (x / place.width().max(1.0)).max(y / place.height().max(1.0));
    part > TOLERATED_OVERHANG && part < 1.0
}

fn overlapping_texts<'a>(texts: &[(&'a Text, Rect)]) -> Option<(&'a Text, &'a Text)> {
    let area = |place: &Rect| place.width() * place.height();
    let pairs = texts.iter().enumerate().flat_map(|(at, one)| texts[at + 1..].iter().map(move |other| (one, other)));
    let mut covered = pairs.filter(|((_, one), (_, other))| {
        let width = one.right().min(other.right()) - one.left().max(other.left());
        let height = one.bottom().min(other.bottom()) - one.top().max(other.top());
        width > 0.0 && height > 0.0 && width * height > TOLERATED_OVERLAP * area(one).min(area(other))
    });
    // The same words twice are a shadow or an outline.
    covered
        .find(|((one, _), (other, _))| text_content(one) != text_content(other))
        .map(|((one, _), (other, _))| (*one, *other))
}

fn text_content(text: &Text) -> String {
    let all: String = text.chunks().iter().map(|chunk| chunk.text().trim()).collect::<Vec<_>>().join(" ");
    shorten(&all)
}

#[cfg(test)]
mod tests {
    use crate::svg::{CheckedSvg, SvgLimits};

    fn remarks(body: &str) -> Vec<String> {
        let svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{body}</svg>"#);
        CheckedSvg::parse(&svg, &SvgLimits::default()).unwrap().remarks().to_vec()
    }

    #[test]
    fn unreadable_text_is_reported() {
        assert_eq!(
            remarks("<text x='60' y='50' font-size='20'>Open daily</text>"),
            ["the text `Open daily` extends beyond the edge"]
        );
        let two = "<text x='5' y='50' font-size='20'>Open</text><text x='9' y='53' font-size='20'>Shut</text>";
        assert_eq!(remarks(two), ["the texts `Open` and `Shut` overlap"]);
    }

    #[test]
    fn paragraph_lines_and_shadows_are_not_reported() {
        let lines = "<text x='5' y='40' font-size='20'>One</text><text x='5' y='62' font-size='20'>Two</text>";
        assert!(remarks(lines).is_empty(), "{:?}", remarks(lines));
        let shadow = "<text x='6' y='51' font-size='20'>One</text><text x='5' y='50' font-size='20'>One</text>";
        assert!(remarks(shadow).is_empty());
    }
}
