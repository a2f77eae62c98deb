//! Shapes that divide a cell into ink and paper, and the glyphs that draw them.
//!
//! A shape and its complement divide a cell in the same way, so only one of the two is listed.

use ratatui::symbols::pixel::{OCTANTS, QUADRANTS, SEXTANTS};

use crate::picture::GlyphSet;

/// Samples per cell: enough rows for thirds and quarters, enough columns for eighths.
pub(super) const COLUMNS: usize = 8;
pub(super) const ROWS: usize = 24;
pub(super) const SAMPLES: usize = COLUMNS * ROWS;

pub(super) const UPPER_HALF: char = '▀';

/// Eighths of the cell from the bottom and from the left. Four of them are a half, which is a quadrant shape.
const LOWER_EIGHTHS: [(char, u8); 6] = [('▁', 1), ('▂', 2), ('▃', 3), ('▅', 5), ('▆', 6), ('▇', 7)];
const LEFT_EIGHTHS: [(char, u8); 6] = [('▏', 1), ('▎', 2), ('▍', 3), ('▋', 5), ('▊', 6), ('▉', 7)];

/// First of the glyphs that are cut by a line, in the order of [`CUTS`].
const FIRST_DIAGONAL: char = '\u{1FB3C}';

/// The lines of these glyphs, each from the left to the right end, with ink below. Horizontally the ends are at halves
/// of the cell, vertically at thirds from the top.
const CUTS: [[(u8, u8); 2]; 22] = [
    [(0, 2), (1, 3)],
    [(0, 2), (2, 3)],
    [(0, 1), (1, 3)],
    [(0, 1), (2, 3)],
    [(0, 0), (1, 3)],
    [(0, 1), (1, 0)],
    [(0, 1), (2, 0)],
    [(0, 2), (1, 0)],
    [(0, 2), (2, 0)],
    [(0, 3), (1, 0)],
    [(0, 2), (2, 1)],
    [(1, 3), (2, 2)],
    [(0, 3), (2, 2)],
    [(1, 3), (2, 1)],
    [(0, 3), (2, 1)],
    [(1, 3), (2, 0)],
    [(1, 0), (2, 1)],
    [(0, 0), (2, 1)],
    [(1, 0), (2, 2)],
    [(0, 0), (2, 2)],
    [(1, 0), (2, 3)],
    [(0, 1), (2, 2)],
];

/// Shape with one run of ink in each row of samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowShape {
    pub(super) glyph: char,
    /// Number of samples that are ink, as a factor of the fit.
    pub(super) area: f32,
    /// First column with ink, and the first one after it.
    pub(super) rows: [(u8, u8); ROWS],
}

impl RowShape {
    /// Returns the shape whose ink covers these points, in fractions of the cell from the upper left.
    fn new(glyph: char, is_ink: impl Fn(f32, f32) -> bool) -> Self {
        let center = |at: usize, count: usize| (at as f32 + 0.5) / count as f32;
        let rows = std::array::from_fn(|row| {
            let inked = |column: &usize| is_ink(center(*column, COLUMNS), center(row, ROWS));
            let first = (0..COLUMNS).find(inked).unwrap_or(0);
            let end = (0..COLUMNS).rfind(inked).map_or(first, |last| last + 1);
            (first as u8, end as u8)
        });
        let area = rows.iter().map(|(first, end)| f32::from(end - first)).sum();
        Self { glyph, area, rows }
    }
}

/// The shapes of a set of glyphs, by kind. Grids are indexed by the blocks with ink, row by row from the lowest bit.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) quadrants: Option<&'static [char]>,
    pub(super) eighths: Vec<RowShape>,
    pub(super) sextants: Option<&'static [char]>,
    pub(super) diagonals: Vec<RowShape>,
    pub(super) octants: Option<&'static [char]>,
}

impl Shapes {
    pub(super) fn new(set: GlyphSet) -> Self {
        Self {
            quadrants: Some(&QUADRANTS),
            eighths: eighths(),
            sextants: (set >= GlyphSet::Sextants).then_some(&SEXTANTS),
            diagonals: if set >= GlyphSet::Diagonals { diagonals() } else { Vec::new() },
            octants: (set >= GlyphSet::Octants).then_some(&OCTANTS),
        }
    }

    /// Returns the shapes of half-blocks alone.
    pub(super) fn halves() -> Self {
        Self::default()
    }
}

fn eighths() -> Vec<RowShape> {
    let part = |eighths: u8| f32::from(eighths) / 8.0;
    let lower = LOWER_EIGHTHS.iter().map(|&(glyph, n)| RowShape::new(glyph, |_, y| y > 1.0 - part(n)));
    let left = LEFT_EIGHTHS.iter().map(|&(glyph, n)| RowShape::new(glyph, |x, _| x < part(n)));
    lower.chain(left).collect()
}

