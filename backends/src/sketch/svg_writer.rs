//! An SVG writer for areas, lines, lights and gradients, each in the current style. Numbers are rounded so that every
//! machine writes the same bytes.

use std::fmt::Write as _;

use super::{color::Rgb, rng::Rng, style::SketchStyle};

/// Colors from top to bottom, each with its position from 0 to 1.
pub(super) type GradientStops<'a> = &'a [(f32, Rgb)];

/// The outline width of areas, in styles that have outlines.
const OUTLINE: f32 = 3.0;
const SHADOW: &str = "<radialGradient id=\"shadow\"><stop offset=\"0\" stop-color=\"#0b1020\" stop-opacity=\".46\"/>\
    <stop offset=\".6\" stop-color=\"#0b1020\" stop-opacity=\".30\"/>\
    <stop offset=\"1\" stop-color=\"#0b1020\" stop-opacity=\"0\"/></radialGradient>";
/// The number of bands that replace a gradient in a flat style.
const BANDS: u32 = 6;

/// An SVG under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct SvgWriter {
    pub style: SketchStyle,
    pub defs: String,
    pub body: String,
    names: usize,
}

impl SvgWriter {
    pub(super) fn new(style: SketchStyle) -> Self {
        Self { style, defs: SHADOW.to_owned(), ..Self::default() }
    }

    /// Takes the body written so far; later markup starts a new body that shares the definitions.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.body)
    }

    /// Appends raw markup.
    pub(super) fn push_markup(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(markup);
    }

    /// Draws an area with the outline `path`, shaded from top to bottom.
    pub(super) fn area(&mut self, path: &str, stops: GradientStops<'_>) {
        let fill = self.shade(stops);
        let stroke = self.stroke(OUTLINE);
        self.push_markup(format_args!("<path d=\"{path}\" fill=\"{fill}\"{stroke}/>"));
    }

    /// Draws a rectangle without an outline, shaded from top to bottom.
    pub(super) fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32, stops: GradientStops<'_>) {
        let fill = self.shade(stops);
        self.push_markup(format_args!("<path d=\"M{x:.1} {y:.1}h{width:.1}v{height:.1}H{x:.1}z\" fill=\"{fill}\"/>"));
    }

    /// Draws an ellipse in one color.
    pub(super) fn ellipse(&mut self, (x, y): (f32, f32), (rx, ry): (f32, f32), color: Rgb, opacity: f32) {
        let fill = self.style.paint(color, false);
        self.push_markup(format_args!(
            "<ellipse cx=\"{x:.1}\" cy=\"{y:.1}\" rx=\"{rx:.1}\" ry=\"{ry:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }

    /// Draws a light that fades to nothing at `radius`. Styles with lines on paper have none.
    pub(super) fn glow(&mut self, (x, y): (f32, f32), radius: f32, color: Rgb, opacity: f32) {
        if self.style.flat_background().is_some() {
            return;
        }
        let color = self.style.paint(color, false);
        if self.style.is_banded() {
            for part in [0.62, 0.42] {
                let (radius, opacity) = (radius * part, opacity * 0.2);
                self.push_markup(format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{color}\" fill-opacity=\"{opacity:.2}\"/>"
                ));
            }
            return;
        }
        let name = self.name();
        let _ = write!(
            self.defs,
            "<radialGradient id=\"{name}\"><stop offset=\"0\" stop-color=\"{color}\" stop-opacity=\"{opacity:.2}\"/>\
             <stop offset=\".3\" stop-color=\"{color}\" stop-opacity=\"{:.2}\"/>\
             <stop offset=\".6\" stop-color=\"{color}\" stop-opacity=\"{:.2}\"/>\
             <stop offset=\"1\" stop-color=\"{color}\" stop-opacity=\"0\"/></radialGradient>",
            opacity * 0.44,
            opacity * 0.12
        );
        self.push_markup(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"url(#{name})\"/>"));
    }

    /// Draws a shadow on the ground: dark in the middle, soft at the edge.
    pub(super) fn shadow(&mut self, (x, y): (f32, f32), (rx, ry): (f32, f32)) {
        let flat = self.style.flat_background().is_some() || self.style.is_banded();
        let fill = if flat { "#0b1020" } else { "url(#shadow)" };
        let opacity = if flat { 0.14 } else { 1.0 };
        self.push_markup(format_args!(
            "<ellipse cx=\"{x:.1}\" cy=\"{y:.1}\" rx=\"{rx:.1}\" ry=\"{ry:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity}\"/>"
        ));
    }

    /// Draws a line along `path`.
    pub(super) fn line(&mut self, path: &str, color: Rgb, width: f32, opacity: f32) {
        let color = self.style.outline().map_or_else(|| self.style.paint(color, false), |(color, _)| color);
        self.push_markup(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width:.1}\" \
             stroke-linecap=\"round\" stroke-opacity=\"{opacity:.2}\"/>"
        ));
    }

    /// Draws lines of text, centered on `x`, with the baseline of the first one at `y`.
    pub(super) fn text(&mut self, lines: &[String], (x, y): (f32, f32), size: f32, color: Rgb) {
        for (at, line) in lines.iter().enumerate() {
            let y = y + size * 1.25 * at as f32;
            let line = escape(line);
            self.push_markup(format_args!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"sans-serif\" font-weight=\"700\" font-size=\"{size:.1}\" \
                 text-anchor=\"middle\" fill=\"{color}\">{line}</text>"
            ));
        }
    }

    /// Returns the attributes of an outline, or an empty string in a style without outlines.
    pub(super) fn stroke(&self, width: f32) -> String {
        self.style.outline().map_or_else(String::new, |(color, _)| {
            format!(" stroke=\"{color}\" stroke-width=\"{width:.1}\" stroke-linejoin=\"round\"")
        })
    }

    /// Returns a fill for these stops: a color, a gradient, or bands.
    pub(super) fn shade(&mut self, stops: GradientStops<'_>) -> String {
        let first = stops.first().map_or(Rgb::WHITE, |(_, color)| *color);
        if stops.len() < 2 || self.style.flat_background().is_some() {
            return self.style.ground(first).to_string();
        }
        let name = self.name();
        let mut markup = format!("<linearGradient id=\"{name}\" x2=\"0\" y2=\"1\">");
        let mut stop = |offset: f32, color: Rgb| {
            let _ = write!(markup, "<stop offset=\"{offset:.3}\" stop-color=\"{color}\"/>");
        };
        if self.style.is_banded() {
            for band in 0..BANDS {
                let (from, to) = (band as f32 / BANDS as f32, (band + 1) as f32 / BANDS as f32);
                let color = self.style.paint(color_at(stops, f32::midpoint(from, to)), false);
                stop(from, color);
                stop(to, color);
            }
        } else {
            for (offset, color) in stops {
                stop(*offset, self.style.paint(*color, false));
            }
        }
        markup.push_str("</linearGradient>");
        self.defs.push_str(&markup);
        format!("url(#{name})")
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("s{}", self.names)
    }
}

