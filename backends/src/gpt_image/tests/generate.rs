use fake_openai::{FakeOpenAi, Fault};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::{CostBasis, ErrorKind, Usd};

const PATH: &str = "/v1/images/generations";

#[tokio::test]
async fn images_are_returned_byte_for_byte() {
    let bench = Bench::new("").await;
    let mut order = bench.order("a lighthouse", &[("size", "1024x1536".into()), ("quality", "low".into())]);
    order.count = 2;
    let outcome = bench.draw(&order).await.unwrap();
    let got: Vec<Bytes> = outcome.images.iter().map(|image| image.bytes.clone()).collect();
    assert_eq!(got, bench.server.images_sent());
    assert_eq!(outcome.images[0].format, Format::Png);
    let body = bench.body(PATH);
    assert_eq!((&body["n"], &body["size"], &body["quality"]), (&json!(2), &json!("1024x1536"), &json!("low")));
    assert_eq!(body["model"], "gpt-image-2.5-flare");
    assert!(body.get("stream").is_none() && body.get("partial_images").is_none());
    bench.assert_secret_kept(&outcome);
}

#[tokio::test]
async fn every_setting_is_sent_under_its_wire_name() {
    let bench = Bench::new("model = 'gpt-image-2.6-flare'").await;
    let chosen: [(&str, Value); 8] = [
        ("size", "2048x1152".into()),
        ("quality", "xhigh".into()),
        ("format", "webp".into()),
        ("compression", 40.into()),
        ("background", "transparent".into()),
        ("moderation", "low".into()),
        ("complexity", "high".into()),
        ("safety_identifier", "someone".into()),
    ];
    bench.lighthouse(&chosen).await.unwrap();
    let expected = json!({
        "model": "gpt-image-2.6-flare", "prompt": "a lighthouse", "size": "2048x1152", "quality": "xhigh",
        "output_format": "webp", "output_compression": 40, "background": "transparent", "moderation": "low",
        "complexity": "high", "safety_identifier": "someone",
    });
    assert_eq!(bench.body(PATH), expected);
}

#[tokio::test]
async fn each_format_comes_as_asked() {
    let bench = Bench::new("model = 'gpt-image-2.6-flare'").await;
    for (name, format) in [("jpeg", Format::Jpeg), ("webp", Format::Webp), ("gif", Format::Gif), ("svg", Format::Svg)] {
        let mut chosen = vec![("format", name.into()), ("size", "1024x640".into())];
        if format == Format::Gif {
            chosen.push(("frame_count", 2.into()));
        }
        let outcome = bench.lighthouse(&chosen).await.unwrap();
        assert_eq!(outcome.images[0].format, format);
        assert_eq!(outcome.effective.get("format"), None);
    }
}

#[tokio::test]
async fn usage_becomes_cost_at_prices_of_a_day() {
    let bench = Bench::new("").await;
    let order = bench.order("a lighthouse", &[("quality", "low".into())]);
    let outcome = bench.draw(&order).await.unwrap();
    let usage = outcome.usage.unwrap();
    assert_eq!(usage.output_image_tokens, Some(196));
    let cost = outcome.cost.unwrap();
    let words = Usd::for_tokens(usage.input_text_tokens.unwrap(), 5.0);
    assert_eq!(cost.usd, Usd::for_tokens(196, 30.0) + words);
    assert_eq!(cost.basis, CostBasis::Usage { prices_as_of: "2026-11-22".into() });
}

#[tokio::test]
async fn without_usage_the_cost_is_unknown_and_not_zero() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::NoUsage);
    let outcome = bench.lighthouse(&[]).await.unwrap();
    assert_eq!((outcome.usage, outcome.cost), (None, None));
}

#[tokio::test]
async fn the_effective_value_of_auto_is_reported() {
    let bench = Bench::new("").await;
    let auto = [("size", "auto".into()), ("quality", "auto".into()), ("background", "auto".into())];
    let outcome = bench.lighthouse(&auto).await.unwrap();
    assert_eq!(outcome.effective["quality"], "high".into());
    assert_eq!(outcome.effective["background"], "opaque".into());
    assert!(outcome.effective["size"].as_text().unwrap().parse::<Size>().is_ok());
}

#[tokio::test]
async fn the_format_is_read_from_the_bytes() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::WrongFormat);
    let outcome = bench.lighthouse(&[("format", "jpeg".into())]).await.unwrap();
    assert_eq!(outcome.images[0].format, Format::Png);
    assert_eq!(outcome.effective["format"], "png".into());
}

