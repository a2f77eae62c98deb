use base64::{Engine as _, prelude::BASE64_STANDARD};
use pretty_assertions::assert_eq;

use super::*;

fn png() -> (Vec<u8>, String) {
    let bytes = b"\x89PNG\r\n\x1a\n\0\xfb\xef\xbe and all that follows".to_vec();
    let text = BASE64_STANDARD.encode(&bytes);
    (bytes, text)
}

fn images(events: &[Event]) -> Vec<Bytes> {
    let images = events.iter().flat_map(|event| &event.images);
    images.filter_map(|(_, image)| Some(image.as_ref().ok()?.bytes.clone())).collect()
}

/// Asserts that the response yields one event with one image in any split, whether or not its transport ends cleanly.
#[track_caller]
fn check(answer: &[u8], name: &str) -> Event {
    let (bytes, _) = png();
    let mut found = None;
    for is_whole in [true, false] {
        for step in 1..=answer.len() {
            let mut events = events(answer, ImageKeys::Images, step, is_whole);
            assert_eq!(images(&events), [bytes.as_slice()], "in pieces of {step}");
            let event = events.remove(0);
            assert_eq!((event.name.as_str(), events.len()), (name, 0), "in pieces of {step}");
            assert!(found.as_ref().is_none_or(|found| *found == event));
            found = Some(event);
        }
    }
    found.unwrap()
}

