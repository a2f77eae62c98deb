//! A picture printed into the flow of the terminal, for `show` and for `generate --preview`.
//! How a picture is drawn is the business of `picture`; here is only where to, and what was asked for.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    time::Duration,
};

use ratatui::layout::Size;
use tintype_backends::Format;

use super::{failure::Failure, session::env};
use crate::{
    config::Config,
    diagnostic::Diagnostic,
    nearest,
    picture::{
        Fitted, Heard, Limits, Matte, PictureError, PrintError, PrintOptions, Protocol, Sheet, TerminalFacts, Window,
        ask_terminal, decode, print_decoded, print_file, settle, sheet_holds,
    },
};

/// What is assumed of the window where there is none.
const USUAL: (u16, u16) = (80, 24);

/// How a picture shall be printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printing {
    /// The protocol; the terminal is asked where there is none.
    pub(super) protocol: Option<Protocol>,
    /// The most columns.
    pub(super) width: Option<u16>,
    /// The most rows.
    pub(super) height: Option<u16>,
    /// Whether transparent parts show a checkerboard.
    pub(super) checkerboard: bool,
}

impl Printing {
    /// As the config says.
    pub(super) fn of(config: &Config) -> Result<Self, Diagnostic> {
        let protocol = driver(config)?;
        Ok(Self { protocol, width: None, height: None, checkerboard: config.preview.checkerboard })
    }

    /// Prints to stdout.
    pub(super) fn to_stdout(self, bytes: &[u8]) -> Result<(), Failure> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        self.print(&mut stdout.lock(), terminal, bytes, || self.facts_of_stdout(terminal))
    }

    /// Prints `count` pictures to stdout as contact sheets, as many as they need; each is read when its turn comes.
    pub(super) fn sheets_to_stdout(
        self,
        count: usize,
        mut bytes: impl FnMut(usize) -> Result<Vec<u8>, Failure>,
    ) -> Result<(), Failure> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let facts = self.facts_of_stdout(terminal);
        let options = self.options(&facts);
        let room = options.room(&facts);
        let all: Vec<usize> = (0..count).collect();
        for some in all.chunks(sheet_holds(room)) {
            let mut sheet = Sheet::new(some.len(), room, facts.cell, options.matte);
            for n in some {
                sheet.add(&bytes(*n)?).map_err(|error| no_picture(&error))?;
            }
            let Size { width, height } = sheet.cells();
            // Between the pictures is the terminal's own background.
            let matte = Matte::Color(facts.background.unwrap_or_default());
            let options = PrintOptions { width: Some(width), height: Some(height), matte, ..options };
            // A sheet was never a file; it is lossless like a PNG.
            let out = &mut stdout.lock();
            let printed = print_decoded(out, sheet.picture(), Format::Png, &options, &facts);
            said(settled(out, terminal, printed))?;
        }
        Ok(())
    }

    /// Prints a test pattern, whose pixels are those of its cells, with the protocol that was found, nothing instead.
    pub(super) fn test(pattern: &image::RgbaImage, cells: Size, facts: &TerminalFacts) -> Result<(), Failure> {
        let window = window();
        let options = PrintOptions {
            window: Size::new(window.columns, window.rows),
            width: Some(cells.width),
            height: Some(cells.height),
            matte: Matte::Checkerboard,
        };
        let stdout = io::stdout();
        let out = &mut stdout.lock();
        let printed = print_decoded(out, pattern, Format::Png, &options, facts);
        said(settled(out, stdout.is_terminal(), printed))
    }

    /// Prints to stderr, beside results that go to stdout.
    pub(super) fn to_stderr(self, bytes: &[u8]) -> Result<(), Failure> {
        let stderr = io::stderr();
        let terminal = stderr.is_terminal();
        self.print(&mut stderr.lock(), terminal, bytes, || self.facts(terminal))
    }

    /// What is known of the terminal: in a pipe nobody answers, and half-blocks are what most readers can show.
    fn facts(self, terminal: bool) -> TerminalFacts {
        if terminal && io::stdin().is_terminal() {
            return ask(self.protocol);
        }
        TerminalFacts::unasked(&env, window(), Some(self.protocol.unwrap_or(Protocol::Blocks)))
    }

    /// The same for stdout. In a pipe nothing but the size asked for counts; `viuer` would ask for that of a terminal.
    fn facts_of_stdout(self, terminal: bool) -> TerminalFacts {
        let facts = self.facts(terminal);
        if terminal { facts.for_printing() } else { facts }
    }

    fn options(self, facts: &TerminalFacts) -> PrintOptions {
        let ground = facts.background.unwrap_or_default();
        let Window { columns, rows, .. } = window();
        PrintOptions {
            window: Size::new(columns, rows),
            width: self.width,
            height: self.height,
            matte: if self.checkerboard { Matte::Checkerboard } else { Matte::Color(ground) },
        }
    }

    /// The picture is decoded while the terminal thinks about what it is asked.
    fn print(
        self,
        out: &mut impl Write,
        terminal: bool,
        bytes: &[u8],
        facts: impl FnOnce() -> TerminalFacts,
    ) -> Result<(), Failure> {
        let (picture, facts) = std::thread::scope(|scope| {
            let decoding = scope.spawn(|| decode(bytes, Limits::default()));
            let facts = facts();
            (decoding.join(), facts)
        });
        let picture = picture.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let picture = picture.map_err(|error| no_picture(&error))?;
        let printed = print_file(out, bytes, &picture, &self.options(&facts), &facts);
        said(settled(out, terminal, printed))
    }
}

