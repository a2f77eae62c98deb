//! State of the settings pane, and its rows as derived from the parameters of the chosen model.
//! No backend is named here: a new one brings its own parameters.

use tintype_backends::{ParamKind, Value};

use super::Model;

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
        let chosen = self.chosen_settings();
        let effective = self.effective_settings();
        rows.extend(model.params.iter().filter(|param| param.applies(&effective)).map(|param| SettingRow {
            kind: SettingKind::Param(param.name.to_string()),
            label: param.name.replace('_', " "),
            value: effective.get(param.name.as_ref()).map(Value::to_string).unwrap_or_default(),
            description: format!("{}: {}", param.about, param.expects()),
            changed: chosen.contains_key(param.name.as_ref()),
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
            description: model.map(|model| model.about.to_string()).unwrap_or_default(),
            changed: self.next_job.models.contains_key(&self.next_job.backend),
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
            ParamKind::Integer { min, max } => {
                let number = current.and_then(|value| value.as_integer()).unwrap_or(*min);
                Some(Value::Integer(number.saturating_add(step).clamp(*min, *max)))
            }
            ParamKind::Text { .. } | ParamKind::Decimal { .. } | ParamKind::List { .. } | ParamKind::File => None,
        }
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
