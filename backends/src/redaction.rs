//! A wrapper through which all output of a backend passes: its capabilities, its jobs and its errors lose the secrets
//! in force before they reach a screen, a file or the library. [`BackendKind::build`](crate::BackendKind::build) wraps every
//! backend.
//!
//! Every type is destructured into all of its fields, so that a new field fails to compile until it is handled here.

use std::{io, path::Path, sync::Arc};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};

use crate::{
    Backend, BackendError, Capabilities, Condition, Estimate, Format, Health, Image, Listener, Model, ModelLifecycle,
    Outcome, Param, ParamKind, Progress, ProviderIds, Question, Readiness, Request, Secrets, SharedBackend, TextAnswer,
    Ticket, Update,
};

/// A backend whose output is redacted.
struct RedactingBackend {
    inner: SharedBackend,
    capabilities: Capabilities,
    secrets: Secrets,
}

/// A listener that receives redacted updates.
struct RedactingListener {
    inner: Arc<dyn Listener>,
    secrets: Secrets,
}

/// Wraps a backend so that `secrets` are removed from all of its output.
pub(crate) fn redact_backend(inner: SharedBackend, secrets: &Secrets) -> SharedBackend {
    let mut capabilities = inner.capabilities().clone();
    secrets.clean_capabilities(&mut capabilities);
    Arc::new(RedactingBackend { inner, capabilities, secrets: secrets.clone() })
}

impl RedactingBackend {
    fn outcome(&self, ended: Result<Outcome, BackendError>) -> Result<Outcome, BackendError> {
        let cleaned = ended.map(|mut outcome| {
            self.secrets.clean_outcome(&mut outcome);
            outcome
        });
        cleaned.map_err(|error| self.error(error))
    }

    fn error(&self, mut error: BackendError) -> BackendError {
        self.secrets.clean_error(&mut error);
        error
    }

    fn progress(&self, progress: &Progress) -> Progress {
        progress.with_listener(|inner| Arc::new(RedactingListener { inner, secrets: self.secrets.clone() }))
    }
}

impl Backend for RedactingBackend {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, request: &Request) -> Estimate {
        self.inner.estimate(request)
    }

    fn fetch_estimate<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Option<Estimate>> {
        self.inner.fetch_estimate(request)
    }

    fn initialize(&self) -> BoxFuture<'_, Option<SharedBackend>> {
        self.inner.initialize().map(|met| met.map(|inner| redact_backend(inner, &self.secrets))).boxed()
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        let progress = self.progress(progress);
        async move { self.outcome(self.inner.generate(request, &progress).await) }.boxed()
    }

    fn resume<'a>(
        &'a self,
        ticket: &'a Ticket,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        let progress = self.progress(progress);
        async move { self.outcome(self.inner.resume(ticket, &progress).await) }.boxed()
    }

    fn salvage<'a>(
        &'a self,
        request: &'a Request,
        scratch: &'a Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        self.inner.salvage(request, scratch).map(|found| found.map(|ended| self.outcome(ended))).boxed()
    }

    fn answer_question<'a>(
        &'a self,
        question: &'a Question,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<TextAnswer, BackendError>> {
        let progress = self.progress(progress);
        let asking = async move {
            let mut reply = self.inner.answer_question(question, &progress).await.map_err(|error| self.error(error))?;
            let TextAnswer { text, usage: _, cost: _, ids, effective } = &mut reply;
            self.secrets.clean(text);
            self.secrets.clean_ids(ids);
            self.secrets.clean_settings(effective);
            Ok(reply)
        };
        asking.boxed()
    }

    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        let rehearsing = async move {
            let mut notes = self.inner.check_request(request).await.map_err(|error| self.error(error))?;
            for words in &mut notes {
                self.secrets.clean(words);
            }
            Ok(notes)
        };
        rehearsing.boxed()
    }

    fn warnings(&self) -> Vec<String> {
        self.inner.warnings().iter().map(|words| self.secrets.redact(words).into_owned()).collect()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        let checking = async move {
            let mut health = self.inner.check().await.map_err(|error| self.error(error))?;
            let Health { good, warnings, endings } = &mut health;
            good.iter_mut().chain(warnings).chain(endings.values_mut()).for_each(|words| self.secrets.clean(words));
            Ok(health)
        };
        checking.boxed()
    }
}

