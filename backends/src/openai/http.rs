//! Talks to one server: address, headers, key, time limits, and whether a failed request may be sent again.
//! It knows nothing of pictures. The key goes to this one server, encrypted or on this machine, and is never redirected.

use std::{borrow::Cow, error::Error, fmt, time::Duration};

use bytes::Bytes;
use jiff::{Timestamp, Unit, fmt::rfc2822};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    multipart::{Form, Part},
    redirect,
};

use tokio::sync::OnceCell;

use super::{
    address::is_loopback,
    errors::{Fault, Teller, UNKNOWN_HINT},
    key::Keys,
    profile::{Auth, Traits},
    retry::{Cause, Failure, Policy, wait_in_words},
};
use crate::{BackendError, ErrorKind, Progress, Secret};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// The most of a failed answer that is read.
const LARGEST_FAILURE: usize = 64 << 10;

/// What is sent.
#[derive(Clone)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// A JSON text.
    Json(Bytes),
    /// A form with files.
    Form(Vec<Field>),
}

/// One field of a form.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: FieldValue,
}

/// What a form's field holds.
#[derive(Clone)]
pub(crate) enum FieldValue {
    Text(String),
    File { name: String, media_type: &'static str, bytes: Bytes },
}

/// A request that can be sent more than once.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below the server's base address: `images/generations`; what follows a `?` is its query.
    pub(crate) path: Cow<'static, str>,
    pub(crate) body: Body,
}

/// A server and what is needed to talk to it.
pub(crate) struct Api {
    pool: OnceCell<Client>,
    base: Url,
    query: Option<String>,
    headers: HeaderMap,
    keys: Keys,
    traits: &'static Traits,
    timeout: Duration,
    policy: Policy,
}

/// What an [`Api`] is made from.
pub(crate) struct Server {
    pub(crate) base: Url,
    /// Azure's `api-version=…`.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) keys: Keys,
    pub(crate) traits: &'static Traits,
    /// How long a whole exchange may take.
    pub(crate) timeout: Duration,
    pub(crate) policy: Policy,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// A good answer that has begun.
pub(crate) struct Opened {
    pub(crate) response: Response,
    pub(crate) request_id: Option<String>,
}

impl Api {
    /// Connects to nothing yet.
    pub(crate) fn new(server: Server) -> Self {
        let Server { base, query, headers, keys, traits, timeout, policy } = server;
        Self { pool: OnceCell::new(), base, query, headers, keys, traits, timeout, policy }
    }

    /// The connections, which all jobs share. Made with the first request: reading this machine's certificates takes
    /// longer than the studio's first frame may.
    async fn pool(&self) -> Result<&Client, BackendError> {
        let made = self.pool.get_or_try_init(async || self.connections()).await;
        made.map_err(|error| {
            BackendError::new(ErrorKind::Local, format!("no connections can be made: {}", innermost(&error)))
                .with_hint("check this machine's certificates and proxy settings")
        })
    }

    fn connections(&self) -> reqwest::Result<Client> {
        let client = Client::builder()
            .user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(self.timeout)
            .tcp_keepalive(Duration::from_secs(30))
            .redirect(redirect::Policy::none());
        // A proxy on the way to a plain address would read the key.
        if self.base.scheme() == "http" { client.no_proxy().build() } else { client.build() }
    }

    /// The server's name.
    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or("the server")
    }

