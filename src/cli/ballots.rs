//! `tintype ballots`: exports every vote as JSON Lines, so that anyone can recount them.

use super::{context::CliContext, failure::Failure};

/// Export every vote as JSON Lines
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype ballots > ballots.jsonl
  tintype ballots --pack parti-24 | jq -r .follows | sort | uniq -c
  tintype ballots | jq -c 'select(.voter.kind == \"human\")'

A ballot is self-contained: the prompt and its SHA-256, the lanes and their settings, the SHA-256 of both images, \
which was left and which right, both answers, and how long they took.")]
pub(super) struct BallotsArgs {
    /// Only votes on prompts from this pack
    #[arg(long, value_name = "PACK")]
    pack: Option<String>,
}

pub(super) fn run(args: &BallotsArgs, session: &mut CliContext) -> Result<(), Failure> {
    let Some(library) = session.existing_library()? else { return Ok(()) };
    let ballots = session.block_on(library.ballots())??;
    let wanted = ballots.iter().filter(|ballot| args.pack.is_none() || ballot.pack == args.pack);
    wanted.into_iter().try_for_each(|ballot| session.out.json(ballot))
}
