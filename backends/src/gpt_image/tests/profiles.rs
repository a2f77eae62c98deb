use fake_openai::Fault;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::{Cost, CostBasis, Usd};

#[tokio::test]
async fn azure_by_deployment_takes_the_key_in_its_own_header() {
    let server = FakeOpenAi::builder().deployment("pictures", "gpt-image-2");
    let bench = Bench::with_server(server, "").await;
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

/// Makes a bench whose backend treats the stand-in as a server with the profile `profile`.
async fn posing_as(profile: &str, server: Builder) -> Bench {
    let bench = Bench::with_server(server.with_models(["gpt-image-2"]), "").await;
    let address = bench.server.base_url();
    let config =
        format!("profile = '{profile}'\nmodel = 'gpt-image-2'\nbase_url = '{address}'\napi_key_env = 'OPENAI_API_KEY'");
    Bench { backend: backend(&config, ""), ..bench }
}

#[tokio::test]
async fn stable_diffusion_gets_a_form_and_a_white_mask() {
    let server = FakeOpenAi::builder().always([Fault::Lenient, Fault::NoUsage]);
    let bench = posing_as("sd-cpp", server).await;
    let photo = image::RgbImage::new(64, 64);
    let mut order = bench.order("make it night", &[("format", "jpeg".into()), ("compression", 50.into())]);
    order.inputs = vec![picture("a.png", photo, ImageFormat::Png)];
    order.mask = Some(picture("m.png", image::RgbaImage::new(64, 64), ImageFormat::Png));
    // The stand-in checks masks as OpenAI does and rejects a white one; this test is about what arrived.
    let refused = bench.draw(&order).await.unwrap_err();
    assert_eq!(refused.kind, crate::ErrorKind::InvalidParameter);
    let request = &bench.server.requests_to("/v1/images/edits")[0];
    let mask = request.parts().iter().find(|part| part.name == "mask").unwrap();
    let mask = image::load_from_memory(&mask.data).unwrap();
    assert_eq!((mask.color(), mask.to_luma8().get_pixel(0, 0).0), (image::ColorType::L8, [255]));
    let names: Vec<&str> = request.parts().iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["model", "prompt", "output_compression", "output_format", "size", "image[]", "mask"]);
}

#[tokio::test]
async fn vllm_answers_with_nulls() {
    let server = FakeOpenAi::builder().always([Fault::Lenient, Fault::NoUsage, Fault::NullFields, Fault::NoCreated]);
    let bench = posing_as("vllm-omni", server).await;
    let outcome = bench.lighthouse(&[]).await.unwrap();
    assert_eq!((outcome.images.len(), outcome.revised_prompt), (1, None));
}

#[tokio::test]
async fn a_self_hosted_server_offers_only_its_own_models() {
    let bench = posing_as("compatible", FakeOpenAi::builder()).await;
    let mut order = bench.order("a lighthouse", &[]);
    order.model = "gpt-image-1".into();
    let error = bench.draw(&order).await.unwrap_err();
    assert_eq!(error.message, "unknown model `gpt-image-1`");
    assert!(bench.server.requests().is_empty());
}

#[tokio::test]
async fn openrouter_generates_in_a_chat() {
    let bytes = picture("a.png", image::RgbImage::new(8, 8), ImageFormat::Png).bytes;
    let url = format!("data:image/png;base64,{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes));
    let answer = json!({
        "id": "gen-1",
        "choices": [{"message": {"role": "assistant", "content": "", "images": [{"type": "image_url", "image_url": {"url": url}}]}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1290, "cost": 0.04},
    });
    let server = fixed_server::FixedServer::start("200 OK", "content-type: application/json\r\n", &answer.to_string());
    let config = format!(
        "profile = 'openrouter'\nmodel = 'maker/draws'\nbase_url = '{}'\napi_key_env = 'OPENAI_API_KEY'",
        server.base_url
    );
    let bench = Bench { backend: backend(&config, ""), ..Bench::new("").await };
    let outcome = bench.lighthouse(&[("size", "768x1024".into())]).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bytes);
    assert_eq!(outcome.cost.unwrap(), Cost { usd: Usd::from_dollars(0.04), basis: CostBasis::Stated });
    let asked = server.asked();
    assert!(asked.starts_with("POST /v1/chat/completions "));
    let body: serde_json::Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["modalities"], json!(["image", "text"]));
    assert_eq!(body["image_config"]["aspect_ratio"], "3:4");
    assert_eq!(body["messages"][0]["content"][0]["text"], "a lighthouse");
}

