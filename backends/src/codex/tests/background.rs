use fake_openai::Fault;
use pretty_assertions::assert_eq;

use super::*;

const CONFIG: &str = "background = true";

#[tokio::test]
async fn a_background_response_is_polled_after_the_stream_broke() {
    let bench = Bench::new(CONFIG).await;
    assert!(bench.backend.capabilities().resume);
    bench.server.next(Fault::ResetMidStream);
    let outcome = bench.pelican(&[]).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    assert_eq!(bench.bodies().len(), 1, "it was sent once");
    assert_eq!(bench.ear.tickets.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn another_process_finds_it_again_by_its_ticket() {
    let bench = Bench::new(CONFIG).await;
    let order = bench.order("a pelican", &[("size", "512x512".into())]);
    bench.draw(&order).await.unwrap();
    let ticket = bench.ear.tickets.lock().unwrap()[0].clone();
    let other = backend(CONFIG, &bench.server.base_url());
    let outcome = other.resume(&ticket, &bench.progress()).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    assert_eq!(image::load_from_memory(&outcome.images[0].bytes).unwrap().width(), 512);
    assert!(outcome.cost.is_some());
    assert_eq!(bench.bodies().len(), 1, "taking it up again sends nothing");
}

#[tokio::test]
async fn a_foreign_ticket_is_rejected() {
    let bench = Bench::new(CONFIG).await;
    let error = bench.backend.resume(&Ticket("x".into()), &bench.progress()).await.unwrap_err();
    assert!(error.message.contains("ticket"));
}

#[tokio::test]
async fn a_job_that_goes_on_past_its_time_keeps_its_ticket() {
    let bench = Bench::new("background = true\ntimeout = 1").await;
    bench.server.next(Fault::Gate);
    bench.server.release(1);
    let error = bench.pelican(&[]).await.unwrap_err();
    assert!(error.kind == crate::ErrorKind::Timeout && error.resumable, "{error:?}");
    let ticket = bench.ear.tickets.lock().unwrap()[0].clone();
    bench.server.release(1000);
    assert_eq!(bench.backend.resume(&ticket, &bench.progress()).await.unwrap().images.len(), 1);
    assert_eq!(bench.bodies().len(), 1, "it was sent once");
}
