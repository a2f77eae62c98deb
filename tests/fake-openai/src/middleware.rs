//! The middleware: records a request, checks its key and headers, selects its faults, adds the usual response headers.
//! The content of the request is validated behind it, in the routes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::faults::{self, Fault, Faults, error_response};
use crate::record::{RecordedBody, RecordedRequest};
use crate::state::{Log, Shared};
use crate::transport::ConnectionHandle;
use crate::{multipart, transport};

/// One request on its way through the routes.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) body: Arc<RecordedBody>,
    pub(crate) faults: Faults,
    pub(crate) request_id: String,
    pub(crate) link: ConnectionHandle,
}

/// The middleware in front of every route.
pub(crate) async fn middleware(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(link): ConnectInfo<ConnectionHandle>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    if request.uri().path().starts_with("/_fake/") {
        return next.run(request).await;
    }
    let leaving = DisconnectGuard::new(Arc::clone(&shared));
    let request_id = request_id(shared.change(Log::serial));
    let (parts, body) = request.into_parts();
    let (index, body) = read(&shared, &parts, body, &request_id).await;
    let call = Call { body, faults: Faults::none(), request_id: request_id.clone(), link };
    let mut response = match admit(&shared, call, &parts) {
        Ok(call) => answer(&shared, call, parts, next).await,
        Err(error) => error.into_response(),
    };
    headers(&shared, &mut response, &request_id, start.elapsed());
    shared.change(|log| log.requests[index].status = Some(response.status().as_u16()));
    leaving.disarm();
    response
}

/// Reads the body and records the request. Returns its index in the log.
async fn read(shared: &Shared, parts: &Parts, body: Body, request_id: &str) -> (usize, Arc<RecordedBody>) {
    // If the client disconnected halfway, the part that arrived is recorded.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let recorded = RecordedRequest::new(parts, multipart::parse(&parts.headers, bytes).await, request_id);
    let body = Arc::clone(&recorded.body);
    let index = shared.change(|log| {
        log.requests.push(recorded);
        log.requests.len() - 1
    });
    (index, body)
}

/// Counts an exchange as abandoned if dropped before the exchange has ended.
pub(crate) struct DisconnectGuard(Option<Arc<Shared>>);

impl DisconnectGuard {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(Some(shared))
    }

    /// Disarms the guard: the exchange has ended properly.
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for DisconnectGuard {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            shared.change(|log| log.abandoned += 1);
        }
    }
}

/// Checks the key and the headers, and adds the faults.
fn admit(shared: &Shared, mut call: Call, parts: &Parts) -> Result<Call, ApiError> {
    // Image URLs need no key: they are signed, as the service's own were.
    if !parts.uri.path().starts_with("/pictures/") {
        authorize(shared, &parts.headers)?;
    }
    client_request_id(&parts.headers)?;
    call.faults = collect_faults(shared, &parts.method, &parts.headers, &call.body)?;
    Ok(call)
}

fn authorize(shared: &Shared, headers: &HeaderMap) -> Result<(), ApiError> {
    let key = key(headers);
    let keys = &shared.config.keys;
    if key.is_empty() && shared.config.keyless {
        return Ok(());
    }
    if key.is_empty() {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", None, message));
    }
    let opens = if keys.is_empty() { key.starts_with("sk-") } else { keys.contains(&key) };
    if !opens {
        return Err(faults::invalid_key(&faults::masked(&key)));
    }
    membership(headers, "openai-organization", "org-", "invalid_organization", "No such organization")?;
    membership(headers, "openai-project", "proj_", "invalid_project", "No such project")
}

fn membership(headers: &HeaderMap, name: &str, prefix: &str, code: &str, message: &str) -> Result<(), ApiError> {
    match headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())) {
        Some(value) if !value.starts_with(prefix) => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            Some(code),
            format!("{message}: {value}."),
        )),
        _ => Ok(()),
    }
}

/// Returns the key, from a bearer token or from Azure's own header.
pub(crate) fn key(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    bearer.or_else(|| text("api-key")).unwrap_or_default().trim().to_owned()
}

fn client_request_id(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("x-client-request-id") {
        Some(value) if !value.as_bytes().is_ascii() || value.len() > 512 => Err(ApiError::invalid(
            "invalid_value",
            "X-Client-Request-Id",
            "Invalid X-Client-Request-Id header: it must be ASCII and at most 512 characters long.",
        )),
        _ => Ok(()),
    }
}

