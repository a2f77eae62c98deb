//! Sun and moon, drawn around the center of their own group. `layout` places them, and `backdrop` draws their
//! reflections on water.

use super::{
    color::Rgb,
    parse::Thing,
    svg_writer::{GradientStops, SvgWriter},
    vocabulary::DrawingSource,
};

/// Draws a light with the given radius.
pub(super) fn draw(canvas: &mut SvgWriter, thing: &Thing, radius: f32) {
    let wanted = thing.color.map(|(_, color)| color);
    match thing.noun.drawn {
        DrawingSource::Moon => moon(canvas, wanted.unwrap_or(Rgb::hex(0x00fb_f4dc)), radius),
        DrawingSource::Sun => sun(canvas, wanted.unwrap_or(Rgb::hex(0x00ff_d34d)), radius),
        DrawingSource::Emoji(_) | DrawingSource::Markup(_) => {}
    }
}

fn moon(canvas: &mut SvgWriter, color: Rgb, radius: f32) {
    canvas.glow((0.0, 0.0), radius * 3.6, color, 0.62);
    disc(canvas, color.mix(Rgb::WHITE, 0.35), color.mix(Rgb::hex(0x00c8_b98e), 0.30), radius);
    let shade = color.mix(Rgb::hex(0x0085_7c66), 0.34);
    for (x, y, size) in [
        (-0.34, -0.30, 0.20),
        (0.26, -0.42, 0.12),
        (0.36, 0.16, 0.23),
        (-0.18, 0.30, 0.15),
        (0.06, 0.62, 0.10),
        (-0.58, 0.14, 0.09),
    ] {
        canvas.ellipse((x * radius, y * radius), (size * radius, size * radius), shade, 0.34);
    }
}

fn sun(canvas: &mut SvgWriter, color: Rgb, radius: f32) {
    canvas.glow((0.0, 0.0), radius * 4.2, color.mix(Rgb::WHITE, 0.25), 0.75);
    disc(canvas, color.mix(Rgb::WHITE, 0.45), color, radius);
}

fn disc(canvas: &mut SvgWriter, above: Rgb, below: Rgb, radius: f32) {
    let path = format!(
        "M-{radius:.1} 0a{radius:.1} {radius:.1} 0 1 1 {:.1} 0a{radius:.1} {radius:.1} 0 1 1 -{:.1} 0z",
        radius * 2.0,
        radius * 2.0
    );
    let flat = [(0.0, above.mix(below, 0.5))];
    let stops: GradientStops<'_> = if canvas.style.is_banded() { &flat } else { &[(0.0, above), (1.0, below)] };
    canvas.area(&path, stops);
}
