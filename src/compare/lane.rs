//! From what a person writes for a lane to the lane: `gpt-image`, `codex:gpt-5.3-codex`, `sketch?style=pencil&seed=3`,
//! or the name of a lane in the config. What it costs and draws is not decided here.

use indexmap::IndexMap;
use tintype_backends::{Settings, Value};

use crate::{
    compare::Lane,
    config::LaneTable,
    engine::{Draft, Plan, Registry, SubmitError},
    nearest,
};

/// A lane that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// It does not say which backend.
    #[error("`{0}` names no backend")]
    NoBackend(String),
    /// A setting without a value.
    #[error("`{setting}` in `{lane}` is no setting")]
    NoSetting {
        /// The lane as it was written.
        lane: String,
        /// The piece of it.
        setting: String,
    },
    /// A value that the setting does not take.
    #[error("`{param}` does not take `{value}`: {expects}")]
    Value {
        /// The setting.
        param: String,
        /// What was given.
        value: String,
        /// What it takes.
        expects: String,
        /// The hint of a choice that was perhaps meant.
        nearest: Option<String>,
    },
    /// The same lane twice.
    #[error("`{0}` and `{1}` are the same lane: backend, model and settings are equal")]
    Twice(String, String),
    /// Nothing to compare.
    #[error("there is nothing to compare with: {0} was named")]
    TooFew(String),
    /// No lane of the config and no backend has that name.
    #[error("there is no lane and no backend `{name}`")]
    Unknown {
        /// What was given.
        name: String,
        /// All names: the lanes of the config, then the backends.
        known: Vec<String>,
    },
    /// The backend refuses it.
    #[error(transparent)]
    Plan(#[from] SubmitError),
}

impl LaneError {
    /// The next action.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoBackend(_) | Self::NoSetting { .. } => {
                "write BACKEND, BACKEND:MODEL or BACKEND?KEY=VALUE&KEY=VALUE, such as `sketch?style=pencil`".to_owned()
            }
            Self::Value { nearest: Some(hint), .. } => hint.clone(),
            Self::Value { .. } => "`tintype models BACKEND` lists the settings and what they take".to_owned(),
            Self::Twice(..) => "give one of them another model or other settings".to_owned(),
            Self::TooFew(_) => "name two lanes or more with a comma between, such as `gpt-image,codex`".to_owned(),
            Self::Unknown { name, known } => nearest::hint(name, known.iter().map(String::as_str)),
            Self::Plan(error) => return error.hint(),
        })
    }
}

/// Every lane that `written` names, made final: models, settings and defaults filled in.
pub fn lanes(
    written: &[String],
    config: &IndexMap<String, LaneTable>,
    registry: &Registry,
) -> Result<Vec<Lane>, LaneError> {
    let mut lanes: Vec<Lane> = Vec::new();
    for text in written.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let lane = lane(text, config, registry)?;
        if let Some(same) = lanes.iter().find(|known| known.identity() == lane.identity()) {
            return Err(LaneError::Twice(same.name.clone(), lane.name));
        }
        lanes.push(lane);
    }
    match lanes.as_slice() {
        [] => Err(LaneError::TooFew("no lane".to_owned())),
        [one] => Err(LaneError::TooFew(format!("`{}`", one.name))),
        _ => Ok(lanes),
    }
}

/// The lane that `text` names.
pub fn lane(text: &str, config: &IndexMap<String, LaneTable>, registry: &Registry) -> Result<Lane, LaneError> {
    let table = match config.get(text) {
        Some(table) => table.clone(),
        None => parse(text, registry)?,
    };
    let draft =
        Draft { backend: Some(table.backend), model: table.model, settings: table.settings, ..draft_of("a", None) };
    match registry.plan(&draft) {
        Err(SubmitError::UnknownBackend { name, known }) if !config.contains_key(text) => {
            Err(LaneError::Unknown { name, known: config.keys().cloned().chain(known).collect() })
        }
        planned => Ok(lane_of(text, &planned?)),
    }
}

/// The lane that draws what was planned.
pub fn lane_of(name: &str, plan: &Plan) -> Lane {
    Lane {
        name: name.to_owned(),
        backend: plan.backend.clone(),
        model: plan.request.model.clone(),
        settings: plan.request.settings.clone(),
    }
}

/// What a lane shall draw.
pub fn draft_of(prompt: &str, lane: Option<&Lane>) -> Draft {
    Draft {
        prompt: prompt.to_owned(),
        backend: lane.map(|lane| lane.backend.clone()),
        model: lane.map(|lane| lane.model.clone()),
        settings: lane.map(|lane| lane.settings.clone()).unwrap_or_default(),
        count: 1,
        ..Draft::default()
    }
}

fn parse(text: &str, registry: &Registry) -> Result<LaneTable, LaneError> {
    let (who, settings) = text.split_once('?').map_or((text, ""), |(who, settings)| (who, settings));
    let (backend, model) = who.split_once(':').map_or((who, None), |(backend, model)| (backend, Some(model)));
    if backend.is_empty() {
        return Err(LaneError::NoBackend(text.to_owned()));
    }
    let mut table =
        LaneTable { backend: backend.to_owned(), model: model.map(str::to_owned), settings: Settings::new() };
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        let refused = || LaneError::NoSetting { lane: text.to_owned(), setting: setting.to_owned() };
        let (name, value) = setting.split_once('=').ok_or_else(refused)?;
        table.settings.insert(name.to_owned(), value_of(&table, name, value, registry)?);
    }
    Ok(table)
}

/// A value as the model's description of it says; as plain text where the model has no such setting, which is told
/// when the lane is planned.
fn value_of(table: &LaneTable, name: &str, value: &str, registry: &Registry) -> Result<Value, LaneError> {
    let capabilities = registry.get(&table.backend).map(|backend| backend.capabilities());
    let model = capabilities.and_then(|can| can.model(table.model.as_deref().unwrap_or(&can.default_model)));
    let Some(param) = model.and_then(|model| model.param(name)) else { return Ok(Value::from(value)) };
    param.parse(value).map_err(|error| LaneError::Value {
        nearest: error.hint(),
        param: error.param,
        value: error.value,
        expects: error.expects,
    })
}
