//! The path of one image through the studio, without its window: from the file to the last byte in the terminal.
//! The terminal is a pseudo-terminal that reads as fast as it can.

use std::{
    fs::File,
    io::Read,
    path::Path,
    time::{Duration, Instant},
};

use image::{RgbImage, imageops::FilterType};
use portable_pty::{MasterPty, PtySize, native_pty_system};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    widgets::Widget,
};
use tintype::picture::{
    Cache, CacheKey, DisplayCapabilities, ImageBackground, ImageViewport, Painter, PlacedImage, PreparedImage,
    Protocol, TerminalWindow, prepare,
};

use crate::{Photograph, figure::Figure};

/// The image pane of a studio of 200x60 cells.
const PANE: Rect = Rect::new(45, 2, 118, 50);
const TURNS: usize = 40;

/// Measures the time to show an image and to show it again, and the quality of a sixel.
pub(crate) fn figures(file: &Path, photo: &Photograph) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (protocol, target) in [(Protocol::KittyPlacement, "< 60 ms"), (Protocol::Sixel, "< 120 ms")] {
        let mut times = (0..TURNS).map(|_| show_first_time(file, protocol)).collect::<Vec<_>>();
        figures.push(Figure::of_times(format!("studio, {protocol}: from disk to the last byte"), target, &mut times));
    }
    figures.extend(show_cached(file, Protocol::KittyPlacement));
    figures.extend(show_cached(file, Protocol::KittyPlaceholders));
    figures.push(quality(file, &photo.pixels));
    for (protocol, target) in [
        (Protocol::KittyPlacement, "< 150 ms"),
        (Protocol::KittyPlaceholders, "< 150 ms"),
        (Protocol::Sixel, "< 400 ms"),
    ] {
        figures.extend(grid(photo, protocol, target));
    }
    figures
}

/// Columns and rows of a screen full of thumbnails, and the cells of each: 200 pixels on cells of 10 by 20.
const GRID: (u16, u16) = (8, 5);
const THUMBNAIL: Size = Size::new(20, 10);

/// Measures a screen of thumbnails from their files to the last byte, and the bytes for scrolling by one row.
fn grid(photo: &Photograph, protocol: Protocol, target: &'static str) -> [Figure; 2] {
    let count = u32::from(GRID.0 * (GRID.1 + 1));
    let files: Vec<Vec<u8>> = (0..count).map(|number| thumbnail_file(&photo.pixels, number)).collect();
    let facts = facts(protocol);
    let prepared = |file: &Vec<u8>| {
        prepare(file, THUMBNAIL, &ImageViewport::default(), &facts, ImageBackground::Checkerboard).unwrap()
    };
    let (mut times, mut scrolled) = (Vec::new(), String::new());
    for _ in 0..5 {
        let (mut terminal, mut painter) = (NullTerminal::open(), Painter::default());
        let start = Instant::now();
        let images: Vec<PreparedImage> = files[..files.len() - usize::from(GRID.0)].iter().map(prepared).collect();
        let all = terminal.show_all(&mut painter, &placed(&images));
        times.push(start.elapsed());
        let next: Vec<PreparedImage> = files[usize::from(GRID.0)..].iter().map(prepared).collect();
        let sent = terminal.show_all(&mut painter, &placed(&next));
        scrolled = format!("{} kB of {} kB", sent / 1000, all / 1000);
    }
    [
        Figure::of_times(
            format!("studio, {protocol}: {} thumbnails of 200 pixels", GRID.0 * GRID.1),
            target,
            &mut times,
        ),
        Figure::new(format!("studio, {protocol}: scrolled by one row"), "one row", scrolled),
    ]
}

/// Returns a part of the photograph as a PNG file of 200 by 200 pixels.
fn thumbnail_file(photo: &RgbImage, number: u32) -> Vec<u8> {
    let part = image::imageops::crop_imm(photo, number % 8 * 100, number / 8 * 100, 200, 200).to_image();
    let mut file = std::io::Cursor::new(Vec::new());
    part.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

fn placed(images: &[PreparedImage]) -> Vec<PlacedImage<'_>> {
    let area = |number: usize| {
        let (column, row) = (number as u16 % GRID.0, number as u16 / GRID.0);
        Rect::new(column * THUMBNAIL.width, row * THUMBNAIL.height, THUMBNAIL.width, THUMBNAIL.height)
    };
    images.iter().enumerate().map(|(number, image)| (image, area(number))).collect()
}

fn facts(protocol: Protocol) -> DisplayCapabilities {
    DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol))
}

