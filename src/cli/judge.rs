//! `tintype judge`: has a model judge the pairs of a run, each in both orders, within the budget.
//! Its ballots are kept apart from human votes and are evaluated in `stats`.

use clap_complete::ArgValueCompleter;
use serde_json::json;
use tintype_backends::{Estimate, Usd};

use super::{
    compare::confirm, completers, context::CliContext, failure::Failure, generate::format_estimate, stats::matches_id,
    stdout, table::pluralize,
};
use crate::{
    compare::{ComparisonPair, ComparisonRun, Judge, JudgeError, JudgeVerdict, Preference, Voter},
    engine::{Engine, QuestionError},
    library::{Library, LibraryError},
};

/// Have a model judge the pairs of a run, each in both orders
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype judge
      the newest run, judged by the first backend with a text model
  tintype judge 3fa9c1d2 --by codex --limit 10
      this run, at most 10 pairs, judged by codex

Only verdicts that agree in both orders count. Pairs already judged are skipped.")]
pub(super) struct JudgeArgs {
    /// Id of the run, or a part of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Judge: BACKEND or BACKEND:MODEL
    #[arg(long, value_name = "BACKEND", add = ArgValueCompleter::new(completers::backends))]
    by: Option<String>,

    /// Maximum number of pairs
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,

    /// JSON Lines output
    #[arg(long)]
    json: bool,

    /// Skip the cost confirmation; the budget still applies
    #[arg(short, long)]
    yes: bool,
}

impl JudgeArgs {
    /// Returns whether stdout carries JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }
}

pub(super) fn run(args: &JudgeArgs, session: &mut CliContext) -> Result<(), Failure> {
    let (sender, _events) = tokio::sync::mpsc::unbounded_channel();
    let engine = session.engine(sender)?;
    let run = session.block_on(select_run(engine.library(), args.run.as_deref()))??;
    let by = args.by.as_deref();
    session.block_on(engine.initialize_text_backend(by.map(|by| by.split_once(':').map_or(by, |(name, _)| name))))?;
    let judge = Judge::new(&engine, by)?;
    let pairs = session.block_on(unjudged_pairs(&engine, &run, &judge))??;
    let pairs = &pairs[..args.limit.unwrap_or(pairs.len()).min(pairs.len())];
    warn_same_family(&judge, &run);
    print_estimate(&judge, pairs, args, session)?;
    if !pairs.is_empty() && !args.yes {
        confirm("continue")?;
    }
    judge_all(&engine, &judge, pairs, args, session)
}

fn judge_all(
    engine: &Engine,
    judge: &Judge,
    pairs: &[ComparisonPair],
    args: &JudgeArgs,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let (mut follows, mut looks) = (0, 0);
    for pair in pairs {
        let before = session.block_on(engine.library().ballots())??;
        let verdict = session.block_on(judge.judge(engine, pair, &before))?.map_err(judge_failure)?;
        follows += usize::from(verdict.follows.is_some());
        looks += usize::from(verdict.looks.is_some());
        print_verdict(&verdict, args.json, session)?;
    }
    let judged = pluralize(pairs.len(), "pair");
    stdout::note(&format!(
        "{judged} judged; same verdict in both orders: {follows} on following the prompt, {looks} on looks"
    ));
    Ok(())
}

/// Returns the pairs with two images that this judge has not yet judged in both orders.
async fn unjudged_pairs(
    engine: &Engine,
    run: &ComparisonRun,
    judge: &Judge,
) -> Result<Vec<ComparisonPair>, LibraryError> {
    let ballots = engine.library().ballots().await?;
    let pairs = engine.library().pairs_of(run.id).await?.into_iter().map(|(_, pair)| pair);
    Ok(pairs.filter(|pair| pair.is_votable() && !judge.has_judged(pair, &ballots)).collect())
}

async fn select_run(library: &Library, wanted: Option<&str>) -> Result<ComparisonRun, Failure> {
    let runs = library.runs().await?;
    let fits = |run: &ComparisonRun, text: &str| matches_id(run.id, text) || run.id.to_string().starts_with(text);
    let run = runs.into_iter().find(|run| wanted.is_none_or(|text| fits(run, &text.to_lowercase())));
    run.ok_or_else(|| match wanted {
        Some(text) => {
            Failure::usage(format!("no such run: `{text}`")).with_hint("use an id printed by `tintype compare`")
        }
        None => Failure::usage("there is no run to judge")
            .with_hint("create one: `tintype compare --prompts parti-24 --backends A,B`"),
    })
}

fn warn_same_family(judge: &Judge, run: &ComparisonRun) {
    let Voter::Judge { model, .. } = judge.voter() else { return };
    let names: Vec<&str> = judge.family(&run.lanes).into_iter().map(|lane| lane.name.as_str()).collect();
    if !names.is_empty() {
        let message = format!("`{model}` is from the same family as {} and may favor it", names.join(" and "));
        stdout::warn(&super::failure::UserMessage {
            message,
            detail: None,
            hint: Some(
                "choose another judge with --by, or compare it with your own votes in `tintype stats`".to_owned(),
            ),
        });
    }
}

fn print_estimate(
    judge: &Judge,
    pairs: &[ComparisonPair],
    args: &JudgeArgs,
    session: &mut CliContext,
) -> Result<(), Failure> {
    let mut sum = Estimate::FREE;
    for one in pairs.iter().map(|pair| judge.estimate(pair)) {
        let twice = |usd: Option<Usd>| usd.map(|usd| usd.times(2));
        sum.usd = sum.usd.zip(twice(one.usd)).map(|(sum, one)| sum + one);
        sum.upper = sum.upper.zip(twice(one.upper_bound())).map(|(sum, one)| sum + one);
        sum.prices_as_of = one.prices_as_of.or(sum.prices_as_of);
    }
    if args.json {
        let (usd, upper) = (sum.usd, sum.upper_bound());
        return session.out.json(&json!({
            "event": "quote", "judge": judge.voter(), "pairs": pairs.len(), "estimate_usd": usd, "upper_bound": upper,
            "prices_as_of": sum.prices_as_of,
        }));
    }
    let pairs = pluralize(pairs.len(), "pair");
    stdout::note(&format!("{pairs} to judge, each in both orders: {}", format_estimate(&sum)));
    Ok(())
}

fn print_verdict(verdict: &JudgeVerdict, json: bool, session: &mut CliContext) -> Result<(), Failure> {
    if json {
        let object = json!({
            "event": "verdict",
            "pair": verdict.pair,
            "follows": verdict.follows,
            "looks": verdict.looks,
            "ballots": verdict.ballots,
        });
        return session.out.json(&object);
    }
    let [ballot, _] = &verdict.ballots;
    let name = |answer: Option<Preference>| match answer {
        Some(Preference::Left) => ballot.left.lane.name.clone(),
        Some(Preference::Right) => ballot.right.lane.name.clone(),
        Some(Preference::Tie) => "tie".to_owned(),
        Some(Preference::BothBad) => "both bad".to_owned(),
        None => "inconsistent".to_owned(),
    };
    session.out.line(&format!("follows: {}, looks: {} | {}", name(verdict.follows), name(verdict.looks), ballot.prompt))
}

fn judge_failure(error: JudgeError) -> Failure {
    match error {
        JudgeError::Question(QuestionError::NotSent(error)) => error.into(),
        JudgeError::Question(QuestionError::Failed(error)) => error.into(),
        JudgeError::Library(error) => error.into(),
        JudgeError::Picture(..) | JudgeError::InvalidReply(_) => {
            Failure::local(error.to_string()).with_hint("finished verdicts are kept; repeat the command to continue")
        }
    }
}
