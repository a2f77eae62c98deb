//! `tintype` without a subcommand: starts the studio, which is implemented in `tui`.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use super::{
    context::{CliContext, env, renderer},
    failure::{Failure, FailureCode},
    signals::StopSignals,
    stdout,
};
use crate::{
    engine::{Engine, GRACE},
    tui::{self, StudioError, StudioExit, StudioOptions},
};

/// Time limit for running jobs after a bug ended the studio; longer than any provider takes.
const JOBS_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) fn run(prompt: Option<&str>, session: &mut CliContext) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(no_terminal(prompt));
    }
    let startup = StudioOptions {
        locations: session.locations(),
        theme: session.global.theme.clone(),
        data_dir: session.data_dir()?,
        prompt: prompt.map(ToOwned::to_owned),
        env,
        renderer: renderer(),
    };
    match session.block_on(tui::run(startup))? {
        Ok(StudioExit::Quit) => Ok(()),
        Ok(StudioExit::Signal(_)) => Err(Failure::new(FailureCode::Interrupted, "interrupted", "stopped by a signal")),
        Err(StudioError::Library(error)) => Err(error.into()),
        Err(StudioError::Bug(engine)) => {
            finish(&engine, session)?;
            Err(Failure::local("the studio crashed; its report follows").with_hint("please report it"))
        }
        Err(error) => Err(Failure::local(error.to_string())),
    }
}

/// Waits for the jobs that the studio left running, because they may be paid for. A signal suspends them.
fn finish(engine: &Engine, session: &mut CliContext) -> Result<(), Failure> {
    let running = engine.running().len();
    if running > 0 {
        stdout::note(&format!("note: waiting for unfinished jobs: {running}; Ctrl+C to stop waiting"));
    }
    session.block_on(async {
        let mut signals = StopSignals::listen()?;
        tokio::select! {
            _ = engine.shutdown(JOBS_TIMEOUT) => {}
            _ = signals.next() => drop(engine.shutdown(GRACE).await),
        }
        Ok(())
    })?
}

fn no_terminal(prompt: Option<&str>) -> Failure {
    let words = prompt.map_or_else(|| "\"three cats\"".to_owned(), |prompt| format!("{prompt:?}"));
    Failure::usage("the studio needs a terminal").with_hint(format!("run `tintype generate {words}` instead"))
}
