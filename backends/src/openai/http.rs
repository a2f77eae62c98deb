//! Talks to one server: address, headers, key, time limits, and whether a failed request may be sent again.
//! It knows nothing of pictures. The key goes to this one server, encrypted or on this machine, and is never redirected.

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
    address::is_loopback,
    connect, download,
    errors::{Fault, Teller, UNKNOWN_HINT},
    key::Keys,
    pace::{Pace, Place, Stated, UnderWay},
    profile::{Auth, Traits},
    retry::{Cause, Failure, Policy, wait_in_headers, wait_in_words},
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
    /// How many pictures it asks for, against the account's limit of them.
    pub(crate) pictures: u32,
}

impl Call {
    /// A question that changes nothing and costs nothing.
    pub(crate) fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self { method: Method::GET, path: path.into(), body: Body::Empty, pictures: 0 }
    }

    /// A request that may be billed, for so many pictures.
    pub(crate) fn post(path: &'static str, body: Body, pictures: u32) -> Self {
        Self { method: Method::POST, path: path.into(), body, pictures }
    }

    /// Whether it may be billed, and counts against the account's limits.
    fn counts(&self) -> bool {
        self.method == Method::POST
    }
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
    pace: Arc<Pace>,
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
    /// What is known of the limits of the account that pays.
    pub(crate) pace: Arc<Pace>,
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
    /// Let go of when the answer is read: then the next request may leave.
    pub(crate) under_way: Option<UnderWay>,
    /// Until when the job that begins with this may last.
    pub(crate) deadline: Instant,
}

impl Api {
    /// Connects to nothing yet.
    pub(crate) fn new(server: Server) -> Self {
        let Server { base, query, headers, keys, traits, timeout, policy, pace } = server;
        Self { pool: OnceCell::new(), base, query, headers, keys, traits, timeout, policy, pace }
    }

    /// The connections, which all jobs share. Made with the first request: reading this machine's certificates takes
    /// longer than the studio's first frame may.
    async fn pool(&self) -> Result<&Client, BackendError> {
        let made = self.pool.get_or_try_init(async || self.connections()).await;
        made.map_err(|error| {
            BackendError::new(ErrorKind::Local, format!("no connections can be made: {}", connect::innermost(&error)))
                .with_hint("check this machine's certificates and proxy settings")
        })
    }

    fn connections(&self) -> reqwest::Result<Client> {
        if self.base.scheme() != "http" {
            return self.client().build();
        }
        // A proxy on the way to a plain address would read the key, and such an address needs no certificates.
        let plain = || self.client().no_proxy();
        plain().build().or_else(|_| plain().tls_certs_only([]).build())
    }

    /// A connection that stalls fails as one before the whole exchange does: then nothing was sent, which is known.
    fn client(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT.min(self.timeout / 4 * 3))
            .timeout(self.timeout)
            .tcp_keepalive(Duration::from_secs(30))
            .redirect(redirect::Policy::none())
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

    /// Until when an exchange that begins now may last.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// The failure of a job that goes on at the server after its time here is over.
    pub(crate) fn overdue(&self) -> BackendError {
        let message = format!("`{}` was not done after {} s", self.host(), self.timeout.as_secs());
        BackendError::new(ErrorKind::Timeout, message)
            .with_hint("it may go on there; raise `timeout` if this happens often")
            .resumable()
    }

