//! `tintype history`: lists jobs, as a table or as JSON Lines.
//! Pages are loaded as they are printed, so that a long history needs no memory.

use jiff::tz::TimeZone;
use tintype_backends::suggest;

use crate::{
    cli::{
        context::CliContext,
        failure::Failure,
        stdout,
        table::{table, terminal_width},
    },
    library::{HistoryRow, JobState, LibraryError, Query, Record, search_language::Search},
};

use super::spend;

/// Number of records per query.
const PAGE: u32 = 500;

/// Default number of lines on a terminal.
const SCREENFUL: u64 = 20;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct HistoryListArgs {
    /// Words and filters, such as fox tag:night rating:>=4; the documentation lists the filters
    #[arg(value_name = "QUERY")]
    query: Vec<String>,

    /// Maximum number of entries [default: 20 on a terminal, else all]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Only favorites, like is:favorite
    #[arg(long, alias = "marked")]
    favorite: bool,

    /// List trashed jobs, like is:trashed
    #[arg(long)]
    trash: bool,

    /// Show spending instead: today, this month, by backend
    #[arg(long, conflicts_with_all = ["query", "limit", "favorite", "trash"])]
    spend: bool,

    /// JSON Lines output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &HistoryListArgs, session: &mut CliContext) -> Result<(), Failure> {
    if args.spend {
        return spend::run(args.json, session);
    }
    let query = args.query();
    Search::parse(&query.text).map_err(LibraryError::from)?;
    let Some(library) = session.existing_library()? else {
        summary(args, 0, 0);
        return Ok(());
    };
    let usual = if args.json || !stdout::is_terminal() { u64::MAX } else { SCREENFUL };
    let wanted = args.limit.unwrap_or(usual);
    let (mut shown, mut total) = (0, 0);
    while shown < wanted && !session.out.is_closed() {
        let limit = u32::try_from(wanted - shown).unwrap_or(PAGE).min(PAGE);
        let page = session.block_on(library.page(query.clone(), shown, limit))??;
        total = page.total;
        if page.records.is_empty() {
            break;
        }
        shown += page.records.len() as u64;
        print(&page.records, args.json, session)?;
    }
    summary(args, shown, total);
    Ok(())
}

impl HistoryListArgs {
    fn query(&self) -> Query {
        let flags = [(self.favorite, "is:favorite"), (self.trash, "is:trashed")];
        let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, filter)| filter);
        let words = self.query.iter().map(String::as_str);
        // First, since a quote that is not closed reaches to the end.
        Query::new(flags.chain(words).collect::<Vec<_>>().join(" "))
    }
}

fn print(records: &[Record], json: bool, session: &mut CliContext) -> Result<(), Failure> {
    if json {
        return records.iter().try_for_each(|record| session.out.json(&HistoryRow::from(record)));
    }
    let rows: Vec<[String; 5]> = records.iter().map(row).collect();
    table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))
}

fn row(record: &Record) -> [String; 5] {
    let when = record.created.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
    let mark = marks(record);
    let state = match record.state {
        JobState::Saved => format!("{}{mark}", images(record)),
        other => format!("{}{mark}", other.name()),
    };
    let prompt = if record.parent.is_some() { format!("↳ {}", record.prompt) } else { record.prompt.clone() };
    [record.id.short(), when, state, record.backend_and_model(), prompt]
}

/// Returns the favorite mark and the rating.
fn marks(record: &Record) -> String {
    let favorite = if record.labels.favorite { " *" } else { "" };
    let rating = record.labels.rating.map(|rating| format!(" {rating}/5")).unwrap_or_default();
    format!("{favorite}{rating}")
}

/// Formats the image count, including missing files.
fn images(record: &Record) -> String {
    let count = record.images.len();
    let noun = if count == 1 { "image" } else { "images" };
    match record.images.iter().filter(|image| image.missing).count() {
        0 => format!("{count} {noun}"),
        missing if missing == count => format!("{count} {noun} missing"),
        missing => format!("{count} {noun}, {missing} missing"),
    }
}

/// Returns the subcommand that the first word of a query probably stands for.
fn mistyped_subcommand(words: &[String]) -> Option<&'static str> {
    let names = ["show", "delete", "restore", "empty-trash", "rebuild", "export", "tag", "rate", "title", "collect"];
    words.first().filter(|_| words.len() > 1).and_then(|word| suggest::nearest(word, names))
}

fn summary(args: &HistoryListArgs, shown: u64, total: u64) {
    match (shown, total) {
        _ if args.json => {}
        (0, _) if args.query.is_empty() => stdout::note("nothing here yet"),
        (0, _) => stdout::note(&match mistyped_subcommand(&args.query) {
            Some(name) => format!("no matches; did you mean `tintype history {name}`?"),
            None => "no matches".to_owned(),
        }),
        _ if shown < total => stdout::note(&format!("{shown} of {total}; use --limit to show more")),
        _ => {}
    }
}
