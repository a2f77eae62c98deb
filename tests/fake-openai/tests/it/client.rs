//! A plain client that hides nothing of the server's behavior.
//! The program's own client is tested elsewhere.
#![expect(clippy::needless_pass_by_value, reason = "every body is written where it is sent")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_openai::FakeOpenAi;
use image::DynamicImage;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) fn post(server: &FakeOpenAi, path: &str) -> RequestBuilder {
    Client::new().post(format!("{}{path}", server.base_url())).bearer_auth("sk-test")
}

/// Returns a small request that every image model accepts, with the members of `more` merged into it.
pub(crate) fn body(more: Value) -> Value {
    let mut body = json!({"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1024x640", "quality": "low"});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

pub(crate) async fn generate(server: &FakeOpenAi, more: Value) -> Response {
    post(server, "/images/generations").json(&body(more)).send().await.expect("an answer")
}

/// Sends the same request with faults in the header.
pub(crate) async fn faulty(server: &FakeOpenAi, faults: &str, more: Value) -> reqwest::Result<Response> {
    post(server, "/images/generations").header("x-fake-fault", faults).json(&body(more)).send().await
}

/// Returns the body of a stream of one partial image under a fault.
pub(crate) async fn faulty_stream(server: &FakeOpenAi, faults: &str) -> String {
    let answer = faulty(server, faults, json!({"stream": true, "partial_images": 1})).await.expect("an answer");
    answer.text().await.expect("a whole body")
}

/// Returns the bytes of the image at `index` of a response.
pub(crate) fn picture(answer: &Value, index: usize) -> Vec<u8> {
    decode(&answer["data"][index]["b64_json"])
}

pub(crate) fn decode(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().expect("base64 text")).expect("base64")
}

pub(crate) fn image(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("a picture that decodes")
}

/// Parses the events of a stream in its usual form: name and data.
pub(crate) fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    blocks
        .map(|block| {
            let (name, data) = block.split_once('\n').expect("two lines");
            let name = name.strip_prefix("event: ").expect("an event line");
            let data = data.strip_prefix("data: ").expect("a data line");
            (name.to_owned(), serde_json::from_str(data).expect("JSON"))
        })
        .collect()
}
