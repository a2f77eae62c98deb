use std::collections::HashMap;

use image::{Rgba, RgbaImage};
use pretty_assertions::assert_eq;
use ratatui::{
    symbols::pixel::{OCTANTS, QUADRANTS, SEXTANTS},
    widgets::Widget,
};
use tintype_backends::Format;

use super::{shapes::SAMPLES, *};
use crate::picture::{
    GlyphSet, ImageBackground, ImageViewport, PreparedImage, Protocol, TerminalWindow, prepare_decoded,
};

const DARK: [u8; 3] = [20, 40, 90];
const LIGHT: [u8; 3] = [250, 210, 140];

fn facts(color: ColorDepth, glyphs: GlyphSet) -> DisplayCapabilities {
    let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Mosaic));
    DisplayCapabilities { glyphs, color, ..facts }
}

fn prepared(image: &RgbaImage, area: Size, facts: &DisplayCapabilities, matte: ImageBackground) -> PreparedImage {
    prepare_decoded(image, Format::Png, area, &ImageViewport::default(), facts, matte).unwrap()
}

fn drawn(image: &RgbaImage, area: Size, facts: &DisplayCapabilities) -> Buffer {
    let prepared = prepared(image, area, facts, ImageBackground::Color([10, 20, 30]));
    let mut buffer = Buffer::empty(Rect::from(prepared.cells()));
    prepared.render(buffer.area, &mut buffer);
    buffer
}

/// Returns one cell of samples: light where `is_ink`, by column and row.
fn samples(is_ink: impl Fn(usize, usize) -> bool) -> RgbImage {
    RgbImage::from_fn(COLUMNS as u32, ROWS as u32, |x, y| {
        Rgb(if is_ink(x as usize, y as usize) { LIGHT } else { DARK })
    })
}

fn fit(samples: &RgbImage, set: GlyphSet) -> FittedCell {
    fitted_cells(samples, Size::new(1, 1), &Shapes::new(set))[0]
}

/// Returns whether the glyph belongs to the set, by the blocks of Unicode.
fn contains(set: GlyphSet, glyph: char) -> bool {
    match glyph {
        '▀'..='▐' | '▖'..='▟' => true,
        '\u{1FB00}'..='\u{1FB3B}' => set >= GlyphSet::Sextants,
        '\u{1FB3C}'..='\u{1FB67}' => set >= GlyphSet::Diagonals,
        '\u{1CD00}'..='\u{1CDE5}' => set >= GlyphSet::Octants,
        _ => false,
    }
}

/// Returns an image with edges in many directions, slopes, and noise.
fn scene(width: u32, height: u32) -> RgbaImage {
    let mut random = fastrand::Rng::with_seed(5);
    RgbaImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let edge = (u * 9.0).sin() + v * 3.0 > 1.4;
        let base = if edge { [200.0, 90.0 + 60.0 * u, 40.0] } else { [40.0, 60.0, 120.0 + 90.0 * v] };
        let [red, green, blue] = base.map(|level| (level + f64::from(random.u8(..6))) as u8);
        Rgba([red, green, blue, 255])
    })
}

#[test]
fn every_grid_shape_is_recovered_from_its_own_pattern() {
    for (glyphs, rows, set) in [
        (&QUADRANTS[..], 2, GlyphSet::Quadrants),
        (&SEXTANTS[..], 3, GlyphSet::Sextants),
        (&OCTANTS[..], 4, GlyphSet::Octants),
    ] {
        let blocks = rows * 2;
        for mask in 1..(1_usize << blocks) - 1 {
            let pattern = samples(|x, y| mask >> (y * rows / ROWS * 2 + x * 2 / COLUMNS) & 1 == 1);
            let (cell, simpler) = (fit(&pattern, set), fit(&pattern, GlyphSet::Quadrants));
            let complement = (1 << blocks) - 1 - mask;
            let expected = [(glyphs[mask], LIGHT, DARK), (glyphs[complement], DARK, LIGHT)];
            let seen = (cell.glyph, cell.ink, cell.paper);
            // Some divisions have two glyphs, such as upper quarters, which are eighths as well.
            assert!(expected.contains(&seen) || cell == simpler, "{mask:b} of {set}: {cell:?}");
            assert!([(LIGHT, DARK), (DARK, LIGHT)].contains(&(cell.ink, cell.paper)), "{mask:b} of {set}: {cell:?}");
        }
    }
}

