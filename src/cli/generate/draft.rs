//! From flags to a draft: the settings read as the model's own descriptions say.
//! What cannot be right is left to the engine, which says so in the same words as in the studio.

use tintype_backends::{Model, ParamError, Settings, Value};

use super::JobArgs;
use crate::{
    cli::{failure::Failure, session::Session},
    engine::{Draft, Registry},
};

/// The draft with what the flags say.
pub(super) fn fill(args: &JobArgs, draft: Draft, session: &mut Session) -> Result<Draft, Failure> {
    let registry = session.registry_knowing(args.backend.as_deref())?;
    let settings = settings(args, model(args, &registry))?;
    Ok(Draft {
        backend: args.backend.clone(),
        model: args.model.clone(),
        settings,
        count: args.count,
        mask: args.mask.clone(),
        markup: args.markup.clone(),
        ..draft
    })
}

/// The model that would draw, if there is one of that name.
fn model<'a>(args: &JobArgs, registry: &'a Registry) -> Option<&'a Model> {
    let name = args.backend.as_deref().or(registry.default())?;
    let capabilities = registry.get(name)?.capabilities();
    capabilities.model(args.model.as_deref().unwrap_or(&capabilities.default_model))
}

fn settings(args: &JobArgs, model: Option<&Model>) -> Result<Settings, Failure> {
    let mut settings = Settings::new();
    for pair in &args.settings {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` is no setting")).with_hint("write --set KEY=VALUE, such as --set seed=7")
        })?;
        settings.insert(name.trim().to_owned(), read(name.trim(), value, model)?);
    }
    for (name, value) in [("size", &args.size), ("quality", &args.quality)] {
        if let Some(value) = value {
            settings.insert(name.to_owned(), read(name, value, model)?);
        }
    }
    Ok(settings)
}

/// A value as the model's description of it says; as plain text where the model has no such setting.
fn read(name: &str, value: &str, model: Option<&Model>) -> Result<Value, Failure> {
    match model.and_then(|model| model.param(name)) {
        Some(param) => param.parse(value).map_err(|error| refuse(&error)),
        None => Ok(Value::Text(value.to_owned())),
    }
}

fn refuse(ParamError { param, value, expects }: &ParamError) -> Failure {
    Failure::usage(format!("`{param}` does not take `{value}`")).with_hint(format!("`{param}`: {expects}"))
}
