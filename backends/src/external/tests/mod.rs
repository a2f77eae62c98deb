//! Tests with programs of a few lines of shell, each good or bad in one way.

mod conformance;
mod examples;
mod hostile;
mod jobs;
mod lifecycle;
mod version_2;

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use super::*;
use crate::{Accounts, Format, Listener, Preview, RequestImage, Size, Update};

/// The beginning of every script: functions that record its process id, send a hello, read a request, and draw.
const PRELUDE: &str = r#"#!/bin/sh
here=$PWD
echo $$ >> "$here/pids"
hello() { echo '{"type":"hello","versions":[1],"name":"mine","offline":true'"$1"'}'; }
field() { printf '%s\n' "$message" | sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p'; }
order() { read -r message || exit 0; printf '%s\n' "$message" >> "$here/heard"; scratch=$(field scratch); job=$(field job); }
svg() { echo "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>" > "$scratch/$1"; }
image() { svg "$1"; echo '{"type":"image","path":"'"$1"'","job":"'"$job"'"}'; }
finish() { echo '{"type":"done","job":"'"$job"'"}'; }
"#;

/// A folder with a script, its config table, and a scratch folder.
struct ScriptedBackend {
    dir: TempDir,
    table: String,
    env: Vec<(&'static str, &'static str)>,
}

impl ScriptedBackend {
    /// Creates a folder with a script of these lines.
    fn new(script: &str) -> Self {
        let stage = Self { dir: tempfile::tempdir().unwrap(), table: String::new(), env: Vec::new() };
        stage.write(script);
        fs::create_dir(stage.path("scratch")).unwrap();
        stage.table("command = ['sh', './mine.sh']")
    }

    fn write(&self, script: &str) {
        fs::write(self.path("mine.sh"), format!("{PRELUDE}{script}\n")).unwrap();
    }

    /// Adds another line to the table.
    fn table(mut self, line: &str) -> Self {
        self.table.push_str(line);
        self.table.push('\n');
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Returns the backend as the config makes it, before the program was contacted.
    fn stranger(&self) -> SharedBackend {
        let settings = toml::from_str(&self.table).unwrap();
        let env = |name: &str| match name {
            "PATH" => std::env::var("PATH").ok(),
            _ => self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        build(&Table {
            name: "mine",
            settings: &settings,
            env: &env,
            folder: self.dir.path(),
            accounts: &Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        })
        .unwrap()
    }

    async fn met(&self) -> SharedBackend {
        self.stranger().initialize().await.unwrap()
    }

    fn progress(&self) -> (Progress, Arc<RecordingListener>) {
        let ears = Arc::new(RecordingListener::default());
        (Progress::new(Arc::clone(&ears) as Arc<dyn Listener>, self.path("scratch")), ears)
    }

    async fn draw(&self) -> Result<Outcome, BackendError> {
        let (progress, _) = self.progress();
        self.met().await.generate(&request(), &progress).await
    }

    /// Runs a job until its program reports these words, and then drops the job.
    async fn drop_when(&self, words: &str, backend: &SharedBackend, prompt: &str) -> Arc<RecordingListener> {
        let ((progress, ears), request) = (self.progress(), Request::new(prompt, "mine"));
        tokio::select! {
            ended = backend.generate(&request, &progress) => panic!("{ended:?}"),
            () = ears.wait_for(words) => {}
        }
        ears
    }

    /// Returns the error of a job.
    async fn failure(&self) -> BackendError {
        let error = self.draw().await.unwrap_err();
        assert!(error.message.contains("`mine`"), "it does not name the backend: {error}");
        assert!(error.hint.is_some(), "{error}");
        assert!(!error.message.contains(char::is_control) && !error.message.ends_with('.'), "{error:?}");
        error
    }

    /// Returns the error of a job, with or without a hint.
    async fn failure_of_any_kind(&self) -> BackendError {
        self.draw().await.unwrap_err()
    }

    /// Returns the ids of the processes that recorded themselves.
    fn pids(&self) -> Vec<i32> {
        self.read("pids").lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Waits until none of these processes is left.
    async fn wait_until_all_exited(&self) {
        let (pids, begun) = (self.pids(), Instant::now());
        assert!(!pids.is_empty(), "nobody wrote itself down");
        while pids.iter().any(|pid| is_alive(*pid)) {
            assert!(begun.elapsed() < Duration::from_secs(60), "still there: {pids:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Returns true if a process exists and is not a zombie.
fn is_alive(pid: i32) -> bool {
    let is_there = Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok());
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    is_there && !stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))
}

fn request() -> Request {
    Request::new("a cat", "mine")
}

fn input(name: &str, bytes: &'static [u8]) -> RequestImage {
    RequestImage {
        name: name.into(),
        format: Format::Svg,
        size: Size::new(8, 8),
        bytes: Bytes::from_static(bytes),
        svg: None,
    }
}

/// A listener that records everything.
#[derive(Default)]
struct RecordingListener {
    heard: Mutex<Vec<Update>>,
    tickets: Mutex<Vec<Ticket>>,
}

impl RecordingListener {
    fn heard(&self) -> Vec<Update> {
        self.heard.lock().unwrap().clone()
    }

    fn previews(&self) -> Vec<Preview> {
        let heard = self.heard().into_iter();
        heard.filter_map(|update| if let Update::Preview(preview) = update { Some(preview) } else { None }).collect()
    }

    /// Waits until these words were reported.
    async fn wait_for(&self, words: &str) {
        while !self.heard().contains(&Update::Status(words.into())) {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Listener for RecordingListener {
    fn on_update(&self, update: Update) {
        self.heard.lock().unwrap().push(update);
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        self.tickets.lock().unwrap().push(ticket.clone());
        ready(Ok(())).boxed()
    }
}

/// Returns true if a program is installed, and prints a message otherwise.
fn has(program: &str, arguments: &[&str]) -> bool {
    let tried = std::process::Command::new(program).args(arguments).output();
    let there = tried.is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: `{program} {}` does not work here", arguments.join(" "));
    }
    there
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
