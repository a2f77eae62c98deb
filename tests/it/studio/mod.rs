//! The studio as users see it: the real program in a real pseudo-terminal.
//! Key handling is tested beside `update`; these tests cover what only shows when all parts work together.

mod blind_vote;
mod config;
mod custom_backend;
mod exit;
mod gallery;
mod images;
mod notification;
mod popups;
mod pty;
mod references;
mod resizing;
mod secrets;
mod smoke;
mod startup_errors;
mod typing;
mod view;

use std::{fs, path::PathBuf};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use pty::{ExitState, Pty, TerminalReply};
use tintype::library::{Library, Record};
use view::View;

/// Path of the program's binary.
const TINTYPE: &str = env!("CARGO_BIN_EXE_tintype");

/// A comfortable window size.
const WINDOW: (u16, u16) = (120, 40);

const ENTER: &str = "\r";
const ESC: &str = "\x1b";
const TAB: &str = "\t";
const DOWN: &str = "\x1b[B";
const F1: &str = "\x1bOP";
const F5: &str = "\x1b[15~";
const F12: &str = "\x1b[24~";
const ALT_ENTER: &str = "\x1b\r";

/// Small images that are generated quickly, and a second backend to switch to.
const CONFIG: &str = "
[backends.sketch]
kind = \"sketch\"
[backends.sketch.defaults]
size = \"256x256\"
[backends.crayon]
kind = \"sketch\"
";

/// Returns the control character of a letter.
fn ctrl(letter: char) -> String {
    char::from(letter as u8 & 0x1f).to_string()
}

/// A separate home: a config and a data directory, isolated from this machine.
struct Home {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    /// Creates a home whose config generates small images.
    fn new() -> Self {
        Self::with_config(CONFIG)
    }

    fn with_config(text: &str) -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new() };
        home.write_config(text);
        home
    }

    /// Adds an environment variable.
    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Replaces the config as an editor does.
    fn write_config(&self, text: &str) {
        let (new, file) = (self.path("config.toml~"), self.path("config.toml"));
        self.write("config.toml~", text);
        fs::rename(new, file).unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        std::io::Write::write_all(&mut fs::File::create(self.path(name)).unwrap(), text.as_bytes()).unwrap();
    }

    /// Returns the command that opens the studio here.
    fn command(&self, program: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.cwd(self.dir.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.dir.path());
        command.env("TMPDIR", self.dir.path());
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("TINTYPE_CONFIG", self.path("config.toml"));
        command.env("TINTYPE_DATA_DIR", self.data());
        self.variables.iter().for_each(|(name, value)| command.env(name, value));
        command
    }

    /// Runs a shell script here; `$0` is the program.
    fn shell(&self, script: &str) -> Pty {
        let mut command = self.command("sh");
        command.args(["-c", script, TINTYPE]);
        Pty::run(command, WINDOW, TerminalReply::Plain(""))
    }

    /// Adds finished jobs with these prompts to the library, the last one the newest; they have no images.
    fn add_records(&self, prompts: &[&str]) {
        let library = Library::open(&self.data()).unwrap();
        let records = prompts.iter().map(|prompt| record(prompt)).collect();
        tokio::runtime::Runtime::new().unwrap().block_on(library.import(records)).unwrap();
    }

    /// Starts the studio without waiting for its first screen.
    fn start(&self) -> Pty {
        Pty::run(self.command(TINTYPE), WINDOW, TerminalReply::Plain(""))
    }

    /// Opens the studio and waits for its first screen.
    fn open(&self) -> Pty {
        self.open_sized(WINDOW)
    }

    fn open_sized(&self, window: (u16, u16)) -> Pty {
        let studio = Pty::run(self.command(TINTYPE), window, TerminalReply::Plain(""));
        studio.wait_for("free");
        studio
    }

    /// Opens the studio and generates an image in it.
    fn open_with_picture(&self, prompt: &str) -> Pty {
        let studio = self.open();
        studio.send(prompt);
        studio.send(ENTER);
        studio.wait_until("a finished image", View::has_finished_picture);
        studio
    }
}

/// Returns the record of a saved job whose image has been lost.
fn record(prompt: &str) -> Record {
    let json = serde_json::json!({
        "id": tintype::id::Id::new(), "created": "2026-11-20T10:00:00Z", "backend": "sketch", "kind": "sketch",
        "model": "sketch", "prompt": prompt, "settings": {}, "count": 1, "state": "saved",
    });
    serde_json::from_value(json).unwrap()
}

/// Quits, and asserts that the terminal is left as it was.
fn quit(studio: Pty) -> ExitState {
    studio.send(ctrl('q'));
    let ended = studio.wait_for_end();
    assert_eq!(ended.status, Ok(0), "{}", ended.view);
    ended.assert_restored();
    ended
}
