//! Inline image output in the terminal, for `show` and `generate --preview`.
//! Rendering is implemented in `picture`; this module selects stream, size and protocol.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    time::Duration,
};

use ratatui::layout::Size;
use tintype_backends::Format;

use super::{context::env, failure::Failure};
use crate::{
    config::Config,
    diagnostic::Diagnostic,
    picture::{
        ContactSheet, DecodeLimits, DisplayCapabilities, DisplayError, DisplayOverride, GlyphSet, ImageBackground,
        PreparedImage, PrintError, PrintOptions, ProbeResult, Protocol, TerminalWindow, decode, print_decoded,
        print_file, query_terminal, rewrite_first_cell, sheet_capacity,
    },
    suggest,
};

/// Assumed size of the window if it is unknown, in columns and rows.
const DEFAULT_WINDOW: (u16, u16) = (80, 24);

/// Options for printing an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrintSettings {
    /// Graphics protocol; `None` detects it by querying the terminal.
    pub(super) protocol: Option<Protocol>,
    /// Glyphs of the mosaic protocol; `None` detects them.
    pub(super) glyphs: Option<GlyphSet>,
    /// Maximum width in columns; `None` uses the width of the window.
    pub(super) width: Option<u16>,
    /// Maximum height in rows; `None` uses the height of the window.
    pub(super) height: Option<u16>,
    /// Set if transparent areas show a checkerboard instead of the terminal's background.
    pub(super) checkerboard: bool,
}

impl PrintSettings {
    /// Reads the options from the config.
    pub(super) fn from_config(config: &Config) -> Result<Self, Diagnostic> {
        let DisplayOverride { protocol, glyphs } = configured_display(config)?;
        Ok(Self { protocol, glyphs, width: None, height: None, checkerboard: config.preview.checkerboard })
    }

    /// Prints an image to stdout.
    pub(super) fn to_stdout(self, bytes: &[u8]) -> Result<(), Failure> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        self.print(&mut stdout.lock(), terminal, bytes, || self.facts_of_stdout(terminal))
    }

    /// Prints `count` images to stdout as contact sheets; each image is read only when it is needed.
    pub(super) fn sheets_to_stdout(
        self,
        count: usize,
        mut bytes: impl FnMut(usize) -> Result<Vec<u8>, Failure>,
    ) -> Result<(), Failure> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let facts = self.facts_of_stdout(terminal);
        let options = self.options(&facts, terminal);
        let room = options.room(&facts);
        let all: Vec<usize> = (0..count).collect();
        for some in all.chunks(sheet_capacity(room)) {
            let mut sheet = ContactSheet::new(some.len(), room, facts.cell, options.matte);
            for n in some {
                sheet.add(&bytes(*n)?).map_err(|error| not_an_image(&error))?;
            }
            let Size { width, height } = sheet.cells();
            // The space between the images shows the terminal's own background.
            let matte = ImageBackground::Color(facts.background.unwrap_or_default());
            let options = PrintOptions { width: Some(width), height: Some(height), matte, ..options };
            // A sheet never was a file; like a PNG, it is lossless.
            let out = &mut stdout.lock();
            let printed = print_decoded(out, sheet.picture(), Format::Png, &options, &facts);
            print_result(wait_until_drawn(out, terminal, printed))?;
        }
        Ok(())
    }

    /// Prints a test pattern, whose pixels match those of its cells, with exactly the detected protocol.
    pub(super) fn print_test_pattern(
        pattern: &image::RgbaImage,
        cells: Size,
        facts: &DisplayCapabilities,
    ) -> Result<(), Failure> {
        let window = window();
        let options = PrintOptions {
            window: Size::new(window.columns, window.rows),
            width: Some(cells.width),
            height: Some(cells.height),
            matte: ImageBackground::Checkerboard,
            interactive: io::stdout().is_terminal(),
        };
        let stdout = io::stdout();
        let out = &mut stdout.lock();
        let printed = print_decoded(out, pattern, Format::Png, &options, facts);
        print_result(wait_until_drawn(out, stdout.is_terminal(), printed))
    }

    /// Prints an image to stderr, next to results on stdout.
    pub(super) fn to_stderr(self, bytes: &[u8]) -> Result<(), Failure> {
        let stderr = io::stderr();
        let terminal = stderr.is_terminal();
        self.print(&mut stderr.lock(), terminal, bytes, || self.facts(terminal))
    }

    /// Queries the terminal. A pipe cannot answer, and half-blocks are what most viewers can show.
    fn facts(self, terminal: bool) -> DisplayCapabilities {
        let requested = DisplayOverride { protocol: self.protocol, glyphs: self.glyphs };
        if terminal && io::stdin().is_terminal() {
            return detect_terminal(requested);
        }
        let protocol = Some(self.protocol.unwrap_or(Protocol::Blocks));
        DisplayCapabilities::without_probe(&env, window(), DisplayOverride { protocol, ..requested })
    }

    /// Returns the facts for printing to stdout. In a pipe only the requested size counts, whereas `viuer` would query
    /// the size of a terminal.
    fn facts_of_stdout(self, terminal: bool) -> DisplayCapabilities {
        let facts = self.facts(terminal);
        if terminal && self.protocol != Some(Protocol::Mosaic) { facts.for_printing() } else { facts }
    }

    fn options(self, facts: &DisplayCapabilities, interactive: bool) -> PrintOptions {
        let ground = facts.background.unwrap_or_default();
        let TerminalWindow { columns, rows, .. } = window();
        PrintOptions {
            window: Size::new(columns, rows),
            width: self.width,
            height: self.height,
            matte: if self.checkerboard { ImageBackground::Checkerboard } else { ImageBackground::Color(ground) },
            interactive,
        }
    }

    /// Prints an image, which is decoded while the terminal answers queries.
    fn print(
        self,
        out: &mut impl Write,
        terminal: bool,
        bytes: &[u8],
        facts: impl FnOnce() -> DisplayCapabilities,
    ) -> Result<(), Failure> {
        let (picture, facts) = std::thread::scope(|scope| {
            let decoding = scope.spawn(|| decode(bytes, DecodeLimits::default()));
            let facts = facts();
            (decoding.join(), facts)
        });
        let picture = picture.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let picture = picture.map_err(|error| not_an_image(&error))?;
        let printed = print_file(out, bytes, &picture, &self.options(&facts, terminal), &facts);
        print_result(wait_until_drawn(out, terminal, printed))
    }
}

