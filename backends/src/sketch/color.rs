//! Colors: names, mixing, and changing one into another while light and shade are preserved. There is no color
//! management.

/// An sRGB color with eight bits per channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rgb(pub u8, pub u8, pub u8);

/// Hue in turns; saturation and lightness from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hsl {
    pub hue: f32,
    pub saturation: f32,
    pub lightness: f32,
}

const NAMES: &[(&str, u32)] = &[
    ("red", 0x00dd_2e44),
    ("orange", 0x00f4_900c),
    ("yellow", 0x00fd_cb32),
    ("green", 0x0043_a047),
    ("blue", 0x002f_6fd0),
    ("purple", 0x0088_47c2),
    ("pink", 0x00f4_7fb0),
    ("brown", 0x008a_4b28),
    ("black", 0x0026_2a30),
    ("white", 0x00f7_f8fa),
    ("gray", 0x0088_9099),
    ("grey", 0x0088_9099),
    ("gold", 0x00e0_a92e),
    ("golden", 0x00e0_a92e),
    ("silver", 0x00b6_bec8),
    ("turquoise", 0x002a_b8b0),
    ("teal", 0x0016_7f86),
    ("cyan", 0x0022_b6d6),
    ("magenta", 0x00d0_2a9c),
    ("violet", 0x007a_4fd0),
    ("indigo", 0x0043_3fa8),
    ("navy", 0x0022_3a78),
    ("crimson", 0x00b5_1633),
    ("scarlet", 0x00e0_321c),
    ("maroon", 0x007c_1f2d),
    ("beige", 0x00e6_d3b1),
    ("tan", 0x00c9_a27a),
    ("olive", 0x007c_8231),
    ("lime", 0x0094_d82d),
    ("lavender", 0x00b6_a4e6),
    ("peach", 0x00ff_b78f),
    ("copper", 0x00b8_7040),
    ("emerald", 0x001f_9d63),
    ("ginger", 0x00d9_8032),
];

/// Looks up a color by name, and returns it with its canonical name.
pub(super) fn by_name(word: &str) -> Option<(&'static str, Rgb)> {
    NAMES.iter().find(|(name, _)| *name == word).map(|(name, hex)| (*name, Rgb::hex(*hex)))
}

impl Rgb {
    pub(super) const WHITE: Self = Self(255, 255, 255);

    /// Converts a color from `0xrrggbb`.
    pub(super) const fn hex(value: u32) -> Self {
        Self((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// Parses `#rgb` or `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        match digits.len() {
            6 => Some(Self::hex(value)),
            3 => {
                let channel = |shift: u32| ((value >> shift & 0xf) * 17) as u8;
                Some(Self(channel(8), channel(4), channel(0)))
            }
            _ => None,
        }
    }

    /// Mixes this color with a `part` (0 to 1) of `other`.
    pub(super) fn mix(self, other: Self, part: f32) -> Self {
        let channel = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    /// Returns the perceived brightness, 0 to 1.
    pub(super) fn brightness(self) -> f32 {
        (f32::from(self.0) * 0.299 + f32::from(self.1) * 0.587 + f32::from(self.2) * 0.114) / 255.0
    }

    /// Returns the distance between two colors, 0 to about 441.
    pub(super) fn distance(self, other: Self) -> f32 {
        let channel = |a: u8, b: u8| (f32::from(a) - f32::from(b)).powi(2);
        (channel(self.0, other.0) + channel(self.1, other.1) + channel(self.2, other.2)).sqrt()
    }

    pub(super) fn hsl(self) -> Hsl {
        let [r, g, b] = [self.0, self.1, self.2].map(|channel| f32::from(channel) / 255.0);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let (spread, lightness) = (most - least, f32::midpoint(most, least));
        if spread <= f32::EPSILON {
            return Hsl { hue: 0.0, saturation: 0.0, lightness };
        }
        let saturation = spread / (1.0 - (2.0 * lightness - 1.0).abs()).max(f32::EPSILON);
        let sixth = if most <= r {
            (g - b) / spread
        } else if most <= g {
            (b - r) / spread + 2.0
        } else {
            (r - g) / spread + 4.0
        };
        Hsl { hue: (sixth / 6.0).rem_euclid(1.0), saturation: saturation.min(1.0), lightness }
    }

    /// Converts `self`, a shade of something that is mostly `from`, to the same shade of something that is mostly
    /// `to`.
    pub(super) fn shaded(self, from: Self, to: Self) -> Self {
        let step = self.hsl().lightness - from.hsl().lightness;
        let target = to.hsl();
        let lightness = (target.lightness + step * 0.65).clamp(0.07, 0.97);
        Hsl { lightness, ..target }.rgb()
    }
}

impl Hsl {
    pub(super) fn rgb(self) -> Rgb {
        let chroma = (1.0 - (2.0 * self.lightness - 1.0).abs()) * self.saturation;
        let sixth = self.hue.rem_euclid(1.0) * 6.0;
        let second = chroma * (1.0 - (sixth % 2.0 - 1.0).abs());
        let (r, g, b) = match sixth as u32 {
            0 => (chroma, second, 0.0),
            1 => (second, chroma, 0.0),
            2 => (0.0, chroma, second),
            3 => (0.0, second, chroma),
            4 => (second, 0.0, chroma),
            _ => (chroma, 0.0, second),
        };
        let least = self.lightness - chroma / 2.0;
        let channel = |value: f32| ((value + least) * 255.0).round().clamp(0.0, 255.0) as u8;
        Rgb(channel(r), channel(g), channel(b))
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
