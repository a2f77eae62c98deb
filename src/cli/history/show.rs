//! `tintype history show`: prints all details of one job.
//! The image itself is shown by `tintype show`.

use clap_complete::ArgValueCompleter;
use jiff::tz::TimeZone;

use crate::{
    cli::{completers, context::CliContext, failure::Failure, table::table},
    library::{HistoryRow, Lineage, Record},
};

/// Print all details of a job or an image
#[derive(Debug, clap::Args)]
pub(super) struct HistoryShowArgs {
    /// Id of a job or an image, or a part of it
    #[arg(add = ArgValueCompleter::new(completers::job_ids))]
    id: String,

    /// JSON output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &HistoryShowArgs, session: &mut CliContext) -> Result<(), Failure> {
    let found = session.find(&args.id)?;
    if args.json {
        return session.out.json(&HistoryRow::from(&found.record));
    }
    let library = session.library()?;
    let relatives = session.block_on(library.lineage(&found.record))??;
    let rows: Vec<[String; 2]> =
        facts(&found.record, &relatives).into_iter().map(|(name, fact)| [name.to_owned(), fact]).collect();
    table(&rows, None).iter().try_for_each(|line| session.out.line(line))
}

/// Formats an ancestor or descendant: its id and its prompt.
fn relative(record: &Record) -> String {
    format!("{}  {}", record.id.short(), record.prompt)
}

fn facts(record: &Record, relatives: &Lineage) -> Vec<(&'static str, String)> {
    let unknown = || "unknown".to_owned();
    let mut facts = vec![
        ("job", record.id.to_string()),
        ("created", record.created.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()),
        ("state", record.state.name().to_owned()),
        ("backend", record.backend.clone()),
        ("model", record.model.clone()),
        ("prompt", record.prompt.clone()),
    ];
    facts.extend(record.labels.lines());
    facts.extend(record.revised_prompt.iter().map(|prompt| ("revised", prompt.clone())));
    facts.extend(record.settings.iter().map(|(name, value)| ("setting", format!("{name} = {value}"))));
    facts.extend(record.effective.iter().map(|(name, value)| ("effective", format!("{name} = {value}"))));
    facts.push(("cost", record.cost.as_ref().map_or_else(unknown, |cost| cost.usd.to_string())));
    facts.push(("seconds", record.seconds.map_or_else(unknown, |seconds| format!("{seconds:.1}"))));
    facts.extend(record.parent.iter().map(|parent| ("made from", parent.to_string())));
    facts.extend(record.inputs.lines(record.parent));
    facts.extend(relatives.made_from.iter().map(|older| ("after", relative(older))));
    facts.extend(relatives.led_to.iter().map(|younger| ("led to", relative(younger))));
    facts.extend(record.error.iter().map(|error| ("error", error.message.clone())));
    facts.extend(record.error.iter().filter_map(|error| error.hint.clone()).map(|hint| ("hint", hint)));
    facts.extend(record.ids.request_id.iter().map(|id| ("request id", id.clone())));
    if let Some(directed) = &record.directed {
        facts.push(("original", directed.from.clone()));
        facts.push(("enhanced", format!("by {} {}", directed.by, directed.model)));
    }
    facts.extend(record.validity.iter().map(|validity| ("svg", validity.to_string())));
    facts.extend(record.notes.iter().map(|note| ("note", note.clone())));
    for image in &record.images {
        facts.push(("image", format!("{} {} {}x{}", image.id, image.format, image.width, image.height)));
        facts.push((if image.missing { "missing file" } else { "file" }, image.path.display().to_string()));
        facts.extend(image.svg.iter().map(|svg| ("source", svg.display().to_string())));
    }
    facts
}
