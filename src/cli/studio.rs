//! `tintype` without a subcommand: the studio.
//! Only the door: what the studio is stands in `tui`.

use std::io::{self, IsTerminal};

use super::{
    failure::{Code, Failure},
    session::{Session, env, workshop},
};
use crate::tui::{self, Ended, Startup, StudioError};

pub(super) fn run(prompt: Option<&str>, session: &mut Session) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(no_terminal(prompt));
    }
    let startup = Startup {
        locations: session.locations(),
        theme: session.global.theme.clone(),
        data_dir: session.data_dir()?,
        prompt: prompt.map(ToOwned::to_owned),
        env,
        workshop: workshop(),
    };
    match session.block_on(tui::run(startup))? {
        Ok(Ended::Quit) => Ok(()),
        Ok(Ended::Signal(_)) => Err(Failure::new(Code::Interrupted, "interrupted", "stopped by a signal")),
        Err(StudioError::Library(error)) => Err(error.into()),
        Err(error) => Err(Failure::local(error.to_string())),
    }
}

fn no_terminal(prompt: Option<&str>) -> Failure {
    let words = prompt.map_or_else(|| "\"three cats\"".to_owned(), |prompt| format!("{prompt:?}"));
    Failure::usage("the studio needs a terminal").with_hint(format!("draw without it: `tintype generate {words}`"))
}
