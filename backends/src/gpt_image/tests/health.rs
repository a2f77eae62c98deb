use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

#[tokio::test]
async fn a_healthy_server_passes_without_generating() {
    let bench = Bench::new("").await;
    let health = bench.backend.check().await.unwrap();
    assert_eq!(
        health.good,
        ["`127.0.0.1` answers", "the key in `OPENAI_API_KEY` is accepted", "`gpt-image-2.5-flare` is available"]
    );
    assert!(health.warnings.is_empty());
    assert!(bench.server.requests().iter().all(|request| request.method == reqwest::Method::GET));
}

#[tokio::test]
async fn a_shutdown_that_the_server_announces_is_a_warning() {
    let server = FakeOpenAi::builder().shutdown_date("gpt-image-2", "2999-12-31");
    let bench = Bench::with_server(server, "model = 'gpt-image-2'").await;
    let health = bench.backend.check().await.unwrap();
    assert_eq!(health.warnings.len(), 1);
    assert!(health.warnings[0].starts_with("`gpt-image-2` will be shut down on 2999-12-31, in "), "{health:?}");
}

#[tokio::test]
async fn a_retired_model_is_a_warning_with_its_successor() {
    let bench = Bench::new("model = 'gpt-image-1'").await;
    let warnings = bench.backend.check().await.unwrap().warnings.join("\n");
    assert!(warnings.contains("was shut down on 2026-10-23; its successor is `gpt-image-2.5-flare`"), "{warnings}");
}

#[tokio::test]
async fn a_wrong_key_is_an_error() {
    let server = FakeOpenAi::builder().with_key("sk-another").start().await;
    let backend = backend("", &server.base_url());
    let error = backend.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(!format!("{error:?}").contains("SECRET"));
}
