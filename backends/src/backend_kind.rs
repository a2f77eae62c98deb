//! The registry of backend kinds, and how a config table becomes a backend.
//! It opens no file and reads no environment by itself; both are passed in as values.

use std::{fmt, ops::RangeInclusive, path::Path};

use serde::de::DeserializeOwned;

use crate::{
    Accounts, SharedBackend,
    lenient_toml::{LenientRead, lenient},
    redaction::redact_backend,
    svg::Renderer,
};

/// A kind of backend: the meaning of a `kind = "…"` in the config.
pub struct BackendKind {
    /// Its name in the config.
    pub name: &'static str,
    /// A description of the kind for people, in one line.
    pub about: &'static str,
    /// Makes a backend from its table; its output is not redacted yet.
    pub(crate) make: fn(&Table<'_>) -> Result<SharedBackend, TableError>,
}

impl BackendKind {
    /// Makes a backend from its table. Its output is free of the secrets of all backends on the same accounts.
    pub fn build(&self, table: &Table<'_>) -> Result<SharedBackend, TableError> {
        (self.make)(table).map(|backend| redact_backend(backend, table.accounts.secrets()))
    }
}

/// A backend's table in the config, with the context it is read in.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The name that the user gave it: the `x` of `[backends.x]`.
    pub name: &'a str,
    /// The table without its `kind`.
    pub settings: &'a toml::Table,
    /// Looks up an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The directory that relative paths in the table are resolved against: that of the config file.
    pub folder: &'a Path,
    /// The accounts that all backends draw on. Backends of one account share its rate limits.
    pub accounts: &'a Accounts,
    /// The renderer for untrusted drawings.
    pub renderer: &'a Renderer,
}

impl Table<'_> {
    /// Deserializes the table as the settings of a kind. An error lists everything that is wrong with it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let LenientRead { value, faults } = lenient(&toml::Value::Table(self.settings.clone()), &|_| None);
        match (TableError::combined(faults), value) {
            (None, Some(settings)) => Ok(settings),
            (Some(error), _) => Err(error),
            (None, None) => Err(TableError::new(Vec::new(), "this table cannot be read")),
        }
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The errors in a backend's table, with their places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TableError {
    /// The keys that lead to the place, from the table inward; empty for the table itself.
    pub path: Vec<String>,
    /// The problem, lower case, no full stop.
    pub message: String,
    /// The next action.
    pub hint: Option<String>,
    /// True if the last key of `path` is wrong, rather than its value.
    pub is_key: bool,
    /// The other errors in the table.
    pub more: Vec<TableError>,
}

impl TableError {
    /// Makes an error at `path` inside the table.
    pub fn new(path: Vec<String>, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), hint: None, is_key: false, more: Vec::new() }
    }

    /// Combines errors into one: the first, with the others in `more`.
    pub fn combined(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = |mut error: Self| {
            let more = std::mem::take(&mut error.more);
            std::iter::once(error).chain(more)
        };
        let mut errors = errors.into_iter().flat_map(flat);
        let first = errors.next()?;
        Some(Self { more: errors.collect(), ..first })
    }

    /// Returns an error unless `value` is in `range`; a value that is not a number is in no range.
    pub(crate) fn outside<T: PartialOrd + fmt::Display + Copy>(
        path: &[&str],
        value: T,
        range: &RangeInclusive<T>,
        unit: &str,
    ) -> Option<Self> {
        let (least, most) = (range.start(), range.end());
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        let message = format!("must be {unit} from {least} to {most}, not {value}");
        (!range.contains(&value)).then(|| Self::new(path, message))
    }

    /// Moves the error below these keys.
    #[must_use]
    pub(crate) fn below(mut self, keys: &[&str]) -> Self {
        self.path.splice(0..0, keys.iter().map(|key| (*key).to_owned()));
        self.more = self.more.into_iter().map(|other| other.below(keys)).collect();
        self
    }

    /// Marks the error as one about the key itself.
    #[must_use]
    pub fn about_key(mut self) -> Self {
        self.is_key = true;
        self
    }

    /// Adds the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