#[test]
fn an_image_is_read_in_every_response_format() {
    let (_, png) = png();
    let whole = format!(r#"{{"created":1,"data":[{{"b64_json":"{png}"}}],"usage":{{"input_tokens":7}}}}"#);
    assert!(!check(whole.as_bytes(), "").is_cut);
    check(format!("\u{feff}{whole}").as_bytes(), "");
    check(format!("  \r\n{whole}\n\nand {{more}}").as_bytes(), "");
    let url_safe = whole.replace('+', "-").replace('/', "_");
    assert!(url_safe != whole);
    check(url_safe.as_bytes(), "");
    let nan = whole.replace(r#""created":1"#, r#""created":NaN"#);
    assert_eq!(check(nan.as_bytes(), "").value["usage"]["input_tokens"], 7);
}

#[test]
fn a_response_truncated_after_its_image_keeps_it() {
    let (_, png) = png();
    let whole =
        format!(r#"{{"data":[{{"b64_json":"{png}","revised_prompt":"a cat"}}],"usage":{{"input_tokens":79}}}}"#);
    let image = whole.find(&png).unwrap() + png.len() + 1;
    for cut in image..whole.len() {
        let event = check(&whole.as_bytes()[..cut], "");
        assert!(event.is_cut);
        assert_ne!(event.value["usage"]["input_tokens"], 7, "no half of a number");
        let event = check(format!("event: x\ndata: {}", &whole[..cut]).as_bytes(), "x");
        assert!(event.is_cut);
    }
    for cut in 0..image {
        assert_eq!(events(&whole.as_bytes()[..cut], ImageKeys::Images, 7, true), [], "cut at {cut}");
    }
}

#[test]
fn events_are_read_with_any_line_ending() {
    let (_, png) = png();
    let data = format!(r#"{{"type":"image_generation.completed","b64_json":"{png}"}}"#);
    let bare = format!(r#"{{"b64_json":"{png}"}}"#);
    let name = "image_generation.completed";
    for ending in ["", "\n", "\n\n", "\r\n\r\n", "\n\ndata: [DONE]\n\n", "\ndata: [DONE]\n", "\n: ping\n\n: ping\n\n"] {
        check(format!("data: {data}{ending}").as_bytes(), name);
        check(format!("event: {name}\ndata: {bare}{ending}").as_bytes(), name);
        check(format!("{data}{ending}").as_bytes(), name);
    }
    check(format!("data: {bare}\nevent: {name}\n\n").as_bytes(), name);
    check(format!("\u{feff}event: {name}\ndata:{bare}\n\n").as_bytes(), name);
    check(format!("event: {name}\ndata: {{\ndata: \"b64_json\":\"{png}\"\ndata: }}\n\n").as_bytes(), name);
}

#[test]
fn values_without_empty_lines_between_them_are_events() {
    let (bytes, png) = png();
    for (between, start) in [("\n", "data: "), ("\n\n", "data: "), ("\n", "")] {
        let event = |name: &str| format!(r#"{start}{{"type":"x.{name}","b64_json":"{png}"}}"#);
        let answer = [event("partial_image"), event("completed")].join(between);
        for step in 1..=answer.len() {
            let events = events(answer.as_bytes(), ImageKeys::Images, step, true);
            assert_eq!(images(&events), [bytes.as_slice(), &bytes]);
            assert_eq!(
                events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(),
                ["x.partial_image", "x.completed"]
            );
        }
    }
}

#[test]
fn a_broken_preview_does_not_affect_the_image() {
    let (bytes, png) = png();
    let answer = format!(
        "event: x.partial_image\ndata: {{\"b64_json\":\"!!!\"}}\n\nevent: x.completed\ndata: {{\"b64_json\":\"{png}\"}}\n\n"
    );
    for step in 1..=answer.len() {
        let events = events(answer.as_bytes(), ImageKeys::Images, step, true);
        assert_eq!(events[0].image("#0"), Some(Err(ImageDataError::Damaged)));
        assert_eq!(images(&events), [bytes.as_slice()], "in pieces of {step}");
    }
}

/// Spools a response that arrives in chunks of `step` bytes as a running job does, then reads the spooled files as a
/// later process would.
async fn kept(answer: &[u8], step: usize) -> (Vec<Event>, Vec<Event>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let (bounds, spool) = (ResponseBounds::default(), Spool::create(folder.path(), "answer-0"));
    let mut reading =
        ResponseStream::new(ByteSource::Detached, None, ImageExtractor::new(ImageKeys::Images, bounds, spool), bounds);
    for chunk in answer.chunks(step) {
        reading.take(chunk).unwrap();
    }
    let mut live = Vec::new();
    while let Some(event) = reading.next().await.unwrap() {
        live.push(event);
    }
    let mut again = ResponseStream::reopen(&folder.path().join("answer-0"), ImageKeys::Images).await.unwrap();
    let mut later = Vec::new();
    while let Some(event) = again.next().await.unwrap() {
        later.push(event);
    }
    let text = std::fs::read(folder.path().join("answer-0")).unwrap();
    (live, later, text.len())
}

#[tokio::test]
async fn a_spooled_response_reads_back_identically() {
    let (_, png) = png();
    let events = format!(
        ": hello\n\nevent: x.partial_image\r\ndata: {{\"b64_json\":\"{png}\"}}\r\n\r\nevent: x.completed\ndata: {{\ndata:\"b64_json\":\"{png}\",\ndata:  \"n\":1}}\n\n"
    );
    let damaged = png.replace("iVBO", "iVBO\\n").replace("IG", "I!\\\"G");
    for answer in [
        events,
        format!(r#"{{"data":[{{"b64_json":"{png}"}},{{"url":"data:image/png;base64,{png}"}}],"n":NaN}}"#),
        format!(r#"{{"images":["{png}"],"content":"![a](data:image/png;base64,{png})\n"}}"#),
        format!(r#"{{"b64_json":"{damaged}","data":[{{"b64_json":"{png}"}}]}}"#),
        format!("{{\"b64_json\":\"{png}\"}}\n{{\"b64_json\":\"{png}\"}}\n"),
    ] {
        // Each step waits for the disk.
        for step in [1, 2, 3, 7, 50, answer.len()] {
            let (mut live, later, length) = kept(answer.as_bytes(), step).await;
            for event in live.iter_mut().filter(|event| event.name.ends_with("partial_image")) {
                // Previews are shown and never spooled.
                event.images = vec![(0, Err(ImageDataError::Damaged))];
            }
            assert_eq!(live, later, "in pieces of {step}");
            assert!(length < answer.len() + 90, "the image is not kept twice");
        }
    }
}

#[test]
fn each_chunk_is_written_before_the_next_is_read() {
    let (bytes, png) = png();
    let folder = tempfile::tempdir().unwrap();
    let (bounds, spool) = (ResponseBounds::default(), Spool::create(folder.path(), "answer-0"));
    let mut reading =
        ResponseStream::new(ByteSource::Detached, None, ImageExtractor::new(ImageKeys::Images, bounds, spool), bounds);
    let start = r#"{"data":[{"b64_json":""#;
    reading.take(start.as_bytes()).unwrap();
    let kept = |name: &str| std::fs::read(folder.path().join(name)).unwrap_or_default();
    assert_eq!(kept("answer-0"), start.as_bytes());
    for (index, piece) in png.as_bytes().chunks(7).enumerate() {
        reading.take(piece).unwrap();
        let whole = (index * 7 + piece.len()) / 4 * 3;
        assert!(
            kept("answer-0.image-0").len() >= whole.saturating_sub(3),
            "all but what waits for its fourth character"
        );
    }
    reading.take(b"\"}").unwrap();
    assert_eq!(kept("answer-0.image-0"), bytes);
    assert!(kept("answer-0").ends_with(b"\"}"));
}

#[tokio::test]
async fn a_partial_image_on_disk_is_ignored() {
    let (_, png) = png();
    let folder = tempfile::tempdir().unwrap();
    let (bounds, spool) = (ResponseBounds::default(), Spool::create(folder.path(), "answer-0"));
    let mut reading =
        ResponseStream::new(ByteSource::Detached, None, ImageExtractor::new(ImageKeys::Images, bounds, spool), bounds);
    reading.take(format!(r#"{{"data":[{{"b64_json":"{png}"}}]}}"#).as_bytes()).unwrap();
    let image = folder.path().join("answer-0.image-0");
    std::fs::OpenOptions::new().write(true).open(&image).unwrap().set_len(9).unwrap();
    let mut again = ResponseStream::reopen(&folder.path().join("answer-0"), ImageKeys::Images).await.unwrap();
    let event = again.next().await.unwrap().unwrap();
    assert_eq!(event.image("#0"), Some(Err(ImageDataError::Damaged)));
}

/// The seed responses, which the fuzz target starts from as well.
const SEEDS: [&[u8]; 6] = [
    include_bytes!("../../../../fuzz/seeds/answers/json.txt"),
    include_bytes!("../../../../fuzz/seeds/answers/events.txt"),
    include_bytes!("../../../../fuzz/seeds/answers/lines.txt"),
    include_bytes!("../../../../fuzz/seeds/answers/chat.txt"),
    include_bytes!("../../../../fuzz/seeds/answers/response.txt"),
    include_bytes!("../../../../fuzz/seeds/answers/cut.txt"),
];

#[test]
fn a_damaged_response_reads_the_same_in_any_split() {
    let mut state = 1_u64;
    let mut roll = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..3000 {
        let mut answer = SEEDS[round % SEEDS.len()].to_vec();
        for _ in 0..roll(4) {
            let (at, length) = (roll(answer.len()), roll(9));
            let other = SEEDS[roll(SEEDS.len())];
            let from = roll(other.len());
            let piece = &other[from..(from + roll(40)).min(other.len())];
            let end = (at + length).min(answer.len());
            answer.splice(at..end, piece.iter().copied());
        }
        for keys in [ImageKeys::Images, ImageKeys::Responses] {
            let whole = events(&answer, keys, answer.len().max(1), round % 2 == 0);
            for step in [1, 1 + roll(9)] {
                let again = events(&answer, keys, step, round % 2 == 0);
                assert_eq!(again, whole, "in pieces of {step}: {}", String::from_utf8_lossy(&answer));
            }
        }
    }
}
