//! Dynamic completion of values: names from the config, ids from the library, files.
//! It contacts no provider, starts no program and prints nothing, so that candidates appear immediately.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap_complete::{CompletionCandidate, PathCompleter, engine::ValueCompleter as _};
use tintype_backends::{Accounts, Model, Param, ParamKind, SharedBackend};

use super::{
    context::{CliContext, env},
    global::GlobalArgs,
};
use crate::{
    compare::Pack,
    config::Config,
    engine::Registry,
    library::{Library, Query, Record},
    picture::Protocol,
    sanitize,
    theme::Themes,
};

/// Number of recent jobs offered as ids.
const RECENT_JOBS: u32 = 50;

/// Completes the names of the configured backends.
pub(super) fn backends(current: &OsStr) -> Vec<CompletionCandidate> {
    let registry = registry();
    let all = registry.iter().map(|(name, backend)| (name.to_owned(), backend.capabilities().about.to_string()));
    matching(current, all.collect())
}

/// Completes the lanes of a comparison: backends and configured lanes.
pub(super) fn lanes(current: &OsStr) -> Vec<CompletionCandidate> {
    let lanes = config().compare.lanes;
    let lanes = lanes.into_iter().map(|(name, lane)| (name, format!("lane of {}", lane.backend)));
    concat([backends(current), matching(current, lanes.collect())])
}

/// Completes the models of the backend on the command line, or of the default backend.
pub(super) fn models(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(backend) = selected_backend() else { return Vec::new() };
    let models = backend.capabilities().models.iter();
    matching(current, models.map(|model| (model.id.clone(), model.about.to_string())).collect())
}

/// Completes the settings of the model on the command line, and their values after `=`.
pub(super) fn settings(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(model), Some(typed)) = (selected_model(), current.to_str()) else { return Vec::new() };
    match typed.split_once('=') {
        None => {
            let all = model.params.iter().map(|param| (format!("{}=", param.name), param.about.to_string()));
            matching(current, all.collect())
        }
        Some((name, _)) => {
            let values = model.param(name).map(values).unwrap_or_default();
            matching(current, values.into_iter().map(|value| (format!("{name}={value}"), String::new())).collect())
        }
    }
}

/// Completes the sizes that the model on the command line supports.
pub(super) fn sizes(current: &OsStr) -> Vec<CompletionCandidate> {
    values_of("size", current)
}

/// Completes the qualities that the model on the command line supports.
pub(super) fn qualities(current: &OsStr) -> Vec<CompletionCandidate> {
    values_of("quality", current)
}

/// Completes the names of the built-in and custom themes.
pub(super) fn themes(current: &OsStr) -> Vec<CompletionCandidate> {
    let themes = Themes::load(session().locations().themes().as_deref());
    matching(current, themes.names().into_iter().map(|name| (name.to_owned(), String::new())).collect())
}

/// Completes the graphics protocols of terminals.
pub(super) fn protocols(current: &OsStr) -> Vec<CompletionCandidate> {
    matching(current, Protocol::ALL.iter().map(|protocol| (protocol.name().to_owned(), String::new())).collect())
}

/// Completes the names of the shipped packs, and files.
pub(super) fn packs(current: &OsStr) -> Vec<CompletionCandidate> {
    let packs = matching(current, Pack::names().map(|name| (name.to_owned(), "built-in pack".to_owned())).collect());
    concat([packs, PathCompleter::any().stdio().complete(current)])
}

/// Completes the ids of the latest jobs.
pub(super) fn job_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    matching_jobs(current, latest_jobs(false))
}

/// Completes the ids of the latest trashed jobs.
pub(super) fn trashed_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    matching_jobs(current, latest_jobs(true))
}

/// Completes the ids of the unfinished jobs.
pub(super) fn unfinished(current: &OsStr) -> Vec<CompletionCandidate> {
    matching_jobs(current, in_library(async |library| library.unfinished().await).unwrap_or_default())
}

/// Completes everything that can be shown: files and jobs.
pub(super) fn images(current: &OsStr) -> Vec<CompletionCandidate> {
    concat([PathCompleter::any().stdio().complete(current), job_ids(current)])
}

/// Completes everything that a job can use as a reference: the clipboard, files and jobs.
pub(super) fn references(current: &OsStr) -> Vec<CompletionCandidate> {
    let clipboard = vec![("@clipboard".to_owned(), "image on the clipboard".to_owned())];
    concat([matching(current, clipboard), images(current)])
}

fn concat(lists: [Vec<CompletionCandidate>; 2]) -> Vec<CompletionCandidate> {
    lists.into_iter().flatten().collect()
}

