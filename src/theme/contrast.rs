//! Contrast of two colors by WCAG 2.
//! Numbered colors are assumed to look as in xterm; terminals may redefine the first sixteen.

use ratatui::style::Color;

/// Minimum contrast for text (WCAG 2, level AA).
pub(super) const MIN_TEXT_CONTRAST: f64 = 4.5;

/// The sixteen named colors as xterm shows them.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The sixteen named colors in numerical order.
pub(super) const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// Returns red, green and blue; `None` for the terminal's default color.
pub(super) fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    match color {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index) => Some(indexed(index)),
        Color::Reset => None,
        named => NAMED.iter().position(|color| *color == named).map(|index| ANSI[index]),
    }
}

/// Returns a color of the xterm palette: 16 named colors, a cube with an edge of 6, and a ramp of 24 grays.
fn indexed(index: u8) -> (u8, u8, u8) {
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..16 => ANSI[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232.. => {
            let gray = 8 + 10 * (index - 232);
            (gray, gray, gray)
        }
    }
}

/// Returns the relative luminance, from 0 for black to 1 for white.
pub(super) fn luminance(color: Color) -> Option<f64> {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    rgb(color).map(|(r, g, b)| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b))
}

/// Returns the contrast, from 1 for equal colors to 21 for black and white; `None` if the terminal decides.
pub(super) fn contrast(one: Color, other: Color) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// Returns the perceptual difference of two colors, in no particular unit.
pub(super) fn difference(one: Color, other: Color) -> u32 {
    let (Some(one), Some(other)) = (rgb(one), rgb(other)) else { return u32::MAX };
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    // Eyes are most sensitive to green and least to blue.
    2 * square(one.0, other.0) + 4 * square(one.1, other.1) + 3 * square(one.2, other.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let of = |one, other| (contrast(one, other).unwrap() * 100.0).round() as u32;
        assert_eq!(of(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)), 2100);
        assert_eq!(of(Color::Rgb(0x77, 0x77, 0x77), Color::Rgb(255, 255, 255)), 448);
        assert_eq!(contrast(Color::Reset, Color::Black), None);
    }

    #[test]
    fn numbered_colors_match_xterm() {
        assert_eq!(rgb(Color::Indexed(16)), Some((0, 0, 0)));
        assert_eq!(rgb(Color::Indexed(67)), Some((95, 135, 175)));
        assert_eq!(rgb(Color::Indexed(231)), Some((255, 255, 255)));
        assert_eq!(rgb(Color::Indexed(232)), Some((8, 8, 8)));
        assert_eq!(rgb(Color::Indexed(255)), Some((238, 238, 238)));
        assert_eq!(rgb(Color::LightYellow), rgb(Color::Indexed(11)));
    }
}
