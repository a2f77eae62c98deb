//! `tintype backends check`: holds a backend to what every backend promises, and says in words what is not kept.
//! It draws where that costs nothing, or where it is asked to.

use tintype_backends::{
    SharedBackend,
    conformance::{Depth, Finding, Verdict, examine},
};

use crate::{
    cli::{
        failure::{Failure, Told},
        out,
        session::Session,
    },
    nearest, plain,
};

pub(super) fn run(name: &str, draw: bool, session: &mut Session) -> Result<(), Failure> {
    let registry = session.registry_knowing(Some(name))?;
    let backend = registry.get(name).cloned().ok_or_else(|| {
        let hint = nearest::hint(name, registry.names().collect::<Vec<_>>());
        Failure::usage(format!("there is no backend `{name}`")).with_hint(hint)
    })?;
    let health = session.block_on(backend.check())??;
    health.good.iter().try_for_each(|line| session.out.line(&plain::line(line)))?;
    for warning in health.warnings {
        out::warn(&Told { message: warning, detail: None, hint: None });
    }
    let draws = draw || backend.capabilities().offline;
    let findings = story(&backend, if draws { Depth::Draw } else { Depth::Talk }, session)?;
    findings.iter().try_for_each(|finding| session.out.line(&plain::line(&told(finding))))?;
    if !draws {
        out::note("note: nothing was drawn; --draw draws up to a dozen small pictures, which may cost money");
    }
    match findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Broken(_))).count() {
        0 => Ok(()),
        broken => Err(Failure::local(format!("`{name}` breaks {broken} of {} promises", findings.len()))
            .with_hint("each line that begins with FAILED says what was found")),
    }
}

fn story(backend: &SharedBackend, depth: Depth, session: &mut Session) -> Result<Vec<Finding>, Failure> {
    let folder = scratch()?;
    session.block_on(examine(&**backend, folder.path(), depth))
}

/// A folder of its own, which is removed afterwards.
fn scratch() -> Result<tempfile::TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::local(format!("there is no place to draw for a moment: {error}")))
}

fn told(finding: &Finding) -> String {
    match &finding.verdict {
        Verdict::Kept => format!("ok       {}", finding.claim),
        Verdict::Broken(how) => format!("FAILED   {}: {how}", finding.claim),
        Verdict::Skipped(why) => format!("skipped  {}: {why}", finding.claim),
    }
}
