use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;
use serde_json::{Value as Json, json};

use super::*;
use crate::{Cost, CostBasis, ErrorKind, Usd};

fn low(partials: i64) -> [(&'static str, Value); 2] {
    [("quality", "low".into()), ("partial_images", partials.into())]
}

#[tokio::test]
async fn a_whole_answer_that_ends_badly_is_drawn() {
    for fault in [Fault::LongLength, Fault::NoLastChunk, Fault::SilentEnd] {
        for partials in [0, 1] {
            let bench = Bench::new("timeout = 3").await;
            bench.server.next(fault);
            let mut chosen = low(partials).to_vec();
            chosen.push(("size", "1024x640".into()));
            let outcome = bench.lighthouse(&chosen).await.unwrap();
            assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0], "{fault:?}");
            assert!(outcome.cost.is_some() && outcome.ids.request_id.is_some(), "{fault:?}");
            assert_eq!(bench.server.requests().len(), 1, "{fault:?} is sent once");
        }
    }
}

#[tokio::test]
async fn a_truncated_part_of_several_still_yields_its_image() {
    let bench = Bench::new("").await;
    bench.server.script([Faults::none(), Fault::NoLastChunk.into()]);
    let mut order = bench.order("a lighthouse", &low(1));
    order.count = 2;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!((outcome.images.len(), outcome.notes), (2, Vec::<String>::new()));
}

#[tokio::test]
async fn every_content_encoding_is_read_everywhere() {
    for fault in [Fault::Gzip, Fault::Brotli, Fault::Zstd, Fault::Deflate] {
        let bench = Bench::new("").await;
        for partials in [0, 1] {
            bench.server.next(fault);
            let outcome = bench.lighthouse(&low(partials)).await.unwrap();
            assert_eq!(Some(&outcome.images[0].bytes), bench.server.images_sent().last(), "{fault:?}");
        }
        bench.server.next([fault, Fault::PaymentRequired]);
        let error = bench.lighthouse(&low(0)).await.unwrap_err();
        assert_eq!((error.kind, error.message.contains("Insufficient credits")), (ErrorKind::Quota, true), "{fault:?}");
        bench.server.next(Fault::UrlOnly);
        bench.server.script_reads([fault]);
        let outcome = bench.lighthouse(&low(0)).await.unwrap();
        assert_eq!(Some(&outcome.images[0].bytes), bench.server.images_sent().last(), "{fault:?}");
        let offered = bench.server.requests()[0].header("accept-encoding").unwrap().to_owned();
        assert!(["gzip", "br", "zstd", "deflate"].iter().all(|coding| offered.contains(coding)), "{offered}");
    }
}

#[tokio::test]
async fn a_redirected_image_is_downloaded_without_the_key() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::UrlMoved);
    let outcome = bench.lighthouse(&low(0)).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    let reads: Vec<_> = bench.server.requests().into_iter().filter(|seen| seen.method == "GET").collect();
    assert_eq!(reads.len(), 2);
    assert!(reads.iter().all(|read| read.header("authorization").is_none() && read.header("api-key").is_none()));
}

#[tokio::test]
async fn a_failed_download_can_be_resumed() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::UrlOnly);
    bench.server.script_reads([Fault::Html502; 3]);
    let order = bench.order("a lighthouse", &low(0));
    let error = bench.draw(&order).await.unwrap_err();
    assert!(error.kind == ErrorKind::Network && error.resumable, "{error:?}");
    let outcome = bench.backend.salvage(&order, bench.folder.path()).await.unwrap().unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn a_failed_download_does_not_affect_other_images() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::UrlOnly);
    bench.server.script_reads([Faults::none(), Fault::Html502.into(), Fault::Html502.into(), Fault::Html502.into()]);
    let mut order = bench.order("a lighthouse", &low(0));
    order.count = 2;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    assert!(outcome.notes[0].contains("could not download") && outcome.notes[0].contains("/pictures/1"));
}

#[tokio::test]
async fn urls_into_the_local_network_are_not_requested() {
    for address in
        ["http://169.254.169.254/latest", "http://192.0.2.1/a.png", "file:///etc/passwd", "ftp://127.0.0.1/a"]
    {
        let error = end(&json!({ "data": [{ "url": address }] }), "compatible").await.unwrap_err();
        assert!(error.message.contains("are not allowed") && !error.resumable, "{address}: {error}");
    }
}

/// Generates against a server that responds with `body`.
async fn end(body: &Json, profile: &str) -> Result<Outcome, BackendError> {
    let server = fixed_server::FixedServer::json(body);
    let config = format!(
        "profile = '{profile}'\nmodel = 'maker/draws'\nbase_url = '{}'\napi_key_env = 'OPENAI_API_KEY'",
        server.base_url
    );
    let bench = Bench { backend: backend(&config, ""), ..Bench::new("").await };
    let told = bench.lighthouse(&[]).await;
    bench.assert_secret_kept(&told);
    told
}

fn choice(message: &Json, more: &Json) -> Json {
    let mut choice = json!({ "index": 0, "finish_reason": "stop", "message": message });
    choice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "choices": [choice], "usage": { "cost": 0.01 } })
}

