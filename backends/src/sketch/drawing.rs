//! Turns a parsed prompt into a drawing: backdrop, placed things, text, frame. The drawing is SVG in three parts, so
//! that previews can show it in stages.

use std::fmt::Write as _;

use super::{
    backdrop::Backdrop,
    color::Rgb,
    layout::{self, LayoutFrame, Placed, SupportKind},
    parse::ParsedPrompt,
    rng::Rng,
    scene::{GroundKind, Hour},
    style::{Look, SketchStyle},
    svg_writer::SvgWriter,
    thing_art::{InkBounds, ThingArt},
    vocabulary::DrawingSource,
};
use crate::{Size, svg::SvgError};

/// The maximum number of characters per line of text.
const MAX_LINE_CHARS: usize = 26;
const MAX_CAPTION_LINES: usize = 8;

/// A finished drawing, still split into its parts.
#[derive(Clone, Debug)]
pub(super) struct SketchDrawing {
    size: Size,
    frame: LayoutFrame,
    title: String,
    defs: String,
    backdrop: String,
    things: Vec<String>,
    front: String,
}

impl SketchDrawing {
    /// The requested size.
    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// The number of things in the drawing.
    pub(super) fn things(&self) -> usize {
        self.things.len()
    }

    /// Returns the SVG with the first `things` things; it is complete if that is all of them.
    pub(super) fn svg(&self, things: usize) -> String {
        let Self { size, frame, title, defs, backdrop, .. } = self;
        let shown = self.things.get(..things).unwrap_or(&self.things).concat();
        let front = if things >= self.things.len() { self.front.as_str() } else { "" };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {:.1} {:.1}\">\n\
             <title>{title}</title>\n<defs>{defs}</defs>\n<g data-part=\"scene\">{backdrop}</g>\n{shown}\n{front}\n</svg>\n",
            size.width, size.height, frame.width, frame.height
        )
    }
}

/// Draws a parsed prompt.
pub(super) fn draw(
    reading: &ParsedPrompt,
    prompt: &str,
    size: Size,
    style: SketchStyle,
    seed: u64,
) -> Result<SketchDrawing, SvgError> {
    let arts: Vec<Option<ThingArt>> =
        reading.things.iter().map(|thing| ThingArt::load(thing.noun.drawn)).collect::<Result<_, _>>()?;
    let frame = LayoutFrame::new(size.width, size.height);
    let inks: Vec<InkBounds> = arts.iter().map(|art| art.as_ref().map_or(InkBounds::ALL, |art| art.ink)).collect();
    let placed = layout::place(reading, &inks, frame, seed);
    let painter = DrawingPainter { reading, prompt, arts, frame, look: current_look(reading, style), seed, placed };
    Ok(painter.paint(size))
}

fn current_look(reading: &ParsedPrompt, style: SketchStyle) -> Look {
    let light = match (reading.scene.hour, reading.scene.ground) {
        (_, GroundKind::Underwater) => Some((Rgb::hex(0x0016_6fa8), 0.16)),
        (Hour::Night, _) => Some((Rgb::hex(0x001c_2a66), 0.24)),
        (Hour::Sunset, _) => Some((Rgb::hex(0x00d8_6a5a), 0.13)),
        (Hour::Day, _) => None,
    };
    Look { style, light }
}

struct DrawingPainter<'a> {
    reading: &'a ParsedPrompt,
    prompt: &'a str,
    arts: Vec<Option<ThingArt>>,
    frame: LayoutFrame,
    look: Look,
    seed: u64,
    placed: Vec<Placed>,
}

