//! What a backend can do, stated by the backend as data: models, their settings, their limits, their life.
//! An upper bound, not a promise of success; the app greys out what is missing instead of finding out by paying.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, Param, ParamError, Settings, Usd};

/// Everything the app needs to know of a backend before it uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// The kind it was made from, as the config names it.
    pub kind: Cow<'static, str>,
    /// What it is, one line, for people.
    pub about: Cow<'static, str>,
    /// The models it offers, at least one, the most useful first.
    pub models: Vec<Model>,
    /// The id of the model that draws unless another is chosen; one of `models`.
    pub default_model: String,
    /// The user's defaults from its config table; they win over those of the `Param`s.
    pub defaults: Settings,
    /// Whether it could draw right now, as far as can be told without asking anyone.
    pub readiness: Readiness,
    /// Whether it draws on this machine, with no network and no cost.
    pub offline: bool,
    /// Whether it shows pictures on their way.
    pub previews: bool,
    /// Whether a job can be taken up again by its ticket.
    pub resume: bool,
    /// Whether it answers questions in words (`Backend::ask`).
    pub asks: bool,
}

/// Whether a backend could draw right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Readiness {
    /// It has what it needs.
    Ready,
    /// Not known yet, nor what else stands here: it has to be asked first (`Backend::meet`).
    Asking,
    /// It lacks something.
    Missing {
        /// What is missing, lower case, no full stop: `no API key in OPENAI_API_KEY`.
        what: String,
        /// The next action.
        hint: String,
    },
    /// It is of no use as it is: a program that does not start, does not answer, or does not fit its table.
    Unavailable {
        /// The kind of failure that a job would end in.
        kind: ErrorKind,
        /// What is wrong, lower case, no full stop.
        what: String,
        /// The next action.
        hint: String,
    },
}

impl Readiness {
    /// What stands in the way, and the next action; nothing where it is ready or not known yet.
    pub fn obstacle(&self) -> Option<(&str, &str)> {
        match self {
            Self::Ready | Self::Asking => None,
            Self::Missing { what, hint } | Self::Unavailable { what, hint, .. } => Some((what, hint)),
        }
    }
}

/// One model of a backend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// Its id, as the provider spells it.
    pub id: String,
    /// What it is good for, one line.
    pub about: Cow<'static, str>,
    /// Its settings, in the order in which a pane shows them.
    pub params: Vec<Param>,
    /// The most pictures in one job.
    pub max_count: u32,
    /// The most reference images; 0 where it cannot start from a picture.
    pub max_inputs: u32,
    /// Whether it takes a mask.
    pub mask: bool,
    /// Whether it takes a markup.
    pub markup: bool,
    /// How long it will be there.
    pub life: Life,
}

/// How long a model will be there. Dates are `YYYY-MM-DD`, as the provider announced them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Its last day, past or to come; `None` where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<String>,
    /// The model that the provider names instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

impl Life {
    /// Whether its last day is over on `today` (`YYYY-MM-DD`).
    pub fn is_over(&self, today: &str) -> bool {
        self.shutdown.as_deref().is_some_and(|day| day <= today)
    }
}

/// What a job is expected to cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// The likely amount; `None` where nobody can say.
    pub usd: Option<Usd>,
    /// The most it can be, where a setting such as `auto` leaves it open.
    pub upper: Option<Usd>,
    /// The date of the price table, `YYYY-MM-DD`.
    pub prices_as_of: Option<String>,
    /// How sure the likely amount is, where it is guessed and not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<Guess>,
}

/// A guess, and what makes it better: nobody knows beforehand how long a model thinks and writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// It most likely costs no less.
    pub low: Usd,
    /// It most likely costs no more.
    pub high: Usd,
    /// Jobs of the same backend and model with the same words here cost alike: `high, 1024x1024`.
    pub alike: String,
    /// From how many jobs it was learned; 0 where it is only the backend's own guess.
    pub learned_from: u32,
}

impl Estimate {
    /// Drawn on this machine: nothing.
    pub const FREE: Self = Self { usd: Some(Usd::ZERO), upper: Some(Usd::ZERO), prices_as_of: None, guess: None };

    /// The amount a budget has to hold back: the most it can be, else the likely one.
    pub fn worst(&self) -> Option<Usd> {
        self.upper.or(self.usd)
    }
}

/// Why settings do not fit a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The model has no setting of that name.
    #[error("`{model}` has no setting `{name}`")]
    Unknown {
        /// The model.
        model: String,
        /// The name that was given.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
    /// The setting does not take that value.
    #[error(transparent)]
    Value(#[from] ParamError),
}

impl Capabilities {
    /// The model of that id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }
}

impl Model {
    /// The setting of that name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Every setting with the value that applies: the one chosen, else the user's default, else the `Param`'s own.
    /// A chosen value that is unknown or not taken is an error; a default that this model does not know is passed over,
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
                settings.insert(param.name.to_string(), param.spelt(value));
            }
        }
        let all = settings.clone();
        settings.retain(|name, _| self.param(name).is_some_and(|param| param.applies(&all)));
        Ok(settings)
    }

    /// The error for a setting this model does not have.
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
            life: Life::default(),
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
    fn a_setting_without_meaning_is_not_sent() {
        let png = model().complete(&Settings::new(), &Settings::new()).unwrap();
        assert!(!png.contains_key("compression"));
        let jpeg = model().complete(&Settings::new(), &settings([("format", "jpeg".into())])).unwrap();
        assert_eq!(jpeg["compression"], 90.into());
    }

    #[test]
    fn an_unknown_setting_is_refused_but_an_unknown_default_is_passed_over() {
        let odd = settings([("sizzle", "hot".into())]);
        assert!(model().complete(&odd, &Settings::new()).is_ok());
        let error = model().complete(&Settings::new(), &odd).unwrap_err();
        assert_eq!(error.to_string(), "`m` has no setting `sizzle`");
    }

    #[test]
    fn a_model_is_over_on_its_last_day() {
        let life = Life { shutdown: Some("2026-10-23".into()), successor: None };
        assert!(life.is_over("2026-11-22"));
        assert!(life.is_over("2026-10-23"));
        assert!(!life.is_over("2026-10-22"));
        assert!(!Life::default().is_over("2026-11-22"));
    }
}
