//! `tintype` without a subcommand: the studio.
//! Only the door: what the studio is stands in `tui`.

use std::io::{self, IsTerminal};

use super::{failure::Failure, session::Session};

pub(super) fn run(prompt: Option<&str>, session: &mut Session) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(no_terminal(prompt));
    }
    let _ = session;
    Err(Failure::local("this build has no studio").with_hint("draw with `tintype generate`"))
}

fn no_terminal(prompt: Option<&str>) -> Failure {
    let words = prompt.map_or_else(|| "\"three cats\"".to_owned(), |prompt| format!("{prompt:?}"));
    Failure::usage("the studio needs a terminal").with_hint(format!("draw without it: `tintype generate {words}`"))
}
