//! Output of a comparison run: its price up front, its pairs as they are completed, its figures at the end.
//! Unknown costs are `null` or reported as unknown, never as 0.

use serde_json::{Value, json};
use tintype_backends::Usd;

use crate::{
    cli::{
        context::CliContext,
        failure::Failure,
        generate::format_estimate,
        stdout,
        table::{pluralize, table, terminal_width},
    },
    compare::{ComparisonPair, ComparisonRun, LaneOutcome, PairSide, RunEstimate, Runner},
};

/// Prints the price before anything is sent.
pub(super) fn print_quote(
    run: &ComparisonRun,
    quote: &RunEstimate,
    pairs: u32,
    json: bool,
    session: &mut CliContext,
) -> Result<(), Failure> {
    if json {
        return session.out.json(&json!({
            "event": "quote",
            "run": run.id,
            "lanes": run.lanes,
            "prompts": run.prompts.len(),
            "rounds": run.rounds,
            "pairs": run.pairs(),
            "pairs_made": pairs,
            "pictures": quote.pictures,
            "estimate_usd": quote.estimate.usd,
            "upper_bound": quote.estimate.upper_bound(),
            "prices_as_of": quote.estimate.prices_as_of,
        }));
    }
    for (lane, estimate) in run.lanes.iter().zip(&quote.lanes) {
        let backend_and_model =
            Some(lane.backend_and_model()).filter(|backend_and_model| *backend_and_model != lane.name);
        let backend_and_model =
            backend_and_model.map(|backend_and_model| format!("{backend_and_model}, ")).unwrap_or_default();
        stdout::note(&format!("{}: {backend_and_model}{} per image", lane.name, format_estimate(estimate)));
    }
    let pictures = pluralize(quote.pictures as usize, "image");
    stdout::note(&format!("{pictures} to generate: {}", format_estimate(&quote.estimate)));
    Ok(())
}

/// Returns the JSON event for a completed pair.
pub(super) fn pair_event(pair: &ComparisonPair) -> Value {
    let mut object = serde_json::to_value(pair).unwrap_or_default();
    object["event"] = "pair".into();
    object
}

/// Prints the result: figures for a single prompt, the id of the run for a pack.
pub(super) fn print_result(
    run: &ComparisonRun,
    runner: &Runner<'_>,
    json: bool,
    session: &mut CliContext,
) -> Result<(), Failure> {
    if json {
        return session.out.json(&json!({
            "event": "compared",
            "run": run.id,
            "pairs": runner.pairs(),
            "unknown": runner.interrupted(),
            "without_image": runner.failed_sides().len(),
            "cost_usd": runner.cost(),
        }));
    }
    if run.prompts.len() == 1 && run.rounds == 1 {
        let rows: Vec<[String; 6]> = runner.first_sides().into_iter().map(row).collect();
        table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))?;
    } else {
        session.out.line(&run.id.to_string())?;
    }
    let cost = match runner.cost() {
        Some(Usd::ZERO) => "free".to_owned(),
        Some(usd) => usd.to_string(),
        None => "cost unknown".to_owned(),
    };
    print_missing_images(run, runner);
    let pairs = if runner.pairs() == 1 { "1 pair is".to_owned() } else { format!("{} pairs are", runner.pairs()) };
    stdout::note(&format!("{pairs} ready ({cost}); press F7 in the studio to vote"));
    if runner.interrupted() > 0 {
        let what = pluralize(runner.interrupted(), "image");
        let what = format!("note: {what} with unknown outcome, not counted");
        stdout::note(&format!("{what}; --resend sends the request again, but you may be charged twice"));
    }
    Ok(())
}

/// Prints how many images each lane failed to deliver; every one of them counts as a loss.
fn print_missing_images(run: &ComparisonRun, runner: &Runner<'_>) {
    let sides = runner.failed_sides();
    for lane in &run.lanes {
        let of = |ending| sides.iter().filter(|side| side.lane.name == lane.name && side.ending == ending).count();
        let endings = [
            (of(LaneOutcome::Refused), "refused"),
            (of(LaneOutcome::Invalid), "no image"),
            (of(LaneOutcome::Failed), "failed"),
        ];
        let endings = endings.into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = endings.map(|(count, what)| format!("{count} {what}")).collect();
        if !words.is_empty() {
            stdout::note(&format!("note: {}: {}; each loses to an image", lane.name, words.join(", ")));
        }
    }
}

fn row(side: &PairSide) -> [String; 6] {
    let seconds = |seconds: Option<f64>, word: &str| seconds.map_or_else(String::new, |s| format!("{s:.1} s {word}"));
    let cost = side.cost.map_or_else(
        || "cost unknown".to_owned(),
        |usd| if usd == Usd::ZERO { "free".into() } else { usd.to_string() },
    );
    let ending = match side.ending {
        LaneOutcome::Image => side.image.map(|id| id.short()).unwrap_or_default(),
        LaneOutcome::Refused => "refused".to_owned(),
        LaneOutcome::Invalid => "no image".to_owned(),
        LaneOutcome::Failed => "failed".to_owned(),
        LaneOutcome::Unknown => "unknown".to_owned(),
    };
    let lane = side.lane.name.clone();
    [
        lane,
        ending,
        seconds(side.first_preview_seconds, "to first preview"),
        seconds(side.seconds, "total"),
        cost,
        side.lane.model.clone(),
    ]
}