impl DrawingPainter<'_> {
    fn paint(&self, size: Size) -> SketchDrawing {
        let mut canvas = SvgWriter::new(self.look.style);
        let mut backdrop = self.backdrop();
        if self.reading.is_empty() {
            super::placeholder::draw(&mut canvas, self.frame, self.seed);
        } else {
            backdrop.draw(&mut canvas);
        }
        self.paper_grid(&mut canvas);
        let back = canvas.take();
        let things = self.placed.iter().map(|placed| self.thing(placed, &mut canvas)).collect();
        backdrop.weather(&mut canvas);
        self.texts(&mut canvas);
        self.border(&mut canvas);
        let front = canvas.take();
        let mut defs = canvas.defs;
        for (at, (art, thing)) in self.arts.iter().zip(&self.reading.things).enumerate() {
            let Some(art) = art else { continue };
            let id = format!("t{at}");
            let _ = write!(defs, "<g id=\"{id}\">{}</g>", art.markup(thing, self.look, &id));
        }
        let title = super::svg_writer::escape(&self.prompt.chars().take(200).collect::<String>());
        SketchDrawing { size, frame: self.frame, title, defs, backdrop: back, things, front }
    }

    fn backdrop(&self) -> Backdrop<'_> {
        let scene = &self.reading.scene;
        let standing = self.placed.iter().filter(|placed| placed.support == SupportKind::Ground);
        let farthest_bottom = standing.map(|placed| placed.bottom).fold(f32::INFINITY, f32::min);
        let horizon = match scene.ground {
            GroundKind::Studio | GroundKind::Room => {
                self.frame.horizon(scene).min(farthest_bottom - self.frame.height * 0.07).max(self.frame.height * 0.2)
            }
            _ => self.frame.horizon(scene),
        };
        let lights = self.placed.iter().filter_map(|placed| {
            cast_light(self.reading.things[placed.thing].noun.drawn).map(|color| (placed.x, color))
        });
        let rng = Rng::new(self.seed, &format!("backdrop of {}", self.prompt));
        Backdrop { scene, frame: self.frame, horizon, farthest_bottom, rng, lights: lights.collect() }
    }

    /// Draws the grid lines of blueprint paper.
    fn paper_grid(&self, canvas: &mut SvgWriter) {
        if canvas.style != SketchStyle::Blueprint {
            return;
        }
        let LayoutFrame { width, height } = self.frame;
        let mut grid = String::new();
        for at in 1..=(width / 50.0) as u32 {
            let _ = write!(grid, "M{} 0V{height:.0}", at * 50);
        }
        for at in 1..=(height / 50.0) as u32 {
            let _ = write!(grid, "M0 {}H{width:.0}", at * 50);
        }
        canvas.line(&grid, Rgb::WHITE, 1.0, 0.16);
    }

    /// Returns one thing as a group of its own, with its name in `data-word`.
    fn thing(&self, placed: &Placed, canvas: &mut SvgWriter) -> String {
        let thing = &self.reading.things[placed.thing];
        let color = thing.color.map_or_else(String::new, |(name, _)| format!(" data-color=\"{name}\""));
        canvas.push_markup(format_args!(
            "<g data-word=\"{}\"{color} transform=\"translate({:.1} {:.1})\">",
            super::svg_writer::escape(thing.noun.word),
            placed.x,
            placed.y()
        ));
        draw_support(placed, canvas);
        match &self.arts[placed.thing] {
            Some(art) => {
                let scale = placed.width / art.ink.width();
                let flip = if placed.flipped { -scale } else { scale };
                let (x, y) = art.ink.middle();
                canvas.push_markup(format_args!(
                    "<use href=\"#t{}\" transform=\"scale({flip:.4} {scale:.4}) translate({:.2} {:.2})\"/>",
                    placed.thing, -x, -y
                ));
            }
            None => super::sun_and_moon::draw(canvas, thing, placed.width / 2.0),
        }
        canvas.push_markup(format_args!("</g>\n"));
        canvas.take()
    }

    /// Draws quoted text on a sign, or the prompt as a caption if nothing in it is known.
    fn texts(&self, canvas: &mut SvgWriter) {
        let caption = self.reading.is_empty() && self.reading.texts.is_empty();
        let text = if caption {
            self.prompt.split_whitespace().take(14).collect::<Vec<_>>().join(" ")
        } else {
            self.reading.texts.join(" ")
        };
        let lines = wrap(&text);
        if lines.is_empty() {
            return;
        }
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(4) as f32;
        let size = (self.frame.width * 0.80 / (longest * 0.68)).min(92.0);
        let (width, height) = (longest * size * 0.70 + size, size * (1.25 * lines.len() as f32 + 0.55));
        let alone = self.placed.is_empty();
        let middle = if alone { self.frame.height * 0.5 } else { self.frame.height * 0.035 + height / 2.0 };
        let (x, top) = (self.frame.width / 2.0, middle - height / 2.0);
        let [ground, ink] = match canvas.style {
            SketchStyle::Blueprint => [Rgb::hex(0x0018_4480), Rgb::hex(0x00e6_f0ff)],
            _ => [Rgb::hex(0x00ff_fdf5), Rgb::hex(0x002b_2a33)],
        };
        let stroke = canvas.stroke(3.0);
        canvas.push_markup(format_args!(
            "<g data-word=\"text\" transform=\"translate({x:.1} {middle:.1})\"><rect x=\"{:.1}\" y=\"{:.1}\" \
             width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{:.1}\" fill=\"{ground}\" fill-opacity=\".92\"{stroke}/>",
            -width / 2.0,
            -height / 2.0,
            size * 0.28
        ));
        canvas.text(&lines, (0.0, top - middle + size * 1.17), size, ink);
        canvas.push_markup(format_args!("</g>\n"));
    }

    fn border(&self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let (inset, thick, color) = match canvas.style {
            SketchStyle::Poster => (0.0, 56.0, Rgb::hex(0x00fa_f3e3)),
            SketchStyle::Blueprint => (22.0, 4.0, Rgb::hex(0x00dd_ebff)),
            SketchStyle::Pencil => (24.0, 2.0, Rgb::hex(0x003d_3b3c)),
            SketchStyle::Color | SketchStyle::Night => return,
        };
        if let Some(paper) = canvas.style.flat_background() {
            canvas.push_markup(format_args!(
                "<rect width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"{paper}\" stroke-width=\"{}\"/>",
                inset * 2.0
            ));
        }
        canvas.push_markup(format_args!(
            "<rect x=\"{inset}\" y=\"{inset}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{thick}\"/>",
            width - 2.0 * inset,
            height - 2.0 * inset
        ));
    }
}