#[tokio::test]
async fn the_request_id_and_a_revised_prompt_are_kept() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::RevisedPrompt);
    let outcome = bench.lighthouse(&[]).await.unwrap();
    assert!(outcome.ids.request_id.unwrap().starts_with("req_"));
    assert_eq!(outcome.revised_prompt.unwrap(), "a lighthouse, in soft morning light");
}

#[tokio::test]
async fn the_response_is_spooled_as_received() {
    let bench = Bench::new("").await;
    let outcome = bench.lighthouse(&[]).await.unwrap();
    let files = bench.files();
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["answer-0", "answer-0.image-0"]);
    let answer: serde_json::Value = serde_json::from_slice(&files[0].1).unwrap();
    assert!(answer["data"][0]["b64_json"].as_str().unwrap().starts_with("#0:"), "{answer}");
    assert!(answer["usage"].is_object(), "{answer}");
    assert_eq!(outcome.images[0].bytes, files[1].1);
}

#[tokio::test]
async fn sent_and_received_are_reported_once_in_order() {
    let bench = Bench::new("").await;
    bench.lighthouse(&[]).await.unwrap();
    let marks: Vec<_> =
        bench.heard().into_iter().filter(|update| matches!(update, Update::Sent | Update::Received)).collect();
    assert_eq!(marks, [Update::Sent, Update::Received]);
}

#[tokio::test]
async fn organization_project_and_request_id_are_sent() {
    let bench = Bench::new("organization = 'org-1'\nproject = 'proj_1'").await;
    bench.lighthouse(&[]).await.unwrap();
    let request = &bench.server.requests_to(PATH)[0];
    assert_eq!(request.header("openai-organization"), Some("org-1"));
    assert_eq!(request.header("openai-project"), Some("proj_1"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.header("x-client-request-id").unwrap().len(), 36);
}

#[tokio::test]
async fn a_key_command_is_run_when_a_job_needs_it() {
    let bench = Bench::new(&format!("api_key_command = ['echo', '{KEY}']")).await;
    let outcome = bench.lighthouse(&[]).await.unwrap();
    bench.assert_secret_kept(&outcome);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let server = FakeOpenAi::start().await;
    let settings = toml::from_str("").unwrap();
    let base = server.base_url();
    let env = |name: &str| (name == "OPENAI_BASE_URL").then(|| base.clone());
    let table = Table {
        name: "x",
        settings: &settings,
        env: &env,
        folder: Path::new("/"),
        accounts: &crate::Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    };
    let backend = GptImage::build(&table, policy()).unwrap();
    assert!(matches!(backend.capabilities().readiness, crate::Readiness::Missing { .. }));
    let folder = TempDir::new().unwrap();
    let ear: Arc<JobRecorder> = Arc::default();
    let progress = Progress::new(Arc::clone(&ear) as Arc<dyn Listener>, folder.path());
    let error = backend.generate(&Request::new("x", "gpt-image-2"), &progress).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Credentials, "no API key in `OPENAI_API_KEY`"));
    assert!(server.requests().is_empty() && !ear.updates.lock().unwrap().contains(&Update::Sent));
}

#[tokio::test]
async fn invalid_requests_are_not_sent() {
    let bench = Bench::new("").await;
    let jpeg = [("background", "transparent".into()), ("format", "jpeg".into())];
    let error = bench.lighthouse(&jpeg).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidParameter);
    assert!(bench.server.requests().is_empty() && bench.heard().is_empty());
}

#[tokio::test]
async fn thirty_two_concurrent_jobs_share_one_backend() {
    let bench = Bench::new("").await;
    let folders: Vec<TempDir> = (0..32).map(|_| TempDir::new().unwrap()).collect();
    let order = bench.order("a lighthouse", &[("quality", "low".into())]);
    let jobs = folders.iter().map(|folder| async {
        let progress = Progress::new(Arc::new(JobRecorder::default()), folder.path());
        bench.backend.generate(&order, &progress).await.unwrap().images.len()
    });
    assert_eq!(futures::future::join_all(jobs).await.iter().sum::<usize>(), 32);
}

#[tokio::test]
async fn cached_text_is_counted_and_costs_less() {
    let bench = Bench::new("").await;
    let words = "a lighthouse ".repeat(400);
    let order = bench.order(&words, &[("quality", "low".into())]);
    let plain = bench.draw(&order).await.unwrap();
    bench.server.next(Fault::CachedTokens);
    let cached = bench.draw(&order).await.unwrap();
    assert!(cached.usage.unwrap().cached_tokens.is_some_and(|tokens| tokens > 0));
    assert!(cached.cost.unwrap().usd < plain.cost.unwrap().usd);
}
