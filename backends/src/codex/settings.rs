//! The settings of a `kind = "codex"` table in the config.
//! They are checked as far as possible without a network and without a key; no command is run.

use serde::Deserialize;

use super::{catalog::CodexCatalog, params};
use crate::{
    Model, Settings, Table, TableError,
    openai::{
        allowed_ranges, check_defaults, connection_settings::ConnectionSettings, key::KeySource,
        rate_limit::AccountLimits, server_profile::Profile,
    },
};

/// The default model.
const DEFAULT_MODEL: &str = "gpt-5.3-codex";

/// The settings of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CodexSettings {
    /// The model used unless another is chosen: any model of the Responses API.
    model: String,
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
    /// True if a response continues on the server after a disconnect.
    background: bool,
    /// Azure: the deployment, for the older style of address.
    deployment: Option<String>,
    /// Azure: the version of the API, for the older style of address.
    api_version: Option<String>,
    /// The default values of settings.
    defaults: Settings,
    /// The user's own models, and corrections to the shipped ones.
    models: toml::Table,
    /// The timeout of one answer, in seconds.
    timeout: u64,
    /// The maximum number of concurrent requests.
    concurrency: Option<u32>,
}

impl Default for CodexSettings {
    fn default() -> Self {
        Self {
            model: DEFAULT_MODEL.to_owned(),
            api_key_env: None,
            api_key_command: Vec::new(),
            api_key_keyring: None,
            base_url: None,
            allow_http: false,
            organization: None,
            project: None,
            profile: Profile::Openai,
            background: false,
            deployment: None,
            api_version: None,
            defaults: Settings::new(),
            models: toml::Table::new(),
            timeout: 1200,
            concurrency: None,
        }
    }
}

/// The parts of a backend that the table determines.
pub(crate) struct CodexParts {
    pub(crate) connection: ConnectionSettings,
    pub(crate) catalogue: CodexCatalog,
    pub(crate) models: Vec<Model>,
    pub(crate) default_model: String,
    pub(crate) defaults: Settings,
    pub(crate) background: bool,
}

impl CodexSettings {
    /// Reads and checks a table.
    pub(crate) fn read(table: &Table<'_>) -> Result<CodexParts, TableError> {
        let settings: Self = table.read()?;
        if !matches!(settings.profile, Profile::Openai | Profile::Azure | Profile::Compatible) {
            return Err(TableError::new(vec!["profile".into()], "this server has no Responses API")
                .with_hint("use `openai`, `azure` or `compatible`"));
        }
        let limits = AccountLimits { concurrency: settings.concurrency, images_per_minute: None };
        let catalogue = CodexCatalog::merged(&settings.models, Some(&settings.model));
        let faults =
            allowed_ranges::check(settings.timeout, limits).into_iter().chain(catalogue.as_ref().err().cloned());
        if let Some(error) = TableError::combined(faults) {
            return Err(error);
        }
        let catalogue = catalogue?;
        let models: Vec<Model> = catalogue.models.iter().map(params::model).collect();
        check_defaults::check(&models, &settings.defaults)?;
        Ok(CodexParts {
            default_model: settings.model.clone(),
            defaults: settings.defaults.clone(),
            background: settings.background,
            connection: settings.connection(),
            catalogue,
            models,
        })
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
            limits: AccountLimits { concurrency: self.concurrency, images_per_minute: None },
            request_kind: "words",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<CodexParts, TableError> {
        let settings = toml::from_str(text).unwrap();
        CodexSettings::read(&Table {
            name: "x",
            settings: &settings,
            env: &|_| None,
            folder: Path::new("/"),
            accounts: &crate::Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        })
    }

    #[test]
    fn an_empty_table_is_codex() {
        let parts = read("").unwrap();
        assert_eq!(parts.default_model, "gpt-5.3-codex");
        assert!(parts.models[0].param("reasoning").is_some());
    }

    #[test]
    fn config_mistakes_are_reported_with_their_position() {
        let error = |text: &str| read(text).err().unwrap();
        assert!(error("modle = 'x'").message.contains("modle"));
        assert_eq!(error("[defaults]\nreasonin = 'low'").path, ["defaults", "reasonin"]);
        assert_eq!(error("[defaults]\nreasoning = 'huge'").path, ["defaults", "reasoning"]);
        assert_eq!(error("[models.x]\nprise = 1").path, ["models", "x", "prise"]);
        assert_eq!(error("profile = 'ollama'").path, ["profile"]);
    }

    #[test]
    fn any_model_of_the_responses_api_can_be_named() {
        let parts = read("model = 'gpt-9-new'").unwrap();
        assert!(parts.models.iter().any(|model| model.id == "gpt-9-new"));
    }
}
