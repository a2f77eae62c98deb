//! The settings of a `kind = "gpt-image"` table in the config.
//! They are checked as far as possible without a network and without a key; no command is run.

use reqwest::Url;
use serde::Deserialize;

use super::{
    Route,
    catalog::{GptImageCatalog, GptImageSpec},
    params,
    responses_api::ResponsesOptions,
};
use crate::{
    Model, Settings, Table, TableError,
    openai::{
        allowed_ranges, check_defaults,
        connection_settings::ConnectionSettings,
        key::KeySource,
        rate_limit::AccountLimits,
        server_profile::{ImageInterface, Profile},
        url_policy::is_loopback,
    },
};

/// The default model: the one that OpenAI names as the successor of gpt-image-1.
const DEFAULT_MODEL: &str = "gpt-image-2.5-flare";

/// The settings of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GptImageSettings {
    /// The model used unless another is chosen.
    model: Option<String>,
    /// The environment variable that holds the key.
    api_key_env: Option<String>,
    /// A command that prints the key, as a list of words.
    api_key_command: Vec<String>,
    /// The name of the key's entry in the system's keyring.
    api_key_keyring: Option<String>,
    /// The base URL of the server.
    base_url: Option<String>,
    /// True if the key may be sent unencrypted beyond this machine.
    allow_http: bool,
    /// The organization that is billed.
    organization: Option<String>,
    /// The project that is billed.
    project: Option<String>,
    /// The API dialect of the server.
    profile: Profile,
    /// The API through which it generates images.
    route: RouteName,
    /// The model that calls the image tool, on the `responses` route.
    main_model: String,
    /// True if a response continues on the server after a disconnect, on the `responses` route.
    background: bool,
    /// Azure: the deployment, for the older style of address.
    deployment: Option<String>,
    /// Azure: the version of the API, for the older style of address.
    api_version: Option<String>,
    /// The default values of settings.
    defaults: Settings,
    /// The user's own models, and corrections to the shipped ones.
    models: toml::Table,
    /// The timeout of a whole job, in seconds.
    timeout: u64,
    /// The maximum number of concurrent requests.
    concurrency: Option<u32>,
    /// The account's limit of images per minute; learned from the server if not set.
    images_per_minute: Option<u32>,
}

impl Default for GptImageSettings {
    fn default() -> Self {
        Self {
            model: None,
            api_key_env: None,
            api_key_command: Vec::new(),
            api_key_keyring: None,
            base_url: None,
            allow_http: false,
            organization: None,
            project: None,
            profile: Profile::Openai,
            route: RouteName::Images,
            main_model: "gpt-5.5".to_owned(),
            background: false,
            deployment: None,
            api_version: None,
            defaults: Settings::new(),
            models: toml::Table::new(),
            timeout: 600,
            concurrency: None,
            images_per_minute: None,
        }
    }
}

/// The routes that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RouteName {
    Images,
    Responses,
}

/// The parts of a backend that the table determines.
pub(crate) struct GptImageParts {
    pub(crate) connection: ConnectionSettings,
    pub(crate) catalogue: GptImageCatalog,
    pub(crate) models: Vec<Model>,
    pub(crate) default_model: String,
    pub(crate) defaults: Settings,
    pub(crate) route: Route,
}

impl GptImageSettings {
    /// Reads and checks a table.
    pub(crate) fn read(table: &Table<'_>) -> Result<GptImageParts, TableError> {
        let settings: Self = table.read()?;
        let limits = AccountLimits { concurrency: settings.concurrency, images_per_minute: settings.images_per_minute };
        let catalogue = settings.catalogue();
        let faults =
            allowed_ranges::check(settings.timeout, limits).into_iter().chain(catalogue.as_ref().err().cloned());
        if let Some(error) = TableError::combined(faults) {
            return Err(error);
        }
        let mut catalogue = catalogue?;
        if settings.is_local_program() {
            catalogue.make_free(&settings.models);
        }
        let mut models = params::models(&catalogue, settings.profile.traits());
        let default_model = settings.default_model(&catalogue)?;
        check_defaults::check(&models, &settings.defaults)?;
        let (defaults, route) = (settings.defaults.clone(), settings.route()?);
        // The hosted tool has no such field.
        for model in &mut models {
            model.markup &= route == Route::Images;
        }
        Ok(GptImageParts { connection: settings.connection(), catalogue, models, default_model, defaults, route })
    }

