//! Least-squares fit of one cell: the shape and the two colors with the smallest squared error.
//!
//! For a division of the samples, the best colors are the means of both parts. What remains of the error is the total
//! variance minus the variance between the parts, which follows from sums alone.

use super::shapes::{COLUMNS, ROWS, RowShape, SAMPLES, Shapes, UPPER_HALF, drawable};

/// Sums of red, green and blue; the fourth lane only fills a vector register.
type Sum = [f32; 4];

/// Reduction of the squared error per sample for which a shape is preferred to a simpler one. Below it nothing can be
/// seen, but shapes would change with every bit of noise.
const NEGLIGIBLE: f32 = 0.5;

/// Multiples of [`NEGLIGIBLE`] that each kind of shape has to gain, simplest first.
const QUADRANTS: f32 = 1.0;
const EIGHTHS: f32 = 1.5;
const SEXTANTS: f32 = 2.0;
const OCTANTS: f32 = 2.5;
const DIAGONALS: f32 = 3.0;

/// Number of samples as a factor.
const COUNT: f32 = SAMPLES as f32;

/// A cell as it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FittedCell {
    pub(super) glyph: char,
    pub(super) ink: [u8; 3],
    pub(super) paper: [u8; 3],
}

/// The samples of a cell as sums.
pub(super) struct CellSums {
    /// For each row, the sums of the samples left of each column.
    rows: [[Sum; COLUMNS + 1]; ROWS],
    total: Sum,
    squares: f32,
}

/// The best division found so far.
struct Division {
    glyph: char,
    /// Number of samples that are ink, and their sum relative to the mean of the cell.
    area: f32,
    sum: Sum,
    /// Variance between the parts, minus what its kind of shape has to gain.
    score: f32,
}

impl CellSums {
    /// Adds up the samples of a cell, given as its rows of bytes.
    pub(super) fn new<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sums = Self { rows: [[[0.0; 4]; COLUMNS + 1]; ROWS], total: [0.0; 4], squares: 0.0 };
        for (row, line) in sums.rows.iter_mut().zip(lines) {
            let mut sum = [0.0; 4];
            for (&[red, green, blue], left) in line.as_chunks::<3>().0.iter().zip(&mut row[1..]) {
                let sample = [f32::from(red), f32::from(green), f32::from(blue), 0.0];
                sum = add(sum, sample);
                sums.squares += square(sample);
                *left = sum;
            }
            sums.total = add(sums.total, sum);
        }
        sums
    }

    /// Returns the best of these shapes.
    pub(super) fn fit(&self, shapes: &Shapes) -> FittedCell {
        let mut best = self.halves();
        let variance = self.squares - square(self.total) / COUNT;
        if variance - best.score > NEGLIGIBLE * COUNT {
            self.consider_grid::<4>(shapes.quadrants, QUADRANTS, &mut best);
            self.consider_rows(&shapes.eighths, EIGHTHS, &mut best);
            self.consider_grid::<6>(shapes.sextants, SEXTANTS, &mut best);
            self.consider_grid::<8>(shapes.octants, OCTANTS, &mut best);
            self.consider_rows(&shapes.diagonals, DIAGONALS, &mut best);
        }
        self.cell(&best)
    }

    fn halves(&self) -> Division {
        let [left, right, ..] = self.blocks::<4>();
        let (area, sum) = (COUNT / 2.0, add(left, right));
        Division { glyph: UPPER_HALF, area, sum, score: between(sum, area) }
    }

    /// Considers shapes with a run of ink in each row.
    fn consider_rows(&self, shapes: &[RowShape], gain: f32, best: &mut Division) {
        for shape in shapes {
            let mut sum = scaled(self.total, -shape.area / COUNT);
            for (row, &(first, end)) in self.rows.iter().zip(&shape.rows) {
                sum = add(sum, subtract(row[usize::from(end)], row[usize::from(first)]));
            }
            let score = between(sum, shape.area) - gain * NEGLIGIBLE * COUNT;
            if score > best.score {
                *best = Division { glyph: shape.glyph, area: shape.area, sum, score };
            }
        }
    }

    /// Considers every division of a grid of two columns and `N` blocks.
    fn consider_grid<const N: usize>(&self, glyphs: Option<&[char]>, gain: f32, best: &mut Division) {
        let Some(glyphs) = glyphs else { return };
        let blocks = self.blocks::<N>();
        let area = |mask: usize| mask.count_ones() as f32 * COUNT / N as f32;
        let weights: [f32; N] = std::array::from_fn(|inked| weight(inked as f32 * COUNT / N as f32));
        let threshold = gain * NEGLIGIBLE * COUNT;
        let (mut most, mut found) = (best.score + threshold, None);
        let mut sums = [[0.0; 4]; 128];
        // Without the last block: the rest are complements of these.
        for mask in 1_usize..1 << (N - 1) {
            let sum = add(sums[mask & (mask - 1)], blocks[mask.trailing_zeros() as usize]);
            let between = square(sum) * weights[mask.count_ones() as usize];
            if between > most {
                (most, found) = (between, Some(mask));
            }
            sums[mask] = sum;
        }
        if let Some(mask) = found {
            let inked = drawable(glyphs, mask);
            let sum = if inked == mask { sums[mask] } else { scaled(sums[mask], -1.0) };
            *best = Division { glyph: glyphs[inked], area: area(inked), sum, score: most - threshold };
        }
    }

    /// Returns the sum of each block of a grid of two columns, row by row, relative to the mean of the cell.
    fn blocks<const N: usize>(&self) -> [Sum; N] {
        let mut blocks = [scaled(self.total, -1.0 / N as f32); N];
        for (rows, pair) in self.rows.chunks(ROWS * 2 / N).zip(blocks.chunks_mut(2)) {
            for row in rows {
                pair[0] = add(pair[0], row[COLUMNS / 2]);
                pair[1] = add(pair[1], subtract(row[COLUMNS], row[COLUMNS / 2]));
            }
        }
        blocks
    }

    fn cell(&self, best: &Division) -> FittedCell {
        let mean = scaled(self.total, 1.0 / COUNT);
        let ink = add(mean, scaled(best.sum, 1.0 / best.area));
        let paper = subtract(mean, scaled(best.sum, 1.0 / (COUNT - best.area)));
        FittedCell { glyph: best.glyph, ink: color(ink), paper: color(paper) }
    }
}

/// Returns the variance between two parts, times the number of samples. `sum` is that of one part, of `area` samples.
fn between(sum: Sum, area: f32) -> f32 {
    square(sum) * weight(area)
}

fn weight(area: f32) -> f32 {
    COUNT / (area * (COUNT - area))
}

fn color([red, green, blue, _]: Sum) -> [u8; 3] {
    [red, green, blue].map(|level| level.round().clamp(0.0, 255.0) as u8)
}

fn add(a: Sum, b: Sum) -> Sum {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

fn subtract(a: Sum, b: Sum) -> Sum {
    std::array::from_fn(|lane| a[lane] - b[lane])
}

fn scaled(a: Sum, factor: f32) -> Sum {
    a.map(|lane| lane * factor)
}

fn square(a: Sum) -> f32 {
    a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
}
