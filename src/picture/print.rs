//! Printing of an image at the cursor in the normal flow of a terminal, outside the studio. The cursor ends up below
//! it.
//!
//! Also suitable for a pipe, if the protocol is given. Only a terminal that confirms images is read from, and no state
//! is kept.

use std::{
    fmt::Write as _,
    io::{self, Write},
    time::Duration,
};

use ratatui::{buffer::Buffer, layout::Rect, layout::Size, style::Color, widgets::Widget};
use tintype_backends::Format;

use super::{
    ColorDepth, DecodeLimits, DisplayCapabilities, DisplayError, ImageBackground, ImageViewport, PreparedImage,
    Protocol, Zoom, animation, decode,
    driver::{BlockCell, Encoded, Persistence, driver, placeholders},
    prepare::{PrepareOptions, fitted},
    probe::await_images,
};

/// Size and background of a printed image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintOptions {
    /// Size of the terminal window in columns and rows.
    pub window: Size,
    /// Maximum width in columns; the width of the window by default.
    pub width: Option<u16>,
    /// Maximum height in rows. The default is the window's height minus one row for the prompt.
    pub height: Option<u16>,
    pub matte: ImageBackground,
    /// Set if the output is the controlling terminal. Text that shows an image then waits until the terminal has it.
    pub interactive: bool,
}

impl PrintOptions {
    /// Returns the cells that an image may cover on the terminal of `facts`.
    pub fn room(&self, facts: &DisplayCapabilities) -> Size {
        // When printed, `viuer`'s half-blocks are lines as well.
        let lines = facts.protocol == Protocol::Viuer;
        self.area(if lines { Persistence::Text } else { driver(facts.protocol).persistence() })
    }

    fn order<'a>(&self, format: Format, facts: &'a DisplayCapabilities) -> PrepareOptions<'a> {
        let (area, matte) = (self.room(facts), self.matte);
        PrepareOptions { format, has_manifest: false, area, view: &WHOLE, facts, matte, persistent: false }
    }

    /// Returns the cells that an image may cover. Text may be longer than the window, but pixels would be lost above
    /// it.
    fn area(&self, persistence: Persistence) -> Size {
        let most = if persistence == Persistence::Text { Size::new(u16::MAX, u16::MAX) } else { self.window };
        let width = self.width.unwrap_or(self.window.width);
        let height = self.height.unwrap_or(self.window.height.saturating_sub(1).max(1));
        Size::new(width.min(most.width), height.min(most.height))
    }
}

/// The view for printing: images are printed whole.
const WHOLE: ImageViewport = ImageViewport { zoom: Zoom::Fit, center: (0.5, 0.5) };

/// Reason why an image was not printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The data is not an image, or it cannot be drawn.
    #[error(transparent)]
    Picture(#[from] DisplayError),
    /// The output could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl DisplayCapabilities {
    /// Adjusts the facts for printing to standard output: `viuer` draws half-blocks in true color if this build
    /// includes it. Other protocols stay native, because `viuer` reads the keyboard while printing for kitty, uses its
    /// own sixel size, and cannot dither.
    #[must_use]
    pub fn for_printing(mut self) -> Self {
        let is_text = matches!(self.protocol, Protocol::Blocks | Protocol::Mosaic);
        let viuer_is_right = is_text && self.color == ColorDepth::TrueColor;
        if cfg!(feature = "viuer") && viuer_is_right {
            self.protocol = Protocol::Viuer;
            self.reasons.push("printed by viuer, which draws half-blocks in 24-bit color well".to_owned());
        }
        self
    }
}

/// Prints the image in `bytes` and leaves the cursor at the start of the line below. Returns the printed image. With
/// [`Protocol::Viuer`], `out` must be standard output, because `viuer` supports nothing else.
pub fn print(
    out: &mut impl Write,
    bytes: &[u8],
    options: &PrintOptions,
    facts: &DisplayCapabilities,
) -> Result<PreparedImage, PrintError> {
    print_file(out, bytes, &decode(bytes, DecodeLimits::default())?, options, facts)
}