/// Draws the support of a thing: its shadow, or a board on the wall.
fn draw_support(placed: &Placed, canvas: &mut SvgWriter) {
    let (half, low) = (placed.width / 2.0, placed.height / 2.0);
    match placed.support {
        SupportKind::None => {}
        SupportKind::Ground => {
            canvas.shadow((0.0, low - half * 0.01), (half * 1.12, half * 0.19));
        }
        SupportKind::WallShelf => {
            let board = format!("M{:.1} {low:.1}h{:.1}v15h-{:.1}z", -half * 1.25, half * 2.5, half * 2.5);
            canvas.area(&board, &[(0.0, Rgb::hex(0x00b5_8456)), (1.0, Rgb::hex(0x008a_5d38))]);
        }
    }
}

/// Returns the color of the light that a thing casts.
fn cast_light(drawn: DrawingSource) -> Option<Rgb> {
    match drawn {
        DrawingSource::Moon => Some(Rgb::hex(0x00ff_f6d8)),
        DrawingSource::Sun => Some(Rgb::hex(0x00ff_e2a0)),
        DrawingSource::Emoji(_) | DrawingSource::Markup(_) => None,
    }
}

/// Wraps text into lines of similar length.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().take(MAX_LINE_CHARS).collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < MAX_LINE_CHARS => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines.truncate(MAX_CAPTION_LINES);
    lines
}
