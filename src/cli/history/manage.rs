//! Subcommands that change the library: delete, restore, empty the trash, rebuild.
//! Deleting needs no confirmation because it can be undone; emptying the trash does.

use clap_complete::ArgValueCompleter;

use crate::{
    cli::{completers, context::CliContext, failure::Failure, stdout},
    library::Library,
};

/// Move jobs and their files to the trash
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    /// Ids of jobs or images, or parts of them
    #[arg(required = true, add = ArgValueCompleter::new(completers::job_ids))]
    ids: Vec<String>,
}

/// Restore jobs and their files from the trash
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// Ids of jobs or images, or parts of them
    #[arg(required = true, add = ArgValueCompleter::new(completers::trashed_ids))]
    ids: Vec<String>,
}

/// Permanently delete everything in the trash
#[derive(Debug, clap::Args)]
pub(super) struct EmptyTrashArgs {
    /// Confirm; nothing is deleted without this flag
    #[arg(short, long)]
    yes: bool,
}

/// Rebuild and repair the history from the sidecar files
#[derive(Debug, clap::Args)]
pub(super) struct RebuildArgs {}

pub(super) fn delete(args: &DeleteArgs, session: &mut CliContext) -> Result<(), Failure> {
    for id in &args.ids {
        let (library, job) = (session.library()?, session.find(id)?.record.id);
        session.block_on(library.trash(job))??;
        stdout::note(&format!(
            "moved `{}` to the trash; `tintype history restore {}` restores it",
            job.short(),
            job.short()
        ));
    }
    Ok(())
}

pub(super) fn restore(args: &RestoreArgs, session: &mut CliContext) -> Result<(), Failure> {
    for id in &args.ids {
        let (library, job) = (session.library()?, session.find(id)?.record.id);
        session.block_on(library.restore(job))??;
        stdout::note(&format!("restored `{}`", job.short()));
    }
    Ok(())
}

pub(super) fn empty_trash(args: &EmptyTrashArgs, session: &mut CliContext) -> Result<(), Failure> {
    if !args.yes {
        let hint = "pass --yes to confirm; `tintype history --trash` lists the files";
        return Err(Failure::usage("this permanently deletes files").with_hint(hint));
    }
    let library = session.library()?;
    let gone = session.block_on(library.empty_trash())??;
    stdout::note(&format!("{gone} permanently deleted"));
    Ok(())
}

pub(super) fn rebuild(session: &mut CliContext) -> Result<(), Failure> {
    // Marks the database for a full check on opening, which sets a damaged one aside.
    if session.data_dir()?.exists() {
        Library::request_full_check(&session.data_dir()?);
    }
    let library = session.library()?;
    let rebuilt = session.block_on(library.rebuild())??;
    let words = rebuilt.summary();
    stdout::note(if words.is_empty() { "the history was already complete" } else { &words });
    rebuilt.skipped.iter().for_each(|skipped| stdout::note(skipped));
    rebuilt
        .missing
        .iter()
        .for_each(|path| stdout::note(&format!("the file of an image is missing: `{}`", path.display())));
    Ok(())
}
