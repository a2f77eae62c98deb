//! `tintype config print --origin`: prints each effective value and its origin.
//! It reads no file, because the config knows the line of every value.

use std::path::Path;

use tintype_backends::mask_keys;
use toml::{Table, Value};

use crate::{
    cli::{
        context::{CliContext, env},
        failure::Failure,
    },
    config::{Config, ConfigPaths},
    sanitize,
};

/// Environment variables that take effect in addition to the config.
const VARIABLES: [&str; 7] =
    ["OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "VISUAL", "EDITOR", "NO_COLOR", "SSL_CERT_FILE"];

pub(super) fn print(session: &mut CliContext) -> Result<(), Failure> {
    let (locations, data_dir) = (session.locations(), session.data_dir()?);
    let (config_flag, data_flag) = (session.global.config.is_some(), session.global.data_dir.is_some());
    let theme = session.global.theme.clone();
    let config = session.config()?;
    let mut lines = Vec::new();
    collect_values(config, &mut Vec::new(), config.merged(), &mut lines);
    lines.extend(theme.map(|name| (format!("theme = {}", Value::String(name)), "--theme".to_owned())));
    let set = VARIABLES.into_iter().filter_map(|name| Some((name, env(name).filter(|value| !value.is_empty())?)));
    lines.extend(set.map(|(name, value)| (format!("# {name} = {}", Value::String(value)), "environment".to_owned())));
    lines.push((path_line("config file", config_file(&locations)), source(config_flag, "--config", "TINTYPE_CONFIG")));
    lines.push((path_line("data directory", Some(&data_dir)), source(data_flag, "--data-dir", "TINTYPE_DATA_DIR")));
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default().min(60);
    lines.iter().try_for_each(|(line, origin)| {
        let line = format!("{line:width$}  # {origin}");
        session.out.line(&sanitize::line(&mask_keys(&line)))
    })
}

fn config_file(locations: &ConfigPaths) -> Option<&Path> {
    locations.file.as_deref()
}

fn path_line(what: &str, path: Option<&Path>) -> String {
    format!("# {what} = {}", path.map_or_else(|| "none".into(), |path| path.display().to_string()))
}

fn source(is_flag: bool, flag: &str, variable: &str) -> String {
    let is_set = env(variable).is_some_and(|value| !value.is_empty());
    match (is_flag, is_set) {
        (true, _) => flag.to_owned(),
        (false, true) => format!("environment: {variable}"),
        (false, false) => "default".to_owned(),
    }
}

/// Collects one line per value, with its full dotted key.
fn collect_values(config: &Config, path: &mut Vec<String>, table: &Table, lines: &mut Vec<(String, String)>) {
    for (key, value) in table {
        path.push(key.clone());
        match value {
            Value::Table(inner) if !inner.is_empty() => collect_values(config, path, inner, lines),
            value => {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                let name: Vec<String> = keys.iter().map(|key| quoted_key(key)).collect();
                lines.push((format!("{} = {value}", name.join(".")), config.origin(&keys)));
            }
        }
        path.pop();
    }
}

/// Quotes a key where TOML requires it.
fn quoted_key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { Value::from(key).to_string() }
}
