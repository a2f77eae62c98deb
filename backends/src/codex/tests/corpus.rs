//! Hostile and broken drawings, each with its expected verdict. None of them reaches a file or the network, none
//! panics, and what would take too long is rejected by its computed work before anything is rendered.

mod drawings;

use std::net::TcpListener;

use crate::{
    Size,
    codex::drawing::CodexDrawing,
    svg::{IncrementalParser, Renderer},
};

const CANVAS: Size = Size::new(64, 64);

async fn judged(text: &str) -> &'static str {
    let sheet = CodexDrawing::read(text, CANVAS, &Renderer::default()).await;
    sheet.map_or("invalid", |sheet| sheet.validity.name())
}

#[tokio::test]
async fn every_corpus_drawing_gets_its_verdict_and_reaches_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let cases = drawings::cases(listener.local_addr().unwrap().port());
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for (text, word) in cases {
        let found = judged(&text).await;
        if found != word {
            wrong.push(format!("{found} instead of {word}: {}", text.chars().take(200).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listener.accept().is_err(), "something was fetched");
}

#[tokio::test]
async fn truncation_is_invalid_and_never_a_panic() {
    let text = drawings::long();
    for end in (1..text.len()).step_by(200).filter(|end| text.is_char_boundary(*end)) {
        let cut = &text[..end];
        assert_eq!(judged(cut).await, "invalid", "cut at {end}");
        let mut growing = IncrementalParser::new();
        growing.push(cut);
        if let Some(patch) = growing.patch() {
            assert_ne!(judged(&patch).await, "invalid", "what is finished of it can be shown, cut at {end}");
        }
    }
}