/// Prints a file that is already decoded.
pub fn print_file(
    out: &mut impl Write,
    bytes: &[u8],
    picture: &image::RgbaImage,
    options: &PrintOptions,
    facts: &DisplayCapabilities,
) -> Result<PreparedImage, PrintError> {
    let format = Format::detect(bytes).ok_or(DisplayError::Unknown)?;
    let order = options.order(format, facts);
    let fitted = fitted(picture, &order)?;
    let moving = animation::animated_bytes(bytes, &fitted, &order);
    write(out, &fitted, moving.as_deref(), facts, options.interactive)?;
    Ok(fitted)
}

/// Prints an image that has no file.
pub fn print_decoded(
    out: &mut impl Write,
    picture: &image::RgbaImage,
    format: Format,
    options: &PrintOptions,
    facts: &DisplayCapabilities,
) -> Result<PreparedImage, PrintError> {
    let fitted = fitted(picture, &options.order(format, facts))?;
    write(out, &fitted, None, facts, options.interactive)?;
    Ok(fitted)
}

/// Writes the image. If it is animated, `moving` is sent in place of its own bytes.
fn write(
    out: &mut impl Write,
    fitted: &PreparedImage,
    moving: Option<&[u8]>,
    facts: &DisplayCapabilities,
    interactive: bool,
) -> io::Result<()> {
    match (&fitted.inner().encoded, driver(facts.protocol).persistence()) {
        (Encoded::Cells(cells), _) => out.write_all(lines(cells, fitted.cells().width).as_bytes())?,
        (Encoded::Bytes(sent), Persistence::ById) => {
            out.write_all(moving.unwrap_or(sent))?;
            out.flush()?;
            if interactive && facts.confirms {
                // Without a reply the text follows anyway, and may be drawn before the image.
                let _confirmed = await_images();
            }
            out.write_all(placeholder_lines(fitted).as_bytes())?;
        }
        (Encoded::Bytes(sent), _) => in_reserved_rows(out, fitted.cells().height, moving.unwrap_or(sent))?,
        #[cfg(feature = "viuer")]
        (Encoded::Pixels(pixels), _) => {
            out.flush()?;
            super::driver::viuer::print(pixels, fitted.cells(), facts.color)?;
        }
    }
    out.flush()
}

/// Scrolls if there is too little room below the cursor, so that the image itself never scrolls.
fn in_reserved_rows(out: &mut impl Write, rows: u16, picture: &[u8]) -> io::Result<()> {
    write!(out, "{}\x1b[{rows}A\x1b7", "\n".repeat(rows.into()))?;
    out.write_all(picture)?;
    write!(out, "\x1b8\x1b[{rows}B\r")
}

/// Pauses before rewriting text: one frame of the terminal, and one frame of a busy terminal.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(150)];

/// Rewrites one cell of an image that was just printed as text, once after each pause. kitty (0.48) occasionally draws
/// the text of an image without its pixels, and draws nothing more until some text changes.
///
/// Only for a terminal, and only if nothing else was written since.
pub fn rewrite_first_cell(
    out: &mut impl Write,
    fitted: &PreparedImage,
    mut pause: impl FnMut(Duration),
) -> io::Result<()> {
    if driver(fitted.protocol()).persistence() != Persistence::ById {
        return Ok(());
    }
    let (buffer, rows) = (text_of(fitted), fitted.cells().height);
    let Some(cell) = buffer.content.first() else { return Ok(()) };
    let mut symbol = cell.symbol().to_owned();
    for length in PAUSES {
        pause(length);
        symbol = placeholders::respelled(&symbol);
        write!(out, "\x1b[{rows}A\r{}{symbol}\x1b[0m\x1b[{rows}B\r", foreground(Some(cell.fg)))?;
        out.flush()?;
    }
    Ok(())
}

/// Returns the cells of an image that is shown by text.
fn text_of(fitted: &PreparedImage) -> Buffer {
    let Size { width, height } = fitted.cells();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    fitted.render(buffer.area, &mut buffer);
    buffer
}

fn placeholder_lines(fitted: &PreparedImage) -> String {
    let (buffer, mut text) = (text_of(fitted), String::new());
    for row in buffer.content.chunks(fitted.cells().width.into()) {
        text.push_str(&foreground(row.first().map(|cell| cell.fg)));
        text.extend(row.iter().map(ratatui::buffer::Cell::symbol));
        text.push_str("\x1b[0m\n");
    }
    text
}