/// Waits until the terminal has certainly drawn the image.
fn wait_until_drawn(
    out: &mut impl Write,
    terminal: bool,
    printed: Result<PreparedImage, PrintError>,
) -> Result<(), PrintError> {
    let fitted = printed?;
    if terminal {
        rewrite_first_cell(out, &fitted, std::thread::sleep)?;
    }
    Ok(())
}

fn print_result(printed: Result<(), PrintError>) -> Result<(), Failure> {
    match printed {
        Err(PrintError::Io(error)) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::local(format!("cannot write the image: {error}")))
        }
        Err(PrintError::Picture(error)) => Err(not_an_image(&error)),
        // The reader is gone; further output is not needed.
        Ok(()) | Err(PrintError::Io(_)) => Ok(()),
    }
}

fn not_an_image(error: &DisplayError) -> Failure {
    let failure = Failure::new(super::failure::FailureCode::Usage, "picture", error.to_string());
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// Queries the terminal and concludes its capabilities.
fn detect_terminal(forced: DisplayOverride) -> DisplayCapabilities {
    query_capabilities(forced).1
}

/// Time limit for a tmux that has just started to detect its outer terminal: an image is printed only once.
const TMUX_TIMEOUT: Duration = Duration::from_secs(2);

/// Queries the terminal and returns its raw answers along with the conclusions.
pub(super) fn query_capabilities(forced: DisplayOverride) -> (ProbeResult, DisplayCapabilities) {
    let heard = query_terminal(&env, TMUX_TIMEOUT);
    let facts = DisplayCapabilities::from_probe(&env, &heard, window(), forced);
    (heard, facts)
}

/// Returns the protocol and the glyphs that the config names; `None` for each that is to be detected.
pub(super) fn configured_display(config: &Config) -> Result<DisplayOverride, Diagnostic> {
    let (driver, glyphs) = (config.preview.driver.as_str(), config.preview.glyphs.as_str());
    let unknown = |key: &str, what: &str, name: &str, known: &[&'static str]| {
        let hint = suggest::hint(name, ["auto"].into_iter().chain(known.iter().copied()));
        config.diagnose(&["preview", key], format!("there is no {what} `{name}`"), Some(hint))
    };
    let protocol = (driver != "auto").then(|| driver.parse()).transpose().map_err(|_| {
        let known: Vec<&str> = Protocol::ALL.iter().map(|protocol| protocol.name()).collect();
        unknown("driver", "driver", driver, &known)
    })?;
    let glyphs = (glyphs != "auto").then(|| glyphs.parse()).transpose().map_err(|_| {
        let known: Vec<&str> = GlyphSet::ALL.iter().map(|set| set.name()).collect();
        unknown("glyphs", "set of glyphs", glyphs, &known)
    })?;
    Ok(DisplayOverride { protocol, glyphs })
}

fn window() -> TerminalWindow {
    let usual = TerminalWindow { columns: DEFAULT_WINDOW.0, rows: DEFAULT_WINDOW.1, ..TerminalWindow::default() };
    let Ok(size) = crossterm::terminal::window_size() else { return usual };
    if size.columns == 0 || size.rows == 0 {
        return usual;
    }
    TerminalWindow { columns: size.columns, rows: size.rows, width: size.width, height: size.height }
}
