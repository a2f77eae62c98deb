//! Reuse of an earlier job's prompt, settings and references, and the state to return to.

use tintype_backends::{Settings, Usd};

use super::{Model, NextJob, PromptEditor};
use crate::{engine::Draft, library::Record};

/// The price of an image that costs nothing.
pub(super) const FREE: &str = "free";

/// The state before a reuse.
#[derive(Clone, Debug)]
pub struct ReuseUndo {
    prompt: PromptEditor,
    next_job: NextJob,
    /// The prompt that took the place of the typed one.
    reused: String,
}

impl Model {
    /// Replaces the prompt for a reuse. The typed text joins the earlier prompts.
    pub fn begin_reuse(&mut self, prompt: &str) {
        let (before, next_job) = (self.prompt.clone(), self.next_job.clone());
        self.prompt.remember(before.text());
        self.prompt.replace(prompt);
        self.undo_reuse = Some(Box::new(ReuseUndo { prompt: before, next_job, reused: self.prompt.text() }));
    }

    /// Restores prompt, settings and references from before the last reuse, if the prompt was not edited since; returns
    /// `true` if they were restored.
    pub fn undo_reuse(&mut self) -> bool {
        let text = self.prompt.text();
        let Some(undo) = self.undo_reuse.take_if(|undo| undo.reused == text) else { return false };
        (self.prompt, self.next_job) = (undo.prompt, undo.next_job);
        self.update_estimate();
        true
    }

    /// Forgets the state before the last reuse, since the prompt was sent.
    pub fn forget_reuse(&mut self) {
        self.undo_reuse = None;
    }

    /// Returns the price of one image of a draft: `$0.022 an image`, `free`.
    pub fn price_per_image(&self, draft: Draft) -> String {
        let plan = self.registry.plan(&Draft { count: 1, ..draft });
        let estimate = plan.map(|plan| plan.estimate).unwrap_or_default();
        if let Some(guess) = estimate.guess {
            return format!("{} to {} an image", guess.low, guess.high);
        }
        match (estimate.usd, estimate.upper) {
            (Some(Usd::ZERO), None | Some(Usd::ZERO)) => FREE.to_owned(),
            (Some(usd), Some(upper)) if upper > usd => format!("{usd} to {upper} an image"),
            (Some(usd), _) => format!("{usd} an image"),
            (None, Some(upper)) => format!("up to {upper} an image"),
            (None, None) => "price unknown".to_owned(),
        }
    }

    /// Returns the settings of a record that its model accepts and that differ from the defaults.
    pub fn reusable_settings(&self, record: &Record) -> Settings {
        let capabilities = self.registry.get(&record.backend).map(|backend| backend.capabilities());
        let Some(known) = capabilities.and_then(|can| can.model(&record.model)) else { return Settings::new() };
        let fits = |name: &String, value| known.param(name).is_some_and(|param| param.check(value).is_ok());
        let settings = record.settings.iter().filter(|(name, value)| fits(name, value));
        let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.non_default_settings(&record.backend, &record.model, &settings)
    }
}
