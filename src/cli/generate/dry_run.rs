//! `--dry-run`: prints the request and its estimated cost without sending or saving anything.
//! An unknown cost is reported as unknown.

use std::path::Path;

use serde_json::{Value, json};
use tintype_backends::{Estimate, Guess};

use super::GenerationArgs;
use crate::{
    cli::{context::CliContext, failure::Failure, stdout},
    engine::{Draft, DryRun, Plan, Reference},
};

pub(super) fn run(args: &GenerationArgs, draft: &Draft, session: &mut CliContext) -> Result<(), Failure> {
    let (registry, library) = (session.trained_registry()?, session.existing_library()?);
    let (rehearsed, owned) = (registry, draft.clone());
    let rehearsed = session.block_on(async move { rehearsed.dry_run(&owned, library.as_ref()).await })??;
    let DryRun { plan, notes } = rehearsed;
    if args.json {
        return session.out.json(&object(&plan, draft, &notes));
    }
    stdout::note(&format!(
        "backend {}, model {}: {}",
        plan.backend,
        plan.request.model,
        format_estimate(&plan.estimate)
    ));
    for (name, value) in &plan.request.settings {
        stdout::note(&format!("  {name} = {value}"));
    }
    for words in &notes {
        stdout::note(&format!("note: {words}"));
    }
    Ok(())
}

/// Formats an estimate, such as `about $0.04, at most $0.17 (prices of 2026-10-01)`.
pub(in crate::cli) fn format_estimate(estimate: &Estimate) -> String {
    let date = estimate.prices_as_of.as_ref().map(|date| format!(" (prices of {date})")).unwrap_or_default();
    if let (Some(guess), Some(upper)) = (&estimate.guess, estimate.upper) {
        return format!("{}, at most {upper}{date}", format_range(guess));
    }
    match (estimate.usd, estimate.upper) {
        _ if *estimate == Estimate::FREE => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("about {usd}, at most {upper}{date}"),
        (Some(usd), _) => format!("about {usd}{date}"),
        (None, Some(upper)) => format!("at most {upper}{date}"),
        (None, None) => "cost unknown".to_owned(),
    }
}

/// Formats a range, such as `$0.05 to $0.15, based on 12 similar jobs`.
fn format_range(Guess { low, high, learned_from, .. }: &Guess) -> String {
    match learned_from {
        0 => format!("about {low} to {high}, a rough guess"),
        count => format!("about {low} to {high}, based on {count} similar jobs"),
    }
}

fn object(plan: &Plan, draft: &Draft, notes: &[String]) -> Value {
    let inputs: Vec<String> = draft.inputs.iter().map(source).collect();
    let mut object = json!({
        "event": "estimate",
        "backend": plan.backend,
        "model": plan.request.model,
        "estimate_usd": plan.estimate.usd,
        "upper_bound": plan.estimate.upper,
        "prices_as_of": plan.estimate.prices_as_of,
        "request": {
            "prompt": plan.request.prompt,
            "settings": plan.request.settings,
            "count": plan.request.count,
            "inputs": inputs,
            "mask": draft.mask.as_deref().map(Path::to_string_lossy),
            "markup": draft.markup.as_deref().map(Path::to_string_lossy),
        },
    });
    if !notes.is_empty() {
        object["notes"] = json!(notes);
    }
    if let Some(Guess { low, high, learned_from, .. }) = &plan.estimate.guess {
        object["likely_usd"] = json!([low, high]);
        object["learned_from"] = json!(learned_from);
    }
    object
}

fn source(source: &Reference) -> String {
    match source {
        Reference::File(path) => path.display().to_string(),
        Reference::Image(id) => id.to_string(),
        Reference::Clipboard(_) => "@clipboard".to_owned(),
        Reference::Piped(_) => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tintype_backends::Usd;

    use super::*;

    #[test]
    fn estimates_are_formatted_by_what_is_known() {
        let usd = |dollars| Some(Usd::from_dollars(dollars));
        let told = |usd, upper| format_estimate(&Estimate { usd, upper, ..Estimate::default() });
        assert_eq!(format_estimate(&Estimate::FREE), "free");
        assert_eq!(told(usd(0.25), usd(0.25)), "about $0.25");
        assert_eq!(told(usd(0.25), usd(1.0)), "about $0.25, at most $1.00");
        assert_eq!(told(None, None), "cost unknown");
        assert_eq!(told(None, usd(1.0)), "at most $1.00");
        let cents = |cents: f64| Usd::from_dollars(cents / 100.0);
        let guess =
            |learned_from| Some(Guess { low: cents(5.0), high: cents(15.0), alike: String::new(), learned_from });
        let told = |guess| format_estimate(&Estimate { usd: usd(0.1), upper: usd(1.0), guess, ..Estimate::default() });
        assert_eq!(told(guess(0)), "about $0.050 to $0.15, a rough guess, at most $1.00");
        assert_eq!(told(guess(12)), "about $0.050 to $0.15, based on 12 similar jobs, at most $1.00");
    }
}