/// Stays until a terminal has surely drawn what was printed.
fn settled(out: &mut impl Write, terminal: bool, printed: Result<Fitted, PrintError>) -> Result<(), PrintError> {
    let fitted = printed?;
    if terminal {
        settle(out, &fitted, std::thread::sleep)?;
    }
    Ok(())
}

fn said(printed: Result<(), PrintError>) -> Result<(), Failure> {
    match printed {
        Err(PrintError::Io(error)) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::local(format!("cannot write the picture: {error}")))
        }
        Err(PrintError::Picture(error)) => Err(no_picture(&error)),
        // A reader that has gone away has seen enough.
        Ok(()) | Err(PrintError::Io(_)) => Ok(()),
    }
}

fn no_picture(error: &PictureError) -> Failure {
    let failure = Failure::new(super::failure::Code::Usage, "picture", error.to_string());
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// What the terminal says of itself, and what follows for pictures.
fn ask(forced: Option<Protocol>) -> TerminalFacts {
    ask_and_conclude(forced).1
}

/// The longest wait for a tmux that has just been started to learn what is around it: an image is printed only once.
const PATIENCE: Duration = Duration::from_secs(2);

/// The same, with what was heard.
pub(super) fn ask_and_conclude(forced: Option<Protocol>) -> (Heard, TerminalFacts) {
    let heard = ask_terminal(&env, PATIENCE);
    let facts = TerminalFacts::conclude(&env, &heard, window(), forced);
    (heard, facts)
}

/// The protocol that the config names; `None` where the terminal shall be asked.
pub(super) fn driver(config: &Config) -> Result<Option<Protocol>, Diagnostic> {
    let name = config.preview.driver.as_str();
    if name == "auto" {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|_| {
        let known = ["auto"].into_iter().chain(Protocol::ALL.iter().map(|protocol| protocol.name()));
        let hint = nearest::hint(name, known);
        config.diagnose(&["preview", "driver"], format!("there is no driver `{name}`"), Some(hint))
    })
}

fn window() -> Window {
    let usual = Window { columns: USUAL.0, rows: USUAL.1, ..Window::default() };
    let Ok(size) = crossterm::terminal::window_size() else { return usual };
    if size.columns == 0 || size.rows == 0 {
        return usual;
    }
    Window { columns: size.columns, rows: size.rows, width: size.width, height: size.height }
}
