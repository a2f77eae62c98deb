//! Conversion of flags into a draft, with settings parsed by the model's own parameter descriptions.
//! The engine validates the draft, so that the studio and the command line report the same errors.

use std::path::Path;

use tintype_backends::{Format, Model, ParamError, ParamKind, Settings, Value};

use super::GenerationArgs;
use crate::{
    cli::{
        context::{CliContext, env},
        destination::Destination,
        failure::Failure,
    },
    config::absolute,
    engine::{Draft, Registry},
    library::{LabelError, Labels, LibraryError, parse_tag, parse_title},
};

/// Name of the setting that selects a model's file format.
const FORMAT: &str = "format";

/// Fills the draft from the flags.
pub(super) fn apply_flags(
    args: &GenerationArgs,
    draft: Draft,
    output: Option<&Destination>,
    session: &mut CliContext,
) -> Result<Draft, Failure> {
    let registry = session.registry_with_capabilities(args.backend.as_deref())?;
    let model = model(args, &registry);
    let mut settings = settings(args, model)?;
    if let Some((file, format)) = output.and_then(Destination::named_format) {
        request_format(format, file, &mut settings, model)?;
    }
    refuse_ignored_setting(&settings, model, args, &registry)?;
    Ok(Draft {
        backend: args.backend.clone(),
        model: args.model.clone(),
        settings,
        count: args.count,
        mask: args.mask.clone(),
        markup: args.markup.clone(),
        labels: labels(args)?,
        ..draft
    })
}

/// Returns the title and tags that the flags give the job.
fn labels(args: &GenerationArgs) -> Result<Labels, Failure> {
    let invalid = |error: LabelError| Failure::from(LibraryError::from(error));
    let title = args.title.as_deref().map(parse_title).transpose().map_err(invalid)?.flatten();
    let tags = args.tags.iter().map(|tag| parse_tag(tag)).collect::<Result<_, _>>().map_err(invalid)?;
    Ok(Labels { title, tags, ..Labels::default() })
}

/// Requests the format of the `-o` file from the model where it supports it, so that nothing has to be converted.
fn request_format(format: Format, file: &Path, settings: &mut Settings, model: Option<&Model>) -> Result<(), Failure> {
    let (wanted, file) = (Value::from(format.to_string().as_str()), file.display());
    if let Some(chosen) = settings.get(FORMAT).filter(|chosen| **chosen != wanted) {
        return Err(Failure::usage(format!("`{file}` and `{FORMAT}={chosen}` conflict"))
            .with_hint(format!("remove `{FORMAT}`; the file extension selects {format}")));
    }
    let param = model.and_then(|model| model.param(FORMAT)).filter(|param| param.check(&wanted).is_ok());
    match (param, model) {
        (Some(_), _) => drop(settings.insert(FORMAT.to_owned(), wanted)),
        (None, Some(model)) if format == Format::Svg => {
            return Err(Failure::usage(format!("`{}` does not support SVG output", model.id))
                .with_hint(format!("to export a drawing's source, run `tintype history export ID --svg -o {file}`")));
        }
        _ => {}
    }
    Ok(())
}

/// Returns the selected model, if it exists.
fn model<'a>(args: &GenerationArgs, registry: &'a Registry) -> Option<&'a Model> {
    let name = args.backend.as_deref().or(registry.default())?;
    let capabilities = registry.get(name)?.capabilities();
    capabilities.model(args.model.as_deref().unwrap_or(&capabilities.default_model))
}

/// Refuses a setting that would be ignored because of the value of another setting.
fn refuse_ignored_setting(
    chosen: &Settings,
    model: Option<&Model>,
    args: &GenerationArgs,
    registry: &Registry,
) -> Result<(), Failure> {
    let backend = args.backend.as_deref().or(registry.default()).and_then(|name| registry.get(name));
    let (Some(model), Some(backend)) = (model, backend) else { return Ok(()) };
    let Ok(complete) = model.complete(&backend.capabilities().defaults, chosen) else { return Ok(()) };
    let mut idle = chosen.keys().filter(|name| !complete.contains_key(*name));
    let Some((name, when)) = idle.find_map(|name| Some((name, model.param(name)?.when.as_ref()?))) else {
        return Ok(());
    };
    let values: Vec<String> = when.is.iter().map(|value| format!("`{value}`")).collect();
    let (other, values) = (&when.param, values.join(" or "));
    Err(Failure::usage(format!("`{name}` has no effect unless `{other}` is {values}"))
        .with_hint(format!("set `{other}` as well, or remove `{name}`")))
}

fn settings(args: &GenerationArgs, model: Option<&Model>) -> Result<Settings, Failure> {
    let mut settings = Settings::new();
    for pair in &args.settings {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` has no value")).with_hint("use --set KEY=VALUE, such as --set seed=7")
        })?;
        settings.insert(name.trim().to_owned(), parse_value(name.trim(), value, model)?);
    }
    for (name, value) in [("size", &args.size), ("quality", &args.quality)] {
        if let Some(value) = value {
            settings.insert(name.to_owned(), parse_value(name, value, model)?);
        }
    }
    Ok(settings)
}

/// Parses a value by the model's description of the parameter. Unknown parameters are passed as plain text.
fn parse_value(name: &str, value: &str, model: Option<&Model>) -> Result<Value, Failure> {
    match model.and_then(|model| model.param(name)) {
        Some(param) if matches!(param.kind, ParamKind::File) => {
            let file = absolute(Path::new(value.trim()), &env);
            param.parse(&file.display().to_string()).map_err(|error| invalid_value(&error))
        }
        Some(param) => param.parse(value).map_err(|error| invalid_value(&error)),
        None => Ok(Value::Text(value.to_owned())),
    }
}

fn invalid_value(error: &ParamError) -> Failure {
    let ParamError { param, value, expects, .. } = error;
    let meant = error.hint().map(|hint| format!("{hint} ")).unwrap_or_default();
    Failure::usage(format!("`{param}` does not take `{value}`")).with_hint(format!("{meant}`{param}`: {expects}"))
}
