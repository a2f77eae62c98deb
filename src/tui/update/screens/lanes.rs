//! Choosing the lanes of a comparison: every backend, what is chosen now, and the lanes of the config.
//! What they draw is decided when they have been chosen.

use tintype_backends::Readiness;

use super::contest;
use crate::{
    compare::{Lane, draft_for_lane, lane_from_plan, parse_lane},
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{LanePicker, Model, Notice, PendingSubmission, Popup, Severity},
        update::{named_images::ask_first, notify::notify},
    },
};

/// Offers the lanes; the ones chosen last are chosen again, else the first two.
pub(in crate::tui::update) fn open(model: &mut Model) -> Vec<Effect> {
    if model.prompt.is_blank() {
        let hint = model.key_hint(KeyContext::Global, Action::Duel, "to vote on prepared pairs");
        return notify(model, Notice::new(Severity::Info, "Enter a prompt to compare").with_hint(hint));
    }
    let mut items: Vec<_> = lanes(model).into_iter().map(|lane| (lane, false)).collect();
    let known = |lane: &Lane| model.last_lanes.contains(&lane.name);
    if items.iter().filter(|(lane, _)| known(lane)).count() > 1 {
        for (lane, chosen) in &mut items {
            *chosen = known(lane);
        }
    } else {
        for (_, chosen) in items.iter_mut().take(2) {
            *chosen = true;
        }
    }
    let prompt = model.prompt.text();
    let estimate = |lane: &Lane| model.registry.plan(&draft_for_lane(&prompt, Some(lane))).map(|plan| plan.estimate);
    let items = items.into_iter().filter_map(|(lane, chosen)| Some((lane.clone(), estimate(&lane).ok()?, chosen)));
    let items = items.collect();
    model.popup = Some(Popup::Lanes(LanePicker { items, selected: 0 }));
    Vec::new()
}

/// What is chosen now, then every backend that is ready, then the lanes of the config, each contestant once.
fn lanes(model: &Model) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut add = |lane: Option<Lane>| {
        let new = |lane: &Lane| lanes.iter().all(|known| known.identity() != lane.identity());
        lanes.extend(lane.filter(|lane| is_ready(model, &lane.backend)).filter(new));
    };
    let now = model.registry.plan(&crate::engine::Draft { prompt: "a".into(), count: 1, ..chosen(model) }).ok();
    add(now.map(|plan| lane_from_plan(&plan.backend.clone(), &plan)));
    for name in model.registry.names() {
        add(parse_lane(name, &indexmap::IndexMap::new(), &model.registry).ok());
    }
    for name in model.config.compare.lanes.keys() {
        add(parse_lane(name, &model.config.compare.lanes, &model.registry).ok());
    }
    lanes
}

fn chosen(model: &Model) -> crate::engine::Draft {
    crate::engine::Draft { inputs: Vec::new(), parent: None, directed: None, ..model.draft() }
}

fn is_ready(model: &Model, backend: &str) -> bool {
    model.registry.get(backend).is_some_and(|backend| backend.capabilities().readiness == Readiness::Ready)
}

/// Chooses the lane under the cursor, or lets it go.
pub(in crate::tui::update) fn toggle(model: &mut Model) -> Vec<Effect> {
    if let Some(Popup::Lanes(picker)) = &mut model.popup {
        picker.toggle();
    }
    Vec::new()
}

/// Begins with the chosen lanes: open, or blind.
pub(in crate::tui::update) fn choose(model: &mut Model, picker: &LanePicker, blind: bool) -> Vec<Effect> {
    let chosen = picker.chosen().count();
    let wanted = if blind { chosen == 2 } else { chosen > 1 };
    if !wanted {
        model.popup = Some(Popup::Lanes(picker.clone()));
        let text = if blind { "Choose exactly two lanes for a blind vote" } else { "Choose at least two lanes" };
        let hint = model.key_hint(KeyContext::Popup, Action::PopupToggle, "to select a lane");
        return notify(model, Notice::new(Severity::Info, text).with_hint(hint));
    }
    ask_first(model, PendingSubmission::Lanes(picker.clone(), blind)).unwrap_or_else(|| begin(model, picker, blind))
}

/// Begins, whatever the prompt names.
pub(in crate::tui::update) fn begin(model: &mut Model, picker: &LanePicker, blind: bool) -> Vec<Effect> {
    let entries: Vec<(Lane, _)> = picker.chosen().map(|(lane, estimate, _)| (lane.clone(), estimate.clone())).collect();
    model.last_lanes = entries.iter().map(|(lane, _)| lane.name.clone()).collect();
    contest::begin(model, entries, blind)
}
