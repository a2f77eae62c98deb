//! The saved session: the unsent prompt and the choices made, restored at the next start.
//! The history is in the library, and values of the config are not saved.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use tintype_backends::{Readiness, Settings};

use super::Model;

/// A saved session. Unknown fields are ignored, so that an older version can read a newer file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedSession {
    /// The typed prompt that was not sent yet.
    pub prompt: String,
    /// The chosen backend; `None` leaves the choice to the config.
    pub backend: Option<String>,
    /// The chosen models, by the names of their backends.
    pub models: BTreeMap<String, String>,
    /// The chosen settings, by the names of their backends.
    pub settings: BTreeMap<String, Settings>,
    /// Number of images that one prompt asks for.
    pub count: u32,
    /// Visibility of the settings pane; `None` decides by the width.
    pub show_settings: Option<bool>,
    /// Set if the user has hidden the history pane.
    pub hide_history: bool,
    /// The theme chosen in the studio; `None` leaves it to the config.
    pub theme: Option<String>,
    /// Image files that were added lately, newest first.
    pub recent_references: Vec<String>,
}

impl Model {
    /// Returns the session to save.
    pub fn session(&self) -> SavedSession {
        let recent = self.reference_pane.recent.iter();
        let default = self.next_job.backend == self.registry.default().unwrap_or_default();
        SavedSession {
            prompt: self.prompt.text(),
            backend: (!default).then(|| self.next_job.backend.clone()),
            models: self.next_job.models.clone(),
            settings: self.next_job.settings.clone(),
            count: self.next_job.count,
            show_settings: self.show_settings,
            hide_history: !self.show_history,
            theme: self.chosen_theme.clone(),
            recent_references: recent.filter_map(|path| path.to_str().map(str::to_owned)).collect(),
        }
    }

    /// Restores a session; choices that no longer exist are left out.
    pub fn restore(&mut self, session: SavedSession) {
        self.prompt.reset_to(&session.prompt);
        if let Some(backend) = session.backend.filter(|name| self.registry.get(name).is_some()) {
            self.next_job.backend = backend;
        }
        self.next_job.models = session.models;
        self.drop_missing_models();
        self.next_job.settings = session.settings;
        self.next_job.count = session.count.clamp(1, self.max_count());
        self.show_settings = session.show_settings;
        self.show_history = !session.hide_history;
        self.chosen_theme = session.theme;
        for path in session.recent_references.iter().rev() {
            self.reference_pane.remember_file(Path::new(path));
        }
        self.update_estimate();
    }

    /// Drops chosen models that no longer exist. A model of a backend that was not queried yet is kept, since it may
    /// exist.
    pub fn drop_missing_models(&mut self) {
        self.next_job.models.retain(|backend, model| {
            self.registry.get(backend).is_some_and(|backend| {
                let can = backend.capabilities();
                can.readiness == Readiness::Asking || can.model(model).is_some()
            })
        });
    }

    /// Returns the maximum number of images per prompt of the chosen model.
    pub fn max_count(&self) -> u32 {
        let model = self.capabilities().and_then(|can| can.model(self.model_id()));
        model.map_or(1, |model| model.max_count.max(1))
    }
}
