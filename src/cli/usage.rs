//! What clap has to say: help and versions as they are, errors in this program's words.
//! What was typed comes back cleaned, since an argument may hold escape sequences.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    args::Cli,
    failure::{Failure, Told},
    out,
};
use crate::nearest;

/// Prints help, a version or an error; returns the exit code.
pub(super) fn answer(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that has gone away (`| head -1`) has seen enough.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(io::stderr(), "{}", error.render());
            ExitCode::from(2)
        }
        _ => {
            let failure = failure(error);
            out::fail(&failure);
            failure.code.into()
        }
    }
}

fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
    let message = message.replace('\'', "`").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut failure = Failure::usage(message);
    failure.told = failure.told.into_iter().map(|told| Told { hint: Some(hint(error, &text)), ..told }).collect();
    failure
}

/// The nearest word that would have been right, else clap's own tip, else where the help is.
fn hint(error: &clap::Error, text: &str) -> String {
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(word) => Some(word.clone()),
            ContextValue::Strings(words) => words.first().cloned(),
            _ => None,
        });
    let tip = || text.lines().find_map(|line| line.trim().strip_prefix("tip: ")).map(|tip| tip.replace('\'', "`"));
    near.map(|word| format!("did you mean `{word}`?"))
        .or_else(tip)
        .unwrap_or_else(|| "--help shows what can be said".to_owned())
}

/// `tintype generat cats`: several words of which the first is almost a subcommand are no prompt.
pub(super) fn refuse_mistyped(words: &[String]) -> Result<(), Failure> {
    let [first, _, ..] = words else { return Ok(()) };
    let cli = Cli::command();
    let known = cli.get_subcommands().map(clap::Command::get_name);
    match nearest::nearest(first, known) {
        Some(name) => Err(Failure::usage(format!("there is no subcommand `{first}`"))
            .with_hint(format!("did you mean `{name}`? put a prompt between quotes"))),
        None => Ok(()),
    }
}
