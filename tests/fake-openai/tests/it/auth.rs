//! Keys, headers, models, limits and URLs: everything that is checked before an image is drawn.
//! Rejected settings are in `refusals`.

use fake_openai::{FakeOpenAi, Fault, Faults};
use reqwest::Client;
use serde_json::{Value, json};

use crate::client::{body, generate, post};

async fn models(server: &FakeOpenAi, key: &str) -> reqwest::Response {
    Client::new().get(format!("{}/models", server.base_url())).bearer_auth(key).send().await.unwrap()
}

#[tokio::test]
async fn requests_need_a_key() {
    let server = FakeOpenAi::builder().with_key("sk-right").start().await;
    let answer = Client::new().get(format!("{}/models", server.base_url())).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert!(body["error"]["message"].as_str().unwrap().starts_with("You didn't provide an API key."));
    let body: Value = models(&server, "sk-wrong").await.json().await.unwrap();
    assert_eq!(body["error"]["code"], "invalid_api_key");
    assert_eq!(models(&server, "sk-right").await.status(), 200);
}

#[tokio::test]
async fn keyless_server_accepts_no_key_but_rejects_a_wrong_one() {
    let server = FakeOpenAi::builder().without_key().with_key("sk-mine").start().await;
    let ask = |key: &'static str| {
        let request = Client::new().get(format!("{}/models", server.base_url()));
        if key.is_empty() { request } else { request.bearer_auth(key) }
    };
    assert_eq!(ask("").send().await.unwrap().status(), 200);
    assert_eq!(ask("sk-other").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn organization_project_and_client_request_id_are_checked() {
    let server = FakeOpenAi::start().await;
    let long = "x".repeat(513);
    for (name, value, status) in [
        ("openai-organization", "org-mine", 200),
        ("openai-organization", "mine", 401),
        ("openai-project", "mine", 401),
        ("x-client-request-id", "mine", 200),
        ("x-client-request-id", long.as_str(), 400),
        ("x-client-request-id", "größe", 400),
    ] {
        let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let request = Client::new().get(format!("{}/models", server.base_url())).bearer_auth("sk-x");
        assert_eq!(request.header(name, value).send().await.unwrap().status(), status, "{name}");
    }
}

#[tokio::test]
async fn every_response_has_the_usual_headers() {
    let server = FakeOpenAi::start().await;
    let answer = models(&server, "sk-x").await;
    for name in ["x-request-id", "openai-processing-ms", "openai-organization", "x-ratelimit-remaining-tokens"] {
        assert!(answer.headers().contains_key(name), "{name}");
    }
    assert_eq!(answer.headers()["openai-version"], "2020-10-01");
    assert_eq!(answer.headers()["x-ratelimit-reset-tokens"], "6m0s");
    assert_eq!(answer.headers()["x-request-id"], *server.requests()[0].request_id);
}

#[tokio::test]
async fn builder_sets_which_models_are_available() {
    let server =
        FakeOpenAi::builder().with_models(["gpt-image-1"]).shutdown_date("gpt-image-1", "2026-10-23").start().await;
    let list: Value = models(&server, "sk-x").await.json().await.unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["shutdown_date"], "2026-10-23");
    let more = json!({"model": "gpt-image-1", "size": "1024x1024"});
    assert_eq!(generate(&server, more).await.status(), 200);
    assert_eq!(generate(&server, json!({"model": "gpt-image-2"})).await.status(), 404);
}

#[tokio::test]
async fn retired_and_unknown_models_are_not_found() {
    let server = FakeOpenAi::start().await;
    for (model, word) in [("gpt-image-1", "deprecated"), ("gpt-image-9", "does not exist")] {
        let answer = generate(&server, json!({"model": model})).await;
        assert_eq!(answer.status(), 404);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], "model_not_found");
        assert!(body["error"]["message"].as_str().unwrap().contains(word));
    }
}

#[tokio::test]
async fn unlisted_model_works_and_gets_have_their_own_script() {
    let server = FakeOpenAi::builder().unlisted("gpt-image-2").start().await;
    server.script_reads([Fault::ServerError]);
    assert_eq!(generate(&server, json!({})).await.status(), 200);
    assert_eq!(models(&server, "sk-x").await.status(), 500);
    assert!(!models(&server, "sk-x").await.text().await.unwrap().contains("\"gpt-image-2\""));
}

#[tokio::test]
async fn image_limiter_rejects_until_refilled() {
    let server = FakeOpenAi::builder().images_per_minute(2).start().await;
    assert_eq!(generate(&server, json!({"n": 2})).await.status(), 200);
    let answer = generate(&server, json!({})).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "12"));
    let body: Value = answer.json().await.unwrap();
    assert!(body["error"]["message"].as_str().unwrap().contains("input-images per min: Limit 2, Used 2, Requested 1."));
    server.refill();
    assert_eq!(generate(&server, json!({})).await.status(), 200);
}

#[tokio::test]
async fn script_prompt_and_builder_set_faults() {
    let server = FakeOpenAi::builder().always(Fault::NoUsage).start().await;
    server.script([Faults::from(Fault::ServerError), Faults::none()]);
    assert_eq!(generate(&server, json!({})).await.status(), 500);
    let body: Value = generate(&server, json!({})).await.json().await.unwrap();
    assert!(body.get("usage").is_none());
    let prompt = json!({"prompt": "[fault:overloaded*1] a cat"});
    assert_eq!(generate(&server, prompt.clone()).await.status(), 503);
    assert_eq!(generate(&server, prompt).await.status(), 200);
    let answer = generate(&server, json!({"prompt": "[fault:typo] a cat"})).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "unknown_fault");
}

#[tokio::test]
async fn azure_urls_take_their_own_key_and_deployments() {
    let server = FakeOpenAi::builder().deployment("my-pictures", "gpt-image-2").start().await;
    let legacy = "/openai/deployments/my-pictures/images/generations?api-version=2025-04-01-preview";
    for (path, model) in [(legacy, None), ("/openai/v1/images/generations", Some("my-pictures"))] {
        let mut body = body(json!({}));
        body["model"] = json!(model);
        let request = Client::new().post(format!("{}{path}", server.origin())).header("api-key", "sk-azure");
        assert_eq!(request.json(&body).send().await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(server.requests()[0].query, "api-version=2025-04-01-preview");
}

#[tokio::test]
async fn invalid_json_body_is_rejected() {
    let server = FakeOpenAi::start().await;
    let answer = post(&server, "/images/generations").header("content-type", "application/json").body("{").send().await;
    assert_eq!(answer.unwrap().status(), 400);
}

#[tokio::test]
async fn another_process_can_read_the_log_and_set_faults() {
    let server = FakeOpenAi::start().await;
    let at = |path: &str| format!("{}/_fake/{path}", server.origin());
    Client::new().post(at("script?faults=conflict")).send().await.unwrap();
    assert_eq!(generate(&server, json!({})).await.status(), 409);
    generate(&server, json!({})).await;
    let log: Value = reqwest::get(at("requests")).await.unwrap().json().await.unwrap();
    assert_eq!((&log[0]["status"], &log[1]["body"]["json"]["prompt"]), (&json!(409), &json!("a lighthouse")));
    assert_eq!(reqwest::get(at("images/0")).await.unwrap().bytes().await.unwrap(), server.images_sent()[0]);
}
