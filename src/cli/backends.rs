//! `tintype backends`: who can draw, and whether they could right now.
//! It asks nobody unless `check` is said.

use clap::Subcommand;
use serde_json::json;
use tintype_backends::{Backend, Capabilities, Readiness};

use super::{
    failure::{Failure, Told},
    out,
    session::Session,
    table::{table, width},
};
use crate::{engine::Registry, nearest};

/// List the backends, or try one out
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype backends               who can draw
  tintype backends check sketch  try one out, without drawing and without cost")]
pub(super) struct Args {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try a backend out: key, address, model; no drawing, no cost
    Check {
        /// The backend's name in the config
        name: String,
    },
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let registry = session.registry()?;
    match &args.command {
        Some(Command::Check { name }) => check(name, &registry, session),
        None if args.json => {
            registry.iter().try_for_each(|(name, backend)| session.out.json(&object(name, &**backend, &registry)))
        }
        None => list(&registry, session),
    }
}

fn list(registry: &Registry, session: &mut Session) -> Result<(), Failure> {
    let rows: Vec<[String; 4]> = registry
        .iter()
        .map(|(name, backend)| {
            let Capabilities { default_model, about, readiness, .. } = backend.capabilities();
            let mark = if registry.default() == Some(name) { "*" } else { " " };
            [format!("{mark} {name}"), default_model.clone(), state(readiness), about.to_string()]
        })
        .collect();
    table(&rows, width()).iter().try_for_each(|line| session.out.line(line))
}

fn state(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Missing { what, .. } => what.clone(),
    }
}

fn object(name: &str, backend: &dyn Backend, registry: &Registry) -> serde_json::Value {
    let it = backend.capabilities();
    let models: Vec<&str> = it.models.iter().map(|model| model.id.as_str()).collect();
    json!({
        "name": name,
        "kind": it.kind,
        "about": it.about,
        "default": registry.default() == Some(name),
        "model": it.default_model,
        "models": models,
        "ready": it.readiness == Readiness::Ready,
        "readiness": it.readiness,
        "offline": it.offline,
        "previews": it.previews,
        "resume": it.resume,
    })
}

fn check(name: &str, registry: &Registry, session: &mut Session) -> Result<(), Failure> {
    let backend = registry.get(name).ok_or_else(|| {
        let hint = nearest::hint(name, registry.names().collect::<Vec<_>>());
        Failure::usage(format!("there is no backend `{name}`")).with_hint(hint)
    })?;
    let health = session.block_on(backend.check())??;
    health.good.iter().try_for_each(|line| session.out.line(line))?;
    for warning in health.warnings {
        out::warn(&Told { message: warning, detail: None, hint: None });
    }
    Ok(())
}
