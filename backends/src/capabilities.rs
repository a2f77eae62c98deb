//! The capabilities of a backend, stated by the backend as data: its models with their settings, limits and lifecycles.
//! They are an upper bound, not a promise of success: the app disables what is missing instead of finding out with a
//! paid request.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, Param, ParamError, Settings, Usd};

/// Everything the app needs to know about a backend before using it.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// The kind of the backend, as the config names it.
    pub kind: Cow<'static, str>,
    /// A description of the backend for people, in one line.
    pub about: Cow<'static, str>,
    /// The models it offers, at least one, the most useful first.
    pub models: Vec<Model>,
    /// The id of the default model; one of `models`.
    pub default_model: String,
    /// The user's defaults from its config table. They take precedence over those of the `Param`s.
    pub defaults: Settings,
    /// The readiness of the backend, as far as it is known without contacting a server or a program.
    pub readiness: Readiness,
    /// True if it generates images on this machine, with no network and no cost.
    pub offline: bool,
    /// True if it sends previews while it works.
    pub previews: bool,
    /// True if a job can be resumed by its ticket.
    pub resume: bool,
    /// True if it answers questions in text (`Backend::answer_question`).
    pub asks: bool,
}

/// The readiness of a backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Readiness {
    /// It has everything it needs.
    Ready,
    /// Its readiness and its other capabilities are not known yet: call `Backend::initialize` first.
    Asking,
    /// It lacks something that the user can provide.
    Missing {
        /// The missing item, lower case, no full stop: `no API key in OPENAI_API_KEY`.
        what: String,
        /// The next action.
        hint: String,
    },
    /// It cannot be used as it is: a program that does not start, does not respond, or does not match its table.
    Unavailable {
        /// The kind of error that a job would end in.
        kind: ErrorKind,
        /// The problem, lower case, no full stop.
        what: String,
        /// The next action.
        hint: String,
    },
}

impl Readiness {
    /// Returns what prevents its use, and the next action; `None` if it is ready or its readiness is not known yet.
    pub fn problem(&self) -> Option<(&str, &str)> {
        match self {
            Self::Ready | Self::Asking => None,
            Self::Missing { what, hint } | Self::Unavailable { what, hint, .. } => Some((what, hint)),
        }
    }
}

/// One model of a backend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// The model's id, as the provider spells it.
    pub id: String,
    /// Its strengths, in one line.
    pub about: Cow<'static, str>,
    /// Its settings, in the order in which a settings pane shows them.
    pub params: Vec<Param>,
    /// The maximum number of images in one job.
    pub max_count: u32,
    /// The maximum number of reference images; 0 if it accepts none.
    pub max_inputs: u32,
    /// True if it accepts a mask.
    pub mask: bool,
    /// True if it accepts a markup.
    pub markup: bool,
    /// The lifecycle of the model.
    pub life: ModelLifecycle,
}

/// The lifecycle of a model. Dates are `YYYY-MM-DD`, as the provider announced them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLifecycle {
    /// Its last day, past or future; `None` if none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<String>,
    /// The model that the provider names as its replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

impl ModelLifecycle {
    /// Returns whether the model's last day is over on `today` (`YYYY-MM-DD`).
    pub fn is_over(&self, today: &str) -> bool {
        self.shutdown.as_deref().is_some_and(|day| day <= today)
    }
}

/// The expected cost of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// The likely amount; `None` if it is unknown.
    pub usd: Option<Usd>,
    /// The maximum, where a setting such as `auto` leaves the amount open.
    pub upper: Option<Usd>,
    /// The date of the price table, `YYYY-MM-DD`.
    pub prices_as_of: Option<String>,
    /// The confidence in the likely amount, where it is a guess and not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<Guess>,
}

/// A guess and its range. A guess improves with experience, since a model's reasoning and output lengths are not known
/// in advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// The lower end of the likely range.
    pub low: Usd,
    /// The upper end of the likely range.
    pub high: Usd,
    /// The label of similar jobs, such as `high, 1024x1024`: jobs of one backend and model with the same label cost
    /// about the same.
    pub alike: String,
    /// The number of jobs it was learned from; 0 if it is only the backend's own guess.
    pub learned_from: u32,
}

