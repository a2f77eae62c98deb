//! Faults below HTTP: resets, silence, half bodies, slow bodies, and pauses that a test controls.
//! Unusual but complete streams are in `streams`.

use fake_openai::{FakeOpenAi, Fault};
use serde_json::{Value, json};

use crate::client::{body, faulty, generate, post};

pub(crate) const TESTED: [Fault; 15] = [
    Fault::Reset,
    Fault::Hang,
    Fault::Drip,
    Fault::Truncated,
    Fault::WrongContentType,
    Fault::ResetMidStream,
    Fault::Gate,
    Fault::Delay,
    Fault::Gzip,
    Fault::Brotli,
    Fault::Zstd,
    Fault::Deflate,
    Fault::LongLength,
    Fault::NoLastChunk,
    Fault::SilentEnd,
];

#[tokio::test]
async fn reset_sends_no_response() {
    let server = FakeOpenAi::start().await;
    let error = faulty(&server, "reset", json!({})).await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

/// Sends a request, waits until it has arrived, disconnects, and checks that the server notices.
async fn leave_unanswered(faults: &str) {
    let server = FakeOpenAi::start().await;
    let request = post(&server, "/images/generations").header("x-fake-fault", faults);
    let call = tokio::spawn(request.json(&body(json!({}))).send());
    server.wait_until(|server| server.requests().len() == 1).await;
    assert_eq!(server.abandoned(), 0);
    call.abort();
    server.wait_until(|server| server.abandoned() == 1).await;
    assert_eq!(server.requests()[0].status, None);
}

#[tokio::test]
async fn hang_never_responds_and_notices_a_disconnect() {
    leave_unanswered("hang").await;
}

#[tokio::test]
async fn delay_postpones_the_response() {
    leave_unanswered("delay=600000").await;
    let server = FakeOpenAi::start().await;
    assert_eq!(faulty(&server, "delay=1", json!({})).await.unwrap().status(), 200);
}

#[tokio::test]
async fn truncated_body_breaks_before_its_end() {
    let server = FakeOpenAi::start().await;
    let answer = faulty(&server, "truncated", json!({})).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn drip_sends_the_whole_body_in_many_pieces() {
    let server = FakeOpenAi::start().await;
    let mut answer = faulty(&server, "drip=1", json!({})).await.unwrap();
    let (mut pieces, mut whole) = (0, Vec::new());
    while let Some(piece) = answer.chunk().await.unwrap() {
        pieces += 1;
        whole.extend_from_slice(&piece);
    }
    assert!(pieces >= 16, "{pieces}");
    assert!(serde_json::from_slice::<Value>(&whole).unwrap()["data"].is_array());
}

#[tokio::test]
async fn wrong_content_type_has_the_right_body() {
    let server = FakeOpenAi::start().await;
    let answer = faulty(&server, "wrong-content-type", json!({})).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    assert!(answer.json::<Value>().await.unwrap()["data"].is_array());
}

#[tokio::test]
async fn stream_reset_comes_after_the_partials() {
    let server = FakeOpenAi::start().await;
    let mut answer = faulty(&server, "reset-mid-stream", json!({"stream": true, "partial_images": 2})).await.unwrap();
    let mut text = Vec::new();
    let error = loop {
        match answer.chunk().await {
            Ok(Some(piece)) => text.extend_from_slice(&piece),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert!(error.is_some());
    assert_eq!(String::from_utf8_lossy(&text).matches("event: image_generation.partial_image").count(), 2);
    assert!(server.images_sent().is_empty());
}

#[tokio::test]
async fn every_content_coding_decodes_to_the_whole_body() {
    let server = FakeOpenAi::start().await;
    for coding in ["gzip", "brotli", "zstd", "deflate"] {
        let answer = faulty(&server, coding, json!({})).await.unwrap();
        assert!(answer.json::<Value>().await.unwrap()["data"].is_array(), "{coding}");
    }
}

#[tokio::test]
async fn connection_ends_badly_after_the_whole_body() {
    let server = FakeOpenAi::start().await;
    for fault in ["long-length", "no-last-chunk"] {
        let mut answer = faulty(&server, fault, json!({})).await.unwrap();
        let mut whole = Vec::new();
        let end = loop {
            match answer.chunk().await {
                Ok(Some(piece)) => whole.extend_from_slice(&piece),
                end => break end,
            }
        };
        assert!(serde_json::from_slice::<Value>(&whole).unwrap()["data"].is_array(), "{fault}");
        assert!(end.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn silent_end_keeps_the_connection_open() {
    let server = FakeOpenAi::start().await;
    let mut answer = faulty(&server, "silent-end", json!({})).await.unwrap();
    let mut whole = Vec::new();
    while serde_json::from_slice::<Value>(&whole).is_err() {
        whole.extend_from_slice(&answer.chunk().await.unwrap().unwrap());
    }
    assert!(futures::FutureExt::now_or_never(answer.chunk()).is_none());
}

#[tokio::test]
async fn gate_lets_one_event_through_for_each_release() {
    let server = FakeOpenAi::start().await;
    server.next(Fault::Gate);
    let mut answer = generate(&server, json!({"stream": true, "partial_images": 1})).await;
    server.release(1);
    let first = until_blank_line(&mut answer).await;
    assert!(first.starts_with("event: image_generation.partial_image"));
    assert!(server.images_sent().is_empty());
    server.release(1);
    assert!(until_blank_line(&mut answer).await.starts_with("event: image_generation.completed"));
}

async fn until_blank_line(answer: &mut reqwest::Response) -> String {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        text += std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap();
    }
    text
}

#[tokio::test]
async fn gated_stream_notices_a_disconnect() {
    let server = FakeOpenAi::start().await;
    server.next(Fault::Gate);
    let answer = generate(&server, json!({"stream": true})).await;
    drop(answer);
    server.wait_until(|server| server.abandoned() == 1).await;
    assert_eq!(server.abandoned(), 1);
}
