//! From a table in the config to a backend: the registry of kinds, and how a table is read.
//! It opens no file and reads no environment by itself; both come in as values.

use std::{fmt, path::Path, sync::Arc};

use serde::de::DeserializeOwned;

use crate::{Accounts, Backend, svg::Workshop};

/// A kind of backend: what a `kind = "…"` in the config stands for.
pub struct Kind {
    /// Its name in the config.
    pub name: &'static str,
    /// What it is, one line, for people.
    pub about: &'static str,
    /// Makes a backend from its table.
    pub build: fn(&Table<'_>) -> Result<Arc<dyn Backend>, TableError>,
}

/// A backend's table in the config, with the surroundings it is read in.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The name the user gave it: the `x` of `[backends.x]`.
    pub name: &'a str,
    /// The table without its `kind`.
    pub settings: &'a toml::Table,
    /// Looks up an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The folder against which relative paths in the table are meant: that of the config file.
    pub folder: &'a Path,
    /// The accounts that all backends draw on: those of one account keep its limits together.
    pub accounts: &'a Accounts,
    /// Where drawings are rendered that nobody has looked at.
    pub workshop: &'a Workshop,
}

impl Table<'_> {
    /// Reads the table as a kind's own settings.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let value = toml::Value::Table(self.settings.clone());
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().iter().map(ToString::to_string).filter(|segment| segment != "?").collect();
            TableError::new(path, error.inner().message())
        })
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is wrong with a backend's table, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TableError {
    /// The keys that lead to the place, from the table inwards; empty for the table itself.
    pub path: Vec<String>,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// The next action.
    pub hint: Option<String>,
}

impl TableError {
    /// An error at `path` inside the table.
    pub fn new(path: Vec<String>, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), hint: None }
    }

    /// The same error with the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
