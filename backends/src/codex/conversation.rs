//! One turn of the conversation: sends it, reads the answer as it arrives, and polls where it continues without us.
//! `draw` decides about the text. A turn whose fate is unknown is never sent a second time.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout_at;

use super::{
    Codex,
    request_body::{self, OmittedParts, Turn},
    response_events::{AnswerState, CodexEvent, FinishedAnswer},
};
use crate::{
    BackendError, ErrorKind, Progress, Secret, Settings, Ticket,
    openai::{
        bounds::ResponseBounds, http::ApiCall, image_extractor::ImageKeys, response_stream::ResponseStream,
        server_error::UNKNOWN_HINT, spool,
    },
    svg::LivePreview,
};

/// The content of the ticket of a background job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodexResumeToken {
    pub(crate) model: String,
    pub(crate) settings: Settings,
    /// The ids of its responses on the server, one for each image.
    pub(crate) responses: Vec<String>,
}

/// A conversation in progress.
pub(crate) struct Conversation<'a> {
    pub(crate) backend: &'a Codex,
    pub(crate) progress: &'a Progress,
    key: Option<Secret>,
    begun: Mutex<CodexResumeToken>,
    /// The number of answers opened so far; each is spooled under its number.
    answers: AtomicU32,
}

impl<'a> Conversation<'a> {
    /// Starts a conversation.
    pub(crate) async fn open(
        backend: &'a Codex,
        progress: &'a Progress,
        model: &str,
        settings: &Settings,
    ) -> Result<Self, BackendError> {
        let key = backend.api.key().await?;
        let begun = CodexResumeToken { model: model.to_owned(), settings: settings.clone(), responses: Vec::new() };
        Ok(Self { backend, progress, key, begun: Mutex::new(begun), answers: AtomicU32::new(0) })
    }

    /// Sends a turn and reads the answer to its end. `first` marks an image's first turn, which can be found again.
    pub(crate) async fn turn(
        &self,
        turn: &Turn,
        live: &mut Option<LivePreview>,
        first: bool,
    ) -> Result<FinishedAnswer, BackendError> {
        let mut without =
            OmittedParts { summary: self.backend.summary_rejected.load(Ordering::Relaxed), previous: false };
        loop {
            let error = match self.send_turn(turn, without, live, first).await {
                Ok(answered) => return Ok(answered),
                Err(error) => error,
            };
            // The request was rejected before any work was done: it is sent again without what the server does not
            // accept.
            if !without.summary && wants_no_summary(&error) {
                tracing::info!("reasoning summaries are not available; asking without them");
                self.backend.summary_rejected.store(true, Ordering::Relaxed);
                without.summary = true;
            } else if !without.previous && turn.previous.is_some() && has_forgotten(&error) {
                without.previous = true;
            } else {
                return Err(error);
            }
        }
    }

    async fn send_turn(
        &self,
        turn: &Turn,
        without: OmittedParts,
        live: &mut Option<LivePreview>,
        first: bool,
    ) -> Result<FinishedAnswer, BackendError> {
        let background = self.backend.background && first;
        let call = request_body::build_request(turn, without, background)?;
        let mut hearing = AnswerState::default();
        let read = self.read(&call, &mut hearing, live, background).await;
        let deadline = hearing.deadline.unwrap_or_else(|| self.backend.api.deadline());
        match (read, hearing.id.filter(|_| hearing.open && background)) {
            (Ok(Some(answered)), _) => Ok(answered),
            (Ok(None) | Err(BackendError { kind: ErrorKind::Unknown, .. }), Some(id)) => self.poll(&id, deadline).await,
            (Ok(None), None) => Err(ended()),
            (Err(error), _) => Err(error),
        }
    }

    /// Polls a background response until it is done or its time is over. Polling is free.
    pub(crate) async fn poll(&self, id: &str, deadline: Instant) -> Result<FinishedAnswer, BackendError> {
        match timeout_at(deadline.into(), self.ask_again(id)).await {
            Ok(Err(error)) if error.kind.may_pass() => Err(error.resumable()),
            Ok(told) => told,
            Err(_) => Err(self.backend.api.deadline_error()),
        }
    }

