//! What takes the place of the panes while models are compared: opening it, leaving it, looking closer.
//! The comparison and the duel have their own modules.

mod contest;
mod duel;
mod lanes;

pub(super) use contest::{cancel, engine, refused, use_lane};
pub(super) use duel::{answer, cast, dealt, next, undo};
pub(super) use lanes::{begin, choose, open as open_lanes, toggle};

use crate::{
    compare::stats::Scorecard,
    picture::{self, PreparedImage},
    tui::{
        action::Action,
        effect::{Effect, ImageData},
        layout::Areas,
        model::{
            DuelPhase, DuelScreen, Model, Notice, PreviewKey, PreviewSource, ResultsScreen, Screen, ZoomStep, pan_by,
        },
    },
};

/// Whether an action makes sense while a stage is open; the others belong to panes that cannot be seen.
pub(super) fn allows(model: &Model, action: Action) -> bool {
    use crate::tui::action::ACTIONS;
    let context = model.context();
    let own = ACTIONS.iter().any(|row| row.action == action && row.context == context);
    let everywhere = [
        Action::Quit,
        Action::Help,
        Action::Palette,
        Action::Messages,
        Action::SwitchTheme,
        Action::Suspend,
        Action::Redraw,
        Action::Cancel,
        Action::Dismiss,
        Action::Gallery,
        Action::Compare,
        Action::Duel,
        Action::Results,
        Action::Messages,
    ];
    model.screen.is_none() || own || everywhere.contains(&action)
}

/// Opens the duel on what is prepared.
pub(super) fn duel(model: &mut Model) -> Vec<Effect> {
    model.preview_maximized = false;
    model.screen = Some(Screen::Duel(DuelScreen::waiting_for_pair(None)));
    vec![Effect::LoadPair(None)]
}

/// Opens the page of what the votes say.
pub(super) fn scores(model: &mut Model) -> Vec<Effect> {
    model.preview_maximized = false;
    model.screen = Some(Screen::Results(ResultsScreen::default()));
    vec![Effect::LoadScores]
}

/// All votes are counted.
pub(super) fn scored(model: &mut Model, card: Result<Box<Scorecard>, Notice>) -> Vec<Effect> {
    let Some(Screen::Results(scores)) = &mut model.screen else { return Vec::new() };
    match card {
        Ok(card) => scores.card = Some(card),
        Err(notice) => model.notify(notice),
    }
    Vec::new()
}

/// Moves the page by so many lines.
pub(super) fn scroll(model: &mut Model, lines: i32) -> Vec<Effect> {
    if let Some(Screen::Results(scores)) = &mut model.screen {
        scores.scroll.scroll_by(lines);
    }
    Vec::new()
}

/// Back to the panes. Running jobs go on.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    model.leave_stage();
    Vec::new()
}

/// Shows the next one alone in the same place, and after the last one all of them again.
pub(super) fn flip(model: &mut Model) -> Vec<Effect> {
    let next = |alone: Option<usize>, count: usize| match alone {
        None => Some(0),
        Some(at) if at + 1 < count => Some(at + 1),
        Some(_) => None,
    };
    match &mut model.screen {
        Some(Screen::Compare(compare)) => compare.only = next(compare.only, compare.contest.entries.len()),
        Some(Screen::Duel(duel)) if duel.round().is_some_and(|round| round.shown_since.is_some()) => {
            duel.only = next(duel.only, 2);
        }
        _ => {}
    }
    Vec::new()
}

/// Looks closer or from farther away, at all pictures alike.
pub(super) fn zoom(model: &mut Model, step: ZoomStep) -> Vec<Effect> {
    let fit = fit_scale(model);
    if let Some(pane) = model.screen.as_mut().and_then(Screen::pane_mut) {
        pane.view = step.apply(pane.view, fit);
    }
    Vec::new()
}

/// Looks at another part of all pictures alike.
pub(super) fn pan(model: &mut Model, right: i32, down: i32) -> Vec<Effect> {
    let fit = fit_scale(model);
    if let Some(pane) = model.screen.as_mut().and_then(Screen::pane_mut) {
        pane.view = pan_by(pane.view, right as f32 / 8.0, down as f32 / 8.0, fit);
    }
    Vec::new()
}

/// Screen pixels for one pixel of a picture of the usual size when all of it is seen in its box.
fn fit_scale(model: &Model) -> f32 {
    const USUAL: f32 = 1024.0;
    let Some(area) = crate::tui::layout::layout(model).screen_images(model) else { return 1.0 };
    let boxes = picture::side_by_side_areas(count(model), area);
    let (cell, place) = (model.terminal.cell, boxes.first().copied().unwrap_or(area));
    let across = f32::from(place.width) * f32::from(cell.width) / USUAL;
    let down = f32::from(place.height) * f32::from(cell.height) / USUAL;
    across.min(down)
}

/// How many pictures stand side by side.
fn count(model: &Model) -> usize {
    match &model.screen {
        Some(Screen::Compare(compare)) if compare.only.is_none() => compare.contest.entries.len(),
        Some(Screen::Duel(duel)) if duel.only.is_none() => 2,
        _ => 1,
    }
}

/// Asks for the picture that should be on stage, unless it is there or on its way.
pub(super) fn wanted(model: &mut Model, areas: &Areas) -> Option<Effect> {
    let area = areas.screen_images(model).filter(|area| !area.is_empty())?;
    let (pictures, only, level) = match model.screen.as_ref()? {
        Screen::Compare(compare) => (contest::pictures(model, compare), compare.only, false),
        Screen::Duel(duel) => (duel::pictures(duel), duel.only, true),
        Screen::Gallery | Screen::Results(_) => return None,
    };
    let pane = model.screen.as_mut().and_then(Screen::pane_mut)?;
    if pictures.iter().all(Option::is_none) {
        pane.requested = None;
        return None;
    }
    let (sources, pictures) = pictures.into_iter().map(Option::unzip).unzip();
    let source = PreviewSource::SideBySide { sources, only, level };
    let key = PreviewKey { source, cells: (area.width, area.height), view: pane.view };
    pane.request(&key).then_some(Effect::PrepareImage(key, ImageData::SideBySide(pictures)))
}

/// A picture is ready: for the stage, if it is what the stage waits for. Says whether it was.
pub(super) fn prepared(model: &mut Model, key: &PreviewKey, result: &Result<PreparedImage, String>) -> bool {
    let since_start = model.now.since_start;
    let Some(stage) = &mut model.screen else { return false };
    if !stage.pane_mut().is_some_and(|pane| pane.receive(key.clone(), result.clone())) {
        return false;
    }
    if let (Screen::Duel(DuelScreen { phase: DuelPhase::Round(round), .. }), Ok(_)) = (stage, result)
        && matches!(&key.source, PreviewSource::SideBySide { only: None, .. })
    {
        // From now on both are on screen.
        round.shown_since.get_or_insert(since_start);
    }
    true
}