/// Returns the color of a gradient at a position from 0 to 1.
pub(super) fn color_at(stops: GradientStops<'_>, place: f32) -> Rgb {
    let after = stops.iter().position(|(offset, _)| *offset >= place).unwrap_or(stops.len().saturating_sub(1));
    let (Some(right), Some(left)) = (stops.get(after), stops.get(after.saturating_sub(1))) else { return Rgb::WHITE };
    let span = (right.0 - left.0).max(f32::EPSILON);
    left.1.mix(right.1, ((place - left.0) / span).clamp(0.0, 1.0))
}

/// Returns a wavy line of `steps` equal segments from left to right, as the beginning of a path.
pub(super) fn wavy_line(width: f32, y: f32, rise: f32, steps: u32, rng: &mut Rng) -> String {
    let step = width / steps as f32;
    let mut path = format!("M0 {:.1}", y + rng.between(-rise, rise) * 0.5);
    let mut up = rng.coin_flip();
    for at in 1..=steps {
        let lift = rng.between(0.35, 1.0) * if up { -rise } else { rise };
        let (x, middle) = (step * at as f32, step * (at as f32 - 0.5));
        let _ = write!(path, "Q{middle:.1} {:.1} {x:.1} {:.1}", y + lift, y + rng.between(-rise, rise) * 0.22);
        up = !up;
    }
    path
}

/// Escapes text as XML content.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
