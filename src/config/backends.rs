//! From the tables of the config to backends that draw.
//! It does not read a table itself: each kind does, and says what is wrong with it.

use indexmap::IndexMap;
use tintype_backends::{Accounts, KINDS, SharedBackend, Table, TableError};

use super::{Config, complaint::complaint};
use crate::{
    diagnostic::{Complaint, Diagnostic, End},
    nearest,
};

/// Looks up an environment variable.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A backend's table.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendTable {
    /// The kind that reads the rest.
    pub kind: String,
    /// The table without `kind` and `enabled`.
    pub settings: toml::Table,
}

impl Config {
    /// Makes the backends, and says what is wrong with the tables of those that could not be made.
    /// `env` looks up an environment variable.
    pub fn build_backends(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (IndexMap<String, SharedBackend>, Vec<Diagnostic>) {
        self.build_backends_on(&Accounts::default(), env)
    }

    /// The same, with what earlier backends learned of their accounts' limits.
    pub fn build_backends_on(
        &self,
        accounts: &Accounts,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (IndexMap<String, SharedBackend>, Vec<Diagnostic>) {
        let (mut built, mut problems) = (IndexMap::new(), Vec::new());
        for (name, table) in &self.backends {
            match self.build(name, table, (accounts, env)) {
                Ok(backend) => drop(built.insert(name.clone(), backend)),
                Err(faults) => problems.extend(faults),
            }
        }
        (built, problems)
    }

    fn build(
        &self,
        name: &str,
        table: &BackendTable,
        (accounts, env): (&Accounts, Env<'_>),
    ) -> Result<SharedBackend, Vec<Diagnostic>> {
        let kind = tintype_backends::kind(&table.kind).ok_or_else(|| {
            let hint = nearest::hint(&table.kind, KINDS.iter().map(|kind| kind.name));
            let message = format!("there is no kind of backend `{}`", table.kind);
            vec![self.diagnose(&["backends", name, "kind"], message, Some(hint))]
        })?;
        let (folder, workshop) = (self.folder(), &self.workshop);
        let settings = Table { name, settings: &table.settings, env, folder, accounts, workshop };
        kind.build(&settings).map_err(|error| self.place_all(name, &error))
    }

    fn place_all(&self, name: &str, error: &TableError) -> Vec<Diagnostic> {
        let others = error.more.iter().flat_map(|other| self.place_all(name, other));
        std::iter::once(self.place(name, error)).chain(others).collect()
    }

    fn place(&self, name: &str, error: &TableError) -> Diagnostic {
        let path: Vec<&str> = ["backends", name].into_iter().chain(error.path.iter().map(String::as_str)).collect();
        let Complaint { message, hint, end } = complaint(&error.message);
        let end = if error.is_key { End::Key } else { end };
        self.sources.complain(&path, end, message, error.hint.clone().or(hint))
    }
}
