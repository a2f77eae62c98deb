//! `tintype models`: lists the models of every backend, their prices and their settings.
//! All output comes from the backends' own descriptions.

use clap_complete::ArgValueCompleter;
use jiff::Zoned;
use serde_json::json;
use tintype_backends::{Backend, Estimate, Model, ModelLifecycle, Settings};

use super::{
    completers,
    context::CliContext,
    failure::Failure,
    stdout,
    table::{columns, table, terminal_width},
};
use crate::suggest;

mod price;

/// List models, prices and settings
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype models             list all models
  tintype models sketch      list a backend's models and settings for --set")]
pub(super) struct ModelsArgs {
    /// Only this backend, including the settings of its models
    #[arg(add = ArgValueCompleter::new(completers::backends))]
    backend: Option<String>,

    /// JSON Lines output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ModelsArgs, session: &mut CliContext) -> Result<(), Failure> {
    let registry = match &args.backend {
        Some(name) => session.registry_with_capabilities(Some(name))?,
        None => session.registry_with_all_capabilities()?,
    };
    if let Some(name) = args.backend.as_deref().filter(|name| registry.get(name).is_none()) {
        let hint = suggest::hint(name, registry.names().collect::<Vec<_>>());
        return Err(Failure::usage(format!("there is no backend `{name}`")).with_hint(hint));
    }
    let wanted = |name: &str| args.backend.as_deref().is_none_or(|wanted| wanted == name);
    let all: Vec<ModelListing<'_>> = registry
        .iter()
        .filter(|(name, _)| wanted(name))
        .flat_map(|(name, backend)| {
            let models = backend.capabilities().models.iter();
            models.map(move |model| ModelListing { name, backend: backend.as_ref(), model })
        })
        .collect();
    if args.json {
        return all.iter().try_for_each(|entry| session.out.json(&entry.object()));
    }
    let rows: Vec<[String; 4]> = all.iter().map(ModelListing::row).collect();
    for (line, entry) in table(&rows, terminal_width()).iter().zip(&all) {
        session.out.line(line)?;
        if args.backend.is_some() {
            prices(entry, session)?;
            settings(entry.model, session)?;
        }
    }
    let dates = all.iter().filter_map(|entry| entry.price().prices_as_of).max();
    if let Some(date) = dates {
        stdout::note(&format!("USD per image with the configured settings; prices of {date}; * = default"));
    }
    Ok(())
}

/// Model together with its backend.
struct ModelListing<'a> {
    name: &'a str,
    backend: &'a dyn Backend,
    model: &'a Model,
}

impl ModelListing<'_> {
    fn is_default(&self) -> bool {
        self.backend.capabilities().default_model == self.model.id
    }

    /// Returns the price of one image with the backend's configured settings.
    fn price(&self) -> Estimate {
        price::estimate_image(self.backend, self.model, &Settings::new())
    }

    fn row(&self) -> [String; 4] {
        let mark = if self.is_default() { "*" } else { " " };
        let about = match lifecycle_note(&self.model.life) {
            Some(life) => format!("{} ({life})", self.model.about),
            None => self.model.about.to_string(),
        };
        [self.name.to_owned(), format!("{mark} {}", self.model.id), price::format_price(&self.price()), about]
    }

    fn object(&self) -> serde_json::Value {
        let (model, price) = (self.model, self.price());
        json!({
            "backend": self.name,
            "model": model.id,
            "about": model.about,
            "default": self.is_default(),
            "price_usd": price.usd,
            "price_upper_usd": price.upper,
            "prices_as_of": price.prices_as_of,
            "max_count": model.max_count,
            "max_inputs": model.max_inputs,
            "mask": model.mask,
            "markup": model.markup,
            "shutdown": model.life.shutdown,
            "successor": model.life.successor,
            "settings": model.params,
        })
    }
}

/// Prints the price for every combination of quality and size.
fn prices(entry: &ModelListing<'_>, session: &mut CliContext) -> Result<(), Failure> {
    let rows = price::price_table(entry.backend, entry.model);
    columns(&rows, None).iter().try_for_each(|line| session.out.line(&format!("    {line}")))
}

fn lifecycle_note(life: &ModelLifecycle) -> Option<String> {
    let day = life.shutdown.as_ref()?;
    let successor = |word: &str| life.successor.as_ref().map(|model| format!(", {word} `{model}`")).unwrap_or_default();
    let over = life.is_over(&Zoned::now().date().to_string());
    Some(if over {
        format!("shut down on {day}{}", successor("use"))
    } else {
        format!("until {day}{}", successor("then"))
    })
}

fn settings(model: &Model, session: &mut CliContext) -> Result<(), Failure> {
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
