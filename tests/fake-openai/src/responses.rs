//! `POST /v1/responses` and its follow-ups: retrieving a response, resuming its stream, canceling it in the background.
//! The events of a response are built in `tale`; requests are validated in `ask`.

mod drawing;
mod event_log;
mod image_tool;
mod request;
mod text;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::faults::{Fault, Faults};
use crate::generate::not_json;
use crate::middleware::{Call, wait_for_turn};
use crate::record::RecordedBody;
use crate::sse::{Disconnected, SseSender, open};
use crate::state::Shared;
use event_log::EventLog;

/// A response as the server stores it.
#[derive(Clone)]
pub(crate) struct StoredResponse {
    tale: Arc<EventLog>,
    /// Number of events of this response that have already occurred.
    happened: usize,
    background: bool,
    streamed: bool,
    cancelled: bool,
    /// The image that the next turn starts from.
    picture: Option<Bytes>,
}

impl StoredResponse {
    /// Returns the response in its current state.
    fn snapshot(&self) -> Value {
        let mut now = self.tale.first.clone();
        if self.cancelled {
            now["status"] = "cancelled".into();
        } else if self.happened >= self.tale.events.len() {
            now = self.tale.last.clone();
        } else if self.background && self.happened < 2 {
            now["status"] = "queued".into();
        }
        now
    }

    fn is_over(&self) -> bool {
        self.cancelled || self.happened >= self.tale.events.len()
    }
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
) -> Result<Response, ApiError> {
    let RecordedBody::Json(Value::Object(body)) = &*call.body else { return Err(not_json()) };
    let ask = request::validate_request(&shared, body, &call.faults)?;
    let picture = image_tool::draw_tool(&shared, &ask, &call).await?;
    let tale = Arc::new(event_log::build_event_log(&shared, &ask, picture.as_ref(), &call.faults));
    let stored = StoredResponse {
        tale: Arc::clone(&tale),
        happened: 0,
        background: ask.background,
        streamed: ask.stream,
        cancelled: false,
        picture: picture.and_then(|picture| picture.last),
    };
    let first = stored.snapshot();
    shared.change(|log| log.responses.insert(tale.id.clone(), stored));
    if ask.background {
        tokio::spawn(run_background(Arc::clone(&shared), Arc::clone(&tale), call.faults.clone()));
        return Ok(if ask.stream { stream_background(shared, call, tale, 0) } else { Json(first).into_response() });
    }
    if ask.stream && !call.faults.has(Fault::JsonNotSse) {
        return Ok(stream_foreground(shared, call, tale));
    }
    wait_for_turn(&shared, &call.faults).await;
    finish(&shared, &tale);
    Ok(Json(tale.last.clone()).into_response())
}

/// Makes the events of a background response occur, each after its pause.
async fn run_background(shared: Arc<Shared>, tale: Arc<EventLog>, faults: Faults) {
    for _ in &tale.events {
        wait_for_turn(&shared, &faults).await;
        let over = shared.change(|log| {
            log.responses.get_mut(&tale.id).is_none_or(|stored| {
                stored.happened += usize::from(!stored.cancelled);
                stored.is_over()
            })
        });
        if over {
            return;
        }
    }
}

fn finish(shared: &Shared, tale: &EventLog) {
    shared.change(|log| {
        if let Some(stored) = log.responses.get_mut(&tale.id) {
            stored.happened = tale.events.len();
        }
    });
}

/// Cancels a response whose client has disconnected; only background responses survive that.
fn cancel_foreground(shared: &Shared, tale: &EventLog) {
    shared.change(|log| {
        if let Some(stored) = log.responses.get_mut(&tale.id) {
            stored.cancelled = true;
        }
    });
}

