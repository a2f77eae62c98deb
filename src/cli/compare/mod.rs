//! `tintype compare`: generates the same prompts with several lanes, measures them, and pairs them for a blind vote.
//! Execution and resumption of a run are implemented in `compare`; votes are evaluated in `stats`.

mod confirm;
mod execute;
mod report;

use std::{
    io,
    path::{Path, PathBuf},
};

use clap_complete::ArgValueCompleter;

use super::{completers, context::CliContext, failure::Failure, generate::leading_image, prompt, stdout};
use crate::{
    compare::{ComparisonRun, LaneError, Pack, PackError, RunError, RunPrompt, Runner, parse_lanes},
    engine::Engine,
    library::Library,
};

pub(super) use confirm::confirm;

/// Compare models on the same prompts
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype compare \"a red kite\" --backends gpt-image,codex
      one prompt, results side by side
  tintype compare --prompts parti-24 --backends gpt-image,codex
      24 pairs for a blind vote (F7 in the studio)
  tintype compare --prompts mine.txt --backends 'sketch?style=pencil,sketch'
      your own prompts, free and offline

A lane is a backend (gpt-image), a backend with a model (codex:gpt-5.3-codex), either with settings \
(gpt-image?quality=high&size=1024x1024), or the name of a table [compare.lanes.NAME] in the config.

Packs: parti-24, parti-60, parti-120, geneval-24, geneval-60, geneval-120.

The estimated cost is printed first and has to be confirmed at a terminal. Repeat the same command to continue an \
interrupted run; no request is sent twice.")]
pub(super) struct CompareArgs {
    /// Prompt, instead of --prompts; `-` reads stdin
    #[arg(value_name = "PROMPT", conflicts_with = "prompts")]
    prompt: Vec<String>,

    /// Pack, file (CSV or TSV with a `prompt` column, JSON Lines, or one prompt per line), or - for stdin
    #[arg(long, value_name = "PACK|FILE|-", add = ArgValueCompleter::new(completers::packs))]
    prompts: Option<PathBuf>,

    /// Two or more lanes, separated by commas
    #[arg(short, long, value_name = "A,B", value_delimiter = ',', required = true)]
    #[arg(add = ArgValueCompleter::new(completers::lanes))]
    backends: Vec<String>,

    /// Number of images per lane and prompt
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Start a new run even if the same one was interrupted or is complete
    #[arg(long)]
    new: bool,

    /// Send requests again whose outcome is unknown; you may be charged twice
    #[arg(long)]
    resend: bool,

    /// JSON Lines output
    #[arg(long)]
    json: bool,

    /// Show the requests and their estimated cost without sending anything
    #[arg(long)]
    dry_run: bool,

    /// Skip the cost confirmation; the budget still applies
    #[arg(short, long)]
    yes: bool,
}

impl CompareArgs {
    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }
}

pub(super) fn run(args: &CompareArgs, session: &mut CliContext) -> Result<(), Failure> {
    let (pack, topics) = topics(args)?;
    let registry = session.registry_with_all_capabilities()?;
    let lanes = parse_lanes(&args.backends, &session.config()?.compare.lanes, &registry)?;
    let planned = ComparisonRun::new(lanes, topics, pack, args.rounds);
    if args.dry_run {
        let quote = planned.quote(0..planned.image_count(), &registry)?;
        return report::print_quote(&planned, &quote, 0, args.json, session);
    }
    let (sender, events) = tokio::sync::mpsc::unbounded_channel();
    let engine = session.engine(sender)?;
    let before = if args.new {
        None
    } else {
        session.block_on(find_incomplete_run(engine.library(), &planned, args.resend))??
    };
    let is_new = before.is_none();
    let run = before.unwrap_or(planned);
    let mut runner = session.block_on(Runner::new(&engine, &run, args.resend))??;
    let quote = run.quote(runner.remaining(), &registry)?;
    report::print_quote(&run, &quote, runner.pairs(), args.json, session)?;
    if !quote.is_free() {
        refuse_named_image(args, &run)?;
    }
    session.block_on(check_budget(&engine, &quote))??;
    if quote.pictures > 0 && !quote.is_free() && !args.yes {
        confirm("continue")?;
    }
    if is_new {
        session.block_on(engine.library().add_run(&run))??;
    }
    execute::execute(&mut runner, events, args.json, session)?;
    report::print_result(&run, &runner, args.json, session)
}

/// Refuses a prompt that starts with the path of an image: a comparison takes text only, and the path would be sent as
/// part of a paid prompt.
fn refuse_named_image(args: &CompareArgs, run: &ComparisonRun) -> Result<(), Failure> {
    let typed = run.prompts.first().filter(|_| args.prompts.is_none());
    let image = typed.and_then(|topic| leading_image(&topic.prompt));
    image.map_or(Ok(()), |image| {
        let message = format!("the prompt starts with an image file, `{}`", image.display());
        Err(Failure::usage(message).with_hint("remove the path from the prompt, or edit the image with `tintype edit`"))
    })
}

/// Checks that the expected cost fits the budget. The upper bound is enforced later, image by image.
async fn check_budget(engine: &Engine, quote: &crate::compare::RunEstimate) -> Result<(), Failure> {
    let expected = quote.estimate.usd.or(quote.estimate.upper_bound()).unwrap_or_default();
    Ok(engine.check_affordable(expected).await?)
}

/// Returns the newest incomplete run with the same lanes and prompts as `planned`. With `resend`, a run that has images
/// of unknown outcome counts as incomplete.
async fn find_incomplete_run(
    library: &Library,
    planned: &ComparisonRun,
    resend: bool,
) -> Result<Option<ComparisonRun>, Failure> {
    for run in library.runs().await?.into_iter().filter(|run| run.is_same_as(planned)) {
        let pairs = library.pairs_of(run.id).await?;
        let unknown = |side: &crate::compare::PairSide| side.ending == crate::compare::LaneOutcome::Unknown;
        let cut_off = pairs.iter().any(|(_, pair)| unknown(&pair.left) || unknown(&pair.right));
        if (pairs.len() as u32) < run.pairs() || (resend && cut_off) {
            stdout::note(&format!(
                "note: continuing run {}: {} of {} pairs complete",
                run.id.short(),
                pairs.len(),
                run.pairs()
            ));
            return Ok(Some(run));
        }
    }
    Ok(None)
}

fn topics(args: &CompareArgs) -> Result<(Option<String>, Vec<RunPrompt>), Failure> {
    match &args.prompts {
        Some(name) => {
            let pack = if name == Path::new("-") { Pack::read("stdin", io::stdin().lock()) } else { Pack::open(name) };
            let Pack { name, topics } = pack?;
            Ok((Some(name), topics))
        }
        None => Ok((None, Pack::single_prompt(&prompt::read(&args.prompt)?))),
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
        const ON: &str = "finished images are kept; repeat the command to continue";
        match error {
            RunError::Submit(error) => error.into(),
            RunError::Library(error) => error.into(),
            RunError::Stopped => {
                Self::new(super::failure::FailureCode::Interrupted, "interrupted", "stopped").with_hint(ON)
            }
            RunError::Lane { lane, error } => {
                let hint = error.hint.clone().map_or_else(|| ON.to_owned(), |hint| format!("{hint}; {ON}"));
                let mut failure = Self::from(*error).with_hint(hint);
                failure.messages.iter_mut().for_each(|told| told.message = format!("{lane}: {}", told.message));
                failure
            }
        }
    }
}
