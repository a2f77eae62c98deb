use std::time::Duration;

use tintype::{engine::JobEvent, library::JobState};
use tintype_backends::{BackendError, Cost, CostBasis, ErrorKind, Outcome, Ticket, Usd};

use super::{
    EngineFixture, draft,
    mock_backend::{MockBackend, outcome, picture, png},
};
use tintype::engine::{Budget, SubmitError};

/// Waits until the backend has its request.
async fn wait_for_request(bench: &mut EngineFixture) {
    while bench.next().await != JobEvent::Status("waiting".into()) {}
}

#[tokio::test]
async fn a_canceled_job_leaves_no_file() {
    let mut bench = EngineFixture::new(MockBackend::endless().into_shared());
    let job = bench.submit("a cat").await;
    wait_for_request(&mut bench).await;
    assert_eq!(bench.files("spool").len(), 3);
    assert_eq!(bench.engine.running(), [job]);
    assert!(bench.engine.cancel(job));
    let (last, before) = bench.wait_for_end().await;
    let JobEvent::Canceled(record) = last else { panic!("{last:?}") };
    assert!(before.is_empty());
    assert_eq!((record.state, bench.row(job).await), (JobState::Cancelled, *record.clone()));
    assert!(record.notes[0].contains("you may have been charged"), "{:?}", record.notes);
    assert!(bench.files("images").is_empty() && bench.files("spool").is_empty());
    assert!(!bench.engine.cancel(job));
}

