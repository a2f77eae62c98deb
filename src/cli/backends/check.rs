//! `tintype backends check`: runs the conformance tests against a backend and reports every failure.
//! It generates images only where that is free or requested with `--draw`; paid requests count against the budget.

use tintype_backends::{
    Estimate, SharedBackend, Usd,
    conformance::{ConformanceDepth, ConformanceFinding, ConformanceVerdict, examine, sample},
};
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    cli::{
        compare::confirm,
        context::CliContext,
        failure::{Failure, UserMessage},
        generate::dry_run,
        stdout,
    },
    sanitize, suggest,
};

pub(super) fn run(name: &str, (draw, yes): (bool, bool), session: &mut CliContext) -> Result<(), Failure> {
    let registry = session.registry_with_capabilities(Some(name))?;
    let backend = registry.get(name).cloned().ok_or_else(|| {
        let hint = suggest::hint(name, registry.names().collect::<Vec<_>>());
        Failure::usage(format!("there is no backend `{name}`")).with_hint(hint)
    })?;
    let health = session.block_on(backend.check())??;
    health.good.iter().try_for_each(|line| session.out.line(&sanitize::line(line)))?;
    for warning in health.warnings {
        stdout::warn(&UserMessage { message: warning, detail: None, hint: None });
    }
    let depth = match (backend.capabilities().offline, draw) {
        (true, _) => ConformanceDepth::Full,
        (false, true) => ConformanceDepth::Sample,
        (false, false) => ConformanceDepth::Free,
    };
    let backend = if depth == ConformanceDepth::Sample { metered(name, yes, session)? } else { backend };
    let findings = run_conformance(&backend, depth, session)?;
    findings.iter().try_for_each(|finding| session.out.line(&sanitize::line(&format_finding(finding))))?;
    if depth == ConformanceDepth::Free {
        stdout::note("note: no images were generated; --draw sends a few requests, which may cost money");
    }
    match findings.iter().filter(|finding| matches!(finding.verdict, ConformanceVerdict::Broken(_))).count() {
        0 => Ok(()),
        broken => Err(Failure::local(format!("`{name}` failed {broken} of {} checks", findings.len()))
            .with_hint("see the lines that start with FAILED")),
    }
}

/// Wraps the backend in the budget, after printing the expected cost of the sample requests.
fn metered(name: &str, yes: bool, session: &mut CliContext) -> Result<SharedBackend, Failure> {
    let (events, _) = unbounded_channel();
    let engine = session.engine(events)?;
    let gone = || Failure::usage(format!("there is no backend `{name}`"));
    let backend = engine.metered(name).ok_or_else(gone)?;
    let orders = sample(&*backend);
    let images: u32 = orders.iter().map(|order| order.count).sum();
    let (mut usd, mut upper) = (Some(Usd::ZERO), Some(Usd::ZERO));
    for estimate in orders.iter().map(|order| backend.estimate(order)) {
        upper = upper.zip(estimate.upper_bound()).map(|(sum, worst)| sum + worst);
        usd = usd.zip(estimate.usd).map(|(sum, usd)| sum + usd);
    }
    let cost = dry_run::format_estimate(&Estimate { usd, upper, ..Estimate::default() });
    stdout::note(&format!("sending {} requests for {images} images to {name}: {cost}", orders.len()));
    session.block_on(async move { engine.check_affordable(upper.unwrap_or_default()).await })??;
    if !yes && upper != Some(Usd::ZERO) {
        confirm("continue")?;
    }
    Ok(backend)
}

fn run_conformance(
    backend: &SharedBackend,
    depth: ConformanceDepth,
    session: &mut CliContext,
) -> Result<Vec<ConformanceFinding>, Failure> {
    let folder = temporary_dir()?;
    session.block_on(examine(&**backend, folder.path(), depth))
}

/// Creates a temporary directory that is removed when dropped.
fn temporary_dir() -> Result<tempfile::TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::local(format!("cannot create a temporary directory: {error}")))
}

fn format_finding(finding: &ConformanceFinding) -> String {
    match &finding.verdict {
        ConformanceVerdict::Kept => format!("ok       {}", finding.claim),
        ConformanceVerdict::Broken(how) => format!("FAILED   {}: {how}", finding.claim),
        ConformanceVerdict::Skipped(why) => format!("skipped  {}: {why}", finding.claim),
    }
}
