//! The styles: what becomes of a colour, and whether things get an outline.
//! A style never changes what is drawn, only how it looks.

use super::colour::{Hsl, Rgb};

/// A way of drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// Full colours, soft light.
    #[default]
    Colour,
    /// A few flat colours in hard bands, in a frame.
    Poster,
    /// Graphite on paper; only colours that were asked for are coloured in.
    Pencil,
    /// White lines on blue.
    Blueprint,
    /// Full colours at night, whatever hour the prompt says.
    Night,
}

impl Style {
    /// The names of all styles, as the setting takes them.
    pub(super) const NAMES: [&'static str; 5] = ["colour", "poster", "pencil", "blueprint", "night"];

    /// The style of that setting; `None` where none is called so, and for `color`, the default's American spelling.
    pub(super) fn of(setting: &str) -> Option<Self> {
        let all = [Self::Colour, Self::Poster, Self::Pencil, Self::Blueprint, Self::Night];
        Self::NAMES.iter().position(|name| *name == setting).map(|at| all[at])
    }

    /// The style that a prompt asks for by these words.
    pub(super) fn named(words: &str) -> Option<Self> {
        match words {
            "poster" | "flat style" | "flat" | "screen print" | "vector" => Some(Self::Poster),
            "pencil" | "pencil sketch" | "pencil drawing" | "sketch" | "line drawing" | "line art" => {
                Some(Self::Pencil)
            }
            "blueprint" | "technical drawing" => Some(Self::Blueprint),
            _ => None,
        }
    }

    /// What this colour becomes. `wanted` says that the prompt asked for it.
    pub(super) fn paint(self, colour: Rgb, wanted: bool) -> Rgb {
        match self {
            Self::Colour | Self::Night => colour,
            Self::Poster => posterised(colour),
            Self::Pencil if wanted => PAPER.mix(colour, 0.62),
            Self::Pencil => PAPER.mix(grey(colour), 0.30),
            Self::Blueprint if wanted => BLUE.mix(colour, 0.72),
            Self::Blueprint => BLUE.mix(Rgb::WHITE, 0.04 + 0.16 * colour.brightness()),
        }
    }

    /// What the ground colour of a backdrop becomes: on a sheet of paper it is little more than the paper.
    pub(super) fn ground(self, colour: Rgb) -> Rgb {
        self.sheet().map_or_else(|| self.paint(colour, false), |sheet| sheet.mix(self.paint(colour, false), 0.35))
    }

    /// The outline of things: its colour, and its width in 36ths of a thing.
    pub(super) const fn outline(self) -> Option<(Rgb, f32)> {
        match self {
            Self::Pencil => Some((GRAPHITE, 0.42)),
            Self::Blueprint => Some((CHALK, 0.36)),
            Self::Colour | Self::Poster | Self::Night => None,
        }
    }

    /// Whether a gradient becomes a few bands.
    pub(super) const fn bands(self) -> bool {
        matches!(self, Self::Poster)
    }

    /// Whether the picture is lines on one ground colour rather than light in a place.
    pub(super) const fn sheet(self) -> Option<Rgb> {
        match self {
            Self::Pencil => Some(PAPER),
            Self::Blueprint => Some(BLUE),
            Self::Colour | Self::Poster | Self::Night => None,
        }
    }
}

/// A style in the light of a scene.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub style: Style,
    /// What the hour mixes into everything, and how much of it.
    pub light: Option<(Rgb, f32)>,
}

impl Look {
    /// What the colour of a thing becomes. `wanted` says that the prompt asked for it.
    pub(super) fn paint(self, colour: Rgb, wanted: bool) -> Rgb {
        let lit = match self.light {
            Some((light, part)) if self.style.sheet().is_none() => {
                colour.mix(light, if wanted { part * 0.5 } else { part })
            }
            _ => colour,
        };
        self.style.paint(lit, wanted)
    }
}

const PAPER: Rgb = Rgb::hex(0x00f7_f3e9);
const GRAPHITE: Rgb = Rgb::hex(0x003d_3b3c);
const BLUE: Rgb = Rgb::hex(0x001d_4f91);
const CHALK: Rgb = Rgb::hex(0x00dd_ebff);

/// Hue in twelve steps, lightness in six, a little more of everything.
fn posterised(colour: Rgb) -> Rgb {
    let Hsl { hue, saturation, lightness } = colour.hsl();
    let step = |value: f32, steps: f32| (value * steps).round() / steps;
    Hsl { hue: step(hue, 12.0), saturation: (saturation * 1.12).min(0.92), lightness: step(lightness, 7.0) }.rgb()
}

fn grey(colour: Rgb) -> Rgb {
    let level = (colour.brightness() * 255.0).round() as u8;
    Rgb(level, level, level)
}
