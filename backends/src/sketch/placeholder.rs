//! A decorative placeholder for prompts with no known words: overlapping discs over soft bands. It does not illustrate
//! the prompt.

use super::{
    color::Hsl,
    layout::{LayoutFrame, SHORT_EDGE},
    rng::Rng,
    svg_writer::{SvgWriter, wavy_line},
};

/// Draws the placeholder; the seed selects its colors.
pub(super) fn draw(canvas: &mut SvgWriter, frame: LayoutFrame, seed: u64) {
    let mut rng = Rng::new(seed, "nothing");
    let hue = rng.between(0.0, 1.0);
    let tone = |turn: f32, saturation: f32, lightness: f32| Hsl { hue: hue + turn, saturation, lightness }.rgb();
    canvas.rectangle(
        0.0,
        0.0,
        frame.width,
        frame.height,
        &[(0.0, tone(0.0, 0.55, 0.90)), (1.0, tone(0.10, 0.60, 0.78))],
    );
    for _ in 0..7 {
        let place = (frame.width * rng.between(0.05, 0.95), frame.height * rng.between(0.05, 0.70));
        let radius = SHORT_EDGE * rng.between(0.08, 0.26);
        let color = tone(rng.between(-0.16, 0.22), 0.62, rng.between(0.56, 0.72));
        canvas.ellipse(place, (radius, radius), color, 0.62);
    }
    for row in 0..4 {
        let part = row as f32 / 4.0;
        let edge = wavy_line(frame.width, frame.height * (0.62 + 0.30 * part), SHORT_EDGE * 0.07, 3, &mut rng);
        let color = tone(0.04 + 0.10 * part, 0.50, 0.62 - 0.28 * part);
        canvas.area(&format!("{edge}V{:.1}H0z", frame.height), &[(0.0, color)]);
    }
}
