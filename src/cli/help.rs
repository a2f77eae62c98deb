//! `tintype help` and `tintype version`: the flags `--help` and `--version` as words, and the help of the program with
//! its commands in groups.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};

use super::{clap_errors, command::Cli, failure::Failure, table::terminal_width};
use crate::tui::wrap::wrap_words;

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

pub(super) fn run(args: &HelpArgs) -> Result<(), Failure> {
    let mut command = Cli::command();
    for name in &args.command {
        let Some(found) = command.find_subcommand(name).cloned() else {
            return Err(clap_errors::unknown_subcommand(name, &command));
        };
        command = found;
    }
    print_flag(&args.command, "--help");
    Ok(())
}

pub(super) fn version() {
    print_flag(&[], "--version");
}

/// Prints what clap prints for a flag.
fn print_flag(command: &[String], flag: &str) {
    let words = ["tintype"].into_iter().chain(command.iter().map(String::as_str)).chain([flag]);
    let words: Vec<OsString> = words.map(OsString::from).collect();
    if let Err(help) = Cli::try_parse_from(&words) {
        clap_errors::print_clap_error(&help, &words);
    }
}

/// Returns the program for printing its help, with its commands in groups.
pub(super) fn grouped() -> clap::Command {
    let command = Cli::command();
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
    use super::*;

    #[test]
    fn every_command_is_listed_once_with_its_description() {
        let help = grouped().render_long_help().to_string();
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
