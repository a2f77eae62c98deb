//! GPT-5.3 Codex and similar models: they draw by writing SVG, and answer questions in text.
//! They use the Responses API only; code shared with other kinds of the family is in `openai`.

mod answer_question;
mod catalog;
mod conversation;
mod draw;
mod drawing;
mod instructions;
mod outcome;
mod params;
mod price;
mod request_body;
pub(crate) mod response_events;
mod salvage;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use catalog::{CodexCatalog, CodexSpec};
use futures::future::{BoxFuture, FutureExt};
use settings::{CodexParts, CodexSettings};

use crate::{
    Backend, BackendError, BackendKind, Capabilities, ErrorKind, Estimate, Health, Outcome, Progress, Question,
    Request, Table, TableError, TextAnswer, Ticket,
    openai::{connection_settings::readiness, health, http::Api, retry::RetryPolicy},
    svg::Renderer,
};

/// The entry for the registry of kinds.
pub(crate) const KIND: BackendKind = BackendKind {
    name: "codex",
    about: "GPT-5.3 Codex and similar models, which draw by writing SVG",
    make: |table| Ok(Arc::new(Codex::build(table, RetryPolicy::default())?)),
};

/// The backend for models that write SVG.
#[derive(Debug)]
pub(crate) struct Codex {
    capabilities: Capabilities,
    catalogue: CodexCatalog,
    background: bool,
    api: Api,
    renderer: Renderer,
    /// True once the server has refused to summarize the model's reasoning.
    summary_rejected: AtomicBool,
}

impl Codex {
    /// Builds the backend from a config table.
    fn build(table: &Table<'_>, policy: RetryPolicy) -> Result<Self, TableError> {
        let CodexParts { connection, catalogue, models, default_model, defaults, background } =
            CodexSettings::read(table)?;
        let api = connection.api(table, policy)?;
        let capabilities = Capabilities {
            kind: Cow::Borrowed(KIND.name),
            about: Cow::Borrowed(KIND.about),
            models,
            default_model,
            defaults,
            readiness: readiness(&api),
            offline: false,
            previews: true,
            resume: background,
            asks: true,
        };
        let renderer = table.renderer.clone();
        Ok(Self { capabilities, catalogue, background, api, renderer, summary_rejected: AtomicBool::new(false) })
    }

    /// Returns the name of the file that the answer of that number is spooled in.
    fn file_name(number: u32) -> String {
        format!("answer-{number}")
    }

    /// Returns the catalog entry of a model.
    fn spec(&self, model: &str) -> Result<&CodexSpec, BackendError> {
        self.catalogue.get(model).ok_or_else(|| {
            BackendError::new(ErrorKind::InvalidParameter, format!("unknown model `{model}`"))
                .with_hint("`tintype models` lists the known ones; others can be named in the config")
        })
    }
}

impl Backend for Codex {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, request: &Request) -> Estimate {
        let spec = self.catalogue.get(&request.model);
        spec.map(|spec| price::estimate(spec, request, &self.catalogue.prices_as_of)).unwrap_or_default()
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        draw::draw(self, request, progress).boxed()
    }

    fn resume<'a>(
        &'a self,
        ticket: &'a Ticket,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        draw::resume(self, ticket, progress).boxed()
    }

    fn salvage<'a>(
        &'a self,
        request: &'a Request,
        scratch: &'a Path,
    ) -> BoxFuture<'a, Option<Result<Outcome, BackendError>>> {
        salvage::salvage(self, request, scratch).boxed()
    }

    fn answer_question<'a>(
        &'a self,
        question: &'a Question,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<TextAnswer, BackendError>> {
        answer_question::ask(self, question, progress).boxed()
    }

    fn warnings(&self) -> Vec<String> {
        self.api.warnings()
    }

    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        futures::future::ready(draw::check_request(request)).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        let id = self.capabilities.default_model.as_str();
        async move {
            let life = self.catalogue.get(id).map(|spec| spec.life.clone()).unwrap_or_default();
            health::check(&self.api, id, &life).await
        }
        .boxed()
    }
}
