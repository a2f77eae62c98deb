//! Command-line definition: subcommands, flags and their help.
//! The arguments of each subcommand are defined in its own file.

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::ArgValueCompleter;

use super::{
    backends, ballots, compare, completers, completions, config, doctor, edit, generate, global::GlobalArgs, help,
    history, jobs, judge, man, models, render_svg, report, show, stats, themes,
};

const EXAMPLES: &str = "\
Examples:
  tintype                                           open the studio
  tintype generate \"three cats under a full moon\"   generate an image
  echo \"a red kite\" | tintype generate -o kite.png  prompt from a pipe
  tintype history moon --json                       search the history
  tintype compare \"a red kite\" --backends A,B       compare models

In the studio, F1 lists all keys.";

/// An image studio for the terminal: describe an image, watch it appear, refine it
#[derive(Debug, Parser)]
#[command(name = "tintype", version, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: GlobalArgs,

    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Start with this prompt in the studio
    #[arg(value_name = "PROMPT")]
    pub(super) prompt: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Generate(generate::GenerateArgs),
    Edit(edit::EditArgs),
    Show(show::ShowArgs),
    History(history::HistoryArgs),
    Jobs(jobs::JobsArgs),
    Stats(stats::StatsArgs),
    Report(report::ReportArgs),
    Compare(compare::CompareArgs),
    Judge(judge::JudgeArgs),
    Ballots(ballots::BallotsArgs),
    Backends(backends::BackendsArgs),
    Models(models::ModelsArgs),
    Config(config::ConfigArgs),
    Themes(themes::ThemesArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
    Version(help::VersionArgs),
    RenderSvg(render_svg::RenderSvgArgs),
}

/// Returns the command definition for shell completion. Global flags get their dynamic completers here, because
/// `GlobalArgs` has no access to the themes.
pub(super) fn completion_command() -> clap::Command {
    Cli::command().mut_arg("theme", |theme| theme.add(ArgValueCompleter::new(completers::themes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_and_flag_has_help() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
        }
    }

    /// Collects the text below the options of `command` and of all its subcommands.
    fn notes(command: &clap::Command) -> Vec<String> {
        let own = command.get_after_help().map(ToString::to_string);
        own.into_iter().chain(command.get_subcommands().flat_map(notes)).collect()
    }

    #[test]
    fn help_is_not_wrapped_by_hand_and_examples_fit_80_columns() {
        for part in notes(&Cli::command()).iter().flat_map(|notes| notes.split("\n\n")) {
            let is_paragraph = !part.starts_with("Examples:");
            for line in part.lines() {
                assert!(is_paragraph || line.chars().count() <= 80, "too wide: {line}");
                assert!(!is_paragraph || line.ends_with('.'), "broken by hand: {line}");
            }
        }
    }
}
