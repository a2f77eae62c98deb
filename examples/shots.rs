//! Compares screenshots of real terminals with the images expected on them; used by `shots/run.sh`.
//! Resizes with the `image` crate rather than with the program's own code, so that it cannot repeat the same mistakes.
//!
//! `shots make DIR` · `shots picture SHOT PICTURE GRID AREA left|middle pixels|halves|mosaic DECIBELS [HOLE]`
//! `shots blank SHOT GRID AREA` · `shots filled SHOT GRID AREA PERCENT` · `shots same SHOT OTHER GRID HOLE PERCENT` ·
//! `shots alike SHOT OTHER` · `shots within SHOT OTHER GRID AREA PERCENT`; GRID is `COLSxROWS`, an area `X,Y,W,H` in
//! cells.
#![allow(clippy::print_stdout, reason = "it is a program")]

use std::{env, error::Error, path::Path, process::ExitCode};

use image::{
    Rgb, RgbImage,
    imageops::{self, FilterType},
};

type CheckResult = Result<String, Box<dyn Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let answer = match words.as_slice() {
        ["make", folder] => make_test_images(Path::new(folder)),
        ["picture", rest @ ..] if rest.len() >= 7 => check_image(rest),
        ["blank", shot, grid, area] => check_blank(shot, grid, area),
        ["filled", shot, grid, area, percent] => check_filled(shot, grid, area, percent),
        ["alike", shot, other] => check_identical(shot, other),
        ["same", shot, other, grid, hole, percent] => compare_area(shot, other, grid, (hole, true), percent),
        ["within", shot, other, grid, area, percent] => compare_area(shot, other, grid, (area, false), percent),
        _ => Err("what shall be compared? See the head of examples/shots.rs".into()),
    };
    match answer {
        Ok(said) => {
            println!("right  {said}");
            ExitCode::SUCCESS
        }
        Err(said) => {
            println!("WRONG  {said}");
            ExitCode::FAILURE
        }
    }
}

/// Writes images with smooth parts, edges and fine lines. None is symmetric, so a rotation or a shift is detected.
fn make_test_images(folder: &Path) -> CheckResult {
    let shades = |x: u32, y: u32, turn: u32| {
        let (wave, round) = ((f64::from(x) / 37.0).sin() * 40.0, (x as i32 - 220).pow(2) + (y as i32 - 160).pow(2));
        let base = [(x * 255 / 639) as u8, (y * 255 / 479) as u8, (128.0 + wave) as u8];
        if round < 90 * 90 { Rgb([250, 240, 90]) } else { Rgb([0, 1, 2].map(|n| base[(n + turn as usize) % 3])) }
    };
    RgbImage::from_fn(640, 480, |x, y| shades(x, y, 0)).save(folder.join("one.png"))?;
    RgbImage::from_fn(480, 640, |x, y| shades(x, y, 1)).save(folder.join("two.png"))?;
    RgbImage::from_pixel(1, 1, Rgb([230, 60, 40])).save(folder.join("dot.png"))?;
    Ok(format!("made pictures in {}", folder.display()))
}

/// A screenshot with its grid of cells.
struct Screenshot {
    pixels: RgbImage,
    cell: (u32, u32),
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug)]
struct PixelArea {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl PixelArea {
    fn contains(self, x: u32, y: u32) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

impl Screenshot {
    fn open(file: &str, grid: &str) -> Result<Self, Box<dyn Error>> {
        let pixels = image::open(file)?.into_rgb8();
        let (columns, rows) = grid.split_once('x').ok_or("a grid is COLSxROWS")?;
        let cell = (pixels.width() / columns.parse::<u32>()?, pixels.height() / rows.parse::<u32>()?);
        // A window that has only just appeared; the caller takes another screenshot.
        if cell.0 == 0 || cell.1 == 0 {
            return Err(format!("a screenshot of {}x{} pixels has no cells", pixels.width(), pixels.height()).into());
        }
        Ok(Self { pixels, cell })
    }

