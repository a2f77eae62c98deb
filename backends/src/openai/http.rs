//! The HTTP client for one server: address, headers, key, timeouts and retries.
//! It knows nothing of images. The key goes only to this server, over HTTPS or on this machine, and never follows a
//! redirect.

use std::{
    borrow::Cow,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    multipart::{Form, Part},
    redirect,
};
use tokio::sync::OnceCell;

use super::{
    connect_error, download,
    key::ApiKey,
    rate_limit::{QueueTicket, RateLimiter, RunningRequest, StatedLimit},
    retry::{FailedAttempt, RetryCause, RetryPolicy, retry_after_headers, retry_after_message},
    server_error::{ErrorContext, ServerError, UNKNOWN_HINT},
    server_profile::{AuthHeader, ServerTraits},
    url_policy::is_loopback,
};
use crate::{BackendError, ErrorKind, Progress, Secret};

/// The timeout for establishing a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is read of a failed response, in bytes.
const MAX_ERROR_BODY: usize = 64 << 10;

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    /// No body.
    Empty,
    /// A JSON text.
    Json(Bytes),
    /// A multipart form with files.
    Form(Vec<Field>),
}

/// One field of a form.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: FieldValue,
}

/// The value of a form field.
#[derive(Clone)]
pub(crate) enum FieldValue {
    Text(String),
    File { name: String, media_type: &'static str, bytes: Bytes },
}

/// A request that can be sent more than once.
#[derive(Clone)]
pub(crate) struct ApiCall {
    pub(crate) method: Method,
    /// The path below the server's base URL, such as `images/generations`; anything after a `?` is the query.
    pub(crate) path: Cow<'static, str>,
    pub(crate) body: Body,
    /// The number of images it asks for, which counts against the account's image limit.
    pub(crate) pictures: u32,
}

impl ApiCall {
    /// Makes a request that changes nothing and costs nothing.
    pub(crate) fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Body::Empty, pictures: 0 }
    }

    /// Makes a request for `pictures` images, which may be billed.
    pub(crate) fn post(path: &'static str, body: Body, pictures: u32) -> Self {
        Self { method: Method::POST, path: path.into(), body, pictures }
    }

    /// Returns whether the request may be billed and counts against the account's limits.
    fn counts(&self) -> bool {
        self.method == Method::POST
    }
}

/// A server and everything needed to talk to it.
pub(crate) struct Api {
    pool: OnceCell<Client>,
    base: Url,
    query: Option<String>,
    headers: HeaderMap,
    keys: ApiKey,
    traits: &'static ServerTraits,
    timeout: Duration,
    policy: RetryPolicy,
    rate_limiter: Arc<RateLimiter>,
}

/// The parts that an [`Api`] is made from.
pub(crate) struct ApiParts {
    pub(crate) base: Url,
    /// Azure's `api-version=…`.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) keys: ApiKey,
    pub(crate) traits: &'static ServerTraits,
    /// The timeout of a whole exchange.
    pub(crate) timeout: Duration,
    pub(crate) policy: RetryPolicy,
    /// The rate limiter of the account that pays.
    pub(crate) rate_limiter: Arc<RateLimiter>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// A successful response whose body has not been read yet.
pub(crate) struct OpenedResponse {
    pub(crate) response: Response,
    pub(crate) request_id: Option<String>,
    /// The slot of a running request. Dropping it once the response is read lets the next request start.
    pub(crate) under_way: Option<RunningRequest>,
    /// The deadline of the job that starts with this response.
    pub(crate) deadline: Instant,
}

impl Api {
    /// Makes the client without opening a connection.
    pub(crate) fn new(server: ApiParts) -> Self {
        let ApiParts { base, query, headers, keys, traits, timeout, policy, rate_limiter } = server;
        Self { pool: OnceCell::new(), base, query, headers, keys, traits, timeout, policy, rate_limiter }
    }

