use fake_openai::Fault;
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

#[tokio::test]
async fn the_retired_model_names_its_last_day_and_the_exact_command() {
    let bench = Bench::new("model = 'gpt-image-1'").await;
    let mut order = bench.order("the keeper's lamp", &[("quality", "low".into()), ("size", "1024x1536".into())]);
    order.count = 2;
    let error = bench.draw(&order).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ModelRetired);
    assert_eq!(error.message, "`gpt-image-1` is not available on this server; it was shut down on 2026-10-23");
    assert_eq!(
        error.hint.unwrap(),
        r"its successor is `gpt-image-2.5-flare`: `tintype generate 'the keeper'\''s lamp' -b gpt-image -m gpt-image-2.5-flare -n 2 --set quality=low --set size=1024x1536`"
    );
    assert_eq!(error.successor.as_deref(), Some("gpt-image-2.5-flare"));
    assert!(error.request_id.is_some());
}

#[tokio::test]
async fn a_retired_model_works_while_the_server_has_it() {
    let bench = Bench::with_server(FakeOpenAi::builder().alive("gpt-image-1"), "model = 'gpt-image-1'").await;
    let outcome = bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    assert_eq!(outcome.usage.unwrap().output_tokens, Some(272));
    assert!((outcome.cost.unwrap().usd.dollars() - 0.01088).abs() < 0.0002);
}

#[tokio::test]
async fn no_command_is_offered_for_an_edit() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::Retired);
    let mut order = bench.order("x", &[]);
    order.model = "gpt-image-1.5".into();
    order.settings.clear();
    order.inputs = vec![picture("a.png", image::RgbImage::new(8, 8), ImageFormat::Png)];
    let error = bench.draw(&order).await.unwrap_err();
    assert_eq!(
        error.hint.unwrap(),
        "its successor is `gpt-image-2.6-sunburst`: send the same request to `gpt-image-2.6-sunburst`"
    );
}
