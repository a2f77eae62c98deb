//! The styles: how each changes colors, and whether things have outlines. A style never changes what is drawn, only
//! how it looks.

use super::color::{Hsl, Rgb};

/// A drawing style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SketchStyle {
    /// Full colors, soft light.
    #[default]
    Color,
    /// A few flat colors in hard bands, in a frame.
    Poster,
    /// Graphite on paper; only colors that the prompt asks for are colored in.
    Pencil,
    /// White lines on blue.
    Blueprint,
    /// Full colors at night, whatever hour the prompt names.
    Night,
}

impl SketchStyle {
    /// The names of all styles, as values of the setting.
    pub(super) const NAMES: [&'static str; 5] = ["color", "poster", "pencil", "blueprint", "night"];

    /// Parses a value of the setting; `None` for unknown names, and for `color`, the older spelling of the default.
    pub(super) fn from_setting(setting: &str) -> Option<Self> {
        let all = [Self::Color, Self::Poster, Self::Pencil, Self::Blueprint, Self::Night];
        Self::NAMES.iter().position(|name| *name == setting).map(|at| all[at])
    }

    /// Returns the style that these words of a prompt ask for.
    pub(super) fn from_prompt(words: &str) -> Option<Self> {
        match words {
            "poster" | "flat style" | "flat" | "screen print" | "vector" => Some(Self::Poster),
            "pencil" | "pencil sketch" | "pencil drawing" | "sketch" | "line drawing" | "line art" => {
                Some(Self::Pencil)
            }
            "blueprint" | "technical drawing" => Some(Self::Blueprint),
            _ => None,
        }
    }

    /// Converts a color to this style. `wanted` means that the prompt asked for the color.
    pub(super) fn paint(self, color: Rgb, wanted: bool) -> Rgb {
        match self {
            Self::Color | Self::Night => color,
            Self::Poster => posterize(color),
            Self::Pencil if wanted => PAPER.mix(color, 0.62),
            Self::Pencil => PAPER.mix(gray(color), 0.30),
            Self::Blueprint if wanted => BLUE.mix(color, 0.72),
            Self::Blueprint => BLUE.mix(Rgb::WHITE, 0.04 + 0.16 * color.brightness()),
        }
    }

    /// Converts the ground color of a backdrop to this style: on a sheet of paper it is little more than the paper.
    pub(super) fn ground(self, color: Rgb) -> Rgb {
        self.flat_background()
            .map_or_else(|| self.paint(color, false), |sheet| sheet.mix(self.paint(color, false), 0.35))
    }

    /// Returns the outline of things: its color, and its width in 36ths of a thing.
    pub(super) const fn outline(self) -> Option<(Rgb, f32)> {
        match self {
            Self::Pencil => Some((GRAPHITE, 0.42)),
            Self::Blueprint => Some((CHALK, 0.36)),
            Self::Color | Self::Poster | Self::Night => None,
        }
    }

    /// Returns true if gradients become a few bands.
    pub(super) const fn is_banded(self) -> bool {
        matches!(self, Self::Poster)
    }

    /// Returns the ground color if the image is lines on one color rather than a lit place.
    pub(super) const fn flat_background(self) -> Option<Rgb> {
        match self {
            Self::Pencil => Some(PAPER),
            Self::Blueprint => Some(BLUE),
            Self::Color | Self::Poster | Self::Night => None,
        }
    }
}

/// A style combined with the light of a scene.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub style: SketchStyle,
    /// The color that the hour mixes into everything, and its part.
    pub light: Option<(Rgb, f32)>,
}

impl Look {
    /// Converts the color of a thing. `wanted` means that the prompt asked for the color.
    pub(super) fn paint(self, color: Rgb, wanted: bool) -> Rgb {
        let lit = match self.light {
            Some((light, part)) if self.style.flat_background().is_none() => {
                color.mix(light, if wanted { part * 0.5 } else { part })
            }
            _ => color,
        };
        self.style.paint(lit, wanted)
    }
}

const PAPER: Rgb = Rgb::hex(0x00f7_f3e9);
const GRAPHITE: Rgb = Rgb::hex(0x003d_3b3c);
const BLUE: Rgb = Rgb::hex(0x001d_4f91);
const CHALK: Rgb = Rgb::hex(0x00dd_ebff);

/// Rounds hue to twelfths of a turn and lightness to sevenths, and slightly increases the saturation.
fn posterize(color: Rgb) -> Rgb {
    let Hsl { hue, saturation, lightness } = color.hsl();
    let step = |value: f32, steps: f32| (value * steps).round() / steps;
    Hsl { hue: step(hue, 12.0), saturation: (saturation * 1.12).min(0.92), lightness: step(lightness, 7.0) }.rgb()
}

fn gray(color: Rgb) -> Rgb {
    let level = (color.brightness() * 255.0).round() as u8;
    Rgb(level, level, level)
}
