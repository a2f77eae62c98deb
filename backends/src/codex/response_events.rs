//! Parses the events of the Responses API: thoughts, text, a refusal, the end.
//! It does not know what the text is for.

use std::{path::Path, time::Instant};

use serde_json::Value;

use crate::{
    Usage,
    openai::{
        image_extractor::ImageKeys,
        response_stream::{Event, ResponseStream},
        server_error::ServerError,
        usage,
    },
};

/// A finished answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FinishedAnswer {
    /// The text of the answer, without intermediate comments.
    pub(crate) text: String,
    /// The text of the refusal, if the model declined.
    pub(crate) refusal: Option<String>,
    /// The reason why it stopped before it was done.
    pub(crate) incomplete: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// The service tier that the response reports.
    pub(crate) tier: Option<String>,
    pub(crate) response_id: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl FinishedAnswer {
    /// Reads an answer that was spooled in a file; returns `None` if it stops before its end.
    pub(crate) async fn read(path: &Path) -> Option<Self> {
        let mut answer = ResponseStream::reopen(path, ImageKeys::Responses).await.ok()?;
        let mut hearing = AnswerState::default();
        while let Ok(Some(event)) = answer.next().await {
            if let CodexEvent::Done(answered) = hearing.apply_event(&event) {
                return Some(*answered);
            }
        }
        None
    }
}

/// The meaning of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CodexEvent {
    /// More text of the answer.
    Words(String),
    /// A completed part of the reasoning summary.
    Thought(String),
    Done(Box<FinishedAnswer>),
    Failed(ServerError),
    Nothing,
}

/// The state of an answer that is being received.
#[derive(Debug, Default)]
pub(crate) struct AnswerState {
    /// The ids of messages that are comments and not the answer.
    comments: Vec<String>,
    text: String,
    refusal: String,
    /// The server's id of the response.
    pub(crate) id: Option<String>,
    /// True while the server is still working on it.
    pub(crate) open: bool,
    /// The deadline of the exchange.
    pub(crate) deadline: Option<Instant>,
}

impl AnswerState {
    /// Returns whether no text of an answer has arrived yet.
    pub(crate) fn is_silent(&self) -> bool {
        self.text.is_empty()
    }

    /// Processes one event.
    pub(crate) fn apply_event(&mut self, event: &Event) -> CodexEvent {
        let value = &event.value;
        self.standing(value);
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        match event.name.as_str() {
            "response.output_item.added" => {
                let item = &value["item"];
                if item["phase"] == "commentary" {
                    self.comments.extend(item["id"].as_str().map(str::to_owned));
                }
                CodexEvent::Nothing
            }
            "response.output_text.delta" if self.is_comment(text("item_id")) => CodexEvent::Nothing,
            "response.output_text.delta" => {
                self.text.push_str(text("delta"));
                CodexEvent::Words(text("delta").to_owned())
            }
            "response.output_text.done" if self.is_comment(text("item_id")) => {
                CodexEvent::Thought(text("text").to_owned())
            }
            "response.refusal.delta" => {
                self.refusal.push_str(text("delta"));
                CodexEvent::Nothing
            }
            "response.reasoning_summary_text.done" => CodexEvent::Thought(text("text").to_owned()),
            _ => self.end(event),
        }
    }

    fn is_comment(&self, item: &str) -> bool {
        self.comments.iter().any(|comment| comment == item)
    }

    /// Reads the state of the response as a whole from an event.
    fn standing(&mut self, value: &Value) {
        let response = response(value);
        if let Some(id) = response["id"].as_str().filter(|id| id.starts_with("resp")) {
            self.id = Some(id.to_owned());
            self.open = matches!(response["status"].as_str(), Some("queued" | "in_progress"));
        }
    }

    fn end(&mut self, event: &Event) -> CodexEvent {
        if event.name == "error" {
            return ServerError::from_value(&event.value).map_or(CodexEvent::Nothing, CodexEvent::Failed);
        }
        let response = response(&event.value);
        match response["status"].as_str() {
            Some("completed") => CodexEvent::Done(Box::new(self.answered(response, None))),
            Some("incomplete") => {
                let reason = response["incomplete_details"]["reason"].as_str().unwrap_or("unknown");
                CodexEvent::Done(Box::new(self.answered(response, Some(reason.to_owned()))))
            }
            Some("failed") => CodexEvent::Failed(ServerError::from_value(response).unwrap_or_default()),
            Some("cancelled") => CodexEvent::Failed(ServerError {
                message: "the response was canceled".to_owned(),
                from_api: true,
                ..ServerError::default()
            }),
            // Plain JSON that is not a response object: an error, which some servers send with a success status.
            None if event.name.is_empty() => {
                ServerError::from_value(&event.value).map_or(CodexEvent::Nothing, CodexEvent::Failed)
            }
            _ => CodexEvent::Nothing,
        }
    }

    fn answered(&mut self, response: &Value, incomplete: Option<String>) -> FinishedAnswer {
        let parts = |kind: &str, key: &str| -> String {
            let items = response["output"].as_array().into_iter().flatten();
            let messages = items.filter(|item| item["type"] == "message" && item["phase"] != "commentary");
            let parts = messages.filter_map(|item| item["content"].as_array()).flatten();
            parts.filter(|part| part["type"] == kind).filter_map(|part| part[key].as_str()).collect()
        };
        let told = |whole: String, heard: &mut String| if whole.is_empty() { std::mem::take(heard) } else { whole };
        let text = told(parts("output_text", "text"), &mut self.text);
        let refusal = told(parts("refusal", "refusal"), &mut self.refusal);
        FinishedAnswer {
            text,
            refusal: Some(refusal).filter(|words| !words.is_empty()),
            incomplete,
            usage: usage::response_usage(response),
            tier: response["service_tier"].as_str().map(str::to_owned),
            response_id: response["id"].as_str().map(str::to_owned),
            request_id: None,
        }
    }
}

/// Returns the response object in an event that carries one, or the whole of a plain response.
fn response(value: &Value) -> &Value {
    value.get("response").filter(|response| response.is_object()).unwrap_or(value)
}
