//! `tintype stats`: prints the results of the votes as text or as one JSON object.
//! All figures are computed in `compare::stats`.

use std::collections::BTreeSet;

use serde::Serialize;
use tintype_backends::{Cost, CostBasis};

use crate::{
    cli::{context::CliContext, failure::Failure, stdout},
    compare::{Ballot, ComparisonPair, stats::Scorecard},
    id::Id,
    library::Library,
};

mod text;

/// Show win rates, confidence and cost per model
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype stats              all votes
  tintype stats --pack parti-24
  tintype stats --json > stats.json")]
pub(super) struct StatsArgs {
    #[command(flatten)]
    votes: VoteFilter,

    /// JSON output
    #[arg(long)]
    json: bool,
}

/// Selection of votes.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct VoteFilter {
    /// Only the pairs of this run, by its id or a part of it
    #[arg(long, value_name = "ID")]
    run: Option<String>,

    /// Only pairs with a prompt from this pack
    #[arg(long, value_name = "NAME")]
    pack: Option<String>,
}

/// Pairs together with their ballots.
#[derive(Debug, Default)]
pub(super) struct VoteData {
    pub(super) pairs: Vec<ComparisonPair>,
    pub(super) ballots: Vec<Ballot>,
    /// Dates of the price tables used for the costs.
    pub(super) prices_as_of: BTreeSet<String>,
}

/// Scorecard with the dates of the price tables behind it.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    #[serde(flatten)]
    pub(super) scorecard: Scorecard,
    pub(super) prices_as_of: Vec<String>,
}

impl VoteFilter {
    /// Loads the selected pairs and ballots, oldest first.
    pub(super) fn load(&self, session: &mut CliContext) -> Result<VoteData, Failure> {
        let Some(library) = session.existing_library()? else { return Ok(VoteData::default()) };
        let kept = library.clone();
        let (mut pairs, mut ballots) =
            session.block_on(async move { Ok::<_, Failure>((kept.pairs().await?, kept.ballots().await?)) })??;
        if let Some(pack) = &self.pack {
            pairs.retain(|pair| pair.pack.as_ref() == Some(pack));
            ballots.retain(|ballot| ballot.pack.as_ref() == Some(pack));
        }
        if let Some(run) = &self.run {
            pairs.retain(|pair| pair.run.is_some_and(|id| matches_id(id, run)));
            ballots.retain(|ballot| pairs.iter().any(|pair| pair.id == ballot.pair));
        }
        if pairs.is_empty() && (self.pack.is_some() || self.run.is_some()) {
            return Err(Failure::usage("no matching pairs").with_hint("run `tintype stats` to include all pairs"));
        }
        let prices_as_of = session.block_on(prices(library, jobs(&pairs)))??;
        Ok(VoteData { pairs, ballots, prices_as_of })
    }
}

/// Returns whether `written` is the whole id, the end of it, or the start of its short form.
pub(super) fn matches_id(id: Id, written: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    let written = plain(written);
    !written.is_empty() && (plain(&id.to_string()).ends_with(&written) || id.short().starts_with(&written))
}

fn jobs(pairs: &[ComparisonPair]) -> BTreeSet<Id> {
    pairs.iter().flat_map(|pair| [pair.left.job, pair.right.job]).flatten().collect()
}

/// Returns the dates of the price tables used for the costs of these jobs.
async fn prices(library: Library, jobs: BTreeSet<Id>) -> Result<BTreeSet<String>, Failure> {
    let mut dates = BTreeSet::new();
    for job in jobs {
        let cost = library.record(job).await?.and_then(|record| record.cost);
        if let Some(Cost { basis: CostBasis::Usage { prices_as_of }, .. }) = cost {
            dates.insert(prices_as_of);
        }
    }
    Ok(dates)
}

impl VoteData {
    /// Computes all figures. The bootstrap uses a fixed seed, so that the same votes yield the same results.
    pub(super) fn figures(&self) -> Figures {
        let scorecard = Scorecard::reproducible(&self.pairs, &self.ballots);
        Figures { scorecard, prices_as_of: self.prices_as_of.iter().cloned().collect() }
    }
}

pub(super) fn run(args: &StatsArgs, session: &mut CliContext) -> Result<(), Failure> {
    let votable = args.votes.load(session)?;
    let figures = votable.figures();
    if args.json {
        return session.out.json(&figures);
    }
    if votable.pairs.is_empty() {
        stdout::note("no comparisons yet");
        stdout::note("hint: run `tintype compare`, then vote in the studio (F7)");
        return Ok(());
    }
    text::lines(&figures).iter().try_for_each(|line| session.out.line(line))
}