/// Streams a response while its events occur.
fn stream_foreground(shared: Arc<Shared>, call: Call, tale: Arc<EventLog>) -> Response {
    let (outlet, response) = open(Arc::clone(&shared), call.faults, call.link);
    tokio::spawn(async move {
        match send_events(outlet, &tale).await {
            Ok(()) => finish(&shared, &tale),
            Err(Disconnected) => cancel_foreground(&shared, &tale),
        }
    });
    response
}

async fn send_events(outlet: SseSender, tale: &EventLog) -> Result<(), Disconnected> {
    let Some((last, events)) = tale.events.split_last() else { return outlet.close().await };
    for event in events {
        outlet.event(event, |_| ()).await?;
    }
    if outlet.faults.has(Fault::Eof) {
        return outlet.close().await;
    }
    if outlet.faults.has(Fault::ResetMidStream) {
        return outlet.break_off(last).await;
    }
    outlet.event(last, |_| ()).await?;
    outlet.close().await
}

/// Streams a background response from an event on, as its events occur; a client that disconnects does not stop it.
fn stream_background(shared: Arc<Shared>, call: Call, tale: Arc<EventLog>, from: usize) -> Response {
    let cut = call.faults.has(Fault::ResetMidStream).then(|| from.midpoint(tale.events.len()));
    // Pauses apply when an event occurs, not when it is streamed.
    let (outlet, response) = open(Arc::clone(&shared), Faults::none(), call.link);
    tokio::spawn(async move { send_background_events(shared, outlet, tale, from, cut).await });
    response
}

/// Streams the events; `cut` is the event at which the connection breaks, if any.
async fn send_background_events(
    shared: Arc<Shared>,
    outlet: SseSender,
    tale: Arc<EventLog>,
    from: usize,
    cut: Option<usize>,
) -> Result<(), Disconnected> {
    let mut changed = shared.changed.subscribe();
    let mut position = from;
    loop {
        let (happened, over) = {
            let log = shared.log();
            log.responses.get(&tale.id).map_or((0, true), |stored| (stored.happened, stored.is_over()))
        };
        for event in tale.events.iter().take(happened).skip(position) {
            if cut == Some(position) {
                return outlet.break_off(event).await;
            }
            outlet.event(event, |_| ()).await?;
            position += 1;
        }
        if over || changed.changed().await.is_err() {
            return outlet.close().await;
        }
    }
}

/// Query parameters for retrieving a response.
#[derive(Deserialize)]
pub(crate) struct RetrieveQuery {
    #[serde(default)]
    stream: bool,
    starting_after: Option<usize>,
}

pub(crate) async fn retrieve(
    State(shared): State<Arc<Shared>>,
    Extension(call): Extension<Call>,
    Path(id): Path<String>,
    Query(reading): Query<RetrieveQuery>,
) -> Result<Response, ApiError> {
    let stored = find(&shared, &id)?;
    if !reading.stream {
        return Ok(Json(stored.snapshot()).into_response());
    }
    if !(stored.streamed && stored.background) {
        let message =
            "This response cannot be streamed because it was not created with stream=true and background=true.";
        return Err(ApiError::invalid("invalid_value", "stream", message));
    }
    let from = reading.starting_after.map_or(0, |number| number + 1);
    Ok(stream_background(shared, call, stored.tale, from))
}

pub(crate) async fn cancel(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if !find(&shared, &id)?.background {
        let message = "Only responses created with background=true can be cancelled.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message));
    }
    let now = shared.change(|log| {
        log.responses.get_mut(&id).map(|stored| {
            stored.cancelled = stored.cancelled || !stored.is_over();
            stored.snapshot()
        })
    });
    Ok(Json(now.unwrap_or_default()))
}

pub(crate) async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    find(&shared, &id)?;
    shared.change(|log| log.responses.remove(&id));
    Ok(Json(json!({"id": id, "object": "response", "deleted": true})))
}

fn find(shared: &Shared, id: &str) -> Result<StoredResponse, ApiError> {
    shared.log().responses.get(id).cloned().ok_or_else(|| {
        let message = format!("Response with id '{id}' not found.");
        ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", None, message)
    })
}
