//! The settings of a request as a program reads them: numbers with decimals, lists, and paths of existing files. The
//! values that a setting may have are defined by its `Param`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::{errors, settings::ExternalProgram};
use crate::{BackendError, Model, Param, ParamKind, Settings, Value};

/// Returns the settings for a program, in the order of their names.
pub(super) fn settings(
    program: &ExternalProgram,
    model: Option<&Model>,
    settings: &Settings,
) -> Result<Map<String, Json>, BackendError> {
    let param = |name: &str| model.and_then(|model| model.param(name));
    let json = |(name, value): (&String, &Value)| {
        let json = match param(name) {
            Some(Param { kind: ParamKind::File, .. }) => file(program, name, value)?.into(),
            Some(param) => param.to_json(value),
            None => serde_json::json!(value),
        };
        Ok((name.clone(), json))
    };
    settings.iter().map(json).collect()
}

/// Returns the absolute path of an existing file. A relative path is resolved from the folder of the config, as it is
/// there.
fn file(program: &ExternalProgram, name: &str, value: &Value) -> Result<String, BackendError> {
    let text = value.to_string();
    let home = program.variables.iter().find(|(name, _)| name == "HOME").map(|(_, home)| Path::new(home));
    let path = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => program.folder.join(&text),
    };
    let is_there = |path: &PathBuf| path.is_file() && std::fs::File::open(path).is_ok();
    let found = Some(path).filter(is_there).and_then(|path| path.into_os_string().into_string().ok());
    found.ok_or_else(|| errors::unreadable_file(program, name, &text))
}