    async fn ask_again(&self, id: &str) -> Result<FinishedAnswer, BackendError> {
        let call = request_body::poll_request(id);
        loop {
            let mut hearing = AnswerState::default();
            match self.read(&call, &mut hearing, &mut None, false).await? {
                Some(answered) => return Ok(answered),
                None if hearing.open => self.progress.status("drawing in the background"),
                None => return Err(ended()),
            }
            tokio::time::sleep(self.backend.api.policy().poll).await;
        }
    }

    /// Sends `call` and reads the answer; returns `None` if it stops before its end.
    async fn read(
        &self,
        call: &ApiCall,
        hearing: &mut AnswerState,
        live: &mut Option<LivePreview>,
        background: bool,
    ) -> Result<Option<FinishedAnswer>, BackendError> {
        let opened = self.backend.api.open(call, self.key.as_ref(), Some(self.progress)).await?;
        hearing.deadline = Some(opened.deadline);
        let name = Codex::file_name(self.answers.fetch_add(1, Ordering::Relaxed));
        let place = (self.progress.scratch(), name.as_str());
        let mut answer = ResponseStream::open(opened, ImageKeys::Responses, ResponseBounds::for_text(), place);
        loop {
            let event = match answer.next().await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(error) => return self.read_again(error, &name, &answer).await.map(Some),
            };
            let said = hearing.apply_event(&event);
            if background {
                self.save_resume_token(hearing).await?;
            }
            match said {
                CodexEvent::Words(words) => live.iter_mut().for_each(|live| live.push(&words)),
                CodexEvent::Thought(summary) => self.report_summary(&summary),
                CodexEvent::Done(mut answered) => {
                    answered.request_id.clone_from(&answer.request_id);
                    return Ok(Some(*answered));
                }
                CodexEvent::Failed(fault) => {
                    if hearing.is_silent() {
                        answer.discard();
                    }
                    hearing.open = false;
                    return Err(self.backend.api.reported_failure(
                        &fault,
                        self.key.as_ref(),
                        answer.request_id.clone(),
                    ));
                }
                CodexEvent::Nothing => {}
            }
        }
        if hearing.open && hearing.is_silent() {
            answer.discard();
        }
        if answer.is_empty() {
            let message = "the response is empty; you may have been charged";
            return Err(BackendError::new(ErrorKind::Unknown, message)
                .with_hint(UNKNOWN_HINT)
                .with_request_id(answer.request_id.clone()));
        }
        Ok(None)
    }

    /// Recovers an answer whose transfer failed: what arrived of it may still be complete.
    async fn read_again(
        &self,
        error: BackendError,
        name: &str,
        answer: &ResponseStream,
    ) -> Result<FinishedAnswer, BackendError> {
        let kept = spool::spooled_responses(self.progress.scratch(), name).await;
        let Some(path) = kept.first() else { return Err(error) };
        match FinishedAnswer::read(path).await {
            Some(answered) => {
                tracing::info!(%error, "the transfer failed, but the response is complete");
                Ok(FinishedAnswer { request_id: answer.request_id.clone(), ..answered })
            }
            None => Err(error),
        }
    }

    /// Saves the server's id of a response to disk as soon as it is known.
    async fn save_resume_token(&self, hearing: &AnswerState) -> Result<(), BackendError> {
        let Some(id) = &hearing.id else { return Ok(()) };
        let ticket = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            if begun.responses.contains(id) {
                return Ok(());
            }
            begun.responses.push(id.clone());
            Ticket(json!(*begun))
        };
        self.progress.ticket(&ticket).await
    }

    /// Reports a reasoning summary: its heading as the status, the rest as thoughts.
    fn report_summary(&self, summary: &str) {
        for line in summary.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix("**").and_then(|line| line.strip_suffix("**")) {
                Some(heading) => self.progress.status(heading.to_lowercase()),
                None => self.progress.thought(line),
            }
        }
    }
}

/// Returns the error for an answer that stopped before its end.
fn ended() -> BackendError {
    BackendError::new(
        ErrorKind::Unknown,
        "the response ended before the drawing was complete; you may have been charged",
    )
    .with_hint(UNKNOWN_HINT)
}

fn wants_no_summary(error: &BackendError) -> bool {
    let kinds = [ErrorKind::InvalidParameter, ErrorKind::NotVerified];
    kinds.contains(&error.kind) && (error.message.contains("reasoning.summary") || error.message.contains("summaries"))
}

fn has_forgotten(error: &BackendError) -> bool {
    error.kind == ErrorKind::InvalidParameter && error.message.contains("previous_response")
}
