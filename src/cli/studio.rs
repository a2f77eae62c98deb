//! `tintype` without a subcommand: the studio.
//! Only the door: what the studio is stands in `tui`.

use std::io::{self, IsTerminal};

use clap::CommandFactory;

use super::{args::Cli, failure::Failure, session::Session};
use crate::nearest;

/// Opens the studio with these words in the prompt.
pub(super) fn run(words: &[String], session: &mut Session) -> Result<(), Failure> {
    refuse_mistyped(words)?;
    let prompt = words.join(" ");
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(no_terminal(&prompt));
    }
    let _ = session;
    Err(Failure::local("this build has no studio").with_hint("draw with `tintype generate`"))
}

fn no_terminal(prompt: &str) -> Failure {
    let prompt = if prompt.is_empty() { "three cats" } else { prompt };
    Failure::usage("the studio needs a terminal").with_hint(format!("draw without it: `tintype generate {prompt:?}`"))
}

/// `tintype generat cats`: several words of which the first is almost a subcommand are no prompt.
fn refuse_mistyped(words: &[String]) -> Result<(), Failure> {
    let [first, _, ..] = words else { return Ok(()) };
    let cli = Cli::command();
    let known = cli.get_subcommands().map(clap::Command::get_name);
    match nearest::nearest(first, known) {
        Some(name) => Err(Failure::usage(format!("there is no subcommand `{first}`"))
            .with_hint(format!("did you mean `{name}`? put a prompt between quotes"))),
        None => Ok(()),
    }
}
