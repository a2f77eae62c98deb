//! `tintype models`: what every backend can draw with, and the settings each model takes.
//! Everything printed comes from the backends' own descriptions.

use jiff::Zoned;
use serde_json::json;
use tintype_backends::{Capabilities, Life, Model};

use super::{
    failure::Failure,
    session::Session,
    table::{table, width},
};
use crate::nearest;

/// List the models and what can be set
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype models             every model of every backend
  tintype models sketch      those of one backend, with their settings for --set")]
pub(super) struct Args {
    /// Only this backend, with the settings of its models
    backend: Option<String>,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let registry = match &args.backend {
        Some(name) => session.registry_knowing(Some(name))?,
        None => session.registry_knowing_all()?,
    };
    if let Some(name) = args.backend.as_deref().filter(|name| registry.get(name).is_none()) {
        let hint = nearest::hint(name, registry.names().collect::<Vec<_>>());
        return Err(Failure::usage(format!("there is no backend `{name}`")).with_hint(hint));
    }
    let wanted = |name: &str| args.backend.as_deref().is_none_or(|wanted| wanted == name);
    let all = registry.iter().filter(|(name, _)| wanted(name));
    let all: Vec<(&str, &Capabilities, &Model)> = all
        .flat_map(|(name, backend)| {
            let capabilities = backend.capabilities();
            capabilities.models.iter().map(move |model| (name, capabilities, model))
        })
        .collect();
    if args.json {
        return all.iter().try_for_each(|(name, it, model)| session.out.json(&object(name, it, model)));
    }
    let rows: Vec<[String; 3]> = all.iter().map(|(name, it, model)| row(name, it, model)).collect();
    for (line, (_, _, model)) in table(&rows, width()).iter().zip(&all) {
        session.out.line(line)?;
        if args.backend.is_some() {
            settings(model, session)?;
        }
    }
    Ok(())
}

fn row(name: &str, capabilities: &Capabilities, model: &Model) -> [String; 3] {
    let mark = if capabilities.default_model == model.id { "*" } else { " " };
    let about = match life(&model.life) {
        Some(life) => format!("{} ({life})", model.about),
        None => model.about.to_string(),
    };
    [name.to_owned(), format!("{mark} {}", model.id), about]
}

fn life(life: &Life) -> Option<String> {
    let day = life.shutdown.as_ref()?;
    let successor = |word: &str| life.successor.as_ref().map(|model| format!(", {word} `{model}`")).unwrap_or_default();
    let over = life.is_over(&Zoned::now().date().to_string());
    Some(if over {
        format!("shut down on {day}{}", successor("use"))
    } else {
        format!("until {day}{}", successor("then"))
    })
}

fn settings(model: &Model, session: &mut Session) -> Result<(), Failure> {
    let rows: Vec<[String; 3]> = model
        .params
        .iter()
        .map(|param| {
            let default = param.default.as_ref().map(|value| format!(", default {value}")).unwrap_or_default();
            [format!("    {}", param.name), param.about.to_string(), format!("{}{default}", param.expects())]
        })
        .collect();
    table(&rows, None).iter().try_for_each(|line| session.out.line(line))
}

fn object(name: &str, capabilities: &Capabilities, model: &Model) -> serde_json::Value {
    json!({
        "backend": name,
        "model": model.id,
        "about": model.about,
        "default": capabilities.default_model == model.id,
        "max_count": model.max_count,
        "max_inputs": model.max_inputs,
        "mask": model.mask,
        "shutdown": model.life.shutdown,
        "successor": model.life.successor,
        "settings": model.params,
    })
}
