//! Conversion of the merged layers into a `Config`. Every section is read separately, so that one run reports all
//! errors and the valid rest stays in effect. Backend tables and action names are validated elsewhere.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use tintype_backends::{LenientRead, TableError, lenient, svg::Renderer};
use toml::{Table, Value};

use super::{
    BackendConfig, CONTEXTS, Config, DEFAULTS, KeyBinding, LoadedConfig, key_bindings::KeyList, merge,
    serde_error::reword,
};
use crate::{
    diagnostic::{Diagnostic, KeyOrValue, RewordedError, SourceText},
    suggest,
};

/// Keys that limit spending.
const SPENDING_KEYS: [&str; 5] = ["budget", "per_job", "daily", "monthly", "unknown_price"];

/// Fallback hint.
pub(super) const FALLBACK_HINT: &str = "see `tintype config print --defaults`";

const SECTIONS: [&str; 8] = ["default_backend", "theme", "budget", "preview", "studio", "compare", "backends", "keys"];

/// Source texts of a config.
#[derive(Clone, Debug)]
pub(super) struct ConfigSources {
    defaults: SourceText,
    user: Option<SourceText>,
}

impl ConfigSources {
    /// Returns whether the user's file sets `key` to another value than the defaults do.
    pub(super) fn overrides_default(&self, key: &str) -> bool {
        let value = |source: &SourceText| source.table().ok()?.remove(key);
        let set = self.user.as_ref().and_then(value);
        set.is_some() && set != value(&self.defaults)
    }

    pub(super) fn diagnose_at(
        &self,
        path: &[&str],
        end: KeyOrValue,
        message: String,
        hint: Option<String>,
    ) -> Diagnostic {
        self.source_of(path).diagnose_at(path, end, message, hint)
    }

    /// Returns file and line of the value at `path`, or `default`.
    pub(super) fn origin(&self, path: &[&str]) -> String {
        let user = self.user.as_ref().filter(|user| user.has_path(path));
        let found = user.map(|user| user.diagnose_at(path, KeyOrValue::Key, String::new(), None));
        let line = |found: Diagnostic| Some(format!("{}:{}", found.file.display(), found.place?.line));
        found.and_then(line).unwrap_or_else(|| "default".to_owned())
    }

    /// Returns whether the user's file contains `path`.
    pub(super) fn is_set_by_user(&self, path: &[&str]) -> bool {
        self.user.as_ref().is_some_and(|user| user.has_path(path))
    }

    /// Returns the file to point into: the user's, unless the value comes from the defaults.
    fn source_of(&self, path: &[&str]) -> &SourceText {
        let from_defaults = |user: &&SourceText| !user.has_path(path) && self.defaults.has_path(path);
        self.user.as_ref().filter(|user| !from_defaults(user)).unwrap_or(&self.defaults)
    }
}

/// Reads the config from the user's file, if any, as far as it is valid.
pub(super) fn read(user: Result<Option<SourceText>, Diagnostic>) -> LoadedConfig {
    let defaults = SourceText { file: "config.example.toml".into(), text: DEFAULTS.to_owned() };
    let default_values = defaults.table();
    let parsed = user.and_then(|user| match user {
        Some(user) => user.table().map(|table| (Some(user), table)),
        None => Ok((None, Table::new())),
    });
    let mut reader = ConfigReader {
        sources: ConfigSources { defaults, user: None },
        default_values: Table::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
        stopped: None,
    };
    let is_readable = parsed.is_ok();
    let (user, own) = parsed.unwrap_or_else(|mut problem| {
        problem.hint = problem.hint.or_else(|| Some(FALLBACK_HINT.to_owned()));
        reader.refuse_paid(&problem);
        reader.problems.push(problem);
        (None, Table::new())
    });
    reader.sources.user = user;
    match default_values {
        Ok(default_values) => reader.default_values = default_values,
        Err(problem) => reader.problems.push(problem),
    }
    let mut merged = reader.default_values.clone();
    merge::merge(&mut merged, own);
    let config = reader.config(merged);
    LoadedConfig { config, problems: reader.problems, is_readable }
}

pub(super) struct ConfigReader {
    pub(super) sources: ConfigSources,
    /// Default values, which replace invalid values of the user.
    default_values: Table,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    /// Reason why paid requests are refused: the first error in a spending limit.
    stopped: Option<String>,
}

impl ConfigReader {
    fn config(&mut self, merged: Table) -> Config {
        self.refuse_unknown(&[], merged.keys(), &SECTIONS);
        let mut config = Config {
            default_backend: self.section(&merged, "default_backend"),
            theme: self.section(&merged, "theme"),
            budget: self.section(&merged, "budget"),
            preview: self.section(&merged, "preview"),
            studio: self.section(&merged, "studio"),
            compare: self.section(&merged, "compare"),
            backends: self.backends(&merged),
            keys: self.keys(&merged),
            warnings: Vec::new(),
            file: self.sources.user.as_ref().map(|user| user.file.clone()),
            renderer: Renderer::default(),
            sources: self.sources.clone(),
            merged,
        };
        self.validate(&mut config);
        config.budget.paid_refusal = self.stopped.take();
        config.warnings = std::mem::take(&mut self.warnings);
        config
    }

