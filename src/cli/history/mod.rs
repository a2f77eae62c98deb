//! `tintype history`: finds, shows, deletes, restores and exports jobs of the library.

use clap::Subcommand;

use super::{context::CliContext, failure::Failure};

mod export;
mod export_selection;
mod list;
mod manage;
mod organize;
mod show;
mod spend;

/// Find earlier images, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype history                             list the latest images
  tintype history moon --limit 5              search words starting with moon
  tintype history tag:fox 'rating:>=4'        search with filters
  tintype history tag 3fa9c1d2 +fox -draft    add and remove tags
  tintype history --json | jq -r .prompt      list everything as JSON Lines
  tintype history --spend                     show spending by backend
  tintype history export 3fa9c1d2 -o cat.png  export an image

An id can be shortened to four digits from its start or end in the listing, as long as no other id has them.

Filters: tag:NAME collection:NAME rating:>=4 is:favorite|edit|trashed|failed|unfinished backend:NAME model:ID \
recipe:NAME batch:ID state:NAME after:DATE before:DATE cost:>0.10 size:>=2048 aspect:wide|tall|square \
sort:newest|oldest|rating|cost. A minus before a word or a filter excludes it; quotes keep words together.")]
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
    Tag(organize::TagArgs),
    Rate(organize::RateArgs),
    Title(organize::TitleArgs),
    Collect(organize::CollectArgs),
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
        Some(HistoryCommand::Tag(args)) => organize::tag(args, session),
        Some(HistoryCommand::Rate(args)) => organize::rate(args, session),
        Some(HistoryCommand::Title(args)) => organize::title(args, session),
        Some(HistoryCommand::Collect(args)) => organize::collect(args, session),
    }
}