    fn area(&self, cells: &str) -> Result<PixelArea, Box<dyn Error>> {
        let numbers = cells.split(',').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
        let &[x, y, width, height] = numbers.as_slice() else { return Err("an area is X,Y,W,H".into()) };
        let (across, down) = self.cell;
        Ok(PixelArea { x: x * across, y: y * down, width: width * across, height: height * down })
    }
}

/// Checks that the image is in its place, upright and in the right colors.
fn check_image(words: &[&str]) -> CheckResult {
    let shot = Screenshot::open(words[0], words[2])?;
    let source = image::open(words[1])?.into_rgb8();
    let area = shot.area(words[3])?;
    let (middle, style) = (words[4] == "middle", ImageStyle::named(words[5])?);
    let least: f64 = words[6].parse()?;
    let hole = words.get(7).map(|hole| shot.area(hole)).transpose()?;
    let (expected, at, rest) = expected(&source, area, shot.cell, middle, style);
    // Protocols that pad to whole cells center the image in them; the others put it into the top left corner.
    let shifts = [(0, 0), (rest.0 / 2, rest.1 / 2)];
    let heard = |(dx, dy)| decibels(&shot.pixels, &expected, (at.0 + dx, at.1 + dy), hole);
    let best = shifts.into_iter().map(heard).fold(0.0, f64::max);
    let said = format!("{best:.1} dB of {least} for {}x{} at {at:?}", expected.width(), expected.height());
    if best >= least { Ok(said) } else { Err(said.into()) }
}

/// Expected appearance of an image.
#[derive(Clone, Copy, PartialEq)]
enum ImageStyle {
    Pixels,
    /// Two samples per cell.
    Halves,
    /// Close to its pixels, stretched to whole cells.
    Mosaic,
}

impl ImageStyle {
    fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        match name {
            "pixels" => Ok(Self::Pixels),
            "halves" => Ok(Self::Halves),
            "mosaic" => Ok(Self::Mosaic),
            other => Err(format!("there is no style `{other}`").into()),
        }
    }

