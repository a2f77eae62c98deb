//! Drawings rendered by the program in a process of its own: all of the corpus, and those that never end.
//! The limits of each part are tested beside it; these tests check that a whole render can be stopped.

#[path = "../../backends/src/codex/tests/corpus/drawings.rs"]
mod drawings;

use std::{net::TcpListener, time::Duration};

use pretty_assertions::assert_eq;
use tintype_backends::{
    Size,
    svg::{Renderer, SvgError, SvgLimits, extract},
};

const SIZE: Size = Size::new(64, 64);

/// Returns a renderer that runs the program, with this many seconds of CPU time.
fn renderer(seconds: &str) -> Renderer {
    Renderer::program(env!("CARGO_BIN_EXE_tintype"), ["render-svg", "--seconds", seconds])
}

async fn render_corpus_drawing(renderer: &Renderer, text: &str) -> (&'static str, Option<SvgError>) {
    let Some(extracted) = extract(text, SIZE) else { return ("invalid", None) };
    match renderer.draw(&extracted.svg, SIZE, &SvgLimits::default()).await {
        Ok(_) if extracted.repairs.is_empty() => ("raw valid", None),
        Ok(_) => ("valid after repair", None),
        Err(error) => ("invalid", Some(error)),
    }
}

#[tokio::test]
async fn every_corpus_drawing_renders_without_external_access() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let renderer = renderer("15");
    for (text, word) in drawings::cases(listener.local_addr().unwrap().port()) {
        let (found, error) = render_corpus_drawing(&renderer, &text).await;
        let start: String = text.chars().take(200).collect();
        assert_eq!(found, word, "{error:?}: {start}");
        let broke_down = matches!(error, Some(SvgError::Render(_) | SvgError::Deadline));
        assert!(!broke_down, "refused by its limits, not by its end: {error:?}: {start}");
    }
    assert!(listener.accept().is_err(), "something was fetched");
}

#[tokio::test]
async fn a_truncated_drawing_is_invalid() {
    let (text, renderer) = (drawings::long(), renderer("15"));
    for end in (1..text.len()).step_by(200).filter(|end| text.is_char_boundary(*end)) {
        let (found, error) = render_corpus_drawing(&renderer, &text[..end]).await;
        assert_eq!(found, "invalid", "cut at {end}");
        assert!(!matches!(error, Some(SvgError::Render(_) | SvgError::Deadline)), "cut at {end}: {error:?}");
    }
}

/// Returns a drawing that would render for hours without the limit on computed work.
fn endless() -> (String, SvgLimits) {
    let slow = "<filter id='f'><feMorphology operator='dilate' radius='30'/></filter>";
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>{slow}{}</svg>",
        "<rect filter='url(#f)' width='64' height='64'/>".repeat(1000)
    );
    (svg, SvgLimits { work: u64::MAX, layer_bytes: u64::MAX, ..SvgLimits::default() })
}

#[cfg(unix)]
#[tokio::test]
async fn an_endless_render_is_killed_at_its_cpu_limit() {
    let (svg, limits) = endless();
    let size = Size::new(1024, 1024);
    assert!(matches!(renderer("1").draw(&svg, size, &SvgLimits::default()).await, Err(SvgError::Limit { .. })));
    assert_eq!(renderer("1").draw(&svg, size, &limits).await, Err(SvgError::Deadline));
}

#[tokio::test]
async fn an_endless_render_is_stopped_at_its_deadline() {
    let (svg, limits) = endless();
    let renderer = renderer("1000").with_deadline(Duration::from_millis(200));
    assert_eq!(renderer.draw(&svg, Size::new(1024, 1024), &limits).await, Err(SvgError::Deadline));
}
