//! Classifies the errors that servers report, with a message and the next action for each.
//! Servers report them in many forms, all of which are read here: an object, a string, `detail`, a numeric code, a web
//! page.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{BackendError, ErrorKind, Secret, secret::redact_keys};

/// The longest quote of a server's message, in characters.
const MAX_QUOTE_CHARS: usize = 400;

/// A failure as a server reported it. Its text may contain anything, including the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerError {
    pub(crate) message: String,
    pub(crate) class: String,
    pub(crate) code: String,
    pub(crate) param: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) categories: Vec<String>,
    /// True if the message is text that a model wrote instead of an image.
    pub(crate) is_model_text: bool,
    /// True if the report has an API's form, as opposed to a web page from an intermediary.
    pub(crate) from_api: bool,
}

impl ServerError {
    /// Reads the body of a failed response.
    pub(crate) fn from_body(body: &[u8]) -> Self {
        if let Ok(value) = serde_json::from_slice::<Value>(body)
            && let Some(fault) = Self::from_value(&value)
        {
            return fault;
        }
        let text = String::from_utf8_lossy(body);
        let message = if text.trim_start().starts_with('<') { title(&text) } else { text.trim().to_owned() };
        Self { message, ..Self::default() }
    }

    /// Reads a JSON value, if it reports a failure.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let fault = match value.get("error") {
            Some(Value::Object(_)) => Self::from_object(&value["error"]),
            Some(Value::String(text)) => {
                let mut fault = Self::from_object(value);
                text.clone_into(if fault.message.is_empty() { &mut fault.message } else { &mut fault.code });
                fault
            }
            _ if value.get("detail").is_some() => Self { message: detail(&value["detail"]), ..Self::default() },
            _ if value.get("type").and_then(Value::as_str) == Some("error") => Self::from_object(value),
            _ if value.get("message").is_some_and(Value::is_string) => Self::from_object(value),
            _ => return None,
        };
        Some(Self { from_api: true, ..fault })
    }

    /// Makes a failure of the text that a model wrote instead of an image.
    pub(crate) fn words(words: &str) -> Self {
        Self { message: words.to_owned(), is_model_text: true, from_api: true, ..Self::default() }
    }

    /// Makes a failure of a content filter's refusal and its explanation.
    pub(crate) fn filtered(message: &str) -> Self {
        Self { message: message.to_owned(), code: "content_filter".to_owned(), from_api: true, ..Self::default() }
    }

    fn from_object(object: &Value) -> Self {
        let text = |key: &str| object.get(key).map(plain).unwrap_or_default();
        let moderation = object.get("moderation_details");
        let class = text("type");
        Self {
            message: text("message"),
            class: if class == "error" { String::new() } else { class },
            code: text("code"),
            param: object.get("param").and_then(Value::as_str).map(str::to_owned),
            stage: moderation.and_then(|details| details.get("moderation_stage")).map(plain),
            categories: moderation
                .map(|details| list(details, "categories"))
                .or_else(|| azure_categories(object))
                .or_else(|| object.get("metadata").map(|metadata| list(metadata, "reasons")))
                .unwrap_or_default(),
            is_model_text: false,
            from_api: true,
        }
    }

    fn is(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.code.eq_ignore_ascii_case(name) || self.class.eq_ignore_ascii_case(name))
    }

    fn says(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|words| message.contains(words))
    }

    /// Classifies the failure. `status` is that of the response, or `None` for a failure reported inside a successful
    /// one.
    pub(crate) fn kind(&self, status: Option<StatusCode>) -> ErrorKind {
        let status = status.or_else(|| self.status());
        if self.is_model_text
            || self.is_flagged(status)
            || self.is(&[
                "moderation_blocked",
                "content_policy_violation",
                "image_content_policy_violation",
                "content_filter",
                "contentFilter",
                "cyber_policy",
                "bio_policy",
                "misalignment_policy_violation",
                "invalid_prompt",
            ])
        {
            ErrorKind::Refused
        } else if self.is(&["insufficient_quota"]) {
            ErrorKind::Quota
        } else if self.is(&["billing_hard_limit_reached", "billing_not_active"]) {
            ErrorKind::BillingLimit
        } else if self.says(&["must be verified"]) {
            ErrorKind::NotVerified
        } else if self.model_is_gone() {
            ErrorKind::ModelRetired
        } else if self.is(&["invalid_api_key"]) {
            ErrorKind::Credentials
        } else if self.is(&["rate_limit_exceeded"]) {
            ErrorKind::Rate
        } else if self.is_too_long() {
            ErrorKind::InvalidParameter
        } else {
            self.kind_by_status(status)
        }
    }

    /// Returns the status that a failure inside a successful response gives as its code.
    fn status(&self) -> Option<StatusCode> {
        let code = self.code.parse().ok().filter(|code| (400..600).contains(code))?;
        StatusCode::from_u16(code).ok()
    }

    /// Returns whether a moderation step before the model rejected the input, as OpenRouter reports it.
    fn is_flagged(&self, status: Option<StatusCode>) -> bool {
        let forbidden = status == Some(StatusCode::FORBIDDEN);
        forbidden && (!self.categories.is_empty() || self.says(&["was flagged", "moderation"]))
    }

    fn kind_by_status(&self, status: Option<StatusCode>) -> ErrorKind {
        match status.map(|status| status.as_u16()) {
            None if self.is(&["invalid_request_error", "image_generation_user_error"]) => ErrorKind::InvalidParameter,
            Some(401 | 403) => ErrorKind::Credentials,
            Some(402) => ErrorKind::Quota,
            Some(404 | 405) if !self.from_api => ErrorKind::Protocol,
            Some(408) => ErrorKind::Timeout,
            Some(429) => ErrorKind::Rate,
            Some(400..500) => ErrorKind::InvalidParameter,
            // An intermediary responded; the fate of the request behind it is unknown.
            Some(502 | 504 | 520..=527) if !self.from_api => ErrorKind::Unknown,
            None | Some(500..) => ErrorKind::Server,
            Some(_) => ErrorKind::Protocol,
        }
    }

    fn model_is_gone(&self) -> bool {
        let gone = self.says(&["does not exist", "deprecated", "shut down"]) && self.says(&["model"]);
        self.is(&["model_not_found"]) || (gone && self.is(&["invalid_value", "DeploymentNotFound"]))
    }

    /// Returns whether the input exceeds what the model can hold.
    fn is_too_long(&self) -> bool {
        self.is(&["context_length_exceeded", "string_above_max_length"])
    }

    /// Returns whether the server asks for a long pause.
    pub(crate) fn is_slow_down(&self) -> bool {
        self.is(&["slow_down"]) || self.says(&["slow down"])
    }
}

