//! The drawing of one thing: its ink, its colors, and its markup in another color or style. A drawing fills a box of
//! 36 by 36; `layout` places the boxes.

use std::fmt::Write as _;

use super::{color::Rgb, parse::Thing, style::Look, vocabulary::DrawingSource};
use crate::{
    Size,
    svg::{CheckedSvg, SvgError, SvgLimits},
};

/// The edge of the box that drawings are made for.
pub(super) const BOX: f32 = 36.0;
/// The edge, in pixels, of the render used to measure a drawing.
const MEASURE: u32 = 72;
/// The minimum part of a thing that takes on a requested color.
const COVERAGE: f32 = 0.6;

/// The inked part of the box, in units of the box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct InkBounds {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl InkBounds {
    /// The whole box.
    pub(super) const ALL: Self = Self { left: 0.0, top: 0.0, right: BOX, bottom: BOX };

    pub(super) fn middle(self) -> (f32, f32) {
        (f32::midpoint(self.left, self.right), f32::midpoint(self.top, self.bottom))
    }

    pub(super) fn width(self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(self) -> f32 {
        self.bottom - self.top
    }
}

/// A measured drawing.
#[derive(Clone, Debug)]
pub(super) struct ThingArt {
    markup: &'static str,
    /// The bounds of the ink.
    pub ink: InkBounds,
    /// The colors of the drawing and the part of it that each covers, 0 to 1, the largest first.
    colors: Vec<(Rgb, f32)>,
}

impl ThingArt {
    /// Loads the drawing of a noun and measures it in a small render. Returns `None` for lights in the sky.
    pub(super) fn load(drawn: DrawingSource) -> Result<Option<Self>, SvgError> {
        let Some(markup) = drawn.markup() else { return Ok(None) };
        let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">{markup}</svg>"#);
        let small = CheckedSvg::parse(&text, &SvgLimits::default())?.render(Size::new(MEASURE, MEASURE))?;
        let (ink, colors) = measure(&small.rgba, &fill_colors(markup));
        Ok(Some(Self { markup, ink, colors }))
    }

    /// Returns the markup of a thing in its color and look. `id` keeps its internal names distinct from those of other
    /// things.
    pub(super) fn markup(&self, thing: &Thing, look: Look, id: &str) -> String {
        let changed = thing.color.map(|(_, to)| (self.main_colors(), to));
        let paint = |color: Rgb| match &changed {
            Some((family, to)) if family.contains(&color) => {
                let (main, _) = self.colors.first().copied().unwrap_or((color, 1.0));
                look.paint(color.shaded(main, *to), true)
            }
            _ => look.paint(color, false),
        };
        let mut markup = repaint(self.markup, &paint);
        if self.markup.contains(" id=") {
            markup = markup.replace("id=\"", &format!("id=\"{id}-")).replace("url(#", &format!("url(#{id}-"));
        }
        // Shapes without a fill color are black.
        let mut group = format!("<g fill=\"{}\"", paint(Rgb(0, 0, 0)));
        if let Some((color, width)) = look.style.outline() {
            let _ = write!(group, " stroke=\"{color}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"");
        }
        format!("{group}>{markup}</g>")
    }

    /// Returns the colors that make up the thing, without those of its details: the main color, similar ones, and as
    /// many more as it takes to cover most of the thing.
    fn main_colors(&self) -> Vec<Rgb> {
        let Some((main, _)) = self.colors.first().copied() else { return Vec::new() };
        let alike = |color: Rgb| {
            let (a, b) = (main.hsl(), color.hsl());
            let turn = (a.hue - b.hue).abs();
            let gray = a.saturation < 0.2 && b.saturation < 0.2 && (a.lightness - b.lightness).abs() < 0.35;
            gray || (turn.min(1.0 - turn) < 0.09 && a.saturation >= 0.2 && b.saturation >= 0.2)
        };
        let mut covered = 0.0;
        let mut family = Vec::new();
        for (color, part) in &self.colors {
            if alike(*color) {
                covered += part;
                family.push(*color);
            }
        }
        for (color, part) in &self.colors {
            if covered < COVERAGE && !family.contains(color) {
                covered += part;
                family.push(*color);
            }
        }
        family
    }
}

/// Returns the fill colors in a drawing's markup.
fn fill_colors(markup: &str) -> Vec<Rgb> {
    let mut fills = Vec::new();
    let _ = repaint(markup, &mut |color| {
        if !fills.contains(&color) {
            fills.push(color);
        }
        color
    });
    fills
}

/// Measures the bounds of the ink, and the part of it that each color covers.
fn measure(rgba: &[u8], fills: &[Rgb]) -> (InkBounds, Vec<(Rgb, f32)>) {
    let (mut left, mut top, mut right, mut bottom) = (MEASURE, MEASURE, 0, 0);
    let mut counts = vec![0u32; fills.len()];
    let mut total = 0u32;
    for (at, pixel) in rgba.chunks_exact(4).enumerate() {
        if pixel[3] < 32 {
            continue;
        }
        let (x, y) = (at as u32 % MEASURE, at as u32 / MEASURE);
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1));
        total += 1;
        let seen = Rgb(pixel[0], pixel[1], pixel[2]);
        let nearest = fills
            .iter()
            .position(|fill| *fill == seen)
            .or_else(|| (0..fills.len()).min_by(|a, b| fills[*a].distance(seen).total_cmp(&fills[*b].distance(seen))));
        if let Some(nearest) = nearest {
            counts[nearest] += 1;
        }
    }
    let mut colors: Vec<(Rgb, f32)> =
        fills.iter().zip(&counts).map(|(fill, count)| (*fill, *count as f32 / total.max(1) as f32)).collect();
    colors.sort_by(|a, b| b.1.total_cmp(&a.1));
    if total == 0 {
        return (InkBounds::ALL, colors);
    }
    let scale = BOX / MEASURE as f32;
    let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| edge as f32 * scale);
    (InkBounds { left, top, right, bottom }, colors)
}

/// Returns the markup with `paint` applied to every color.
fn repaint(markup: &str, mut paint: impl FnMut(Rgb) -> Rgb) -> String {
    let mut painted = String::with_capacity(markup.len() + 64);
    let mut rest = markup;
    while let Some(at) = rest.find("=\"#") {
        let (before, after) = rest.split_at(at + 2);
        painted.push_str(before);
        let end = after.find('"').unwrap_or(after.len());
        match Rgb::parse(&after[..end]) {
            Some(color) => {
                let _ = write!(painted, "{}", paint(color));
            }
            None => painted.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    painted.push_str(rest);
    painted
}
