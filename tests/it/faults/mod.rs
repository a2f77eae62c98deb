//! Every fault of the stand-in server with every way of drawing: the user's message, the exit code, the state in the
//! library, and the files on disk. The expected outcomes are in `matrix.txt`, one line for each distinct one.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use fake_openai::{FAULTS, FakeOpenAi};
use pretty_assertions::assert_eq;
use tempfile::TempDir;
use tintype::{
    config::Config,
    engine::{Draft, Engine, EngineEvent, EngineSetup, JobEvent, Reference, Registry},
    id::Id,
    library::{Library, Record},
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The key that must not appear anywhere.
const KEY: &str = "sk-SECRET-0123456789";

/// Maximum number of concurrent jobs: each holds files and connections open, which are limited.
const AT_ONCE: usize = 40;

/// Maximum time without any event before the test fails.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Fault directives for the prompt, for faults that need more than their name.
const PROMPT_DIRECTIVES: &[(&str, &str)] = &[
    // Longer than the engine waits: the job fails immediately.
    ("rate-limit", "rate-limit,retry-after=600"),
    ("rate-limit-images", "rate-limit-images,retry-after=600"),
    ("giant-line", "giant-line=4"),
];

/// Faults without an outcome of their own: numbers for the fault beside them, gates that wait for a test, and faults
/// with tests of their own because their outcome contains an amount or takes as long as a time limit.
const EXCLUDED: [&str; 8] =
    ["retry-after", "retry-after-ms", "should-retry", "gate", "delay", "zero-usage", "absurd-usage", "silent-end"];

/// Faults that affect a whole account or need another time limit; each has an account of its own.
const OWN_ACCOUNT: [&str; 4] = ["rate-limit", "rate-limit-images", "overloaded", "hang"];

/// Broken connections: the amount received before the break, and so the message and the saved part, vary between runs.
const BROKEN_CONNECTIONS: [&str; 3] = ["reset", "truncated", "reset-mid-stream"];

/// A way of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum DrawingMode {
    Generate,
    Edit,
    Stream,
    Codex,
}

impl DrawingMode {
    const ALL: [Self; 4] = [Self::Generate, Self::Edit, Self::Stream, Self::Codex];

    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Edit => "edit",
            Self::Stream => "stream",
            Self::Codex => "codex",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            _ => "gpt-image",
        }
    }

    fn backend(self, fault: &str) -> String {
        if OWN_ACCOUNT.contains(&fault) { format!("{}-{fault}", self.name()) } else { format!("all-{}", self.kind()) }
    }

    fn draft(self, fault: &str, picture: &Path) -> Draft {
        let words = PROMPT_DIRECTIVES.iter().find(|(name, _)| *name == fault).map_or(fault, |(_, words)| words);
        let mut draft = Draft {
            prompt: format!("[fault:{words}] a lighthouse, {}", self.name()),
            backend: Some(self.backend(fault)),
            ..Draft::default()
        };
        if self.kind() == "gpt-image" {
            draft.settings.insert("quality".to_owned(), "low".into());
            draft.settings.insert("size".to_owned(), "1024x640".into());
            draft.settings.insert("partial_images".to_owned(), i64::from(self == Self::Stream).into());
        }
        if self == Self::Codex {
            draft.settings.insert("size".to_owned(), "256x256".into());
        }
        if self == Self::Edit {
            draft.inputs.push(Reference::File(picture.to_owned()));
        }
        draft
    }
}

/// Returns the config: one backend per kind for most faults, and one for each fault that needs its own.
fn config() -> String {
    let mut text = String::new();
    let mut table = |name: &str, kind: &str, more: &str| {
        write!(text, "[backends.{name}]\nkind = \"{kind}\"\napi_key_env = \"KEY_{}\"\n{more}", name.replace('-', "_"))
            .unwrap();
    };
    for kind in ["gpt-image", "codex"] {
        table(&format!("all-{kind}"), kind, "concurrency = 1000\n");
    }
    for (fault, way) in OWN_ACCOUNT.iter().flat_map(|fault| DrawingMode::ALL.map(|way| (fault, way))) {
        table(&way.backend(fault), way.kind(), if *fault == "hang" { "timeout = 1\n" } else { "" });
    }
    text
}

struct FaultMatrix {
    dir: TempDir,
    server: FakeOpenAi,
    engine: Engine,
    events: UnboundedReceiver<EngineEvent>,
}

impl FaultMatrix {
    async fn new() -> Self {
        let (dir, server) = (tempfile::tempdir().unwrap(), FakeOpenAi::builder().with_key(KEY).start().await);
        let base = server.base_url();
        let env = move |name: &str| match name {
            "OPENAI_BASE_URL" => Some(base.clone()),
            name => name.starts_with("KEY_").then(|| KEY.to_owned()),
        };
        let (backends, problems) = Config::parse("config.toml", config()).unwrap().build_backends(&env);
        assert!(problems.is_empty(), "{problems:?}");
        let (sender, events) = unbounded_channel();
        let library = Library::open(&dir.path().join("data")).unwrap();
        let registry = Registry::new(backends, "auto");
        let setup = EngineSetup { library, registry, budget: tintype::engine::Budget::default(), events: sender };
        Self { dir, server, engine: Engine::new(setup), events }
    }

