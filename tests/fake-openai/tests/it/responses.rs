//! The Responses API: the text model's output and its events, the image tool, the background, every bad ending.
//! Transport and HTTP errors are the same as for images; see `replies` and `transport`.

use fake_openai::{FakeOpenAi, Fault};
use reqwest::Client;
use serde_json::{Value, json};

use crate::client::{decode, events, image, post};

pub(crate) const TESTED: [Fault; 11] = [
    Fault::SummaryUnverified,
    Fault::NoTemperature,
    Fault::Refusal,
    Fault::Incomplete,
    Fault::IncompleteFilter,
    Fault::Failed,
    Fault::PlainProse,
    Fault::BrokenSvg,
    Fault::FencedSvg,
    Fault::LargeSvg,
    Fault::NoCacheWrite,
];

fn ask(more: &Value) -> Value {
    let mut body =
        json!({"model": "gpt-5.3-codex", "instructions": "Answer with one SVG of 640x480.", "input": "a pelican"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn create(server: &FakeOpenAi, faults: &str, more: Value) -> reqwest::Response {
    post(server, "/responses").header("x-fake-fault", faults).json(&ask(&more)).send().await.unwrap()
}

async fn answer(faults: &str, more: Value) -> Value {
    create(&FakeOpenAi::start().await, faults, more).await.json().await.unwrap()
}

async fn stream(faults: &str, more: Value) -> Vec<(String, Value)> {
    let mut body = json!({"stream": true});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let text = create(&FakeOpenAi::start().await, faults, body).await.text().await.unwrap();
    events(&text)
}

/// Returns the text of the last message of a response.
fn said(response: &Value) -> &str {
    let message = response["output"].as_array().unwrap().last().unwrap();
    message["content"][0]["text"].as_str().unwrap()
}

async fn get(server: &FakeOpenAi, path: &str) -> reqwest::Response {
    Client::new().get(format!("{}{path}", server.base_url())).bearer_auth("sk-test").send().await.unwrap()
}

#[tokio::test]
async fn drawing_grows_delta_by_delta() {
    let events = stream("", json!({"reasoning": {"effort": "high", "summary": "auto"}})).await;
    for (index, (name, data)) in events.iter().enumerate() {
        assert_eq!((&data["sequence_number"], &data["type"]), (&json!(index), &json!(name)));
    }
    let last = events.last().unwrap();
    assert_eq!(last.0, "response.completed");
    let item = &last.1["response"]["output"].as_array().unwrap().last().unwrap()["id"];
    let deltas = events.iter().filter(|(name, data)| name == "response.output_text.delta" && data["item_id"] == *item);
    let text: String = deltas.map(|(_, data)| data["delta"].as_str().unwrap()).collect();
    assert_eq!(text, said(&last.1["response"]));
    assert!(text.starts_with("<svg ") && text.contains(r#"viewBox="0 0 640 480""#) && text.ends_with("</svg>\n"));
    assert!(events.iter().any(|(_, data)| data["obfuscation"].is_string()));
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names[..4],
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.reasoning_summary_part.added"
        ]
    );
    assert_eq!(last.1["response"]["usage"]["output_tokens_details"]["reasoning_tokens"], 2048);
}

#[tokio::test]
async fn commentary_comes_before_the_answer_and_obfuscation_can_be_declined() {
    let events = stream("", json!({"stream_options": {"include_obfuscation": false}})).await;
    assert!(events.iter().all(|(_, data)| data.get("obfuscation").is_none()));
    let output = &events.last().unwrap().1["response"]["output"];
    let phases: Vec<&str> = output.as_array().unwrap().iter().filter_map(|item| item["phase"].as_str()).collect();
    assert_eq!(phases, ["commentary", "final_answer"]);
}

#[tokio::test]
async fn drawing_may_be_fenced_broken_or_missing() {
    let fenced = answer("fenced-svg", json!({})).await;
    assert!(said(&fenced).contains("```svg\n<svg "));
    let broken = answer("broken-svg", json!({})).await;
    assert!(said(&broken).starts_with("<svg ") && !said(&broken).contains("</svg>"));
    let prose = answer("plain-prose", json!({})).await;
    assert!(!said(&prose).contains("<svg"));
    let large = answer("large-svg=200", json!({})).await;
    assert!(said(&large).len() > 200 << 10);
    let director = answer("", json!({"instructions": "Rewrite the prompt."})).await;
    assert!(said(&director).starts_with("a pelican, seen from"));
}

#[tokio::test]
async fn response_satisfies_the_schema() {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["svg", "score", "kind", "notes"],
        "properties": {"svg": {"type": "string"}, "score": {"type": "integer"}, "kind": {"type": "string", "enum": ["icon", "scene"]},
            "notes": {"type": "array", "items": {"type": "string"}}}});
    let text = json!({"format": {"type": "json_schema", "name": "drawing", "strict": true, "schema": schema}});
    let answer = answer("", json!({"text": text})).await;
    let value: Value = serde_json::from_str(said(&answer)).unwrap();
    assert!(value["svg"].as_str().unwrap().starts_with("<svg "));
    assert_eq!((&value["kind"], &value["notes"]), (&json!("icon"), &json!(["a pelican"])));
}

#[tokio::test]
async fn bad_endings_name_their_reason() {
    for (faults, name, pointer, expected) in [
        ("incomplete", "response.incomplete", "/response/incomplete_details/reason", "max_output_tokens"),
        ("incomplete-filter", "response.incomplete", "/response/incomplete_details/reason", "content_filter"),
        ("failed", "response.failed", "/response/error/code", "server_error"),
        ("error-nested", "response.failed", "/response/error/code", "insufficient_quota"),
        ("error-flat", "error", "/code", "server_error"),
        ("refusal", "response.completed", "/response/output/1/content/0/type", "refusal"),
    ] {
        let events = stream(faults, json!({})).await;
        let last = events.last().unwrap();
        assert_eq!((last.0.as_str(), last.1.pointer(pointer)), (name, Some(&json!(expected))), "{faults}");
    }
    let nested = stream("error-nested", json!({})).await;
    assert_eq!(nested[nested.len() - 2].1["error"]["type"], "insufficient_quota");
    let refusal = stream("refusal", json!({})).await;
    assert!(refusal.iter().any(|(name, _)| name == "response.refusal.delta"));
    let eof = stream("eof", json!({})).await;
    assert_eq!(eof.last().unwrap().0, "response.output_item.done");
}

#[tokio::test]
async fn requests_are_validated_per_model() {
    for (faults, more, code, param) in [
        ("", json!({"reasoning": {"effort": "none"}}), json!("unsupported_value"), "reasoning.effort"),
        ("", json!({"text": {"verbosity": "loud"}}), json!("unsupported_value"), "text.verbosity"),
        ("", json!({"max_output_tokens": 15}), json!("integer_below_min_value"), "max_output_tokens"),
        ("", json!({"tools": [{"type": "image_generation"}]}), Value::Null, "tools"),
        (
            "",
            json!({"previous_response_id": "resp_none"}),
            json!("previous_response_not_found"),
            "previous_response_id",
        ),
        ("", json!({"model": "gpt-image-2"}), json!("unsupported_value"), "model"),
        ("", json!({"seed": 3}), json!("unknown_parameter"), "seed"),
        ("no-temperature", json!({"temperature": 0.2}), json!("unsupported_parameter"), "temperature"),
        (
            "summary-unverified",
            json!({"reasoning": {"summary": "auto"}}),
            json!("unsupported_value"),
            "reasoning.summary",
        ),
    ] {
        let answer = answer(faults, more.clone()).await;
        assert_eq!((&answer["error"]["code"], &answer["error"]["param"]), (&code, &json!(param)), "{more}");
    }
    assert_eq!(answer("", json!({"model": "gpt-5.2-codex"})).await["error"]["code"], "model_not_found");
}

#[tokio::test]
async fn service_tier_is_echoed_and_usage_may_be_old() {
    let response = answer("no-cache-write,cached-tokens", json!({"service_tier": "fast"})).await;
    assert_eq!(response["service_tier"], "priority");
    let details = &response["usage"]["input_tokens_details"];
    assert!(details.get("cache_write_tokens").is_none() && details["cached_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn background_response_can_be_polled_and_resumed_in_full() {
    let server = FakeOpenAi::start().await;
    let text = create(&server, "gate", json!({"background": true})).await.text().await.unwrap();
    let first: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(first["status"], "queued");
    let path = format!("/responses/{}", first["id"].as_str().unwrap());
    assert_eq!(get(&server, &path).await.json::<Value>().await.unwrap()["status"], "queued");
    server.release(10_000);
    let done = loop {
        let now: Value = get(&server, &path).await.json().await.unwrap();
        if now["status"] == "completed" {
            break now;
        }
    };
    assert!(said(&done).contains("<svg "));
    assert_eq!(get(&server, &format!("{path}?stream=true")).await.status(), 400);
}

#[tokio::test]
async fn background_stream_resumes_after_any_event() {
    let server = FakeOpenAi::start().await;
    let whole = create(&server, "", json!({"background": true, "stream": true})).await.text().await.unwrap();
    let whole = events(&whole);
    assert_eq!(whole[1].0, "response.queued");
    let id = whole[0].1["response"]["id"].as_str().unwrap();
    let path = format!("/responses/{id}?stream=true&starting_after=4");
    let rest = events(&get(&server, &path).await.text().await.unwrap());
    assert_eq!(rest, whole[5..]);
}

#[tokio::test]
async fn background_response_survives_a_broken_stream() {
    let server = FakeOpenAi::start().await;
    let more = json!({"background": true, "stream": true});
    let mut answer = create(&server, "reset-mid-stream", more).await;
    let mut seen = String::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        seen += std::str::from_utf8(&piece).unwrap();
    }
    let seen = events(&seen[..seen.rfind("\n\n").unwrap()]);
    assert_ne!(seen.last().unwrap().0, "response.completed");
    let (id, number) = (seen[0].1["response"]["id"].as_str().unwrap(), seen.len() - 1);
    let path = format!("/responses/{id}?stream=true&starting_after={number}");
    let rest = events(&get(&server, &path).await.text().await.unwrap());
    assert_eq!(rest[0].1["sequence_number"], seen.len());
    assert_eq!(rest.last().unwrap().0, "response.completed");
}

#[tokio::test]
async fn foreground_response_is_canceled_with_its_client() {
    let server = FakeOpenAi::start().await;
    let mut answer = create(&server, "gate", json!({"stream": true})).await;
    server.release(1);
    let first = answer.chunk().await.unwrap().unwrap();
    let first = events(std::str::from_utf8(&first).unwrap());
    drop(answer);
    let path = format!("/responses/{}", first[0].1["response"]["id"].as_str().unwrap());
    server.wait_until(|server| server.abandoned() == 1).await;
    loop {
        if get(&server, &path).await.json::<Value>().await.unwrap()["status"] == "cancelled" {
            break;
        }
    }
}

#[tokio::test]
async fn canceling_stops_the_background_and_is_idempotent() {
    let server = FakeOpenAi::start().await;
    let first: Value = create(&server, "gate", json!({"background": true})).await.json().await.unwrap();
    let path = format!("/responses/{}/cancel", first["id"].as_str().unwrap());
    for _ in 0..2 {
        let answer: Value = post(&server, &path).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "cancelled");
    }
    let plain: Value = create(&server, "", json!({})).await.json().await.unwrap();
    let path = format!("/responses/{}/cancel", plain["id"].as_str().unwrap());
    assert_eq!(post(&server, &path).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn unknown_or_deleted_response_is_not_found() {
    let server = FakeOpenAi::start().await;
    assert_eq!(get(&server, "/responses/resp_none").await.status(), 404);
    let plain: Value = create(&server, "", json!({})).await.json().await.unwrap();
    let path = format!("/responses/{}", plain["id"].as_str().unwrap());
    assert_eq!(get(&server, &path).await.json::<Value>().await.unwrap()["status"], "completed");
    Client::new().delete(format!("{}{path}", server.base_url())).bearer_auth("sk-test").send().await.unwrap();
    assert_eq!(get(&server, &path).await.status(), 404);
}

#[tokio::test]
async fn image_tool_sends_its_events_in_order_and_the_image_last() {
    let server = FakeOpenAi::start().await;
    let tool = json!({"type": "image_generation", "model": "gpt-image-2", "size": "1024x640", "quality": "low", "partial_images": 2});
    let more = json!({"model": "gpt-5.5", "stream": true, "tools": [tool]});
    let text = create(&server, "", more.clone()).await.text().await.unwrap();
    let events = events(&text);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.trim_start_matches("response.")).collect();
    let call = ["in_progress", "generating", "partial_image", "partial_image", "completed"]
        .map(|name| format!("image_generation_call.{name}"));
    let start = names.iter().position(|name| *name == "image_generation_call.in_progress").unwrap();
    assert_eq!(names[start..start + 5], call);
    assert!(events[start + 4].1.get("result").is_none());
    let item = &events[start + 5].1["item"];
    assert_eq!((&item["type"], &item["size"]), (&json!("image_generation_call"), &json!("1024x640")));
    assert_eq!(image(&decode(&item["result"])).width(), 1024);
    let mut next = more;
    next["previous_response_id"] = events[0].1["response"]["id"].clone();
    next["stream"] = json!(false);
    let second: Value = create(&server, "", next).await.json().await.unwrap();
    assert_eq!(second["output"][1]["action"], "edit");
}
