//! The settings pane: which row, which value.
//! What there is to set is said by the model's `Param`s; nothing here knows a backend.

use tintype_backends::Value;

use super::popup;
use crate::tui::{
    effect::Effect,
    model::{Model, Notice, Popup, SettingKind, Severity, TextField, TextPurpose},
};

/// Moves the selection.
pub(super) fn move_by(model: &mut Model, step: isize) -> Vec<Effect> {
    let last = model.setting_rows().len().saturating_sub(1);
    model.settings.selected = model.settings.selected.min(last).saturating_add_signed(step).min(last);
    Vec::new()
}

fn selected(model: &Model) -> Option<SettingKind> {
    let rows = model.setting_rows();
    let at = model.settings.selected.min(rows.len().saturating_sub(1));
    rows.into_iter().nth(at).map(|row| row.kind)
}

/// The value before or after.
pub(super) fn step(model: &mut Model, step: i64) -> Vec<Effect> {
    match selected(model) {
        Some(SettingKind::Backend) => next_backend(model, step),
        Some(SettingKind::Model) => next_model(model, step),
        Some(SettingKind::Count) => {
            let most = i64::from(model.max_count());
            model.next_job.count = (i64::from(model.next_job.count) + step).clamp(1, most) as u32;
        }
        Some(SettingKind::Param(name)) => match model.adjacent_value(&name, step) {
            Some(value) => set(model, &name, value),
            None => return edit(model),
        },
        None => {}
    }
    model.update_estimate();
    Vec::new()
}

fn next_backend(model: &mut Model, step: i64) {
    let names: Vec<String> = model.registry.names().map(ToOwned::to_owned).collect();
    if let Some(name) = adjacent_name(&names, &model.next_job.backend, step) {
        choose_backend(model, name);
    }
}

fn next_model(model: &mut Model, step: i64) {
    let models = model.capabilities().map(|can| can.models.iter().map(|model| model.id.clone()).collect());
    let models: Vec<String> = models.unwrap_or_default();
    if let Some(id) = adjacent_name(&models, model.model_id(), step) {
        choose_model(model, id);
    }
}

fn adjacent_name(names: &[String], current: &str, step: i64) -> Option<String> {
    let at = names.iter().position(|name| name == current)? as i64;
    names.get((at + step).rem_euclid(names.len() as i64) as usize).cloned()
}

/// The backend for the next picture.
pub(super) fn choose_backend(model: &mut Model, name: String) {
    model.next_job.backend = name;
    model.next_job.count = model.next_job.count.clamp(1, model.max_count());
    model.update_estimate();
}

/// The model for the next picture.
pub(super) fn choose_model(model: &mut Model, id: String) {
    model.choose_model(id);
    model.next_job.count = model.next_job.count.clamp(1, model.max_count());
    model.update_estimate();
}

/// Chooses the theme; where the config names one, only until the end of the session.
pub(super) fn choose_theme(model: &mut Model, name: String) -> Vec<Effect> {
    (model.chosen_theme, model.theme_override) = (Some(name.clone()), None);
    if model.config.theme_pinned {
        let text = format!("Using theme {name} until you quit; the config sets `theme`");
        model.notify(Notice::new(Severity::Info, text));
    }
    vec![Effect::UseTheme(name), Effect::SaveSession(model.session())]
}

/// Chooses a value; the default is no choice, so that it follows the config later.
fn set(model: &mut Model, name: &str, value: Value) {
    let backend = model.next_job.backend.clone();
    let mut chosen = model.chosen_settings();
    chosen.insert(name.to_owned(), value.clone());
    let is_default = !model.non_default_settings(&backend, model.model_id(), &chosen).contains_key(name);
    let settings = model.next_job.settings.entry(backend).or_default();
    if is_default {
        settings.remove(name);
    } else {
        settings.insert(name.to_owned(), value);
    }
}

/// Types a value, or chooses from a list.
pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    let name = match selected(model) {
        Some(SettingKind::Backend) => return popup::switch_backend(model),
        Some(SettingKind::Model) => return popup::switch_model(model),
        Some(SettingKind::Param(name)) => name,
        Some(SettingKind::Count) | None => return step(model, 1),
    };
    let param = model.capabilities().and_then(|can| can.model(model.model_id())?.param(&name)).cloned();
    let Some(param) = param else { return Vec::new() };
    let value = model.effective_settings().get(&name).map(Value::to_string).unwrap_or_default();
    let purpose = TextPurpose::Setting { param: name, expects: param.expects() };
    model.popup = Some(Popup::Text(TextField::new(purpose, &value)));
    Vec::new()
}

/// Takes what was typed, or says why not.
pub(super) fn accept(model: &mut Model, name: &str, mut field: TextField) -> Vec<Effect> {
    let param = model.capabilities().and_then(|can| can.model(model.model_id())?.param(name)).cloned();
    let Some(param) = param else { return Vec::new() };
    match param.parse(field.input.text()) {
        Ok(value) => {
            set(model, name, value);
            model.update_estimate();
        }
        Err(error) => {
            field.error = Some(error.to_string());
            model.popup = Some(Popup::Text(field));
        }
    }
    Vec::new()
}

/// Back to the default.
pub(super) fn reset(model: &mut Model) -> Vec<Effect> {
    let backend = model.next_job.backend.clone();
    match selected(model) {
        Some(SettingKind::Backend) => choose_backend(model, model.registry.default().unwrap_or_default().to_owned()),
        Some(SettingKind::Model) => drop(model.next_job.models.remove(&backend)),
        Some(SettingKind::Count) => model.next_job.count = 1,
        Some(SettingKind::Param(name)) => {
            model.next_job.settings.get_mut(&backend).and_then(|settings| settings.remove(&name));
        }
        None => {}
    }
    model.update_estimate();
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crate::tui::{
        model::{Focus, Model},
        update::tests::{press, studio},
    };

    fn changed(model: &Model) -> Vec<String> {
        model.setting_rows().into_iter().filter(|row| row.changed).map(|row| row.label).collect()
    }

    #[test]
    fn a_value_or_model_stepped_back_to_its_default_is_no_choice() {
        let mut model = studio(Vec::new());
        model.focus = Focus::Settings;
        press(&mut model, &["down", "right", "down", "right"]);
        assert_eq!(changed(&model), ["model", "size"]);
        press(&mut model, &["left", "up", "left"]);
        assert_eq!(changed(&model), [""; 0]);
        assert!(model.draft().settings.is_empty() && model.next_job.models.is_empty());
    }
}