impl Estimate {
    /// The estimate for an image generated on this machine: zero.
    pub const FREE: Self = Self { usd: Some(Usd::ZERO), upper: Some(Usd::ZERO), prices_as_of: None, guess: None };

    /// Returns the amount that a budget has to reserve: the maximum, else the likely amount.
    pub fn upper_bound(&self) -> Option<Usd> {
        self.upper.or(self.usd)
    }
}

/// The reason why settings do not fit a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The model has no setting of that name.
    #[error("`{model}` has no setting `{name}`")]
    Unknown {
        /// The model's id.
        model: String,
        /// The name of the rejected setting.
        name: String,
        /// The names of the model's settings.
        known: Vec<String>,
    },
    /// The setting does not accept the value.
    #[error(transparent)]
    Value(#[from] ParamError),
}

impl Capabilities {
    /// Returns the model with that id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }
}

impl Model {
    /// Returns the setting of that name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Returns every setting with its effective value: the chosen one, else the user's default, else the `Param`'s own.
    /// A chosen value that is unknown or not accepted is an error. A default that this model does not know is skipped,
    /// since one table's defaults serve several models. Settings whose condition does not hold are left out.
    pub fn complete(&self, defaults: &Settings, chosen: &Settings) -> Result<Settings, SettingError> {
        for (name, value) in chosen {
            self.param(name).ok_or_else(|| self.unknown(name))?.check(value)?;
        }
        let mut settings: Settings = Settings::new();
        for param in &self.params {
            let default = defaults.get(param.name.as_ref()).filter(|value| param.check(value).is_ok());
            let value = chosen.get(param.name.as_ref()).or(default).or(param.default.as_ref());
            if let Some(value) = value {
                settings.insert(param.name.to_string(), param.canonical(value));
            }
        }
        let all = settings.clone();
        settings.retain(|name, _| self.param(name).is_some_and(|param| param.applies(&all)));
        Ok(settings)
    }

    /// Returns the error for a setting that this model does not have.
    pub fn unknown(&self, name: &str) -> SettingError {
        let known = self.params.iter().map(|param| param.name.to_string()).collect();
        SettingError::Unknown { model: self.id.clone(), name: name.to_owned(), known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        Model {
            id: "m".into(),
            about: "".into(),
            params: vec![
                Param::choice("format", "file format", &["png", "jpeg"]).with_default("png"),
                Param::integer("compression", "how hard", 0, 100).with_default(90).when("format", ["jpeg".into()]),
            ],
            max_count: 1,
            max_inputs: 0,
            mask: false,
            markup: false,
            life: ModelLifecycle::default(),
        }
    }

    fn settings<const N: usize>(pairs: [(&str, crate::Value); N]) -> Settings {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn the_chosen_value_wins_over_the_users_default_over_the_params_own() {
        let complete = |defaults, chosen| model().complete(&defaults, &chosen).unwrap()["format"].to_string();
        assert_eq!(complete(settings([]), settings([])), "png");
        assert_eq!(complete(settings([("format", "jpeg".into())]), settings([])), "jpeg");
        assert_eq!(complete(settings([("format", "jpeg".into())]), settings([("format", "png".into())])), "png");
    }

    #[test]
    fn a_setting_that_does_not_apply_is_not_sent() {
        let png = model().complete(&Settings::new(), &Settings::new()).unwrap();
        assert!(!png.contains_key("compression"));
        let jpeg = model().complete(&Settings::new(), &settings([("format", "jpeg".into())])).unwrap();
        assert_eq!(jpeg["compression"], 90.into());
    }

    #[test]
    fn an_unknown_setting_is_rejected_but_an_unknown_default_is_skipped() {
        let odd = settings([("sizzle", "hot".into())]);
        assert!(model().complete(&odd, &Settings::new()).is_ok());
        let error = model().complete(&Settings::new(), &odd).unwrap_err();
        assert_eq!(error.to_string(), "`m` has no setting `sizzle`");
    }

    #[test]
    fn a_model_is_over_on_its_last_day() {
        let life = ModelLifecycle { shutdown: Some("2026-10-23".into()), successor: None };
        assert!(life.is_over("2026-11-22"));
        assert!(life.is_over("2026-10-23"));
        assert!(!life.is_over("2026-10-22"));
        assert!(!ModelLifecycle::default().is_over("2026-11-22"));
    }
}
