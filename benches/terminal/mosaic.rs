//! Images as text: the mosaic driver beside half-blocks and chafa, at the same number of cells in the same run.
//! Every result is drawn as pixels by the same code and compared with the image at that size.

use std::{num::NonZeroU16, path::Path, process::Command, time::Instant};

use image::{
    DynamicImage, RgbImage, Rgba, RgbaImage,
    imageops::{self, FilterType},
};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::Color,
    widgets::Widget,
};
use tintype::picture::{
    DisplayCapabilities, GlyphSet, ImageBackground, ImageViewport, Protocol, TerminalWindow, prepare_decoded,
};
use tintype_backends::Format;

use crate::{
    figure::{Figure, milliseconds},
    glyph_raster::{CELL, TextCell, draw},
    photograph::scene,
};

/// Images of each kind.
const COUNT: u32 = 24;
const CELLS: Size = Size::new(80, 40);

/// Symbols of chafa that are blocks, all that its options for symbols offer of them, and the best of its other options.
const CHAFA: [&[&str]; 4] = [
    &["--symbols", "vhalf"],
    &["--symbols", "block+space", "-w", "9"],
    &["--symbols", "block+space+sextant", "-w", "9"],
    &["--symbols", "block+space+sextant+wedge", "-w", "9"],
];

const SUBJECTS: [&str; 12] = [
    "a lighthouse at night",
    "a red fox in snow",
    "three cats under a yellow moon",
    "a boat on the sea at sunset",
    "mountains behind a forest",
    "a house with a garden",
    "a city in the rain",
    "a tree and a bird",
    "a fish under water",
    "a castle on a hill",
    "stars above a desert",
    "flowers in a meadow",
];

/// Similarity to the images, as means over all of them.
#[derive(Clone, Copy, Default)]
struct Quality {
    decibels: f64,
    ssim: f64,
}

/// One way to show the images, and how close it comes to photographs and to drawings.
struct TextImages {
    name: String,
    of: [Quality; 2],
    time: f64,
}

/// Returns a figure for each set of glyphs, and one for each of chafa's.
pub(crate) fn figures(dir: &Path) -> Vec<Figure> {
    let kinds = [photographs(), drawings(dir)];
    let halves = own(&kinds, Protocol::Blocks, GlyphSet::Quadrants);
    let sets = GlyphSet::ALL.map(|set| own(&kinds, Protocol::Mosaic, set));
    let peers: Vec<TextImages> = CHAFA.iter().filter_map(|options| chafa(&kinds, dir, options)).collect();
    let best = |kind: usize| peers.iter().map(|peer| peer.of[kind].decibels).fold(f64::MIN, f64::max);
    let gain = |result: &TextImages, kind: usize| result.of[kind].decibels - halves.of[kind].decibels;
    let octants = &sets[3];
    let mut figures = vec![
        Figure::new(
            "mosaic, octants: over half-blocks",
            ">= 2 dB",
            format!("photographs {:+.2} dB, drawings {:+.2} dB", gain(octants, 0), gain(octants, 1)),
        ),
        Figure::new(
            "mosaic, octants: over the best of chafa",
            ">= 0 dB",
            format!(
                "photographs {:+.2} dB, drawings {:+.2} dB",
                octants.of[0].decibels - best(0),
                octants.of[1].decibels - best(1)
            ),
        ),
    ];
    figures.extend([halves].iter().chain(&sets).chain(&peers).map(TextImages::figure));
    figures
}

impl TextImages {
    fn figure(&self) -> Figure {
        let [photographs, drawings] = self.of.map(|quality| format!("{:.2} dB {:.4}", quality.decibels, quality.ssim));
        let time = std::time::Duration::from_secs_f64(self.time);
        let measured = format!("photographs {photographs}, drawings {drawings}, {} each", milliseconds(time));
        Figure::new(format!("text of {}x{}, {}", CELLS.width, CELLS.height, self.name), "", measured)
    }
}

