//! The lifecycle of models: announced shutdowns, successors, and the warning in advance.
//! Servers announce shutdowns; backends declare those that were known when they were built.

use jiff::civil::Date;
use tintype_backends::{ErrorKind, ModelLifecycle};

use super::{Model, Notice, NoticeTopic, Severity};
use crate::{
    library::Record,
    tui::action::{Action, KeyContext},
};

/// Number of days before a shutdown at which a notice about it becomes a warning.
const SOON: i32 = 60;

impl Model {
    /// Returns the lifecycle of a model: as its server announced it, or else as its backend declares it.
    pub fn life(&self, backend: &str, id: &str) -> Option<ModelLifecycle> {
        let known = self.registry.get(backend)?.capabilities().model(id)?.life.clone();
        let announced = self.shutdowns.get(backend).and_then(|endings| endings.get(id)).cloned();
        Some(ModelLifecycle { shutdown: announced.or(known.shutdown), ..known })
    }

    /// Returns the successor of the retired model that a job failed for: as the error names it, or else as declared.
    pub fn successor(&self, record: &Record) -> Option<String> {
        let error = record.error.as_ref().filter(|error| error.kind == ErrorKind::ModelRetired)?;
        let declared = || self.life(&record.backend, &record.model)?.successor;
        error.successor.clone().or_else(declared)
    }

    /// Warns about the shutdown of the chosen model, if one is known.
    pub fn warn_of_shutdown(&mut self) {
        self.notices.clear(NoticeTopic::Shutdown);
        let id = self.model_id().to_owned();
        let life = self.life(&self.next_job.backend, &id);
        if let Some(notice) = life.and_then(|life| self.shutdown_notice(&id, &life)) {
            self.notify(notice);
        }
    }

    /// Returns the notice about a model's shutdown, with the key that chooses its successor.
    pub fn shutdown_notice(&self, id: &str, life: &ModelLifecycle) -> Option<Notice> {
        let day: Date = life.shutdown.as_deref()?.parse().ok()?;
        let days = (day - self.now.at.to_zoned(self.zone.clone()).date()).get_days();
        let text = match days {
            ..=0 => format!("`{id}` was shut down on {day}; other servers may still offer it"),
            1 => format!("`{id}` will be shut down tomorrow"),
            _ => format!("`{id}` will be shut down on {day}, in {days} days"),
        };
        let hint = life.successor.as_ref().map(|successor| {
            let key = self.config.keymap.label(KeyContext::Global, Action::SwitchModel, self.terminal.enhanced_keys);
            key.map_or(format!("use its successor, `{successor}`"), |key| {
                format!("{key} to choose its successor, `{successor}`")
            })
        });
        // A distant shutdown is a notice that expires by itself; a near one stays until it is dismissed.
        let severity = if days > SOON { Severity::Info } else { Severity::Warning };
        Some(Notice::new(severity, text).with_hint(hint).about(NoticeTopic::Shutdown))
    }
}
