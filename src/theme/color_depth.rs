//! Adaptation of a theme to terminals with fewer colors: the nearest colors that remain readable.

use ratatui::style::{Color, Style};

use super::{
    Role, Theme,
    contrast::{MIN_TEXT_CONTRAST, NAMED, contrast, difference, rgb},
};

/// Number of colors that a terminal supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeColorDepth {
    /// 24-bit color.
    True,
    /// The 256 colors of xterm.
    Indexed256,
    /// The sixteen named colors.
    Ansi16,
}

impl ThemeColorDepth {
    /// Returns the available colors. The first 16 of the 256 are left out, because terminals redefine them.
    fn palette(self) -> Vec<Color> {
        match self {
            Self::True => Vec::new(),
            Self::Indexed256 => (16..=255).map(Color::Indexed).collect(),
            Self::Ansi16 => NAMED.to_vec(),
        }
    }
}

impl Theme {
    /// Returns the theme in the colors that the terminal supports. Readable text stays readable.
    #[must_use]
    pub fn adapted(&self, depth: ThemeColorDepth) -> Self {
        let palette = depth.palette();
        if palette.is_empty() {
            return self.clone();
        }
        let grounded = self.map_styles(|_, style| Style { bg: style.bg.map(|bg| nearest(bg, &palette)), ..style });
        grounded.map_styles(|role, style| Style { fg: self.adapted_fg(role, &grounded, &palette), ..style })
    }

    /// Returns the nearest foreground for `role` that is readable on the backgrounds of `adapted`, if the original one
    /// was readable on those of this theme.
    fn adapted_fg(&self, role: Role, adapted: &Self, palette: &[Color]) -> Option<Color> {
        let fg = self.style(role).fg?;
        let read = |color, theme: &Self| least_contrast(color, &theme.possible_backgrounds(role));
        if rgb(fg).is_none() || read(fg, self) < MIN_TEXT_CONTRAST {
            return Some(nearest(fg, palette));
        }
        let readable: Vec<Color> =
            palette.iter().copied().filter(|color| read(*color, adapted) >= MIN_TEXT_CONTRAST).collect();
        let best = || palette.iter().copied().max_by(|a, b| read(*a, adapted).total_cmp(&read(*b, adapted)));
        if readable.is_empty() { best() } else { Some(nearest(fg, &readable)) }
    }

    /// Returns the possible backgrounds of `role`: its own, or all that text can have.
    fn possible_backgrounds(&self, role: Role) -> Vec<Color> {
        self.style(role).bg.map_or_else(|| self.text_backgrounds(), |bg| vec![bg])
    }
}

fn least_contrast(color: Color, text_backgrounds: &[Color]) -> f64 {
    text_backgrounds.iter().filter_map(|ground| contrast(color, *ground)).fold(f64::INFINITY, f64::min)
}

/// Returns the most similar color of `palette`; colors defined by the terminal are kept.
fn nearest(color: Color, palette: &[Color]) -> Color {
    if !matches!(color, Color::Rgb(..) | Color::Indexed(_)) {
        return color;
    }
    palette.iter().copied().min_by_key(|candidate| difference(color, *candidate)).unwrap_or(color)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_color_is_chosen() {
        assert_eq!(nearest(Color::Rgb(95, 135, 175), &ThemeColorDepth::Indexed256.palette()), Color::Indexed(67));
        assert_eq!(nearest(Color::Rgb(250, 250, 250), &ThemeColorDepth::Ansi16.palette()), Color::White);
        assert_eq!(nearest(Color::Reset, &ThemeColorDepth::Ansi16.palette()), Color::Reset);
        assert_eq!(nearest(Color::Red, &ThemeColorDepth::Indexed256.palette()), Color::Red);
    }
}