    /// Where the key comes from and whether there is one.
    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// How long to wait for what.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is known of servers of this kind.
    pub(crate) const fn traits(&self) -> &'static Traits {
        self.traits
    }

    /// Whether the address is unencrypted.
    pub(crate) fn is_plain(&self) -> bool {
        self.base.scheme() == "http" && !is_loopback(&self.base)
    }

    /// The key, or why there is none.
    pub(crate) async fn key(&self) -> Result<Option<Secret>, BackendError> {
        let key = self.keys.get().await?;
        if key.is_none() && self.traits.needs_key {
            return Err(BackendError::new(ErrorKind::Credentials, format!("no API key in {}", self.keys.place()))
                .with_hint("set it, or name a command that prints the key in `api_key_command`"));
        }
        Ok(key)
    }

    /// Sends `call` until it is answered well or may not be sent again.
    pub(crate) async fn open(
        &self,
        call: &Call,
        key: Option<&Secret>,
        progress: Option<&Progress>,
    ) -> Result<Opened, BackendError> {
        let mut attempt = 0;
        loop {
            let failure = match self.once(call, key, progress).await {
                Ok(opened) => return Ok(opened),
                Err(failure) => failure,
            };
            tracing::debug!(path = %call.path, kind = %failure.error.kind, attempt, "request failed");
            let Some(wait) = self.policy.wait(&failure, attempt) else {
                return Err(self.give_up(failure).await);
            };
            let why = why(failure.cause);
            self.policy.count_down(wait, why, progress).await;
            attempt += 1;
        }
    }

    /// Reads a small JSON answer to the end.
    pub(crate) async fn json(&self, call: &Call, key: Option<&Secret>) -> Result<serde_json::Value, BackendError> {
        let Opened { response, request_id } = self.open(call, key, None).await?;
        let body = read_some(response, 8 << 20).await;
        serde_json::from_slice(&body).map_err(|_| {
            BackendError::new(ErrorKind::Protocol, format!("`{}` did not answer with JSON", self.host()))
                .with_hint("check `base_url`; it usually ends in `/v1`")
                .with_request_id(request_id)
        })
    }

    /// Fetches a picture that an answer points at. The key stays here: the address may be anybody's.
    pub(crate) async fn fetch(&self, address: &str) -> Result<Response, BackendError> {
        let failed = |what: String| {
            BackendError::new(ErrorKind::Network, format!("the finished picture could not be fetched: {what}"))
                .with_hint("its address is in the job's spool folder; it may be billed already")
        };
        let url = self.base.join(address).map_err(|error| failed(error.to_string()))?;
        let response = self.pool().await?.get(url).send().await.map_err(|error| failed(innermost(&error)))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status => Err(failed(format!("`{}` answered {}", self.host(), status.as_u16()))),
        }
    }

    /// A failure told inside a good answer.
    pub(crate) fn told(&self, fault: &Fault, key: Option<&Secret>, request_id: Option<String>) -> BackendError {
        self.teller(key).tell(None, fault, request_id)
    }

    fn teller<'a>(&'a self, secret: Option<&'a Secret>) -> Teller<'a> {
        Teller { host: self.host(), key_place: self.keys.place(), secret }
    }

    async fn give_up(&self, failure: Failure) -> BackendError {
        let Failure { mut error, after, .. } = failure;
        if error.kind == ErrorKind::Credentials {
            self.keys.forget().await;
        }
        if let Some(after) = after.filter(|after| *after > self.policy.patience) {
            error.hint = Some(format!("the server asks to wait {} seconds", after.as_secs()));
        }
        error
    }

    async fn once(&self, call: &Call, key: Option<&Secret>, progress: Option<&Progress>) -> Result<Opened, Failure> {
        let own_id = uuid::Uuid::now_v7().to_string();
        // Asking after an order does not rename it.
        let named = progress.filter(|_| call.method != Method::GET);
        named.inspect(|progress| progress.request_id(&own_id));
        let pool = self.pool().await.map_err(Failure::last)?;
        let request = self.request(pool, call, key, &own_id).map_err(Failure::last)?;
        let response = request.send().await.map_err(|error| self.unanswered(call, &error, own_id))?;
        let request_id = header(&response, "x-request-id").or_else(|| header(&response, "apim-request-id"));
        named.zip(request_id.as_ref()).inspect(|(progress, id)| progress.request_id(*id));
        let status = response.status();
        tracing::debug!(path = %call.path, status = status.as_u16(), request_id, "answer");
        if status.is_success() {
            return Ok(Opened { response, request_id });
        }
        Err(self.refused(response, key, request_id).await)
    }

    fn request(
        &self,
        pool: &Client,
        call: &Call,
        key: Option<&Secret>,
        own_id: &str,
    ) -> Result<RequestBuilder, BackendError> {
        let mut request = pool.request(call.method.clone(), self.url(&call.path)).headers(self.headers.clone());
        request = request.header("x-client-request-id", own_id);
        if let Some(key) = key {
            let (name, value) = self.credentials(key)?;
            request = request.header(name, value);
        }
        Ok(match &call.body {
            Body::Empty => request,
            Body::Json(text) => request.header(CONTENT_TYPE, "application/json").body(text.clone()),
            Body::Form(fields) => request.multipart(form(fields)?),
        })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        let queries: Vec<&str> = self.query.as_deref().into_iter().chain(query).collect();
        url.set_query((!queries.is_empty()).then(|| queries.join("&")).as_deref());
        url
    }

    fn credentials(&self, key: &Secret) -> Result<(HeaderName, HeaderValue), BackendError> {
        let (name, text) = match self.traits.auth {
            Auth::Bearer => (reqwest::header::AUTHORIZATION, format!("Bearer {}", key.expose())),
            Auth::ApiKey => (HeaderName::from_static("api-key"), key.expose().to_owned()),
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            BackendError::new(ErrorKind::Credentials, format!("{} holds characters that no key has", self.keys.place()))
                .with_hint("copy the key again; it is one line of letters, digits and dashes")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// No answer at all: either nothing was sent, or nobody knows what became of it.
    fn unanswered(&self, call: &Call, error: &reqwest::Error, own_id: String) -> Failure {
        let host = self.host();
        let cause = innermost(error);
        if error.is_connect() {
            let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Network };
            let error = BackendError::new(kind, format!("`{host}` was not reached: {cause}"))
                .with_hint("check the network and `base_url`; nothing was sent, nothing was billed");
            return Failure::passing(error, Cause::NotReached);
        }
        if error.is_builder() {
            return Failure::last(BackendError::new(ErrorKind::Local, format!("the request cannot be made: {cause}")));
        }
        if call.method == Method::GET {
            let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Network };
            let error = BackendError::new(kind, format!("`{host}` did not answer: {cause}")).with_hint("try again");
            return Failure::passing(error, Cause::NotReached);
        }
        let how =
            if error.is_timeout() { "did not answer in time".to_owned() } else { format!("gave no answer ({cause})") };
        let message = format!("the request was sent, but `{host}` {how}; it may have been billed");
        let error = BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT);
        Failure::last(error.with_request_id(Some(own_id)))
    }

    /// An answer that says no.
    async fn refused(&self, response: Response, key: Option<&Secret>, request_id: Option<String>) -> Failure {
        let status = response.status();
        if status.is_redirection() {
            return Failure::last(self.redirected(&response));
        }
        let after = retry_after(response.headers(), Timestamp::now());
        let should = header(&response, "x-should-retry");
        let fault = Fault::from_body(&read_some(response, LARGEST_FAILURE).await);
        let error = self.teller(key).tell(Some(status), &fault, request_id);
        let cause = match (should.as_deref(), cause(status, &fault, error.kind)) {
            (Some("false"), _) => Cause::Final,
            // Some failures pass although their kind does not say so; a refusal or an open bill never does.
            (Some("true"), Cause::Final) if matches!(status.as_u16(), 408 | 409) => Cause::Server,
            (_, cause) => cause,
        };
        Failure { error, cause, after: after.or_else(|| wait_in_words(&fault.message)) }
    }

    fn redirected(&self, response: &Response) -> BackendError {
        let target = header(response, "location").and_then(|to| self.base.join(&to).ok());
        let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
        BackendError::new(ErrorKind::Protocol, format!("`{}` sends us on to `{host}`", self.host()))
            .with_hint("set `base_url` to the final address; the key is not carried to another one")
    }
}

