//! Whole responses in the shapes of other servers, and images that are not valid.
//! Errors in other shapes are in `replies`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_openai::{FakeOpenAi, Fault};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::client::{faulty, picture};

pub(crate) const TESTED: [Fault; 18] = [
    Fault::UrlOnly,
    Fault::DataUrl,
    Fault::NoUsage,
    Fault::NoCreated,
    Fault::NoData,
    Fault::NullFields,
    Fault::FewerImages,
    Fault::RevisedPrompt,
    Fault::CachedTokens,
    Fault::WrongFormat,
    Fault::NotAnImage,
    Fault::BadBase64,
    Fault::Lenient,
    Fault::Noise,
    Fault::UrlMoved,
    Fault::ZeroUsage,
    Fault::AbsurdUsage,
    Fault::EchoKey,
];

async fn answer(server: &FakeOpenAi, faults: &str, more: Value) -> Value {
    faulty(server, faults, more).await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn moved_url_redirects_to_the_image() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "url-moved", json!({})).await;
    let page = reqwest::get(answer["data"][0]["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(page.bytes().await.unwrap(), server.images_sent()[0]);
}

#[tokio::test]
async fn usage_may_be_zero_or_absurd() {
    let server = FakeOpenAi::start().await;
    let counted = |answer: Value| answer["usage"]["output_tokens"].as_u64().unwrap();
    assert_eq!(counted(answer(&server, "zero-usage", json!({})).await), 0);
    assert_eq!(counted(answer(&server, "absurd-usage", json!({})).await), 1_000_000_000_000);
}

#[tokio::test]
async fn image_url_needs_no_key() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "url-only", json!({})).await;
    assert!(answer["data"][0].get("b64_json").is_none());
    let page = reqwest::get(answer["data"][0]["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(page.headers()["content-type"], "image/png");
    assert_eq!(page.bytes().await.unwrap(), server.images_sent()[0]);
}

#[tokio::test]
async fn data_url_holds_the_image() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "data-url", json!({})).await;
    let text = answer["data"][0]["url"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
    assert_eq!(STANDARD.decode(text).unwrap(), server.images_sent()[0]);
}

#[tokio::test]
async fn members_may_be_missing_null_or_additional() {
    let server = FakeOpenAi::start().await;
    let bare = answer(&server, "no-usage,no-created,no-data", json!({})).await;
    assert!(bare.get("usage").is_none() && bare.get("created").is_none());
    assert_eq!(bare["data"], json!([]));
    let full = answer(&server, "null-fields,cached-tokens", json!({"prompt": "twelve letters and more"})).await;
    assert_eq!(full["data"][0]["url"], Value::Null);
    assert!(full["data"][0].as_object().unwrap().contains_key("revised_prompt"));
    assert_eq!(full["usage"]["input_tokens_details"]["cached_tokens"], 3);
    let revised = answer(&server, "revised-prompt", json!({})).await;
    assert_eq!(revised["data"][0]["revised_prompt"], "a lighthouse, in soft morning light");
}

#[tokio::test]
async fn response_may_have_fewer_images_than_requested() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "fewer-images", json!({"n": 2})).await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn format_may_differ_from_the_requested_one() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "wrong-format", json!({"output_format": "webp"})).await;
    assert_eq!(answer["output_format"], "webp");
    assert_eq!(image::guess_format(&picture(&answer, 0)).unwrap(), ImageFormat::Png);
}

#[tokio::test]
async fn image_may_be_invalid() {
    let server = FakeOpenAi::start().await;
    let no_image = answer(&server, "not-an-image", json!({})).await;
    assert!(image::load_from_memory(&picture(&no_image, 0)).is_err());
    let no_base64 = answer(&server, "bad-base64", json!({})).await;
    assert!(STANDARD.decode(no_base64["data"][0]["b64_json"].as_str().unwrap()).is_err());
}

#[tokio::test]
async fn lenient_server_ignores_unknown_parameters() {
    let server = FakeOpenAi::start().await;
    let more =
        json!({"model": "sd-turbo", "size": "512x320", "seed": 4, "response_format": "b64_json", "quality": "hd"});
    let answer = answer(&server, "lenient", more).await;
    let image = crate::client::image(&picture(&answer, 0));
    assert_eq!((image.width(), image.height()), (512, 320));
}

#[tokio::test]
async fn noise_is_incompressible() {
    let server = FakeOpenAi::start().await;
    let answer = answer(&server, "noise", json!({"n": 2})).await;
    assert!(picture(&answer, 0).len() > 1024 * 640 * 3);
    assert_ne!(picture(&answer, 0), picture(&answer, 1));
}

#[tokio::test]
async fn careless_response_repeats_the_key() {
    let server = FakeOpenAi::builder().with_key("sk-test").start().await;
    let answer = faulty(&server, "echo-key", json!({})).await.unwrap().text().await.unwrap();
    assert!(answer.contains("sk-test"));
}
