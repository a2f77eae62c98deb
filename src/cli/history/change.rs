//! What changes the library: into the trash, out of it, gone for good, found again.
//! Deleting is not asked about, because it can be taken back; emptying the trash is.

use crate::cli::{failure::Failure, out, session::Session};

/// Put a job and its files into the trash
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The ids of jobs or images, or pieces of them
    #[arg(required = true)]
    ids: Vec<String>,
}

/// Take a job and its files out of the trash
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The ids of jobs or images, or pieces of them
    #[arg(required = true)]
    ids: Vec<String>,
}

/// Delete what is in the trash for good
#[derive(Debug, clap::Args)]
pub(super) struct EmptyTrash {
    /// Do it; without this nothing is deleted
    #[arg(short, long)]
    yes: bool,
}

/// Find images whose rows are missing, by the files beside them
#[derive(Debug, clap::Args)]
pub(super) struct Rebuild {}

pub(super) fn delete(args: &Delete, session: &mut Session) -> Result<(), Failure> {
    for id in &args.ids {
        let (library, job) = (session.library()?, session.find(id)?.record.id);
        session.block_on(library.trash(job))??;
        out::note(&format!(
            "`{}` is in the trash; `tintype history restore {}` takes it back",
            job.short(),
            job.short()
        ));
    }
    Ok(())
}

pub(super) fn restore(args: &Restore, session: &mut Session) -> Result<(), Failure> {
    for id in &args.ids {
        let (library, job) = (session.library()?, session.find(id)?.record.id);
        session.block_on(library.restore(job))??;
        out::note(&format!("`{}` is back", job.short()));
    }
    Ok(())
}

pub(super) fn empty_trash(args: &EmptyTrash, session: &mut Session) -> Result<(), Failure> {
    if !args.yes {
        let hint = "add --yes; `tintype history --trash` shows what would go";
        return Err(Failure::usage("this deletes files for good").with_hint(hint));
    }
    let library = session.library()?;
    let gone = session.block_on(library.empty_trash())??;
    out::note(&format!("{gone} deleted for good"));
    Ok(())
}

pub(super) fn rebuild(session: &mut Session) -> Result<(), Failure> {
    let library = session.library()?;
    let rebuilt = session.block_on(library.rebuild())??;
    out::note(&format!("{} found again", rebuilt.added));
    rebuilt.skipped.iter().for_each(|skipped| out::note(skipped));
    Ok(())
}
