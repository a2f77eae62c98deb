//! A remark when parts of a drawing are outside its view, so that the missing parts are not taken for the model's
//! intent. The drawing is not changed: what is outside stays invisible, as in every viewer.

use resvg::usvg::{Group, Node, Rect, Tree};

/// One part in this many may be outside before it is reported: a starry sky that extends slightly beyond the view is
/// not a mistake.
const TOLERATED_SHARE: usize = 20;

/// Returns a remark if shapes, images or text are entirely outside the view.
pub(super) fn remark(tree: &Tree) -> Option<String> {
    let size = tree.size();
    let mut count = OutsideCounts { all: 0, outside: 0 };
    count.group(tree.root(), (size.width(), size.height()));
    let OutsideCounts { all, outside } = count;
    (outside * TOLERATED_SHARE > all).then(|| {
        let parts = if all == 1 { "part is" } else { "parts are" };
        format!("{outside} of the drawing's {all} {parts} outside its view and cannot be seen")
    })
}

struct OutsideCounts {
    all: usize,
    outside: usize,
}

impl OutsideCounts {
    fn group(&mut self, group: &Group, view: (f32, f32)) {
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, view),
                Node::Path(_) | Node::Image(_) | Node::Text(_) => {
                    self.all += 1;
                    self.outside += usize::from(is_outside(node.abs_bounding_box(), view));
                }
            }
        }
    }
}

fn is_outside(part: Rect, (width, height): (f32, f32)) -> bool {
    part.right() < 0.0 || part.bottom() < 0.0 || part.left() > width || part.top() > height
}

#[cfg(test)]
mod tests {
    use crate::svg::{CheckedSvg, SvgLimits};

    fn remarks(body: &str) -> Vec<String> {
        let svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{body}</svg>"#);
        CheckedSvg::parse(&svg, &SvgLimits::default()).unwrap().remarks().to_vec()
    }

    #[test]
    fn invisible_parts_are_reported_but_clipped_ones_are_not() {
        let body = "<rect x='-20' width='200' height='9'/><g transform='translate(300 0)'><circle r='9'/></g>";
        assert_eq!(remarks(body), ["1 of the drawing's 2 parts are outside its view and cannot be seen"]);
        assert!(remarks("<rect x='-20' width='200' height='9'/>").is_empty());
    }
}
