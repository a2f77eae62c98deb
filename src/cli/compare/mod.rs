//! `tintype compare`: the same prompts drawn by several lanes, measured, and paired up for a blind duel.
//! What a run is and how it goes on after an interruption is `compare`'s business; nothing is counted here.

mod confirm;
mod follow;
mod report;

use std::{
    io,
    path::{Path, PathBuf},
};

use clap_complete::ArgValueCompleter;

use super::{complete, failure::Failure, generate::leading_image, out, prompt, session::Session};
use crate::{
    compare::{LaneError, Pack, PackError, Run, RunError, Runner, Topic, lanes},
    engine::Engine,
    library::Library,
};

pub(super) use confirm::confirm;

/// Draw the same prompts with several models, to find out which is better
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype compare \"a red kite\" --backends gpt-image,codex
      one prompt, figures side by side
  tintype compare --prompts parti-24 --backends gpt-image,codex
      24 pairs for a blind duel (F7 in the studio)
  tintype compare --prompts mine.txt --backends 'sketch?style=pencil,sketch'
      prompts of your own, free and offline

A lane is a backend (gpt-image), a backend with a model (codex:gpt-5.3-codex), either with settings \
(gpt-image?quality=high&size=1024x1024), or the name of a table [compare.lanes.NAME] in the config.

Packs: parti-24, parti-60, parti-120, geneval-24, geneval-60, geneval-120.

The price is told first and asked about at a terminal. What was interrupted goes on when the same command is given \
again; nothing that was sent is sent twice.")]
pub(super) struct Args {
    /// The words, instead of --prompts; - alone reads them from stdin
    #[arg(value_name = "PROMPT", conflicts_with = "prompts")]
    prompt: Vec<String>,

    /// A pack, a file (CSV or TSV with a column `prompt`, JSON Lines, or a prompt a line), or - for stdin
    #[arg(long, value_name = "PACK|FILE|-", add = ArgValueCompleter::new(complete::packs))]
    prompts: Option<PathBuf>,

    /// The lanes, two or more, with commas between
    #[arg(short, long, value_name = "A,B", value_delimiter = ',', required = true)]
    #[arg(add = ArgValueCompleter::new(complete::lanes))]
    backends: Vec<String>,

    /// How often each lane draws each prompt
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Begin again, even where the same run was interrupted or is complete
    #[arg(long)]
    new: bool,

    /// Draw again what was cut off after it was sent; it may be billed twice
    #[arg(long)]
    resend: bool,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,

    /// Say what would be drawn and what it would cost, and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask about the price; the budget holds all the same
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    /// Whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<(), Failure> {
    let (pack, topics) = topics(args)?;
    let registry = session.registry_knowing_all()?;
    let lanes = lanes(&args.backends, &session.config()?.compare.lanes, &registry)?;
    let planned = Run::new(lanes, topics, pack, args.rounds);
    if args.dry_run {
        let quote = planned.quote(0..planned.shots(), &registry)?;
        return report::quote(&planned, &quote, 0, args.json, session);
    }
    let (sender, events) = tokio::sync::mpsc::unbounded_channel();
    let engine = session.engine(sender)?;
    let before =
        if args.new { None } else { session.block_on(interrupted(engine.library(), &planned, args.resend))?? };
    let is_new = before.is_none();
    let run = before.unwrap_or(planned);
    let mut runner = session.block_on(Runner::new(&engine, &run, args.resend))??;
    let quote = run.quote(runner.left(), &registry)?;
    report::quote(&run, &quote, runner.pairs(), args.json, session)?;
    if !quote.is_free() {
        refuse_named_image(args, &run)?;
    }
    session.block_on(afford(&engine, &quote))??;
    if quote.pictures > 0 && !quote.is_free() && !args.yes {
        confirm("go on")?;
    }
    if is_new {
        session.block_on(engine.library().add_run(&run))??;
    }
    follow::follow(&mut runner, events, args.json, session)?;
    report::done(&run, &runner, args.json, session)
}

/// A comparison starts from words alone: the path of an image would be drawn as words, for money.
fn refuse_named_image(args: &Args, run: &Run) -> Result<(), Failure> {
    let typed = run.prompts.first().filter(|_| args.prompts.is_none());
    let image = typed.and_then(|topic| leading_image(&topic.prompt));
    image.map_or(Ok(()), |image| {
        let message = format!("the prompt begins with an image file, `{}`", image.display());
        Err(Failure::usage(message).with_hint("compare models by words alone, or edit the image with `tintype edit`"))
    })
}

/// What is expected must fit; what it may be at most is held against the budget picture by picture.
async fn afford(engine: &Engine, quote: &crate::compare::Quote) -> Result<(), Failure> {
    let expected = quote.estimate.usd.or(quote.estimate.worst()).unwrap_or_default();
    Ok(engine.affords(expected).await?)
}

/// The newest run that draws the same and is not complete.
async fn interrupted(library: &Library, planned: &Run, resend: bool) -> Result<Option<Run>, Failure> {
    for run in library.runs().await?.into_iter().filter(|run| run.repeats(planned)) {
        let pairs = library.pairs_of(run.id).await?;
        let unknown = |side: &crate::compare::Side| side.ending == crate::compare::Ending::Unknown;
        let cut_off = pairs.iter().any(|(_, pair)| unknown(&pair.left) || unknown(&pair.right));
        if (pairs.len() as u32) < run.pairs() || (resend && cut_off) {
            out::note(&format!(
                "note: going on with run {}: {} of {} pairs are there",
                run.id.short(),
                pairs.len(),
                run.pairs()
            ));
            return Ok(Some(run));
        }
    }
    Ok(None)
}

fn topics(args: &Args) -> Result<(Option<String>, Vec<Topic>), Failure> {
    match &args.prompts {
        Some(name) => {
            let pack = if name == Path::new("-") { Pack::read("stdin", io::stdin().lock()) } else { Pack::open(name) };
            let Pack { name, topics } = pack?;
            Ok((Some(name), topics))
        }
        None => Ok((None, Pack::of_one(&prompt::read(&args.prompt)?))),
    }
}

impl From<PackError> for Failure {
    fn from(error: PackError) -> Self {
        Self::usage(error.to_string()).with_hint(error.hint())
    }
}

impl From<LaneError> for Failure {
    fn from(error: LaneError) -> Self {
        if let LaneError::Plan(error) = error {
            return error.into();
        }
        let failure = Self::usage(error.to_string());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        const ON: &str = "what was drawn is kept; give the same command again to go on";
        match error {
            RunError::Submit(error) => error.into(),
            RunError::Library(error) => error.into(),
            RunError::Stopped => Self::new(super::failure::Code::Interrupted, "interrupted", "stopped").with_hint(ON),
            RunError::Lane { lane, error } => {
                let hint = error.hint.clone().map_or_else(|| ON.to_owned(), |hint| format!("{hint}; {ON}"));
                let mut failure = Self::from(*error).with_hint(hint);
                failure.told.iter_mut().for_each(|told| told.message = format!("{lane}: {}", told.message));
                failure
            }
        }
    }
}
