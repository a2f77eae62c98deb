//! `tintype backends`: lists the backends and their readiness, checks one, or scaffolds a new one.
//! Only `check` contacts a provider; listing starts external programs for their handshake.

mod check;
mod new;

use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use serde_json::json;
use tintype_backends::{Backend, Capabilities, Readiness};

use super::{
    completers,
    context::CliContext,
    failure::{Failure, UserMessage},
    stdout,
    table::{table, terminal_width},
};
use crate::engine::Registry;

/// List backends, check one, or scaffold a custom one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype backends               list backends
  tintype backends check sketch  check one, at no cost
  tintype backends new mine      create a custom one: a script and its config")]
pub(super) struct BackendsArgs {
    /// JSON Lines output
    #[arg(long)]
    json: bool,

    #[command(subcommand)]
    command: Option<BackendsCommand>,
}

#[derive(Debug, Subcommand)]
enum BackendsCommand {
    /// Run the conformance tests; generates images where that is free
    Check {
        /// Name of the backend in the config
        #[arg(add = ArgValueCompleter::new(completers::backends))]
        name: String,

        /// Also generate images where it may cost money: 4 requests for 5 images, within the budget
        #[arg(long)]
        draw: bool,

        /// Skip the confirmation before money is spent
        #[arg(long, short)]
        yes: bool,
    },
    /// Scaffold a custom backend: a working script, and its table in your config
    New {
        /// Name of the new backend, which is also its table in the config
        name: String,

        /// Language of the script: sh or python
        #[arg(long, value_name = "LANGUAGE", default_value = "sh")]
        language: String,
    },
}

pub(super) fn run(args: &BackendsArgs, session: &mut CliContext) -> Result<(), Failure> {
    match &args.command {
        Some(BackendsCommand::Check { name, draw, yes }) => check::run(name, (*draw, *yes), session),
        Some(BackendsCommand::New { name, language }) => new::run(name, language, session),
        None if args.json => {
            let registry = session.registry_with_all_capabilities()?;
            registry.iter().try_for_each(|(name, backend)| session.out.json(&object(name, &**backend, &registry)))
        }
        None => list(&session.registry_with_all_capabilities()?, session),
    }
}

fn list(registry: &Registry, session: &mut CliContext) -> Result<(), Failure> {
    let rows: Vec<[String; 4]> = registry
        .iter()
        .map(|(name, backend)| {
            let Capabilities { default_model, about, readiness, .. } = backend.capabilities();
            let mark = if registry.default() == Some(name) { "*" } else { " " };
            [format!("{mark} {name}"), default_model.clone(), state(readiness), about.to_string()]
        })
        .collect();
    table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))?;
    for (name, backend) in registry.iter() {
        if let Readiness::Unavailable { what, hint, .. } = &backend.capabilities().readiness {
            let message = format!("`{name}` {what}");
            stdout::warn(&UserMessage { message, detail: None, hint: Some(hint.clone()) });
        }
    }
    Ok(())
}

fn state(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Asking => "no response".to_owned(),
        Readiness::Missing { what, .. } | Readiness::Unavailable { what, .. } => what.clone(),
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