#[tokio::test]
async fn a_key_does_not_follow_a_redirect() {
    let elsewhere = fixed_server::FixedServer::start("200 OK", "", "{}");
    let header = format!("location: {}\r\n", elsewhere.base_url.replace("127.0.0.1", "localhost"));
    let server = fixed_server::FixedServer::start("307 Temporary Redirect", &header, "");
    let bench = Bench { backend: backend("", &server.base_url), ..Bench::new("").await };
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert_eq!(error.message, "`127.0.0.1` redirects to `localhost`");
    assert!(error.hint.unwrap().contains("base_url"));
    assert!(server.asked().contains("authorization: Bearer"));
}

/// Generates through a relay of OpenAI's API whose table sets an address and optionally a key of its own.
async fn relayed(key: &str) -> (Result<Outcome, BackendError>, usize, usize) {
    let (near, far) =
        (FakeOpenAi::builder().with_key(KEY).start().await, FakeOpenAi::builder().with_key(KEY).start().await);
    let config = format!("base_url = '{}'\n{key}", far.base_url());
    let bench = Bench { backend: backend(&config, &near.base_url()), ..Bench::new("").await };
    let told = bench.lighthouse(&[("quality", "low".into())]).await;
    (told, near.requests().len(), far.requests().len())
}

#[tokio::test]
async fn the_base_url_variable_applies_only_to_the_key_variable() {
    for (key, to_environment) in [
        ("", true),
        ("api_key_env = 'OPENAI_API_KEY'", true),
        ("api_key_env = 'AZURE_OPENAI_API_KEY'", false),
        (format!("api_key_command = ['echo', '{KEY}']").as_str(), false),
    ] {
        let (told, near, far) = relayed(key).await;
        told.unwrap();
        assert_eq!((near > 0, far > 0), (to_environment, !to_environment), "{key}");
    }
}

#[tokio::test]
async fn a_compatible_server_gets_few_fields_and_may_link_images() {
    let server = FakeOpenAi::builder().always([Fault::Lenient, Fault::UrlOnly, Fault::NoUsage]);
    let bench = posing_as("localai", server).await;
    let outcome = bench.lighthouse(&[]).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    assert_eq!((outcome.usage, outcome.cost), (None, Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free })));
    let body = bench.body("/v1/images/generations");
    let expected =
        json!({"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1024x1024", "response_format": "b64_json"});
    assert_eq!(body, expected);
    let fetched = bench.server.requests().into_iter().find(|request| request.path.starts_with("/pictures/")).unwrap();
    assert_eq!(fetched.header("authorization"), None, "the key is not carried to an address in an answer");
}

#[test]
fn only_local_generation_is_free() {
    let price = |config: &str| {
        let backend = backend(&format!("model = 'flux'\n{config}"), "");
        backend.estimate(&Request::new("a lighthouse", "flux"))
    };
    let local = "base_url = 'http://127.0.0.1:1/v1'";
    assert_eq!(price(&format!("profile = 'sd-cpp'\n{local}")), crate::Estimate::FREE);
    assert_eq!(price("profile = 'sd-cpp'"), crate::Estimate::FREE, "it is here unless told otherwise");
    for config in [
        "profile = 'sd-cpp'\nbase_url = 'https://gpu.example/v1'".to_owned(),
        format!("profile = 'compatible'\n{local}"),
        format!(
            "profile = 'sd-cpp'\n{local}\n[models.flux]\nsize = {{ presets = ['512x512'] }}\nprices = {{ image_out = 1 }}"
        ),
    ] {
        assert_ne!(price(&config), crate::Estimate::FREE, "{config}");
    }
    let told =
        format!("profile = 'compatible'\n{local}\n[models.flux]\nsize = {{ presets = ['512x512'] }}\nfree = true");
    assert_eq!(price(&told), crate::Estimate::FREE, "the config knows better");
}

#[tokio::test]
async fn a_server_without_n_is_asked_several_times() {
    let bench = posing_as("ollama", FakeOpenAi::builder().always(Fault::Lenient)).await;
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
