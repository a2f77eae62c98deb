//! `tintype help` and `tintype version`: the flags `--help` and `--version` as words, and the help of the program with
//! its commands in groups.

use super::{failure::Failure, table::terminal_width};
use crate::{suggest, tui::wrap::wrap_words};

/// The commands in groups, each in the order in which it is listed; all others are listed last.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Image commands", &["generate", "edit", "show"]),
    ("Library commands", &["history", "jobs"]),
    ("Comparison commands", &["compare", "judge", "stats", "report", "ballots"]),
    ("Setup commands", &["backends", "models", "themes", "config", "doctor", "completions", "man"]),
];
/// Maximum width of the help, as of that of the commands.
const MAX_WIDTH: usize = 100;
/// Title of the group of all other commands.
const OTHERS: &str = "Other commands";

/// Print the help of a command
#[derive(Debug, clap::Args)]
pub(super) struct HelpArgs {
    /// Command whose help is printed, such as `history export`
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Print the version
#[derive(Debug, clap::Args)]
pub(super) struct VersionArgs {}

/// Prints the help of a command of `program`.
pub(super) fn run(args: &HelpArgs, program: clap::Command) -> Result<(), Failure> {
    let mut command = &program;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| unknown_subcommand(name, command))?;
    }
    let program = if args.command.is_empty() { grouped(program) } else { program };
    print_flag(program, &args.command, "--help");
    Ok(())
}

/// Prints the help of the program: `-h` or `--help`.
pub(super) fn print_program_help(program: clap::Command, flag: &str) {
    print_flag(grouped(program), &[], flag);
}

/// Prints the version of `program`.
pub(super) fn version(program: clap::Command) {
    print_flag(program, &[], "--version");
}

/// Prints what clap prints for a flag.
fn print_flag(program: clap::Command, command: &[String], flag: &str) {
    let words = ["tintype"].into_iter().chain(command.iter().map(String::as_str)).chain([flag]);
    if let Err(help) = program.try_get_matches_from(words) {
        // The reader is gone (`| head -1`); an error is of no interest.
        let _ = help.print();
    }
}

/// Returns the error about a word that should have been a subcommand of `parent`.
fn unknown_subcommand(word: &str, parent: &clap::Command) -> Failure {
    let names = parent.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    let near = suggest::nearest(word, names);
    no_subcommand(word, &near.map_or_else(|| "see `tintype help`".to_owned(), |name| format!("did you mean `{name}`?")))
}

/// Returns the error about a word that is no subcommand.
pub(super) fn no_subcommand(word: &str, hint: &str) -> Failure {
    Failure::usage(format!("there is no subcommand `{word}`")).with_hint(hint)
}

/// Returns the program for printing its help, with its commands in groups.
fn grouped(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let listed = groups(&command);
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{listed}{{all-args}}{{after-help}}");
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    // Clap would list all commands once more.
    let hidden = names.iter().fold(command, |all, name| all.mut_subcommand(name, |command| command.hide(true)));
    hidden.override_usage(usage).help_template(template)
}

/// Returns the lists of commands, each under its title.
fn groups(command: &clap::Command) -> String {
    let styles = command.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let visible: Vec<&clap::Command> = command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    let width = visible.iter().map(|command| command.get_name().len()).max().unwrap_or(0);
    let room = terminal_width().unwrap_or(MAX_WIDTH).min(MAX_WIDTH).saturating_sub(width + 4);
    let line = |command: &&clap::Command| {
        let (name, about) = (command.get_name(), command.get_about().map(ToString::to_string).unwrap_or_default());
        let about = wrap_words(&about, room).join(&format!("\n{}", " ".repeat(width + 4)));
        format!("  {literal}{name}{literal:#}{}  {about}\n", " ".repeat(width - name.len()))
    };
    let section = |title: &str, lines: String| match lines.as_str() {
        "" => String::new(),
        lines => format!("{header}{title}:{header:#}\n{lines}\n"),
    };
    let in_group = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let listed = GROUPS.iter().map(|(title, names)| {
        let found = names.iter().filter_map(|name| visible.iter().find(|command| command.get_name() == *name));
        section(title, found.map(line).collect())
    });
    let others = visible.iter().filter(|command| !in_group(command.get_name()));
    listed.chain([section(OTHERS, others.map(line).collect())]).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::command::Cli;

    #[test]
    fn every_command_is_listed_once_with_its_description() {
        let help = grouped(Cli::command()).render_long_help().to_string();
        let command = Cli::command();
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let (name, about) = (command.get_name(), command.get_about().unwrap());
            let listed = help.lines().filter(|line| line.split_whitespace().next() == Some(name)).count();
            assert_eq!(listed, 1, "{name}:\n{help}");
            let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(&format!("{name} {about}")), "{name}:\n{help}");
        }
        assert!(help.contains("Image commands:\n  generate") && help.contains("Usage: tintype"), "{help}");
        assert!(help.contains("[PROMPT]...") && help.contains("--theme") && help.contains("Examples:"), "{help}");
    }

    #[test]
    fn groups_name_existing_commands() {
        let command = Cli::command();
        for name in GROUPS.iter().flat_map(|(_, names)| *names) {
            assert!(command.find_subcommand(name).is_some(), "{name}");
        }
    }

    #[test]
    fn lines_fit_the_width() {
        for line in groups(&Cli::command()).lines() {
            assert!(line.chars().count() <= MAX_WIDTH + "\u{1b}[1m\u{1b}[0m".len() * 2, "{line}");
        }
    }
}
