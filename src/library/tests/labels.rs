use std::collections::BTreeSet;

use super::*;

fn tags(words: &[&str]) -> LabelChange {
    LabelChange::parse_tags(words.iter().copied()).unwrap()
}

fn names(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn labels_are_in_the_row_and_in_every_sidecar() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a fox", 2).await;
    let change = LabelChange { rating: Some(Some(5)), favorite: Some(true), ..tags(&["fox", "night"]) };
    assert_eq!(shelf.library.change_labels(vec![saved.images[1].id], change.clone()).await.unwrap(), 1);
    assert_eq!(shelf.library.change_labels(vec![saved.id], change).await.unwrap(), 0, "nothing to change");
    shelf.library.write_pending_sidecars().await;
    let row = shelf.library.record(saved.id).await.unwrap().unwrap();
    assert_eq!((row.labels.rating, row.labels.favorite, &row.labels.tags), (Some(5), true, &names(&["fox", "night"])));
    for image in &row.images {
        assert_eq!(sidecar::read(&sidecar::path_of(&image.path)).unwrap().labels, row.labels);
    }
}

#[tokio::test]
async fn a_rebuild_restores_every_label() {
    let shelf = TestLibrary::new();
    let (fox, owl) = (shelf.save("a fox", 1).await, shelf.save("an owl", 1).await);
    let title = Some(Some("Reynard".to_owned()));
    let change = LabelChange { title, add_collections: names(&["my mugs"]), ..tags(&["animal"]) };
    shelf.library.change_labels(vec![fox.id, owl.id], change).await.unwrap();
    shelf.library.write_pending_sidecars().await;
    let before = shelf.library.page(Query::default(), 0, 9).await.unwrap().records;
    shelf.library.close().await;
    std::fs::remove_file(shelf.path().join("library.db")).unwrap();
    let rebuilt = shelf.again();
    let after = rebuilt.page(Query::new("tag:animal"), 0, 9).await.unwrap().records;
    assert_eq!(
        after.iter().map(|job| &job.labels).collect::<Vec<_>>(),
        before.iter().map(|job| &job.labels).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_change_that_one_job_cannot_take_changes_none() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a fox", 1).await;
    let error = shelf.library.change_labels(vec![saved.id, Id::new()], tags(&["fox"])).await.unwrap_err();
    assert!(matches!(error, LibraryError::NotFound(_)), "{error}");
    assert!(shelf.library.record(saved.id).await.unwrap().unwrap().labels.tags.is_empty());
    let many: Vec<String> = (0..101).map(|n| format!("t{n}")).collect();
    let many = LabelChange { add_tags: many.into_iter().collect(), ..LabelChange::default() };
    assert!(matches!(shelf.library.change_labels(vec![saved.id], many).await, Err(LibraryError::Label(_))));
}

/// A process that ends between the rows and the sidecars.
#[tokio::test]
async fn labels_that_reached_no_sidecar_are_kept_by_a_rebuild_and_written_later() {
    let shelf = TestLibrary::new();
    let saved = shelf.save("a fox", 1).await;
    let mut many = vec![saved.id];
    for _ in 0..16 {
        many.push(shelf.save("another", 0).await.id);
    }
    shelf.library.change_labels(many, tags(&["fox"])).await.unwrap();
    let sidecar = sidecar::path_of(&saved.images[0].path);
    assert!(sidecar::read(&sidecar).unwrap().labels.tags.is_empty());
    let other = shelf.again();
    other.rebuild().await.unwrap();
    assert_eq!(other.record(saved.id).await.unwrap().unwrap().labels.tags, names(&["fox"]));
    other.write_pending_sidecars().await;
    assert_eq!(sidecar::read(&sidecar).unwrap().labels.tags, names(&["fox"]));
}

#[tokio::test]
async fn labels_given_while_a_job_runs_survive_its_end() {
    let shelf = TestLibrary::new();
    let record = saved(&shelf.library, "a fox", 1);
    let running = Record { state: JobState::Sent, images: Vec::new(), ..record.clone() };
    shelf.library.begin(&running).await.unwrap();
    shelf.library.change_labels(vec![record.id], tags(&["fox"])).await.unwrap();
    shelf.library.finish(&record).await.unwrap();
    let row = shelf.library.record(record.id).await.unwrap().unwrap();
    assert_eq!((row.state, row.labels.tags), (JobState::Saved, names(&["fox"])));
    assert_eq!(sidecar::read(&sidecar::path_of(&record.images[0].path)).unwrap().labels.tags, names(&["fox"]));
}

/// `schema-3` is a library of the version before labels: three images, one of them marked, and one in the trash.
#[tokio::test]
async fn a_library_without_labels_is_migrated_and_its_marks_become_favorites() {
    let dir = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/library/tests/schema-3"), dir.path());
    let library = Library::open(dir.path()).unwrap();
    assert_eq!(library.notices(), [""; 0]);
    let found = async |text: &str| {
        let page = library.page(Query::new(text), 0, 9).await.unwrap();
        page.records.into_iter().map(|record| record.prompt).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["a castle", "two owls at night", "a red fox"]);
    assert_eq!(found("is:favorite").await, ["two owls at night"]);
    assert_eq!(found("is:trashed").await, ["to the trash"]);
    assert_eq!(found("owl size:64").await, ["two owls at night"]);
    assert_eq!(library.check().await.unwrap(), [""; 0]);
    let rebuilt = library.rebuild().await.unwrap();
    assert_eq!((rebuilt.added, rebuilt.repaired, rebuilt.skipped.len()), (0, 0, 0));
}

fn copy(from: &Path, to: &Path) {
    atomic_file::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_refused_change_reaches_no_sidecar() {
    let shelf = TestLibrary::new();
    let (one, full) = (shelf.save("one", 1).await, shelf.save("full", 1).await);
    let many: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
    let many = LabelChange { add_tags: many.into_iter().collect(), ..LabelChange::default() };
    shelf.library.change_labels(vec![full.id], many).await.unwrap();
    assert!(shelf.library.change_labels(vec![one.id, full.id], tags(&["new"])).await.is_err());
    assert!(sidecar::read(&sidecar::path_of(&one.images[0].path)).unwrap().labels.tags.is_empty());
    let rebuilt = shelf.library.rebuild().await.unwrap();
    assert_eq!((rebuilt.repaired, shelf.search("tag:new").await.len()), (0, 0));
}

/// Labels many jobs, so that the sidecars do not have the labels yet; returns the first job.
async fn labeled_without_sidecars(shelf: &TestLibrary) -> Record {
    let saved = shelf.save("a fox", 1).await;
    let mut many = vec![saved.id];
    for _ in 0..16 {
        many.push(shelf.save("another", 0).await.id);
    }
    shelf.library.change_labels(many, tags(&["fox"])).await.unwrap();
    saved
}

#[tokio::test]
async fn labels_that_reached_no_sidecar_survive_a_damaged_database() {
    let shelf = TestLibrary::new();
    let saved = labeled_without_sidecars(&shelf).await;
    let damage = |writer: &mut LibraryWriter| {
        writer.transact(|transaction, _| Ok(transaction.execute_batch("DELETE FROM facets")?))
    };
    shelf.library.writer.run(damage).await.unwrap();
    shelf.library.close().await;
    let opened = shelf.again();
    assert!(opened.notices().iter().any(|notice| notice.contains("was damaged")), "{:?}", opened.notices());
    assert_eq!(opened.record(saved.id).await.unwrap().unwrap().labels.tags, names(&["fox"]));
    opened.write_pending_sidecars().await;
    assert_eq!(sidecar::read(&sidecar::path_of(&saved.images[0].path)).unwrap().labels.tags, names(&["fox"]));
}

#[tokio::test]
async fn a_row_that_is_replaced_keeps_labels_that_reached_no_sidecar() {
    let shelf = TestLibrary::new();
    let saved = labeled_without_sidecars(&shelf).await;
    // The sidecar differs from the row, and is intact.
    let changed = Record { seconds: Some(9.0), ..saved.clone() };
    sidecar::write_all(shelf.library.places(), &changed).unwrap();
    assert_eq!(shelf.library.rebuild().await.unwrap().repaired, 1);
    let row = shelf.library.record(saved.id).await.unwrap().unwrap();
    assert_eq!((row.seconds, row.labels.tags), (Some(9.0), names(&["fox"])));
}

#[tokio::test]
async fn damaged_labels_cost_no_unfinished_job() {
    let shelf = TestLibrary::new();
    let sent = Record { state: JobState::Sent, ..record("a fox") };
    shelf.library.begin(&sent).await.unwrap();
    shelf.library.close().await;
    let database = shelf.path().join("library.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    checksum::register(&connection).unwrap();
    connection.execute_batch("DROP TRIGGER jobs_checksum_holds; DROP TRIGGER jobs_checksum_update; DROP TRIGGER search_update; DROP TRIGGER label_names_update; UPDATE jobs SET labels = '{\"fav'").unwrap();
    drop(connection);
    assert_eq!(shelf.again().unfinished().await.unwrap().len(), 1);
}