impl Listener for RedactingListener {
    fn on_update(&self, mut update: Update) {
        match &mut update {
            Update::Status(words) | Update::Thought(words) | Update::RequestId(words) => self.secrets.clean(words),
            Update::Percent(_) | Update::Preview(_) | Update::Sent | Update::Received => {}
        }
        self.inner.on_update(update);
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        let mut ticket = ticket.clone();
        self.secrets.clean_json(&mut ticket.0);
        let inner = Arc::clone(&self.inner);
        async move { inner.keep_ticket(&ticket).await }.boxed()
    }
}

impl Secrets {
    fn clean_outcome(&self, outcome: &mut Outcome) {
        let Outcome { images, usage: _, cost: _, effective, revised_prompt, ids, continuation, validity: _, notes } =
            outcome;
        for image in images {
            notes.extend(self.clean_image(image));
        }
        self.clean_settings(effective);
        self.clean_ids(ids);
        revised_prompt.iter_mut().chain(notes).for_each(|words| self.clean(words));
        if let Some(json) = continuation {
            self.clean_json(json);
        }
    }

    /// Redacts an image. Drawings are text and lose the secret. Other files stay byte for byte as received; the
    /// returned note says what they contain.
    fn clean_image(&self, image: &mut Image) -> Option<String> {
        let Image { bytes, format, svg, file } = image;
        if let Some(source) = svg {
            self.clean(source);
        }
        let name = self.name_in(bytes)?;
        if *format != Format::Svg {
            return Some(format!("the image file itself contains {name}; do not share it"));
        }
        *bytes = Bytes::from(self.redact(&String::from_utf8_lossy(bytes)).into_owned());
        // The staged file holds the original bytes.
        *file = None;
        None
    }

    fn clean_ids(&self, ids: &mut ProviderIds) {
        let ProviderIds { request_id, response_id } = ids;
        request_id.iter_mut().chain(response_id).for_each(|id| self.clean(id));
    }

    fn clean_error(&self, error: &mut BackendError) {
        let BackendError { kind: _, message, hint, request_id, successor, validity: _, resumable: _, unsent: _ } =
            error;
        self.clean(message);
        hint.iter_mut().chain(request_id).chain(successor).for_each(|words| self.clean(words));
    }

    fn clean_capabilities(&self, capabilities: &mut Capabilities) {
        let Capabilities {
            kind: _,
            about,
            models,
            default_model,
            defaults: _,
            readiness,
            offline: _,
            previews: _,
            resume: _,
            asks: _,
        } = capabilities;
        self.clean(about.to_mut());
        self.clean(default_model);
        for model in models {
            self.clean_model(model);
        }
        if let Readiness::Missing { what, hint } | Readiness::Unavailable { kind: _, what, hint } = readiness {
            self.clean(what);
            self.clean(hint);
        }
    }

    fn clean_model(&self, model: &mut Model) {
        let Model { id, about, params, max_count: _, max_inputs: _, mask: _, markup: _, life } = model;
        let ModelLifecycle { shutdown, successor } = life;
        self.clean(id);
        self.clean(about.to_mut());
        shutdown.iter_mut().chain(successor).for_each(|words| self.clean(words));
        for param in params {
            self.clean_param(param);
        }
    }

    fn clean_param(&self, param: &mut Param) {
        let Param { name, about, kind, keyword, default, when } = param;
        self.clean(name.to_mut());
        self.clean(about.to_mut());
        if let Some(word) = keyword {
            self.clean(word.to_mut());
        }
        if let Some(value) = default {
            self.clean_value(value);
        }
        if let ParamKind::Choice { choices } | ParamKind::List { choices, .. } = kind {
            for choice in choices {
                self.clean(choice.to_mut());
            }
        }
        if let Some(Condition { param, is }) = when {
            self.clean(param.to_mut());
            for value in is {
                self.clean_value(value);
            }
        }
    }
}
