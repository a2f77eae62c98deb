use std::collections::BTreeSet;

use tintype_backends::{BackendError, ErrorKind};

use super::*;

#[tokio::test]
async fn a_record_round_trips() {
    let shelf = TestLibrary::new();
    let written = shelf.save("a cat", 2).await;
    let read = shelf.library.record(written.id).await.unwrap().unwrap();
    assert_eq!(read, written);
    let image = &written.images[1];
    assert_eq!(shelf.library.image(image.id).await.unwrap().as_ref(), Some(image));
    assert_eq!(shelf.library.job_of(image.id).await.unwrap().unwrap(), written);
    assert_eq!(shelf.library.record(Id::new()).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_began_is_found_by_the_next_process() {
    let shelf = TestLibrary::new();
    let begun = record("a cat");
    shelf.library.begin(&begun).await.unwrap();
    shelf.library.set_state(begun.id, JobState::Sent).await.unwrap();
    shelf.library.keep_ticket(begun.id, &Ticket(serde_json::json!({"id": "r-1"}))).await.unwrap();
    let next = shelf.again();
    assert_eq!(next.unfinished().await.unwrap(), [Record { state: JobState::Sent, ..begun.clone() }]);
    assert_eq!(next.ticket(begun.id).await.unwrap().unwrap().0["id"], "r-1");
}

#[tokio::test]
async fn a_job_that_has_ended_stays_as_it_ended() {
    let shelf = TestLibrary::new();
    let done = shelf.save("a cat", 1).await;
    shelf.library.set_state(done.id, JobState::Received).await.unwrap();
    assert_eq!(shelf.library.record(done.id).await.unwrap().unwrap().state, JobState::Saved);
}

#[tokio::test]
async fn history_is_newest_first_also_within_a_microsecond() {
    let shelf = TestLibrary::new();
    let now = Timestamp::now();
    let records: Vec<Record> = (0..40).map(|number| Record { created: now, ..record(&format!("p{number}")) }).collect();
    let old = Record { created: now - jiff::SignedDuration::from_hours(1), ..record("old") };
    for record in records.iter().chain([&old]) {
        shelf.library.begin(record).await.unwrap();
    }
    let prompts = shelf.prompts(Query::default()).await;
    assert_eq!(prompts.iter().collect::<BTreeSet<_>>().len(), 41);
    assert_eq!(prompts.last().unwrap(), "old");
}

#[tokio::test]
async fn an_id_is_found_by_a_piece_of_it() {
    let shelf = TestLibrary::new();
    let (one, two) = (shelf.save("a cat", 1).await, shelf.save("a dog", 1).await);
    let find = async |text: String| shelf.library.find(&text).await;
    let (full, short) = (one.id.to_string(), one.id.short());
    assert_eq!(find(full.to_uppercase()).await.unwrap().record, one);
    assert_eq!(find(short).await.unwrap(), ResolvedId { record: one.clone(), image: None });
    let image = one.images[0].id;
    for digits in 4..8 {
        let (start, end) = (&image.short()[..digits], &image.short()[8 - digits..]);
        assert_eq!(find(start.to_owned()).await.unwrap().image, Some(image), "the start of the short form");
        assert_eq!(find(end.to_owned()).await.unwrap().image, Some(image), "the end of the short form");
    }
    assert_eq!(find(image.short()).await.unwrap(), ResolvedId { record: one.clone(), image: Some(image) });
    let shared: String =
        full.chars().zip(two.id.to_string().chars()).map_while(|(a, b)| (a == b).then_some(a)).collect();
    let error = find(shared).await.unwrap_err();
    assert!(matches!(&error, LibraryError::Ambiguous { candidates, .. } if candidates.len() == 4), "{error}");
    assert!(matches!(find("abc".into()).await.unwrap_err(), LibraryError::NotAnId(_)));
    assert!(matches!(find("%%%%%%".into()).await.unwrap_err(), LibraryError::NotAnId(_)));
    assert!(matches!(find("00000000".into()).await.unwrap_err(), LibraryError::NotFound(_)));
}

#[tokio::test]
async fn each_prompt_is_offered_once_newest_first() {
    let shelf = TestLibrary::new();
    for prompt in ["cat", "dog", "cat", "owl"] {
        shelf.library.begin(&record(prompt)).await.unwrap();
    }
    assert_eq!(shelf.library.prompts(10).await.unwrap(), ["owl", "cat", "dog"]);
    assert_eq!(shelf.library.prompts(1).await.unwrap(), ["owl"]);
}

#[tokio::test]
async fn an_unknown_cost_counts_as_its_estimate_and_a_refusal_counts_nothing() {
    let shelf = TestLibrary::new();
    let since = Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let spent = async || shelf.library.spent_since(since).await.unwrap();
    shelf.save("known", 1).await;
    assert_eq!(spent().await, dollars(0.125));
    let running = record("running");
    shelf.library.begin(&running).await.unwrap();
    assert_eq!(spent().await, dollars(0.375));
    let error = |kind| Some(BackendError::new(kind, "no"));
    let refused = Record { state: JobState::Failed, error: error(ErrorKind::Refused), ..running.clone() };
    shelf.library.finish(&refused).await.unwrap();
    assert_eq!(spent().await, dollars(0.125));
    let lost = Record { state: JobState::Unknown, error: error(ErrorKind::Unknown), ..running };
    shelf.library.finish(&lost).await.unwrap();
    assert_eq!(spent().await, dollars(0.375));
    let unconfirmed = shelf.library.unconfirmed_by_backend(since).await.unwrap();
    assert_eq!(unconfirmed, BTreeMap::from([("pen".to_owned(), dollars(0.25))]), "the known one is not among it");
    let by_backend = shelf.library.spent_by_backend(since).await.unwrap();
    assert_eq!(by_backend, BTreeMap::from([("pen".to_owned(), dollars(0.375))]));
    assert_eq!(shelf.library.spent_since(Timestamp::now()).await.unwrap(), Usd::ZERO);
}

#[tokio::test]
async fn a_limit_holds_across_processes_and_free_jobs_exceed_none() {
    let shelf = TestLibrary::new();
    let other = shelf.again();
    let limit = || vec![SpendingLimit { since: Timestamp::UNIX_EPOCH, max: dollars(0.5), backend: None }];
    let begin = async |library: &Library| library.begin_within(&record("x"), limit()).await.unwrap();
    assert_eq!(begin(&shelf.library).await, None);
    assert_eq!(begin(&other).await, None);
    assert_eq!(begin(&other).await, Some(BudgetExceeded { limit: 0, spent: dollars(0.5) }));
    let free = Record { estimate: Estimate::FREE, ..record("free") };
    assert_eq!(shelf.library.begin_within(&free, limit()).await.unwrap(), None);
    let elsewhere = vec![SpendingLimit { backend: Some("brush".into()), ..limit().remove(0) }];
    assert_eq!(shelf.library.begin_within(&record("x"), elsewhere).await.unwrap(), None);
}

#[tokio::test]
async fn two_processes_see_each_others_changes() {
    let shelf = TestLibrary::new();
    let other = shelf.again();
    let before = other.version().await.unwrap();
    assert_eq!(other.page(Query::default(), 0, 10).await.unwrap().total, 0);
    let saved = shelf.save("a cat", 1).await;
    assert_ne!(other.version().await.unwrap(), before);
    assert_eq!(other.page(Query::default(), 0, 10).await.unwrap().records, std::slice::from_ref(&saved));
    other.set_favorite(saved.id, true).await.unwrap();
    assert_eq!(shelf.prompts(Query::new("is:favorite")).await, ["a cat"]);
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_paged_right() {
    const ROWS: u64 = 100_000;
    let shelf = TestLibrary::new();
    shelf.fill(ROWS).await;
    let number = |offset: u64| format!("picture {} of a cat", ROWS - offset);
    for offset in [0, 1, 49_999, 99_950, 99_999] {
        let page = shelf.library.page(Query::default(), offset, 50).await.unwrap();
        assert_eq!((page.total, page.offset), (ROWS, offset));
        assert_eq!(page.records.len() as u64, 50.min(ROWS - offset));
        assert_eq!(page.records[0].prompt, number(offset));
        let place = shelf.library.position(&Query::default(), page.records[0].id).await.unwrap();
        assert_eq!(place, Some(offset));
    }
    assert!(shelf.library.page(Query::default(), ROWS, 50).await.unwrap().records.is_empty());
    let query = Query::new("pict 777");
    let page = shelf.library.page(query.clone(), 1, 1).await.unwrap();
    assert_eq!((page.total, page.records[0].prompt.as_str()), (111, "picture 77798 of a cat"));
    assert_eq!(shelf.library.position(&query, page.records[0].id).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_library_that_stays_locked_is_an_error() {
    let shelf = TestLibrary::new();
    let impatient = |writer: &mut LibraryWriter| {
        writer.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        Ok(())
    };
    shelf.library.writer.run(impatient).await.unwrap();
    let holder = schema::writer(&shelf.library.places().database()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = shelf.library.begin(&record("x")).await.unwrap_err();
    assert!(matches!(error, LibraryError::Locked(_)), "{error}");
    assert!(error.hint().is_some());
    holder.execute_batch("ROLLBACK").unwrap();
    shelf.library.begin(&record("x")).await.unwrap();
}

#[test]
fn the_names_in_json_are_those_that_scripts_rely_on() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::open(dir.path()).unwrap();
    let record = Record { cost: None, ..saved(&library, "a cat", 1) };
    let json = serde_json::to_value(HistoryRow::from(&record)).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(&json),
        "id job parent created backend model prompt settings state error usage cost_usd seconds title rating favorite \
         tags collections recipe fields batch images"
    );
    assert_eq!(names(&json["images"][0]), "id path width height format bytes sha256");
    assert_eq!(
        (&json["id"], &json["cost_usd"], &json["state"]),
        (&json["job"], &serde_json::Value::Null, &"saved".into())
    );
}
