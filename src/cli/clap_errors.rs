//! Clap's output: help and version unchanged, errors reworded.
//! Echoed arguments are sanitized, because they may contain escape sequences.

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    command::Cli,
    failure::{Failure, UserMessage},
    help::{self, no_subcommand},
    stdout,
};
use crate::suggest;

/// Minimum length of a single word to be treated as a mistyped subcommand.
const MIN_TYPO_LEN: usize = 5;

/// Prints help, the version or a usage error; returns the exit code.
pub(super) fn print_clap_error(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp if is_help_of_program(typed) => {
            let flag = if typed.iter().any(|word| word == "--help") { "--help" } else { "-h" };
            help::print_program_help(Cli::command(), flag);
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // The reader is gone (`| head -1`); an error is of no interest.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(io::stderr(), "{}", error.render());
            ExitCode::from(2)
        }
        _ => {
            let failure = mistyped_with_flags(error, typed).unwrap_or_else(|| to_failure(error));
            stdout::fail(&failure);
            failure.code.into()
        }
    }
}

fn to_failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let message = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
    let message = message.replace('\'', "`").split_whitespace().collect::<Vec<_>>().join(" ");
    let message = number_in_words(&message).unwrap_or(message);
    let mut failure = Failure::usage(message);
    failure.messages =
        failure.messages.into_iter().map(|told| UserMessage { hint: Some(hint(error, &text)), ..told }).collect();
    failure
}

/// Returns a hint: the nearest valid word, else clap's own tip, else a pointer to the help.
fn hint(error: &clap::Error, text: &str) -> String {
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(word) => Some(word.clone()),
            ContextValue::Strings(words) => words.first().cloned(),
            _ => None,
        });
    let tip = || text.lines().find_map(|line| line.trim().strip_prefix("tip: ")).map(|tip| tip.replace('\'', "`"));
    near.map(|word| format!("did you mean `{word}`?")).or_else(tip).unwrap_or_else(|| "see `--help`".to_owned())
}

/// Rewords clap's errors about numbers, `0 is not in 1..=100` and `invalid digit found in string`.
fn number_in_words(message: &str) -> Option<String> {
    const NO_NUMBER: &str = ": invalid digit found in string";
    if let Some(refused) = message.strip_suffix(NO_NUMBER) {
        return Some(format!("{refused}: expected a whole number"));
    }
    let (refused, range) = message.split_once(" is not in ")?;
    let (refused, _) = refused.rsplit_once(": ")?;
    let (least, most) = range.split_once("..")?;
    let most = most.trim_start_matches('=').parse().ok().filter(|most: &u64| *most < u32::MAX.into());
    let takes = most.map_or_else(|| format!("of at least {least}"), |most| format!("from {least} to {most}"));
    Some(format!("{refused}: expected a whole number {takes}"))
}

/// Refuses a prompt that is almost a subcommand: several words of which the first one resembles a subcommand (`tintype
/// generat cats`), or a single longer word with one typo (`tintype histroy`).
pub(super) fn refuse_mistyped(words: &[String]) -> Result<(), Failure> {
    match words {
        [only] if only.chars().count() >= MIN_TYPO_LEN => {
            let near = subcommands().into_iter().find(|name| strsim::damerau_levenshtein(only, name) == 1);
            near.map_or(Ok(()), |name| {
                let draw = format!("to use `{only}` as a prompt, type it in the studio");
                Err(no_subcommand(only, &format!("did you mean `{name}`? {draw}")))
            })
        }
        [first, _, ..] => suggest::nearest(first, subcommands().iter().map(String::as_str)).map_or(Ok(()), |name| {
            Err(no_subcommand(first, &format!("did you mean `{name}`? or put quotes around the prompt")))
        }),
        _ => Ok(()),
    }
}

/// Detects `tintype generat cats --json`, where the flag is unknown only because the subcommand is mistyped.
fn mistyped_with_flags(error: &clap::Error, typed: &[OsString]) -> Option<Failure> {
    let first = first_word(typed).filter(|_| error.kind() == ErrorKind::UnknownArgument)?;
    let names = subcommands();
    let near = suggest::nearest(first, names.iter().map(String::as_str)).filter(|name| *name != first)?;
    Some(no_subcommand(first, &format!("did you mean `{near}`?")))
}

/// Returns the first word that is neither a flag nor its value.
fn first_word(typed: &[OsString]) -> Option<&str> {
    let cli = Cli::command();
    let with_value = |arg: &&clap::Arg| arg.get_action().takes_values();
    let flags: Vec<&str> = cli.get_arguments().filter(with_value).filter_map(clap::Arg::get_long).collect();
    let takes_next = |word: &str| word.strip_prefix("--").is_some_and(|flag| flags.contains(&flag));
    let mut pairs = typed.windows(2).filter_map(|pair| Some((pair[0].to_str()?, pair[1].to_str()?)));
    pairs.find(|(before, word)| !word.starts_with('-') && !takes_next(before)).map(|(_, word)| word)
}

/// Returns `true` unless the help of a subcommand was asked for.
fn is_help_of_program(typed: &[OsString]) -> bool {
    first_word(typed).is_none_or(|word| Cli::command().find_subcommand(word).is_none())
}

/// Returns the names of the visible subcommands.
fn subcommands() -> Vec<String> {
    let cli = Cli::command();
    cli.get_subcommands().filter(|it| !it.is_hide_set()).map(|it| it.get_name().to_owned()).collect()
}
