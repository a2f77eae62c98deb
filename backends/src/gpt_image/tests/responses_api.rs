use fake_openai::Fault;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::ErrorKind;

const PATH: &str = "/v1/responses";
const CONFIG: &str = "route = 'responses'\nmain_model = 'gpt-5.5'\n";

fn cheap(partials: i64) -> [(&'static str, Value); 3] {
    [("quality", "low".into()), ("size", "1024x640".into()), ("partial_images", partials.into())]
}

#[tokio::test]
async fn the_hosted_tool_gets_the_same_settings() {
    let bench = Bench::new(CONFIG).await;
    let outcome = bench.lighthouse(&cheap(0)).await.unwrap();
    let body = bench.body(PATH);
    assert_eq!(body["model"], "gpt-5.5");
    assert_eq!(body["tool_choice"], json!({"type": "image_generation"}));
    let tool = &body["tools"][0];
    assert_eq!((&tool["model"], &tool["size"]), (&json!("gpt-image-2.5-flare"), &json!("1024x640")));
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    assert_eq!(outcome.revised_prompt.as_deref(), Some("a lighthouse, carefully composed"));
    assert!(outcome.usage.is_some());
    assert_eq!(outcome.cost, None, "what the tool used is not told");
    bench.assert_secret_kept(&outcome.notes);
}

#[tokio::test]
async fn partials_are_shown_and_the_final_image_is_kept() {
    let bench = Bench::new(CONFIG).await;
    let outcome = bench.lighthouse(&cheap(2)).await.unwrap();
    let previews: Vec<Bytes> = bench.previews().into_iter().map(|preview| preview.bytes).collect();
    assert_eq!(previews, bench.server.partials_sent());
    assert_eq!(outcome.images.len(), 1);
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn an_image_survives_an_early_end_of_the_stream() {
    for fault in [Fault::Eof, Fault::ResetMidStream] {
        let bench = Bench::new(CONFIG).await;
        bench.server.next(fault);
        let outcome = bench.lighthouse(&cheap(1)).await.unwrap();
        assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0], "{fault:?}");
    }
}

#[tokio::test]
async fn a_turn_continues_from_the_previous_one() {
    let bench = Bench::new(CONFIG).await;
    let first = bench.lighthouse(&cheap(0)).await.unwrap();
    let mut order = bench.order("make it night", &cheap(0));
    order.continues = first.continuation;
    bench.draw(&order).await.unwrap();
    let second = &bench.server.requests_to(PATH)[1];
    assert_eq!(second.json().unwrap()["previous_response_id"], json!(first.ids.response_id.unwrap()));
}

#[tokio::test]
async fn a_background_response_is_polled_until_done() {
    let bench = Bench::new(&format!("{CONFIG}background = true")).await;
    assert!(bench.backend.capabilities().resume);
    let outcome = bench.lighthouse(&cheap(0)).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    assert_eq!(bench.ear.tickets.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn another_process_finds_it_again_by_its_ticket() {
    let bench = Bench::new(&format!("{CONFIG}background = true")).await;
    bench.server.next(Fault::Gate);
    let order = bench.order("a lighthouse", &cheap(0));
    {
        let mut drawing = Box::pin(bench.draw(&order));
        let kept = async {
            while bench.ear.tickets.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = &mut drawing => panic!("the picture waits at the gate"),
            () = kept => {}
        }
    }
    bench.server.release(100);
    let ticket = bench.ear.tickets.lock().unwrap()[0].clone();
    let other = backend(&format!("{CONFIG}background = true"), &bench.server.base_url());
    let progress = Progress::new(Arc::new(JobRecorder::default()), bench.folder.path());
    let outcome = other.resume(&ticket, &progress).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    let posts = bench.server.requests().iter().filter(|request| request.method == reqwest::Method::POST).count();
    assert_eq!(posts, 1, "never sent a second time");
}

#[tokio::test]
async fn a_stream_is_resumed_from_its_last_event() {
    let config = format!("{CONFIG}background = true");
    let bench = Bench::new(&config).await;
    bench.server.next(Fault::Gate);
    bench.server.release(1);
    let order = bench.order("a lighthouse", &cheap(2));
    {
        let mut drawing = Box::pin(bench.draw(&order));
        let kept = async {
            while bench.ear.tickets.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = &mut drawing => panic!("the picture waits at the gate"),
            () = kept => {}
        }
    }
    let ticket = bench.ear.tickets.lock().unwrap().last().unwrap().clone();
    bench.server.release(100);
    let (other, ear) = (backend(&config, &bench.server.base_url()), Arc::new(JobRecorder::default()));
    let progress = Progress::new(Arc::clone(&ear) as Arc<dyn Listener>, bench.folder.path());
    let outcome = other.resume(&ticket, &progress).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
    let reads: Vec<_> =
        bench.server.requests().into_iter().filter(|seen| seen.method == reqwest::Method::GET).collect();
    assert!(reads[0].query.starts_with("stream=true&starting_after="), "{}", reads[0].query);
    let previews = ear.updates.lock().unwrap().iter().filter(|heard| matches!(heard, Update::Preview(_))).count();
    assert_eq!((reads.len(), previews), (1, 2), "it is followed, not asked for");
}

#[tokio::test]
async fn a_ticket_of_another_kind_is_refused() {
    let bench = Bench::new(&format!("{CONFIG}background = true")).await;
    let progress = Progress::new(Arc::new(JobRecorder::default()), bench.folder.path());
    let error = bench.backend.resume(&Ticket(json!({"x": 1})), &progress).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_failed_response_is_an_error() {
    for (fault, kind) in [(Fault::MissingImageModel, ErrorKind::ModelRetired), (Fault::Moderation, ErrorKind::Refused)]
    {
        let bench = Bench::new(CONFIG).await;
        bench.server.next(fault);
        assert_eq!(bench.lighthouse(&cheap(1)).await.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn a_job_that_goes_on_past_its_time_keeps_its_ticket() {
    let bench = Bench::new(&format!("{CONFIG}background = true\ntimeout = 1")).await;
    bench.server.next(Fault::Gate);
    let error = bench.lighthouse(&cheap(0)).await.unwrap_err();
    assert!(error.kind == ErrorKind::Timeout && error.resumable, "{error:?}");
    assert_eq!(error.message, "`127.0.0.1` did not finish within 1 s");
    let ticket = bench.ear.tickets.lock().unwrap()[0].clone();
    bench.server.release(100);
    let progress = Progress::new(Arc::new(JobRecorder::default()), bench.folder.path());
    let outcome = bench.backend.resume(&ticket, &progress).await.unwrap();
    assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0]);
}

#[tokio::test]
async fn an_unreachable_server_leaves_a_background_job_resumable() {
    let bench = Bench::new(&format!("{CONFIG}background = true")).await;
    bench.server.script_reads([Fault::InvalidKey]);
    let error = bench.lighthouse(&cheap(0)).await.unwrap_err();
    assert!(error.kind == ErrorKind::Credentials && error.resumable, "{error:?}");
}
