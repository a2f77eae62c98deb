//! Configuration: the defaults with the user's file merged in, and diagnostics with source excerpts.
//! It knows neither terminals nor themes; backend tables are opaque and parsed by their kinds.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use tintype_backends::{Settings, svg::Renderer};

use crate::diagnostic::{Diagnostic, KeyOrValue, SourceText};

mod backends;
mod budget;
mod key_bindings;
mod loader;
mod merge;
mod paths;
mod serde_error;
mod theme_choice;
mod validate;
mod watch;

pub use backends::BackendConfig;
pub use budget::{BackendBudget, Budget};
pub use key_bindings::{CONTEXTS, KeyBinding};
pub use paths::{ConfigPaths, absolute};
pub use theme_choice::ThemeChoice;
pub use watch::{FileWatcher, watch};

/// Default config file, read by the same parser as the user's.
pub const DEFAULTS: &str = include_str!("../../config.example.toml");

/// Effective configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of the backend to use unless another one is selected, or `auto`.
    pub default_backend: String,
    pub theme: ThemeChoice,
    pub budget: Budget,
    pub preview: PreviewConfig,
    pub studio: StudioConfig,
    pub compare: CompareConfig,
    /// Tables of the enabled backends by name: those of the defaults first, then the user's in file order.
    pub backends: IndexMap<String, BackendConfig>,
    /// Custom key bindings in the order of the file.
    pub keys: Vec<KeyBinding>,
    /// Problems that do not make the config invalid, such as contradictory limits.
    pub warnings: Vec<Diagnostic>,
    /// Path of the user's file; `None` if there is none.
    pub file: Option<PathBuf>,
    /// Renderer for the backends' SVGs; it runs in this process unless the caller replaces it.
    pub renderer: Renderer,
    merged: toml::Table,
    sources: loader::ConfigSources,
}

/// Settings of image previews.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewConfig {
    /// Name of the graphics protocol, or `auto` to detect it.
    pub driver: String,
    /// Name of the set of glyphs for the mosaic protocol, or `auto` to use what the terminal draws.
    pub glyphs: String,
    /// Shows a strip of thumbnails in the history, unless the connection is slow.
    pub thumbnails: bool,
    /// Shows transparent areas of an image as a checkerboard.
    pub checkerboard: bool,
}

/// Settings of the studio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudioConfig {
    /// Captures the mouse in the studio, for clicks and scrolling.
    pub mouse: bool,
    /// Restores the prompt and the settings of the last session.
    pub restore: bool,
    pub motion: Motion,
    /// Notification when jobs are done and the window does not have the focus.
    pub notify: Notification,
    /// Command and arguments of the editor; `None` falls back to `VISUAL` and `EDITOR`.
    #[serde(default, deserialize_with = "key_bindings::command")]
    pub editor: Option<Vec<String>>,
}

/// Amount of animation in the studio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Motion {
    /// Animates what is waited for, more slowly over SSH.
    #[default]
    Auto,
    /// Moves nothing but the elapsed time.
    None,
}

/// Kind of notification when jobs are done and the window does not have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notification {
    /// A desktop notification where the terminal shows them, otherwise the bell.
    #[default]
    Auto,
    /// The terminal's bell.
    Bell,
    /// None.
    Never,
}

/// Settings of model comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareConfig {
    /// Percentage of voted pairs that are shown again with their sides swapped.
    pub mirrored: u8,
    /// Lanes by name, in addition to the backends themselves.
    #[serde(default)]
    pub lanes: IndexMap<String, LaneConfig>,
}

/// Lane of a comparison: `[compare.lanes.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneConfig {
    /// Name of the backend that generates the images of this lane.
    pub backend: String,
    /// Model to use; `None` selects the default of the backend.
    pub model: Option<String>,
    /// Settings that override those of the backend.
    #[serde(default)]
    pub settings: Settings,
}