/// Collects the faults requested by the server's setup, the script, the header and the prompt; all of them apply.
fn collect_faults(
    shared: &Shared,
    method: &Method,
    headers: &HeaderMap,
    body: &RecordedBody,
) -> Result<Faults, ApiError> {
    let unknown = |name: String| ApiError::invalid("unknown_fault", "x-fake-fault", format!("No fault `{name}`."));
    let mut faults = Faults::none();
    if method == Method::POST {
        faults.extend(shared.config.always.clone());
        faults.extend(shared.change(|log| log.script.pop_front()).unwrap_or_default());
    } else {
        faults.extend(shared.change(|log| log.script_reads.pop_front()).unwrap_or_default());
    }
    if let Some(value) = headers.get("x-fake-fault").and_then(|value| value.to_str().ok()) {
        faults.extend(Faults::parse(value).map_err(unknown)?);
    }
    let prompt = prompt(body);
    if let Some(spell) = faults::parse_directive(&prompt).map_err(unknown)? {
        faults.extend(shared.apply_directive(&prompt, spell));
    }
    Ok(faults)
}

/// Returns the text that may carry a fault directive: `prompt` of the Images API, or the last text of a Responses
/// input.
pub(crate) fn prompt(body: &RecordedBody) -> String {
    let fields = body.fields();
    let text = fields.get("prompt").and_then(|prompt| prompt.as_str());
    text.map_or_else(|| fields.get("input").map(last_text).unwrap_or_default(), str::to_owned)
}

fn last_text(input: &serde_json::Value) -> String {
    match input {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            items.iter().rev().map(last_text).find(|text| !text.is_empty()).unwrap_or_default()
        }
        serde_json::Value::Object(item) if item.get("role").is_none_or(|role| role == "user") => {
            item.get("text").or_else(|| item.get("content")).map(last_text).unwrap_or_default()
        }
        _ => String::new(),
    }
}

async fn answer(shared: &Shared, call: Call, parts: Parts, next: Next) -> Response {
    let faults = call.faults.clone();
    if faults.has(Fault::Hang) {
        return std::future::pending().await;
    }
    if faults.has(Fault::Reset) {
        call.link.reset();
        return StatusCode::OK.into_response();
    }
    let fields = call.body.fields();
    let model = fields.get("model").and_then(|model| model.as_str()).unwrap_or("gpt-image-1");
    let quoted = faults::Quoted { model, key: &key(&parts.headers), request_id: &call.request_id };
    let response = if let Some(response) = error_response(&faults, &quoted) {
        wait_for_turn(shared, &faults).await;
        response
    } else {
        let mut request = Request::from_parts(parts, Body::empty());
        request.extensions_mut().insert(call);
        next.run(request).await
    };
    let mut response = transport::apply_body_faults(&faults, response).await;
    if let Some(value) = shared.echo(&faults).and_then(|key| HeaderValue::from_str(&key).ok()) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Waits before an event or a response, where a fault requires it.
pub(crate) async fn wait_for_turn(shared: &Shared, faults: &Faults) {
    if faults.has(Fault::Delay) {
        tokio::time::sleep(Duration::from_millis(faults.value(Fault::Delay).unwrap_or(100))).await;
    }
    if faults.has(Fault::Gate) {
        shared.pass_gate().await;
    }
}

/// Returns an id in the service's form, unique on a server and the same in every run.
fn request_id(serial: u64) -> String {
    format!("req_{:016x}{serial:016x}", crate::scene::mix(serial))
}

fn headers(shared: &Shared, response: &mut Response, request_id: &str, took: Duration) {
    let left = 500_u64.saturating_sub(shared.log().requests.len() as u64);
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().entry(HeaderName::from_static(name)).or_insert(value);
        }
    };
    set("x-request-id", request_id.to_owned());
    set("openai-organization", "org-fake".into());
    set("openai-processing-ms", took.as_millis().to_string());
    set("openai-version", "2020-10-01".into());
    set("x-ratelimit-limit-requests", "500".into());
    set("x-ratelimit-remaining-requests", left.to_string());
    set("x-ratelimit-reset-requests", "120ms".into());
    set("x-ratelimit-limit-tokens", "100000".into());
    set("x-ratelimit-remaining-tokens", "99958".into());
    set("x-ratelimit-reset-tokens", "6m0s".into());
}