    fn section<T: DeserializeOwned + Default>(&mut self, merged: &Table, key: &str) -> T {
        let own = merged.get(key).and_then(|value| self.value(&[key], value));
        // An unreadable choice selects nothing, because the default backend may cost money.
        let default_values =
            || self.default_values.get(key).filter(|_| key != "default_backend")?.clone().try_into().ok();
        own.or_else(default_values).unwrap_or_default()
    }

    /// Reads the valid parts of the value at `path` and reports each error; `None` if nothing is left.
    fn value<T: DeserializeOwned>(&mut self, path: &[&str], value: &Value) -> Option<T> {
        let default_values = self.default_values.clone();
        let default_values = |inner: &[String]| {
            let keys = path.iter().copied().chain(inner.iter().map(String::as_str));
            let mut keys = keys.skip(1);
            keys.try_fold(default_values.get(path[0])?, |value, key| value.get(key)).cloned()
        };
        let LenientRead { value, faults } = lenient(value, &default_values);
        for TableError { path: inner, message, .. } in faults {
            let path: Vec<&str> = path.iter().copied().chain(inner.iter().map(String::as_str)).collect();
            let RewordedError { message, hint, end } = reword(&message, &path);
            self.report(&path, end, message, hint);
        }
        value
    }

    fn backends(&mut self, merged: &Table) -> IndexMap<String, BackendConfig> {
        let mut backends = IndexMap::new();
        for (name, value) in self.tables(merged, "backends") {
            let Value::Table(table) = value else {
                let hint = Some(format!("use a table, [backends.{name}]"));
                self.problem(&["backends", &name], format!("`{name}` is not a table"), hint);
                continue;
            };
            if name == "auto" {
                let message = "`auto` is reserved: `default_backend = \"auto\"` chooses a backend".to_owned();
                self.report(&["backends", "auto"], KeyOrValue::Key, message, Some("choose another name".to_owned()));
                continue;
            }
            if let Some(table) = self.backend(&name, table) {
                backends.insert(name, table);
            }
        }
        backends
    }

    /// Reads a backend's table; `None` if it is disabled or has no kind.
    fn backend(&mut self, name: &str, mut settings: Table) -> Option<BackendConfig> {
        let enabled = settings.remove("enabled");
        // An unreadable `enabled` counts as false.
        let enabled = enabled.is_none_or(|value| self.value(&["backends", name, "enabled"], &value) == Some(true));
        let Some(kind) = settings.remove("kind") else {
            let hint = "add `kind = \"…\"`; `tintype backends` lists the kinds".to_owned();
            self.problem(&["backends", name], format!("the backend `{name}` has no kind"), Some(hint));
            return None;
        };
        let kind = self.value(&["backends", name, "kind"], &kind)?;
        enabled.then_some(BackendConfig { kind, settings })
    }

    fn keys(&mut self, merged: &Table) -> Vec<KeyBinding> {
        let contexts = self.tables(merged, "keys");
        self.refuse_unknown(&["keys"], contexts.keys(), CONTEXTS);
        let mut bindings = Vec::new();
        for (context, value) in contexts {
            let Value::Table(actions) = value else {
                let hint = format!("use a table, [keys.{context}], with lines like `action = \"key\"`");
                self.problem(&["keys", &context], format!("`{context}` is not a table"), Some(hint));
                continue;
            };
            for (action, value) in actions {
                if let Some(KeyList(keys)) = self.value(&["keys", &context, &action], &value) {
                    bindings.push(KeyBinding { context: context.clone(), action, keys });
                }
            }
        }
        bindings
    }

    fn tables(&mut self, merged: &Table, key: &str) -> Table {
        self.section(merged, key)
    }

    fn refuse_unknown<'a>(&mut self, path: &[&str], found: impl IntoIterator<Item = &'a String>, known: &[&str]) {
        for key in found.into_iter().filter(|key| !known.contains(&key.as_str())) {
            let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
            let hint = suggest::hint(key, known.iter().copied());
            self.report(&path, KeyOrValue::Key, format!("unknown key `{key}`"), Some(hint));
        }
    }

    pub(super) fn problem(&mut self, path: &[&str], message: String, hint: Option<String>) {
        self.report(path, KeyOrValue::Value, message, hint);
    }

    pub(super) fn report(&mut self, path: &[&str], end: KeyOrValue, message: String, hint: Option<String>) {
        let problem = self.sources.diagnose_at(path, end, message, hint.or_else(|| Some(FALLBACK_HINT.to_owned())));
        if limits_spending(path, end) {
            self.refuse_paid(&problem);
        }
        self.problems.push(problem);
    }

    /// Refuses paid requests, because their limit is unknown.
    fn refuse_paid(&mut self, problem: &Diagnostic) {
        self.stopped.get_or_insert_with(|| problem.headline());
    }
}

/// Returns whether an error at `path` leaves a spending limit unknown: it is in the budget, or at a key that may be a
/// misspelled or misplaced limit.
fn limits_spending(path: &[&str], end: KeyOrValue) -> bool {
    let is_budget = matches!(path, ["budget", ..] | ["backends"]);
    is_budget
        || (end == KeyOrValue::Key && path.last().is_some_and(|key| suggest::nearest(key, SPENDING_KEYS).is_some()))
}