    /// Returns the models of this server: OpenAI's, or for a self-hosted server those in the table.
    fn catalogue(&self) -> Result<GptImageCatalog, TableError> {
        let mut catalogue = GptImageCatalog::merged(&self.models)?;
        if matches!(self.profile, Profile::Openai | Profile::Azure) {
            return Ok(catalogue);
        }
        let named = |spec: &GptImageSpec| self.models.contains_key(&spec.id) || self.model.as_ref() == Some(&spec.id);
        catalogue.models.retain(named);
        if let Some(model) = self.model.as_deref().filter(|model| catalogue.get(model).is_none()) {
            catalogue.models.insert(0, GptImageSpec::plain(model));
        }
        Ok(catalogue)
    }

    /// Returns whether the server is a program on this machine that generates images itself and forwards nothing.
    fn is_local_program(&self) -> bool {
        let traits = self.profile.traits();
        let address = self.base_url.as_deref().or(traits.base_url).and_then(|text| Url::parse(text.trim()).ok());
        traits.generates_locally && address.is_some_and(|address| is_loopback(&address))
    }

    fn default_model(&self, catalogue: &GptImageCatalog) -> Result<String, TableError> {
        let at_model = |message: String| TableError::new(vec!["model".to_owned()], message);
        let first = || catalogue.models.first().map(|spec| spec.id.clone());
        let fallback = || catalogue.get(DEFAULT_MODEL).map(|spec| spec.id.clone()).or_else(first);
        let model =
            self.model.clone().or_else(fallback).ok_or_else(|| {
                at_model("no model is set".to_owned()).with_hint("set `model` to a model of the server")
            })?;
        if catalogue.get(&model).is_some() {
            return Ok(model);
        }
        Err(at_model(format!("unknown model `{model}`"))
            .with_hint(format!("name a similar model: `models.\"{model}\" = {{ like = \"{DEFAULT_MODEL}\" }}`")))
    }

    fn route(&self) -> Result<Route, TableError> {
        let only = |message: &str| TableError::new(vec!["route".to_owned()], message);
        match (self.profile, self.route) {
            (Profile::Openai, RouteName::Responses) => Ok(Route::Responses(ResponsesOptions {
                main_model: self.main_model.clone(),
                background: self.background,
            })),
            (_, RouteName::Responses) => {
                Err(only("the `responses` route requires the `openai` profile").with_hint("remove `route`"))
            }
            (_, RouteName::Images) if self.background => {
                Err(only("`background` requires the `responses` route").with_hint("set `route = \"responses\"`"))
            }
            (profile, RouteName::Images) if profile.traits().interface == ImageInterface::Chat => Ok(Route::Chat),
            _ => Ok(Route::Images),
        }
    }

    fn connection(self) -> ConnectionSettings {
        ConnectionSettings {
            profile: self.profile,
            base_url: self.base_url,
            allow_http: self.allow_http,
            key: KeySource { command: self.api_key_command, keyring: self.api_key_keyring, variable: self.api_key_env },
            organization: self.organization,
            project: self.project,
            deployment: self.deployment,
            api_version: self.api_version,
            timeout: self.timeout,
            limits: AccountLimits { concurrency: self.concurrency, images_per_minute: self.images_per_minute },
            request_kind: "pictures",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<GptImageParts, TableError> {
        let settings = toml::from_str(text).unwrap();
        GptImageSettings::read(&Table {
            name: "x",
            settings: &settings,
            env: &|_| None,
            folder: Path::new("/"),
            accounts: &crate::Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        })
    }

    fn error(text: &str) -> TableError {
        read(text).err().unwrap()
    }

    #[test]
    fn an_empty_table_is_openai_with_the_current_model() {
        let parts = read("").unwrap();
        assert_eq!(parts.default_model, "gpt-image-2.5-flare");
        assert!(parts.models.iter().any(|model| model.id == "gpt-image-1"));
    }

    #[test]
    fn config_mistakes_are_reported_with_their_position() {
        assert!(error("modle = 'x'").message.contains("modle"));
        assert_eq!(error("model = 'gpt-image-9'").path, ["model"]);
        assert!(error("model = 'gpt-image-9'").hint.unwrap().contains("like"));
        assert_eq!(error("[defaults]\nqualty = 'low'").path, ["defaults", "qualty"]);
        assert_eq!(error("[models.gpt-image-1]\nmask = 1").path, ["models", "gpt-image-1", "mask"]);
        assert_eq!(error("profile = 'compatible'").path, ["model"]);
    }

    #[test]
    fn a_self_hosted_server_has_only_its_own_models() {
        let parts = read("profile = 'sd-cpp'\nmodel = 'flux'").unwrap();
        assert_eq!(parts.models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), ["flux"]);
        let relay = read("profile = 'compatible'\nmodel = 'gpt-image-1'\n").unwrap();
        assert!(relay.models[0].param("quality").is_some());
    }

    #[test]
    fn a_snapshot_can_be_the_default() {
        assert_eq!(read("model = 'gpt-image-2-2026-04-21'").unwrap().default_model, "gpt-image-2-2026-04-21");
    }
}
