//! State of the settings pane, and its rows as derived from the parameters of the chosen model.
//! No backend is named here: a new one brings its own parameters.

use tintype_backends::{Param, ParamKind, Settings, SharedBackend, Value};

use super::{Model, reuse::FREE};

/// The settings pane.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsPane {
    pub selected: usize,
}

/// A row of the pane.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRow {
    pub kind: SettingKind,
    pub label: String,
    /// Its value; empty if none is sent to the backend.
    pub value: String,
    pub description: String,
    /// Set if the user chose the value instead of the default.
    pub changed: bool,
}

/// The subject of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// The backend.
    Backend,
    /// The model.
    Model,
    /// The number of images.
    Count,
    /// A parameter of the model.
    Param(String),
}

impl Model {
    /// Returns the rows of the settings pane.
    pub fn setting_rows(&self) -> Vec<SettingRow> {
        let mut rows = vec![self.backend_row(), self.model_row()];
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        let Some(model) = model else { return rows };
        if model.max_count > 1 {
            rows.push(self.count_row());
        }
        let changed = self.non_default_settings(&self.next_job.backend, self.model_id(), &self.chosen_settings());
        let effective = self.effective_settings();
        rows.extend(model.params.iter().filter(|param| param.applies(&effective)).map(|param| SettingRow {
            kind: SettingKind::Param(param.name.to_string()),
            label: param.name.replace('_', " "),
            value: effective.get(param.name.as_ref()).map(Value::to_string).unwrap_or_default(),
            description: format!("{}: {}", param.about, param.expects()),
            changed: changed.contains_key(param.name.as_ref()),
        }));
        rows
    }

    fn backend_row(&self) -> SettingRow {
        SettingRow {
            kind: SettingKind::Backend,
            label: "backend".into(),
            value: self.next_job.backend.clone(),
            description: self.capabilities().map(|can| can.about.to_string()).unwrap_or_default(),
            changed: self.next_job.backend != self.registry.default().unwrap_or_default(),
        }
    }

    fn model_row(&self) -> SettingRow {
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        SettingRow {
            kind: SettingKind::Model,
            label: "model".into(),
            value: self.model_id().to_owned(),
            description: model.map(|model| self.with_price(&model.about)).unwrap_or_default(),
            changed: self.next_job.models.contains_key(&self.next_job.backend),
        }
    }

    fn with_price(&self, about: &str) -> String {
        match self.price_per_image(self.draft()) {
            price if price == FREE => about.to_owned(),
            price => format!("{about}; {price}"),
        }
    }

    fn count_row(&self) -> SettingRow {
        SettingRow {
            kind: SettingKind::Count,
            label: "images".into(),
            value: self.next_job.count.to_string(),
            description: "images per prompt".into(),
            changed: self.next_job.count > 1,
        }
    }

    /// Returns the settings that differ from the defaults which a backend's model has beside the others.
    pub fn non_default_settings(&self, backend: &str, model: &str, settings: &Settings) -> Settings {
        let differs = |name: &String, value: &Value| {
            let mut others = settings.clone();
            others.remove(name);
            self.complete_settings(backend, model, &others).get(name) != Some(value)
        };
        settings.iter().filter(|(name, value)| differs(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    fn complete_settings(&self, backend: &str, model: &str, chosen: &Settings) -> Settings {
        let complete = |backend: &SharedBackend| {
            let can = backend.capabilities();
            can.model(model)?.complete(&can.defaults, chosen).ok()
        };
        self.registry.get(backend).and_then(complete).unwrap_or_default()
    }

    /// Chooses a model of the chosen backend; the default is no choice, so that it follows the config later.
    pub fn choose_model(&mut self, id: String) {
        let backend = self.next_job.backend.clone();
        if self.capabilities().is_some_and(|can| can.default_model == id) {
            self.next_job.models.remove(&backend);
        } else {
            self.next_job.models.insert(backend, id);
        }
    }

    /// Returns the value after (`+1`) or before (`-1`) the current one, for a setting that has an order.
    pub fn adjacent_value(&self, name: &str, step: i64) -> Option<Value> {
        let param = self.capabilities()?.model(self.model_id())?.param(name)?;
        let current = self.effective_settings().get(name).cloned();
        match &param.kind {
            ParamKind::Choice { choices } => {
                cycle(choices.iter().map(|word| Value::from(word.as_ref())), current, step)
            }
            ParamKind::Size { presets, auto, .. } => {
                let auto = auto.then(|| Value::from("auto"));
                cycle(auto.into_iter().chain(presets.iter().map(|size| Value::Text(size.to_string()))), current, step)
            }
            ParamKind::Flag => Some(Value::Flag(!current.and_then(|value| value.as_flag()).unwrap_or(false))),
            ParamKind::Integer { min, max } => Some(adjacent_number(param, current, (*min, *max), step)),
            ParamKind::Text { .. } | ParamKind::Decimal { .. } | ParamKind::List { .. } | ParamKind::File => None,
        }
    }
}

/// Returns the number after or before the current one. The keyword comes before the smallest number.
fn adjacent_number(param: &Param, current: Option<Value>, (min, max): (i64, i64), step: i64) -> Value {
    let keyword = param.keyword.as_deref().map(Value::from);
    match current.and_then(|value| value.as_integer()) {
        Some(number) if number > min || step > 0 => Value::Integer(number.saturating_add(step).clamp(min, max)),
        None if step > 0 => Value::Integer(min),
        Some(_) | None => keyword.unwrap_or(Value::Integer(min)),
    }
}

fn cycle(values: impl Iterator<Item = Value>, current: Option<Value>, step: i64) -> Option<Value> {
    let values: Vec<Value> = values.collect();
    let at = current.and_then(|current| values.iter().position(|value| *value == current));
    let next = match at {
        Some(at) => (at as i64 + step).rem_euclid(values.len() as i64) as usize,
        None => 0,
    };
    values.into_iter().nth(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures;

    #[test]
    fn keyword_comes_before_the_smallest_number() {
        let seed = Param::integer("seed", "", 0, 9).with_keyword("random");
        let step = |from: Option<Value>, step| adjacent_number(&seed, from, (0, 9), step);
        let up = [step(Some("random".into()), 1), step(Some(0.into()), 1), step(Some(9.into()), 1)];
        assert_eq!(up, [0, 1, 9].map(Value::Integer));
        assert_eq!([step(Some(1.into()), -1), step(Some(0.into()), -1)], [0.into(), "random".into()]);
        assert_eq!([step(Some("random".into()), -1), step(None, -1)], ["random".into(), "random".into()]);
        let plain = Param::integer("passes", "", 2, 9);
        let down = [Some(2.into()), None].map(|from| adjacent_number(&plain, from, (2, 9), -1));
        assert_eq!(down, [2, 2].map(Value::Integer));
    }

    #[test]
    fn only_values_that_differ_from_the_defaults_are_changed() {
        let mut model = fixtures::model();
        let chosen = [("size".to_owned(), "1024x1024".into()), ("style".to_owned(), "line".into())];
        model.next_job.settings.insert("pencil".into(), Settings::from(chosen));
        let changed = model.setting_rows().into_iter().filter(|row| row.changed).map(|row| row.label);
        assert_eq!(changed.collect::<Vec<_>>(), ["style"]);
    }
}
