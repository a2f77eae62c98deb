//! `--dry-run`: what would be asked, and what it would cost. Nothing is sent, nothing is written down.
//! An unknown cost is said to be unknown.

use serde_json::{Value, json};
use tintype_backends::Estimate;

use super::JobArgs;
use crate::{
    cli::{failure::Failure, out, session::Session},
    engine::{Draft, Plan, Source},
};

pub(super) fn run(args: &JobArgs, draft: &Draft, session: &mut Session) -> Result<(), Failure> {
    let plan = session.registry()?.plan(draft)?;
    if args.json {
        return session.out.json(&object(&plan, draft));
    }
    out::note(&format!("{} would draw with {}: {}", plan.backend, plan.request.model, words(&plan.estimate)));
    for (name, value) in &plan.request.settings {
        out::note(&format!("  {name} = {value}"));
    }
    Ok(())
}

/// `about $0.04, at most $0.17 (prices of 2026-10-01)`.
pub(in crate::cli) fn words(estimate: &Estimate) -> String {
    let date = estimate.prices_as_of.as_ref().map(|date| format!(" (prices of {date})")).unwrap_or_default();
    match (estimate.usd, estimate.upper) {
        _ if *estimate == Estimate::FREE => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("about {usd}, at most {upper}{date}"),
        (Some(usd), _) => format!("about {usd}{date}"),
        (None, Some(upper)) => format!("at most {upper}{date}"),
        (None, None) => "the cost is unknown".to_owned(),
    }
}

fn object(plan: &Plan, draft: &Draft) -> Value {
    let inputs: Vec<String> = draft.inputs.iter().map(source).collect();
    json!({
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
            "mask": draft.mask,
            "markup": draft.markup,
        },
    })
}

fn source(source: &Source) -> String {
    match source {
        Source::File(path) => path.display().to_string(),
        Source::Image(id) => id.to_string(),
        Source::Clipboard(_) => "@clipboard".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tintype_backends::Usd;

    use super::*;

    #[test]
    fn a_cost_is_told_as_far_as_it_is_known() {
        let usd = |dollars| Some(Usd::from_dollars(dollars));
        let told = |usd, upper| words(&Estimate { usd, upper, prices_as_of: None });
        assert_eq!(words(&Estimate::FREE), "free");
        assert_eq!(told(usd(0.25), usd(0.25)), "about $0.25");
        assert_eq!(told(usd(0.25), usd(1.0)), "about $0.25, at most $1.00");
        assert_eq!(told(None, None), "the cost is unknown");
        assert_eq!(told(None, usd(1.0)), "at most $1.00");
    }
}
