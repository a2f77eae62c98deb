//! The program as scripts see it: arguments in; stdout, stderr, exit code and files out.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

mod bad_input;
mod codex;
mod compare;
mod comparison_fixture;
mod completions;
mod config;
#[cfg(unix)]
mod config_errors;
#[cfg(unix)]
mod custom_backend;
mod edit_and_show;
mod export;
mod generate;
mod gpt_image;
mod history;
mod hostile;
#[cfg(unix)]
mod hostile_data;
mod lists;
mod network;
#[cfg(unix)]
mod non_utf8_names;
mod outputs;
mod paid_backends;
mod pipes;
mod prompt_files;
mod races;
mod references;
mod report;
mod secrets;
mod servers;
mod stats;

/// A separate home directory, with the config, the library and the working directory of one test.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(TempDir::new().unwrap());
        fs::create_dir(home.path("work")).unwrap();
        home
    }

    /// Creates a home with this config.
    fn with_config(text: &str) -> Self {
        let home = Self::new();
        home.file("config.toml", text.as_bytes());
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file of that name.
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        path
    }

    /// Returns the names below a directory, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Returns a run of the program in this home, with these arguments.
    fn run<const N: usize>(&self, args: [&str; N]) -> CommandRun<'_> {
        self.run_words(&args)
    }

    fn run_words(&self, args: &[&str]) -> CommandRun<'_> {
        let args = args.iter().map(OsString::from).collect();
        CommandRun { home: self, args, env: Vec::new(), stdin: None, code: 0 }
    }

    /// Generates a small image. Returns its object from `history --json`.
    fn draw(&self, prompt: &str) -> Value {
        self.run(["generate", prompt, "--size", "64x64"]).run_to_end();
        self.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0)
    }

    /// Generates a small image in a style.
    fn draw_in_style(&self, prompt: &str, style: &str) -> Value {
        self.run(["generate", prompt, "--size", "64x64", "--set", &format!("style={style}")]).run_to_end();
        self.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0)
    }
}

/// A run of the program and its expected result. Nothing runs before [`run_to_end`](Self::run_to_end).
#[must_use]
struct CommandRun<'a> {
    home: &'a Home,
    args: Vec<OsString>,
    env: Vec<(&'static str, OsString)>,
    stdin: Option<Vec<u8>>,
    code: i32,
}

impl CommandRun<'_> {
    fn env(mut self, name: &'static str, value: &(impl AsRef<OsStr> + ?Sized)) -> Self {
        self.env.push((name, value.as_ref().to_owned()));
        self
    }

    fn arg(mut self, arg: impl AsRef<Path>) -> Self {
        self.args.push(arg.as_ref().as_os_str().to_owned());
        self
    }

    /// Sets the piped input; without it, stdin is empty.
    fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(bytes.as_ref().to_owned());
        self
    }

    /// Sets the expected exit code; without it, 0 is expected.
    fn expect_code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintype"));
        let config = self.home.path("config.toml");
        command.args(&self.args).env_clear().current_dir(self.home.path("work"));
        command.env("HOME", self.home.0.path()).env("TINTYPE_DATA_DIR", self.home.path("data"));
        if config.exists() {
            command.env("TINTYPE_CONFIG", config);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self) -> Child {
        let mut child = self.command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that rejects its input may stop reading.
        let _ = stdin.write_all(self.stdin.as_deref().unwrap_or_default());
        child
    }

    /// Runs the program to its end.
    fn run_to_end(self) -> RunResult {
        let output = self.start().wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(self.code), "{:?} said: {stderr}", self.args);
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(!stderr.contains(|c: char| c.is_control() && c != '\n'), "{stderr:?}");
        RunResult { stdout: output.stdout, stderr }
    }
}

/// The result of a run.
struct RunResult {
    stdout: Vec<u8>,
    stderr: String,
}

impl RunResult {
    fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Returns the objects on stdout, one per line; anything else on stdout fails.
    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Returns the paths on stdout, each of which must be a file.
    fn files(&self) -> Vec<PathBuf> {
        let files: Vec<PathBuf> = self.text().lines().map(PathBuf::from).collect();
        assert!(files.iter().all(|file| file.is_file()), "{files:?}");
        files
    }

    /// Asserts that nothing was printed on stdout.
    fn expect_no_stdout(self) -> Self {
        assert_eq!(self.text(), "");
        self
    }

    /// Asserts that stderr is exactly this error and this hint.
    fn error(self, message: &str, hint: &str) -> Self {
        pretty_assertions::assert_eq!(self.stderr, format!("error: {message}\nhint: {hint}\n"));
        self
    }

    fn stdout_has(self, words: &str) -> Self {
        assert!(self.text().contains(words), "no `{words}` in: {}", self.text());
        self
    }

    fn stderr_has(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "no `{words}` in: {}", self.stderr);
        self
    }
}

/// Returns the kinds of the events, in the order of the lines.
fn events(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["event"].as_str().unwrap()).collect()
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap()
}
