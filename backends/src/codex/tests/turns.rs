use bytes::Bytes;
use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;

use super::*;
use crate::{ErrorKind, Format, RequestImage, Size, svg::SvgValidity};

#[tokio::test]
async fn a_drawing_that_cannot_be_rendered_is_repaired_once() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::BrokenSvg);
    let outcome = bench.pelican(&[]).await.unwrap();
    assert_eq!(outcome.validity, Some(SvgValidity::AfterRepair));
    assert!(outcome.notes.iter().any(|note| note.contains("repaired its drawing")), "{:?}", outcome.notes);
    let bodies = bench.bodies();
    assert_eq!(bodies.len(), 2);
    let told = bodies[1]["input"][0]["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("not well formed"), "{told}");
    assert!(bodies[1]["previous_response_id"].is_string());
    assert!(outcome.usage.unwrap().output_tokens.unwrap() > 1_000, "both answers are counted");
}

#[tokio::test]
async fn without_permission_to_repair_the_error_names_the_setting() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::BrokenSvg);
    let error = bench.pelican(&[("repair", 0.into())]).await.unwrap_err();
    assert_eq!((error.kind, error.validity), (ErrorKind::InvalidImage, Some(SvgValidity::Invalid)));
    assert!(error.hint.unwrap().contains("`repair`"));
    assert_eq!(bench.bodies().len(), 1);
}

#[tokio::test]
async fn a_second_failure_is_invalid_and_ends_the_job() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::BrokenSvg), "").await;
    let error = bench.pelican(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.validity), (ErrorKind::InvalidImage, Some(SvgValidity::Invalid)));
    assert_eq!(bench.bodies().len(), 2);
}

#[tokio::test]
async fn review_passes_are_kept_beside_the_first_drawing() {
    let bench = Bench::new("").await;
    let outcome = bench.pelican(&[("passes", 2.into()), ("size", "512x512".into())]).await.unwrap();
    assert_eq!(outcome.images.len(), 3);
    let bodies = bench.bodies();
    assert_eq!(bodies.len(), 3);
    let content = &bodies[1]["input"][0]["content"];
    assert!(content[0]["text"].as_str().unwrap().contains("The words were: a pelican"));
    assert!(content[1]["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    let first = outcome.ids.response_id.unwrap();
    assert_eq!(bodies[1]["previous_response_id"], first.as_str());
    assert_eq!(outcome.continuation.unwrap()["previous_response_id"], first.as_str(), "it goes on from the first");
}

#[tokio::test]
async fn a_failed_review_pass_keeps_the_drawing() {
    let bench = Bench::new("").await;
    bench.server.script([Faults::none(), Fault::Refusal.into()]);
    let outcome = bench.pelican(&[("passes", 3.into())]).await.unwrap();
    assert_eq!((outcome.images.len(), bench.bodies().len()), (1, 2));
    assert!(outcome.notes.iter().any(|note| note.contains("review pass 1 failed")), "{:?}", outcome.notes);
}

#[tokio::test]
async fn an_edit_continues_the_conversation_and_sends_the_source() {
    let bench = Bench::new("").await;
    let first = bench.pelican(&[]).await.unwrap();
    let mut order = bench.order("make the sea red", &[]);
    order.continues.clone_from(&first.continuation);
    order.inputs.push(drawing(first.images[0].svg.clone(), &first.images[0].bytes));
    let second = bench.draw(&order).await.unwrap();
    let body = &bench.bodies()[1];
    assert_eq!(body["previous_response_id"], first.ids.response_id.unwrap().as_str());
    let content = body["input"][0]["content"].as_array().unwrap();
    assert_eq!(content.len(), 1, "the source goes in, not its picture");
    assert!(content[0]["text"].as_str().unwrap().contains("<svg"));
    assert!(second.continuation.is_some());
}

#[tokio::test]
async fn a_forgotten_conversation_is_sent_again() {
    let bench = Bench::new("").await;
    let mut order = bench.order("make the sea red", &[]);
    order.continues = Some(serde_json::json!({ "previous_response_id": "resp_gone" }));
    order.inputs.push(drawing(Some("<svg/>".to_owned()), b""));
    assert_eq!(bench.draw(&order).await.unwrap().images.len(), 1);
    let bodies = bench.bodies();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[1].get("previous_response_id").is_none());
}

#[tokio::test]
async fn references_are_sent_as_images_in_order() {
    let bench = Bench::new("").await;
    let mut order = bench.order("both together", &[]);
    order.inputs = vec![drawing(None, b"one"), drawing(None, b"two")];
    bench.draw(&order).await.unwrap();
    let content = bench.bodies()[0]["input"][0]["content"].clone();
    assert_eq!(content[1]["image_url"], "data:image/png;base64,b25l");
    assert_eq!((&content[2]["type"], &content[2]["detail"]), (&"input_image".into(), &"auto".into()));
    assert_eq!(content[2]["image_url"], "data:image/png;base64,dHdv");
}

#[tokio::test]
async fn a_rejected_summary_is_never_requested_again() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::SummaryUnverified), "").await;
    bench.pelican(&[]).await.unwrap();
    bench.pelican(&[]).await.unwrap();
    let asked: Vec<bool> = bench.bodies().iter().map(|body| body["reasoning"]["summary"].is_string()).collect();
    assert_eq!(asked, [true, false, false]);
}

fn drawing(svg: Option<String>, bytes: &[u8]) -> RequestImage {
    let bytes = Bytes::copy_from_slice(bytes);
    RequestImage { name: "drawing.png".to_owned(), format: Format::Png, size: Size::new(64, 64), bytes, svg }
}