fn why(cause: Cause) -> &'static str {
    match cause {
        Cause::NotReached => "not reached",
        Cause::Rate => "too many requests",
        Cause::Overloaded => "server overloaded",
        Cause::Server | Cause::Final => "server failed",
    }
}

/// What a refusal means for sending it again.
fn cause(status: StatusCode, fault: &Fault, kind: ErrorKind) -> Cause {
    match kind {
        ErrorKind::Rate => Cause::Rate,
        ErrorKind::Server if fault.is_slow_down() => Cause::Final,
        ErrorKind::Server if status == StatusCode::SERVICE_UNAVAILABLE => Cause::Overloaded,
        ErrorKind::Server => Cause::Server,
        _ => Cause::Final,
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.chars().take(200).collect())
}

/// The wait that the headers ask for, counted from `now`.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let date = || rfc2822::parse(text("retry-after")?).ok().map(|date| (date.timestamp() - now).total(Unit::Second));
    let seconds = number("retry-after-ms").map(|millis| millis / 1e3).or_else(|| number("retry-after"));
    Duration::try_from_secs_f64(seconds.or_else(|| date()?.ok())?).ok()
}

/// The start of a body, as much as comes.
async fn read_some(mut response: Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
    }
    body
}

fn form(fields: &[Field]) -> Result<Form, BackendError> {
    let mut form = Form::new();
    for Field { name, value } in fields {
        form = match value {
            FieldValue::Text(text) => form.text(name.clone(), text.clone()),
            FieldValue::File { name: file, media_type, bytes } => {
                let part = Part::stream_with_length(bytes.clone(), bytes.len() as u64).file_name(file.clone());
                let part = part.mime_str(media_type).map_err(|error| {
                    BackendError::new(ErrorKind::Local, format!("`{media_type}` is no media type: {error}"))
                })?;
                form.part(name.clone(), part)
            }
        };
    }
    Ok(form)
}

/// The deepest cause, which is the one that says something: `Connection refused`.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_read_from_the_headers() {
        let wait = |pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            retry_after(&headers.collect(), "2026-11-22T12:00:00Z".parse().unwrap()).map(|wait| wait.as_millis())
        };
        assert_eq!(wait(&[("retry-after", "12")]), Some(12_000));
        assert_eq!(wait(&[("retry-after", "12"), ("retry-after-ms", "250")]), Some(250));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "Sun, 22 Nov 2026 12:00:30 GMT")]), Some(30_000));
        assert_eq!(wait(&[("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT")]), None);
        assert_eq!(wait(&[]), None);
    }
}