/// Returns the candidates that start with `current`, with their descriptions.
fn matching(current: &OsStr, all: Vec<(String, String)>) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    let candidate = |(name, about): (String, String)| {
        let about = Some(sanitize::line(&about).into_owned()).filter(|about| !about.is_empty());
        CompletionCandidate::new(name).help(about.map(Into::into))
    };
    let fits = |(name, _): &(String, String)| name.starts_with(typed) && !name.contains(sanitize::is_unsafe);
    all.into_iter().filter(fits).map(candidate).collect()
}

fn matching_jobs(current: &OsStr, jobs: Vec<Record>) -> Vec<CompletionCandidate> {
    matching(current, jobs.into_iter().map(|record| (record.id.short(), record.prompt)).collect())
}

fn values_of(name: &str, current: &OsStr) -> Vec<CompletionCandidate> {
    let values = selected_model().and_then(|model| model.param(name).map(values)).unwrap_or_default();
    matching(current, values.into_iter().map(|value| (value, String::new())).collect())
}

fn values(param: &Param) -> Vec<String> {
    let keyword = param.keyword.iter().map(ToString::to_string);
    keyword.chain(values_of_kind(param)).collect()
}

fn values_of_kind(param: &Param) -> Vec<String> {
    match &param.kind {
        ParamKind::Choice { choices } => choices.iter().map(ToString::to_string).collect(),
        ParamKind::Flag => vec!["true".to_owned(), "false".to_owned()],
        ParamKind::Size { presets, auto, .. } => {
            presets.iter().map(ToString::to_string).chain(auto.then(|| "auto".to_owned())).collect()
        }
        _ => {
            let default = param.default.iter().map(ToString::to_string);
            default.filter(|text| param.keyword.as_deref() != Some(text)).collect()
        }
    }
}

/// Returns the backend that the command line selects.
fn selected_backend() -> Option<SharedBackend> {
    let registry = registry();
    let name = value_of(&["-b", "--backend"]).and_then(|name| name.into_string().ok());
    registry.get(name.as_deref().or(registry.default())?).cloned()
}

fn selected_model() -> Option<Model> {
    let backend = selected_backend()?;
    let capabilities = backend.capabilities();
    let id = value_of(&["-m", "--model"]).and_then(|id| id.into_string().ok());
    capabilities.model(id.as_deref().unwrap_or(&capabilities.default_model)).cloned()
}

/// Completes tags of the library.
pub(super) fn tags(current: &OsStr) -> Vec<CompletionCandidate> {
    let tags = in_library(async |library| Ok(library.known_values().await?.tags)).unwrap_or_default();
    matching(current, tags.into_iter().map(|tag| (tag, String::new())).collect())
}

fn latest_jobs(trash: bool) -> Vec<Record> {
    let query = Query::new(if trash { "is:trashed" } else { "" });
    in_library(async move |library| Ok(library.page(query, 0, RECENT_JOBS).await?.records)).unwrap_or_default()
}

/// Queries the library. A missing or damaged one yields nothing.
fn in_library<T>(find: impl AsyncFnOnce(&Library) -> Result<T, crate::library::LibraryError>) -> Option<T> {
    let mut session = session();
    let data = session.data_dir().ok().filter(|data| data.join("library.db").exists())?;
    let library = Library::open(&data).ok()?;
    session.block_on(find(&library)).ok()?.ok()
}

fn registry() -> Registry {
    let config = config();
    let accounts = Accounts::default();
    let (backends, _) = config.build_backends_with_accounts(&accounts, &env);
    Registry::new(backends, &config.default_backend)
}

/// Returns the valid part of the config: an error in it must not disable completion.
fn config() -> Config {
    Config::load_lenient(&session().locations()).config
}

fn session() -> CliContext {
    let path = |flag| value_of(&[flag]).map(PathBuf::from);
    CliContext::new(GlobalArgs { config: path("--config"), data_dir: path("--data-dir"), theme: None, verbose: 0 })
}

/// Returns the value of one of `flags` on the command line that is being completed.
fn value_of(flags: &[&str]) -> Option<OsString> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let behind = words.windows(2).find(|pair| flags.iter().any(|flag| pair[0] == *flag)).map(|pair| pair[1].clone());
    let joined = |word: &OsString| {
        let (flag, value) = word.to_str()?.split_once('=')?;
        flags.contains(&flag).then(|| OsString::from(value))
    };
    behind.or_else(|| words.iter().find_map(joined)).filter(|value| !value.is_empty())
}
