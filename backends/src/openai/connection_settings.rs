//! Turns the connection settings of a config table into a client for its server.
//! It reads no file and prompts for nothing: a backend can be built without a key and without a network.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{
    http::{Api, ApiParts},
    key::{ApiKey, KeySource},
    rate_limit::AccountLimits,
    retry::RetryPolicy,
    server_profile::Profile,
    url_policy::parse_base_url,
};
use crate::{Readiness, Table, TableError};

/// The connection settings of a config table.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    pub(crate) profile: Profile,
    pub(crate) base_url: Option<String>,
    pub(crate) allow_http: bool,
    pub(crate) key: KeySource,
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) deployment: Option<String>,
    pub(crate) api_version: Option<String>,
    /// The timeout of an exchange, in seconds.
    pub(crate) timeout: u64,
    /// The account's limits, as far as the user knows them.
    pub(crate) limits: AccountLimits,
    /// The kind of request that the limits apply to; each kind has limits of its own.
    pub(crate) request_kind: &'static str,
}

impl ConnectionSettings {
    /// Builds the client for the server.
    pub(crate) fn api(&self, table: &Table<'_>, policy: RetryPolicy) -> Result<Api, TableError> {
        let traits = self.profile.traits();
        let (base, headers) = (self.base(table)?, self.headers(table)?);
        let mut source = self.key.clone();
        source.variable = source.variable.or_else(|| traits.key_env.map(str::to_owned));
        let keys = ApiKey::find(&source, table.env, table.accounts.secrets())?;
        let account = format!("{} of {base} with the key in {} and {headers:?}", self.request_kind, keys.place());
        let server = ApiParts {
            rate_limiter: table.accounts.pace(account, self.limits),
            base,
            query: self.api_version.as_ref().map(|version| format!("api-version={version}")),
            headers,
            keys,
            traits,
            timeout: Duration::from_secs(self.timeout.max(1)),
            policy,
        };
        Ok(Api::new(server))
    }

    /// Returns the base URL. `OPENAI_BASE_URL` belongs to `OPENAI_API_KEY`: it overrides the table's own URL only for a
    /// table that takes its key from there, and nothing redirects a table with a key of its own to another server.
    fn base(&self, table: &Table<'_>) -> Result<reqwest::Url, TableError> {
        let from_env = || (self.profile == Profile::Openai).then(|| (table.env)("OPENAI_BASE_URL")).flatten();
        let from_env = from_env().filter(|url| !url.trim().is_empty());
        let (first, second) =
            if self.uses_openai_key() { (from_env, self.base_url.clone()) } else { (self.base_url.clone(), from_env) };
        let known = || self.profile.traits().base_url.map(str::to_owned);
        let text = first
            .or(second)
            .or_else(known)
            .ok_or_else(|| error_at("base_url", "this profile has no default address").with_hint("set `base_url`"))?;
        let mut url = parse_base_url(text.trim(), self.allow_http)
            .map_err(|(message, hint)| error_at("base_url", message).with_hint(hint))?;
        if let (Some(deployment), Ok(mut path)) = (&self.deployment, url.path_segments_mut()) {
            path.pop_if_empty().extend(["openai", "deployments", deployment]);
        }
        Ok(url)
    }

    /// Returns whether the key comes from `OPENAI_API_KEY` and from no other source.
    fn uses_openai_key(&self) -> bool {
        let KeySource { command, keyring, variable } = &self.key;
        let variable = variable.as_deref().or(self.profile.traits().key_env);
        command.is_empty() && keyring.is_none() && variable == Some("OPENAI_API_KEY")
    }

    fn headers(&self, table: &Table<'_>) -> Result<HeaderMap, TableError> {
        let mut headers = HeaderMap::new();
        let named = [
            ("openai-organization", "organization", &self.organization, "OPENAI_ORG_ID"),
            ("openai-project", "project", &self.project, "OPENAI_PROJECT_ID"),
        ];
        let uses_openai_key = self.profile == Profile::Openai && self.uses_openai_key();
        for (header, key, own, variable) in named {
            // Like `OPENAI_BASE_URL`, these belong to the account of `OPENAI_API_KEY` and to no other.
            let from_env = uses_openai_key.then(|| (table.env)(variable)).flatten();
            let is_set = |value: &String| !value.trim().is_empty();
            if let Some(value) = from_env.filter(is_set).or_else(|| own.clone()).filter(is_set) {
                let value = HeaderValue::from_str(value.trim())
                    .map_err(|_| error_at(key, "an id must be plain letters, digits and dashes"))?;
                headers.insert(HeaderName::from_static(header), value);
            }
        }
        Ok(headers)
    }
}

/// Returns whether `api` is ready to be used.
pub(crate) fn readiness(api: &Api) -> Readiness {
    if api.keys().is_there() || !api.traits().needs_key {
        return Readiness::Ready;
    }
    Readiness::Missing {
        what: format!("no API key in {}", api.keys().place()),
        hint: "set it, or name a command that prints the key in `api_key_command`".to_owned(),
    }
}

fn error_at(key: &str, message: impl Into<String>) -> TableError {
    TableError::new(vec![key.to_owned()], message)
}
