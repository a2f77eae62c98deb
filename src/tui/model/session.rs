//! What the studio remembers from one day to the next: the unsent prompt and the choices made.
//! Not the history, which is the library's, and nothing that the config says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tintype_backends::{Readiness, Settings};

use super::Model;

/// The last session. Unknown fields are passed over, so that an older program can read a newer file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// What was typed and not sent.
    pub prompt: String,
    /// The backend that was chosen; `None` leaves it to the config.
    pub backend: Option<String>,
    /// The models that were chosen, by backend.
    pub models: BTreeMap<String, String>,
    /// The settings that were chosen, by backend.
    pub settings: BTreeMap<String, Settings>,
    /// How many pictures.
    pub count: u32,
    /// Whether the settings were shown.
    pub show_settings: Option<bool>,
    /// Whether the history was hidden.
    pub hide_history: bool,
    /// The theme chosen in the studio; `None` leaves it to the config.
    pub theme: Option<String>,
}

impl Model {
    /// What to remember.
    pub fn session(&self) -> Session {
        let default = self.choice.backend == self.registry.default().unwrap_or_default();
        Session {
            prompt: self.prompt.text(),
            backend: (!default).then(|| self.choice.backend.clone()),
            models: self.choice.models.clone(),
            settings: self.choice.settings.clone(),
            count: self.choice.count,
            show_settings: self.show_settings,
            hide_history: !self.show_history,
            theme: self.chosen_theme.clone(),
        }
    }

    /// Takes up where a session ended; what no longer exists is left out.
    pub fn restore(&mut self, session: Session) {
        self.prompt.restart(&session.prompt);
        if let Some(backend) = session.backend.filter(|name| self.registry.get(name).is_some()) {
            self.choice.backend = backend;
        }
        self.choice.models = session.models;
        self.drop_gone_models();
        self.choice.settings = session.settings;
        self.choice.count = session.count.clamp(1, self.max_count());
        self.show_settings = session.show_settings;
        self.show_history = !session.hide_history;
        self.chosen_theme = session.theme;
        self.reckon();
    }

    /// Forgets chosen models that are not to be had; one of a backend that was not asked yet may be.
    pub fn drop_gone_models(&mut self) {
        self.choice.models.retain(|backend, model| {
            self.registry.get(backend).is_some_and(|backend| {
                let can = backend.capabilities();
                can.readiness == Readiness::Asking || can.model(model).is_some()
            })
        });
    }

    /// The most pictures the chosen model draws for one prompt.
    pub fn max_count(&self) -> u32 {
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        model.map_or(1, |model| model.max_count.max(1))
    }
}
