//! One side of the comparison, run as a process of its own. Its CPU time comes from the kernel's accounting of child
//! processes; its memory and what it saved come from the report that it prints when it exits.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use fake_openai::FakeOpenAi;
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use serde::{Deserialize, Serialize};

use crate::{SIZE, target};

/// The program that receives the images.
pub(crate) enum Contender {
    /// Tintype's engine with its library.
    Tintype,
    /// The backend without an engine or a library.
    Backend,
    /// Only base64, hash, write and sync, over the texts in this file.
    Floor(PathBuf),
    /// The official Python SDK.
    Python(Python),
}

/// A Python interpreter that has the SDK.
pub(crate) struct Python(PathBuf);

/// The cost of one run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RunCost {
    user: Duration,
    system: Duration,
    pub(crate) peak: u64,
    pub(crate) saved: u32,
    /// The size of the largest saved image, in bytes.
    pub(crate) largest: u64,
}

/// The report that a side prints to stdout when it exits.
#[derive(Serialize, Deserialize)]
pub(crate) struct SideReport {
    pub(crate) peak: u64,
    pub(crate) saved: u32,
    pub(crate) largest: u64,
}

impl SideReport {
    /// Returns the report of this process, which saved its images in `folder`.
    pub(crate) fn measure(folder: &Path) -> Self {
        let sizes: Vec<u64> = pictures(folder);
        Self { peak: peak(), saved: sizes.len() as u32, largest: sizes.into_iter().max().unwrap_or(0) }
    }

    pub(crate) fn print(&self) {
        println!("{}", serde_json::to_string(self).unwrap());
    }
}

/// Returns the sizes of all images below `folder`.
fn pictures(folder: &Path) -> Vec<u64> {
    let mut sizes = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sizes.extend(pictures(&path));
        } else if path.extension().is_some_and(|extension| extension == "png") {
            sizes.push(entry.metadata().unwrap().len());
        }
    }
    sizes
}

/// Returns this process's peak resident memory, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}

impl Contender {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Tintype => "tintype",
            Self::Backend => "backend",
            Self::Floor(_) => "floor",
            Self::Python(_) => "python",
        }
    }

    /// Receives `count` images, `at_once` of them concurrently.
    pub(crate) fn run(&self, server: &FakeOpenAi, partials: u32, count: u32, at_once: u32) -> RunCost {
        let folder = tempfile::tempdir_in(target()).unwrap();
        let mut command = self.command();
        command.arg(folder.path()).args([count, partials, at_once].map(|number| number.to_string())).arg(SIZE);
        command.env("OPENAI_BASE_URL", server.base_url()).env("OPENAI_API_KEY", "sk-bench");
        let before = children();
        let output = command.output().unwrap();
        let after = children();
        assert!(output.status.success(), "{} failed:\n{}", self.name(), String::from_utf8_lossy(&output.stderr));
        let said: SideReport = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said.saved, count, "{} lost pictures", self.name());
        let SideReport { peak, saved, largest } = said;
        RunCost {
            user: after.0.saturating_sub(before.0),
            system: after.1.saturating_sub(before.1),
            peak,
            saved,
            largest,
        }
    }

    fn command(&self) -> Command {
        let own = |name: &str| {
            let mut command = Command::new(env::current_exe().unwrap());
            command.arg(name);
            command
        };
        match self {
            Self::Tintype => own("tintype"),
            Self::Backend => own("backend"),
            Self::Floor(texts) => {
                let mut command = own("floor");
                command.arg(texts);
                command
            }
            Self::Python(Python(python)) => {
                let mut command = Command::new(python);
                command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pictures/openai_sdk.py"));
                command
            }
        }
    }
}

impl Python {
    /// Finds a Python interpreter that has the SDK.
    pub(crate) fn find() -> Result<Self, ()> {
        let installed = target().join("contract-venv/bin/python");
        let python = env::var_os("PYTHON").map_or(installed, PathBuf::from);
        let has = Command::new(&python).args(["-c", "import openai"]).output();
        has.is_ok_and(|output| output.status.success()).then_some(Self(python)).ok_or(())
    }
}

/// Returns the CPU time of all children so far, in user and in kernel mode.
fn children() -> (Duration, Duration) {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let time = |time: TimeVal| Duration::new(time.tv_sec().cast_unsigned(), time.tv_usec() as u32 * 1000);
    (time(usage.user_time()), time(usage.system_time()))
}

impl RunCost {
    /// Returns user and kernel time together, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        (self.user + self.system).as_secs_f64()
    }

    /// Subtracts the cost of `other`.
    pub(crate) fn minus(self, other: &Self) -> Self {
        Self { user: self.user.saturating_sub(other.user), system: self.system.saturating_sub(other.system), ..self }
    }

    /// Divides the cost by `count`, for the share of one image.
    pub(crate) fn per_image(self, count: u32) -> Self {
        Self { user: self.user / count, system: self.system / count, ..self }
    }
}

impl fmt::Display for RunCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let both = self.seconds() * 1e3;
        write!(
            f,
            "{both:6.2} ms ({:.2} user, {:.2} kernel), peak {:.0} MB",
            ms(self.user),
            ms(self.system),
            self.peak as f64 / 1e6
        )
    }
}
