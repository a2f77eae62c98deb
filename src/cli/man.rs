//! `tintype man`: the manual page, of the program or of one subcommand.
//! Derived from the same description as the help.

use clap::CommandFactory;

use super::{args::Cli, failure::Failure, session::Session};
use crate::nearest;

/// Print the manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype man > ~/.local/share/man/man1/tintype.1
  tintype man generate | man -l -")]
pub(super) struct Args {
    /// The page of this subcommand
    command: Option<String>,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command(args.command.as_deref())?).render(&mut page);
    rendered.map_err(|error| Failure::local(format!("cannot write the manual page: {error}")))?;
    session.out.bytes(&page)
}

fn command(name: Option<&str>) -> Result<clap::Command, Failure> {
    let mut all = Cli::command();
    all.build();
    let Some(name) = name else { return Ok(all) };
    all.find_subcommand(name).cloned().ok_or_else(|| {
        let hint = nearest::hint(name, all.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>());
        Failure::usage(format!("there is no subcommand `{name}`")).with_hint(hint)
    })
}
