//! From the layers to a `Config`: every section is read by itself, so that one run finds all that is wrong.
//! The meaning of a backend's table and of an action's name is found out elsewhere.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use tintype_backends::svg::Workshop;
use toml::{Table, Value};

use super::{BackendTable, CONTEXTS, Config, DEFAULTS, KeyBinding, complaint::complaint, keys::Keys, layers};
use crate::{
    diagnostic::{Complaint, Diagnostic, End, Source},
    nearest,
};

const SECTIONS: [&str; 8] = ["default_backend", "theme", "budget", "preview", "studio", "compare", "backends", "keys"];

/// The texts a config was read from.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    defaults: Source,
    user: Option<Source>,
}

impl Sources {
    pub(super) fn complain(&self, path: &[&str], end: End, message: String, hint: Option<String>) -> Diagnostic {
        self.of(path).complain(path, end, message, hint)
    }

    /// The file to point into: the user's, unless the value comes from the defaults.
    fn of(&self, path: &[&str]) -> &Source {
        let from_defaults = |user: &&Source| !user.holds(path) && self.defaults.holds(path);
        self.user.as_ref().filter(|user| !from_defaults(user)).unwrap_or(&self.defaults)
    }
}

/// The config of the user's file, or of no file at all.
pub(super) fn read(user: Option<Source>) -> Result<Config, Vec<Diagnostic>> {
    let defaults = Source { file: "config.example.toml".into(), text: DEFAULTS.to_owned() };
    let mut merged = defaults.table().map_err(|error| vec![error])?;
    if let Some(user) = &user {
        layers::lay(&mut merged, user.table().map_err(|error| vec![error])?);
    }
    let mut reader = Reader { sources: Sources { defaults, user }, problems: Vec::new(), warnings: Vec::new() };
    let config = reader.config(merged);
    if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
}

struct Reader {
    sources: Sources,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Reader {
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
            workshop: Workshop::default(),
            sources: self.sources.clone(),
            merged,
        };
        self.look_over(&config);
        config.warnings = std::mem::take(&mut self.warnings);
        config
    }

    /// What no single section can know.
    fn look_over(&mut self, config: &Config) {
        let name = &config.default_backend;
        if name != "auto" && !name.is_empty() && !config.backends.contains_key(name) {
            let known = ["auto"].into_iter().chain(config.backends.keys().map(String::as_str));
            let message = format!("there is no backend `{name}`");
            self.problem(&["default_backend"], message, Some(nearest::hint(name, known)));
        }
        if config.compare.mirrored > 50 {
            let message = "`mirrored` is a percentage, at most 50".to_owned();
            self.problem(&["compare", "mirrored"], message, Some("15 tells enough about a voter".to_owned()));
        }
        self.look_over_budget(config);
        self.look_over_lanes(config);
    }

    fn look_over_budget(&mut self, config: &Config) {
        let budget = &config.budget;
        if budget.per_job.zip(budget.daily).is_some_and(|(job, day)| job > day) {
            let message = "`per_job` is more than `daily` allows".to_owned();
            let hint = Some("the lower limit decides".to_owned());
            self.warnings.push(self.sources.complain(&["budget", "per_job"], End::Value, message, hint));
        }
        // A limit on a misspelt name would limit nothing; a backend that is switched off may keep its limit.
        let known = names_of_backends(&config.merged);
        for name in budget.backends.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = Some(nearest::hint(name, known.iter().copied()));
            let message = format!("there is no backend `{name}`");
            self.problems.push(self.sources.complain(&["budget", "backends", name], End::Key, message, hint));
        }
    }

    /// A backend that is switched off may keep its lanes; one that was never there is a slip.
    fn look_over_lanes(&mut self, config: &Config) {
        let known = names_of_backends(&config.merged);
        for (lane, table) in config.compare.lanes.iter().filter(|(_, table)| !known.contains(&table.backend.as_str())) {
            let hint = Some(nearest::hint(&table.backend, known.iter().copied()));
            let message = format!("there is no backend `{}`", table.backend);
            self.problem(&["compare", "lanes", lane, "backend"], message, hint);
        }
    }

    fn section<T: DeserializeOwned + Default>(&mut self, merged: &Table, key: &str) -> T {
        merged.get(key).map_or_else(T::default, |value| self.value(&[key], value))
    }

    /// The value at `path`, or its default after a complaint.
    fn value<T: DeserializeOwned + Default>(&mut self, path: &[&str], value: &Value) -> T {
        serde_path_to_error::deserialize(value.clone()).unwrap_or_else(|error| {
            let inner: Vec<String> = error.path().iter().map(ToString::to_string).filter(|key| key != "?").collect();
            let inner = inner.iter().map(|key| key.trim_matches(['[', ']']));
            let path: Vec<&str> = path.iter().copied().chain(inner).collect();
            let Complaint { message, hint, end } = complaint(error.inner().message());
            self.problems.push(self.sources.complain(&path, end, message, hint));
            T::default()
        })
    }

    fn backends(&mut self, merged: &Table) -> IndexMap<String, BackendTable> {
        let mut backends = IndexMap::new();
        for (name, value) in self.tables(merged, "backends") {
            let Value::Table(table) = value else {
                let hint = Some(format!("write [backends.{name}]"));
                self.problem(&["backends", &name], format!("`{name}` is not a table"), hint);
                continue;
            };
            if let Some(table) = self.backend(&name, table) {
                backends.insert(name, table);
            }
        }
        backends
    }

    /// A backend's table; `None` where it is disabled or has no kind.
    fn backend(&mut self, name: &str, mut settings: Table) -> Option<BackendTable> {
        let enabled = settings.remove("enabled");
        let enabled = enabled.is_none_or(|value| self.value(&["backends", name, "enabled"], &value));
        let Some(kind) = settings.remove("kind") else {
            let hint = "add `kind = \"…\"`; `tintype backends` lists the kinds".to_owned();
            self.problem(&["backends", name], format!("the backend `{name}` has no kind"), Some(hint));
            return None;
        };
        let kind = self.value(&["backends", name, "kind"], &kind);
        enabled.then_some(BackendTable { kind, settings })
    }

    fn keys(&mut self, merged: &Table) -> Vec<KeyBinding> {
        let contexts = self.tables(merged, "keys");
        self.refuse_unknown(&["keys"], contexts.keys(), CONTEXTS);
        let mut bindings = Vec::new();
        for (context, value) in contexts {
            let Value::Table(actions) = value else {
                let hint = format!("write [keys.{context}] and a line `action = \"key\"` below it");
                self.problem(&["keys", &context], format!("`{context}` is not a table"), Some(hint));
                continue;
            };
            for (action, value) in actions {
                let Keys(keys) = self.value(&["keys", &context, &action], &value);
                bindings.push(KeyBinding { context: context.clone(), action, keys });
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
            let hint = nearest::hint(key, known.iter().copied());
            self.problems.push(self.sources.complain(&path, End::Key, format!("unknown key `{key}`"), Some(hint)));
        }
    }

    fn problem(&mut self, path: &[&str], message: String, hint: Option<String>) {
        self.problems.push(self.sources.complain(path, End::Value, message, hint));
    }
}

/// The names of all backends, also of those that are switched off.
fn names_of_backends(merged: &Table) -> Vec<&str> {
    let tables = merged.get("backends").and_then(Value::as_table);
    tables.into_iter().flat_map(Table::keys).map(String::as_str).collect()
}
