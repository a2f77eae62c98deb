//! `tintype history`: finds, shows, deletes, restores and exports jobs of the library.

use clap::Subcommand;

use super::{context::CliContext, failure::Failure};

mod export;
mod list;
mod manage;
mod show;
mod spend;

/// Find earlier images, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype history                             the latest ones
  tintype history moon --limit 5              with a word that starts with moon
  tintype history --json | jq -r .prompt      everything, one JSON object a line
  tintype history --spend                     what it cost, by backend
  tintype history export 3fa9c1d2 -o cat.png  copy an image out

Four digits from the start or the end of an id as the listing shows it are enough while no other id has them.")]
pub(super) struct HistoryArgs {
    #[command(flatten)]
    list: list::HistoryListArgs,

    #[command(subcommand)]
    command: Option<HistoryCommand>,
}

#[derive(Debug, Subcommand)]
enum HistoryCommand {
    Show(show::HistoryShowArgs),
    Delete(manage::DeleteArgs),
    Restore(manage::RestoreArgs),
    EmptyTrash(manage::EmptyTrashArgs),
    Rebuild(manage::RebuildArgs),
    Export(export::ExportArgs),
}

pub(super) fn run(args: &HistoryArgs, session: &mut CliContext) -> Result<(), Failure> {
    match &args.command {
        None => list::run(&args.list, session),
        Some(HistoryCommand::Show(args)) => show::run(args, session),
        Some(HistoryCommand::Delete(args)) => manage::delete(args, session),
        Some(HistoryCommand::Restore(args)) => manage::restore(args, session),
        Some(HistoryCommand::EmptyTrash(args)) => manage::empty_trash(args, session),
        Some(HistoryCommand::Rebuild(_)) => manage::rebuild(session),
        Some(HistoryCommand::Export(args)) => export::run(args, session),
    }
}
