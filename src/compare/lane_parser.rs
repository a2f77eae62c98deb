//! Parsing of lanes: `gpt-image`, `codex:gpt-5.3-codex`, `sketch?style=pencil&seed=3`, or the name of a lane in the
//! config.

use indexmap::IndexMap;
use tintype_backends::{Settings, Value};

use crate::{
    compare::Lane,
    config::LaneConfig,
    engine::{Draft, Plan, Registry, SubmitError},
    suggest,
};

/// The error of a lane that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    #[error("`{0}` does not name a backend")]
    NoBackend(String),
    /// A setting has no value.
    #[error("invalid setting `{setting}` in `{lane}`")]
    InvalidSetting {
        /// The whole lane, as the user wrote it.
        lane: String,
        /// The part of the lane that is not a setting.
        setting: String,
    },
    /// A setting does not accept the value.
    #[error("`{param}` does not take `{value}`: {expects}")]
    Value {
        param: String,
        value: String,
        /// A description of the values that the setting accepts.
        expects: String,
        /// The hint for a choice that was probably meant; `None` where none is close.
        nearest: Option<String>,
    },
    /// Two lanes are equal in backend, model and settings.
    #[error("`{0}` and `{1}` are the same lane: backend, model and settings are equal")]
    Duplicate(String, String),
    /// There are fewer than two lanes to compare.
    #[error("at least two lanes are needed, got {0}")]
    TooFew(String),
    /// Neither a lane of the config nor a backend has that name.
    #[error("there is no lane or backend `{name}`")]
    Unknown {
        name: String,
        /// All known names: the lanes of the config, then the backends.
        known: Vec<String>,
    },
    /// The lane does not pass the checks of its backend.
    #[error(transparent)]
    Plan(#[from] SubmitError),
}

impl LaneError {
    /// Returns a hint about what to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoBackend(_) | Self::InvalidSetting { .. } => {
                "use BACKEND, BACKEND:MODEL or BACKEND?KEY=VALUE&KEY=VALUE, such as `sketch?style=pencil`".to_owned()
            }
            Self::Value { nearest: Some(hint), .. } => hint.clone(),
            Self::Value { .. } => "`tintype models BACKEND` lists the settings and their values".to_owned(),
            Self::Duplicate(..) => "change the model or a setting of one of them".to_owned(),
            Self::TooFew(_) => "separate lanes with commas, such as `gpt-image,codex`".to_owned(),
            Self::Unknown { name, known } => suggest::hint(name, known.iter().map(String::as_str)),
            Self::Plan(error) => return error.hint(),
        })
    }
}

/// Resolves all lanes in `written`: models, settings and defaults are filled in.
pub fn parse_lanes(
    written: &[String],
    config: &IndexMap<String, LaneConfig>,
    registry: &Registry,
) -> Result<Vec<Lane>, LaneError> {
    let mut lanes: Vec<Lane> = Vec::new();
    for text in written.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let lane = parse_lane(text, config, registry)?;
        if let Some(same) = lanes.iter().find(|known| known.identity() == lane.identity()) {
            return Err(LaneError::Duplicate(same.name.clone(), lane.name));
        }
        lanes.push(lane);
    }
    match lanes.as_slice() {
        [] => Err(LaneError::TooFew("none".to_owned())),
        [one] => Err(LaneError::TooFew(format!("`{}`", one.name))),
        _ => Ok(lanes),
    }
}

/// Resolves the lane in `text`, which is a name in the config or the parsed form.
pub fn parse_lane(text: &str, config: &IndexMap<String, LaneConfig>, registry: &Registry) -> Result<Lane, LaneError> {
    let table = match config.get(text) {
        Some(table) => table.clone(),
        None => parse(text, registry)?,
    };
    let draft = Draft {
        backend: Some(table.backend),
        model: table.model,
        settings: table.settings,
        ..draft_for_lane("a", None)
    };
    match registry.plan(&draft) {
        Err(SubmitError::UnknownBackend { name, known }) if !config.contains_key(text) => {
            Err(LaneError::Unknown { name, known: config.keys().cloned().chain(known).collect() })
        }
        planned => Ok(lane_from_plan(text, &planned?)),
    }
}

/// Returns the lane of a plan.
pub fn lane_from_plan(name: &str, plan: &Plan) -> Lane {
    Lane {
        name: name.to_owned(),
        backend: plan.backend.clone(),
        model: plan.request.model.clone(),
        settings: plan.request.settings.clone(),
    }
}

/// Returns the draft of a prompt for a lane.
pub fn draft_for_lane(prompt: &str, lane: Option<&Lane>) -> Draft {
    Draft {
        prompt: prompt.to_owned(),
        backend: lane.map(|lane| lane.backend.clone()),
        model: lane.map(|lane| lane.model.clone()),
        settings: lane.map(|lane| lane.settings.clone()).unwrap_or_default(),
        count: 1,
        ..Draft::default()
    }
}

fn parse(text: &str, registry: &Registry) -> Result<LaneConfig, LaneError> {
    let (who, settings) = text.split_once('?').map_or((text, ""), |(who, settings)| (who, settings));
    let (backend, model) = who.split_once(':').map_or((who, None), |(backend, model)| (backend, Some(model)));
    if backend.is_empty() {
        return Err(LaneError::NoBackend(text.to_owned()));
    }
    let mut table =
        LaneConfig { backend: backend.to_owned(), model: model.map(str::to_owned), settings: Settings::new() };
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        let refused = || LaneError::InvalidSetting { lane: text.to_owned(), setting: setting.to_owned() };
        let (name, value) = setting.split_once('=').ok_or_else(refused)?;
        table.settings.insert(name.to_owned(), value_of(&table, name, value, registry)?);
    }
    Ok(table)
}

/// Parses a value by the model's description of the setting. Without such a setting it stays text, and planning the
/// lane reports the error.
fn value_of(table: &LaneConfig, name: &str, value: &str, registry: &Registry) -> Result<Value, LaneError> {
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
