//! The GPT image models, at OpenAI and compatible servers: generation, edits, streaming, prices, explanations.
//! Code shared with other kinds of the family is in `openai`.

mod catalog;
mod chat_completions;
mod data_url;
mod draw;
mod exchange;
mod images_api;
mod mask_and_markup;
mod outcome;
mod params;
mod price;
mod received_response;
mod reference_images;
mod reply;
mod responses_api;
mod resume_token;
mod retired_model;
mod salvage;
mod settings;
#[cfg(test)]
mod tests;
mod upload;
mod validate;
pub(crate) mod wire_format;

use std::{borrow::Cow, path::Path, sync::Arc};

use catalog::{GptImageCatalog, GptImageSpec};
use futures::future::{BoxFuture, FutureExt};
use responses_api::ResponsesOptions;
use settings::{GptImageParts, GptImageSettings};

use crate::{
    Backend, BackendError, BackendKind, Capabilities, ErrorKind, Estimate, Health, Outcome, Progress, Request, Table,
    TableError, Ticket,
    openai::{connection_settings::readiness, health, http::Api, image_extractor::ImageKeys, retry::RetryPolicy},
};

/// The entry for the registry of kinds.
pub(crate) const KIND: BackendKind = BackendKind {
    name: "gpt-image",
    about: "OpenAI's GPT image models, and compatible servers",
    make: |table| Ok(Arc::new(GptImage::build(table, RetryPolicy::default())?)),
};

/// The backend for GPT image models.
#[derive(Debug)]
pub(crate) struct GptImage {
    name: String,
    capabilities: Capabilities,
    catalogue: GptImageCatalog,
    route: Route,
    api: Api,
}

/// The API through which a backend generates images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The Images API.
    Images,
    /// Chat completions, whose messages hold images.
    Chat,
    /// The Responses API with its hosted image tool.
    Responses(ResponsesOptions),
}

impl Route {
    /// Returns the JSON keys under which its responses hold images.
    const fn keys(&self) -> ImageKeys {
        match self {
            Self::Images | Self::Chat => ImageKeys::Images,
            Self::Responses(_) => ImageKeys::Responses,
        }
    }
}

impl GptImage {
    /// Builds the backend from a config table.
    fn build(table: &Table<'_>, policy: RetryPolicy) -> Result<Self, TableError> {
        let GptImageParts { connection, catalogue, models, default_model, defaults, route } =
            GptImageSettings::read(table)?;
        let api = connection.api(table, policy)?;
        let capabilities = Capabilities {
            kind: Cow::Borrowed(KIND.name),
            about: Cow::Borrowed(KIND.about),
            models,
            default_model,
            defaults,
            readiness: readiness(&api),
            offline: false,
            previews: api.traits().streams,
            resume: matches!(&route, Route::Responses(hosting) if hosting.background),
            asks: false,
        };
        Ok(Self { name: table.name.to_owned(), capabilities, catalogue, route, api })
    }

    /// Returns the catalog entry of a model.
    fn spec(&self, model: &str) -> Result<&GptImageSpec, BackendError> {
        self.catalogue.get(model).ok_or_else(|| {
            BackendError::new(ErrorKind::InvalidParameter, format!("unknown model `{model}`"))
                .with_hint("`tintype models` lists the known ones")
        })
    }
}

impl Backend for GptImage {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, request: &Request) -> Estimate {
        // The main model's share of the cost is not known in advance.
        let spec = self.catalogue.get(&request.model).filter(|_| !matches!(self.route, Route::Responses(_)));
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

    fn check_request<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Vec<String>, BackendError>> {
        draw::check_request(self, request).boxed()
    }

    fn warnings(&self) -> Vec<String> {
        self.api.warnings()
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
