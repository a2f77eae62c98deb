//! Responses as raw bytes on a connection, for what no well-behaved server sends: transports that end badly, unusual
//! formatting, endless streams.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use pretty_assertions::assert_eq;
use tokio::sync::oneshot::{Receiver, channel};

use super::*;
use crate::ErrorKind;

/// The behavior after the body.
#[derive(Clone, Debug)]
enum AfterBody {
    /// The connection is closed.
    Close,
    /// The connection stays open and silent.
    Silence,
    /// These bytes, repeated until the client hangs up or a gigabyte is sent.
    Again(Vec<u8>),
}

/// A server that answers the first request with these bytes and reports how many bytes it sent in the end.
struct RawServer {
    base_url: String,
    sent: Receiver<u64>,
}

impl RawServer {
    fn start(head: &str, body: &[u8], after: AfterBody) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let answer = [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat();
        let (told, sent) = channel();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            let mut count = 0;
            if stream.write_all(&answer).is_ok() {
                count += answer.len() as u64;
                match after {
                    AfterBody::Close => {}
                    AfterBody::Silence => drop(stream.read(&mut [0])),
                    AfterBody::Again(piece) => {
                        while count < 1 << 30 && stream.write_all(&piece).is_ok() {
                            count += piece.len() as u64;
                        }
                    }
                }
            }
            told.send(count)
        });
        Self { base_url, sent }
    }
}

fn read_request(stream: &mut TcpStream) {
    let mut asked = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).unwrap();
        asked.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&asked);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return;
        }
    }
}

/// Returns a PNG and its base64, which contains a character that differs between the two alphabets.
fn png() -> (Vec<u8>, String) {
    let pixels = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([251, (x * y) as u8, 190]));
    let bytes = picture("x", pixels, ImageFormat::Png).bytes.to_vec();
    let text = BASE64_STANDARD.encode(&bytes);
    assert!(text.contains('+') && text.contains('/'));
    (bytes, text)
}

async fn ask(config: &str, server: &RawServer, partials: i64) -> (Bench, Request, Result<Outcome, BackendError>) {
    let config = match config {
        "" => String::new(),
        other => format!("{other}\nbase_url = '{}'\napi_key_env = 'OPENAI_API_KEY'", server.base_url),
    };
    let bench = Bench { backend: backend(&config, &server.base_url), ..Bench::new("").await };
    let partials = [("partial_images", partials.into())];
    let request = bench.order("a cat", if config.is_empty() { &partials } else { &[] });
    let outcome = bench.draw(&request).await;
    (bench, request, outcome)
}

/// Asserts that the image arrives and that a later process recovers it as well.
async fn is_image(config: &str, head: &str, body: &[u8], after: AfterBody) -> Outcome {
    let what = format!("{head:?} {:?} {after:?}", String::from_utf8_lossy(&body[..body.len().min(90)]));
    let server = RawServer::start(head, body, after);
    let (bench, request, outcome) = ask(config, &server, 1).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(outcome.images.len(), 1, "{what}");
    assert_eq!(outcome.images[0].bytes, png().0, "{what}");
    let file = outcome.images[0].file.as_ref().unwrap();
    assert_eq!(std::fs::read(&file.path).unwrap(), png().0, "{what}");
    let later = bench.backend.salvage(&request, bench.folder.path()).await.unwrap().unwrap();
    assert_eq!(later.images, outcome.images, "{what}");
    outcome
}

const JSON: &str = "content-type: application/json\r\n";
const EVENTS: &str = "content-type: text/event-stream\r\n";