    /// Submits all jobs and waits until every one has ended.
    async fn run(&mut self) -> HashMap<Id, (&'static str, DrawingMode, Record)> {
        let picture = self.dir.path().join("picture.png");
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbaImage::new(64, 64).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        std::io::Write::write_all(&mut fs::File::create(&picture).unwrap(), bytes.get_ref()).unwrap();
        let faults = FAULTS.iter().map(|info| info.name).filter(|name| !EXCLUDED.contains(name));
        let mut waiting = faults.flat_map(|fault| DrawingMode::ALL.map(|way| (fault, way)));
        let (mut jobs, mut ends) = (HashMap::new(), HashMap::new());
        loop {
            for (fault, way) in waiting.by_ref().take(AT_ONCE - (jobs.len() - ends.len())) {
                jobs.insert(self.engine.submit(way.draft(fault, &picture)).await.unwrap(), (fault, way));
            }
            if ends.len() == jobs.len() {
                break;
            }
            let event = tokio::time::timeout(PATIENCE, self.events.recv()).await.unwrap_or_else(|_| {
                let open: Vec<_> =
                    jobs.iter().filter(|(job, _)| !ends.contains_key(*job)).map(|(_, job)| job).collect();
                panic!("nothing happens any more, and these have not ended: {open:?}");
            });
            let event = event.unwrap();
            if let JobEvent::Saved(record) | JobEvent::Failed(record) | JobEvent::Canceled(record) = event.what {
                let (fault, way) = jobs[&event.job];
                assert!(ends.insert(event.job, (fault, way, *record)).is_none(), "{fault} {way:?} ended twice");
            }
        }
        ends
    }

    /// Returns the outcome of a job on one line.
    fn outcome(&self, fault: &str, record: &Record) -> String {
        let state = record.state.name();
        let disk = self.on_disk(record);
        match &record.error {
            None => {
                format!("0 {state}, {disk}{}", record.notes.iter().fold(String::new(), |all, note| all + "; " + note))
            }
            Some(error) if BROKEN_CONNECTIONS.contains(&fault) => {
                let code = tintype::cli::exit_code(error.kind);
                format!("{code} {state} ({}), what arrived / {}", error.kind, error.hint.as_deref().unwrap_or("-"))
            }
            Some(error) => {
                let code = tintype::cli::exit_code(error.kind);
                let message = without_ids(&error.message);
                format!("{code} {state} ({}), {disk}: {message} / {}", error.kind, error.hint.as_deref().unwrap_or("-"))
            }
        }
    }

    /// Returns what a job has left on disk. Asserts that its files are complete.
    fn on_disk(&self, record: &Record) -> &'static str {
        for image in &record.images {
            let bytes = fs::read(&image.path).unwrap();
            assert!(image.path.with_extension("json").is_file(), "a picture without its sidecar");
            let delivered = self.server.images_sent().iter().any(|sent| **sent == *bytes);
            assert!(delivered || image.svg.is_some(), "{} is not what was delivered", image.path.display());
        }
        let folder = self.dir.path().join("data/spool").join(record.id.to_string());
        let kept = fs::read_dir(folder).is_ok_and(|files| files.flatten().any(|file| file.file_name() != "lease"));
        match (record.images.is_empty(), kept) {
            (false, false) => "picture",
            (false, true) => "picture and answer",
            (true, true) => "answer kept",
            (true, false) => "nothing",
        }
    }
}

/// Removes request ids from a message, because they differ from run to run.
fn without_ids(message: &str) -> String {
    let is_id = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        word.starts_with("req_") || (word.len() == 36 && word.matches('-').count() == 4)
    };
    message.split(' ').map(|word| if is_id(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Returns one line for each outcome of a fault, with the ways that have it.
fn table(outcomes: &HashMap<(&'static str, DrawingMode), String, impl std::hash::BuildHasher>) -> String {
    let mut text = String::new();
    for fault in FAULTS.iter().map(|info| info.name).filter(|name| !EXCLUDED.contains(name)) {
        let mut told: Vec<&String> = Vec::new();
        for way in DrawingMode::ALL {
            let outcome = &outcomes[&(fault, way)];
            if told.contains(&outcome) {
                continue;
            }
            told.push(outcome);
            let same: Vec<&str> = DrawingMode::ALL
                .iter()
                .filter(|way| &outcomes[&(fault, **way)] == outcome)
                .map(|way| way.name())
                .collect();
            let ways = if same.len() == DrawingMode::ALL.len() { "all".to_owned() } else { same.join("+") };
            writeln!(text, "{fault} | {ways} | {outcome}").unwrap();
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_has_the_outcome_in_the_matrix() {
    let mut bench = FaultMatrix::new().await;
    let ends = bench.run().await;
    let mut outcomes = HashMap::new();
    for (job, (fault, way, record)) in &ends {
        let outcome = bench.outcome(fault, record);
        assert_eq!(
            Some(record.state),
            bench.engine.library().record(*job).await.unwrap().map(|row| row.state),
            "{fault}"
        );
        let told = format!("{record:?}");
        assert!(!told.contains("SECRET"), "{fault} {way:?} tells the key: {told}");
        if let Some(error) = &record.error {
            assert!(error.hint.is_some(), "{fault} {way:?} has no next step: {error}");
            assert!(!error.message.contains(tintype::sanitize::is_unsafe) && !error.message.ends_with('.'), "{error}");
        }
        outcomes.insert((*fault, *way), outcome);
    }
    let actual = table(&outcomes);
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/matrix.txt");
        std::io::Write::write_all(&mut fs::File::create(file).unwrap(), actual.as_bytes()).unwrap();
        return;
    }
    assert_eq!(actual, include_str!("matrix.txt"));
}
