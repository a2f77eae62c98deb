//! What changes the library: into the trash, out of it, gone for good, found again.
//! Deleting is not asked about, because it can be taken back; emptying the trash is.

use clap_complete::ArgValueCompleter;

use crate::{
    cli::{complete, failure::Failure, out, session::Session},
    library::Library,
};

/// Put a job and its files into the trash
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The ids of jobs or images, or pieces of them
    #[arg(required = true, add = ArgValueCompleter::new(complete::ids))]
    ids: Vec<String>,
}

/// Take a job and its files out of the trash
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The ids of jobs or images, or pieces of them
    #[arg(required = true, add = ArgValueCompleter::new(complete::trashed))]
    ids: Vec<String>,
}

/// Delete what is in the trash for good
#[derive(Debug, clap::Args)]
pub(super) struct EmptyTrash {
    /// Do it; without this nothing is deleted
    #[arg(short, long)]
    yes: bool,
}

/// Restore and repair the history from the files beside the images
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
    // Opening looks at all of it then, and sets a damaged database aside.
    if session.data_dir()?.exists() {
        Library::suspect(&session.data_dir()?);
    }
    let library = session.library()?;
    let rebuilt = session.block_on(library.rebuild())??;
    let words = rebuilt.words();
    out::note(if words.is_empty() { "nothing was missing from the history" } else { &words });
    rebuilt.skipped.iter().for_each(|skipped| out::note(skipped));
    rebuilt
        .missing
        .iter()
        .for_each(|path| out::note(&format!("the file of an image is missing: `{}`", path.display())));
    Ok(())
}
