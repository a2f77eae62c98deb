use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

async fn profile(name: &str, model: &str, path: &str, more: &str, faults: impl Into<Faults>) -> Bench {
    let bench = Bench::with(FakeOpenAi::builder().always(faults), "").await;
    let address = format!("{}{path}", bench.server.origin());
    let config = format!(
        "profile = '{name}'\nmodel = '{model}'\nbase_url = '{address}'\napi_key_env = 'OPENAI_API_KEY'\n{more}"
    );
    Bench { backend: backend(&config, ""), ..bench }
}

#[tokio::test]
async fn azure_by_deployment_takes_the_key_in_its_own_header() {
    let server = FakeOpenAi::builder().deployment("pictures", "gpt-image-2");
    let bench = Bench::with(server, "").await;
    let config = format!(
        "profile = 'azure'\nmodel = 'gpt-image-2'\nbase_url = '{}'\ndeployment = 'pictures'\napi_version = '2025-04-01-preview'",
        bench.server.origin()
    );
    let bench = Bench { backend: backend(&config, ""), ..bench };
    let outcome = bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    let request = &bench.server.requests_to("/openai/deployments/pictures/images/generations")[0];
    assert_eq!(request.query, "api-version=2025-04-01-preview");
    assert_eq!((request.header("api-key"), request.header("authorization")), (Some(KEY), None));
}

#[tokio::test]
async fn stable_diffusion_is_asked_for_what_it_knows() {
    let bench = profile(
        "sd-cpp",
        "flux",
        "/v1",
        "models.flux = { like = 'gpt-image-2', prices = {} }",
        [Fault::Lenient, Fault::NoUsage],
    )
    .await;
    let mut order = bench.order("a lighthouse", &[]);
    order.model = "gpt-image-2".into();
    let error = bench.draw(&order).await.unwrap_err();
    assert!(error.message.contains("no model `gpt-image-2`"), "only the server's own models are offered");
}

#[tokio::test]
async fn a_plain_server_gets_few_fields_and_may_answer_with_addresses() {
    let server =
        FakeOpenAi::builder().with_models(["gpt-image-2"]).always([Fault::Lenient, Fault::UrlOnly, Fault::NoUsage]);
    let bench = Bench::with(server, "").await;
    let config = format!(
        "profile = 'localai'\nmodel = 'gpt-image-2'\nbase_url = '{}'\napi_key_env = 'OPENAI_API_KEY'",
        bench.server.base_url()
    );
    let bench = Bench { backend: backend(&config, ""), ..bench };
    let outcome = bench.lighthouse(&[]).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    assert_eq!((outcome.usage, outcome.cost), (None, None));
    let body = bench.body("/v1/images/generations");
    let expected =
        json!({"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1024x1024", "response_format": "b64_json"});
    assert_eq!(body, expected);
    let fetched = bench.server.requests().into_iter().find(|request| request.path.starts_with("/pictures/")).unwrap();
    assert_eq!(fetched.header("authorization"), None, "the key is not carried to an address in an answer");
}

#[tokio::test]
async fn a_server_without_n_is_asked_several_times() {
    let server = FakeOpenAi::builder().with_models(["gpt-image-2"]).always(Fault::Lenient);
    let bench = Bench::with(server, "").await;
    let config = format!(
        "profile = 'ollama'\nmodel = 'gpt-image-2'\nbase_url = '{}'\napi_key_env = 'OPENAI_API_KEY'",
        bench.server.base_url()
    );
    let bench = Bench { backend: backend(&config, ""), ..bench };
    let mut order = bench.order("a lighthouse", &[]);
    order.count = 2;
    assert_eq!(bench.draw(&order).await.unwrap().images.len(), 2);
    assert_eq!(bench.server.requests().len(), 2);
}

#[tokio::test]
async fn a_local_server_needs_no_key_and_is_not_given_the_one_for_openai() {
    let backend = backend("profile = 'sd-cpp'\nmodel = 'flux'", "");
    assert_eq!(backend.capabilities().readiness, crate::Readiness::Ready);
    assert!(!backend.api.keys().is_there());
}