fn whole() -> String {
    format!(r#"{{"created":1,"data":[{{"b64_json":"{}"}}],"usage":{{"input_tokens":7,"output_tokens":9}}}}"#, png().1)
}

fn event(name: &str, base64: &str) -> String {
    let data = format!(r#"{{"type":"image_generation.{name}","b64_json":"{base64}","partial_image_index":0}}"#);
    format!("event: image_generation.{name}\ndata: {data}\n\n")
}

#[tokio::test]
async fn a_complete_response_survives_a_transport_error() {
    let (whole, stream) = (whole(), event("completed", &png().1));
    let longer = |body: &str| format!("content-length: {}\r\n", body.len() + 100);
    let chunk = |body: &str| format!("{:x}\r\n{body}\r\n", body.len());
    let chunked = "transfer-encoding: chunked\r\n";
    for after in [AfterBody::Close, AfterBody::Silence] {
        is_image("", &format!("{JSON}{}", longer(&whole)), whole.as_bytes(), after.clone()).await;
        is_image("", &format!("{JSON}{chunked}"), chunk(&whole).as_bytes(), after.clone()).await;
        is_image("", &format!("{EVENTS}{chunked}"), chunk(&stream).as_bytes(), after.clone()).await;
        is_image("", &format!("{EVENTS}{chunked}"), chunk(stream.trim_end()).as_bytes(), after.clone()).await;
    }
    let behind = whole.find("}],").unwrap();
    for cut in [behind, behind + 1, behind + 2, behind + 20] {
        let outcome =
            is_image("", &format!("{JSON}{}", longer(&whole)), &whole.as_bytes()[..cut], AfterBody::Close).await;
        assert_eq!((outcome.usage, outcome.cost), (None, None), "half of a count is none");
    }
    is_image("", "connection: close\r\n", &whole.as_bytes()[..behind], AfterBody::Close).await;
}

#[tokio::test]
async fn an_image_is_accepted_in_every_response_format() {
    let (_, png) = png();
    let whole = whole();
    let preview = event("partial_image", &png);
    let completed = event("completed", &png);
    let line = |text: &str| text.lines().nth(1).unwrap()[6..].to_owned();
    let bodies = [
        format!("\u{feff}{whole}"),
        format!("\u{feff}{preview}{completed}"),
        whole.replace('+', "-").replace('/', "_"),
        whole.replace(":7", ":NaN"),
        format!("{whole}\n-- served by a gateway"),
        format!("{}\n{}\n", line(&preview), line(&completed)),
        format!(r#"{{"b64_json":"{png}"}}"#),
        format!(r#"{{"images":["{png}"]}}"#),
        format!(r#"{{"images":[{{"url":"data:image/png;base64,{png}"}}]}}"#),
        format!(r#"[{{"b64_json":"{png}"}}]"#),
        format!("data: {}\ndata: {}", line(&preview), line(&completed)),
        format!("{}{completed}", event("partial_image", "!!!")),
    ];
    for body in bodies {
        is_image("", "connection: close\r\n", body.as_bytes(), AfterBody::Close).await;
    }
}

#[tokio::test]
async fn a_chat_image_is_found_in_any_place() {
    let (_, png) = png();
    for message in [
        format!(r#"{{"content":"Here: ![a cat](data:image/png;base64,{png})"}}"#),
        format!(r#"{{"content":"","images":["{png}"]}}"#),
        format!(r#"{{"content":"","images":["data:image/png;base64,{png}"]}}"#),
        format!(r#"{{"content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{png}"}}}}]}}"#),
        format!(r#"{{"content":[{{"type":"text","text":"data:image/png;base64,{png}"}}]}}"#),
    ] {
        let body = format!(r#"{{"choices":[{{"index":0,"message":{message}}}]}}"#);
        is_image("profile = 'openrouter'\nmodel = 'x/y'", "connection: close\r\n", body.as_bytes(), AfterBody::Close)
            .await;
    }
}

#[tokio::test]
async fn a_broken_preview_is_a_note() {
    let body = format!("{}{}", event("partial_image", "!!!"), event("completed", &png().1));
    let outcome = is_image("", "connection: close\r\n", body.as_bytes(), AfterBody::Close).await;
    assert_eq!(outcome.notes, ["1 of the previews could not be decoded"]);
}

#[tokio::test]
async fn a_damaged_image_does_not_affect_the_other() {
    let body = format!(r#"{{"data":[{{"b64_json":"iVBORw0KGgo*"}},{{"b64_json":"{}"}}]}}"#, png().1);
    let outcome = is_image("", "connection: close\r\n", body.as_bytes(), AfterBody::Close).await;
    assert!(outcome.notes[0].contains("base64 is damaged"), "{:?}", outcome.notes);
}

#[tokio::test]
async fn an_endless_response_is_aborted_and_leaves_nothing() {
    let repeated = |text: &str| text.repeat((64 << 10) / text.len()).into_bytes();
    for (start, piece, words) in [
        ("", repeated(" \n"), "8 MiB besides its images"),
        ("{\"data\":[", repeated(" "), "4 MiB besides its images"),
        ("{\"data\":\"", repeated("words "), "4 MiB besides its images"),
        ("data: x\n", repeated(": ping\n\n"), "8 MiB besides its images"),
        ("data: x\n", repeated("unknown: x\n"), "8 MiB besides its images"),
        ("data: {}\n\n", repeated("data: {\"type\":\"x\"}\n\n"), "10000 events"),
        ("{\"data\":", repeated("[{\"a\":"), "128 levels"),
    ] {
        let server = RawServer::start("connection: close\r\n", start.as_bytes(), AfterBody::Again(piece));
        let (bench, _, outcome) = ask("", &server, 0).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Protocol, "{start:?}: {error}");
        assert!(error.message.contains(words) && error.hint.is_some(), "{start:?}: {error}");
        assert!(server.sent.await.unwrap() < 32 << 20, "{start:?}");
        assert_eq!(bench.files(), [], "{start:?}");
    }
}

#[tokio::test]
async fn a_compressed_response_is_bounded_by_its_decompressed_size() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    (0..128).for_each(|_| encoder.write_all(&blanks).unwrap());
    let bomb = encoder.finish().unwrap();
    let head = "connection: close\r\ncontent-encoding: gzip\r\n";
    let server = RawServer::start(head, &bomb, AfterBody::Close);
    let (bench, _, outcome) = ask("", &server, 0).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
    assert!(error.message.contains("8 MiB besides its images"), "{error}");
    assert_eq!(bench.files(), []);
}

#[tokio::test]
async fn of_endless_images_the_requested_ones_are_kept() {
    let one = format!(r#"{{"b64_json":"{}"}},"#, png().1);
    let server = RawServer::start("connection: close\r\n", b"{\"data\":[", AfterBody::Again(one.into_bytes()));
    let (_, _, outcome) = ask("", &server, 0).await;
    let outcome = outcome.unwrap();
    assert!((1..=4).contains(&outcome.images.len()), "{}", outcome.images.len());
    assert!(outcome.images.iter().all(|image| image.bytes == png().0));
    assert!(server.sent.await.unwrap() < 32 << 20);
}

#[tokio::test]
async fn an_endless_image_is_aborted() {
    let piece = BASE64_STANDARD.encode(vec![7; 48 << 10]).into_bytes();
    let server = RawServer::start("connection: close\r\n", b"{\"data\":[{\"b64_json\":\"", AfterBody::Again(piece));
    let (bench, _, outcome) = ask("", &server, 0).await;
    let error = outcome.unwrap_err();
    assert!(error.message.contains("larger than 64 MiB"), "{error}");
    assert!(server.sent.await.unwrap() < 128 << 20);
    let kept: usize = bench.files().iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(kept <= 65 << 20, "{kept}");
}