fn photographs() -> Vec<RgbaImage> {
    (0..COUNT).map(|number| DynamicImage::from(scene(number, 1000)).into_rgba8()).collect()
}

/// Returns drawings of the built-in backend.
fn drawings(dir: &Path) -> Vec<RgbaImage> {
    let drawing = |number: u32| {
        let file = dir.join(format!("drawing-{number}.png"));
        let drawn = Command::new(env!("CARGO_BIN_EXE_tintype"))
            .args(["generate", "--backend", "sketch", "--preview", "never", "--set", &format!("seed={number}"), "-o"])
            .arg(&file)
            .arg(SUBJECTS[number as usize % SUBJECTS.len()])
            .env("TINTYPE_DATA_DIR", dir.join("drawings"))
            .env("HOME", dir)
            .env_remove("TINTYPE_CONFIG")
            .output()
            .unwrap();
        assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
        image::open(file).unwrap().into_rgba8()
    };
    (0..COUNT).map(drawing).collect()
}

/// Measures images of this program.
fn own(kinds: &[Vec<RgbaImage>; 2], protocol: Protocol, glyphs: GlyphSet) -> TextImages {
    let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol));
    let facts = DisplayCapabilities { glyphs, color: tintype::picture::ColorDepth::TrueColor, ..facts };
    let name = if protocol == Protocol::Blocks { "half-blocks".to_owned() } else { format!("mosaic of {glyphs}") };
    let matte = ImageBackground::Color([0; 3]);
    measure(name, kinds, |image| {
        let start = Instant::now();
        let prepared = prepare_decoded(image, Format::Png, CELLS, &ImageViewport::default(), &facts, matte).unwrap();
        let time = start.elapsed().as_secs_f64();
        assert_eq!(prepared.cells(), CELLS);
        let mut buffer = Buffer::empty(Rect::from(CELLS));
        prepared.render(buffer.area, &mut buffer);
        let rgb = |color: Color| if let Color::Rgb(red, green, blue) = color { [red, green, blue] } else { [0; 3] };
        let cell = |cell: &ratatui::buffer::Cell| TextCell {
            glyph: cell.symbol().chars().next().unwrap(),
            fore: rgb(cell.fg),
            back: rgb(cell.bg),
        };
        (buffer.content.iter().map(cell).collect(), time)
    })
}

/// Measures images of chafa. Its time includes the start of the program and reading the file.
fn chafa(kinds: &[Vec<RgbaImage>; 2], dir: &Path, options: &[&str]) -> Option<TextImages> {
    Command::new("chafa").arg("--version").output().ok()?;
    let file = dir.join("for-chafa.png");
    Some(measure(format!("chafa {}", options.join(" ")), kinds, |image| {
        image.save(&file).unwrap();
        let start = Instant::now();
        let shown = Command::new("chafa")
            .args(["-f", "symbols", "-c", "full", "--stretch", "-s"])
            .arg(format!("{}x{}", CELLS.width, CELLS.height))
            .args(options)
            .arg(&file)
            .output()
            .unwrap();
        (text_cells(&shown.stdout), start.elapsed().as_secs_f64())
    }))
}

/// Returns the cells that a terminal shows for this output.
fn text_cells(output: &[u8]) -> Vec<TextCell> {
    let size = |cells: u16| NonZeroU16::new(cells).unwrap();
    let mut terminal = vt100::Parser::new(size(CELLS.height + 1), size(CELLS.width), 0);
    for line in output.split_inclusive(|&byte| byte == b'\n') {
        terminal.process(line);
        terminal.process(b"\r");
    }
    let rgb =
        |color: vt100::Color| if let vt100::Color::Rgb(red, green, blue) = color { [red, green, blue] } else { [0; 3] };
    let mut cells = Vec::new();
    for row in 0..CELLS.height {
        for column in 0..CELLS.width {
            let cell = terminal.screen().cell(row, column).unwrap();
            let (fore, back) = (rgb(cell.fgcolor()), rgb(cell.bgcolor()));
            let (fore, back) = if cell.inverse() { (back, fore) } else { (fore, back) };
            cells.push(TextCell { glyph: cell.contents().chars().next().unwrap_or(' '), fore, back });
        }
    }
    cells
}