#[test]
fn eighths_and_diagonals_are_recovered_from_their_own_patterns() {
    let shapes = Shapes::new(GlyphSet::Diagonals);
    for shape in shapes.eighths.iter().chain(&shapes.diagonals) {
        let inked = |x: usize, y: usize| (shape.rows[y].0..shape.rows[y].1).contains(&(x as u8));
        let cell = fit(&samples(inked), GlyphSet::Diagonals);
        assert_eq!(cell, FittedCell { glyph: shape.glyph, ink: LIGHT, paper: DARK });
    }
}

#[test]
fn a_flat_or_barely_uneven_cell_stays_a_half_block() {
    let flat = RgbImage::from_pixel(COLUMNS as u32, ROWS as u32, Rgb([90, 91, 92]));
    assert_eq!(fit(&flat, GlyphSet::Octants), FittedCell { glyph: '▀', ink: [90, 91, 92], paper: [90, 91, 92] });
    let mut random = fastrand::Rng::with_seed(1);
    let uneven = RgbImage::from_fn(COLUMNS as u32, ROWS as u32, |_, _| Rgb([90 + random.u8(..2); 3]));
    assert_eq!(fit(&uneven, GlyphSet::Octants).glyph, '▀');
}

#[test]
fn the_simpler_of_two_equal_shapes_is_taken() {
    assert_eq!(fit(&samples(|_, y| y < ROWS / 2), GlyphSet::Octants).glyph, '▀');
    assert_eq!(fit(&samples(|x, _| x < COLUMNS / 2), GlyphSet::Octants).glyph, '▌');
}

#[test]
fn the_same_image_becomes_the_same_cells_and_a_little_noise_changes_few() {
    let facts = facts(ColorDepth::TrueColor, GlyphSet::Octants);
    let image = scene(640, 480);
    let first = drawn(&image, Size::new(40, 15), &facts);
    assert_eq!(first, drawn(&image, Size::new(40, 15), &facts));
    let mut random = fastrand::Rng::with_seed(2);
    let mut noisy = image;
    noisy.pixels_mut().for_each(|pixel| pixel.0[1] = pixel.0[1].saturating_add(random.u8(..3)));
    let second = drawn(&noisy, Size::new(40, 15), &facts);
    let changed = first.content.iter().zip(&second.content).filter(|(a, b)| a.symbol() != b.symbol()).count();
    assert!(changed * 20 < first.content.len(), "{changed} of {} glyphs changed", first.content.len());
}

#[test]
fn only_glyphs_of_the_set_are_used_and_all_kinds_of_them() {
    for set in GlyphSet::ALL {
        let buffer = drawn(&scene(480, 480), Size::new(40, 20), &facts(ColorDepth::TrueColor, set));
        let glyphs: Vec<char> = buffer.content.iter().filter_map(|cell| cell.symbol().chars().next()).collect();
        assert!(glyphs.iter().all(|&glyph| contains(set, glyph)), "{set}");
        let smaller = GlyphSet::ALL.into_iter().rev().find(|other| *other < set);
        assert!(smaller.is_none_or(|smaller| glyphs.iter().any(|&glyph| !contains(smaller, glyph))), "{set}");
    }
}

#[test]
fn each_set_comes_closer_to_the_image_than_the_one_before() {
    let image = DynamicImage::from(scene(320, 480)).into_rgb8();
    let errors: Vec<u64> = GlyphSet::ALL.into_iter().map(|set| squared_error(&image, &Shapes::new(set))).collect();
    assert!(errors.is_sorted_by(|before, after| after < before), "{errors:?}");
    assert!(errors[0] < squared_error(&image, &Shapes::halves()), "{errors:?}");
}

