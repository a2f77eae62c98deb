use std::{fs, future::pending};

use tintype::{
    engine::{Budget, Engine, EngineSetup, JobEvent, Registry, SubmitError},
    id::Id,
    library::{JobState, Library, Record},
};
use tintype_backends::{ErrorKind, Ticket};

use super::{
    EngineFixture,
    mock_backend::{MockBackend, outcome, picture, png},
};

/// Simulates a crash during a job: the runtime is shut down while the backend is working.
fn crash_during(pen: MockBackend, prompt: &str) -> EngineFixture {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut bench = EngineFixture::new(pen.into_shared());
    runtime.block_on(async {
        bench.submit(prompt).await;
        while bench.next().await != JobEvent::Status("waiting".into()) {}
    });
    drop(runtime);
    bench
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_job_interrupted_after_sending_is_unknown_and_not_resent() {
    let bench = crash_during(MockBackend::endless(), "a cat").restart(MockBackend::instant().into_shared());
    block_on(async {
        let found = bench.engine.recover().await.unwrap();
        assert_eq!((found.len(), found[0].state), (1, JobState::Unknown));
        let error = found[0].error.clone().unwrap();
        assert!(error.kind == ErrorKind::Unknown && error.message.contains("may have been charged"), "{error}");
        assert_eq!(bench.row(found[0].id).await, found[0]);
        assert!(bench.engine.running().is_empty() && bench.files("images").is_empty());
        // The partial response is kept until the job is discarded.
        assert!(bench.files("spool").iter().any(|file| file.ends_with("half an answer")));
        assert!(bench.engine.recover().await.unwrap().is_empty());
        assert!(matches!(bench.engine.resume(found[0].id).await, Err(SubmitError::NotResumable { .. })));
        assert_eq!(bench.engine.discard(found[0].id).await.unwrap().state, JobState::Cancelled);
        assert!(bench.files("spool").is_empty());
        assert!(bench.library().unfinished().await.unwrap().is_empty());
    });
}

#[test]
fn discarding_a_job_that_has_ended_changes_nothing() {
    let pen = MockBackend::endless().with(|it| it.offline = true);
    let bench = crash_during(pen, "a cat").restart(MockBackend::instant().into_shared());
    block_on(async {
        let failed = bench.engine.recover().await.unwrap().remove(0);
        assert_eq!(bench.engine.discard(failed.id).await.unwrap(), failed);
        assert_eq!(bench.row(failed.id).await, failed);
    });
}

#[test]
fn an_interrupted_local_job_counts_as_unsent() {
    let pen = MockBackend::endless().with(|it| it.offline = true);
    let bench = crash_during(pen, "a cat").restart(MockBackend::instant().into_shared());
    block_on(async {
        let found = bench.engine.recover().await.unwrap();
        assert_eq!(found[0].state, JobState::Failed);
        assert!(found[0].error.as_ref().unwrap().message.contains("nothing was sent"));
    });
}

#[test]
fn a_job_with_a_ticket_is_resumed() {
    let pen = MockBackend::new(|_, line| async move {
        line.ticket(&Ticket("r-1".into())).await?;
        line.status("waiting");
        pending().await
    });
    let resumes = MockBackend::new(|request, _| async move {
        assert_eq!(request.prompt, "\"r-1\"");
        Ok(outcome(vec![picture(png(8, 6))]))
    });
    let able = |pen: MockBackend| pen.with(|it| it.resume = true);
    let mut bench = crash_during(able(pen), "a cat").restart(able(resumes).into_shared());
    block_on(async {
        let found = bench.engine.recover().await.unwrap();
        assert_eq!(found[0].state, JobState::Sent);
        let (last, _) = bench.wait_for_end().await;
        let JobEvent::Saved(record) = last else { panic!("{last:?}") };
        assert_eq!((record.id, record.prompt.as_str()), (found[0].id, "a cat"));
        assert_eq!(bench.library().ticket(record.id).await.unwrap(), None);
        assert!(bench.files("spool").is_empty());
    });
}

/// Draws and stages images that cannot be moved to their place, as in a crash before the second half of saving.
fn die_before_the_pictures_are_moved() -> (EngineFixture, Record) {
    let mut bench =
        EngineFixture::new(MockBackend::delivers(vec![picture(png(8, 6)), picture(png(3, 3))]).into_shared());
    let images = bench.dir.path().join("images");
    fs::remove_dir(&images).unwrap();
    fs::File::create(&images).unwrap();
    let record = block_on(bench.run_failed("a cat"));
    fs::remove_file(&images).unwrap();
    (bench, record)
}

async fn assert_saved_whole(bench: &mut EngineFixture, job: Id) {
    let (JobEvent::Saved(saved), _) = bench.wait_for_end().await else { panic!("not saved") };
    assert_eq!((saved.id, saved.state), (job, JobState::Saved));
    assert_eq!(fs::read(&saved.images[0].path).unwrap(), png(8, 6));
    assert_eq!(fs::read(&saved.images[1].path).unwrap(), png(3, 3));
    assert_eq!(bench.row(job).await, *saved);
    assert_eq!((bench.files("images").len(), bench.files("spool").len()), (4, 0));
}

#[test]
fn a_complete_response_becomes_the_same_image_after_a_crash() {
    let (bench, record) = die_before_the_pictures_are_moved();
    let mut bench = bench.restart(MockBackend::endless().into_shared());
    block_on(async {
        let cut_off = Record { state: JobState::Received, ..record.clone() };
        bench.library().begin(&cut_off).await.unwrap();
        assert_eq!(bench.engine.recover().await.unwrap().len(), 1);
        assert_saved_whole(&mut bench, record.id).await;
    });
}

#[test]
fn a_crash_between_two_images_loses_none_even_without_the_database() {
    let (bench, record) = die_before_the_pictures_are_moved();
    let spool = bench.dir.path().join("spool").join(record.id.to_string());
    let list: serde_json::Value = serde_json::from_slice(&fs::read(spool.join("outcome.json")).unwrap()).unwrap();
    let place = bench.dir.path().join("images").join(list["images"][0]["path"].as_str().unwrap());
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::rename(spool.join("picture-0.png"), place).unwrap();
    block_on(bench.library().close());
    let dir = bench.dir;
    for name in ["library.db", "library.db-wal", "library.db-shm"] {
        drop(fs::remove_file(dir.path().join(name)));
    }
    let mut bench = EngineFixture::in_dir(dir, MockBackend::endless().into_shared(), Budget::default());
    block_on(async {
        bench.engine.recover().await.unwrap();
        assert_saved_whole(&mut bench, record.id).await;
    });
}

#[tokio::test]
async fn jobs_of_a_running_process_are_left_untouched() {
    let mut bench = EngineFixture::new(MockBackend::endless().into_shared());
    let job = bench.submit("a cat").await;
    while bench.next().await != JobEvent::Status("waiting".into()) {}
    let library = Library::open(bench.dir.path()).unwrap();
    let (sender, _events) = tokio::sync::mpsc::unbounded_channel();
    let registry = Registry::new(indexmap::IndexMap::new(), "auto");
    let setup = EngineSetup { library, registry, budget: Budget::default(), events: sender };
    let other = Engine::new(setup);
    assert!(other.recover().await.unwrap().is_empty());
    assert!(matches!(other.resume(job).await, Err(SubmitError::NotResumable { .. })));
    assert!(matches!(other.discard(job).await, Err(SubmitError::NotResumable { .. })));
    assert_eq!(bench.row(job).await.state, JobState::Sent);
    assert!(bench.files("spool").iter().any(|file| file.ends_with("half an answer")));
}
