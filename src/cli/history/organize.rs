//! Subcommands that label jobs: tags, ratings, titles, collections.

use clap_complete::ArgValueCompleter;

use crate::{
    cli::{completers, context::CliContext, failure::Failure, stdout},
    id::Id,
    library::{LabelChange, LabelError, LibraryError, parse_collection, parse_rating, parse_title},
};

/// Add or remove tags
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype history tag 3fa9c1d2 +fox +night
  tintype history tag 3fa9c1d2 81b0c77e +fox -draft")]
pub(super) struct TagArgs {
    /// Ids, then tags: +fox adds, -draft removes
    #[arg(
        value_name = "ID|+TAG|-TAG",
        required = true,
        num_args = 1..,
        add = ArgValueCompleter::new(completers::job_ids)
    )]
    words: Vec<String>,
}

/// Rate from 1 to 5; 0 removes the rating
#[derive(Debug, clap::Args)]
pub(super) struct RateArgs {
    /// Ids of jobs or images, or parts of them, then the rating
    #[arg(value_name = "ID|RATING", required = true, num_args = 1.., add = ArgValueCompleter::new(completers::job_ids))]
    words: Vec<String>,
}

/// Set the title; an empty one removes it
#[derive(Debug, clap::Args)]
pub(super) struct TitleArgs {
    /// Id of a job or an image, or a part of it
    #[arg(add = ArgValueCompleter::new(completers::job_ids))]
    id: String,

    /// Title; quote it if it has several words
    title: String,
}

/// Add to a collection, or remove from it
#[derive(Debug, clap::Args)]
pub(super) struct CollectArgs {
    /// Ids of jobs or images, or parts of them, then the name of the collection
    #[arg(value_name = "ID|NAME", required = true, num_args = 1.., add = ArgValueCompleter::new(completers::job_ids))]
    words: Vec<String>,

    /// Remove them from the collection
    #[arg(long)]
    remove: bool,
}

pub(super) fn tag(args: &TagArgs, session: &mut CliContext) -> Result<(), Failure> {
    let (ids, tags) = split_ids(&args.words, session)?;
    if tags.is_empty() {
        return Err(Failure::usage("no tag given").with_hint("add tags after the ids, as in `+fox -draft`"));
    }
    let change = LabelChange::parse_tags(tags.iter().map(String::as_str)).map_err(invalid)?;
    change_labels(ids, change, session)
}

pub(super) fn rate(args: &RateArgs, session: &mut CliContext) -> Result<(), Failure> {
    let (rating, ids) = last(&args.words, "rating")?;
    let change = LabelChange::rating(parse_rating(rating).map_err(invalid)?);
    change_labels(find_all(ids, session)?, change, session)
}

pub(super) fn title(args: &TitleArgs, session: &mut CliContext) -> Result<(), Failure> {
    let title = parse_title(&args.title).map_err(invalid)?;
    let ids = find_all(std::slice::from_ref(&args.id), session)?;
    change_labels(ids, LabelChange { title: Some(title), ..LabelChange::default() }, session)
}

pub(super) fn collect(args: &CollectArgs, session: &mut CliContext) -> Result<(), Failure> {
    let (name, ids) = last(&args.words, "name")?;
    let name = [parse_collection(name).map_err(invalid)?].into();
    let change = if args.remove {
        LabelChange { remove_collections: name, ..LabelChange::default() }
    } else {
        LabelChange { add_collections: name, ..LabelChange::default() }
    };
    change_labels(find_all(ids, session)?, change, session)
}

fn invalid(error: LabelError) -> Failure {
    LibraryError::from(error).into()
}

/// Splits the last word off the ids.
fn last<'a>(words: &'a [String], what: &str) -> Result<(&'a str, &'a [String]), Failure> {
    match words.split_last() {
        Some((last, ids)) if !ids.is_empty() => Ok((last, ids)),
        _ => Err(Failure::usage(format!("an id or the {what} is missing"))
            .with_hint(format!("pass ids, then the {what}; `tintype history` lists the ids"))),
    }
}

fn find_all(ids: &[String], session: &mut CliContext) -> Result<Vec<Id>, Failure> {
    ids.iter().map(|id| Ok(session.find(id)?.record.id)).collect()
}

/// Splits words into the ids at their start and the tags after them.
fn split_ids(words: &[String], session: &mut CliContext) -> Result<(Vec<Id>, Vec<String>), Failure> {
    let mut ids = vec![session.find(&words[0])?.record.id];
    let library = session.library()?;
    let mut rest = words[1..].iter();
    for word in rest.by_ref() {
        if word.starts_with(['+', '-']) {
            return Ok((ids, std::iter::once(word).chain(rest).cloned().collect()));
        }
        match session.block_on(library.find(word))? {
            Ok(found) => ids.push(found.record.id),
            Err(LibraryError::NotAnId(_) | LibraryError::NotFound(_)) => return Err(id_or_tag(word)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((ids, Vec::new()))
}

fn id_or_tag(word: &str) -> Failure {
    Failure::usage(format!("no such id: `{word}`")).with_hint(format!("write `+{word}` to add a tag"))
}

fn change_labels(ids: Vec<Id>, change: LabelChange, session: &mut CliContext) -> Result<(), Failure> {
    let library = session.library()?;
    let changed = session.block_on(library.change_labels(ids, change))??;
    session.block_on(library.write_pending_sidecars())?;
    let noun = if changed == 1 { "job" } else { "jobs" };
    stdout::note(&format!("{changed} {noun} changed"));
    Ok(())
}