#[tokio::test]
async fn a_chat_without_an_image_gives_the_reason() {
    let words = |text: &str| json!({ "role": "assistant", "content": text });
    let cases = [
        (choice(&words("I cannot draw that person."), &json!({})), ErrorKind::Refused, "`I cannot draw that person.`"),
        (
            choice(&json!({ "content": [{ "type": "text", "text": "No." }] }), &json!({})),
            ErrorKind::Refused,
            "with text instead of an image: `No.`",
        ),
        (choice(&json!({ "content": null, "refusal": "Not that." }), &json!({})), ErrorKind::Refused, "`Not that.`"),
        (
            choice(&json!({ "content": null }), &json!({ "finish_reason": "content_filter" })),
            ErrorKind::Refused,
            "the safety system refused the request",
        ),
        (choice(&words(""), &json!({ "native_finish_reason": "IMAGE_SAFETY" })), ErrorKind::Refused, "`IMAGE_SAFETY`"),
        (
            choice(&words(""), &json!({ "native_finish_reason": "PROHIBITED_CONTENT" })),
            ErrorKind::Refused,
            "the safety system refused the request",
        ),
        (
            choice(&words(""), &json!({ "finish_reason": "error", "error": { "code": 429, "message": "busy" } })),
            ErrorKind::Rate,
            "`busy`",
        ),
        (
            choice(&words(""), &json!({ "error": { "code": 402, "message": "no credits" } })),
            ErrorKind::Quota,
            "`no credits`",
        ),
        (
            choice(
                &words(""),
                &json!({ "error": { "code": 403, "message": "flagged", "metadata": { "reasons": ["hate"] } } }),
            ),
            ErrorKind::Refused,
            "categories: hate",
        ),
        (
            choice(&words(""), &json!({ "error": { "code": 502, "message": "the provider failed" } })),
            ErrorKind::Server,
            "`the provider failed`",
        ),
        (choice(&words("half"), &json!({ "finish_reason": "error" })), ErrorKind::Server, "`half`"),
        (json!({ "error": { "code": 429, "message": "busy" } }), ErrorKind::Rate, "`busy`"),
        (choice(&words(""), &json!({})), ErrorKind::InvalidImage, "returned no image"),
    ];
    for (body, kind, message) in cases {
        let error = end(&body, "openrouter").await.unwrap_err();
        assert_eq!(error.kind, kind, "{body}: {error}");
        assert!(error.message.contains(message) && error.hint.is_some(), "{body}: {error}");
    }
}

#[tokio::test]
async fn text_instead_of_an_image_is_bounded_and_sanitized() {
    let long = format!("\u{1b}[31mno\u{7}{}", "x".repeat(10_000));
    let error = end(&choice(&json!({ "content": long }), &json!({})), "openrouter").await.unwrap_err();
    assert!(error.message.chars().count() < 600 && !error.message.contains(['\u{1b}', '\u{7}']), "{error}");
}

#[tokio::test]
async fn an_image_is_found_under_every_list_name() {
    let bytes = picture("a.png", image::RgbImage::new(8, 8), ImageFormat::Png).bytes;
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes);
    let data = format!("data:image/png;base64,{base64}");
    let bodies = [
        json!({ "images": [{ "b64_json": base64 }] }),
        json!({ "images": [{ "url": data }] }),
        json!({ "images": [{ "image_url": { "url": data } }] }),
        json!({ "images": { "b64_json": base64 } }),
        json!({ "data": { "b64_json": base64 } }),
        json!({ "data": [{ "error": { "message": "one failed" } }, { "b64_json": base64 }] }),
        json!({ "error": null, "data": [{ "b64_json": base64, "url": "" }] }),
        choice(&json!({ "content": [{ "type": "image_url", "image_url": { "url": data } }] }), &json!({})),
        choice(&json!({ "images": [{ "image_url": { "url": data } }], "content": "Here it is" }), &json!({})),
        choice(&json!({ "images": [{ "b64_json": base64 }] }), &json!({ "finish_reason": "content_filter" })),
    ];
    for body in bodies {
        let outcome = end(&body, "compatible").await.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(outcome.images[0].bytes, bytes, "{body}");
    }
    let failed = json!({ "data": [{ "error": { "code": "content_filter", "message": "no" } }] });
    assert_eq!(end(&failed, "compatible").await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn an_implausible_cost_is_unknown() {
    let bytes = picture("a.png", image::RgbImage::new(8, 8), ImageFormat::Png).bytes;
    let url = format!("data:image/png;base64,{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes));
    for (cost, expected) in [
        (json!(0.04), Some(0.04)),
        (json!(0), Some(0.0)),
        (json!(-1), None),
        (json!(1e300), None),
        (json!("0.04"), None),
        (Json::Null, None),
    ] {
        let mut body = choice(&json!({ "images": [{ "image_url": { "url": url } }] }), &json!({}));
        body["usage"] = json!({ "prompt_tokens": -5, "completion_tokens": 0.5, "cost": cost });
        let outcome = end(&body, "openrouter").await.unwrap();
        let stated_cost = |usd| Cost { usd: Usd::from_dollars(usd), basis: CostBasis::Stated };
        assert_eq!(outcome.cost, expected.map(stated_cost), "{cost}");
        let usage = outcome.usage.unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens), (None, None));
    }
}

#[tokio::test]
async fn an_implausible_count_is_passed_on_unchanged() {
    for (fault, tokens) in [(Fault::ZeroUsage, 0), (Fault::AbsurdUsage, 1_000_000_000_000)] {
        let bench = Bench::new("").await;
        bench.server.next(fault);
        let outcome = bench.lighthouse(&low(0)).await.unwrap();
        assert_eq!(outcome.usage.unwrap().output_tokens, Some(tokens), "what to believe is for the engine to decide");
    }
}
