//! What lies over the panes: opening, typing, moving, choosing, closing.
//! What a choice does stands in the module of what was chosen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tintype_backends::{ModelLifecycle, Readiness, Usd};

use crate::tui::{
    action::{ACTIONS, Action, KeyContext},
    effect::Effect,
    model::{Model, Picker, PickerItem, PickerKind, PickerValue, Popup, Scroll},
};
use crate::{id::Id, library::Lineage};

/// Whether the open popup wants that action; a list that filters wants letters as text.
pub(super) fn takes(model: &Model, action: Action, key: KeyEvent) -> bool {
    let types = has_input(model);
    let letter =
        matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    action == Action::Quit || !(types && letter)
}

/// Whether letters are text in the open popup.
pub(super) const fn has_input(model: &Model) -> bool {
    matches!(model.popup, Some(Popup::Palette(_) | Popup::Switch(..) | Popup::Value(_) | Popup::File(_)))
}

/// Moves the selection, or scrolls.
pub(super) fn move_by(model: &mut Model, rows: i32) -> Vec<Effect> {
    match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.move_by(rows as isize),
        Some(Popup::Help(scroll) | Popup::Details(_, scroll)) => scroll.scroll_by(rows),
        Some(Popup::Proposal(proposal)) => proposal.scroll.scroll_by(rows),
        Some(Popup::Lanes(picker)) => picker.move_by(rows as isize),
        Some(Popup::Value(_) | Popup::File(_)) | None => {}
    }
    Vec::new()
}

/// A key that no action of the popup wants.
pub(super) fn typed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.handle_key(key),
        Some(Popup::Value(editor)) => editor.handle_key(key),
        Some(Popup::File(editor)) => editor.handle_key(key),
        Some(Popup::Help(scroll) | Popup::Details(_, scroll)) => match key.code {
            KeyCode::Char('j') => scroll.scroll_by(1),
            KeyCode::Char('k') => scroll.scroll_by(-1),
            KeyCode::Char(' ') => scroll.scroll_by(10),
            KeyCode::Home => *scroll = Scroll(0),
            KeyCode::Char('q' | '?' | 'i') => model.popup = None,
            _ => {}
        },
        Some(Popup::Lanes(picker)) => match key.code {
            KeyCode::Char('j') => picker.move_by(1),
            KeyCode::Char('k') => picker.move_by(-1),
            _ => {}
        },
        Some(Popup::Proposal(_)) | None => {}
    }
    Vec::new()
}

/// Closes the popup without a choice.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    model.popup = None;
    Vec::new()
}

/// Text was pasted into the popup's input.
pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    match &mut model.popup {
        Some(Popup::Palette(picker) | Popup::Switch(_, picker)) => picker.handle_paste(text),
        Some(Popup::Value(editor)) => editor.handle_paste(text),
        Some(Popup::File(editor)) => editor.handle_paste(text),
        _ => {}
    }
    Vec::new()
}

/// Shows the keys.
pub(super) fn help(model: &mut Model) -> Vec<Effect> {
    model.popup = Some(Popup::Help(Scroll::default()));
    Vec::new()
}

/// Shows everything known about the selected job.
pub(super) fn details(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.history.current().map(|record| record.id) else { return Vec::new() };
    model.popup = Some(Popup::Details(id, Scroll::default()));
    vec![Effect::LoadLineage(id)]
}

/// What the shown job was made from, and what was made from it.
pub(super) fn lineage(model: &mut Model, id: Id, lineage: Lineage) -> Vec<Effect> {
    model.lineage = Some((id, lineage));
    Vec::new()
}

/// Shows everything that can be done from here.
pub(super) fn palette(model: &mut Model) -> Vec<Effect> {
    let mut seen = std::collections::HashSet::new();
    let useful = ACTIONS.iter().filter(|row| row.context != KeyContext::Popup && row.action != Action::Palette);
    let items = useful.filter(|row| seen.insert(row.action)).map(|row| PickerItem {
        id: PickerValue::Action(row.action),
        label: row.doc.to_owned(),
        description: if row.context == KeyContext::Global { String::new() } else { row.context.name().to_owned() },
        aside: model.config.keymap.label(row.context, row.action, model.terminal.enhanced_keys).unwrap_or_default(),
        keywords: row.name.to_owned(),
        current: false,
    });
    let items = items.collect();
    model.popup = Some(Popup::Palette(Picker::new(items)));
    Vec::new()
}

/// Offers the backends.
pub(super) fn switch_backend(model: &mut Model) -> Vec<Effect> {
    let item = |name: &str| {
        let can = model.registry.get(name)?.capabilities();
        let aside = match &can.readiness {
            Readiness::Ready if can.offline => "free, offline".to_owned(),
            Readiness::Ready => match model.spent.month_of(name) {
                Usd::ZERO => "ready".to_owned(),
                spent => format!("{spent} this month"),
            },
            Readiness::Asking => "connecting…".to_owned(),
            Readiness::Missing { what, .. } | Readiness::Unavailable { what, .. } => what.clone(),
        };
        let current = name == model.next_job.backend;
        Some(PickerItem {
            id: PickerValue::Name(name.to_owned()),
            label: name.to_owned(),
            description: can.about.to_string(),
            aside,
            keywords: String::new(),
            current,
        })
    };
    let items = model.registry.names().filter_map(item).collect();
    model.popup = Some(Popup::Switch(PickerKind::Backend, Picker::new(items)));
    Vec::new()
}

/// Offers the models of the chosen backend.
pub(super) fn switch_model(model: &mut Model) -> Vec<Effect> {
    let today = model.now.at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d").to_string();
    let models = model.capabilities().map(|can| can.models.as_slice()).unwrap_or_default();
    let items = models.iter().map(|item| PickerItem {
        id: PickerValue::Name(item.id.clone()),
        label: item.id.clone(),
        description: item.about.to_string(),
        aside: match model.life(&model.next_job.backend, &item.id) {
            Some(ModelLifecycle { shutdown: Some(day), .. }) if day <= today => format!("ended {day}"),
            Some(ModelLifecycle { shutdown: Some(day), .. }) => format!("until {day}"),
            _ => String::new(),
        },
        keywords: String::new(),
        current: item.id == model.model_id(),
    });
    let items = items.collect();
    model.popup = Some(Popup::Switch(PickerKind::Model, Picker::new(items)));
    Vec::new()
}

/// Offers the themes.
pub(super) fn switch_theme(model: &mut Model) -> Vec<Effect> {
    let item = |name: &String| PickerItem {
        id: PickerValue::Name(name.clone()),
        label: name.clone(),
        description: String::new(),
        aside: String::new(),
        keywords: String::new(),
        current: name == model.theme.name(),
    };
    let items = model.config.theme_names.iter().map(item).collect();
    model.popup = Some(Popup::Switch(PickerKind::Theme, Picker::new(items)));
    Vec::new()
}
