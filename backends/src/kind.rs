//! From a table in the config to a backend: the registry of kinds, and how a table is read.
//! It opens no file and reads no environment by itself; both come in as values.

use std::{fmt, ops::RangeInclusive, path::Path};

use serde::de::DeserializeOwned;

use crate::{
    Accounts, SharedBackend,
    lenient::{Lenient, lenient},
    redacting::redacting,
    svg::Workshop,
};

/// A kind of backend: what a `kind = "…"` in the config stands for.
pub struct Kind {
    /// Its name in the config.
    pub name: &'static str,
    /// What it is, one line, for people.
    pub about: &'static str,
    /// Makes a backend from its table, with the secrets still in what it says.
    pub(crate) make: fn(&Table<'_>) -> Result<SharedBackend, TableError>,
}

impl Kind {
    /// A backend from its table. What it says is free of the secrets of all backends on the same accounts.
    pub fn build(&self, table: &Table<'_>) -> Result<SharedBackend, TableError> {
        (self.make)(table).map(|backend| redacting(backend, table.accounts.secrets()))
    }
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
    /// Reads the table as a kind's own settings; an error holds everything that is wrong with it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let Lenient { value, faults } = lenient(&toml::Value::Table(self.settings.clone()), &|_| None);
        match (TableError::of_all(faults), value) {
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
    /// Whether the last key of `path` is wrong, rather than its value.
    pub is_key: bool,
    /// What else is wrong with the table.
    pub more: Vec<TableError>,
}

impl TableError {
    /// An error at `path` inside the table.
    pub fn new(path: Vec<String>, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), hint: None, is_key: false, more: Vec::new() }
    }

    /// All of them as one: the first, with the others in `more`.
    pub fn of_all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = |mut error: Self| {
            let more = std::mem::take(&mut error.more);
            std::iter::once(error).chain(more)
        };
        let mut errors = errors.into_iter().flat_map(flat);
        let first = errors.next()?;
        Some(Self { more: errors.collect(), ..first })
    }

    /// An error unless `value` lies in `range`; what is no number lies in none.
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

    /// The same error below these keys.
    #[must_use]
    pub(crate) fn below(mut self, keys: &[&str]) -> Self {
        self.path.splice(0..0, keys.iter().map(|key| (*key).to_owned()));
        self.more = self.more.into_iter().map(|other| other.below(keys)).collect();
        self
    }

    /// The same error, about the key itself.
    #[must_use]
    pub fn about_key(mut self) -> Self {
        self.is_key = true;
        self
    }

    /// The same error with the next action.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