fn diagonals() -> Vec<RowShape> {
    let glyphs = FIRST_DIAGONAL..;
    let cut = |(&[from, to], glyph): (&[(u8, u8); 2], char)| {
        let [(left, start), (right, end)] = [from, to].map(|(x, y): (u8, u8)| (f32::from(x) / 2.0, f32::from(y) / 3.0));
        let slope = (end - start) / (right - left);
        RowShape::new(glyph, |x, y| y > start + (x - left) * slope)
    };
    CUTS.iter().zip(glyphs).map(cut).collect()
}

/// Returns the blocks to ink for a division of a cell by `mask`: these, or all others. The few octants that are outside
/// of their own block and of Block Elements are missing where the others are drawn, but their complements are not.
pub(super) fn drawable(glyphs: &[char], mask: usize) -> usize {
    let is_common = |glyph: char| matches!(glyph, '▀'..='▟' | '\u{1FB00}'..='\u{1FB3B}' | '\u{1CD00}'..='\u{1CDE5}');
    if is_common(glyphs[mask]) { mask } else { glyphs.len() - 1 - mask }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks with ink in the names of Unicode, for example 2 and 3 of `BLOCK OCTANT-23`.
    fn named(blocks: &str) -> usize {
        blocks.bytes().map(|block| 1 << (block - b'1')).sum()
    }

    #[test]
    fn code_points_are_those_of_the_unicode_names() {
        for (name, glyph) in
            [("1", '\u{1FB00}'), ("135", '▌'), ("235", '\u{1FB14}'), ("246", '▐'), ("23456", '\u{1FB3B}')]
        {
            assert_eq!(SEXTANTS[named(name)], glyph, "BLOCK SEXTANT-{name}");
        }
        for (name, glyph) in [
            ("3", '\u{1CD00}'),
            ("23", '\u{1CD01}'),
            ("123", '\u{1CD02}'),
            ("4", '\u{1CD03}'),
            ("1245", '\u{1CD13}'),
            ("1278", '\u{1CDAE}'),
            ("2345678", '\u{1CDE5}'),
            ("13", '▘'),
            ("1234", '▀'),
            ("345678", '▆'),
            ("1", '\u{1CEA8}'),
            ("35", '\u{1FBE6}'),
        ] {
            assert_eq!(OCTANTS[named(name)], glyph, "BLOCK OCTANT-{name}");
        }
    }

    #[test]
    fn the_block_of_octants_is_used_completely_and_in_order() {
        let own: Vec<char> = OCTANTS.into_iter().filter(|glyph| ('\u{1CD00}'..='\u{1CDE5}').contains(glyph)).collect();
        assert_eq!(own, ('\u{1CD00}'..='\u{1CDE5}').collect::<Vec<_>>());
    }

    #[test]
    fn every_division_has_a_common_glyph() {
        for (glyphs, blocks) in [(&QUADRANTS[..], 4), (&SEXTANTS, 6), (&OCTANTS, 8)] {
            for mask in 1..(1 << blocks) - 1 {
                let inked = drawable(glyphs, mask);
                assert!(inked == mask || inked == !mask & ((1 << blocks) - 1));
                assert_eq!(drawable(glyphs, inked), inked, "{mask:b}");
            }
        }
        assert_eq!(drawable(&OCTANTS, named("1")), named("2345678"));
    }

    #[test]
    fn diagonals_cover_the_corners_in_their_names() {
        let shapes = diagonals();
        let cell = |glyph: char| shapes.iter().find(|shape| shape.glyph == glyph).unwrap();
        // Lower left, from lower middle left to lower center: half as wide as the cell, a third as high.
        assert_eq!(cell('\u{1FB3C}').rows[15], (0, 0));
        assert_eq!((cell('\u{1FB3C}').rows[16], cell('\u{1FB3C}').rows[23]), ((0, 0), (0, 4)));
        // Lower right, from lower left to upper middle right.
        assert_eq!((cell('\u{1FB4A}').rows[8], cell('\u{1FB4A}').rows[9]), ((0, 0), (7, 8)));
        // Lower left, from upper middle left to lower middle right.
        assert_eq!(
            (cell('\u{1FB51}').rows[7].1, cell('\u{1FB51}').rows[12].1, cell('\u{1FB51}').rows[16]),
            (0, 4, (0, 8))
        );
        assert_eq!(shapes.last().unwrap().glyph, '\u{1FB51}');
    }

    #[test]
    fn eighths_grow_by_an_eighth() {
        let areas: Vec<u32> = eighths().iter().map(|shape| shape.area as u32 / 24).collect();
        assert_eq!(areas, [1, 2, 3, 5, 6, 7, 1, 2, 3, 5, 6, 7]);
    }
}