    /// Returns the pixels to which the size of an image is rounded, and those in steps of which icons grow.
    fn steps(self, cell: (u32, u32)) -> ((f64, f64), f64) {
        let (width, height) = (f64::from(cell.0), f64::from(cell.1));
        match self {
            Self::Pixels => ((1.0, 1.0), 1.0),
            Self::Halves => ((width, height / 2.0), width),
            Self::Mosaic => ((width, height), width / 8.0),
        }
    }
}

/// Returns the expected image, its position, and the number of pixels that its cells leave over.
fn expected(
    source: &RgbImage,
    area: PixelArea,
    cell: (u32, u32),
    middle: bool,
    style: ImageStyle,
) -> (RgbImage, (u32, u32), (u32, u32)) {
    let (width, height) = (f64::from(source.width()), f64::from(source.height()));
    let mut scale = (f64::from(area.width) / width).min(f64::from(area.height) / height);
    let (step, icon_step) = style.steps(cell);
    // Icons are scaled up in whole steps.
    if source.width().max(source.height()) <= 128 && scale >= icon_step {
        scale = (scale / icon_step).floor() * icon_step;
    }
    let samples = |edge: f64, step: f64| ((edge * scale / step).round() as u32).max(1);
    let size = (samples(width, step.0), samples(height, step.1));
    let seen = ((f64::from(size.0) * step.0) as u32, (f64::from(size.1) * step.1) as u32);
    let expected = match style {
        ImageStyle::Halves => {
            let small = imageops::resize(source, size.0, size.1, FilterType::Lanczos3);
            imageops::resize(&small, seen.0, seen.1, FilterType::Nearest)
        }
        ImageStyle::Pixels | ImageStyle::Mosaic => imageops::resize(source, seen.0, seen.1, FilterType::Lanczos3),
    };
    let cells = (seen.0.div_ceil(cell.0), seen.1.div_ceil(cell.1));
    let left = if middle { (area.width / cell.0).saturating_sub(cells.0) / 2 } else { 0 };
    let top = if middle { (area.height / cell.1).saturating_sub(cells.1) / 2 } else { 0 };
    let rest = (cells.0 * cell.0 - seen.0, cells.1 * cell.1 - seen.1);
    (expected, (area.x + left * cell.0, area.y + top * cell.1), rest)
}

/// Returns the peak signal-to-noise ratio of the screen against the expected image, outside of `hole`.
fn decibels(shot: &RgbImage, expected: &RgbImage, at: (u32, u32), hole: Option<PixelArea>) -> f64 {
    let (mut error, mut count) = (0.0, 0.0);
    for (x, y, pixel) in expected.enumerate_pixels() {
        let (x, y) = (x + at.0, y + at.1);
        if hole.is_some_and(|hole| hole.contains(x, y)) {
            continue;
        }
        let seen = shot.get_pixel_checked(x, y).map_or([0; 3], |pixel| pixel.0);
        error += pixel.0.iter().zip(seen).map(|(a, b)| (f64::from(*a) - f64::from(b)).powi(2)).sum::<f64>();
        count += 3.0;
    }
    if count < f64::from(expected.width() * expected.height()) * 3.0 * 0.2 {
        return 0.0; // So little of it is proof of nothing.
    }
    10.0 * (255.0_f64.powi(2) / (error / f64::max(count, 1.0)).max(0.01)).log10()
}

/// Checks that the area is empty: one color except for a few letters (a text that says so).
fn check_blank(file: &str, grid: &str, area: &str) -> CheckResult {
    let shot = Screenshot::open(file, grid)?;
    let area = shot.area(area)?;
    let percent = not_ground(&shot, area, *shot.pixels.get_pixel(area.x, area.y));
    let said = format!("{percent:.2} % of the area is not its background, 8 % may be");
    if percent <= 8.0 { Ok(said) } else { Err(said.into()) }
}

/// Checks that the area has any content. The background is the color of the bottom right corner, which is always empty;
/// the top left corner may hold the cursor.
fn check_filled(file: &str, grid: &str, area: &str, least: &str) -> CheckResult {
    let shot = Screenshot::open(file, grid)?;
    let corner = *shot.pixels.get_pixel(shot.pixels.width() - 1, shot.pixels.height() - 1);
    let percent = not_ground(&shot, shot.area(area)?, corner);
    let said = format!("{percent:.0} % of the area is not its background, {least} % have to be");
    if percent >= least.parse()? { Ok(said) } else { Err(said.into()) }
}

/// Returns the share of an area that has another color than `ground`, in percent.
fn not_ground(shot: &Screenshot, area: PixelArea, ground: Rgb<u8>) -> f64 {
    let inside = |x: &u32, y: &u32| area.contains(*x, *y);
    let other = shot.pixels.enumerate_pixels().filter(|(x, y, pixel)| inside(x, y) && **pixel != ground).count();
    other as f64 * 100.0 / f64::from(area.width * area.height)
}

/// Checks that both screenshots are identical.
fn check_identical(file: &str, other: &str) -> CheckResult {
    if image::open(file)? == image::open(other)? { Ok("alike".into()) } else { Err("they differ".into()) }
}

/// Checks that text and borders are the same on both screenshots, outside of an area or inside of it.
fn compare_area(file: &str, other: &str, grid: &str, (area, outside): (&str, bool), most: &str) -> CheckResult {
    let (shot, other) = (Screenshot::open(file, grid)?, Screenshot::open(other, grid)?);
    if shot.pixels.dimensions() != other.pixels.dimensions() {
        return Err("the screenshots have different sizes".into());
    }
    let area = shot.area(area)?;
    let differs = |(x, y, pixel): &(u32, u32, &Rgb<u8>)| {
        let apart = pixel.0.iter().zip(other.pixels.get_pixel(*x, *y).0).any(|(a, b)| a.abs_diff(b) > 8);
        apart && area.contains(*x, *y) != outside
    };
    let count = shot.pixels.enumerate_pixels().filter(differs).count();
    let percent = count as f64 * 100.0 / f64::from(shot.pixels.width() * shot.pixels.height());
    let said = format!("{percent:.3} % of the pixels differ from the same with half-blocks, {most} % may");
    if percent <= most.parse()? { Ok(said) } else { Err(said.into()) }
}
