//! `tintype completions`: what a shell needs to complete the command line.
//! Derived from the same description as the help.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{args::Cli, failure::Failure, session::Session};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype completions bash > ~/.local/share/bash-completion/completions/tintype
  tintype completions fish > ~/.config/fish/completions/tintype.fish
  tintype completions zsh > \"${fpath[1]}/_tintype\"")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tintype", &mut script);
    session.out.bytes(&script)
}
