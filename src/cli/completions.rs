//! `tintype completions`: prints the script with which a shell requests completions from this program.
//! The candidates come from `complete` and from the command definition.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use clap_complete::{Shell, env::Shells};

use super::{context::CliContext, failure::Failure};

/// Environment variable with which the script requests completions; its value is the shell.
const COMPLETE_VARIABLE: &str = "TINTYPE_COMPLETE";

/// Print a completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo 'source <(tintype completions bash)' >> ~/.bashrc
  echo 'source <(tintype completions zsh)' >> ~/.zshrc
  echo 'tintype completions fish | source' >> ~/.config/fish/config.fish

Completions include your current backends, models, settings, themes and ids. Restart the shell after an update.")]
pub(super) struct CompletionsArgs {
    /// Shell to print the script for, such as bash, zsh or fish
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, session: &mut CliContext) -> Result<(), Failure> {
    let mut script = Vec::new();
    let failed = |error: io::Error| Failure::local(format!("cannot write completions: {error}"));
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let shell = shells.completer(&name).ok_or_else(|| Failure::usage(format!("no completions for `{name}`")))?;
    shell.write_registration(COMPLETE_VARIABLE, "tintype", "tintype", "tintype", &mut script).map_err(failed)?;
    session.out.bytes(&script)
}

/// Answers a completion request, if the environment has one. The words after `--` are the command line so far.
pub(super) fn complete_from_env(words: &[OsString], command: impl FnOnce() -> clap::Command) -> Option<ExitCode> {
    let shells = Shells::builtins();
    let shell = env::var(COMPLETE_VARIABLE).ok()?;
    let shell = shells.completer(&shell)?;
    let begin = words.iter().position(|word| word == "--")? + 1;
    let mut command = command();
    command.build();
    let (mut answer, folder) = (Vec::new(), env::current_dir().ok());
    let asked = words[begin..].to_vec();
    let written = shell.write_complete(&mut command, asked, folder.as_deref(), &mut answer);
    let printed = written.and_then(|()| io::stdout().write_all(&answer));
    Some(if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