/// Formats cells as lines. Color codes are written only on change, and reset at the end of each line.
fn lines(cells: &[BlockCell], width: u16) -> String {
    let mut text = String::new();
    for row in cells.chunks(usize::from(width).max(1)) {
        let (mut fore, mut back) = (None, None);
        for cell in row {
            if cell.fore != fore {
                text.push_str(&foreground(cell.fore));
            }
            if cell.back != back {
                text.push_str(&background(cell.back));
            }
            (fore, back) = (cell.fore, cell.back);
            text.push(cell.glyph);
        }
        text.push_str(if fore.or(back).is_some() { "\x1b[0m\n" } else { "\n" });
    }
    text
}

fn foreground(color: Option<Color>) -> String {
    sgr(color, 30)
}

fn background(color: Option<Color>) -> String {
    sgr(color, 40)
}

/// `base` is 30 for the foreground and 40 for the background.
fn sgr(color: Option<Color>, base: u8) -> String {
    let mut code = String::new();
    let _infallible = match color {
        Some(Color::Rgb(r, g, b)) => write!(code, "\x1b[{};2;{r};{g};{b}m", base + 8),
        Some(Color::Indexed(n @ 0..8)) => write!(code, "\x1b[{}m", base + n),
        Some(Color::Indexed(n @ 8..16)) => write!(code, "\x1b[{}m", base + 60 + n - 8),
        Some(Color::Indexed(n)) => write!(code, "\x1b[{};5;{n}m", base + 8),
        _ => write!(code, "\x1b[{}m", base + 9),
    };
    code
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::picture::TerminalWindow;

    /// Red and green above blue and white.
    fn four() -> Vec<u8> {
        let pixels = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255; 4]];
        png(&RgbaImage::from_fn(2, 2, |x, y| Rgba(pixels[(y * 2 + x) as usize])))
    }

    fn png(picture: &RgbaImage) -> Vec<u8> {
        let mut bytes = io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn printed(bytes: &[u8], protocol: Protocol, color: ColorDepth, width: u16) -> String {
        let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol));
        let window = Size::new(80, 24);
        let options = PrintOptions {
            window,
            width: Some(width),
            height: None,
            matte: ImageBackground::Checkerboard,
            interactive: false,
        };
        let mut out = Vec::new();
        print(&mut out, bytes, &options, &DisplayCapabilities { color, ..facts }).unwrap();
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn half_blocks_set_each_color_once_and_reset_each_line() {
        assert_eq!(
            printed(&four(), Protocol::Blocks, ColorDepth::TrueColor, 2),
            "^[38;2;255;0;0m^[48;2;0;0;255m▀^[38;2;0;255;0m^[48;2;255;255;255m▀^[0m\n"
        );
        let red = png(&RgbaImage::from_pixel(3, 3, Rgba([255, 0, 0, 255])));
        assert_eq!(
            printed(&red, Protocol::Blocks, ColorDepth::TrueColor, 3),
            "^[38;2;255;0;0m^[48;2;255;0;0m▀▀▀^[0m\n^[38;2;255;0;0m▀▀▀^[0m\n"
        );
    }

    #[test]
    fn a_mosaic_is_lines_of_its_glyphs() {
        let square = png(&RgbaImage::from_fn(300, 300, |x, _| Rgba([if x % 75 < 28 { 200 } else { 20 }, 9, 9, 255])));
        let sent = printed(&square, Protocol::Mosaic, ColorDepth::TrueColor, 4);
        assert!(sent.lines().count() == 2 && sent.lines().all(|line| line.ends_with("^[0m")), "{sent}");
        assert_eq!(sent.matches('▍').count(), 8, "{sent}");
    }

    #[cfg(feature = "viuer")]
    #[test]
    fn a_detected_mosaic_is_printed_by_viuer() {
        let env = |name: &str| matches!(name, "VTE_VERSION" | "COLORTERM").then(|| "truecolor".to_owned());
        let facts = DisplayCapabilities::without_probe(&env, TerminalWindow::default(), None);
        assert_eq!((facts.protocol, facts.for_printing().protocol), (Protocol::Mosaic, Protocol::Viuer));
    }

    #[test]
    fn sixteen_colors_use_the_standard_codes() {
        let sent = printed(&four(), Protocol::Blocks, ColorDepth::Ansi16, 2);
        assert_eq!(sent, "^[91m^[44m▀^[92m^[107m▀^[0m\n");
    }

    #[test]
    fn without_color_there_are_no_codes() {
        let sent = printed(&four(), Protocol::Blocks, ColorDepth::Mono, 2);
        assert!(!sent.contains('^') && sent.ends_with('\n') && sent.chars().count() == 3, "{sent}");
    }

    #[test]
    fn graphics_get_their_rows_and_leave_the_cursor_below() {
        for (protocol, open) in [
            (Protocol::Sixel, "^P"),
            (Protocol::KittyPlacement, "^_Ga=T,c=40,r=20,C=1,f=100,q=2,"),
            (Protocol::Iterm2, "^]1337;File=inline=1;"),
        ] {
            let square = png(&RgbaImage::from_fn(300, 300, |x, y| Rgba([x as u8, y as u8, 9, 255])));
            let sent = printed(&square, protocol, ColorDepth::TrueColor, 40);
            let start = format!("{}^[20A^7{open}", "\n".repeat(20));
            assert!(sent.starts_with(&start), "{protocol}: {:?}", &sent[..80]);
            assert!(sent.ends_with("^8^[20B\r"), "{protocol}");
        }
    }

    #[test]
    fn placeholders_are_lines_of_text() {
        let square = png(&RgbaImage::from_fn(300, 300, |x, y| Rgba([x as u8, y as u8, 9, 255])));
        let sent = printed(&square, Protocol::KittyPlaceholders, ColorDepth::TrueColor, 4);
        let text = sent.rsplit("^\\").next().unwrap();
        assert_eq!(text.matches('\u{10EEEE}').count(), 8);
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.starts_with("^[38;2;") && line.ends_with("^[0m")));
    }

    #[test]
    fn the_first_cell_of_an_image_shown_by_text_is_written_again_in_place_and_nothing_of_the_others() {
        for (protocol, times) in [
            (Protocol::KittyPlaceholders, 2),
            (Protocol::KittyPlacement, 0),
            (Protocol::Sixel, 0),
            (Protocol::Blocks, 0),
        ] {
            let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol));
            let window = Size::new(80, 24);
            let options = PrintOptions {
                window,
                width: Some(4),
                height: None,
                matte: ImageBackground::Checkerboard,
                interactive: false,
            };
            let square = png(&RgbaImage::from_pixel(300, 300, Rgba([200, 30, 9, 255])));
            let mut printed = Vec::new();
            let fitted = print(&mut printed, &square, &options, &facts).unwrap();
            let (mut out, mut waited) = (Vec::new(), Vec::new());
            rewrite_first_cell(&mut out, &fitted, |pause| waited.push(pause)).unwrap();
            let (again, printed) = (String::from_utf8(out).unwrap(), String::from_utf8_lossy(&printed).into_owned());
            assert_eq!((waited.len(), again.matches('\u{10EEEE}').count()), (times, times), "{protocol}");
            if let Some(text) = printed.split("\x1b\\").last().filter(|_| times > 0) {
                let first = text.split_inclusive('\u{30d}').next().unwrap().rsplit_once('\u{10EEEE}').unwrap().0;
                let color = first.split('\u{10EEEE}').next().unwrap();
                let cell = "\u{10EEEE}\u{305}\u{305}";
                assert_eq!(
                    again,
                    format!("\x1b[2A\r{color}{cell}\u{305}\x1b[0m\x1b[2B\r\x1b[2A\r{color}{cell}\x1b[0m\x1b[2B\r")
                );
            }
        }
    }

    #[test]
    fn images_stay_within_the_window_unless_text_is_given_a_size() {
        let options = PrintOptions {
            window: Size::new(80, 24),
            width: Some(200),
            height: Some(100),
            matte: ImageBackground::Checkerboard,
            interactive: false,
        };
        assert_eq!(options.area(Persistence::Painted), Size::new(80, 24));
        assert_eq!(options.area(Persistence::Text), Size::new(200, 100));
        let free = PrintOptions { width: None, height: None, ..options };
        assert_eq!(free.area(Persistence::Text), Size::new(80, 23));
    }

    #[test]
    fn a_closed_pipe_is_an_error() {
        let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks));
        let window = Size::new(80, 24);
        let options = PrintOptions {
            window,
            width: None,
            height: None,
            matte: ImageBackground::Checkerboard,
            interactive: false,
        };
        let mut full = [0_u8; 4];
        let error = print(&mut &mut full[..], &four(), &options, &facts).unwrap_err();
        assert!(matches!(error, PrintError::Io(_)));
    }
}
