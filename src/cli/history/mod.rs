//! `tintype history`: finds, shows, deletes, restores and exports jobs of the library.

use clap::Subcommand;

use super::{failure::Failure, session::Session};

mod change;
mod export;
mod list;
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
pub(super) struct Args {
    #[command(flatten)]
    list: list::Args,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Args),
    Delete(change::Delete),
    Restore(change::Restore),
    EmptyTrash(change::EmptyTrash),
    Rebuild(change::Rebuild),
    Export(export::Args),
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    match &args.command {
        None => list::run(&args.list, session),
        Some(Command::Show(args)) => show::run(args, session),
        Some(Command::Delete(args)) => change::delete(args, session),
        Some(Command::Restore(args)) => change::restore(args, session),
        Some(Command::EmptyTrash(args)) => change::empty_trash(args, session),
        Some(Command::Rebuild(_)) => change::rebuild(session),
        Some(Command::Export(args)) => export::run(args, session),
    }
}
