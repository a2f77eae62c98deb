use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::ErrorKind;

const PATH: &str = "/v1/images/generations";

fn streamed(partials: i64) -> [(&'static str, Value); 2] {
    [("quality", "low".into()), ("partial_images", partials.into())]
}

/// Streams with a fault that must have no effect: the previews and the image still arrive.
async fn survives(faults: impl Into<Faults>) {
    let bench = Bench::new("").await;
    let faults = faults.into();
    bench.server.next(faults.clone());
    let outcome = bench.lighthouse(&streamed(2)).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0], "{faults:?}");
    let previews: Vec<Bytes> = bench.previews().into_iter().map(|preview| preview.bytes).collect();
    assert_eq!(previews, bench.server.partials_sent(), "{faults:?}");
}

#[tokio::test]
async fn partials_sharpen_and_only_the_finished_image_is_kept() {
    let bench = Bench::new("").await;
    let outcome = bench.lighthouse(&streamed(3)).await.unwrap();
    let body = bench.body(PATH);
    assert_eq!((&body["stream"], &body["partial_images"]), (&json!(true), &json!(3)));
    let previews = bench.previews();
    assert_eq!(
        previews.iter().map(|preview| (preview.image, preview.step)).collect::<Vec<_>>(),
        [(0, 0), (0, 1), (0, 2)]
    );
    assert_eq!(previews.into_iter().map(|preview| preview.bytes).collect::<Vec<_>>(), bench.server.partials_sent());
    assert_eq!(outcome.images.len(), 1);
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    assert_eq!(outcome.usage.clone().unwrap().output_image_tokens, Some(196 + 300));
    assert!(outcome.cost.is_some());
    bench.assert_secret_kept(&outcome);
}

#[tokio::test]
async fn several_images_are_several_streams() {
    let bench = Bench::new("").await;
    let mut order = bench.order("a lighthouse", &streamed(1));
    order.count = 3;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images.len(), 3);
    let requests = bench.server.requests_to(PATH);
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.json().unwrap().get("n").is_none()));
    let mut numbers: Vec<u32> = bench.previews().iter().map(|preview| preview.image).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(outcome.usage.unwrap().output_image_tokens, Some(3 * 296));
    assert_eq!(bench.files().len(), 6, "a text and an image of each");
}

#[tokio::test]
async fn a_paid_image_is_kept_when_another_fails() {
    let bench = Bench::new("").await;
    bench.server.script([Faults::none(), Faults::from(Fault::Moderation)]);
    let mut order = bench.order("a lighthouse", &streamed(1));
    order.count = 2;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    assert_eq!(outcome.notes.len(), 1);
    assert!(outcome.notes[0].contains("the safety system refused the request"), "{:?}", outcome.notes);
}

#[tokio::test]
async fn any_chunking_and_line_ending_is_read() {
    for fault in [Fault::Crlf, Fault::Cr, Fault::Comments, Fault::Done, Fault::MultiLineData, Fault::NoEventLine] {
        survives(fault).await;
        survives(Faults::from(fault).with_value(Fault::Pieces, 4093)).await;
    }
}

#[tokio::test]
async fn unexpected_and_missing_events_are_tolerated() {
    for fault in [Fault::UnknownEvents, Fault::Minimal, Fault::SplitUtf8, Fault::WrongContentType, Fault::FewerPartials]
    {
        survives(fault).await;
    }
}

#[tokio::test]
async fn a_giant_line_is_read() {
    let bench = Bench::new("").await;
    bench.server.next(Faults::none().with_value(Fault::GiantLine, 28));
    let outcome = bench.lighthouse(&streamed(1)).await.unwrap();
    assert!(outcome.images[0].bytes.len() > 20 << 20);
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn json_instead_of_a_stream_is_accepted() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::JsonNotSse);
    let outcome = bench.lighthouse(&streamed(2)).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn previews_arrive_before_the_image_is_done() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::Gate);
    bench.server.release(1);
    let order = bench.order("a lighthouse", &streamed(1));
    let mut drawing = Box::pin(bench.draw(&order));
    let heard = async {
        while bench.previews().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut drawing => panic!("the picture waits at the gate"),
        () = heard => {}
    }
    bench.server.release(10);
    assert_eq!(drawing.await.unwrap().images.len(), 1);
}

#[tokio::test]
async fn dropping_the_job_closes_the_connection() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::Gate);
    let order = bench.order("a lighthouse", &streamed(1));
    {
        let mut drawing = Box::pin(bench.draw(&order));
        tokio::select! {
            _ = &mut drawing => panic!("the picture waits at the gate"),
            () = bench.server.wait_until(|server| !server.requests().is_empty()) => {}
        }
    }
    bench.server.wait_until(|server| server.abandoned() == 1).await;
}

#[tokio::test]
async fn a_truncated_stream_is_no_image() {
    for fault in [Fault::Eof, Fault::EmptyCompleted, Fault::ResetMidStream] {
        let bench = Bench::new("").await;
        bench.server.next(fault);
        let error = bench.lighthouse(&streamed(2)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unknown, "{fault:?}: {error}");
        assert!(["billed", "charged"].iter().any(|word| error.message.contains(word)), "{fault:?}: {error}");
        assert!(error.hint.is_some() && error.request_id.is_some());
        assert_eq!(bench.server.requests_to(PATH).len(), 1, "never sent a second time");
        assert_eq!(bench.files().len(), 1, "what came is kept");
    }
}

#[tokio::test]
async fn an_error_in_the_stream_is_reported() {
    for fault in [Fault::ErrorNested, Fault::ErrorFlat] {
        let bench = Bench::new("").await;
        bench.server.next(fault);
        let error = bench.lighthouse(&streamed(1)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Server, "{fault:?}: {error}");
        assert!(error.request_id.is_some());
        assert!(bench.files().is_empty(), "an answer without a picture leaves no file");
    }
}

#[tokio::test]
async fn a_refusal_after_the_partials_names_its_stage() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::ModerationOutput);
    let error = bench.lighthouse(&streamed(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(error.message, "the safety system refused the request (stage: output; categories: sexual)");
    assert!(error.hint.unwrap().contains("withheld; try again"));
    bench.server.next(Fault::ModerationOutputBare);
    let error = bench.lighthouse(&streamed(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(error.message, "the safety system refused the request (categories: sexual)");
}
