//! `tintype jobs`: lists, resumes and discards unfinished jobs.
//! It never sends a request again; if the provider no longer has the job, it reports so.

use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::unbounded_channel;

use super::{
    completers,
    context::CliContext,
    failure::Failure,
    generate::{OutputMode, execute, report_saved},
    stdout,
    table::{table, terminal_width},
};
use crate::{
    engine::job_process,
    library::{HistoryRow, JobState, Record},
};

/// List, resume or discard unfinished jobs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype jobs                   list unfinished jobs
  tintype jobs resume 3fa9c1d2   resume a job
  tintype jobs discard 3fa9c1d2  discard a job; you may have been charged")]
pub(super) struct JobsArgs {
    /// JSON Lines output
    #[arg(long)]
    json: bool,

    #[command(subcommand)]
    command: Option<JobsCommand>,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Resume a job, if its backend supports it
    Resume {
        /// Id of the job, or a part of it
        #[arg(add = ArgValueCompleter::new(completers::unfinished))]
        id: String,

        /// JSON Lines output
        #[arg(long)]
        json: bool,
    },
    /// Discard a job; you may have been charged
    Discard {
        /// Id of the job, or a part of it
        #[arg(add = ArgValueCompleter::new(completers::unfinished))]
        id: String,
    },
}

impl JobsArgs {
    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json || matches!(self.command, Some(JobsCommand::Resume { json: true, .. }))
    }
}

pub(super) fn run(args: &JobsArgs, session: &mut CliContext) -> Result<(), Failure> {
    match &args.command {
        None => list(args.json, session),
        Some(JobsCommand::Resume { id, json }) => resume(id, *json, session),
        Some(JobsCommand::Discard { id }) => discard(id, session),
    }
}

fn list(json: bool, session: &mut CliContext) -> Result<(), Failure> {
    let Some(library) = session.existing_library()? else { return Ok(()) };
    let unfinished = session.block_on(library.unfinished())??;
    if json {
        return unfinished.iter().try_for_each(|record| session.out.json(&HistoryRow::from(record)));
    }
    if unfinished.is_empty() {
        stdout::note("no unfinished jobs");
    }
    let rows: Vec<[String; 5]> = unfinished.iter().map(row).collect();
    table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))?;
    unfinished
        .iter()
        .map(|record| describe(record, job_process(&library, record.id)))
        .for_each(|known| stdout::note(&known));
    Ok(())
}

fn row(record: &Record) -> [String; 5] {
    let when = record.sent.unwrap_or(record.created).to_zoned(TimeZone::system());
    [
        record.id.short(),
        record.state.name().to_owned(),
        when.strftime("%Y-%m-%d %H:%M").to_string(),
        record.backend.clone(),
        record.prompt.clone(),
    ]
}

/// Formats the state of a job and its next step. `process` is the id of the process that is running it.
fn describe(record: &Record, process: Option<u32>) -> String {
    let job = record.id.short();
    let request = record.ids.request_id.as_ref().map(|id| format!(", request `{id}`")).unwrap_or_default();
    if let Some(process) = process {
        return format!("note: {job}: running in process {process}{request}");
    }
    // A job without a ticket was already closed when the library was opened.
    let left = "Tintype exited before the response arrived; the backend may have finished it";
    let known = record.error.as_ref().map_or(left, |error| error.message.as_str());
    let resumable = record.error.as_ref().is_some_and(|error| error.resumable);
    let next = match record.state {
        JobState::Unknown if !resumable => format!("discard it with `tintype jobs discard {job}`"),
        _ => format!("resume it with `tintype jobs resume {job}`"),
    };
    format!("note: {job}: {known}{request}; {next}")
}

fn resume(id: &str, json: bool, session: &mut CliContext) -> Result<(), Failure> {
    let record = session.find(id)?.record;
    let telling = OutputMode { json, output: None, yes: false, shown: None };
    // Opening the library may already have recovered the job.
    if record.state == JobState::Saved {
        return report_saved(&record, &telling);
    }
    let job = record.id;
    let (sender, events) = unbounded_channel();
    let engine = session.engine(sender)?;
    let resumed = engine.clone();
    execute(&engine, async move { Ok(resumed.resume(job).await.map(|()| job)?) }, events, &telling, session)
}

fn discard(id: &str, session: &mut CliContext) -> Result<(), Failure> {
    let job = session.find(id)?.record.id;
    let (sender, _) = unbounded_channel();
    let engine = session.engine(sender)?;
    session.block_on(engine.discard(job))??;
    stdout::note(&format!("discarded `{}`", job.short()));
    Ok(())
}