    /// Returns the connection pool, which all jobs share. It is made with the first request, because loading this
    /// machine's certificates takes longer than the studio's first frame may.
    async fn pool(&self) -> Result<&Client, BackendError> {
        let made = self.pool.get_or_try_init(async || self.connections()).await;
        made.map_err(|error| {
            BackendError::new(
                ErrorKind::Local,
                format!("could not set up connections: {}", connect_error::innermost(&error)),
            )
            .with_hint("check this machine's certificates and proxy settings")
        })
    }

    fn connections(&self) -> reqwest::Result<Client> {
        if self.base.scheme() != "http" {
            return self.client().build();
        }
        // A proxy on the way to a plain HTTP address would read the key, and such an address needs no certificates.
        let plain = || self.client().no_proxy();
        plain().build().or_else(|_| plain().tls_certs_only([]).build())
    }

    /// Returns a client builder. Its connection timeout is shorter than that of the whole exchange: when it fails, it
    /// is known that nothing was sent.
    fn client(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout / 4 * 3))
            .timeout(self.timeout)
            .tcp_keepalive(Duration::from_secs(30))
            .redirect(redirect::Policy::none())
    }

    /// Returns the server's host name.
    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or("the server")
    }

    /// Returns the source of the key.
    pub(crate) const fn keys(&self) -> &ApiKey {
        &self.keys
    }

    /// Returns the retry policy.
    pub(crate) const fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// Returns the deadline of an exchange that starts now.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Returns the error for a job that continues on the server after its time here is over.
    pub(crate) fn deadline_error(&self) -> BackendError {
        let message = format!("`{}` did not finish within {} s", self.host(), self.timeout.as_secs());
        BackendError::new(ErrorKind::Timeout, message)
            .with_hint("it may continue on the server; raise `timeout` if this happens often")
            .resumable()
    }

    /// Returns the traits of this kind of server.
    pub(crate) const fn traits(&self) -> &'static ServerTraits {
        self.traits
    }

    /// Returns the warnings to show before the server is used.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let plain = self.base.scheme() == "http" && !is_loopback(&self.base);
        plain.then(|| format!("the key is sent unencrypted to `{}`", self.host())).into_iter().collect()
    }

    /// Returns the key, or the error why there is none.
    pub(crate) async fn key(&self) -> Result<Option<Secret>, BackendError> {
        let key = self.keys.get().await?;
        if key.is_none() && self.traits.needs_key {
            return Err(BackendError::new(ErrorKind::Credentials, format!("no API key in {}", self.keys.place()))
                .with_hint("set it, or name a command that prints the key in `api_key_command`"));
        }
        Ok(key)
    }

    /// Sends `call` until it succeeds or may not be retried. A request that counts waits in the queue and reports the
    /// wait; it is reported as sent only when it leaves.
    pub(crate) async fn open(
        &self,
        call: &ApiCall,
        key: Option<&Secret>,
        progress: Option<&Progress>,
    ) -> Result<OpenedResponse, BackendError> {
        let place = call.counts().then(|| self.rate_limiter.enqueue());
        let (mut attempt, mut reached) = (0, false);
        loop {
            let under_way = self.wait_turn(place.as_ref(), call, progress).await;
            let deadline = self.deadline();
            let failure = match self.send_once(call, key, progress).await {
                Ok((response, request_id)) => {
                    self.rate_limiter.record_success();
                    return Ok(OpenedResponse { response, request_id, under_way, deadline });
                }
                Err(failure) => failure,
            };
            tracing::debug!(path = %call.path, kind = %failure.error.kind, attempt, "request failed");
            drop(under_way);
            reached |= !failure.error.unsent;
            let Some(wait) = self.policy.wait(&failure, attempt) else {
                return Err(self.give_up(failure, reached).await);
            };
            // A request that was rate limited goes before later ones. A failure of any other kind holds up no other
            // request.
            place.iter().filter(|_| failure.cause == RetryCause::Rate).for_each(QueueTicket::requeue);
            self.policy.count_down(wait, failure.cause.words(), progress).await;
            place.iter().for_each(QueueTicket::requeue);
            attempt += 1;
        }
    }

    async fn wait_turn(
        &self,
        place: Option<&QueueTicket>,
        call: &ApiCall,
        progress: Option<&Progress>,
    ) -> Option<RunningRequest> {
        let say = |words: String| progress.into_iter().for_each(|progress| progress.status(words.as_str()));
        let under_way = place?.wait_turn(call.pictures, self.policy.tick, say).await;
        if let Some(progress) = progress {
            progress.sent();
        }
        Some(under_way)
    }

    /// Reads a small JSON response to its end.
    pub(crate) async fn json(&self, call: &ApiCall, key: Option<&Secret>) -> Result<serde_json::Value, BackendError> {
        let OpenedResponse { response, request_id, .. } = self.open(call, key, None).await?;
        let body = read_some(response, 8 << 20).await;
        serde_json::from_slice(&body).map_err(|_| {
            BackendError::new(ErrorKind::Protocol, format!("`{}` did not respond with JSON", self.host()))
                .with_hint("check `base_url`; it usually ends in `/v1`")
                .with_request_id(request_id)
        })
    }

    /// Downloads an image from a URL in a response and follows its redirects. The key is not sent: the URL may belong
    /// to anyone. Transient failures are retried, since a download is free.
    pub(crate) async fn fetch(&self, address: &str) -> Result<Bytes, BackendError> {
        let pool = self.pool().await?;
        let mut attempt = 0;
        loop {
            let error = match download::fetch(pool, &self.base, address).await {
                Err(error) if error.resumable => error,
                fetched => return fetched,
            };
            let failure = FailedAttempt::passing(error, RetryCause::Unreachable);
            let Some(wait) = self.policy.wait(&failure, attempt) else { return Err(failure.error) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Returns the error for a failure reported inside a successful response.
    pub(crate) fn reported_failure(
        &self,
        fault: &ServerError,
        key: Option<&Secret>,
        request_id: Option<String>,
    ) -> BackendError {
        self.error_context(key).describe(None, fault, request_id)
    }

    fn error_context<'a>(&'a self, secret: Option<&'a Secret>) -> ErrorContext<'a> {
        ErrorContext { host: self.host(), key_place: self.keys.place(), secret }
    }

    /// Returns the final error of a request. `reached`: some attempt got through to the server.
    async fn give_up(&self, failure: FailedAttempt, reached: bool) -> BackendError {
        let FailedAttempt { mut error, after, .. } = failure;
        error.unsent &= !reached;
        if let (true, Some(hint)) = (error.unsent, &mut error.hint) {
            hint.push_str("; nothing was sent or charged");
        }
        if error.kind == ErrorKind::Credentials {
            self.keys.forget().await;
        }
        if let Some(after) = after.filter(|after| *after > self.policy.patience) {
            error.hint = Some(format!("the server asked to wait {} seconds", after.as_secs()));
        }
        error
    }

    async fn send_once(
        &self,
        call: &ApiCall,
        key: Option<&Secret>,
        progress: Option<&Progress>,
    ) -> Result<(Response, Option<String>), FailedAttempt> {
        let own_id = uuid::Uuid::now_v7().to_string();
        // Polling a job does not change its request id.
        let named = progress.filter(|_| call.counts());
        named.inspect(|progress| progress.request_id(&own_id));
        let pool = self.pool().await.map_err(FailedAttempt::last)?;
        let request = self.request(pool, call, key, &own_id).map_err(FailedAttempt::last)?;
        let response = request.send().await.map_err(|error| self.no_response_error(call, &error, own_id))?;
        let request_id = header(&response, "x-request-id").or_else(|| header(&response, "apim-request-id"));
        named.zip(request_id.as_ref()).inspect(|(progress, id)| progress.request_id(*id));
        let status = response.status();
        // The server's request id is left out: a careless server may echo a key in it. It is in the record, redacted.
        tracing::debug!(path = %call.path, status = status.as_u16(), "answer");
        if call.counts() {
            self.rate_limiter.update_limits(&StatedLimit::from_headers(response.headers()));
        }
        if status.is_success() {
            return Ok((response, request_id));
        }
        Err(self.handle_error_response(call, response, key, request_id).await)
    }

    fn request(
        &self,
        pool: &Client,
        call: &ApiCall,
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
            AuthHeader::Bearer => (reqwest::header::AUTHORIZATION, format!("Bearer {}", key.expose())),
            AuthHeader::ApiKey => (HeaderName::from_static("api-key"), key.expose().to_owned()),
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            BackendError::new(
                ErrorKind::Credentials,
                format!("{} contains characters that are not valid in a key", self.keys.place()),
            )
            .with_hint("copy the key again; it is one line of letters, digits and dashes")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// Handles a missing response: either nothing was sent, or the fate of the request is unknown.
    fn no_response_error(&self, call: &ApiCall, error: &reqwest::Error, own_id: String) -> FailedAttempt {
        let host = self.host();
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Network };
        let reason = connect_error::explain(error);
        if error.is_connect() {
            let error = BackendError::new(kind, format!("could not connect to `{host}`: {}", reason.words))
                .with_hint(reason.hint)
                .unsent();
            return if reason.is_transient {
                FailedAttempt::passing(error, RetryCause::Unreachable)
            } else {
                FailedAttempt::last(error)
            };
        }
        let cause = reason.words;
        if error.is_builder() {
            return FailedAttempt::last(BackendError::new(
                ErrorKind::Local,
                format!("could not build the request: {cause}"),
            ));
        }
        if call.method == Method::GET {
            let error = BackendError::new(kind, format!("no response from `{host}`: {cause}")).with_hint("try again");
            return FailedAttempt::passing(error, RetryCause::Unreachable);
        }
        let how = if error.is_timeout() {
            "did not respond in time".to_owned()
        } else {
            format!("did not respond ({cause})")
        };
        let message = format!("the request was sent, but `{host}` {how}; you may have been charged");
        let error = BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT);
        FailedAttempt::last(error.with_request_id(Some(own_id)))
    }

    /// Handles an error response.
    async fn handle_error_response(
        &self,
        call: &ApiCall,
        response: Response,
        key: Option<&Secret>,
        request_id: Option<String>,
    ) -> FailedAttempt {
        let status = response.status();
        if status.is_redirection() {
            return FailedAttempt::last(self.redirected(&response));
        }
        let after = retry_after_headers(response.headers(), Timestamp::now());
        let should = header(&response, "x-should-retry");
        let fault = ServerError::from_body(&read_some(response, MAX_ERROR_BODY).await);
        let error = self.error_context(key).describe(Some(status), &fault, request_id);
        let cause = RetryCause::classify(status, &fault, error.kind, should.as_deref());
        let failure = FailedAttempt { error, cause, after: after.or_else(|| retry_after_message(&fault.message)) };
        self.apply_rate_limits(call, &fault, &failure);
        failure
    }

    /// Applies the server's rate limit information to the requests that are waiting.
    fn apply_rate_limits(&self, call: &ApiCall, fault: &ServerError, failure: &FailedAttempt) {
        self.rate_limiter.update_limits(StatedLimit::from_message(&fault.message).as_slice());
        let asked = failure.after.filter(|after| *after <= self.policy.patience);
        match (failure.cause, asked) {
            (RetryCause::Rate, Some(after)) => self.rate_limiter.block_until(after, call.pictures),
            (RetryCause::Rate | RetryCause::Overloaded, _) => self.rate_limiter.reduce_concurrency(),
            _ if fault.is_slow_down() => self.rate_limiter.slow_down(),
            _ => {}
        }
    }

    fn redirected(&self, response: &Response) -> BackendError {
        let target = header(response, "location").and_then(|to| self.base.join(&to).ok());
        let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
        BackendError::new(ErrorKind::Protocol, format!("`{}` redirects to `{host}`", self.host()))
            .with_hint("set `base_url` to the final address; the key is not sent to another one")
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.chars().take(200).collect())
}

/// Reads the start of a body, as far as it arrives.
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
                    BackendError::new(ErrorKind::Local, format!("`{media_type}` is not a media type: {error}"))
                })?;
                form.part(name.clone(), part)
            }
        };
    }
    Ok(form)
}
