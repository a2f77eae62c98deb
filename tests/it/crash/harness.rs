//! A test site for crashes: a data directory, a stand-in server that counts, and the checks afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use fake_openai::{Builder, FakeOpenAi, RecordedRequest};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// A route by which an image is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// One plain response.
    Plain,
    /// One request that continues in the background and is found again by its ticket.
    Background,
    /// A stream with a partial image.
    Stream,
    /// An edit of a reference image.
    Edit,
    /// The Responses API.
    Hosted,
    /// An SVG drawing of the text model.
    Codex,
}

impl Route {
    pub(super) const ALL: [Self; 6] =
        [Self::Plain, Self::Background, Self::Stream, Self::Edit, Self::Hosted, Self::Codex];

    pub(super) const fn backend(self) -> &'static str {
        match self {
            Self::Plain | Self::Stream | Self::Edit => "gpt-image",
            Self::Hosted => "hosted",
            Self::Background => "background",
            Self::Codex => "codex",
        }
    }

    /// Returns the cheapest settings for this route.
    pub(super) const fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Codex => &[("size", "256x256")],
            Self::Stream | Self::Background => &[("size", "1024x640"), ("quality", "low"), ("partial_images", "1")],
            Self::Plain | Self::Edit | Self::Hosted => {
                &[("size", "1024x640"), ("quality", "low"), ("partial_images", "0")]
            }
        }
    }
}

const CONFIG: &str = r#"
[backends.hosted]
kind = "gpt-image"
route = "responses"
main_model = "gpt-5.5"
[backends.background]
kind = "gpt-image"
route = "responses"
main_model = "gpt-5.5"
background = true
[budget]
per_job = 1000.0
daily = 100000.0
"#;

/// A data directory and a server for one test.
pub(super) struct CrashHarness {
    pub(super) dir: TempDir,
    pub(super) server: FakeOpenAi,
    pub(super) data: PathBuf,
}

/// The problems found, one per line.
#[derive(Debug, Default)]
pub(super) struct Violations {
    pub(super) lost: Vec<String>,
    pub(super) sent_twice: Vec<String>,
}

impl CrashHarness {
    pub(super) fn new() -> Self {
        Self::with(FakeOpenAi::builder())
    }

    pub(super) fn with(server: Builder) -> Self {
        let dir = TempDir::new().unwrap();
        for folder in ["work", "tmp"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        put(&dir.path().join("config.toml"), CONFIG.as_bytes());
        let data = dir.path().join("data");
        Self { dir, server: server.start_blocking(), data }
    }

    /// Sets the environment that every process of the site gets.
    fn env(&self, command: &mut Command) {
        let dir = self.dir.path();
        command.env_clear().current_dir(dir.join("work")).stdin(Stdio::null());
        command.env("HOME", dir).env("TMPDIR", dir.join("tmp")).env("TINTYPE_CONFIG", dir.join("config.toml"));
        command.env("TINTYPE_DATA_DIR", &self.data);
        command.env("OPENAI_API_KEY", "sk-crash").env("OPENAI_BASE_URL", self.server.base_url());
    }

    /// Returns a command for the program.
    pub(super) fn tintype(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintype"));
        command.args(args);
        self.env(&mut command);
        command
    }

    /// Returns a command that generates one image.
    pub(super) fn generate(&self, route: Route, prompt: &str) -> Command {
        let mut command = self.tintype(&["generate", prompt, "--json", "--backend", route.backend()]);
        for (name, value) in route.settings() {
            command.arg("--set").arg(format!("{name}={value}"));
        }
        if route == Route::Edit {
            let file = self.dir.path().join("start.png");
            let mut bytes = std::io::Cursor::new(Vec::new());
            image::RgbImage::new(64, 64).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
            put(&file, &bytes.into_inner());
            command.arg("--ref").arg(file);
        }
        command
    }

    /// Starts this test binary again, as a process with an engine that recovers everything and then runs the jobs in
    /// the range, `at_once` of them concurrently.
    pub(super) fn child(&self, jobs: std::ops::Range<usize>, at_once: usize) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["crash::child::crash_child_process", "--exact", "--ignored", "--nocapture"]);
        self.env(&mut command);
        command.env("TINTYPE_CRASH_JOBS", format!("{} {} {at_once}", jobs.start, jobs.end));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for a process, which must succeed. Returns its stdout.
    pub(super) fn wait_for_success(child: Child) -> String {
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{status}: {out}\n{err}");
        assert!(!err.contains("lock"), "{err}");
        out.into_owned()
    }

