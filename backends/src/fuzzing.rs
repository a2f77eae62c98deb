//! The entry points of the fuzz targets, for the parsers of untrusted bytes, which are private otherwise.
//! Only `cargo fuzz` builds it. It asserts what must hold for any input.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a fuzz target finds out by panicking")]

use crate::{
    Size,
    codex::response_events::AnswerState,
    external,
    gpt_image::wire_format,
    openai::{
        image_extractor::ImageKeys,
        response_stream::{self, Event},
        sse::events,
    },
    svg::{CheckedSvg, IncrementalParser, SvgCanvas, SvgLimits, extract},
};

const SIZE: Size = Size::new(48, 48);

/// Returns limits so small that an input takes milliseconds; larger inputs are rejected by the same code.
fn limits() -> SvgLimits {
    SvgLimits { bytes: 64 << 10, expanded: 5_000, work: 20_000_000, layer_bytes: 32 << 20, ..SvgLimits::default() }
}

/// Fuzzes the SVG in a model's response.
pub fn svg(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let limits = limits();
    if let Some(extracted) = extract(&text, SIZE)
        && let Ok(drawing) = CheckedSvg::parse(&extracted.svg, &limits)
    {
        let affords = drawing.check_size(SIZE);
        let drawn = drawing.render(SIZE);
        assert_eq!(affords.is_ok(), drawn.is_ok(), "what is afforded is drawn");
        assert!(drawn.is_err() || drawn.unwrap().rgba.len() == 48 * 48 * 4);
    }
    grow(&text, &limits);
}

/// Fuzzes the SVG as it arrives; the first byte sets the chunk size.
fn grow(text: &str, limits: &SvgLimits) {
    let step = usize::from(text.as_bytes().first().copied().unwrap_or(1)).max(1);
    let (mut growing, mut canvas) = (IncrementalParser::new(), SvgCanvas::new(SIZE, limits).unwrap());
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(step) {
        growing.push(&piece.iter().collect::<String>());
    }
    if let Some(extracted) = growing.patch().and_then(|patch| extract(&patch, SIZE))
        && let Ok(part) = CheckedSvg::parse(&extracted.svg, limits)
    {
        let _ = canvas.paint(&part);
    }
    assert_eq!(growing.bytes(), text.len());
}

/// Fuzzes an event stream; the first byte sets the chunk size.
pub fn sse(data: &[u8]) {
    let step = usize::from(data.first().copied().unwrap_or(1)).max(1);
    let whole = events(data, data.len().max(1));
    assert_eq!(whole, events(data, step), "in pieces of {step} it says the same");
    assert_eq!(whole, events(data, 1), "byte by byte it says the same");
    let mut hearing = AnswerState::default();
    for (name, data) in whole {
        if let Some(event) = Event::parse(name, &data) {
            hearing.apply_event(&event);
        }
    }
}

/// Fuzzes a server's response with images in it, as JSON or as events; the first byte sets the chunk size.
pub fn answers(data: &[u8]) {
    let step = usize::from(data.first().copied().unwrap_or(1)).max(1);
    for keys in [ImageKeys::Images, ImageKeys::Responses] {
        for is_whole in [true, false] {
            let whole = response_stream::events(data, keys, data.len().max(1), is_whole);
            assert_eq!(
                whole,
                response_stream::events(data, keys, step, is_whole),
                "in pieces of {step} it says the same"
            );
            assert_eq!(whole, response_stream::events(data, keys, 1, is_whole), "byte by byte it says the same");
            let mut hearing = AnswerState::default();
            for event in &whole {
                hearing.apply_event(event);
                wire_format::parse_event(event);
            }
        }
    }
}

/// Fuzzes the lines that a program writes to its stdout.
pub fn protocol(data: &[u8]) {
    external::fuzzing::lines(data);
}