#[tokio::test]
async fn a_job_canceled_before_sending_counts_nothing() {
    let pen = MockBackend::new(|_, line| async move {
        line.status("waiting");
        futures::future::pending().await
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let job = bench.submit("a cat").await;
    wait_for_request(&mut bench).await;
    let spent = async |bench: &EngineFixture| bench.library().spent_since(Budget::today()).await.unwrap();
    assert_eq!(spent(&bench).await, Usd::from_dollars(0.25));
    bench.engine.cancel(job);
    assert!(matches!(bench.wait_for_end().await.0, JobEvent::Canceled(record) if record.notes.is_empty()));
    assert_eq!(spent(&bench).await, Usd::ZERO);
}

#[tokio::test]
async fn an_error_is_reported_and_stored_verbatim() {
    let error = BackendError::new(ErrorKind::Refused, "the provider will not draw this")
        .with_hint("say it another way")
        .with_request_id(Some("req-1".into()));
    let mut bench = EngineFixture::new(MockBackend::fails(error.clone()).into_shared());
    let record = bench.run_failed("a cat").await;
    assert_eq!((record.error.as_ref(), record.state), (Some(&error), JobState::Failed));
    assert_eq!(record.ids.request_id.as_deref(), Some("req-1"));
    assert_eq!(bench.row(record.id).await, record);
    assert!(bench.files("spool").is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_is_not_a_failure() {
    let error = BackendError::new(ErrorKind::Unknown, "the line broke");
    let mut bench = EngineFixture::new(MockBackend::fails(error).into_shared());
    assert_eq!(bench.run_failed("a cat").await.state, JobState::Unknown);
    assert_eq!(bench.library().unfinished().await.unwrap().len(), 1);
}

/// Returns a backend that fails with this error after it has left its complete images in the job's folder.
fn leaves_whole(error: BackendError) -> MockBackend {
    let mut pen = MockBackend::new(move |_, line| {
        line.sent();
        std::fs::File::create(line.scratch().join("answer-0")).unwrap();
        futures::future::ready(Err(error.clone()))
    });
    pen.salvaged = Some(outcome(vec![picture(png(8, 6))]));
    pen
}

#[tokio::test]
async fn complete_images_are_saved_even_if_the_backend_fails() {
    for kind in [ErrorKind::Unknown, ErrorKind::Protocol, ErrorKind::Timeout] {
        let mut bench = EngineFixture::new(leaves_whole(BackendError::new(kind, "the line broke")).into_shared());
        let record = bench.run_saved("a cat").await;
        assert_eq!((record.state, record.images.len(), record.error), (JobState::Saved, 1, None));
        assert!(bench.files("spool").is_empty());
    }
    let mut bench = EngineFixture::new(leaves_whole(BackendError::new(ErrorKind::Refused, "no")).into_shared());
    assert_eq!(bench.run_failed("a cat").await.state, JobState::Failed, "a refusal is one");
}

#[tokio::test]
async fn a_background_job_is_suspended_with_a_resume_hint() {
    let late = || BackendError::new(ErrorKind::Timeout, "it was not done").with_hint("wait").resumable();
    let pen = MockBackend::new(move |request, line| async move {
        if request.prompt.contains("ticket") {
            return Ok(outcome(vec![picture(png(8, 6))]));
        }
        line.ticket(&Ticket("the ticket".into())).await?;
        Err(late())
    });
    let mut bench = EngineFixture::new(pen.with(|can| can.resume = true).into_shared());
    let record = bench.run_failed("a cat").await;
    assert_eq!(record.state, JobState::Sent);
    let hint = format!("run `tintype jobs resume {}` to get it at no extra cost; wait", record.id.short());
    assert_eq!(record.error.unwrap().hint, Some(hint));
    bench.engine.resume(record.id).await.unwrap();
    let (last, _) = bench.wait_for_end().await;
    assert!(matches!(&last, JobEvent::Saved(record) if record.error.is_none()), "{last:?}");
}

#[tokio::test]
async fn a_resume_hint_is_given_only_where_it_works() {
    let mut bench = EngineFixture::new(
        MockBackend::fails(BackendError::new(ErrorKind::Unknown, "x").with_hint("look")).into_shared(),
    );
    assert_eq!(bench.run_failed("a cat").await.error.unwrap().hint.as_deref(), Some("look"));
    let fetchable = BackendError::new(ErrorKind::Network, "it could not be fetched").resumable();
    let mut pen = leaves_whole(fetchable);
    pen.salvaged = None;
    let mut bench = EngineFixture::new(pen.into_shared());
    let record = bench.run_failed("a cat").await;
    assert!(record.error.unwrap().hint.unwrap().starts_with("run `tintype jobs resume "));
    assert_eq!(record.state, JobState::Unknown, "it is billed, and not over");
    assert!(bench.files("spool").iter().any(|file| file.ends_with("answer-0")));
    let spent = bench.library().spent_since(Budget::today()).await.unwrap();
    assert_eq!(spent, Usd::from_dollars(0.25));
}

#[tokio::test]
async fn an_unsent_request_is_not_reported_as_sent_and_counts_nothing() {
    let pen = MockBackend::new(|_, line| {
        line.sent();
        futures::future::ready(Err(BackendError::new(ErrorKind::Timeout, "could not connect").unsent()))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let record = bench.run_failed("a cat").await;
    assert_eq!((record.state, record.sent), (JobState::Failed, None));
    assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), Usd::ZERO);
}

#[tokio::test]
async fn an_implausible_cost_counts_as_the_estimate_with_a_note() {
    for usd in [0.0, 1e6] {
        let pen = MockBackend::new(move |_, line| {
            line.sent();
            let basis = CostBasis::Usage { prices_as_of: "2026-11-22".to_owned() };
            let cost = Some(Cost { usd: Usd::from_dollars(usd), basis });
            futures::future::ready(Ok(Outcome { cost, ..outcome(vec![picture(png(8, 6))]) }))
        });
        let mut bench = EngineFixture::new(pen.into_shared());
        let record = bench.run_saved("a cat").await;
        assert_eq!(record.cost, None, "unknown, and not {usd}");
        assert!(record.notes[0].ends_with("the cost is unknown, and the budget counts the estimate of $0.25"));
        assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), Usd::from_dollars(0.25));
    }
}

#[tokio::test]
async fn a_panicking_backend_fails_only_its_own_job() {
    let pen = MockBackend::new(|request, _| async move {
        assert!(request.prompt != "a bomb", "boom {}", request.prompt);
        Ok(outcome(vec![picture(png(8, 6))]))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let record = bench.run_failed("a bomb").await;
    assert_eq!(record.error.unwrap().message, "the backend crashed: boom a bomb");
    assert_eq!(bench.run_saved("a cat").await.state, JobState::Saved);
}

#[tokio::test]
async fn no_event_follows_the_end_of_a_job() {
    // The sink outlives the job: a backend may have passed it on.
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let pen = MockBackend::new(move |_, line| {
        sender.send(line).unwrap();
        futures::future::ready(Ok(outcome(vec![picture(png(8, 6))])))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let job = bench.run_saved("a cat").await;
    let line = lines.recv().await.unwrap();
    line.status("still here");
    line.received();
    assert!(bench.events.try_recv().is_err());
    assert_eq!(bench.row(job.id).await.state, JobState::Saved);
}

#[tokio::test]
async fn the_spool_is_kept_after_an_invalid_response() {
    let pen = MockBackend::new(|_, line| async move {
        std::fs::File::create(line.scratch().join("answer")).unwrap();
        Err(BackendError::new(ErrorKind::Protocol, "the answer makes no sense"))
    });
    let mut bench = EngineFixture::new(pen.into_shared());
    let record = bench.run_failed("a cat").await;
    let kept = bench.files("spool").into_iter().find(|file| file.ends_with("answer")).unwrap();
    assert!(record.notes[0].contains(kept.parent().unwrap().to_str().unwrap()), "{:?}", record.notes);
}

#[tokio::test]
async fn shutdown_waits_for_finishing_jobs_and_suspends_the_rest() {
    let mut bench = EngineFixture::new(MockBackend::endless().into_shared());
    let job = bench.submit("a cat").await;
    wait_for_request(&mut bench).await;
    assert_eq!(bench.engine.shutdown(Duration::ZERO).await, [job]);
    let (last, _) = bench.wait_for_end().await;
    assert!(matches!(last, JobEvent::Failed(record) if record.state == JobState::Unknown));
    assert_eq!(bench.row(job).await.state, JobState::Unknown);
    assert!(matches!(bench.engine.submit(draft("a dog")).await, Err(SubmitError::Closing)));
    assert!(bench.engine.shutdown(Duration::from_secs(60)).await.is_empty());
}

#[tokio::test]
async fn dropping_the_submit_future_loses_no_job() {
    let mut bench = EngineFixture::new(MockBackend::instant().into_shared());
    let engine = bench.engine.clone();
    // Polled once and dropped, as by a `select!` in which another branch won.
    assert!(futures::FutureExt::now_or_never(engine.submit(draft("a cat"))).is_none());
    assert!(matches!(bench.wait_for_end().await.0, JobEvent::Saved(_)));
}
