//! Faults that are an HTTP response: status, type, code and headers of each.
//! Breakage below HTTP is in `transport`.

use fake_openai::{FakeOpenAi, Fault, Faults};
use serde_json::{Value, json};

use crate::client::{body, faulty, generate};

/// A fault, its status, a JSON pointer into the body, and the value there.
type Row = (Fault, u16, &'static str, Value);

/// Returns every fault with a JSON body of its own.
fn rows() -> Vec<Row> {
    vec![
        (Fault::RateLimit, 429, "/error/code", json!("rate_limit_exceeded")),
        (Fault::RateLimitImages, 429, "/error/type", json!("input-images")),
        (Fault::Quota, 429, "/error/code", json!("insufficient_quota")),
        (Fault::BillingLimit, 400, "/error/code", json!("billing_hard_limit_reached")),
        (Fault::Unverified, 403, "/error/code", Value::Null),
        (Fault::Region, 403, "/error/message", json!("Country, region, or territory not supported")),
        (Fault::Retired, 404, "/error/code", json!("model_not_found")),
        (Fault::MissingModel, 404, "/error/param", json!("model")),
        (Fault::MissingImageModel, 400, "/error/code", json!("invalid_value")),
        (Fault::InvalidKey, 401, "/error/code", json!("invalid_api_key")),
        (Fault::InvalidKeyEcho, 401, "/error/code", json!("invalid_api_key")),
        (Fault::ServerError, 500, "/error/type", json!("server_error")),
        (Fault::Overloaded, 503, "/error/message", json!("Slow Down")),
        (Fault::Conflict, 409, "/error/type", json!("invalid_request_error")),
        (Fault::RequestTimeout, 408, "/error/type", json!("server_error")),
        (Fault::Moderation, 400, "/error/moderation_details/moderation_stage", json!("input")),
        (Fault::ModerationBare, 400, "/error/code", json!("moderation_blocked")),
        (Fault::ContentPolicy, 400, "/error/code", json!("content_policy_violation")),
        (Fault::AzureContentFilter, 400, "/error/code", json!("contentFilter")),
        (Fault::AzureBlocked, 403, "/error/code", json!("Forbidden")),
        (Fault::ErrorString, 400, "/error", json!("prompt required")),
        (Fault::ErrorServerString, 500, "/error", json!("server_error")),
        (Fault::ErrorDetail, 422, "/detail", json!("Input should be a valid size")),
        (Fault::ErrorDetailList, 422, "/detail/0/loc/1", json!("prompt")),
        (Fault::PaymentRequired, 402, "/error/code", json!(402)),
        (Fault::Flagged, 403, "/error/metadata/reasons/0", json!("violence")),
        (Fault::ErrorNumericCode, 500, "/error/code", json!(500)),
        (Fault::ContextTooLong, 400, "/error/code", json!("context_length_exceeded")),
        (Fault::UnsupportedTool, 400, "/error/param", json!("tools")),
        (Fault::ErrorInOk, 200, "/error/code", json!("moderation_blocked")),
    ]
}

/// The faults with a body that is not JSON, with their status.
const PAGES: [(Fault, u16, bool); 5] = [
    (Fault::Html502, 502, true),
    (Fault::Html504, 504, true),
    (Fault::Html524, 524, true),
    (Fault::EmptyError, 502, false),
    (Fault::EmptyBody, 200, false),
];

/// The faults that only change the headers of another one.
const HEADERS: [Fault; 3] = [Fault::RetryAfter, Fault::RetryAfterMs, Fault::ShouldRetry];

pub(crate) fn tested() -> Vec<Fault> {
    rows().iter().map(|row| row.0).chain(PAGES.map(|page| page.0)).chain(HEADERS).collect()
}

#[tokio::test]
async fn every_error_has_its_status_and_message() {
    let server = FakeOpenAi::start().await;
    for (fault, status, pointer, expected) in rows() {
        server.next(fault);
        let answer = generate(&server, json!({})).await;
        assert_eq!(answer.status().as_u16(), status, "{fault:?}");
        assert!(answer.headers().contains_key("x-request-id"), "{fault:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body.pointer(pointer), Some(&expected), "{fault:?}: {body}");
    }
    assert_eq!(server.images_sent().len(), 1, "only the error inside a 200 drew anything");
}

#[tokio::test]
async fn html_pages_and_empty_bodies_are_not_json() {
    let server = FakeOpenAi::start().await;
    for (fault, status, html) in PAGES {
        server.next(fault);
        let answer = generate(&server, json!({})).await;
        assert_eq!(answer.status().as_u16(), status, "{fault:?}");
        let text = answer.text().await.unwrap();
        assert_eq!((text.contains("<html>"), text.is_empty()), (html, !html), "{fault:?}");
    }
}

#[tokio::test]
async fn only_rate_limits_have_retry_after() {
    let server = FakeOpenAi::start().await;
    for (faults, expected) in [("rate-limit", Some("1")), ("rate-limit-images", Some("12")), ("quota", None)] {
        let answer = faulty(&server, faults, json!({})).await.unwrap();
        assert_eq!(answer.headers().get("retry-after").map(|value| value.to_str().unwrap()), expected, "{faults}");
    }
}

#[tokio::test]
async fn retry_headers_follow_their_numbers() {
    let server = FakeOpenAi::start().await;
    let faults = Faults::from(Fault::ServerError).with_value(Fault::RetryAfter, 7).with_value(Fault::RetryAfterMs, 20);
    server.next(faults.with_value(Fault::ShouldRetry, 0));
    let answer = generate(&server, json!({})).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((header("retry-after"), header("retry-after-ms")), ("7".into(), "20".into()));
    assert_eq!(header("x-should-retry"), "false");
    server.next(Faults::from(Fault::RateLimit).with_value(Fault::RetryAfter, 0));
    assert!(!generate(&server, json!({})).await.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn key_is_masked_unless_a_fault_reveals_it() {
    let server = FakeOpenAi::start().await;
    for (fault, told) in [(Fault::InvalidKey, false), (Fault::InvalidKeyEcho, true)] {
        server.next(fault);
        let request = reqwest::Client::new().post(format!("{}/images/generations", server.base_url()));
        let request = request.bearer_auth("sk-test-SECRET-of-some-length").json(&body(json!({})));
        let text = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(text.contains("SECRET"), told, "{fault:?}");
    }
}

#[tokio::test]
async fn moderation_bare_has_no_details() {
    let server = FakeOpenAi::start().await;
    let body: Value = faulty(&server, "moderation-bare", json!({})).await.unwrap().json().await.unwrap();
    assert!(body["error"].get("moderation_details").is_none());
    assert!(body["error"]["message"].as_str().unwrap().contains("safety_violations=[sexual]"));
}