/// Compares what `show` makes of each image with the image.
fn measure(name: String, kinds: &[Vec<RgbaImage>; 2], show: impl Fn(&RgbaImage) -> (Vec<TextCell>, f64)) -> TextImages {
    let mut result = TextImages { name, of: [Quality::default(); 2], time: 0.0 };
    let share = 1.0 / f64::from(COUNT);
    for (images, quality) in kinds.iter().zip(&mut result.of) {
        for image in images {
            let (cells, time) = show(image);
            let (seen, unknown) = draw(&cells, CELLS.width.into());
            if unknown > 0 {
                println!("{}: {unknown} glyphs are no blocks", result.name);
            }
            let (width, height) = (u32::from(CELLS.width) * CELL.0, u32::from(CELLS.height) * CELL.1);
            let expected =
                DynamicImage::from(on_black(image)).resize_exact(width, height, FilterType::Lanczos3).into_rgb8();
            quality.decibels += decibels(&seen, &expected) * share;
            quality.ssim += ssim(&seen, &expected) * share;
            result.time += time * share / 2.0;
        }
    }
    result
}

fn on_black(image: &RgbaImage) -> RgbaImage {
    let mut ground = RgbaImage::from_pixel(image.width(), image.height(), Rgba([0, 0, 0, 255]));
    imageops::overlay(&mut ground, image, 0, 0);
    ground
}

/// Returns the peak signal-to-noise ratio.
fn decibels(one: &RgbImage, other: &RgbImage) -> f64 {
    let squares: u64 = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    10.0 * (255.0_f64.powi(2) * one.as_raw().len() as f64 / squares.max(1) as f64).log10()
}

/// Returns the structural similarity of the luma, as the mean over windows of 8x8 pixels.
fn ssim(one: &RgbImage, other: &RgbImage) -> f64 {
    let (one, other) = (luma(one), luma(other));
    let (mut sum, mut count) = (0.0, 0.0);
    for y in (0..one.len() - 7).step_by(4) {
        for x in (0..one[0].len() - 7).step_by(4) {
            sum += window_ssim(&one, &other, x, y);
            count += 1.0;
        }
    }
    sum / count
}

fn luma(image: &RgbImage) -> Vec<Vec<f64>> {
    let weighted = |pixel: &image::Rgb<u8>| {
        let [red, green, blue] = pixel.0.map(f64::from);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    image.rows().map(|row| row.map(weighted).collect()).collect()
}

fn window_ssim(one: &[Vec<f64>], other: &[Vec<f64>], x: usize, y: usize) -> f64 {
    let (mut means, mut squares, mut product) = ([0.0; 2], [0.0; 2], 0.0);
    for (one, other) in one[y..y + 8].iter().zip(&other[y..y + 8]) {
        for (a, b) in one[x..x + 8].iter().zip(&other[x..x + 8]) {
            means = [means[0] + a / 64.0, means[1] + b / 64.0];
            squares = [squares[0] + a * a / 64.0, squares[1] + b * b / 64.0];
            product += a * b / 64.0;
        }
    }
    let variances = [squares[0] - means[0] * means[0], squares[1] - means[1] * means[1]];
    let covariance = product - means[0] * means[1];
    let (small, large) = ((0.01 * 255.0_f64).powi(2), (0.03 * 255.0_f64).powi(2));
    (2.0 * means[0] * means[1] + small) * (2.0 * covariance + large)
        / ((means[0].powi(2) + means[1].powi(2) + small) * (variances[0] + variances[1] + large))
}
