//! The blind duel: two questions about two pictures, then the ballot, and only then the names.
//! Sides are drawn elsewhere, before anything is shown; nothing here looks at which lane is where.

use super::contest::Tile;
use crate::{
    compare::{Pairing, Preference, Vote},
    tui::{
        effect::{Effect, ImageData},
        model::{BallotState, DuelPhase, DuelRound, DuelScreen, Model, Notice, PreviewSource, Screen, Severity},
        update::notify::notify,
    },
};

/// A pair was dealt.
pub(in crate::tui::update) fn dealt(model: &mut Model, result: Result<Box<Pairing>, Notice>) -> Vec<Effect> {
    let Some(Screen::Duel(duel)) = &mut model.screen else { return Vec::new() };
    match result {
        Ok(dealt) => duel.show_pair(*dealt),
        Err(notice) => {
            duel.phase = DuelPhase::Done;
            return notify(model, notice);
        }
    }
    Vec::new()
}

fn round(model: &mut Model) -> Option<&mut DuelRound> {
    match &mut model.screen {
        Some(Screen::Duel(duel)) => duel.round_mut(),
        _ => None,
    }
}

/// An answer to the question that is asked. There is none before both pictures were on screen.
pub(in crate::tui::update) fn answer(model: &mut Model, answer: Preference) -> Vec<Effect> {
    let now = model.now.since_start;
    let Some(round) = round(model).filter(|round| round.ballot == BallotState::Open) else { return Vec::new() };
    let Some(shown) = round.shown_since else {
        return notify(model, Notice::new(Severity::Info, "Wait until both images are shown"));
    };
    match (round.better_prompt_match, round.better_looking) {
        (None, _) => round.better_prompt_match = Some(answer),
        (Some(_), None) => {
            round.better_looking = Some(answer);
            round.answer_time = Some(now.saturating_sub(shown));
        }
        _ => {}
    }
    Vec::new()
}

/// Takes the last answer back, as long as there are no names.
pub(in crate::tui::update) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(round) = round(model) else { return Vec::new() };
    if round.ballot != BallotState::Open {
        return notify(model, Notice::new(Severity::Info, "Names are revealed; this vote is final"));
    }
    if round.better_looking.take().is_none() {
        round.better_prompt_match = None;
    }
    round.answer_time = None;
    Vec::new()
}

/// Enter: casts the ballot, then goes on to the next pair.
pub(in crate::tui::update) fn next(model: &mut Model) -> Vec<Effect> {
    let Some(Screen::Duel(duel)) = &mut model.screen else { return Vec::new() };
    let run = duel.run;
    match &mut duel.phase {
        DuelPhase::Round(round) if round.ballot == BallotState::Saved => deal(duel, run),
        DuelPhase::Round(round) if round.ballot == BallotState::Open => {
            let (Some(follows), Some(looks), Some(took)) =
                (round.better_prompt_match, round.better_looking, round.answer_time)
            else {
                return notify(model, Notice::new(Severity::Info, "Answer both questions first"));
            };
            round.ballot = BallotState::Saving;
            let vote = Vote { follows, looks, seconds: took.as_secs_f64(), opinion: None };
            vec![Effect::SaveBallot(Box::new(round.pair.clone()), vote)]
        }
        DuelPhase::Done => deal(duel, None),
        _ => Vec::new(),
    }
}

fn deal(duel: &mut DuelScreen, run: Option<crate::id::Id>) -> Vec<Effect> {
    duel.phase = DuelPhase::LoadingPair;
    vec![Effect::LoadPair(run)]
}

/// The ballot is on disk, or it is not: then it can be cast again.
pub(in crate::tui::update) fn cast(model: &mut Model, result: Result<(), Notice>) -> Vec<Effect> {
    let counts = |pair: &crate::compare::ComparisonPair| pair.mirrors.is_none();
    if let Some(Screen::Duel(duel)) = &mut model.screen
        && let DuelPhase::Round(round) = &mut duel.phase
    {
        round.ballot = if result.is_ok() { BallotState::Saved } else { BallotState::Open };
        if let (true, Ok(()), Some((voted, _))) = (counts(&round.pair), &result, &mut duel.progress) {
            *voted += 1;
        }
    }
    result.map_or_else(|notice| notify(model, notice), |()| Vec::new())
}

/// The pictures of the pair, left and right; both or none, so that neither is there first.
pub(super) fn pictures(duel: &DuelScreen) -> Vec<Tile> {
    let Some(round) = duel.round() else { return Vec::new() };
    let Some(files) = &round.files else { return Vec::new() };
    let sides = round.sides().into_iter().zip(files);
    sides.map(|(side, file)| Some((PreviewSource::Image(side.image?), ImageData::File(file.clone())))).collect()
}