/// Config as far as it could be read.
#[derive(Debug)]
pub struct LoadedConfig {
    /// Valid parts of the user's file merged over the defaults.
    pub config: Config,
    /// Everything that is wrong with the file, in the order of detection.
    pub problems: Vec<Diagnostic>,
    /// Set if the file could be parsed at all; `config` holds the defaults if not.
    pub is_readable: bool,
}

impl LoadedConfig {
    /// Returns the config, or all problems if there are any.
    pub fn into_result(self) -> Result<Config, Vec<Diagnostic>> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(self.problems) }
    }
}

impl Config {
    /// Loads the user's file merged over the defaults.
    ///
    /// # Errors
    ///
    /// Returns all problems of the file.
    pub fn load(locations: &ConfigPaths) -> Result<Self, Vec<Diagnostic>> {
        Self::load_lenient(locations).into_result()
    }

    /// Loads the valid parts of the user's file merged over the defaults, along with all problems. If its spending
    /// limits cannot be read, `Budget::paid_refusal` gives the reason and paid requests are refused.
    pub fn load_lenient(locations: &ConfigPaths) -> LoadedConfig {
        loader::read(locations.read())
    }

    /// Returns the defaults alone.
    pub fn defaults() -> Self {
        loader::read(Ok(None)).config
    }

    /// Parses `text` as if it were the user's `file`.
    pub fn parse(file: impl Into<PathBuf>, text: impl Into<String>) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_lenient(file, text).into_result()
    }

    /// Parses the valid parts of `text` as if it were the user's `file`, along with all problems.
    pub fn parse_lenient(file: impl Into<PathBuf>, text: impl Into<String>) -> LoadedConfig {
        loader::read(Ok(Some(SourceText { file: file.into(), text: text.into() })))
    }

    /// Replaces the renderer of the backends' SVGs.
    #[must_use]
    pub fn with_renderer(self, renderer: &Renderer) -> Self {
        Self { renderer: renderer.clone(), ..self }
    }

    /// Returns whether the user's file sets `key` to another value than the defaults do.
    pub fn overrides_default(&self, key: &str) -> bool {
        self.sources.overrides_default(key)
    }

    /// Creates a diagnostic for the value at `path`, with one key per level: `["keys", "global", "quit"]`. It points
    /// into the user's file, or into the defaults if the value comes from there.
    pub fn diagnose(&self, path: &[&str], message: impl Into<String>, hint: Option<String>) -> Diagnostic {
        self.sources.diagnose_at(path, KeyOrValue::Value, message.into(), hint)
    }

    /// Creates a diagnostic for the last key of `path` instead of its value.
    pub fn diagnose_key(&self, path: &[&str], message: impl Into<String>, hint: Option<String>) -> Diagnostic {
        self.sources.diagnose_at(path, KeyOrValue::Key, message.into(), hint)
    }

    /// Returns a diagnostic for each bound key that most terminals cannot send.
    pub fn unsendable_keys(&self) -> Vec<Diagnostic> {
        let lost = self.keys.iter().filter_map(|binding| {
            let arrives = binding.keys.iter().find_map(key_bindings::sent_as)?;
            let message = format!("most terminals send {arrives} for this key");
            let hint = "bind another key as well, or use a terminal with the kitty keyboard protocol".to_owned();
            Some(self.diagnose(&["keys", &binding.context, &binding.action], message, Some(hint)))
        });
        lost.collect()
    }

    /// Returns the directory that relative paths in the config refer to.
    pub fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }

    /// Returns the origin of the value at `path`: `config.toml:12`, or `default`.
    pub fn origin(&self, path: &[&str]) -> String {
        self.sources.origin(path)
    }

    /// Returns the effective config as a table.
    pub fn merged(&self) -> &toml::Table {
        &self.merged
    }

    /// Returns the effective config as TOML.
    pub fn to_toml(&self) -> String {
        self.merged.to_string()
    }
}

#[cfg(test)]
mod tests;