fn squared_error(image: &RgbImage, shapes: &Shapes) -> u64 {
    let size = Size::new((image.width() / GRID.across) as u16, (image.height() / GRID.down) as u16);
    let cells = fitted_cells(image, size, shapes);
    let coverage: HashMap<char, Vec<bool>> = cells.iter().map(|cell| (cell.glyph, coverage(cell.glyph))).collect();
    let error = |(x, y, pixel): (u32, u32, &Rgb<u8>)| -> u64 {
        let cell = cells[(y / GRID.down * u32::from(size.width) + x / GRID.across) as usize];
        let inked = coverage[&cell.glyph][(y % GRID.down * GRID.across + x % GRID.across) as usize];
        let seen = if inked { cell.ink } else { cell.paper };
        seen.iter().zip(pixel.0).map(|(a, b)| u64::from(a.abs_diff(b)).pow(2)).sum()
    };
    image.enumerate_pixels().map(error).sum()
}

/// Returns whether a glyph has ink at each sample, row by row.
fn coverage(glyph: char) -> Vec<bool> {
    for (glyphs, rows) in [(&QUADRANTS[..], 2), (&SEXTANTS, 3), (&OCTANTS, 4)] {
        if let Some(mask) = glyphs.iter().position(|&other| other == glyph) {
            let block = |at: usize| at / COLUMNS * rows / ROWS * 2 + at % COLUMNS * 2 / COLUMNS;
            return (0..SAMPLES).map(|at| mask >> block(at) & 1 == 1).collect();
        }
    }
    let shapes = Shapes::new(GlyphSet::Diagonals);
    let shape = shapes.eighths.iter().chain(&shapes.diagonals).find(|shape| shape.glyph == glyph).unwrap();
    shape.rows.iter().flat_map(|&(first, end)| (0..COLUMNS as u8).map(move |x| (first..end).contains(&x))).collect()
}

#[test]
fn transparent_parts_show_the_background() {
    let image = RgbaImage::from_fn(320, 320, |x, _| Rgba(if x < 80 { [255, 255, 255, 255] } else { [9, 9, 9, 0] }));
    let facts = facts(ColorDepth::TrueColor, GlyphSet::Quadrants);
    let buffer = drawn(&image, Size::new(10, 5), &facts);
    let cell = &buffer[(buffer.area.width - 1, 0)];
    assert_eq!((cell.fg, cell.bg), (Color::Rgb(10, 20, 30), Color::Rgb(10, 20, 30)));
}

#[test]
fn fewer_colors_are_indices_and_keep_the_tone() {
    for (color, most) in [(ColorDepth::Ansi256, 255), (ColorDepth::Ansi16, 15)] {
        let gray = RgbaImage::from_pixel(640, 480, Rgba([100, 100, 100, 255]));
        let buffer = drawn(&gray, Size::new(40, 15), &facts(color, GlyphSet::Octants));
        let index = |color: Color| match color {
            Color::Indexed(index) if index <= most => index,
            other => panic!("{other:?}"),
        };
        let levels = buffer.content.iter().flat_map(|cell| [cell.fg, cell.bg]);
        let sum: u32 = levels.map(|color| u32::from(palette::color_of(index(color))[1])).sum();
        let mean = sum / (2 * buffer.content.len() as u32);
        assert!((92..=108).contains(&mean), "the mean became {mean}");
    }
}

#[test]
fn without_color_brightness_becomes_ink() {
    let ramp = RgbaImage::from_fn(5, 2, |x, _| Rgba([(x * 63) as u8, (x * 63) as u8, (x * 63) as u8, 255]));
    let buffer = drawn(&ramp, Size::new(5, 1), &facts(ColorDepth::Mono, GlyphSet::Octants));
    let row: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(row, " ░▒▓█");
}

#[test]
fn an_image_covers_whole_cells() {
    for (width, height) in [(100, 10), (10, 100), (333, 777), (1, 1)] {
        let image = RgbaImage::from_pixel(width, height, Rgba([1, 2, 3, 255]));
        let facts = facts(ColorDepth::TrueColor, GlyphSet::Octants);
        let buffer = drawn(&image, Size::new(37, 19), &facts);
        assert!(buffer.content.iter().all(|cell| cell.bg == Color::Rgb(1, 2, 3)), "{width}x{height}");
    }
}

#[test]
fn other_glyphs_make_another_image() {
    let matte = ImageBackground::Checkerboard;
    let image = |set| prepared(&scene(64, 64), Size::new(8, 4), &facts(ColorDepth::TrueColor, set), matte);
    assert!(image(GlyphSet::Octants) == image(GlyphSet::Octants));
    assert!(image(GlyphSet::Octants) != image(GlyphSet::Quadrants));
}
