//! Construction of backends from their tables in the config.
//! Each kind of backend parses and validates its own table.

use indexmap::IndexMap;
use tintype_backends::{Accounts, Capabilities, KINDS, Readiness, SharedBackend, Table, TableError, Value};

use super::{Config, LaneConfig, loader::FALLBACK_HINT, serde_error::reword};
use crate::{
    diagnostic::{Diagnostic, KeyOrValue, RewordedError},
    suggest,
};

type EnvReader<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Table of a backend in the config.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendConfig {
    /// Name of the backend kind that parses the settings.
    pub kind: String,
    /// Content of the table without its keys `kind` and `enabled`.
    pub settings: toml::Table,
}

impl Config {
    /// Builds the backends, and returns diagnostics for those whose tables are invalid. `env` looks up an environment
    /// variable.
    pub fn build_backends(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (IndexMap<String, SharedBackend>, Vec<Diagnostic>) {
        self.build_backends_with_accounts(&Accounts::default(), env)
    }

    /// Builds the backends on shared accounts, which carry over the rate limits that earlier backends learned.
    pub fn build_backends_with_accounts(
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
        problems.extend(self.lane_problems(&built));
        (built, problems)
    }

    fn build(
        &self,
        name: &str,
        table: &BackendConfig,
        (accounts, env): (&Accounts, EnvReader<'_>),
    ) -> Result<SharedBackend, Vec<Diagnostic>> {
        let kind = tintype_backends::kind(&table.kind).ok_or_else(|| {
            let hint = suggest::hint(&table.kind, KINDS.iter().map(|kind| kind.name));
            let message = format!("there is no backend kind `{}`", table.kind);
            vec![self.diagnose(&["backends", name, "kind"], message, Some(hint))]
        })?;
        let (folder, renderer) = (self.folder(), &self.renderer);
        let settings = Table { name, settings: &table.settings, env, folder, accounts, renderer };
        kind.build(&settings).map_err(|error| self.to_diagnostics(name, &error))
    }

    fn to_diagnostics(&self, name: &str, error: &TableError) -> Vec<Diagnostic> {
        let others = error.more.iter().flat_map(|other| self.to_diagnostics(name, other));
        std::iter::once(self.to_diagnostic(name, error)).chain(others).collect()
    }

    fn to_diagnostic(&self, name: &str, error: &TableError) -> Diagnostic {
        let path: Vec<&str> = ["backends", name].into_iter().chain(error.path.iter().map(String::as_str)).collect();
        let RewordedError { message, hint, end } = reword(&with_common_keys(error), &path);
        let end = if error.is_key { KeyOrValue::Key } else { end };
        self.sources.diagnose_at(
            &path,
            end,
            message,
            error.hint.clone().or(hint).or_else(|| Some(FALLBACK_HINT.to_owned())),
        )
    }

    /// Validates the lanes: their models and settings must exist in the backend. Backends whose capabilities are not
    /// known yet are skipped.
    fn lane_problems(&self, backends: &IndexMap<String, SharedBackend>) -> Vec<Diagnostic> {
        let lanes = self.compare.lanes.iter().filter_map(|(name, lane)| {
            let backend = backends.get(&lane.backend)?;
            let can = backend.capabilities();
            (can.readiness != Readiness::Asking).then(|| self.lane_faults(name, lane, can))
        });
        lanes.flatten().collect()
    }

    fn lane_faults(&self, name: &str, lane: &LaneConfig, can: &Capabilities) -> Vec<Diagnostic> {
        let path = ["compare", "lanes", name];
        let at = |keys: &[&'static str]| path.iter().copied().chain(keys.iter().copied()).collect::<Vec<_>>();
        let id = lane.model.as_ref().unwrap_or(&can.default_model);
        let Some(model) = can.model(id) else {
            let hint = suggest::hint(id, can.models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>());
            let message = format!("`{}` has no model `{id}`", lane.backend);
            return vec![self.diagnose(&at(&["model"]), message, Some(hint))];
        };
        let fault = |(key, value): (&String, &Value)| {
            let path: Vec<&str> = path.into_iter().chain(["settings", key.as_str()]).collect();
            let Some(param) = model.param(key) else {
                let hint = suggest::hint(key, model.params.iter().map(|param| param.name.as_ref()).collect::<Vec<_>>());
                return Some(self.diagnose_key(&path, format!("`{id}` has no setting `{key}`"), Some(hint)));
            };
            let error = param.check(value).err()?;
            Some(self.diagnose(&path, error.to_string(), error.hint().or_else(|| Some(FALLBACK_HINT.to_owned()))))
        };
        lane.settings.iter().filter_map(fault).collect()
    }
}

/// Returns the message of a table error, with the keys that all kinds share added to the expected ones.
fn with_common_keys(error: &TableError) -> String {
    match error.path.as_slice() {
        [_] if error.message.starts_with("unknown field ") => {
            error.message.replace(", expected one of `", ", expected one of `enabled`, `kind`, `")
        }
        _ => error.message.clone(),
    }
}