    /// Returns the rows of a listing of the program, a JSON object per line.
    pub(super) fn rows(&self, args: &[&str]) -> Vec<Value> {
        let mut command = self.tintype(args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::wait_for_success(child).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Returns the history. Every listing runs the recovery first.
    pub(super) fn history(&self) -> Vec<Value> {
        self.rows(&["history", "--json", "--limit", "100000"])
    }

    /// Returns the jobs with a complete response in the spool or with staged images: these must not be lost.
    pub(super) fn received_jobs(&self) -> BTreeSet<String> {
        let folders = fs::read_dir(self.data.join("spool")).into_iter().flatten().flatten();
        let complete = |path: &Path| files(path).iter().any(|file| is_complete(file));
        let names = folders.filter(|folder| complete(&folder.path())).map(|folder| folder.file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    /// Checks the state after a restart: `due` are the jobs that must be saved.
    pub(super) fn check_invariants(&self, due: &BTreeSet<String>, found: &mut Violations) {
        let rows = self.history();
        let saved: BTreeMap<&str, &Value> =
            rows.iter().filter(|row| row["state"] == "saved").map(|row| (row["id"].as_str().unwrap(), row)).collect();
        found.lost.extend(due.iter().filter(|job| !saved.contains_key(job.as_str())).map(|job| {
            let row = rows.iter().find(|row| row["id"] == job.as_str());
            format!("{job} was received and is not saved: {row:?}")
        }));
        let delivered: BTreeSet<String> = self.server.images_sent().iter().map(|bytes| sha256(bytes)).collect();
        let mut known = BTreeSet::new();
        for (row, image) in
            saved.values().flat_map(|row| row["images"].as_array().unwrap().iter().map(move |it| (row, it)))
        {
            let path = PathBuf::from(image["path"].as_str().unwrap());
            let hash = fs::read(&path).map(|bytes| sha256(&bytes)).unwrap_or_default();
            if image["sha256"] != hash.as_str() || (row["backend"] != "codex" && !delivered.contains(&hash)) {
                found.lost.push(format!("`{}` is not what was delivered", path.display()));
            }
            known.insert(path);
        }
        self.check_files(&known, &rows, found);
        found.sent_twice.extend(self.doubled());
    }

    fn check_files(&self, known: &BTreeSet<PathBuf>, rows: &[Value], found: &mut Violations) {
        let of = |kind: &str| rows.iter().filter(|row| row["state"] == kind).count();
        assert_eq!((of("queued"), of("received")), (0, 0), "some jobs were not recovered: {rows:#?}");
        for file in files(&self.data) {
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
            assert_eq!(
                (mode(&file), mode(file.parent().unwrap())),
                (0, 0),
                "`{}` is accessible to others",
                file.display()
            );
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert!(!name.starts_with(".tintype-"), "`{}` was left", file.display());
            if file.starts_with(self.data.join("images")) && file.extension().is_some_and(|kind| kind == "png") {
                let doubled = (!known.contains(&file)).then(|| format!("`{}` is in no row", file.display()));
                found.sent_twice.extend(doubled);
                assert!(file.with_extension("json").is_file(), "`{}` has no sidecar", file.display());
            }
        }
        let ended = rows.iter().filter(|row| row["state"] == "saved").map(|row| row["id"].as_str().unwrap());
        for job in ended {
            assert!(!self.data.join("spool").join(job).exists(), "the folder of {job} was left");
        }
    }

    /// Returns the prompts that were sent more than once.
    fn doubled(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for request in self.server.requests().iter().filter(|request| request.method == "POST") {
            *counts.entry(prompt(request)).or_default() += 1;
        }
        counts
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(prompt, count)| format!("{count} times: {prompt}"))
            .collect()
    }
}

/// Returns the prompt of a request to any of the server's APIs.
fn prompt(request: &RecordedRequest) -> String {
    let in_json = |json: &Value| {
        let of_response = json["input"][0]["content"][0]["text"].as_str();
        json["prompt"].as_str().or(of_response).map(str::to_owned)
    };
    request
        .json()
        .and_then(in_json)
        .or_else(|| request.part_text("prompt").map(str::to_owned))
        .unwrap_or_else(|| panic!("an order without words: {request:?}"))
}

/// Returns whether a spooled file is a whole response with an image in it, or a list of staged images.
fn is_complete(file: &Path) -> bool {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
    if name == "outcome.json" {
        return serde_json::from_str::<Value>(&text).is_ok();
    }
    if !name.starts_with("answer-") {
        return false;
    }
    if let Ok(json) = serde_json::from_str::<Value>(&text) {
        return json["data"][0]["b64_json"].is_string() || json["status"] == "completed";
    }
    // An event counts once its `data` line has ended.
    ["image_generation.completed", "image_edit.completed", "response.completed"]
        .iter()
        .any(|end| text.split_once(&format!("event: {end}\n")).is_some_and(|(_, rest)| rest.contains("\n\n")))
}

/// Returns every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn put(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    fs::File::create(path).unwrap().write_all(bytes).unwrap();
}
