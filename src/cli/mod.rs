//! Command-line interface: one file per subcommand, one exit code, one place that prints errors.
//! Jobs, rendering and the library are implemented elsewhere; this layer parses arguments and prints results.

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser};

mod backends;
mod ballots;
mod clap_errors;
mod command;
mod compare;
mod completers;
mod completions;
mod config;
mod context;
mod destination;
mod doctor;
mod edit;
mod failure;
mod generate;
mod global;
mod help;
mod history;
mod jobs;
mod judge;
mod logs;
mod man;
mod minus_words;
mod models;
mod print_image;
mod prompt;
mod recovery;
mod render_svg;
mod report;
mod show;
mod signals;
mod stats;
mod stdout;
mod studio;
mod table;
mod themes;

use command::{Cli, Command};
use context::CliContext;
use failure::Failure;

/// Runs the command line, prints its output, and returns the exit code. The first word is the name of the program.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(code) = completions::complete_from_env(&words, command::completion_command) {
        return code;
    }
    let Cli { global, command, prompt } =
        match Cli::try_parse_from(minus_words::move_behind_flags(&words, Cli::command)) {
            Ok(cli) => cli,
            Err(error) => return clap_errors::print_clap_error(&error, &words),
        };
    let mut session = CliContext::new(global);
    let _log = session.start_log();
    let done = match &command {
        None => open_studio(&prompt, &mut session),
        Some(command) => session.check_theme().and_then(|()| dispatch(command, &mut session)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            fail(&failure, command.as_ref().is_some_and(is_json), &mut session);
            failure.code.into()
        }
    }
}

/// Returns the exit code for a job that failed with this kind of error.
pub fn exit_code(kind: tintype_backends::ErrorKind) -> u8 {
    failure::FailureCode::from(kind) as u8
}

fn open_studio(words: &[String], session: &mut CliContext) -> Result<(), Failure> {
    clap_errors::refuse_mistyped(words)?;
    let prompt = (!words.is_empty()).then(|| words.join(" "));
    studio::run(prompt.as_deref(), session)
}

fn dispatch(command: &Command, session: &mut CliContext) -> Result<(), Failure> {
    match command {
        Command::Generate(args) => generate::run(args, session),
        Command::Edit(args) => edit::run(args, session),
        Command::Show(args) => show::run(args, session),
        Command::History(args) => history::run(args, session),
        Command::Jobs(args) => jobs::run(args, session),
        Command::Report(args) => report::run(args, session),
        Command::Stats(args) => stats::run(args, session),
        Command::Compare(args) => compare::run(args, session),
        Command::Judge(args) => judge::run(args, session),
        Command::Ballots(args) => ballots::run(args, session),
        Command::Backends(args) => backends::run(args, session),
        Command::Models(args) => models::run(args, session),
        Command::Config(args) => config::run(args, session),
        Command::Themes(args) => themes::run(args, session),
        Command::Doctor(args) => doctor::run(args, session),
        Command::Completions(args) => completions::run(args, session),
        Command::Man(args) => man::run(args, Cli::command(), session),
        Command::Help(args) => help::run(args, Cli::command()),
        Command::Version(_) => {
            help::version(Cli::command());
            Ok(())
        }
        Command::RenderSvg(args) => render_svg::run(args),
    }
}

/// Returns whether a failure is also printed as a JSON object on stdout.
fn is_json(command: &Command) -> bool {
    match command {
        Command::Generate(args) => args.is_json(),
        Command::Edit(args) => args.is_json(),
        Command::Jobs(args) => args.is_json(),
        Command::Compare(args) => args.is_json(),
        Command::Judge(args) => args.is_json(),
        _ => false,
    }
}

fn fail(failure: &Failure, json: bool, session: &mut CliContext) {
    if json {
        // Writing to stdout may be what failed; stderr reports the failure in any case.
        let _ = session.out.json(&generate::failed_event(failure));
    }
    stdout::fail(failure);
}
