//! A theme for terminals that cannot show every colour: the nearest ones that still read well.
//! It changes colours only; which role has which is the theme's business.

use ratatui::style::{Color, Style};

use super::{
    Role, Theme,
    contrast::{NAMED, READABLE, contrast, difference, rgb},
};

/// How many colours a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// All of them.
    True,
    /// The 256 of xterm.
    Indexed256,
    /// The sixteen named ones.
    Ansi16,
}

impl ColorDepth {
    /// What it can show. The first sixteen of the 256 are left out: every terminal has its own idea of them.
    fn palette(self) -> Vec<Color> {
        match self {
            Self::True => Vec::new(),
            Self::Indexed256 => (16..=255).map(Color::Indexed).collect(),
            Self::Ansi16 => NAMED.to_vec(),
        }
    }
}

impl Theme {
    /// The same theme in the colours that the terminal can show. Words that were readable stay readable.
    #[must_use]
    pub fn adapted(&self, depth: ColorDepth) -> Self {
        let palette = depth.palette();
        if palette.is_empty() {
            return self.clone();
        }
        let grounded = self.map_styles(|_, style| Style { bg: style.bg.map(|bg| nearest(bg, &palette)), ..style });
        grounded.map_styles(|role, style| Style { fg: self.adapted_fg(role, &grounded, &palette), ..style })
    }

    /// The nearest foreground for `role` that reads on the backgrounds of the `adapted` theme, if it did on those of this one.
    fn adapted_fg(&self, role: Role, adapted: &Self, palette: &[Color]) -> Option<Color> {
        let fg = self.style(role).fg?;
        let read = |color, theme: &Self| least_contrast(color, &theme.beneath(role));
        if rgb(fg).is_none() || read(fg, self) < READABLE {
            return Some(nearest(fg, palette));
        }
        let readable: Vec<Color> = palette.iter().copied().filter(|color| read(*color, adapted) >= READABLE).collect();
        let best = || palette.iter().copied().max_by(|a, b| read(*a, adapted).total_cmp(&read(*b, adapted)));
        if readable.is_empty() { best() } else { Some(nearest(fg, &readable)) }
    }

    /// What `role` can stand on: its own background, or one of those that text stands on.
    fn beneath(&self, role: Role) -> Vec<Color> {
        self.style(role).bg.map_or_else(|| self.grounds(), |bg| vec![bg])
    }
}

fn least_contrast(color: Color, grounds: &[Color]) -> f64 {
    grounds.iter().filter_map(|ground| contrast(color, *ground)).fold(f64::INFINITY, f64::min)
}

/// The colour of `palette` that looks most like `color`; what only the terminal knows stays.
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
    fn the_nearest_colour_is_taken() {
        assert_eq!(nearest(Color::Rgb(95, 135, 175), &ColorDepth::Indexed256.palette()), Color::Indexed(67));
        assert_eq!(nearest(Color::Rgb(250, 250, 250), &ColorDepth::Ansi16.palette()), Color::White);
        assert_eq!(nearest(Color::Reset, &ColorDepth::Ansi16.palette()), Color::Reset);
        assert_eq!(nearest(Color::Red, &ColorDepth::Indexed256.palette()), Color::Red);
    }
}