fn fitted(file: &Path, facts: &DisplayCapabilities) -> PreparedImage {
    let bytes = std::fs::read(file).unwrap();
    prepare(&bytes, PANE.as_size(), &ImageViewport::default(), facts, ImageBackground::Checkerboard).unwrap()
}

/// A terminal that discards everything.
struct NullTerminal {
    line: File,
    _master: Box<dyn MasterPty + Send>,
}

impl NullTerminal {
    fn open() -> Self {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let line = File::options().write(true).open(pair.master.tty_name().unwrap()).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(1..) = reader.read(&mut buffer) {}
        });
        // Escape sequences hold no line ends, so the line discipline has nothing to translate.
        std::mem::forget(pair.slave);
        Self { line, _master: pair.master }
    }

    /// Renders one frame and sends its image data. Returns the number of bytes sent outside the frame.
    fn show(&mut self, painter: &mut Painter, shown: Option<&PreparedImage>) -> usize {
        self.show_all(painter, shown.map(|image| (image, PANE)).as_slice())
    }

    /// Does the same for several images.
    fn show_all(&mut self, painter: &mut Painter, shown: &[PlacedImage<'_>]) -> usize {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
        for (image, area) in shown {
            image.render(*area, &mut buffer);
        }
        painter.after_draw(&buffer, shown, Instant::now());
        let mut counted = CountingWriter { line: &mut self.line, bytes: 0 };
        while painter.pump(&mut counted, Instant::now()).unwrap() {}
        counted.bytes
    }
}

struct CountingWriter<'a> {
    line: &'a mut File,
    bytes: usize,
}

impl std::io::Write for CountingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len();
        self.line.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.line.flush()
    }
}

fn show_first_time(file: &Path, protocol: Protocol) -> Duration {
    let (facts, mut terminal, mut painter) = (facts(protocol), NullTerminal::open(), Painter::default());
    let start = Instant::now();
    let fitted = fitted(file, &facts);
    terminal.show(&mut painter, Some(&fitted));
    start.elapsed()
}

/// Measures an image that was shown before and replaces another one.
fn show_cached(file: &Path, protocol: Protocol) -> [Figure; 2] {
    let (facts, mut terminal, mut painter) = (facts(protocol), NullTerminal::open(), Painter::default());
    let (mut cache, view) = (Cache::new(64 << 20), ImageViewport::default());
    let key = CacheKey::new("photograph", PANE.as_size(), &view, &facts, ImageBackground::Checkerboard);
    cache.insert(key.clone(), fitted(file, &facts));
    let other = Size::new(10, 5);
    let bytes = std::fs::read(file).unwrap();
    let other = prepare(&bytes, other, &view, &facts, ImageBackground::Checkerboard).unwrap();
    let (mut times, mut most) = (Vec::new(), 0);
    terminal.show(&mut painter, cache.get(&key).as_ref());
    for _ in 0..TURNS {
        terminal.show(&mut painter, Some(&other));
        let start = Instant::now();
        let sent = terminal.show(&mut painter, cache.get(&key).as_ref());
        times.push(start.elapsed());
        most = most.max(sent);
    }
    [
        Figure::of_times(format!("studio, {protocol}: a cached picture again"), "< 2 ms", &mut times),
        Figure::new(format!("studio, {protocol}: bytes for it"), "< 200", most.to_string()),
    ]
}

/// Measures the signal-to-noise ratio of a sixel against the image at its size, resampled by independent code.
fn quality(file: &Path, photo: &RgbImage) -> Figure {
    let mut painter = Painter::default();
    let fitted = fitted(file, &facts(Protocol::Sixel));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    (&fitted).render(PANE, &mut buffer);
    painter.after_draw(&buffer, &[(&fitted, PANE)], Instant::now());
    let mut sent = Vec::new();
    while painter.pump(&mut sent, Instant::now()).unwrap() {}
    let start = sent.windows(2).position(|window| window == b"\x1bP").unwrap();
    let seen = icy_sixel::SixelImage::decode(&sent[start..sent.len() - 2]).unwrap();
    let size = (seen.width as u32, seen.height as u32);
    let expected = image::imageops::resize(photo, size.0, size.1, FilterType::Lanczos3);
    let pixels = seen.pixels.as_chunks::<4>().0.iter().zip(expected.pixels());
    let error: f64 = pixels
        .map(|(seen, expected)| (0..3).map(|n| (f64::from(seen[n]) - f64::from(expected.0[n])).powi(2)).sum::<f64>())
        .sum();
    let mean = error / f64::from(size.0 * size.1 * 3);
    let decibels = 10.0 * (255.0_f64.powi(2) / mean).log10();
    Figure::new("sixel: signal to noise", ">= 28 dB", format!("{decibels:.1} dB at {}x{}", size.0, size.1))
}