    /// What is known of servers of this kind.
    pub(crate) const fn traits(&self) -> &'static Traits {
        self.traits
    }

    /// What deserves a word before it is used.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let plain = self.base.scheme() == "http" && !is_loopback(&self.base);
        plain.then(|| format!("the key travels unencrypted to `{}`", self.host())).into_iter().collect()
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

    /// Sends `call` until it is answered well or may not be sent again. A request that counts waits for its turn, in
    /// sight; only when it leaves is it said to be sent.
    pub(crate) async fn open(
        &self,
        call: &Call,
        key: Option<&Secret>,
        progress: Option<&Progress>,
    ) -> Result<Opened, BackendError> {
        let place = call.counts().then(|| self.pace.place());
        let (mut attempt, mut reached) = (0, false);
        loop {
            let under_way = self.turn(place.as_ref(), call, progress).await;
            let deadline = self.deadline();
            let failure = match self.once(call, key, progress).await {
                Ok((response, request_id)) => {
                    self.pace.went_well();
                    return Ok(Opened { response, request_id, under_way, deadline });
                }
                Err(failure) => failure,
            };
            tracing::debug!(path = %call.path, kind = %failure.error.kind, attempt, "request failed");
            drop(under_way);
            reached |= !failure.error.unsent;
            let Some(wait) = self.policy.wait(&failure, attempt) else {
                return Err(self.give_up(failure, reached).await);
            };
            // Who was refused goes before those that came later; a failure of its own holds up nobody.
            place.iter().filter(|_| failure.cause == Cause::Rate).for_each(Place::again);
            self.policy.count_down(wait, failure.cause.words(), progress).await;
            place.iter().for_each(Place::again);
            attempt += 1;
        }
    }

    async fn turn(&self, place: Option<&Place>, call: &Call, progress: Option<&Progress>) -> Option<UnderWay> {
        let say = |words: String| progress.into_iter().for_each(|progress| progress.status(words.as_str()));
        let under_way = place?.turn(call.pictures, self.policy.tick, say).await;
        if let Some(progress) = progress {
            progress.sent();
        }
        Some(under_way)
    }

    /// Reads a small JSON answer to the end.
    pub(crate) async fn json(&self, call: &Call, key: Option<&Secret>) -> Result<serde_json::Value, BackendError> {
        let Opened { response, request_id, .. } = self.open(call, key, None).await?;
        let body = read_some(response, 8 << 20).await;
        serde_json::from_slice(&body).map_err(|_| {
            BackendError::new(ErrorKind::Protocol, format!("`{}` did not answer with JSON", self.host()))
                .with_hint("check `base_url`; it usually ends in `/v1`")
                .with_request_id(request_id)
        })
    }

    /// Fetches an image from an address that an answer gave, and follows it where it leads. The key stays here: the
    /// address may be anybody's. What may pass is tried again, as it costs nothing.
    pub(crate) async fn fetch(&self, address: &str) -> Result<Bytes, BackendError> {
        let pool = self.pool().await?;
        let mut attempt = 0;
        loop {
            let error = match download::fetch(pool, &self.base, address).await {
                Err(error) if error.resumable => error,
                fetched => return fetched,
            };
            let failure = Failure::passing(error, Cause::NotReached);
            let Some(wait) = self.policy.wait(&failure, attempt) else { return Err(failure.error) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// A failure told inside a good answer.
    pub(crate) fn told(&self, fault: &Fault, key: Option<&Secret>, request_id: Option<String>) -> BackendError {
        self.teller(key).tell(None, fault, request_id)
    }

    fn teller<'a>(&'a self, secret: Option<&'a Secret>) -> Teller<'a> {
        Teller { host: self.host(), key_place: self.keys.place(), secret }
    }

    /// The error that ends it; `reached`: some attempt came to the server.
    async fn give_up(&self, failure: Failure, reached: bool) -> BackendError {
        let Failure { mut error, after, .. } = failure;
        error.unsent &= !reached;
        if let (true, Some(hint)) = (error.unsent, &mut error.hint) {
            hint.push_str("; nothing was sent, nothing was billed");
        }
        if error.kind == ErrorKind::Credentials {
            self.keys.forget().await;
        }
        if let Some(after) = after.filter(|after| *after > self.policy.patience) {
            error.hint = Some(format!("the server asks to wait {} seconds", after.as_secs()));
        }
        error
    }

    async fn once(
        &self,
        call: &Call,
        key: Option<&Secret>,
        progress: Option<&Progress>,
    ) -> Result<(Response, Option<String>), Failure> {
        let own_id = uuid::Uuid::now_v7().to_string();
        // Asking after an order does not rename it.
        let named = progress.filter(|_| call.counts());
        named.inspect(|progress| progress.request_id(&own_id));
        let pool = self.pool().await.map_err(Failure::last)?;
        let request = self.request(pool, call, key, &own_id).map_err(Failure::last)?;
        let response = request.send().await.map_err(|error| self.unanswered(call, &error, own_id))?;
        let request_id = header(&response, "x-request-id").or_else(|| header(&response, "apim-request-id"));
        named.zip(request_id.as_ref()).inspect(|(progress, id)| progress.request_id(*id));
        let status = response.status();
        // Without the server's name for the request: a careless server repeats a key there. It is in the record, cleaned.
        tracing::debug!(path = %call.path, status = status.as_u16(), "answer");
        if call.counts() {
            self.pace.learn(&Stated::in_headers(response.headers()));
        }
        if status.is_success() {
            return Ok((response, request_id));
        }
        Err(self.refused(call, response, key, request_id).await)
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

    /// No answer at all: either nothing was sent, or what became of it is not known.
    fn unanswered(&self, call: &Call, error: &reqwest::Error, own_id: String) -> Failure {
        let host = self.host();
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Network };
        let reason = connect::reason(error);
        if error.is_connect() {
            let error = BackendError::new(kind, format!("could not connect to `{host}`: {}", reason.words))
                .with_hint(reason.hint)
                .unsent();
            return if reason.passes { Failure::passing(error, Cause::NotReached) } else { Failure::last(error) };
        }
        let cause = reason.words;
        if error.is_builder() {
            return Failure::last(BackendError::new(ErrorKind::Local, format!("the request cannot be made: {cause}")));
        }
        if call.method == Method::GET {
            let error = BackendError::new(kind, format!("`{host}` did not answer: {cause}")).with_hint("try again");
            return Failure::passing(error, Cause::NotReached);
        }
        let how =
            if error.is_timeout() { "did not answer in time".to_owned() } else { format!("gave no answer ({cause})") };
        let message = format!("the request was sent, but `{host}` {how}; you may have been charged");
        let error = BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT);
        Failure::last(error.with_request_id(Some(own_id)))
    }

    /// An answer that says no.
    async fn refused(
        &self,
        call: &Call,
        response: Response,
        key: Option<&Secret>,
        request_id: Option<String>,
    ) -> Failure {
        let status = response.status();
        if status.is_redirection() {
            return Failure::last(self.redirected(&response));
        }
        let after = wait_in_headers(response.headers(), Timestamp::now());
        let should = header(&response, "x-should-retry");
        let fault = Fault::from_body(&read_some(response, LARGEST_FAILURE).await);
        let error = self.teller(key).tell(Some(status), &fault, request_id);
        let cause = Cause::of(status, &fault, error.kind, should.as_deref());
        let failure = Failure { error, cause, after: after.or_else(|| wait_in_words(&fault.message)) };
        self.slow_down(call, &fault, &failure);
        failure
    }

    /// Has the requests that wait keep what the server said to this one.
    fn slow_down(&self, call: &Call, fault: &Fault, failure: &Failure) {
        self.pace.learn(Stated::in_words(&fault.message).as_slice());
        let asked = failure.after.filter(|after| *after <= self.policy.patience);
        match (failure.cause, asked) {
            (Cause::Rate, Some(after)) => self.pace.hold(after, call.pictures),
            (Cause::Rate | Cause::Overloaded, _) => self.pace.ease(),
            _ if fault.is_slow_down() => self.pace.steady(),
            _ => {}
        }
    }

    fn redirected(&self, response: &Response) -> BackendError {
        let target = header(response, "location").and_then(|to| self.base.join(&to).ok());
        let host = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
        BackendError::new(ErrorKind::Protocol, format!("`{}` redirects to `{host}`", self.host()))
            .with_hint("set `base_url` to the final address; the key is not carried to another one")
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.chars().take(200).collect())
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