/// The context of a request that an error message needs: the server and the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorContext<'a> {
    /// The server's host name: `api.openai.com`.
    pub(crate) host: &'a str,
    /// The source of the key, in words.
    pub(crate) key_place: &'a str,
    /// The key, which is redacted from everything the server sends.
    pub(crate) secret: Option<&'a Secret>,
}

impl ErrorContext<'_> {
    /// Words the failure for people.
    pub(crate) fn describe(
        &self,
        status: Option<StatusCode>,
        fault: &ServerError,
        request_id: Option<String>,
    ) -> BackendError {
        let kind = fault.kind(status);
        let message = self.message(kind, status, fault);
        let error = BackendError::new(kind, message).with_request_id(request_id);
        match self.hint(kind, fault) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn message(&self, kind: ErrorKind, status: Option<StatusCode>, fault: &ServerError) -> String {
        let what = match kind {
            ErrorKind::Refused if fault.is_model_text => {
                return format!("the model answered with text instead of an image: `{}`", self.quote(&fault.message));
            }
            ErrorKind::Refused => return self.refusal(fault),
            ErrorKind::Credentials if status == Some(StatusCode::FORBIDDEN) => "access was denied".to_owned(),
            ErrorKind::Credentials => format!("the key in {} was not accepted", self.key_place),
            ErrorKind::NotVerified => "the organization must be verified for this model".to_owned(),
            ErrorKind::ModelRetired => "the server no longer has this model".to_owned(),
            ErrorKind::Rate => "too many requests".to_owned(),
            ErrorKind::Quota => "the account is out of credit".to_owned(),
            ErrorKind::BillingLimit => "the account's spending limit is reached".to_owned(),
            ErrorKind::InvalidParameter => match &fault.param {
                _ if fault.is_too_long() => "the request is too long for the model".to_owned(),
                Some(param) => format!("the server rejected `{}`", self.quote(param)),
                None => "the server rejected the request".to_owned(),
            },
            ErrorKind::Timeout => format!("`{}` timed out while waiting for the request", self.host),
            ErrorKind::Unknown => {
                let page = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
                let what = format!("{} from `{}`; you may have been charged", named(status), self.host);
                // The title of the page repeats the status.
                return match self.quote(&fault.message).replace(page, "") {
                    rest if rest.trim().len() <= number(status).len() => what,
                    _ => format!("{what}: `{}`", self.quote(&fault.message)),
                };
            }
            ErrorKind::Protocol => format!("`{}` has no such endpoint ({})", self.host, number(status)),
            _ if status == Some(StatusCode::SERVICE_UNAVAILABLE) => format!("`{}` is overloaded", self.host),
            _ => format!("`{}` failed ({})", self.host, number(status)),
        };
        match self.quote(&fault.message) {
            words if words.is_empty() => what,
            words => format!("{what}: `{words}`"),
        }
    }

    fn refusal(&self, fault: &ServerError) -> String {
        let mut facts = Vec::new();
        if let Some(stage) = &fault.stage {
            facts.push(format!("stage: {}", self.quote(stage)));
        }
        let categories =
            if fault.categories.is_empty() { violations(&fault.message) } else { fault.categories.clone() };
        if !categories.is_empty() {
            facts.push(format!("categories: {}", self.quote(&categories.join(", "))));
        }
        match facts.as_slice() {
            [] => format!("the safety system refused the request: `{}`", self.quote(&fault.message)),
            facts => format!("the safety system refused the request ({})", facts.join("; ")),
        }
    }

    fn hint(&self, kind: ErrorKind, fault: &ServerError) -> Option<String> {
        Some(match kind {
            ErrorKind::Refused if fault.is_model_text => "rephrase the prompt, or choose another model".to_owned(),
            ErrorKind::Refused if fault.stage.as_deref() == Some("output") => {
                "the finished image was withheld; try again, or rephrase the prompt".to_owned()
            }
            ErrorKind::Refused => REFUSED_HINT.to_owned(),
            ErrorKind::Credentials => match self.page("https://platform.openai.com/api-keys") {
                Some(page) => format!("check {}; OpenAI's keys are at {page}", self.key_place),
                None => format!("check {}", self.key_place),
            },
            ErrorKind::NotVerified => {
                "verify it at https://platform.openai.com/settings/organization/general; it can take another 15 minutes"
                    .to_owned()
            }
            ErrorKind::Rate => "wait a moment and try again, or request fewer images".to_owned(),
            ErrorKind::Quota => {
                let place = self.place("https://platform.openai.com/settings/organization/billing");
                format!("add credit {place}; waiting does not help")
            }
            ErrorKind::BillingLimit => {
                let place = self.place("https://platform.openai.com/settings/organization/limits");
                format!("raise the limit {place}, or wait for the next month")
            }
            ErrorKind::InvalidParameter => match &fault.param {
                _ if fault.is_too_long() => {
                    "shorten the prompt, send fewer images, or start over instead of continuing".to_owned()
                }
                Some(param) => format!("change or remove `{}`", self.quote(param)),
                None => "fix what the server names and try again".to_owned(),
            },
            ErrorKind::Server if fault.is_slow_down() => "pause for 15 minutes, then send fewer requests".to_owned(),
            ErrorKind::Server => "try again later; if it persists, report the request id to the provider".to_owned(),
            ErrorKind::Timeout => "try again".to_owned(),
            ErrorKind::Unknown => UNKNOWN_HINT.to_owned(),
            ErrorKind::Protocol => "check `base_url`; it usually ends in `/v1`".to_owned(),
            ErrorKind::ModelRetired => "choose another one; `tintype models` lists the known ones".to_owned(),
            _ => return None,
        })
    }

    /// Returns a page of OpenAI's, if the server is OpenAI.
    fn page(&self, page: &'static str) -> Option<&'static str> {
        (self.host == "openai.com" || self.host.ends_with(".openai.com")).then_some(page)
    }

    fn place(&self, page: &'static str) -> String {
        self.page(page).map_or_else(|| format!("at the provider of `{}`", self.host), |page| format!("at {page}"))
    }

    /// Returns a server's text on one line, shortened, without the key and anything that looks like one.
    pub(crate) fn quote(&self, words: &str) -> String {
        let struck = self.secret.map_or_else(|| words.to_owned(), |secret| secret.redact(words));
        let printable = redact_keys(&struck).replace(char::is_control, " ");
        let line = printable.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
        match line.char_indices().nth(MAX_QUOTE_CHARS) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// The next action where the fate of a request is unknown.
pub(crate) const UNKNOWN_HINT: &str =
    "check the provider's usage page before sending the prompt again; you may be charged twice";
/// The next action after a refusal.
pub(crate) const REFUSED_HINT: &str = "rephrase the prompt; retrying it unchanged will be refused";

/// Returns a status with its name: `502 Bad Gateway`.
fn named(status: Option<StatusCode>) -> String {
    match status.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{} {reason}", number(status)),
        None => number(status),
    }
}

fn number(status: Option<StatusCode>) -> String {
    status.map_or_else(|| "during the response".to_owned(), |status| status.as_u16().to_string())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Reads FastAPI's `detail`: a sentence, or a list of fields and what is wrong with each.
fn detail(value: &Value) -> String {
    let Value::Array(list) = value else { return plain(value) };
    let one = |item: &Value| {
        let place = item.get("loc").and_then(Value::as_array).and_then(|path| path.last()).map(plain);
        let message = item.get("msg").map_or_else(|| plain(item), plain);
        place.map_or(message.clone(), |place| format!("{place}: {message}"))
    };
    list.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Returns a list of names in an object.
fn list(object: &Value, name: &str) -> Vec<String> {
    object.get(name).and_then(Value::as_array).map(|list| list.iter().map(plain).collect()).unwrap_or_default()
}

/// Reads Azure's categories, which are an object whose entries may be `filtered`.
fn azure_categories(object: &Value) -> Option<Vec<String>> {
    let inner = object.get("inner_error").or_else(|| object.get("innererror"))?;
    let results = inner.get("content_filter_results").or_else(|| inner.get("content_filter_result"))?.as_object()?;
    let filtered = |value: &Value| value.get("filtered").and_then(Value::as_bool) == Some(true);
    Some(results.iter().filter(|(_, value)| filtered(value)).map(|(name, _)| name.clone()).collect())
}

/// Reads the categories that OpenAI also writes into its message: `safety_violations=[sexual]`.
fn violations(message: &str) -> Vec<String> {
    let Some((_, rest)) = message.split_once("safety_violations=[") else { return Vec::new() };
    let list = rest.split(']').next().unwrap_or_default();
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Returns the title of a web page, which is the only part of it worth reporting.
fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>").map(|start| start + "<title>".len());
    let end = lower.find("</title>");
    match (start, end) {
        (Some(start), Some(end)) if start <= end => page[start..end].trim().to_owned(),
        _ => "a web page".to_owned(),
    }
}

#[cfg(test)]
mod tests;
