//! The shapes of a stream that a reader must survive, and its bad endings.
//! Broken connections are in `transport`.

use fake_openai::{FakeOpenAi, Fault};
use serde_json::{Value, json};

use crate::client::{decode, events, faulty, faulty_stream, image};

pub(crate) const TESTED: [Fault; 20] = [
    Fault::FewerPartials,
    Fault::GiantLine,
    Fault::Pieces,
    Fault::SplitUtf8,
    Fault::Crlf,
    Fault::Cr,
    Fault::Comments,
    Fault::Done,
    Fault::NoEventLine,
    Fault::MultiLineData,
    Fault::UnknownEvents,
    Fault::Minimal,
    Fault::Eof,
    Fault::ErrorNested,
    Fault::ErrorFlat,
    Fault::ModerationOutput,
    Fault::ModerationOutputBare,
    Fault::JsonNotSse,
    Fault::EmptyCompleted,
    Fault::ErrorInOk,
];

/// Returns the names of the events of a stream under a fault.
async fn names(faults: &str) -> Vec<String> {
    let server = FakeOpenAi::start().await;
    events(&faulty_stream(&server, faults).await).into_iter().map(|(name, _)| name).collect()
}

/// Returns the last event of a stream under a fault.
async fn last(faults: &str) -> (String, Value) {
    let server = FakeOpenAi::start().await;
    let mut events = events(&faulty_stream(&server, faults).await);
    assert_eq!(events[0].0, "image_generation.partial_image", "{faults}");
    events.pop().unwrap()
}

#[tokio::test]
async fn stream_may_have_fewer_partials_than_requested() {
    assert_eq!(names("fewer-partials").await, ["image_generation.completed"]);
}

#[tokio::test]
async fn stream_without_completed_event_ends_between_events() {
    assert_eq!(names("eof").await, ["image_generation.partial_image"]);
}

#[tokio::test]
async fn giant_line_is_a_valid_image() {
    let server = FakeOpenAi::start().await;
    let text = faulty_stream(&server, "giant-line=6").await;
    let (_, data) = events(&text).pop().unwrap();
    let bytes = decode(&data["b64_json"]);
    assert!(bytes.len() > 6 << 20);
    assert_eq!(image(&bytes).width(), 1024);
}

#[tokio::test]
async fn pieces_split_anywhere_and_lose_nothing() {
    let server = FakeOpenAi::start().await;
    let mut answer = faulty(&server, "pieces=1021", json!({"stream": true})).await.unwrap();
    let (mut whole, mut small) = (Vec::new(), 0);
    while let Some(piece) = answer.chunk().await.unwrap() {
        small += usize::from(piece.len() <= 1021);
        whole.extend_from_slice(&piece);
    }
    assert!(small > 10, "{small}");
    assert_eq!(events(std::str::from_utf8(&whole).unwrap()).len(), 1);
}

#[tokio::test]
async fn multibyte_characters_are_split() {
    let server = FakeOpenAi::start().await;
    let mut answer = faulty(&server, "split-utf8", json!({"stream": true})).await.unwrap();
    let (mut whole, mut cut) = (Vec::new(), 0);
    while let Some(piece) = answer.chunk().await.unwrap() {
        cut += usize::from(std::str::from_utf8(&piece).is_err());
        whole.extend_from_slice(&piece);
    }
    assert!(cut > 0);
    assert_eq!(events(std::str::from_utf8(&whole).unwrap())[0].1["note"], "größer als 写真 🖼");
}

#[tokio::test]
async fn lines_may_end_in_cr_or_crlf() {
    let server = FakeOpenAi::start().await;
    let crlf = faulty_stream(&server, "crlf").await;
    assert!(crlf.ends_with("\r\n\r\n") && !crlf.replace("\r\n", "").contains(['\r', '\n']));
    let cr = faulty_stream(&server, "cr").await;
    assert!(cr.ends_with("\r\r") && !cr.contains('\n'));
}

#[tokio::test]
async fn comments_and_unknown_events_may_appear_between() {
    let server = FakeOpenAi::start().await;
    let text = faulty_stream(&server, "comments,unknown-events").await;
    assert_eq!(text.matches(": keep-alive\n\n:\n").count(), 2);
    assert_eq!(text.matches("event: fake.unknown\n").count(), 2);
    assert_eq!(text.matches("event: image_generation.completed\n").count(), 1);
}

#[tokio::test]
async fn done_is_sent_only_on_request() {
    let server = FakeOpenAi::start().await;
    assert!(faulty_stream(&server, "done").await.ends_with("\n\ndata: [DONE]\n\n"));
    assert!(!faulty_stream(&server, "comments").await.contains("[DONE]"));
}

#[tokio::test]
async fn event_lines_may_be_missing() {
    let server = FakeOpenAi::start().await;
    let text = faulty_stream(&server, "no-event-line").await;
    assert!(text.starts_with("data: {") && !text.contains("event: "));
}

#[tokio::test]
async fn data_may_span_several_lines() {
    let server = FakeOpenAi::start().await;
    let text = faulty_stream(&server, "multi-line-data").await;
    let block = text.split("\n\n").next().unwrap();
    let data: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert!(data.len() > 5);
    assert!(serde_json::from_str::<Value>(&data.join("\n")).unwrap()["b64_json"].is_string());
}

#[tokio::test]
async fn minimal_events_have_only_the_documented_members() {
    let server = FakeOpenAi::start().await;
    let keys: Vec<Vec<String>> = events(&faulty_stream(&server, "minimal").await)
        .iter()
        .map(|(_, data)| data.as_object().unwrap().keys().cloned().collect())
        .collect();
    assert_eq!(keys[0], ["type", "b64_json", "partial_image_index"]);
    assert_eq!(keys[1], ["type", "b64_json", "usage"]);
}

#[tokio::test]
async fn stream_may_end_with_an_error() {
    for (faults, pointer, expected) in [
        ("error-nested", "/error/code", "image_generation_failed"),
        ("error-flat", "/code", "image_generation_failed"),
        ("moderation-output", "/error/moderation_details/moderation_stage", "output"),
        ("moderation-output-bare", "/error/code", "moderation_blocked"),
    ] {
        let (name, data) = last(faults).await;
        assert_eq!((name.as_str(), data.pointer(pointer)), ("error", Some(&json!(expected))), "{faults}");
    }
    let (_, data) = last("moderation-output-bare").await;
    assert!(data["error"].get("moderation_details").is_none());
    let server = FakeOpenAi::start().await;
    assert!(faulty_stream(&server, "error-in-ok").await.contains("data: {\"error\":{"));
}

#[tokio::test]
async fn completed_event_may_be_empty() {
    let (name, data) = last("empty-completed").await;
    assert_eq!(name, "image_generation.completed");
    assert!(data.get("b64_json").is_none());
}

#[tokio::test]
async fn stream_request_may_get_plain_json() {
    let server = FakeOpenAi::start().await;
    let answer = faulty(&server, "json-not-sse", json!({"stream": true})).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(answer.json::<Value>().await.unwrap()["data"][0]["b64_json"].is_string());
}
