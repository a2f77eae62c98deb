//! What the user decided: the defaults, the user's file laid over them, and what is wrong with it, with a caret.
//! It knows no terminal and builds no theme; the tables of backends are opaque to it and read by their kinds.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use tintype_backends::{Settings, svg::Workshop};

use crate::diagnostic::{Diagnostic, End, Source};

mod backends;
mod budget;
mod complaint;
mod keys;
mod layers;
mod locations;
mod read;
mod theme_choice;
mod validate;
mod watch;

pub use backends::BackendTable;
pub use budget::{BackendBudget, Budget};
pub use keys::{CONTEXTS, KeyBinding};
pub use locations::{Locations, absolute};
pub use theme_choice::ThemeChoice;
pub use watch::{Watch, watch};

/// The defaults, as a file: read by the same parser as the user's.
pub const DEFAULTS: &str = include_str!("../../config.example.toml");

/// Everything the user can decide.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name of the backend that draws unless another is chosen, or `auto`.
    pub default_backend: String,
    /// The theme, or the pair of themes.
    pub theme: ThemeChoice,
    /// What may be spent.
    pub budget: Budget,
    /// How pictures are shown.
    pub preview: Preview,
    /// How the studio behaves.
    pub studio: Studio,
    /// How models are compared.
    pub compare: Compare,
    /// The tables of the enabled backends by name: those of the defaults first, then the user's in their order.
    pub backends: IndexMap<String, BackendTable>,
    /// The user's keys, in the order of the file.
    pub keys: Vec<KeyBinding>,
    /// What is odd but does no harm.
    pub warnings: Vec<Diagnostic>,
    /// The user's file; `None` where there is none.
    pub file: Option<PathBuf>,
    /// Where the backends have drawings rendered; in this process unless whoever reads the config says otherwise.
    pub workshop: Workshop,
    merged: toml::Table,
    sources: read::Sources,
}

/// How pictures are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The driver's name, or `auto`.
    pub driver: String,
    /// Whether the history has a strip of thumbnails, where the connection is not slow.
    pub thumbnails: bool,
    /// Whether transparent places are shown as a checkerboard.
    pub checkerboard: bool,
}

/// How the studio behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Studio {
    /// Whether the mouse works.
    pub mouse: bool,
    /// Whether the last session's prompt and settings come back.
    pub restore: bool,
    /// The editor's command and arguments; `None` leaves it to `VISUAL` and `EDITOR`.
    #[serde(default, deserialize_with = "keys::command")]
    pub editor: Option<Vec<String>>,
}

/// How models are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// Of a hundred pairs that were voted on, how many come back with their sides exchanged.
    pub mirrored: u8,
    /// Contestants by name, beside the backends as they are.
    #[serde(default)]
    pub lanes: IndexMap<String, LaneTable>,
}

/// A contestant: `[compare.lanes.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneTable {
    /// The backend's name.
    pub backend: String,
    /// The model; the backend's default where there is none.
    pub model: Option<String>,
    /// The settings that differ from the backend's.
    #[serde(default)]
    pub settings: Settings,
}

/// A config as far as it could be read.
#[derive(Debug)]
pub struct Reading {
    /// The sound parts of the user's file over the defaults.
    pub config: Config,
    /// Everything that is wrong with the file.
    pub problems: Vec<Diagnostic>,
    /// Whether the file could be read at all; `config` is the defaults where it could not.
    pub is_readable: bool,
}

impl Reading {
    /// The config, if nothing is wrong with it.
    pub fn all_sound(self) -> Result<Config, Vec<Diagnostic>> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(self.problems) }
    }
}

impl Config {
    /// The defaults with the user's file laid over them. Errors: everything that is wrong with the file.
    pub fn load(locations: &Locations) -> Result<Self, Vec<Diagnostic>> {
        Self::load_sound(locations).all_sound()
    }

    /// What is sound of the user's file, laid over the defaults, and everything that is wrong with the rest.
    /// Nothing that costs is to be sent by a config whose limits cannot be read: `Budget::stopped` says why.
    pub fn load_sound(locations: &Locations) -> Reading {
        read::read(locations.read())
    }

    /// The defaults alone; a test reads them.
    pub fn defaults() -> Self {
        read::read(Ok(None)).config
    }

    /// The config that a text stands for, as if it were the user's `file`.
    pub fn parse(file: impl Into<PathBuf>, text: impl Into<String>) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_sound(file, text).all_sound()
    }

    /// The same as far as it can be read.
    pub fn parse_sound(file: impl Into<PathBuf>, text: impl Into<String>) -> Reading {
        read::read(Ok(Some(Source { file: file.into(), text: text.into() })))
    }

    /// The same with another place where drawings are rendered.
    #[must_use]
    pub fn with_workshop(self, workshop: &Workshop) -> Self {
        Self { workshop: workshop.clone(), ..self }
    }

    /// Whether the user's own file sets this key, to something else than the defaults do.
    pub fn decides(&self, key: &str) -> bool {
        self.sources.decides(key)
    }

    /// A complaint about what stands at `path`, a key for each level: `["keys", "global", "quit"]`.
    /// It points into the user's file, or into the defaults where the value comes from there.
    pub fn diagnose(&self, path: &[&str], message: impl Into<String>, hint: Option<String>) -> Diagnostic {
        self.sources.complain(path, End::Value, message.into(), hint)
    }

    /// A complaint about the key at the end of `path`, rather than about its value.
    pub fn diagnose_key(&self, path: &[&str], message: impl Into<String>, hint: Option<String>) -> Diagnostic {
        self.sources.complain(path, End::Key, message.into(), hint)
    }

    /// The user's keys that do not reach the program in most terminals.
    pub fn lost_keys(&self) -> Vec<Diagnostic> {
        let lost = self.keys.iter().filter_map(|binding| {
            let arrives = binding.keys.iter().find_map(keys::arrives_as)?;
            let message = format!("most terminals send {arrives} for this key");
            let hint = "bind another key as well, or use a terminal with the kitty keyboard protocol".to_owned();
            Some(self.diagnose(&["keys", &binding.context, &binding.action], message, Some(hint)))
        });
        lost.collect()
    }

    /// The folder against which relative paths in the config are meant.
    pub fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }

    /// Where the value at `path` comes from: `config.toml:12`, or `default`.
    pub fn origin(&self, path: &[&str]) -> String {
        self.sources.origin(path)
    }

    /// Everything that is in force.
    pub fn merged(&self) -> &toml::Table {
        &self.merged
    }

    /// Everything that is in force, as TOML.
    pub fn to_toml(&self) -> String {
        self.merged.to_string()
    }
}

#[cfg(test)]
mod tests;
